/* SPDX-License-Identifier: MIT */
/* pq: one connection to PostgreSQL; see pq.h. */
#include "pq.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { PQ_KEYWORDS_MAX = 64, PQ_PASSWORD_MAX = 1024 };

/* --- faults ---------------------------------------------------------------------------------------- */

/* By class (the first two characters), or by the whole SQLSTATE. The first that fits counts. */
static const struct {
	const char *state;
	enum pq_fault fault;
} pq_states[] = {
    {"LW", PQ_REFUSED}, {"25006", PQ_READ_ONLY}, /* read_only_sql_transaction */
    {"40", PQ_LATER}, /* serialization failure, deadlock */
    {"53", PQ_LATER}, /* disk full, out of memory, too many connections */
    {"55", PQ_LATER}, /* lock not available */
    {"57014", PQ_LATER}, /* statement timeout */
    {"57", PQ_LOST}, /* shutdown */
    {"58", PQ_LATER}, /* I/O error */
    {"XX", PQ_LATER}, /* damaged */
    {"08", PQ_LOST}, {"28", PQ_LOGIN}, {"3D", PQ_LOGIN}, /* no such database */
    {"42501", PQ_SCHEMA}, {"42", PQ_SCHEMA}, {"3F", PQ_SCHEMA}, /* no such schema */
    {"22", PQ_DATA}, /* a value */
    {"23", PQ_DATA}, /* a constraint */
    {"54", PQ_DATA}, /* too large */
    {"", PQ_LATER}, /* unknown: no row is left out for it */
};

/* The first line of a message, without "ERROR:  ". */
static int pq_message(struct err *err, const char *text)
{
	static const char *const levels[] = {"ERROR:", "FATAL:", "PANIC:"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strncmp(text, levels[i], 6) == 0)
			text += 6;
	text += strspn(text, " \n");
	if (!*text)
		text = "no connection";
	return err_set(err, "%.*s", (int)strcspn(text, "\n"), text);
}

static enum pq_fault pq_fault_of(const char *state)
{
	size_t i = 0;

	while (strncmp(state, pq_states[i].state, strlen(pq_states[i].state)) != 0)
		i++;
	return pq_states[i].fault;
}

/* Sets err and pq->fault by a result that is an error; NULL: by the connection's state. -1. */
static int pq_failed(struct err *err, struct pq *pq, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	snprintf(pq->state, sizeof(pq->state), "%s", state ? state : "");
	pq->fault = state ? pq_fault_of(state) : PQ_LOST;
	if (PQstatus(pq->conn) == CONNECTION_BAD)
		pq->fault = PQ_LOST;
	return pq_message(err, result && PQresultErrorMessage(result)[0]
				   ? PQresultErrorMessage(result)
				   : PQerrorMessage(pq->conn));
}

static int pq_memory(struct err *err, struct pq *pq)
{
	pq->fault = PQ_LATER;
	return err_set(err, "out of memory");
}

/* --- connecting ------------------------------------------------------------------------------------ */

/* The file's first line. 0/-1. */
static int pq_password(struct err *err, const char *path, char password[PQ_PASSWORD_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_errno(err, "central_password_file: %s", path);
	n = read(fd, password, PQ_PASSWORD_MAX - 1);
	close(fd);
	if (n < 0)
		return err_errno(err, "central_password_file: %s", path);
	password[n] = '\0';
	password[strcspn(password, "\r\n")] = '\0';
	return password[0] ? 0 : err_set(err, "central_password_file: %s: it is empty", path);
}

/* 1 if conninfo gives that keyword. */
static int pq_gives(const PQconninfoOption *given, const char *keyword)
{
	for (; given->keyword; given++)
		if (strcmp(given->keyword, keyword) == 0)
			return given->val && given->val[0];
	return 0;
}

/* Notices (a table exists already) are for nobody. */
static void pq_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/*
 * What PQerrorMessage has after a failed connection is one line or more for each host; the last is of the last host
 * that was tried. A host that is a standby hides why the primary failed, so the first line counts.
 */
static int pq_refused(struct err *err, struct pq *pq)
{
	const char *text = PQerrorMessage(pq->conn);

	pq->fault = PQ_LOST;
	pq->state[0] = '\0';
	if (strstr(text, "read-only"))
		pq->fault = PQ_READ_ONLY;
	if (strstr(text, "password authentication failed") ||
	    strstr(text, "no password supplied") || strstr(text, "does not exist") ||
	    strstr(text, "pg_hba.conf"))
		pq->fault = PQ_LOGIN;
	return pq_message(err, text);
}

static int pq_connect(struct err *err, struct pq *pq, const char *conninfo,
    const PQconninfoOption *given, const char *password, const char *name)
{
	/* What is not given; a peer that is gone is noticed within half a minute. */
	static const char *const defaults[][2] = {{"keepalives_idle", "10"},
	    {"keepalives_interval", "5"}, {"keepalives_count", "4"}, {"tcp_user_timeout", "30000"}};
	const char *keywords[16] = {"dbname", "fallback_application_name", "client_encoding"};
	const char *values[16] = {conninfo, name, "UTF8"};
	char seconds[12];
	int n = 3;

	snprintf(seconds, sizeof(seconds), "%d", PQ_CONNECT_S);
	if (!pq_gives(given, "connect_timeout")) {
		keywords[n] = "connect_timeout";
		values[n++] = seconds;
	}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (pq_gives(given, defaults[i][0]))
			continue;
		keywords[n] = defaults[i][0];
		values[n++] = defaults[i][1];
	}
	if (password[0]) {
		keywords[n] = "password";
		values[n++] = password;
	}
	pq->conn = PQconnectdbParams(keywords, values, 1);
	if (!pq->conn)
		return pq_memory(err, pq);
	if (PQstatus(pq->conn) != CONNECTION_OK)
		return pq_refused(err, pq);
	PQsetNoticeReceiver(pq->conn, pq_notice, NULL);
	return PQsetnonblocking(pq->conn, 1) ? pq_memory(err, pq) : 0;
}

int pq_open(struct err *err, struct pq *pq, const char *conninfo, const char *password_file,
    const char *name)
{
	char password[PQ_PASSWORD_MAX] = "";
	PQconninfoOption *given;
	char *why = NULL;
	int rc;

	memset(pq, 0, sizeof(*pq));
	pq->fault = PQ_LOGIN;
	given = PQconninfoParse(conninfo, &why);
	if (!given) {
		/* (libpq's message has a piece of the text, which may be a misplaced password) */
		PQfreemem(why);
		return err_set(err, "central: not a connection string of libpq");
	}
	rc = password_file && password_file[0] ? pq_password(err, password_file, password) : 0;
	if (rc == 0)
		rc = pq_connect(err, pq, conninfo, given, password, name);
	explicit_bzero(password, sizeof(password));
	PQconninfoFree(given);
	if (rc) {
		PQfinish(pq->conn);
		pq->conn = NULL;
	}
	return rc;
}

void pq_close(struct pq *pq)
{
	PQfinish(pq->conn);
	pq->conn = NULL;
}

/* --- parameters ------------------------------------------------------------------------------------ */

static void pq_put(struct pq_params *params, enum pq_type type, const void *value, size_t len)
{
	int n = params->count;
	char *copy = value ? malloc(len + 1) : NULL;

	if (n == PQ_PARAMS_MAX || (value && !copy) || len > INT32_MAX) {
		free(copy);
		params->failed = 1;
		return;
	}
	if (copy)
		memcpy(copy, value, len);
	params->types[n] = (Oid)type;
	params->values[n] = params->owned[n] = copy;
	params->lengths[n] = (int)len;
	params->formats[n] = 1;
	params->count++;
}

void pq_put_text_len(struct pq_params *params, const char *text, size_t len)
{
	pq_put(params, PQ_TEXT, text, len);
}

void pq_put_text(struct pq_params *params, const char *text)
{
	pq_put(params, PQ_TEXT, text, text ? strlen(text) : 0);
}

void pq_put_int(struct pq_params *params, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	pq_put(params, PQ_INT, &wire, sizeof(wire));
}

void pq_put_big(struct pq_params *params, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	pq_put(params, PQ_BIG, &wire, sizeof(wire));
}

void pq_put_double(struct pq_params *params, double value)
{
	uint64_t wire;

	memcpy(&wire, &value, sizeof(wire));
	wire = htobe64(wire);
	pq_put(params, PQ_DOUBLE, &wire, sizeof(wire));
}

void pq_put_bool(struct pq_params *params, int value)
{
	char wire = value != 0;

	pq_put(params, PQ_BOOL, &wire, 1);
}

void pq_put_bytes(struct pq_params *params, const void *bytes, size_t len)
{
	pq_put(params, PQ_BYTES, bytes ? bytes : "", len);
}

void pq_put_time(struct pq_params *params, int64_t ms)
{
	uint64_t wire = htobe64((uint64_t)((ms - PQ_EPOCH_MS) * 1000));

	pq_put(params, PQ_TIME, ms ? &wire : NULL, sizeof(wire));
}

void pq_put_null(struct pq_params *params)
{
	pq_put(params, 0, NULL, 0);
}

void pq_params_free(struct pq_params *params)
{
	for (int i = 0; i < params->count; i++)
		free(params->owned[i]);
	memset(params, 0, sizeof(*params));
}

/* --- arrays ---------------------------------------------------------------------------------------- */

/* Its head, as array_recv() reads it: dimensions, 1 if it has a NULL, type, length, first index; each 32 bits. Then each
 * item: its length (-1: NULL) and its bytes. An empty one has no dimension. */
enum { PQ_HEAD = 20, PQ_HEAD_EMPTY = 12 };

static int pq_room(struct pq_array *array, size_t more)
{
	size_t room = array->room ? array->room : 4096;
	char *data;

	if (!array->len)
		array->len = PQ_HEAD;
	while (room < array->len + more)
		room *= 2;
	if (room == array->room)
		return 0;
	data = room < INT32_MAX ? realloc(array->data, room) : NULL;
	if (!data) {
		array->failed = 1;
		return -1;
	}
	array->data = data;
	array->room = room;
	return 0;
}

static void pq_add(struct pq_array *array, const void *item, size_t len)
{
	uint32_t wire = htobe32(item ? (uint32_t)len : UINT32_MAX);

	if (pq_room(array, sizeof(wire) + len))
		return;
	memcpy(array->data + array->len, &wire, sizeof(wire));
	array->len += sizeof(wire);
	if (item)
		memcpy(array->data + array->len, item, len);
	array->len += item ? len : 0;
	array->nulls |= !item;
	array->count++;
}

void pq_add_text(struct pq_array *array, const char *text, size_t len)
{
	pq_add(array, text, text ? len : 0);
}

void pq_add_bytes(struct pq_array *array, const void *bytes, size_t len)
{
	pq_add(array, bytes, len);
}

void pq_add_big(struct pq_array *array, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	pq_add(array, &wire, sizeof(wire));
}

void pq_add_time(struct pq_array *array, int64_t ms)
{
	uint64_t wire = htobe64((uint64_t)((ms - PQ_EPOCH_MS) * 1000));

	pq_add(array, ms ? &wire : NULL, ms ? sizeof(wire) : 0);
}

void pq_add_bool(struct pq_array *array, int value)
{
	char wire = value != 0;

	pq_add(array, &wire, 1);
}

void pq_add_null(struct pq_array *array)
{
	pq_add(array, NULL, 0);
}

void pq_put_array(struct pq_params *params, struct pq_array *array, enum pq_type type)
{
	uint32_t head[5] = {htobe32(array->count > 0), htobe32((uint32_t)array->nulls),
	    htobe32((uint32_t)type), htobe32((uint32_t)array->count), htobe32(1)};
	int n = params->count;

	if (n == PQ_PARAMS_MAX || array->failed || pq_room(array, 0)) {
		params->failed = 1;
		return;
	}
	memcpy(array->data, head, sizeof(head));
	params->types[n] = 0; /* the function's own: an array of type */
	params->values[n] = array->data;
	params->owned[n] = NULL;
	params->lengths[n] = array->count ? (int)array->len : PQ_HEAD_EMPTY;
	params->formats[n] = 1;
	params->count++;
}

void pq_array_clear(struct pq_array *array)
{
	array->len = 0;
	array->count = array->nulls = array->failed = 0;
}

void pq_array_free(struct pq_array *array)
{
	free(array->data);
	memset(array, 0, sizeof(*array));
}

/* --- calls ----------------------------------------------------------------------------------------- */

/* Waits for the socket. 0/-1: nothing for PQ_REPLY_MS. */
static int pq_wait(struct err *err, struct pq *pq, short events)
{
	struct pollfd fd = {.fd = PQsocket(pq->conn), .events = events};
	int rc;

	do
		rc = poll(&fd, 1, PQ_REPLY_MS);
	while (rc < 0 && errno == EINTR);
	if (rc > 0)
		return 0;
	pq->fault = PQ_LOST;
	return err_set(err, "no reply for %d s", PQ_REPLY_MS / 1000);
}

/* Sends what is to be sent while it reads what comes: neither side waits for the other. 0/-1. */
static int pq_flush(struct err *err, struct pq *pq)
{
	int rc;

	while ((rc = PQflush(pq->conn)) > 0)
		if (pq_wait(err, pq, POLLIN | POLLOUT))
			return -1;
		else if (!PQconsumeInput(pq->conn))
			return pq_failed(err, pq, NULL);
	return rc < 0 ? pq_failed(err, pq, NULL) : 0;
}

/* The next result; NULL: there is no more, or (*rc -1) none came. */
static PGresult *pq_next(struct err *err, struct pq *pq, int *rc)
{
	*rc = -1;
	while (PQisBusy(pq->conn)) {
		if (pq_wait(err, pq, POLLIN))
			return NULL;
		if (!PQconsumeInput(pq->conn)) {
			pq_failed(err, pq, NULL);
			return NULL;
		}
	}
	*rc = 0;
	return PQgetResult(pq->conn);
}

static int pq_send(
    struct err *err, struct pq *pq, const char *sql, const struct pq_params *params, int binary)
{
	if (params && params->failed)
		return pq_memory(err, pq);
	if (!pq->conn) {
		pq->fault = PQ_LOST;
		return err_set(err, "no connection");
	}
	if (params || binary
		? !PQsendQueryParams(pq->conn, sql, params ? params->count : 0,
		      params ? params->types : NULL, params ? params->values : NULL,
		      params ? params->lengths : NULL, params ? params->formats : NULL, binary)
		: !PQsendQuery(pq->conn, sql))
		return pq_failed(err, pq, NULL);
	return pq_flush(err, pq);
}

/* The last result of the call, or the first that failed. */
static PGresult *pq_result(struct err *err, struct pq *pq)
{
	PGresult *kept = NULL, *result;
	int rc, bad = 0;

	while ((result = pq_next(err, pq, &rc)) != NULL) {
		ExecStatusType status = PQresultStatus(result);

		if (bad) {
			PQclear(result);
			continue;
		}
		PQclear(kept);
		kept = result;
		bad = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
		if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
		    status == PGRES_COPY_BOTH)
			break;
	}
	if (rc == 0 && kept && !bad)
		return kept;
	if (rc == 0)
		pq_failed(err, pq, kept);
	PQclear(kept);
	return NULL;
}

PGresult *pq_call(
    struct err *err, struct pq *pq, const char *sql, const struct pq_params *params, int binary)
{
	int64_t began = clock_monotonic();
	PGresult *result = NULL;

	pq->fault = PQ_FINE;
	pq->state[0] = '\0';
	if (pq_send(err, pq, sql, params, binary) == 0)
		result = pq_result(err, pq);
	pq->sent_ms = clock_monotonic() - began;
	if (!result && pq->fault == PQ_LOST)
		pq_close(pq);
	return result;
}

int pq_run(struct err *err, struct pq *pq, const char *sql, const struct pq_params *params)
{
	PGresult *result = pq_call(err, pq, sql, params, 0);

	PQclear(result);
	return result ? 0 : -1;
}

int64_t pq_get_big(const PGresult *result, int row, int column, int64_t absent)
{
	if (row >= PQntuples(result) || PQgetisnull(result, row, column))
		return absent;
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

const char *pq_get_text(const PGresult *result, int row, int column)
{
	return row < PQntuples(result) ? PQgetvalue(result, row, column) : "";
}
