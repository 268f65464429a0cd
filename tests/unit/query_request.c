/* SPDX-License-Identifier: MIT */
/*
 * request, ask: a query as JSON comes back as it was; what is of another form is refused. A program that answers is run
 * as ask.h says: its document, each of its exit codes, and the index in its place when the centre is away.
 */
#include "query_store.h"

#include <unistd.h>

#include "query/answer.h"
#include "query/ask.h"

static void members(void)
{
	const struct request request = {.query = "groups",
	    .now_ms = noon,
	    .from = 3,
	    .session = "s",
	    .filter = {.since_ms = 1, .taint = "PO", .search = "a \"b\"", .offset = 7, .whole = 1},
	    .list = {.like = "l", .limit = 9}};
	json_t *json = request_encode(&request);
	struct request back;

	is_num(request_decode(&err, json, &back), 0, "a request is read");
	ok(back.now_ms == noon && back.from == 3 && back.filter.since_ms == 1 &&
		back.filter.offset == 7 && back.filter.whole == 1 && back.list.limit == 9 &&
		!back.filter.tag && !back.name,
	    "its numbers");
	is(back.query, "groups", "its query");
	is(back.session, "s", "its session");
	is(back.filter.search, "a \"b\"", "its words");
	is(back.filter.taint, "PO", "its flags");
	is(back.list.like, "l", "its part");
	json_decref(json);
}

static void refused(void)
{
	static const struct {
		const char *name, *json;
	} wrong[] = {{"a list", "[]"}, {"no query", "{\"now\": 1}"},
	    {"an unknown member", "{\"query\": \"groups\", \"x\": 1}"},
	    {"a number for a text", "{\"query\": 1}"},
	    {"a text for a number", "{\"query\": \"log\", \"count\": \"1\"}"},
	    {"a number below 0", "{\"query\": \"groups\", \"filter\": {\"offset\": -1}}"},
	    {"too large a number", "{\"query\": \"groups\", \"filter\": {\"limit\": 4294967296}}"},
	    {"an unknown condition", "{\"query\": \"groups\", \"filter\": {\"sql\": \"1\"}}"}};
	struct request request;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_t *json = json_loads(wrong[i].json, 0, NULL);

		is_num(request_decode(&err, json, &request), -1, wrong[i].name);
		json_decref(json);
	}
	request = (struct request){.query = "drop"};
	ok(!query_answer(&err, &query, &request), "an unknown query");
}

/* --- ask --------------------------------------------------------------------------------------------- */

static char program[FILE_PATH_MAX];

/* The program does this from now on. */
static void answers(const char *script)
{
	FILE *out = fopen(program, "w");

	fprintf(out, "#!/bin/sh\n%s\n", script);
	fclose(out);
	chmod(program, 0755);
}

static int local_calls;

static int local(struct err *ignored, struct query *to, const char *why)
{
	(void)ignored;
	local_calls += strcmp(why, "refused") == 0;
	to->db = NULL;
	return 0;
}

static void asked(void)
{
	struct query_central central = {.program = program, .config = "/none", .local = local};
	const struct request request = {.query = "fleet"};
	json_t *document;

	query.central = &central;
	answers("[ \"$*\" = 'ask -c /none' ] || exit 1; cat");
	is_num(query_ask(&err, &query, &request, &document), 1, "the program answers");
	is(json_string_value(json_object_get(document, "query")), "fleet", "it gets the request");
	ok(json_integer_value(json_object_get(document, "now")) == query.now_ms, "and the time");
	json_decref(document);
	central.local = local;
	answers("echo 'lastwords-relay: there is none' >&2; exit 4");
	ok(query_ask(&err, &query, &request, &document) == 1 && !document && query.missing,
	    "there is no such thing");
	is(err.msg, "there is none", "its message");
	answers("echo 'no JSON'");
	ok(query_ask(&err, &query, &request, &document) == 1 && !document && !query.missing,
	    "what is no document is a fault");
	answers("kill -9 $$");
	ok(query_ask(&err, &query, &request, &document) == 1 && !document,
	    "a program that dies is a fault");
	answers("echo 'lastwords-relay: refused' >&2; exit 5");
	ok(query_ask(&err, &query, &request, &document) == 1 && !document,
	    "a centre that has answered does not become the index later");
	central.local = local;
	ok(query_ask(&err, &query, &request, &document) == 0 && local_calls == 1 && !query.central,
	    "a centre that is away: the index");
	query.central = &central;
	ok(query_ask(&err, &query, &request, &document) == 0, "… and it is still away");
	unlink(program);
	query.central = &central;
	ok(query_ask(&err, &query, &request, &document) == 0, "without the program: the index");
	central.local = NULL;
	query.central = &central;
	ok(query_ask(&err, &query, &request, &document) == 1 && !document,
	    "without the program, and only the centre will do");
	query.central = NULL;
	is_num(query_ask(&err, &query, &request, &document), 0, "no centre");
}

int main(void)
{
	store_make();
	snprintf(program, sizeof(program), "%s/program", query.state);
	members();
	refused();
	asked();
	scratch_remove();
	return tap_done();
}
