/* SPDX-License-Identifier: MIT */
/* What the doctor asks DHCP servers, and what it reads from their offers (cli/doctor/dhcp_packet.h). */
#include <arpa/inet.h>

#include "cli/doctor/dhcp_packet.h"
#include "tap.h"

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xaa, 0x00, 0x01};

/* The value of an option of a message; NULL. */
static const uint8_t *option(const uint8_t *message, size_t len, int code, size_t *value_len)
{
	for (size_t at = 240; at + 1 < len && message[at] != 255; at += 2 + (size_t)message[at + 1])
		if (message[at] == code) {
			*value_len = message[at + 1];
			return message + at + 2;
		}
	return NULL;
}

static void test_discover(void)
{
	static const struct {
		enum dhcp_kind kind;
		int arch;
		const char *class;
	} rows[] = {{DHCP_BIOS, 0, "PXEClient:Arch:00000"}, {DHCP_UEFI, 7, "PXEClient:Arch:00007"},
	    {DHCP_ARM64, 11, "PXEClient:Arch:00011"}, {DHCP_HTTP, 16, "HTTPClient:Arch:00016"},
	    {DHCP_IPXE, 0, "PXEClient:Arch:00000"}};
	uint8_t out[DHCP_DISCOVER_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = dhcp_kind_name(rows[i].kind);
		size_t len = dhcp_discover(rows[i].kind, mac, 0x01020304, out), n = 0;
		const uint8_t *value;

		ok(len > 240 && len <= sizeof(out) && out[len - 1] == 255, "%s: it ends", name);
		ok(out[0] == 1 && out[1] == 1 && out[2] == 6 && out[10] == 0x80 &&
			memcmp(out + 4, "\1\2\3\4", 4) == 0 && memcmp(out + 28, mac, 6) == 0,
		    "%s: a request of this MAC, to be answered by broadcast", name);
		value = option(out, len, 53, &n);
		ok(value && n == 1 && value[0] == 1, "%s: it is a DISCOVER", name);
		value = option(out, len, 93, &n);
		ok(value && n == 2 && value[1] == rows[i].arch, "%s: its architecture", name);
		value = option(out, len, 60, &n);
		ok(value && memcmp(value, rows[i].class, strlen(rows[i].class)) == 0,
		    "%s: its class", name);
		value = option(out, len, 77, &n);
		ok((value && n == 4 && memcmp(value, "iPXE", 4) == 0) ==
			(rows[i].kind == DHCP_IPXE),
		    "%s: iPXE, and no other, has its user class", name);
	}
}

static void test_boot_request(void)
{
	const struct in_addr from = {.s_addr = htonl(0x0a4d0001)};
	uint8_t out[DHCP_DISCOVER_MAX];
	const uint8_t *value;
	size_t n = 0, len = dhcp_boot_request(DHCP_BIOS, mac, 7, from, 0x8001, out);

	ok(memcmp(out + 12, &from, 4) == 0 && out[10] == 0, "a proxy answers to the sender");
	value = option(out, len, 43, &n);
	ok(value && n == 7 && memcmp(value, "\x47\4\x80\1\0\0\xff", 7) == 0,
	    "it is asked for its menu's entry");
	len = dhcp_boot_request(DHCP_BIOS, mac, 7, from, -1, out);
	ok(!option(out, len, 43, &n), "without a menu for nothing special");
}

/* --- offers ------------------------------------------------------------------------------------------- */

static uint8_t message[600];
static size_t message_len;

static void begin(void)
{
	memset(message, 0, sizeof(message));
	memcpy(message, "\2\1\6", 3);
	memcpy(message + 4, "\xde\xad\xbe\xef", 4);
	memcpy(message + 28, mac, 6);
	memcpy(message + 236, "\x63\x82\x53\x63", 4);
	message_len = 240;
}

static void add(int code, const char *value, size_t len)
{
	message[message_len++] = (uint8_t)code;
	message[message_len++] = (uint8_t)len;
	memcpy(message + message_len, value, len);
	message_len += len;
}

static void test_offer(void)
{
	struct dhcp_offer offer;
	char text[INET_ADDRSTRLEN];

	begin();
	memcpy(message + 16, "\x0a\x4d\0\x32", 4);
	memcpy(message + 20, "\x0a\x4d\0\1", 4);
	memcpy(message + 108, "undionly.kpxe", 13);
	add(53, "\2", 1);
	add(0, "", 0); /* (a pad, and what looks like its length: another) */
	add(54, "\x0a\x4d\0\2", 4);
	add(60, "HTTPClient", 10);
	message[message_len++] = 255;
	ok(dhcp_offer_parse(message, message_len, &offer) == 0, "an offer");
	ok(offer.xid == 0xdeadbeef && memcmp(offer.mac, mac, 6) == 0 && !offer.ack,
	    "of this question");
	is(inet_ntop(AF_INET, &offer.address, text, sizeof(text)), "10.77.0.50", "its address");
	is(inet_ntop(AF_INET, &offer.next, text, sizeof(text)), "10.77.0.1", "its TFTP server");
	is(inet_ntop(AF_INET, &offer.server, text, sizeof(text)), "10.77.0.2", "its sender");
	is(offer.file, "undionly.kpxe", "its file");
	is(offer.class, "HTTPClient", "its class");
	is_num(offer.menu, -1, "no menu");
	message_len--;
	add(67, "other.efi\0", 10);
	ok(dhcp_offer_parse(message, message_len, &offer) == 0, "without an end it is one too");
	is(offer.file, "other.efi", "option 67 wins over the field");

	begin();
	add(53, "\2", 1);
	add(52, "\3", 1);
	memcpy(message + 108,
	    "\x43\x05"
	    "a.efi\xff",
	    8);
	memcpy(message + 44,
	    "\x42\x03"
	    "srv\xff",
	    6);
	ok(dhcp_offer_parse(message, message_len, &offer) == 0 &&
		strcmp(offer.file, "a.efi") == 0 && strcmp(offer.next_name, "srv") == 0,
	    "options in the fields file and sname (option 52)");

	begin();
	add(53, "\5", 1);
	add(43, "\6\1\3\x09\x05\x80\2\2hi\xff", 11);
	ok(dhcp_offer_parse(message, message_len, &offer) == 0 && offer.ack && offer.menu == 0x8002,
	    "an ACK with a menu");
}

static void test_broken(void)
{
	struct dhcp_offer offer;
	size_t whole;
	int accepted = 0;

	begin();
	add(53, "\6", 1);
	ok(dhcp_offer_parse(message, message_len, &offer) == -1, "a NAK is no offer");
	begin();
	add(53, "\2", 1);
	add(67, "x", 1);
	message[message_len - 2] = 200;
	ok(dhcp_offer_parse(message, message_len, &offer) == -1,
	    "an option longer than the message");
	begin();
	ok(dhcp_offer_parse(message, message_len, &offer) == -1, "BOOTP without a type");
	message[236] = 0;
	ok(dhcp_offer_parse(message, message_len, &offer) == -1, "without the magic");
	begin();
	memset(message + 108, 'f', 128);
	add(53, "\2", 1);
	ok(dhcp_offer_parse(message, message_len, &offer) == 0 && strlen(offer.file) == 128,
	    "a file name that fills its field");
	whole = message_len;
	for (size_t len = 0; len < whole; len++)
		accepted += dhcp_offer_parse(message, len, &offer) == 0;
	is_num(accepted, 0, "nothing that is cut is an offer");
}

static void test_payload(void)
{
	static const uint8_t good[] = {0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 77, 0, 1, 255,
	    255, 255, 255, 0, 67, 0, 68, 0, 12, 0, 0, 'a', 'b', 'c', 'd'};
	uint8_t packet[sizeof(good)];
	const uint8_t *payload;
	struct in_addr from;
	char text[INET_ADDRSTRLEN];
	int cut = 0;

	ok(dhcp_payload(good, sizeof(good), &payload, &from) == 4 &&
		memcmp(payload, "abcd", 4) == 0,
	    "the payload of a datagram");
	is(inet_ntop(AF_INET, &from, text, sizeof(text)), "10.77.0.1", "and its source");
	for (size_t len = 0; len < sizeof(good); len++)
		cut += dhcp_payload(good, len, &payload, &from) >= 0;
	is_num(cut, 0, "one that is cut has none");
#define CHANGED(at, value, name)                                                                   \
	memcpy(packet, good, sizeof(good));                                                        \
	packet[at] = value;                                                                        \
	ok(dhcp_payload(packet, sizeof(packet), &payload, &from) == -1, name)
	CHANGED(0, 0x65, "IPv6");
	CHANGED(0, 0x44, "a header that is too short");
	CHANGED(0, 0x4f, "a header longer than the packet");
	CHANGED(6, 0x20, "a fragment");
	CHANGED(9, 6, "TCP");
	CHANGED(23, 69, "another port");
	CHANGED(25, 200, "a datagram longer than the packet");
	CHANGED(25, 7, "a datagram shorter than its header");
}

int main(void)
{
	test_discover();
	test_boot_request();
	test_offer();
	test_broken();
	test_payload();
	return tap_done();
}
