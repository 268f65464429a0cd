/* SPDX-License-Identifier: MIT */
/*
 * pq: one connection to PostgreSQL. Every wait has a limit; a message is one line and never has a password. What is
 * above decides by the kind of a fault, never by its text. Source: PostgreSQL 15, libpq and appendix A (SQLSTATE).
 */
#ifndef LASTWORDS_RELAY_PQ_H
#define LASTWORDS_RELAY_PQ_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* 2000-01-01: where PostgreSQL counts from */
#define PQ_EPOCH_MS INT64_C(946684800000)

enum {
	PQ_CONNECT_S = 5, /* for each host, unless connect_timeout is given */
	PQ_REPLY_MS = 300000, /* without a byte in either direction */
	PQ_PARAMS_MAX = 48,
};

enum pq_fault {
	PQ_FINE,
	PQ_LOST, /* no connection, or it broke: connect again */
	PQ_LATER, /* the database cannot now (disk full, shutting down, deadlock): the same again, later */
	PQ_READ_ONLY, /* a standby */
	PQ_REFUSED, /* ours: SQLSTATE LW...; pq->state has it */
	PQ_LOGIN, /* password, role or database are refused */
	PQ_DATA, /* a value is at fault: the same again fails again */
	PQ_SCHEMA, /* no such function, table, right: another version, or not set up */
};

struct pq {
	PGconn *conn; /* NULL: closed */
	enum pq_fault fault; /* of the last call that failed */
	char state[6]; /* its SQLSTATE; "" none */
	int64_t sent_ms; /* how long the last call took */
};

/*
 * Connects. conninfo as libpq takes it, several hosts too; password_file NULL or "": none (libpq looks into
 * ~/.pgpass itself). name is what the database's administrators see. 0/-1 with pq->fault.
 */
int pq_open(struct err *err, struct pq *pq, const char *conninfo, const char *password_file,
    const char *name);
void pq_close(struct pq *pq);

/* --- calls ----------------------------------------------------------------------------------------- */

/* The parameters of a call, in binary form. Zero it first; pq_params_free at the end. */
struct pq_params {
	int count;
	Oid types[PQ_PARAMS_MAX];
	const char *values[PQ_PARAMS_MAX];
	int lengths[PQ_PARAMS_MAX], formats[PQ_PARAMS_MAX];
	char *owned[PQ_PARAMS_MAX]; /* what pq_params_free frees */
	int failed; /* out of memory: the call says so */
};
void pq_put_text(struct pq_params *params, const char *text); /* NULL: NULL */
void pq_put_text_len(struct pq_params *params, const char *text, size_t len);
void pq_put_int(struct pq_params *params, int32_t value);
void pq_put_big(struct pq_params *params, int64_t value);
void pq_put_double(struct pq_params *params, double value);
void pq_put_bool(struct pq_params *params, int value);
void pq_put_bytes(struct pq_params *params, const void *bytes, size_t len);
void pq_put_time(struct pq_params *params, int64_t ms); /* since 1970; 0: NULL */
void pq_put_null(struct pq_params *params);
void pq_params_free(struct pq_params *params);

/* An array as a parameter, made item by item. Zero it first. */
enum pq_type {
	PQ_BOOL = 16,
	PQ_BYTES = 17,
	PQ_BIG = 20,
	PQ_INT = 23,
	PQ_TEXT = 25,
	PQ_DOUBLE = 701,
	PQ_TIME = 1184
};
struct pq_array {
	enum pq_type type;
	char *data;
	size_t len, room;
	int count, nulls, failed;
};
void pq_add_text(struct pq_array *array, const char *text, size_t len); /* text NULL: NULL */
void pq_add_bytes(struct pq_array *array, const void *bytes, size_t len);
void pq_add_big(struct pq_array *array, int64_t value);
void pq_add_time(struct pq_array *array, int64_t ms); /* 0: NULL */
void pq_add_bool(struct pq_array *array, int value);
void pq_add_null(struct pq_array *array);
/* As the next parameter; the array keeps its data, which must live until the call. */
void pq_put_array(struct pq_params *params, struct pq_array *array, enum pq_type type);
/* Empties it and keeps its room. */
void pq_array_clear(struct pq_array *array);
void pq_array_free(struct pq_array *array);

/*
 * One statement; params NULL: none, and sql may then be several. binary: of the result's columns. The result, which the
 * caller clears, or NULL with pq->fault.
 */
PGresult *pq_call(
    struct err *err, struct pq *pq, const char *sql, const struct pq_params *params, int binary);
/* The same without a result. 0/-1. */
int pq_run(struct err *err, struct pq *pq, const char *sql, const struct pq_params *params);

/* Fields of a text result: row 0. */
int64_t pq_get_big(const PGresult *result, int row, int column, int64_t absent);
/* "" for NULL */
const char *pq_get_text(const PGresult *result, int row, int column);

#endif
