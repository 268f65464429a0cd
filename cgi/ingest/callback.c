/* SPDX-License-Identifier: MIT */
/* callback: a machine's word about its session, into the journal; see callback.h. */
#include "callback.h"

#include <stdio.h>
#include <string.h>

#include "boot/attempts.h"
#include "boot/override.h"
#include "cgi/http/strangers.h"
#include "store/journal.h"

/* Which keys an entry may have, as journal.h lists them. */
static const struct {
	const char *event;
	const char *keys[10];
} events[] = {
    {"armed", {"crashkernel", "capture", "ms", "release", NULL}},
    {"not-armed", {"why", "crashkernel", "ms", "release", NULL}},
    {"running", {"interface", "address", "netconsole", "uptime", "release", "consoles", "panic",
		    "pstore", "watchdog", NULL}},
    {"died", {"channel", NULL}},
    {"event", {"text", "what", NULL}},
};

/* 0, or -1: no such event, or the journal cannot be written. */
static int callback_journal(struct err *err, const struct site *site, const struct session *session,
    const struct request *request, const struct kv *kv, const char *event, int64_t now_ms)
{
	char line[JOURNAL_LINE_MAX], value[CALLBACK_TEXT_MAX + 1];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), now_ms, event, session->id);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(events[i].event, event) != 0)
			continue;
		for (const char *const *key = events[i].keys; *key; key++) {
			const char *given = kv_get(kv, *key);

			if (!given)
				continue;
			snprintf(value, sizeof(value), "%.*s",
			    strcmp(*key, "text") == 0 ? CALLBACK_TEXT_MAX : CALLBACK_VALUE_MAX,
			    given);
			kv_out_pair(&out, ' ', *key, value);
		}
	}
	if (request->remote[0])
		kv_out_pair(&out, ' ', "from", request->remote);
	return journal_append_durable(err, site->config.state, &out);
}

/* 1 if the machine's lines, of about so many bytes, may be written. */
static int callback_may_write(struct site *site, const struct session *session, size_t bytes,
    int64_t now_ms, struct reply *reply)
{
	struct quota_ask ask = {.callback = 1, .bytes = bytes, .now_ms = now_ms};
	struct override override;
	struct err ignored;

	if (session_mac_is_probe(session->mac))
		return 0; /* the doctor's */
	memcpy(ask.mac, session->mac, sizeof(ask.mac));
	return strangers_may_write(site, &ask,
	    override_read(&ignored, site->config.state, session->mac, &override) == 1, reply);
}

/* The body into text (NUL-terminated), or -1 with the reply made. */
static int callback_body(const struct request *request, char text[CALLBACK_BODY_MAX + 1],
    size_t *len, struct reply *reply)
{
	ssize_t n = 1;

	*len = 0;
	if (request->length < -1 || (request->length == -1 && !request->chunked)) {
		reply_error(reply, 411, "needs a Content-Length");
		return -1;
	}
	if (request->length > CALLBACK_BODY_MAX) {
		reply_error(reply, 413, "at most %d bytes", CALLBACK_BODY_MAX);
		return -1;
	}
	while (
	    *len < CALLBACK_BODY_MAX && (request->length < 0 || *len < (size_t)request->length)) {
		size_t want =
		    (request->length < 0 ? CALLBACK_BODY_MAX : (size_t)request->length) - *len;

		n = request->read(request->read_arg, text + *len, want);
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	text[*len] = '\0';
	if (n < 0 || (request->length >= 0 && *len < (size_t)request->length)) {
		reply_error(
		    reply, 400, "%zu of %lld bytes arrived", *len, (long long)request->length);
		return -1;
	}
	return 0;
}

static int callback_is_event(const char *event)
{
	for (size_t i = 0; event && i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].event, event) == 0)
			return 1;
	return 0;
}

/*
 * The entry of a death that only the capture kernel reports: of the time at which that kernel started,
 * so that a slow network does not move the death.
 */
static int callback_died(struct err *err, const struct site *site, const struct session *session,
    const struct request *request, const struct kv *query, int64_t now_ms)
{
	struct kv keys = {.count = 1, .pair = {{.key = "channel", .value = "capture", .len = 7}}};
	int64_t ago = (int64_t)kv_u64(query, "ago", CALLBACK_AGO_MAX_MS, 0);

	return callback_journal(err, site, session, request, &keys, "died", now_ms - ago);
}

/* The entry, after that of `first` (NULL none). */
static int callback_write(struct err *err, const struct site *site, const struct session *session,
    const struct request *request, const struct kv *query, const char *first, int64_t now_ms)
{
	const char *event = kv_get(query, "event");

	if (strcmp(event, "died") == 0)
		return callback_died(err, site, session, request, query, now_ms);
	if (first && callback_journal(err, site, session, request, query, first, now_ms))
		return -1;
	return callback_journal(err, site, session, request, query, event, now_ms);
}

void callback_answer(struct site *site, const struct request *request, const struct kv *query,
    const struct session *session, int64_t now_ms, struct reply *reply)
{
	char text[CALLBACK_BODY_MAX + 1];
	const char *event, *armed, *first = NULL;
	struct kv body;
	struct err err;
	size_t len = strlen(request->query);

	if (!query) {
		if (callback_body(request, text, &len, reply))
			return;
		/* A shell's or wget's newline at the end is no part of the last value. */
		while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
			len--;
		kv_parse(&body, text, len, '&');
		query = &body;
	}
	event = kv_get(query, "event");
	if (!callback_is_event(event)) {
		reply_error(
		    reply, 400, "event must be running, armed, not-armed, died, firmware or event");
		return;
	}
	armed = kv_get(query, "armed");
	if (strcmp(event, "running") == 0 && armed) {
		if (strcmp(armed, "yes") != 0 && strcmp(armed, "no") != 0) {
			reply_error(reply, 400, "armed must be yes or no");
			return;
		}
		first = strcmp(armed, "yes") == 0 ? "armed" : "not-armed";
	}
	if (callback_may_write(site, session, len, now_ms, reply) &&
	    callback_write(&err, site, session, request, query, first, now_ms)) {
		reply_warn(reply, &err);
		reply_error(reply, 503, "the journal cannot be written now");
		return;
	}
	if (strcmp(event, "running") == 0) {
		if (override_consume(&err, site->config.state, session) < 0)
			reply_warn(reply, &err);
		if (attempts_forget(&err, site->config.state, session->mac))
			reply_warn(reply, &err);
	} else if (strcmp(event, "not-armed") == 0) {
		/* iPXE boots without what would say that it runs. */
		if (site_table(&err, site, &site->attempts) ||
		    attempts_prove(
			&err, &site->attempts, session->mac, session->time_ms, ATTEMPT_QUIET))
			reply_warn(reply, &err);
	}
	reply_add(reply, "ok\n");
}
