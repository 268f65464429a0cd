/* SPDX-License-Identifier: MIT */
/*
 * web_request: any request to the pages: a line each for method, path, query, If-None-Match and Last-Event-ID, and
 * the form behind them, over a store with one session. Whatever is asked, there is one answer: a head with a status that
 * we use and no line that was not ours, a Location of this server, and a page that is sound HTML. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cgi/web/answer.h"
#include "cgi/web/html_place.h"
#include "store/db.h"
#include "store/layout.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 5, HEAD_MAX = 8192 };

static struct site site;
static char *fields[FIELDS];
static const char *form;
static size_t form_len;

static char head[HEAD_MAX];
static size_t head_len;
static int in_body, is_html;
static struct html_place place;

static void fail(const char *why)
{
	fprintf(stderr, "%s: %s %s?%s\n%s\n", why, fields[0], fields[1], fields[2], head);
	abort();
}

/* The head is whole: its lines are those of sink.c. */
static void look_at_head(void)
{
	static const char *const names[] = {
	    "Status: ", "Content-Type: ", "Content-Security-Policy: ", "X-Content-Type-Options: ",
	    "Referrer-Policy: ", "Cross-Origin-", "Cache-Control: ", "Location: /", "ETag: \"",
	    "Content-Length: ", NULL};

	for (char *line = head; *line; line = strstr(line, "\r\n") + 2) {
		size_t i = 0;

		while (names[i] && strncmp(line, names[i], strlen(names[i])) != 0)
			i++;
		if (!names[i] || !strstr(line, "\r\n"))
			fail("a line of the head");
		if (strncmp(line, "Location: //", 12) == 0 ||
		    strncmp(line, "Location: /\\", 12) == 0)
			fail("a location elsewhere");
	}
	is_html = strstr(head, "Content-Type: text/html") != NULL;
}

static void take(const char *bytes, size_t len)
{
	struct err err;

	for (size_t i = 0; !in_body && len > 0; i++, bytes++, len--) {
		if (head_len == HEAD_MAX - 1)
			fail("a head without end");
		head[head_len++] = *bytes;
		head[head_len] = '\0';
		if (head_len >= 4 && strcmp(head + head_len - 4, "\r\n\r\n") == 0) {
			head[head_len - 2] = '\0';
			in_body = 1;
			look_at_head();
		}
	}
	if (is_html && html_advance(&err, &place, bytes, len))
		fail(err.msg);
}

static const char *variable(const char *name)
{
	static const char *const names[] = {"REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING",
	    "HTTP_IF_NONE_MATCH", "HTTP_LAST_EVENT_ID"};

	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(name, names[i]) == 0)
			return fields[i];
	if (strcmp(name, "REMOTE_USER") == 0)
		return form_len % 2 ? "ann" : NULL;
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return "application/x-www-form-urlencoded";
	return strcmp(name, "HTTP_HOST") == 0 ? "pages.example.org" : NULL;
}

static ssize_t body_read(void *arg, void *buf, size_t size)
{
	size_t len = form_len < size ? form_len : size;

	(void)arg;
	memcpy(buf, form, len);
	form += len;
	form_len -= len;
	return (ssize_t)len;
}

/* A line of the journal into the index. */
static void apply(struct db *db, const char *text)
{
	struct journal_entry entry;
	char line[300];
	struct err err;

	snprintf(line, sizeof(line), "%s", text);
	if (journal_parse(line, strlen(line), &entry) || db_apply(&err, db, &entry))
		scratch_fail(line);
}

static void make_store(void)
{
	static const char session[] = "525400000001-20261121T093612123-debian-5f3a9c01";
	char state[SCRATCH_PATH_MAX], config[400], line[300];
	struct session parsed;
	char dir[FILE_PATH_MAX];
	struct err err;
	struct db *db;

	scratch_make();
	snprintf(state, sizeof(state), "%s", scratch_path("state"));
	snprintf(
	    config, sizeof(config), "state = \"%s\"\nprofile debian { image = \"img\" }\n", state);
	scratch_put("conf", config);
	site_init(&site, strdup(scratch_path("conf")));
	site_refresh(&site, 1);
	if (!site.loaded || layout_make(&err, state) || !(db = db_open(&err, state, 1)) ||
	    session_parse(&err, session, strlen(session), &parsed) ||
	    layout_session_dir(&err, state, &parsed, LAYOUT_LAZY, dir))
		scratch_fail("the store");
	snprintf(line, sizeof(line),
	    "2026-11-21T09:36:12.123Z requested %s product=KVM profile=debian", session);
	if (db_begin(&err, db))
		scratch_fail("the index");
	apply(db, line);
	apply(db,
	    "2026-11-21T09:40:00.000Z campaign - campaign=c-1 what=begun target=lab1 profile=debian");
	apply(
	    db, "2026-11-21T09:50:00.000Z run - campaign=c-1 number=1 verdict=same seconds=1.500");
	if (db_commit(&err, db))
		scratch_fail("the index");
	db_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sink sink;
	char *text = malloc(size + 1), *at = text;
	struct request request;

	if (!text)
		return 0;
	if (!site.loaded)
		make_store();
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		char *end = memchr(at, '\n', size - (size_t)(at - text));

		fields[i] = at;
		at = end ? end : text + size;
		*at = '\0';
		at += end ? 1 : 0;
	}
	form = at;
	form_len = size - (size_t)(at - text);
	head_len = 0;
	head[0] = '\0';
	in_body = is_html = 0;
	memset(&place, 0, sizeof(place));
	request_init(&request, variable);
	request.read = body_read;
	sink_init(&sink, take, strcmp(request.method, "HEAD") == 0);
	web_answer(&site, &request, clock_now(), &sink);
	sink_flush(&sink);
	if (!in_body)
		fail("no answer");
	if (is_html && !sink.head_only && (place.state != HTML_TEXT || place.element[0]))
		fail("a page that does not end");
	free(text);
	return 0;
}
