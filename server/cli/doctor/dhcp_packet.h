/* SPDX-License-Identifier: MIT */
/*
 * dhcp_packet: a DISCOVER as firmware sends it, and what an OFFER says of the boot. Pure; no byte of an offer
 * is trusted. No message that takes an address is made.
 *
 * Sources: RFC 2131 (message), 2132 (options), 3004 (user class), 4578 (93, 94, 97), 5970 and the IANA list of
 * processor architectures (7 x64 UEFI, 11 ARM64 UEFI, 16 x64 UEFI HTTP), PXE 2.1 (60 "PXEClient", 43, proxies),
 * UEFI 2.10, 24.7 (60 "HTTPClient"). Numbers are big-endian.
 */
#ifndef LASTWORDS_CLI_DOCTOR_DHCP_PACKET_H
#define LASTWORDS_CLI_DOCTOR_DHCP_PACKET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* Who asks. */
enum dhcp_kind {
	DHCP_BIOS, /* a PXE ROM */
	DHCP_UEFI, /* PXE of x64 UEFI */
	DHCP_ARM64,
	DHCP_HTTP, /* HTTP boot of x64 UEFI */
	DHCP_IPXE, /* iPXE, which asks for its script */
	DHCP_KINDS
};

/* "BIOS", "UEFI", "UEFI ARM64", "UEFI HTTP boot", "iPXE" */
const char *dhcp_kind_name(enum dhcp_kind kind);

enum { DHCP_DISCOVER_MAX = 576, DHCP_NAME_MAX = 255 };

/* The UDP payload of a DISCOVER that is answered by broadcast; its length. */
size_t dhcp_discover(
    enum dhcp_kind kind, const uint8_t mac[6], uint32_t xid, uint8_t out[DHCP_DISCOVER_MAX]);

/*
 * The UDP payload of the question to a proxy's port 4011 for its boot file: that of its menu's entry of this type,
 * or without a menu (-1) its only one (PXE 2.1, 2.2.5); its length. A DHCPREQUEST by its form, but there it
 * takes no address. from: the sender's own address, to which the proxy answers.
 */
size_t dhcp_boot_request(enum dhcp_kind kind, const uint8_t mac[6], uint32_t xid,
    struct in_addr from, int menu, uint8_t out[DHCP_DISCOVER_MAX]);

struct dhcp_offer {
	int ack; /* an ACK, the answer to dhcp_boot_request; else an OFFER */
	uint32_t xid;
	uint8_t mac[6];
	struct in_addr address; /* offered; 0.0.0.0 by a proxy, which only names the boot file */
	struct in_addr server; /* option 54; 0.0.0.0 without one */
	struct in_addr next; /* siaddr: the TFTP server; 0.0.0.0 none */
	char next_name[DHCP_NAME_MAX + 1]; /* option 66, else sname; "" none */
	char file[DHCP_NAME_MAX + 1]; /* option 67, else the field file; "" none */
	char class[DHCP_NAME_MAX + 1]; /* option 60 */
	char prefix[DHCP_NAME_MAX + 1]; /* option 210: pxelinux's */
	int menu; /* type of a proxy's first menu entry (option 43, 9); -1 none */
};

/* 0, or -1: it is no OFFER or ACK (RFC 2131, table 3), or cut. Texts end at a NUL. */
int dhcp_offer_parse(const uint8_t *bytes, size_t len, struct dhcp_offer *offer);

/*
 * The payload of a whole UDP datagram to port 68 within an IPv4 packet (RFC 791, 768). *payload points into
 * packet. Its length, or -1: it is no such packet. *from: its source. Checksums are not looked at: those of packets
 * that never left this host are not filled in.
 */
int dhcp_payload(const uint8_t *packet, size_t len, const uint8_t **payload, struct in_addr *from);

#endif
