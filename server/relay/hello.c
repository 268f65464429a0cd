/* SPDX-License-Identifier: MIT */
/*
 * hello: says who this server is, and asks where its cursor stands. A journal that is older than what the centre has
 * (a restored backup), or that has other lines under its numbers (a clone), is refused: it would overwrite, or lose,
 * what another one has sent.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "daemon.h"
#include "report/report.h"
#include "schema.h"

/* States that a person has to do something about. */
static const struct {
	const char *state, *what;
} hello_refusals[] = {
    {"LW001", "use the role that the server had before, or run lastwords central new-id"},
    {"LW002",
	"an administrator revoked it; a new server needs a role of its own, then lastwords central new-id"},
    {"LW003", "make a role for each server"},
    {"LW004", "another relay runs with a copy of STATE, or an old connection is still open"},
};

static void hello_failed(struct err *err, struct relay *relay)
{
	enum relay_state state = RELAY_WAITING;

	if (relay->pq.fault == PQ_READ_ONLY)
		state = RELAY_READ_ONLY;
	if (relay->pq.fault == PQ_LOGIN || relay->pq.fault == PQ_SCHEMA ||
	    relay->pq.fault == PQ_REFUSED)
		state = RELAY_REFUSED;
	for (size_t i = 0; i < sizeof(hello_refusals) / sizeof(hello_refusals[0]); i++) {
		struct err what;

		if (strcmp(relay->pq.state, hello_refusals[i].state) != 0)
			continue;
		what = *err;
		err_set(err, "%s; %s", what.msg, hello_refusals[i].what);
		/* (the other connection may end) */
		state = i == 3 ? RELAY_WAITING : RELAY_REFUSED;
	}
	status_change(relay, state, err->msg);
}

static int hello_schema(struct err *err, struct relay *relay)
{
	int version;

	if (PQserverVersion(relay->pq.conn) < SCHEMA_SERVER_MIN)
		relay->pq.fault = PQ_SCHEMA;
	if (relay->pq.fault == PQ_SCHEMA)
		return err_set(err, "PostgreSQL 14 or newer is needed");
	if (schema_version(err, &relay->pq, &version))
		return -1;
	if (version >= schema_version_max)
		return 0; /* (a newer one still has the functions of this one) */
	relay->pq.fault = PQ_SCHEMA;
	return version ? err_set(err,
			     "the database has version %d, this program needs %d; run lastwords "
			     "central upgrade",
			     version, schema_version_max)
		       : err_set(err, "the database is not set up; run lastwords central init");
}

/*
 * The database ends our side of a connection soon after this machine lost power: its default is two hours, for which
 * the next relay would have to wait. And it plans each statement of its functions once, not for each of the first five
 * calls: a plan over all months costs as much as some hundred rows.
 */
static int hello_settings(struct err *err, struct relay *relay)
{
	return pq_run(err, &relay->pq,
	    "SELECT set_config('tcp_keepalives_idle', '10', false),"
	    " set_config('tcp_keepalives_interval', '5', false),"
	    " set_config('tcp_keepalives_count', '4', false),"
	    " set_config('tcp_user_timeout', '30000', false),"
	    " set_config('plan_cache_mode', 'force_generic_plan', false)",
	    NULL);
}

static int hello_standby(struct err *err, struct relay *relay)
{
	const char *readonly = PQparameterStatus(relay->pq.conn, "in_hot_standby");

	if (!readonly || strcmp(readonly, "on") != 0)
		return 0;
	relay->pq.fault = PQ_READ_ONLY;
	return err_set(err, "only a standby answers, which takes nothing");
}

struct hello_line {
	int64_t number;
	struct batch batch;
	struct err *err;
};

static int hello_line(void *arg, struct journal_entry *entry)
{
	struct hello_line *line = arg;

	if (entry->number == line->number)
		(void)batch_add(line->err, &line->batch, entry);
	return entry->number >= line->number;
}

/* 0 if the journal's line of the cursor is the one that was sent, or was compacted since; -1: another one. */
static int hello_same(struct err *err, struct relay *relay, const PGresult *result, int column)
{
	struct hello_line line = {.number = relay->cursor, .err = err};
	const char *state = relay->config->state, *want = PQgetvalue(result, 0, column);
	struct journal_pos pos;
	uint8_t hash[32];
	char text[65];
	int same = 1;

	if (relay->cursor <= 0 || PQgetisnull(result, 0, column))
		return 0;
	if (journal_seek(err, state, relay->cursor - 1, &pos) ||
	    journal_read(err, state, &pos, hello_line, &line) < 0) {
		batch_free(&line.batch);
		return -1;
	}
	if (line.batch.count) {
		batch_hash(&line.batch, 0, hash);
		hex_text(hash, sizeof(hash), text);
		same = strcmp(want, text) == 0;
	}
	batch_free(&line.batch);
	return same ? 0
		    : err_set(err,
			  "another copy of this server has sent other events under its numbers; on "
			  "the copy run lastwords central new-id");
}

/* The centre's row of this server. 0/-1. */
static int hello_take(struct err *err, struct relay *relay, const PGresult *result)
{
	const char *state = relay->config->state;

	relay->server = (int)pq_get_big(result, 0, 0, 0);
	relay->cursor = pq_get_big(result, 0, 1, 0);
	snprintf(relay->history, sizeof(relay->history), "%s", pq_get_text(result, 0, 3));
	relay->history_done = strcmp(pq_get_text(result, 0, 4), "t") == 0;
	/* (after a failover the centre may want a month again) */
	memset(&relay->history_pos, 0, sizeof(relay->history_pos));
	if (journal_last_number(err, state, &relay->last))
		return -1;
	relay->pq.fault = PQ_REFUSED;
	snprintf(relay->pq.state, sizeof(relay->pq.state), "LWCLN");
	if (relay->last < relay->cursor)
		return err_set(err,
		    "the central database has event %lld of this server, whose journal ends at "
		    "%lld: it was restored or copied; if it is the only one run lastwords central "
		    "adopt, else lastwords central new-id",
		    (long long)relay->cursor, (long long)relay->last);
	if (hello_same(err, relay, result, 2))
		return -1;
	relay->pq.fault = PQ_FINE;
	return send_seek(err, relay);
}

static int hello_say(struct err *err, struct relay *relay)
{
	struct pq_params params = {0};
	uint8_t id[SERVER_ID_LEN / 2], key[32];
	char name[256] = "";
	PGresult *result;
	int rc;

	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)hex_byte(relay->id + 2 * i);
	(void)gethostname(name, sizeof(name) - 1);
	pq_put_bytes(&params, id, sizeof(id));
	pq_put_text(&params, name);
	pq_put_text(&params, relay->config->web);
	if (ring_own(relay->config->state, key) == 0)
		pq_put_bytes(&params, key, sizeof(key));
	else
		pq_put_null(&params);
	pq_put_text(&params, LASTWORDS_VERSION);
	pq_put_time(&params, clock_now());
	pq_put_int(&params, REPORT_VERSION);
	result = pq_call(err, &relay->pq,
	    "SELECT n, cursor, encode(cursor_hash, 'hex'), history, history_done"
	    " FROM lastwords.hello($1, $2, $3, $4::bytea, $5, $6, $7)",
	    &params, 0);
	pq_params_free(&params);
	rc = result ? hello_take(err, relay, result) : -1;
	PQclear(result);
	return rc;
}

int hello_connect(struct err *err, struct relay *relay)
{
	const struct config *config = relay->config;
	char name[32];

	snprintf(name, sizeof(name), "lastwords-relay %.8s", relay->id);
	if (pq_open(err, &relay->pq, config->central, config->central_password_file, name) ||
	    hello_settings(err, relay) || hello_standby(err, relay) || hello_schema(err, relay) ||
	    hello_say(err, relay)) {
		pq_close(&relay->pq);
		hello_failed(err, relay);
		return -1;
	}
	relay->pq.fault = PQ_FINE;
	status_change(relay, RELAY_CONNECTED, "");
	return 0;
}
