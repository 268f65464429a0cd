/* SPDX-License-Identifier: MIT */
/*
 * answer STATE [NOW]: reads requests (server/query/request.h), one a line, on standard input, answers each from the index
 * and the files of STATE, and prints its document, or {"missing": …} or {"error": …}, as one line with sorted keys.
 * NOW (milliseconds): the time of requests that have none. So what the central database answers can be compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query/answer.h"

static json_t *answer(struct query *query, const char *line)
{
	json_t *json = json_loads(line, 0, NULL), *document = NULL;
	struct request request;
	struct err err;

	if (!json)
		err_set(&err, "no JSON");
	else if (request_decode(&err, json, &request) == 0)
		document = query_answer(&err, query, &request);
	json_decref(json);
	if (document)
		return document;
	return json_pack("{ss}", query_was_missing(query) ? "missing" : "error", err.msg);
}

int main(int argc, char **argv)
{
	struct query query = {.now_ms = argc > 2 ? atoll(argv[2]) : clock_now()};
	static char line[REQUEST_MAX];
	struct err err;

	if (argc < 2) {
		fputs("usage: answer STATE [NOW] <REQUESTS\n", stderr);
		return 2;
	}
	query.state = argv[1];
	query.db = db_open(&err, query.state, 0);
	if (!query.db) {
		err_print("answer", &err);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		json_t *document = answer(&query, line);

		json_dumpf(document, stdout, JSON_SORT_KEYS | JSON_COMPACT);
		putchar('\n');
		json_decref(document);
	}
	db_close(query.db);
	return 0;
}
