/* SPDX-License-Identifier: MIT */
/*
 * netconsole: parses one packet of the kernel's netconsole, and prints a record as dmesg does. Pure: bytes
 * in, structs and text out; no byte of the input is trusted.
 *
 * Extended format (drivers/net/netconsole.c send_ext_msg_udp, kernel/printk/printk.c
 * info_print_ext_header and msg_add_ext_text; Documentation/networking/netconsole.rst):
 *
 *   [RELEASE,]PRIO,SEQ,USEC,FLAG[,caller=T123|C0][,ncfrag=OFFSET/TOTAL];TEXT\n[ KEY=value\n…]
 *
 * PRIO is facility<<3|level, SEQ the record's number, USEC the kernel's clock, FLAG '-', 'c' or '+'
 * (continuation lines of old kernels). In TEXT the bytes outside 0x20-0x7e and the backslash are
 * written \xNN; a record of several lines has \x0a between them. The lines after TEXT, each begun
 * by a space, are its dictionary and user data. A fragment repeats the header; OFFSET and TOTAL
 * count bytes after the ';'. Of a record that is too large the first fragment is taken as the whole.
 *
 * Basic format: the text as a serial console would get it, cut every 1000 bytes without a mark; with
 * console_msg_format=syslog each line begins with "<PRIO>".
 */
#ifndef COLLECTOR_NETCONSOLE_H
#define COLLECTOR_NETCONSOLE_H

#include <stddef.h>
#include <stdint.h>

enum {
	NETCONSOLE_CHUNK = 1000, /* bytes; a basic packet of this size was probably cut */
	NETCONSOLE_BODY_MAX = 72 << 10, /* largest TOTAL; the kernel's is some 66 KB since 6.19 */
	NETCONSOLE_HEADER_MAX = 256, /* a ';' after more bytes ends no header */
	NETCONSOLE_CALLER_MAX = 15,
	NETCONSOLE_PRIO_MAX = 191, /* larger numbers become this */
	NETCONSOLE_LINE_MAX = 8192, /* longest line given out; a longer one continues in the next */
};

/* usec of a line whose time is unknown */
#define NETCONSOLE_NO_TIME UINT64_MAX

struct netconsole_packet {
	int extended; /* 0: only body is filled in */
	const char *release; /* in the packet; release_len 0 without one */
	size_t release_len;
	unsigned int prio; /* at most NETCONSOLE_PRIO_MAX */
	uint64_t seq, usec;
	char flag;
	const char *caller; /* "T123"; caller_len 0 without one */
	size_t caller_len;
	int fragment; /* 1: body belongs at offset of total; offset + body_len <= total */
	uint32_t offset, total; /* bytes; total is 1 to NETCONSOLE_BODY_MAX */
	const char *body; /* the bytes after the ';', or the whole packet */
	size_t body_len;
};

/* Never fails: a packet that is not a valid extended one is a basic one. */
void netconsole_parse(const char *buf, size_t len, struct netconsole_packet *packet);

/*
 * A line that is being put together. Bytes outside 0x20-0x7e but the tab become \xNN; the line is
 * given out by line(arg, text, len) without newline when it ends or is full.
 */
struct netconsole_line {
	void (*line)(void *arg, const char *text, size_t len);
	void *arg;
	size_t len, prefix_len;
	char prefix[64];
	char text[NETCONSOLE_LINE_MAX];
};

void netconsole_line_init(
    struct netconsole_line *out, void (*line)(void *arg, const char *text, size_t len), void *arg);
/* Adds one byte of text. */
void netconsole_line_byte(struct netconsole_line *out, unsigned char c);
/* Ends the line, also an empty one. */
void netconsole_line_end(struct netconsole_line *out);

/*
 * Gives out a record's lines, each with "[    5.123456] " or "[    5.123456][  T123] " in front,
 * without the dictionary. \x0a separates lines, \x09 and \x5c are decoded, other \xNN stay.
 */
void netconsole_render(struct netconsole_line *out, const struct netconsole_packet *packet);

/*
 * The lines after TEXT: the record's dictionary, the target's userdata (" lastwords.session=ID", by arm), and
 * what the kernel adds if it is asked to: " cpu=1", " taskname=init", " release=7.2.13", " msgid=4" (Linux 6.13 to
 * 6.16). NULL and 0: there are none.
 */
const char *netconsole_dictionary(const struct netconsole_packet *packet, size_t *len);
/* 1 and the number of the target's message, which counts what was sent, while SEQ counts what was printed. */
int netconsole_msgid(const struct netconsole_packet *packet, uint64_t *msgid);

/* The length of "<PRIO>" at the beginning of a line; 0 without one. */
size_t netconsole_line_prio_len(const char *text, size_t len);
/* The time of a line that begins "[    5.123456]" or "<6>[    5.123456]", in microseconds;
 * NETCONSOLE_NO_TIME if it does not. */
uint64_t netconsole_line_usec(const char *text, size_t len);

#endif
