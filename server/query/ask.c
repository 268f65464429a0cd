/* SPDX-License-Identifier: MIT */
/*
 * ask: runs `lastwords-relay ask` with a request on its standard input; its standard output is the document, its
 * standard error one line in case of a failure. It must not know of PostgreSQL.
 */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/install.h"
#include "base/program.h"

enum { ASK_ANSWER_MAX = 64 << 20, ASK_MS = 60000 };

/* A descriptor from which the request can be read. -1 */
static int ask_input(struct err *err, const struct request *request)
{
	json_t *json = request_encode(request);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int fd = -1;

	json_decref(json);
	if (!text)
		err_set(err, "out of memory");
	else if (len >= REQUEST_MAX)
		err_set(err, "the request is longer than %d bytes", REQUEST_MAX);
	else if ((fd = memfd_create("request", MFD_CLOEXEC)) < 0 ||
		 write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
		err_errno(err, "request");
	else {
		free(text);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return -1;
}

/* The program's one line, without its name and the newline. */
static void ask_reason(struct err *err, const struct program *program, const char *said)
{
	const char *colon = strstr(said, ": ");

	if (program->timed_out)
		err_set(err, "the central database: %s", program->how);
	else if (!said[0])
		err_set(err, "the central database: lastwords-relay: %s", program->how);
	else
		err_set(err, "%.*s", (int)strcspn(colon ? colon + 2 : said, "\n"),
		    colon ? colon + 2 : said);
}

/* Runs the program. Its exit code; ASK_AWAY also if it cannot be started. */
static int ask_run(
    struct err *err, const struct query_central *central, int input, struct program_text *out)
{
	static char ask[] = "ask", config[] = "-c", limit[] = "--within";
	char path[FILE_PATH_MAX], within[16], line[512];
	char *argv[] = {path, ask, config, (char *)(uintptr_t)central->config, limit, within, NULL};
	struct program_text said = {.text = line, .size = sizeof(line)};
	struct program program = {
	    .argv = argv, .input = input, .timeout_ms = ASK_MS, .out = out, .err = &said};

	if (central->program)
		snprintf(path, sizeof(path), "%s", central->program);
	else if (install_find(err, "bin/lastwords-relay", path))
		return ASK_AWAY;
	snprintf(within, sizeof(within), "%d", central->within_ms);
	if (!central->within_ms)
		argv[4] = NULL;
	line[0] = '\0';
	if (program_run(err, &program))
		return ASK_AWAY;
	if (program.exit_code == ASK_OK)
		return ASK_OK;
	ask_reason(err, &program, line);
	if (program.timed_out)
		return ASK_AWAY;
	return program.exit_code < 0 ? ASK_FAULT : program.exit_code;
}

static json_t *ask_document(struct err *err, const struct program_text *out)
{
	json_error_t error;
	json_t *document;

	if (out->len + 1 >= out->size) {
		err_set(err, "the answer is longer than %d MB", ASK_ANSWER_MAX >> 20);
		return NULL;
	}
	document = json_loadb(out->text, out->len, 0, &error);
	if (!json_is_object(document)) {
		json_decref(document);
		err_set(err, "the central database: lastwords-relay wrote no document");
		return NULL;
	}
	return document;
}

/* The code, and *document with ASK_OK. */
static int ask_once(struct err *err, const struct query_central *central,
    const struct request *request, json_t **document)
{
	/* (memory is used as far as it is written) */
	struct program_text out = {.text = malloc(ASK_ANSWER_MAX), .size = ASK_ANSWER_MAX};
	int code, input;

	if (!out.text) {
		err_set(err, "out of memory");
		return ASK_FAULT;
	}
	input = ask_input(err, request);
	code = input < 0 ? ASK_FAULT : ask_run(err, central, input, &out);
	if (input >= 0)
		close(input);
	if (code == ASK_OK) {
		*document = ask_document(err, &out);
		code = *document ? ASK_OK : ASK_FAULT;
	}
	free(out.text);
	return code;
}

int query_ask(
    struct err *err, struct query *query, const struct request *request, json_t **document)
{
	struct query_central *central = query->central;
	struct request now = *request;
	struct err why;
	int code;

	*document = NULL;
	if (!central)
		return 0;
	query->missing = 0;
	now.now_ms = query->now_ms;
	code = ask_once(&why, central, &now, document);
	if (code == ASK_AWAY && central->local) {
		if (central->local(err, query, why.msg))
			return 1;
		query->central = NULL;
		return 0;
	}
	if (code != ASK_OK)
		*err = why;
	query->missing = code == ASK_MISSING;
	/* (the next question has time: the centre has answered) */
	if (code != ASK_AWAY)
		central->local = NULL;
	return 1;
}
