/* SPDX-License-Identifier: MIT */
/* netconsole.h's promises: what is an extended packet, what is text, and how a record prints. */
#include "tap.h"

#include <stdlib.h>

#include "collector/wire/netconsole.h"

/* Parses an exact-size copy, so that ASan sees a byte read too many. */
static int extended(const char *text, struct netconsole_packet *packet)
{
	static char *copy;
	size_t len = strlen(text);

	free(copy);
	copy = malloc(len ? len : 1);
	memcpy(copy, text, len);
	netconsole_parse(copy, len, packet);
	return packet->extended;
}

static char printed[65536];
static size_t printed_lines, longest;

static void print_line(void *arg, const char *text, size_t len)
{
	size_t have = strlen(printed);

	(void)arg;
	snprintf(printed + have, sizeof(printed) - have, "%.*s\n", (int)len, text);
	printed_lines++;
	longest = len > longest ? len : longest;
}

static const char *render(uint64_t usec, const char *caller, const char *body, size_t len)
{
	struct netconsole_packet packet = {.usec = usec,
	    .caller = caller,
	    .caller_len = strlen(caller),
	    .body = body,
	    .body_len = len};
	struct netconsole_line line;

	printed[0] = '\0';
	printed_lines = longest = 0;
	netconsole_line_init(&line, print_line, NULL);
	netconsole_render(&line, &packet);
	return printed;
}

static void headers(void)
{
	struct netconsole_packet p;

	ok(extended("6,416,1758426,-,caller=T12;hello\n", &p), "a plain extended packet");
	is_num(p.prio, 6, "the priority of a packet");
	is_num((long long)p.seq, 416, "the record number of a packet");
	is_num((long long)p.usec, 1758426, "the kernel time of a packet");
	ok(p.caller_len == 3 && memcmp(p.caller, "T12", 3) == 0, "the caller of a packet");
	ok(p.body_len == 6 && memcmp(p.body, "hello\n", 6) == 0 && !p.fragment,
	    "the body of a packet");
	ok(p.release_len == 0, "a packet without a release");

	ok(extended("6.12.9-amd64,4,7,0,c;x", &p), "with the release in front");
	ok(p.release_len == 12 && memcmp(p.release, "6.12.9-amd64", 12) == 0 && p.seq == 7 &&
		p.flag == 'c',
	    "the release is separated from the priority");
	ok(extended("6,1,2,-,later=thing;x", &p), "a key of a later kernel is passed over");
	ok(extended("6,1,2,-;", &p) && p.body_len == 0, "an empty record");

	ok(extended("6,1,2,-,caller=C1,ncfrag=3/10;abc", &p) && p.fragment && p.offset == 3 &&
		p.total == 10,
	    "a fragment with its place");
	ok(extended("6,1,2,-,ncfrag=7/10;abc", &p), "a fragment that ends where it should");
	ok(extended("6,1,2,-,ncfrag=66000/67000;abc", &p) && p.fragment && p.total == 67000,
	    "a fragment of the kernel's largest record is taken");
	ok(extended("6,1,2,-,ncfrag=0/99999999;abc", &p) && !p.fragment && p.body_len == 3,
	    "the first fragment of a record that is too large is the record");
	ok(extended("6,1,2,-,ncfrag=3/99999999;abc", &p) && !p.fragment && p.body_len == 0,
	    "a later fragment of a record that is too large has no text");
}

static void not_headers(void)
{
	static const char *const texts[] = {
	    "hello",
	    ";",
	    "6",
	    "6,1,2,-",
	    "6,1,2;x",
	    "6,1,2,-,x;y",
	    ",1,2,-;x",
	    "6,,2,-;x",
	    "+6,1,2,-;x",
	    "6,-1,2,-;x",
	    " 6,1,2,-;x",
	    "6,1,2,--;x",
	    "6,1,2,z;x",
	    "6,0x1,2,-;x",
	    "6,1 ,2,-;x",
	    "6,18446744073709551616,2,-;x",
	    "6,99999999999999999999999,2,-;x",
	    "6,1,18446744073709551615,-;x",
	    "4294967296,1,2,-;x",
	    "6,1,2,-,ncfrag=8/10;abc",
	    "6,1,2,-,ncfrag=0/0;",
	    "6,1,2,-,ncfrag=0/10;",
	    "6,1,2,-,ncfrag=0;abc",
	    "6,1,2,-,ncfrag=-1/10;abc",
	    "6,1,2,-,ncfrag=/;abc",
	    "6,1,2,-,caller=;x",
	    "6,1,2,-,caller=T1234567890123456;x",
	    "6,1\n,2,-;x",
	    "6.1.0;x",
	    "6.1,6.2,1,2,-;x",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct netconsole_packet p;

		ok(!extended(texts[i], &p) && p.body_len == strlen(texts[i]) && !p.fragment,
		    "text, not a header: case %zu", i);
	}
}

static void far_semicolon(void)
{
	struct netconsole_packet p;
	char text[600];

	memset(text, 'a', sizeof(text));
	memcpy(text, "6,1,2,-,k=", 10);
	text[500] = ';';
	text[599] = '\0';
	ok(!extended(text, &p), "a header is not longer than NETCONSOLE_HEADER_MAX");
}

static void lines(void)
{
	char big[3 * NETCONSOLE_LINE_MAX];

	is(render(5123456, "", "text\n", 5), "[    5.123456] text\n", "as dmesg prints it");
	is(render(5123456, "T123", "text\n", 5), "[    5.123456][  T123] text\n",
	    "a line with the caller is printed");
	is(render(123456789012, "C0", "x", 1), "[123456.789012][    C0] x\n",
	    "a long uptime is printed whole");
	is(render(0, "", "a\n SUBSYSTEM=pci\n DEVICE=+pci:0\n", 32), "[    0.000000] a\n",
	    "the dictionary is left out");
	is(render(0, "", "one\\x0atwo\\x0a\n", 15),
	    "[    0.000000] one\n[    0.000000] two\n[    0.000000] \n",
	    "a record of several lines has its prefix on every one");
	is(render(0, "", "a\\x09b\\x5cc\\x1b[m\\xc3\\xbc\n", 26),
	    "[    0.000000] a\tb\\c\\x1b[m\\xc3\\xbc\n",
	    "tab and backslash are read back, no other");
	is(render(0, "", "a\\x5cx0ab\n", 10), "[    0.000000] a\\x0ab\n",
	    "an escaped backslash begins no escape");
	is(render(0, "", "\x01\xff\x7f\\x4", 6), "[    0.000000] \\x01\\xff\\x7f\\x4\n",
	    "raw bytes are escaped, a torn escape stays");
	is(render(0, "", "one\ntwo\n", 8), "[    0.000000] one\n[    0.000000] two\n",
	    "a raw newline without a dictionary behind it");
	is(render(0, "", "", 0), "[    0.000000] \n", "an empty record is a line");

	memset(big, '\xee', sizeof(big));
	render(0, "", big, sizeof(big));
	ok(printed_lines > 12 && longest <= NETCONSOLE_LINE_MAX, "no line is longer than allowed");
}

/* The stamp is what printf would make of it. */
static void stamps(void)
{
	static const uint64_t times[] = {0, 7, 999999, 1000000, 12345678901, 99999999999,
	    100000000000, 123456789012345, INT64_MAX, UINT64_MAX - 1};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char want[64];

		snprintf(want, sizeof(want), "[%5llu.%06llu] x\n",
		    (unsigned long long)(times[i] / 1000000),
		    (unsigned long long)(times[i] % 1000000));
		is(render(times[i], "", "x", 1), want, "as printf has it");
	}
}

static void times(void)
{
#define USEC(text) netconsole_line_usec(text, strlen(text))
	ok(USEC("[    5.123456] x") == 5123456, "a line's time is read");
	ok(USEC("[12345.000001][  T1] x") == 12345000001, "a line's time with caller");
	ok(USEC("<6>[    5.123456] x") == 5123456, "a line's time after its priority is read");
	ok(USEC("<191>[12345.000001]") == 12345000001, "a time after a long priority is read");
	ok(USEC("<6[    5.123456] x") == NETCONSOLE_NO_TIME,
	    "a torn priority has no time after it");
	ok(USEC("<>[    5.123456] x") == NETCONSOLE_NO_TIME, "an empty priority is text");
	ok(USEC("[    5.12345] x") == NETCONSOLE_NO_TIME, "five digits are no time");
	ok(USEC("[    5.1234567] x") == NETCONSOLE_NO_TIME, "seven digits are no time");
	ok(USEC("[     .123456] x") == NETCONSOLE_NO_TIME, "no seconds, no time");
	ok(USEC("hello") == NETCONSOLE_NO_TIME, "text has no time");
	ok(USEC("[    5.123456") == NETCONSOLE_NO_TIME, "a torn one neither");
	ok(USEC("[99999999999999999999.123456]") == NETCONSOLE_NO_TIME,
	    "a time that is too large is not read");
}

/* A byte that needs care is seen wherever it stands, in a body of any length. */
static void care(void)
{
	static const char *const as[] = {"\\x01", "\\x7f", "\\xff", "\\x80", "\\x1f", "\\x00"};
	static const char bytes[] = "\x01\x7f\xff\x80\x1f";
	size_t wrong = 0, count = 0;

	for (size_t len = 1; len < 70; len++) {
		for (size_t at = 0; at < len; at++) {
			for (size_t b = 0; b < sizeof(bytes); b++, count++) {
				char *body = malloc(len), want[200]; /* exact size, for ASan */

				memset(body, 'a', len);
				body[at] = bytes[b];
				snprintf(want, sizeof(want), "[    0.000000] %.*s%s%.*s\n", (int)at,
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaa",
				    as[b], (int)(len - at - 1),
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaa");
				wrong += strcmp(render(0, "", body, len), want) != 0;
				free(body);
			}
		}
	}
	is_num(wrong, 0, "a byte that does not print, anywhere");
	is_num(count, 69 * 70 / 2 * 6, "all were tried");
}

int main(void)
{
	care();
	headers();
	not_headers();
	far_semicolon();
	lines();
	stamps();
	times();
	return tap_done();
}
