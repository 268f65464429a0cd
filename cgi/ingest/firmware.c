/* SPDX-License-Identifier: MIT */
/* firmware: what firmware and iPXE printed; see firmware.h. */
#include "firmware.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "boot/override.h"
#include "cgi/http/strangers.h"
#include "store/journal.h"
#include "upload_file.h"

int firmware_is(const struct kv *query)
{
	const char *event = kv_get(query, "event");

	return event && strcmp(event, "firmware") == 0;
}

/* The body into buf (FIRMWARE_BODY_MAX + 1 bytes): its length, or -1 with the reply made. */
static long firmware_body(const struct request *request, char *buf, struct reply *reply)
{
	size_t len = 0;
	ssize_t n = 1;

	if (request->length > FIRMWARE_BODY_MAX) {
		reply_error(reply, 413, "at most %d bytes", FIRMWARE_BODY_MAX);
		return -1;
	}
	while (len < FIRMWARE_BODY_MAX && n > 0) {
		size_t want = FIRMWARE_BODY_MAX - len;

		if (request->length >= 0 && (size_t)request->length - len < want)
			want = (size_t)request->length - len;
		n = want ? request->read(request->read_arg, buf + len, want) : 0;
		len += n > 0 ? (size_t)n : 0;
	}
	buf[len] = '\0';
	if (n >= 0 && (request->length < 0 || len == (size_t)request->length))
		return (long)len;
	reply_error(reply, 400, "the body broke off after %zu bytes", len);
	return -1;
}

/* The last max bytes of the text, from the beginning of a line on where there is one. */
static const char *firmware_end(const char *text, size_t *len, size_t max)
{
	const char *from = text + (*len > max ? *len - max : 0), *line;

	if (from > text) {
		line = memchr(from, '\n', max);
		from = line && line + 1 < text + *len ? line + 1 : from;
	}
	*len -= (size_t)(from - text);
	return from;
}

/* A file of the session. 0/-1; the journal has it where it is new. */
static int firmware_store(struct err *err, const struct site *site, const struct request *request,
    const struct session *session, const char *text, size_t len, int64_t now_ms)
{
	const struct record_kind *kind = &record_kinds[RECORD_FIRMWARE];
	struct upload_file file = {.bytes = 0};
	char meta[1024], line[JOURNAL_LINE_MAX], when[25];
	struct kv_out out;
	int rc = -1;

	if (upload_file_open(err, &file, site->config.state, session) ||
	    upload_file_write(err, &file, text, len) || upload_file_finish(err, &file))
		goto out;
	clock_format(now_ms, when);
	kv_out_init(&out, meta, sizeof(meta));
	kv_out_pair(&out, '\n', "session", session->id);
	kv_out_pair(&out, '\n', "received", when);
	kv_out_num(&out, '\n', "bytes", file.bytes);
	kv_out_pair(&out, '\n', "sha256", file.sha256);
	kv_out_pair(&out, '\n', "channel", kind->channel);
	kv_out_pair(&out, '\n', "address", request->remote);
	kv_out_raw(&out, "\n");
	rc = upload_file_publish(err, &file, kind, meta, out.len);
	if (rc != UPLOAD_NEW) {
		rc = rc < 0 ? -1 : 0;
		goto out;
	}
	journal_begin(&out, line, sizeof(line), now_ms, kind->event, session->id);
	kv_out_pair(&out, ' ', "file", file.name);
	kv_out_num(&out, ' ', "bytes", file.bytes);
	kv_out_pair(&out, ' ', "sha256", file.sha256);
	kv_out_pair(&out, ' ', "address", request->remote);
	rc = journal_append_durable(err, site->config.state, &out);
out:
	upload_file_close(&file);
	return rc;
}

/* The end of it, of a machine that nobody has seen. 0/-1. */
static int firmware_event(struct err *err, const struct site *site, const struct session *session,
    const char *text, size_t len, int64_t now_ms)
{
	char line[JOURNAL_LINE_MAX], end[FIRMWARE_EVENT_MAX + 1];
	struct kv_out out;

	text = firmware_end(text, &len, FIRMWARE_EVENT_MAX);
	memcpy(end, text, len);
	end[len] = '\0';
	journal_begin(&out, line, sizeof(line), now_ms, "event", session->id);
	kv_out_pair(&out, ' ', "what", "firmware");
	kv_out_pair(&out, ' ', "text", end);
	return journal_append(err, site->config.state, &out);
}

void firmware_answer(struct site *site, const struct request *request,
    const struct session *session, int64_t now_ms, struct reply *reply)
{
	static char body[FIRMWARE_BODY_MAX + 1];
	struct quota_ask ask = {.callback = 1, .bytes = QUOTA_UNIT, .now_ms = now_ms};
	const struct kv_pair *text;
	struct override override;
	struct err err, ignored;
	const char *end;
	struct kv kv;
	long got = firmware_body(request, body, reply);
	size_t len;
	int bad = 0;

	if (got < 0)
		return;
	kv_parse(&kv, body, (size_t)got, '&');
	text = kv_find(&kv, "text");
	if (!text || text->len == 0) {
		reply_error(reply, 400, "needs text=");
		return;
	}
	len = text->len;
	end = firmware_end(text->value, &len, FIRMWARE_TEXT_MAX);
	memcpy(ask.mac, session->mac, sizeof(ask.mac));
	if (!session_mac_is_probe(session->mac) &&
	    strangers_may_write(site, &ask,
		override_read(&ignored, site->config.state, session->mac, &override) == 1, reply) &&
	    !disk_has_less(site->config.state, site->config.disk_floor,
		strangers_disk(site, session->mac, now_ms), len))
		bad = ask.stranger ? firmware_event(&err, site, session, end, len, now_ms)
				   : firmware_store(&err, site, request, session, end, len, now_ms);
	if (bad)
		reply_warn(reply, &err);
	reply_add(reply, "ok\n");
}
