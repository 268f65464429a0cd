/* SPDX-License-Identifier: MIT */
/* stream: an answer of any length; see stream.h. Pure but for where it goes. */
#include "stream.h"

#include <stdio.h>
#include <string.h>

#include "reply.h"

void stream_init(struct stream *stream, void (*write)(const char *bytes, size_t len), int head_only)
{
	stream->write = write;
	stream->head_only = head_only;
	stream->begun = stream->status = 0;
	stream->len = stream->sent = 0;
	stream->limit = STREAM_FIRST;
}

/* "NAME: VALUE", the value up to a line break; a line that does not fit is left out whole. */
static size_t stream_line(char *text, size_t at, const char *name, const char *value)
{
	int len = value ? (int)strcspn(value, "\r\n") : 0, n;

	if (!value)
		return at;
	n = snprintf(text + at, STREAM_HEAD_MAX - at, "%s: %.*s\r\n", name, len, value);
	if (n < 0 || at + (size_t)n + 3 > STREAM_HEAD_MAX)
		return at;
	return at + (size_t)n;
}

size_t stream_head_text(const struct stream_head *head, char text[STREAM_HEAD_MAX])
{
	int status = head->status ? head->status : 200;
	char number[48];
	size_t at;

	snprintf(number, sizeof(number), "%d %s", status, reply_reason(status));
	at = stream_line(text, 0, "Status", number);
	at = stream_line(text, at, "Content-Type", head->type);
	at = stream_line(
	    text, at, "Content-Security-Policy", head->policy ? head->policy : STREAM_POLICY);
	at = stream_line(text, at, "X-Content-Type-Options", "nosniff");
	at = stream_line(text, at, "Referrer-Policy", "same-origin");
	at = stream_line(text, at, "Cross-Origin-Opener-Policy", "same-origin");
	at = stream_line(text, at, "Cross-Origin-Resource-Policy", "same-origin");
	at = stream_line(text, at, "Cache-Control", head->cache ? head->cache : "no-store");
	at = stream_line(text, at, "Location", head->location);
	at = stream_line(text, at, "ETag", head->etag);
	at = stream_line(text, at, "Content-Disposition", head->disposition);
	at = stream_line(text, at, "Allow", head->allow);
	at = stream_line(text, at, "X-Sendfile", head->file);
	if (head->retry_after) {
		snprintf(number, sizeof(number), "%d", head->retry_after);
		at = stream_line(text, at, "Retry-After", number);
	}
	if (head->length > 0) {
		snprintf(number, sizeof(number), "%lld", (long long)head->length);
		at = stream_line(text, at, "Content-Length", number);
	}
	memcpy(text + at, "\r\n", 3);
	return at + 2;
}

void stream_begin(struct stream *stream, const struct stream_head *head)
{
	char text[STREAM_HEAD_MAX];
	size_t len;

	if (stream->begun)
		return;
	stream->begun = 1;
	stream->status = head->status ? head->status : 200;
	len = stream_head_text(head, text);
	memcpy(stream->buffer, text, len);
	stream->len = len;
	stream->limit = len + STREAM_FIRST;
}

void stream_flush(struct stream *stream)
{
	if (stream->len > 0)
		stream->write(stream->buffer, stream->len);
	stream->len = 0;
	stream->limit = sizeof(stream->buffer);
}

int stream_put(void *arg, const char *bytes, size_t len)
{
	struct stream *stream = arg;

	if (stream->head_only || stream->sent > STREAM_MAX)
		return 1;
	stream->sent += len;
	while (len > 0) {
		size_t room = stream->limit - stream->len;
		size_t piece = len < room ? len : room;

		memcpy(stream->buffer + stream->len, bytes, piece);
		stream->len += piece;
		bytes += piece;
		len -= piece;
		if (stream->len == stream->limit)
			stream_flush(stream);
	}
	return 0;
}

int stream_put_text(struct stream *stream, const char *text)
{
	return stream_put(stream, text, strlen(text));
}
