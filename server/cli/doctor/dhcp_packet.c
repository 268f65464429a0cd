/* SPDX-License-Identifier: MIT */
/* dhcp_packet: see dhcp_packet.h. */
#include "dhcp_packet.h"

#include <stdio.h>
#include <string.h>

/* Offsets of the message's fields, and its options. */
enum {
	AT_XID = 4,
	AT_FLAGS = 10,
	AT_CIADDR = 12,
	AT_YIADDR = 16,
	AT_SIADDR = 20,
	AT_CHADDR = 28,
	AT_SNAME = 44,
	SNAME_SIZE = 64,
	AT_FILE = 108,
	FILE_SIZE = 128,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
	BOOTREQUEST = 1,
	BOOTREPLY = 2,
	ETHERNET = 1,
	FLAG_BROADCAST = 0x80,
	CLIENT_PORT = 68,
	IP_HEADER = 20,
	UDP_HEADER = 8,
};

enum {
	OPTION_PAD = 0,
	OPTION_VENDOR = 43,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_REQUEST = 55,
	OPTION_SIZE = 57,
	OPTION_CLASS = 60,
	OPTION_TFTP_NAME = 66,
	OPTION_FILE = 67,
	OPTION_USER_CLASS = 77,
	OPTION_ARCH = 93,
	OPTION_NIC = 94,
	OPTION_GUID = 97,
	OPTION_PREFIX = 210,
	OPTION_END = 255,
	TYPE_DISCOVER = 1,
	TYPE_OFFER = 2,
	TYPE_REQUEST = 3,
	TYPE_ACK = 5,
	PXE_MENU = 9, /* within option 43 */
	PXE_ITEM = 71,
};

static const uint8_t cookie[4] = {99, 130, 83, 99};

static const struct {
	const char *name;
	uint8_t arch, undi_major, undi_minor;
	const char *class, *user_class;
} kinds[DHCP_KINDS] = {
    [DHCP_BIOS] = {"BIOS", 0, 2, 1, "PXEClient:Arch:00000:UNDI:002001", NULL},
    [DHCP_UEFI] = {"UEFI", 7, 3, 16, "PXEClient:Arch:00007:UNDI:003016", NULL},
    [DHCP_ARM64] = {"UEFI ARM64", 11, 3, 16, "PXEClient:Arch:00011:UNDI:003016", NULL},
    [DHCP_HTTP] = {"UEFI HTTP boot", 16, 3, 16, "HTTPClient:Arch:00016:UNDI:003016", NULL},
    [DHCP_IPXE] = {"iPXE", 0, 2, 1, "PXEClient:Arch:00000:UNDI:002001", "iPXE"},
};

const char *dhcp_kind_name(enum dhcp_kind kind)
{
	return kinds[kind].name;
}

/* --- DISCOVER ----------------------------------------------------------------------------------------- */

static void discover_option(
    uint8_t *out, size_t *len, uint8_t code, const void *value, size_t value_len)
{
	out[(*len)++] = code;
	out[(*len)++] = (uint8_t)value_len;
	memcpy(out + *len, value, value_len);
	*len += value_len;
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* All but the end. */
static size_t discover_make(enum dhcp_kind kind, uint8_t type, const uint8_t mac[6], uint32_t xid,
    uint8_t out[DHCP_DISCOVER_MAX])
{
	static const uint8_t request[] = {1, 3, 6, 12, 15, OPTION_VENDOR, OPTION_SERVER,
	    OPTION_CLASS, OPTION_TFTP_NAME, OPTION_FILE, OPTION_GUID, OPTION_PREFIX};
	const uint8_t size[2] = {1500 >> 8, 1500 & 255};
	const uint8_t arch[2] = {0, kinds[kind].arch};
	const uint8_t nic[3] = {1, kinds[kind].undi_major, kinds[kind].undi_minor};
	uint8_t guid[17] = {0};
	size_t len = AT_OPTIONS;

	memset(out, 0, DHCP_DISCOVER_MAX);
	out[0] = BOOTREQUEST;
	out[1] = ETHERNET;
	out[2] = 6;
	put_u32(out + AT_XID, xid);
	out[AT_FLAGS] = FLAG_BROADCAST;
	memcpy(out + AT_CHADDR, mac, 6);
	memcpy(out + AT_COOKIE, cookie, sizeof(cookie));
	memcpy(guid + 11, mac, 6);
	discover_option(out, &len, OPTION_TYPE, &type, 1);
	discover_option(out, &len, OPTION_SIZE, size, sizeof(size));
	discover_option(out, &len, OPTION_REQUEST, request, sizeof(request));
	discover_option(out, &len, OPTION_CLASS, kinds[kind].class, strlen(kinds[kind].class));
	discover_option(out, &len, OPTION_ARCH, arch, sizeof(arch));
	discover_option(out, &len, OPTION_NIC, nic, sizeof(nic));
	discover_option(out, &len, OPTION_GUID, guid, sizeof(guid));
	if (kinds[kind].user_class)
		discover_option(out, &len, OPTION_USER_CLASS, kinds[kind].user_class,
		    strlen(kinds[kind].user_class));
	return len;
}

size_t dhcp_discover(
    enum dhcp_kind kind, const uint8_t mac[6], uint32_t xid, uint8_t out[DHCP_DISCOVER_MAX])
{
	size_t len = discover_make(kind, TYPE_DISCOVER, mac, xid, out);

	out[len++] = OPTION_END;
	return len;
}

size_t dhcp_boot_request(enum dhcp_kind kind, const uint8_t mac[6], uint32_t xid,
    struct in_addr from, int menu, uint8_t out[DHCP_DISCOVER_MAX])
{
	const uint8_t item[] = {PXE_ITEM, 4, (uint8_t)(menu >> 8), (uint8_t)menu, 0, 0, OPTION_END};
	size_t len = discover_make(kind, TYPE_REQUEST, mac, xid, out);

	out[AT_FLAGS] = 0;
	memcpy(out + AT_CIADDR, &from, 4);
	if (menu >= 0)
		discover_option(out, &len, OPTION_VENDOR, item, sizeof(item));
	out[len++] = OPTION_END;
	return len;
}

/* --- OFFER -------------------------------------------------------------------------------------------- */

/* What parsing keeps besides the offer. */
struct offer_state {
	struct dhcp_offer *offer;
	int type, overload;
};

static void offer_text(char out[DHCP_NAME_MAX + 1], const uint8_t *bytes, size_t len)
{
	size_t n = strnlen((const char *)bytes, len < DHCP_NAME_MAX ? len : DHCP_NAME_MAX);

	memcpy(out, bytes, n);
	out[n] = '\0';
}

/* The type of the first entry of the menu within option 43; -1 none. */
static int offer_menu(const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at + 2 <= len && bytes[at] != OPTION_END;) {
		size_t value_len = bytes[at + 1];

		if (bytes[at] == OPTION_PAD) {
			at++;
			continue;
		}
		if (value_len > len - at - 2)
			break;
		if (bytes[at] == PXE_MENU && value_len >= 3)
			return bytes[at + 2] << 8 | bytes[at + 3];
		at += 2 + value_len;
	}
	return -1;
}

static void offer_option(struct offer_state *state, uint8_t code, const uint8_t *value, size_t len)
{
	struct dhcp_offer *offer = state->offer;

	switch (code) {
	case OPTION_TYPE:
		state->type = len == 1 ? value[0] : 0;
		break;
	case OPTION_OVERLOAD:
		state->overload = len == 1 ? value[0] : 0;
		break;
	case OPTION_SERVER:
		if (len == 4)
			memcpy(&offer->server, value, 4);
		break;
	case OPTION_VENDOR:
		offer->menu = offer_menu(value, len);
		break;
	case OPTION_CLASS:
		offer_text(offer->class, value, len);
		break;
	case OPTION_TFTP_NAME:
		offer_text(offer->next_name, value, len);
		break;
	case OPTION_FILE:
		offer_text(offer->file, value, len);
		break;
	case OPTION_PREFIX:
		offer_text(offer->prefix, value, len);
		break;
	default:
		break;
	}
}

/* 0, or -1: an option is longer than what is left. A missing end is no fault. */
static int offer_options(struct offer_state *state, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len && bytes[at] != OPTION_END;) {
		size_t value_len;

		if (bytes[at] == OPTION_PAD) {
			at++;
			continue;
		}
		if (len - at < 2)
			return -1;
		value_len = bytes[at + 1];
		if (len - at - 2 < value_len)
			return -1;
		offer_option(state, bytes[at], bytes + at + 2, value_len);
		at += 2 + value_len;
	}
	return 0;
}

int dhcp_offer_parse(const uint8_t *bytes, size_t len, struct dhcp_offer *offer)
{
	struct offer_state state = {.offer = offer};

	memset(offer, 0, sizeof(*offer));
	offer->menu = -1;
	if (len < AT_OPTIONS || bytes[0] != BOOTREPLY || bytes[1] != ETHERNET || bytes[2] != 6 ||
	    memcmp(bytes + AT_COOKIE, cookie, sizeof(cookie)) != 0)
		return -1;
	for (int i = 0; i < 4; i++)
		offer->xid = offer->xid << 8 | bytes[AT_XID + i];
	memcpy(offer->mac, bytes + AT_CHADDR, 6);
	memcpy(&offer->address, bytes + AT_YIADDR, 4);
	memcpy(&offer->next, bytes + AT_SIADDR, 4);
	if (offer_options(&state, bytes + AT_OPTIONS, len - AT_OPTIONS) ||
	    ((state.overload & 1) && offer_options(&state, bytes + AT_FILE, FILE_SIZE)) ||
	    ((state.overload & 2) && offer_options(&state, bytes + AT_SNAME, SNAME_SIZE)))
		return -1;
	if (!offer->file[0] && !(state.overload & 1))
		offer_text(offer->file, bytes + AT_FILE, FILE_SIZE);
	if (!offer->next_name[0] && !(state.overload & 2))
		offer_text(offer->next_name, bytes + AT_SNAME, SNAME_SIZE);
	offer->ack = state.type == TYPE_ACK;
	return offer->ack || state.type == TYPE_OFFER ? 0 : -1;
}

/* --- IPv4 and UDP ------------------------------------------------------------------------------------- */

static size_t get_u16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

int dhcp_payload(const uint8_t *packet, size_t len, const uint8_t **payload, struct in_addr *from)
{
	size_t head, total, udp_len;
	const uint8_t *udp;

	if (len < IP_HEADER || packet[0] >> 4 != 4)
		return -1;
	head = (size_t)(packet[0] & 15) * 4;
	total = get_u16(packet + 2);
	/* (no fragment: neither an offset nor "more follows") */
	if (head < IP_HEADER || total > len || total < head + UDP_HEADER ||
	    packet[9] != IPPROTO_UDP || (get_u16(packet + 6) & 0x3fff) != 0)
		return -1;
	udp = packet + head;
	udp_len = get_u16(udp + 4);
	if (get_u16(udp + 2) != CLIENT_PORT || udp_len < UDP_HEADER || udp_len > total - head)
		return -1;
	memcpy(from, packet + 12, 4);
	*payload = udp + UDP_HEADER;
	return (int)(udp_len - UDP_HEADER);
}
