/* SPDX-License-Identifier: MIT */
/* sink: an answer of any length; see sink.h. Pure but for where it goes. */
#include "sink.h"

#include <stdio.h>
#include <string.h>

#include "reply.h"

void sink_init(struct sink *sink, void (*write)(const char *bytes, size_t len), int head_only)
{
	sink->write = write;
	sink->head_only = head_only;
	sink->begun = sink->status = 0;
	sink->len = sink->sent = 0;
	sink->limit = SINK_FIRST;
}

/* "NAME: VALUE", the value up to a line break; a line that does not fit is left out whole. */
static size_t sink_line(char *text, size_t at, const char *name, const char *value)
{
	int len = value ? (int)strcspn(value, "\r\n") : 0, n;

	if (!value)
		return at;
	n = snprintf(text + at, SINK_HEAD_MAX - at, "%s: %.*s\r\n", name, len, value);
	if (n < 0 || at + (size_t)n + 3 > SINK_HEAD_MAX)
		return at;
	return at + (size_t)n;
}

size_t sink_head_text(const struct sink_head *head, char text[SINK_HEAD_MAX])
{
	int status = head->status ? head->status : 200;
	char number[48];
	size_t at;

	snprintf(number, sizeof(number), "%d %s", status, reply_reason(status));
	at = sink_line(text, 0, "Status", number);
	at = sink_line(text, at, "Content-Type", head->type);
	at = sink_line(
	    text, at, "Content-Security-Policy", head->policy ? head->policy : SINK_POLICY);
	at = sink_line(text, at, "X-Content-Type-Options", "nosniff");
	at = sink_line(text, at, "Referrer-Policy", "same-origin");
	at = sink_line(text, at, "Cross-Origin-Opener-Policy", "same-origin");
	at = sink_line(text, at, "Cross-Origin-Resource-Policy", "same-origin");
	at = sink_line(text, at, "Cache-Control", head->cache ? head->cache : "no-store");
	at = sink_line(text, at, "Location", head->location);
	at = sink_line(text, at, "Set-Cookie", head->cookie);
	at = sink_line(text, at, "ETag", head->etag);
	at = sink_line(text, at, "X-Sendfile", head->file);
	if (head->length > 0) {
		snprintf(number, sizeof(number), "%lld", (long long)head->length);
		at = sink_line(text, at, "Content-Length", number);
	}
	memcpy(text + at, "\r\n", 3);
	return at + 2;
}

void sink_begin(struct sink *sink, const struct sink_head *head)
{
	char text[SINK_HEAD_MAX];
	size_t len;

	if (sink->begun)
		return;
	sink->begun = 1;
	sink->status = head->status ? head->status : 200;
	len = sink_head_text(head, text);
	memcpy(sink->buffer, text, len);
	sink->len = len;
	sink->limit = len + SINK_FIRST;
}

void sink_flush(struct sink *sink)
{
	if (sink->len > 0)
		sink->write(sink->buffer, sink->len);
	sink->len = 0;
	sink->limit = sizeof(sink->buffer);
}

int sink_put(void *arg, const char *bytes, size_t len)
{
	struct sink *sink = arg;

	if (sink->head_only || sink->sent > SINK_MAX)
		return 1;
	sink->sent += len;
	while (len > 0) {
		size_t room = sink->limit - sink->len;
		size_t piece = len < room ? len : room;

		memcpy(sink->buffer + sink->len, bytes, piece);
		sink->len += piece;
		bytes += piece;
		len -= piece;
		if (sink->len == sink->limit)
			sink_flush(sink);
	}
	return 0;
}

int sink_put_text(struct sink *sink, const char *text)
{
	return sink_put(sink, text, strlen(text));
}
