/* SPDX-License-Identifier: MIT */
/* sink: the head and pieces of an answer that goes out while it is made. */
#include "cgi/http/sink.h"

#include <stdlib.h>

#include "tap.h"

static char out[SINK_MAX + (1 << 20)];
static size_t out_len, pieces, first_piece;

static void take(const char *bytes, size_t len)
{
	if (len > sizeof(out) - 1 - out_len)
		len = sizeof(out) - 1 - out_len;
	memcpy(out + out_len, bytes, len);
	out_len += len;
	out[out_len] = '\0';
	if (pieces++ == 0)
		first_piece = len;
}

static void begin(struct sink *sink, int head_only, const struct sink_head *head)
{
	out_len = pieces = first_piece = 0;
	out[0] = '\0';
	sink_init(sink, take, head_only);
	sink_begin(sink, head);
}

static struct sink sink;

static void test_head(void)
{
	const struct sink_head plain = {.type = "text/plain"};
	const struct sink_head odd = {.status = 303,
	    .type = "text/plain",
	    .location = "/a\r\nSet-Cookie: b",
	    .policy = "sandbox",
	    .cache = "no-cache",
	    .etag = "\"1-2\"",
	    .length = 5};
	static char most[SINK_HEAD_MAX];
	struct sink_head longest = {.type = "text/plain", .location = most};

	begin(&sink, 0, &plain);
	sink_flush(&sink);
	is(out,
	    "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Security-Policy: " SINK_POLICY
	    "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
	    "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n"
	    "Cache-Control: no-store\r\n\r\n",
	    "the head of a page");
	begin(&sink, 0, &odd);
	sink_flush(&sink);
	ok(strncmp(out, "Status: 303 See Other\r\n", 23) == 0, "a status with its words");
	ok(strstr(out, "\r\nLocation: /a\r\n") && !strstr(out, "Set-Cookie"),
	    "a line break ends a value");
	ok(strstr(out, "Content-Security-Policy: sandbox\r\n") &&
		strstr(out, "Cache-Control: no-cache\r\nLocation: /a\r\nETag: \"1-2\"\r\n"
			    "Content-Length: 5\r\n\r\n"),
	    "and the others");
	memset(most, 'x', sizeof(most) - 1);
	begin(&sink, 0, &longest);
	sink_flush(&sink);
	ok(!strstr(out, "Location") && strcmp(out + out_len - 4, "\r\n\r\n") == 0,
	    "a line that does not fit is left out whole");
}

static void test_body(void)
{
	const struct sink_head head = {.type = "text/plain"};
	static char block[65536];
	size_t sent = 0;

	memset(block, 'b', sizeof(block));
	begin(&sink, 0, &head);
	ok(sink_put(&sink, block, 100) == 0 && pieces == 0, "a little is kept");
	ok(sink_put(&sink, block, SINK_FIRST) == 0 && pieces == 1 && first_piece < 8192,
	    "the first piece is small");
	ok(sink_put(&sink, block, sizeof(block)) == 0 && pieces == 3, "the next ones are larger");
	sink_flush(&sink);
	is_num((long long)strlen(strstr(out, "\r\n\r\n") + 4), 100 + SINK_FIRST + 65536,
	    "all of it went out");
	begin(&sink, 1, &head);
	ok(sink_put(&sink, block, 100) == 1, "HEAD: nobody wants the body");
	sink_flush(&sink);
	is(strstr(out, "\r\n\r\n"), "\r\n\r\n", "and it has none");
	begin(&sink, 0, &head);
	while (sink_put(&sink, block, sizeof(block)) == 0)
		sent += sizeof(block);
	sink_flush(&sink);
	ok(sent >= SINK_MAX && sent <= SINK_MAX + 2 * sizeof(block),
	    "an answer has a largest size");
	sink_begin(&sink, &head);
	ok(strstr(strstr(out, "\r\n\r\n") + 4, "Status:") == NULL, "and one head");
}

int main(void)
{
	test_head();
	test_body();
	return tap_done();
}
