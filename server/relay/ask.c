/* SPDX-License-Identifier: MIT */
/*
 * ask: answers one query of server/query from the central database: the request, as JSON (query/request.h), is on
 * standard input, the document goes to standard output. It runs as a child of the command and the pages, which end it
 * if it takes too long.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "commands.h"
#include "query/answer.h"
#include "read.h"
#include "schema.h"

enum { ASK_CPU_S = 60 };
#define ASK_MEMORY (4ULL << 30) /* bytes: what servers sent is in it */

/* --- limits ------------------------------------------------------------------------------------------ */

static void ask_late(int signal_number)
{
	static const char text[] =
	    "lastwords-relay: the central database does not answer in time\n";

	(void)signal_number;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(RELAY_NO_CENTRE);
}

/* From now on, for so many milliseconds (0: no longer): libpq resolves names, which knows no limit. */
static void ask_within(int ms)
{
	const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};

	signal(SIGALRM, ask_late);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void ask_limit(void)
{
	const struct rlimit cpu = {ASK_CPU_S, ASK_CPU_S}, memory = {ASK_MEMORY, ASK_MEMORY};

	setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__ /* its own memory is many times ours */
	setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

/* --- the question ------------------------------------------------------------------------------------ */

/* A new reference, or NULL. */
static json_t *ask_read(struct err *err)
{
	static char text[REQUEST_MAX + 1];
	size_t len = fread(text, 1, sizeof(text), stdin);
	json_error_t error;
	json_t *json;

	if (len == sizeof(text)) {
		err_set(err, "the request is longer than %d bytes", REQUEST_MAX);
		return NULL;
	}
	json = json_loadb(text, len, 0, &error);
	if (!json)
		err_set(err, "the request: %s", error.text);
	return json;
}

/* Connected, and with tables that this program knows. 0/-1. */
static int ask_open(struct err *err, const struct command *command, struct pq *pq)
{
	int version;

	if (command_open(err, command, pq))
		return err_prefix(err, "the central database does not answer");
	if (read_prepare(err, pq) == 0 && schema_version(err, pq, &version) == 0) {
		if (version == schema_version_max)
			return 0;
		err_set(err,
		    version < schema_version_max
			? "the central database has version %d, this program reads %d; run lastwords central upgrade"
			: "the central database has version %d, this program reads %d; upgrade lastwords here",
		    version, schema_version_max);
	}
	pq_close(pq);
	return -1;
}

/* --- the answer -------------------------------------------------------------------------------------- */

static int ask_print(struct err *err, const json_t *document)
{
	if (json_dumpf(document, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF &&
	    fflush(stdout) == 0)
		return RELAY_OK;
	err_errno(err, "standard output");
	return RELAY_FAILED;
}

static int ask_answer(struct err *err, struct pq *pq, const struct request *request)
{
	struct read_files files = {.pq = pq};
	struct query query = {
	    .state = files.state, .now_ms = clock_now(), .fetch = read_fetch, .fetch_arg = &files};
	json_t *document = NULL;
	int rc = RELAY_FAILED;

	query.db = read_open(err, pq);
	if (query.db && read_files_begin(err, &files) == 0)
		document = query_answer(err, &query, request);
	if (document)
		rc = ask_print(err, document);
	else if (query_was_missing(&query))
		rc = RELAY_NOT_FOUND;
	else if (pq->fault == PQ_LOST)
		rc = RELAY_NO_CENTRE;
	json_decref(document);
	read_files_end(&files);
	db_close(query.db);
	return rc;
}

int command_ask(struct err *err, struct command *command)
{
	struct request request;
	int rc = RELAY_USAGE;
	json_t *json;
	struct pq pq;

	ask_within(command->within);
	ask_limit();
	json = ask_read(err);
	if (json && request_decode(err, json, &request) == 0) {
		rc = RELAY_NO_CENTRE;
		if (ask_open(err, command, &pq) == 0) {
			ask_within(0);
			rc = ask_answer(err, &pq, &request);
			pq_close(&pq);
		}
	}
	json_decref(json);
	return rc;
}
