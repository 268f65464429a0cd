/* SPDX-License-Identifier: MIT */
/* live: what is new; see live.h. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mac.h"
#include "base/num.h"
#include "escape.h"
#include "store/layout.h"

/* --- out --------------------------------------------------------------------------------------------- */

static const char *live_after(const struct web *web)
{
	const char *last = web->request->variable("HTTP_LAST_EVENT_ID");

	return last && last[0] ? last : web->params.text[PARAM_AFTER];
}

static void live_begin(struct web *web)
{
	const struct sink_head head = {
	    .type = web->form == WEB_JSON ? "application/json" : "text/event-stream"};
	char retry[32];

	sink_begin(web->sink, &head);
	if (web->form == WEB_JSON)
		return;
	snprintf(retry, sizeof(retry), "retry: %d\n\n", LIVE_RETRY_MS);
	(void)sink_put_text(web->sink, retry);
}

/* One event. Its data is one line: JSON has no newline of its own. */
static void live_event(struct web *web, const char *name, const char *id, const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (text) {
		(void)sink_put_text(web->sink, "event: ");
		(void)sink_put_text(web->sink, name);
		(void)sink_put_text(web->sink, "\nid: ");
		(void)sink_put_text(web->sink, id);
		(void)sink_put_text(web->sink, "\ndata: ");
		(void)sink_put_text(web->sink, text);
		(void)sink_put_text(web->sink, "\n\n");
	}
	free(text);
}

static void live_json(struct web *web, const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII);

	(void)sink_put_text(web->sink, text ? text : "{}");
	(void)sink_put_text(web->sink, "\n");
	free(text);
}

/* --- a machine's logs -------------------------------------------------------------------------------- */

struct live_log {
	const char *name; /* of the event */
	const char *file;
	int64_t at; /* bytes that were given; -1: begin with the end of the log */
	json_t *lines;
};

struct live_line {
	char *text;
	size_t len, size;
};

static int live_line_put(void *arg, const char *bytes, size_t len)
{
	struct live_line *line = arg;

	if (len > line->size - line->len)
		return 1;
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
	return 0;
}

/* A line as people may see it. One of controls only would be six times as long: it is cut. */
static void live_add_line(struct live_log *log, const char *text, size_t len)
{
	static char shown[QUERY_LINE_MAX];
	struct live_line line = {.text = shown, .size = sizeof(shown)};

	if (len > 0 && text[len - 1] == '\r')
		len--;
	(void)escape_text(ESCAPE_PLAIN, text, len, live_line_put, &line);
	json_array_append_new(log->lines, query_text(shown, line.len));
}

/* The whole lines of the bytes; a line without its end is given when that has come, or where it is very long. */
static size_t live_lines(struct live_log *log, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);

		if (!end && (at > 0 || len < LIVE_MAX))
			break;
		live_add_line(log, text + at, end ? (size_t)(end - text) - at : len - at);
		at = end ? (size_t)(end - text) + 1 : len;
	}
	return at;
}

static void live_read(int dir, struct live_log *log)
{
	int fd = openat(dir, log->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	static char text[LIVE_MAX];
	int begins_within = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		log->at = 0;
		goto out;
	}
	/* a log that is shorter now is another one; a reader that is far behind goes on near the end */
	if (log->at < 0 || log->at > st.st_size || st.st_size - log->at > 2 * LIVE_MAX) {
		log->at = st.st_size > LIVE_MAX / 2 ? st.st_size - LIVE_MAX / 2 : 0;
		begins_within = log->at > 0;
	}
	n = pread(fd, text, sizeof(text), log->at);
	if (n > 0) {
		const char *first = begins_within ? memchr(text, '\n', (size_t)n) : NULL;
		size_t skip = first ? (size_t)(first - text) + 1 : 0;

		log->at += (int64_t)(skip + live_lines(log, text + skip, (size_t)n - skip));
	}
out:
	if (fd >= 0)
		close(fd);
}

/* "SESSION_N_C" into the logs' places, if it is of this session. */
static void live_place(const char *after, const char *session, struct live_log logs[2])
{
	size_t len = strlen(session);
	const char *text[2] = {after + len + 1, NULL};
	uint64_t number;
	struct err err;

	if (strncmp(after, session, len) != 0 || after[len] != '_')
		return;
	text[1] = strchr(text[0], '_');
	if (!text[1])
		return;
	for (int i = 0; i < 2; i++) {
		size_t digits = i ? strlen(text[1] + 1) : (size_t)(text[1] - text[0]);

		if (num_u64(&err, "after", i ? text[1] + 1 : text[0], digits, 0, INT64_MAX,
			&number) == 0)
			logs[i].at = (int64_t)number;
	}
}

static int live_got(void *arg, const struct db_session *session)
{
	*(struct db_session *)arg = *session;
	return 1;
}

/* 1 if the machine has a session: the newest, or where all are of a clock that was ahead, of those. */
static int live_newest(struct web *web, const uint8_t mac[6], struct db_session *session)
{
	struct db_list list = {.state = DB_ANY_STATE, .limit = 1, .until_ms = clock_ahead()};
	char text[18];
	struct err err;

	mac_format(mac, text);
	list.mac = text;
	if (db_list(&err, web->query.db, &list, NULL, live_got, session) > 0)
		return 1;
	list.until_ms = 0;
	return db_list(&err, web->query.db, &list, NULL, live_got, session) > 0;
}

/* What a reply or a page says of a machine. */
static json_t *live_document(const struct db_session *session, struct live_log logs[2])
{
	json_t *document = json_object();
	char after[SESSION_ID_MAX + 64];

	snprintf(after, sizeof(after), "%s_%lld_%lld", session->id, (long long)logs[0].at,
	    (long long)logs[1].at);
	query_set_text(document, "after", after);
	query_set_text(document, "session", session->id);
	query_set_text(document, "state", session_state_name(session->state));
	for (int i = 0; i < 2; i++)
		json_object_set_new(document, logs[i].name, logs[i].lines);
	return document;
}

json_t *live_of_machine(struct err *err, struct web *web, const uint8_t mac[6], const char *after)
{
	struct live_log logs[2] = {{.name = "netconsole", .file = "netconsole.log", .at = -1},
	    {.name = "console", .file = "console.log", .at = -1}};
	static struct db_session newest;
	char path[FILE_PATH_MAX];
	struct session session;
	int dir = -1;

	if (!live_newest(web, mac, &newest) ||
	    session_parse(err, newest.id, strlen(newest.id), &session)) {
		err_set(err, "this machine has no session");
		return NULL;
	}
	if (layout_session_dir(err, web->site->config.state, &session, LAYOUT_LOOK, path) == 0)
		dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	live_place(after, newest.id, logs);
	for (int i = 0; i < 2; i++) {
		logs[i].lines = json_array();
		live_read(dir, &logs[i]);
	}
	if (dir >= 0)
		close(dir);
	return live_document(&newest, logs);
}

/* The document as events: the session first, then what its logs have. */
static void live_send_events(struct web *web, json_t *document)
{
	static const char *const names[] = {"netconsole", "console"};
	const char *id = json_string_value(json_object_get(document, "after"));
	json_t *session = json_object();

	json_object_set(session, "session", json_object_get(document, "session"));
	json_object_set(session, "state", json_object_get(document, "state"));
	live_event(web, "session", id, session);
	json_decref(session);
	for (size_t i = 0; i < 2; i++) {
		const json_t *lines = json_object_get(document, names[i]);

		if (json_array_size(lines) > 0)
			live_event(web, names[i], id, lines);
	}
}

void live_machine(struct web *web)
{
	json_t *document;
	uint8_t mac[6];
	struct err err;

	if (mac_parse(&err, web->part[1], mac)) {
		web_error(web, 404, err.msg);
		return;
	}
	if (web_open_index(&err, web)) {
		web_error(web, 503, err.msg);
		return;
	}
	document = live_of_machine(&err, web, mac, live_after(web));
	if (!document) {
		web_error(web, 404, err.msg);
		return;
	}
	live_begin(web);
	if (web->form == WEB_JSON)
		live_json(web, document);
	else
		live_send_events(web, document);
	json_decref(document);
}

/* --- events ------------------------------------------------------------------------------------------ */

/* Those after a time, oldest first; text comparison is the order of RFC 3339. */
static json_t *live_newer(const json_t *events, const char *after)
{
	json_t *newer = json_array();

	for (size_t i = json_array_size(events); i > 0; i--) {
		json_t *event = json_array_get(events, i - 1);
		const char *time = json_string_value(json_object_get(event, "time"));

		if (time && strcmp(time, after) > 0)
			json_array_append(newer, event);
	}
	return newer;
}

void live_events(struct web *web)
{
	const char *after = live_after(web), *last = after;
	json_t *document, *events, *newer, *reply;
	struct err err;

	if (web_open_index(&err, web) || !(document = query_events(&err, &web->query, NULL, NULL, 0,
					       after[0] ? LIVE_EVENTS : 1))) {
		web_error(web, 503, err.msg);
		return;
	}
	events = json_object_get(document, "events");
	if (json_array_size(events) > 0)
		last = json_string_value(json_object_get(json_array_get(events, 0), "time"));
	last = last && strcmp(last, after) > 0 ? last : after;
	/* without a place only the present one is given */
	newer = after[0] ? live_newer(events, after) : json_array();
	live_begin(web);
	if (web->form == WEB_JSON) {
		reply = json_object();
		query_set_text(reply, "after", last);
		json_object_set(reply, "events", newer);
		live_json(web, reply);
		json_decref(reply);
	} else if (!after[0]) {
		reply = json_object();
		live_event(web, "begin", last, reply);
		json_decref(reply);
	}
	for (size_t i = 0; web->form != WEB_JSON && i < json_array_size(newer); i++) {
		const json_t *event = json_array_get(newer, i);

		live_event(web, "event", json_string_value(json_object_get(event, "time")), event);
	}
	json_decref(newer);
	json_decref(document);
}
