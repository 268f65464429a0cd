/* SPDX-License-Identifier: MIT */
/*
 * query_store: a store in the scratch directory for the tests of server/query: sessions, events and files, brought
 * into the index by the code that does it for the collector. What it cannot do ends the test.
 */
#ifndef TESTS_QUERY_STORE_H
#define TESTS_QUERY_STORE_H

#include <stdlib.h>

#include "base/clock.h"
#include "query/query.h"
#include "scratch.h"
#include "store/journal.h"
#include "store/layout.h"
#include "store/update.h"
#include "tap.h"

static struct query query;
static struct err err;
static const struct session_key store_key = {{7}};
static const int64_t noon = 1700000000000; /* 2023-11-14T22:13:20.000Z */

static void store_die(const char *what)
{
	printf("Bail out! %s: %s\n", what, err.msg);
	exit(1);
}

static void store_make(void)
{
	query = (struct query){.state = scratch_make(), .now_ms = noon + 3600 * 1000};
	if (layout_make(&err, query.state))
		store_die("layout");
}

/* A session of machine 52:54:00:00:01:NN; its id stays valid until the next call but seven. */
static const char *store_session(int machine, int64_t time_ms)
{
	static struct session session[8];
	static int turn;
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 1, (uint8_t)machine};
	struct session *to = &session[turn++ % 8];

	session_mint(&store_key, mac, time_ms, "lab", to);
	return to->id;
}

/* Appends an event; pairs is "key=value key=value" as the journal has it. */
static void store_event(int64_t time_ms, const char *name, const char *session, const char *pairs)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), time_ms, name, session);
	if (*pairs) {
		kv_out_raw(&out, " ");
		kv_out_raw(&out, pairs);
	}
	if (journal_append(&err, query.state, &out))
		store_die("journal");
}

/* A file of a session. */
static void store_file(const char *id, const char *name, const char *text, size_t len)
{
	struct session session;
	char dir[FILE_PATH_MAX];

	if (session_parse(&err, id, strlen(id), &session) ||
	    layout_session_dir(&err, query.state, &session, LAYOUT_LAZY, dir) ||
	    file_replace(&err, dir, name, text, len))
		store_die(name);
}

static void store_text(const char *id, const char *name, const char *text)
{
	store_file(id, name, text, strlen(text));
}

/* A boot that was requested, armed and ran. */
static void store_boot(const char *id, int64_t time_ms)
{
	store_event(time_ms, "requested", id,
	    "profile=lab address=10.0.0.9 product=KVM%20%3Cb%3E serial=S1 asset=A1 arch=x86_64 platform=efi");
	store_event(time_ms + 2000, "armed", id, "release=6.1.0-18-amd64");
	store_event(time_ms + 4000, "running", id, "address=10.0.0.9/24");
}

/* A death with its dump. */
static void store_crash(const char *id, int64_t time_ms, const char *dmesg)
{
	store_text(id, "dmesg.txt", dmesg);
	store_event(time_ms, "died", id, "line=BUG");
	store_event(time_ms + 1500, "uploaded", id, "file=dmesg.txt channel=http");
}

/* Brings all of it into the index, and opens that for reading. */
static void store_index(void)
{
	struct update update;
	long n;

	db_close(query.db);
	if (update_open(&err, query.state, &update))
		store_die("index");
	while ((n = update_step(&err, &update, 1000)) > 0 ||
	       (n == 0 && (n = update_merge(&err, &update, 1)) > 0))
		;
	if (n < 0)
		store_die("index");
	update_close(&update);
	query.db = db_open(&err, query.state, 0);
	if (!query.db)
		store_die("index");
}

/* The value at "a.b.0.c", as text: a string as it is, others as JSON; "" absent. */
static const char *at(const json_t *document, const char *path)
{
	static char text[8][65536];
	static int turn;
	char *to = text[turn++ % 8], key[64];
	const json_t *value = document;
	size_t n;

	to[0] = '\0';
	while (value && *path) {
		n = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(key))
					     : json_object_get(value, key);
		path += n + (path[n] == '.');
	}
	if (json_is_string(value)) {
		snprintf(to, sizeof(text[0]), "%s", json_string_value(value));
	} else if (value) {
		n = json_dumpb(value, to, sizeof(text[0]) - 1,
		    JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
		to[n < sizeof(text[0]) ? n : 0] = '\0';
	}
	return to;
}

/* The document is missing, and says what. */
static void is_missing(json_t *document, const char *name)
{
	ok(!document && query_was_missing(&query), "%s", name);
	if (document)
		printf("# there is a document\n");
	json_decref(document);
}

/* The document, or the error is printed. */
static json_t *have(json_t *document, const char *name)
{
	ok(document != NULL, "%s", name);
	if (!document)
		printf("# %s\n", err.msg);
	return document;
}

#endif
