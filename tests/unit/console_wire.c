/* SPDX-License-Identifier: MIT */
/* What lastwords-console speaks (console/wire): telnet with breaks, and frames. */
#include "console/wire/frame.h"
#include "console/wire/telnet.h"
#include "tap.h"

static struct telnet telnet;
static unsigned char reply[TELNET_REPLY_MAX];
static size_t reply_len;

/* The data in len bytes, as text; they come in pieces of this size. */
static const char *received(const char *bytes, size_t len, size_t piece)
{
	static char text[400];
	size_t out = 0;

	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		memcpy(text + out, bytes + at, n);
		out += telnet_receive(&telnet, text + out, n, reply, &reply_len);
	}
	text[out] = '\0';
	return text;
}

static void test_telnet(void)
{
	static const char mixed[] =
	    "lo\xff\xfb\x01gin\xff\xff: \xff\xfa\x2c\x6b\xff\xff\xff\xf0ok\xff\xf1.";
	unsigned char out[TELNET_BREAK_MAX];
	char sent[8], flood[300];

	for (size_t piece = 1; piece <= sizeof(mixed); piece += sizeof(mixed) - 2) {
		telnet_init(&telnet);
		is(received(mixed, sizeof(mixed) - 1, piece), "login\xff: ok.",
		    "data without the protocol, in pieces of any size");
	}
	telnet_init(&telnet);
	received("\xff\xfd\x18", 3, 3);
	ok(reply_len == 3 && memcmp(reply, "\xff\xfc\x18", 3) == 0, "an unknown option is refused");
	received("\xff\xfd\x18", 3, 3);
	is_num((long long)reply_len, 0, "once: no loop of answers");
	received("\xff\xfb\x01", 3, 3);
	ok(reply_len == 3 && memcmp(reply, "\xff\xfd\x01", 3) == 0, "the server may echo");
	for (size_t i = 0; i < sizeof(flood); i += 3)
		memcpy(flood + i, (char[]){(char)255, (char)253, (char)(50 + i / 3)}, 3);
	received(flood, sizeof(flood), sizeof(flood));
	ok(reply_len <= TELNET_REPLY_MAX, "a flood of options is answered within bounds");
	is_num((long long)telnet_send("a\xff\n", 3, sent), 4, "a byte 255 is sent twice");
	ok(memcmp(sent, "a\xff\xff\n", 4) == 0, "as two bytes 255");
	ok(telnet_break(&telnet, 1, out) == 2 && out[1] == 243, "a break is IAC BRK");
	is_num((long long)telnet_break(&telnet, 0, out), 0, "which ends by itself");
	received("\xff\xfd\x2c", 3, 3);
	ok(telnet_break(&telnet, 1, out) == 7 && out[4] == 5, "with RFC 2217 it begins");
	ok(telnet_break(&telnet, 0, out) == 7 && out[4] == 6, "and ends by command");
}

static void test_frames(void)
{
	char buffer[2 * FRAME_WHOLE_MAX], text[FRAME_MAX + 9];
	struct frame frame;
	size_t len = frame_put(buffer, FRAME_STATUS, "up", 2);

	is_num((long long)len, 5, "a frame has a head of three bytes");
	for (size_t cut = 0; cut < len; cut++)
		ok(frame_take(buffer, cut, &frame) == 0, "%zu bytes of it are not all", cut);
	ok(frame_take(buffer, len + 3, &frame) == 5 && frame.type == FRAME_STATUS &&
		frame.len == 2 && memcmp(frame.text, "up", 2) == 0,
	    "what was put is taken");
	memset(text, 'x', sizeof(text));
	is_num((long long)frame_put(buffer, FRAME_DATA, text, sizeof(text)), FRAME_WHOLE_MAX,
	    "a text that is too long is cut");
	ok(frame_take("D\xff\xff", 3, &frame) == -1, "a length above the limit is refused at once");
	ok(frame_take("?", 1, &frame) == -1, "so is an unknown type");
	ok(frame_take("\0\0\0", 3, &frame) == -1, "and a NUL");
}

int main(void)
{
	test_telnet();
	test_frames();
	return tap_done();
}
