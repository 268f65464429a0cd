/* SPDX-License-Identifier: MIT */
/* status, adopt, new-id, revoke: servers of the central database; see commands.h. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "batch.h"
#include "commands.h"
#include "session/keys.h"
#include "session/server.h"
#include "store/journal.h"
#include "store/layout.h"

enum { STATUS_JSON_MAX = 65536 };

/* --- status ---------------------------------------------------------------------------------------- */

/* What the relay here last wrote. 0/-1: it has never run. */
static int status_here(const char *state, char *text, size_t size, struct kv *kv)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	return file_path(&ignored, state, LAYOUT_RELAY, path) ||
		       kv_read_file(&ignored, path, text, size, kv)
		   ? -1
		   : 0;
}

static const char *status_value(const struct kv *kv, const char *key)
{
	const char *value = kv_get(kv, key);

	return value ? value : "";
}

static const char status_sql[] =
    "SELECT encode(id, 'hex'), name, coalesce(to_char(last_seen AT TIME ZONE 'UTC',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), round(extract(epoch FROM skew)::numeric)::text,"
    " cursor, last, CASE WHEN revoked IS NOT NULL THEN 'revoked' WHEN last_seen < now() - interval '5 min'"
    " THEN 'silent' ELSE 'here' END, round(extract(epoch FROM lag)::numeric)::text, web"
    " FROM lastwords.server ORDER BY name, n";
static const char *const status_columns[] = {
    "id", "name", "seen", "skew", "cursor", "last", "state", "lag", "url"};
enum { STATUS_COLUMNS = sizeof(status_columns) / sizeof(status_columns[0]) };

/* The servers as a list of objects: numbers are of digits. */
static void status_servers_json(struct kv_out *out, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		kv_out_raw(out, row ? ",{" : "{");
		for (int i = 0; i < STATUS_COLUMNS; i++) {
			const char *value = pq_get_text(result, row, i);

			if (i < 3 || i == 6 || i == 8) {
				json_pair(out, status_columns[i], value);
				continue;
			}
			json_key(out, status_columns[i]);
			kv_out_raw(out, value);
		}
		kv_out_raw(out, "}");
	}
}

static int status_json(struct err *err, const struct kv *here, const PGresult *result)
{
	static const char *const texts[] = {"state", "why", "since", "history"};
	static const char *const numbers[] = {"cursor", "last", "lag", "files", "sent", "poison"};
	static char json[STATUS_JSON_MAX];
	struct kv_out out;

	kv_out_init(&out, json, sizeof(json));
	kv_out_raw(&out, "{\"here\":{");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_known(&out, texts[i], kv_get(here, texts[i]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (kv_get(here, numbers[i]))
			json_number(
			    &out, numbers[i], (long long)kv_u64(here, numbers[i], INT64_MAX, 0));
	kv_out_raw(&out, "},\"servers\":[");
	if (result)
		status_servers_json(&out, result);
	kv_out_raw(&out, "]}");
	if (out.overflow) {
		err_set(err, "too many servers");
		return RELAY_FAILED;
	}
	puts(json);
	return RELAY_OK;
}

static void status_print(const struct kv *here, const PGresult *result)
{
	printf("this server: %s since %s, event %s of %s is there, %s s behind\n",
	    status_value(here, "state"), status_value(here, "since"), status_value(here, "cursor"),
	    status_value(here, "last"), status_value(here, "lag"));
	if (kv_get(here, "why"))
		printf("  %s\n", kv_get(here, "why"));
	for (int row = 0; result && row < PQntuples(result); row++) {
		char name[256];

		batch_text(name, sizeof(name) - 1, pq_get_text(result, row, 1),
		    strcspn(pq_get_text(result, row, 1), "\x1b\n\r\t"));
		printf("%.8s  %-20s %-8s seen %s, event %s of %s, %s s behind, clock %s s off\n",
		    pq_get_text(result, row, 0), name, pq_get_text(result, row, 6),
		    pq_get_text(result, row, 2), pq_get_text(result, row, 4),
		    pq_get_text(result, row, 5), pq_get_text(result, row, 7),
		    pq_get_text(result, row, 3));
	}
}

int command_status(struct err *err, struct command *command)
{
	char text[LAYOUT_RELAY_MAX];
	struct kv here = {.count = 0};
	PGresult *result = NULL;
	struct pq pq = {0};
	int rc = RELAY_OK;

	if (status_here(command->config->state, text, sizeof(text), &here))
		here.count = 0;
	if (command_open(err, command, &pq) == 0)
		result = pq_call(err, &pq, status_sql, NULL, 0);
	if (command->json)
		rc = status_json(err, &here, result);
	else
		status_print(&here, result);
	if (!result && rc == RELAY_OK)
		rc = RELAY_NO_CENTRE;
	PQclear(result);
	pq_close(&pq);
	return rc;
}

/* --- this server's identity ------------------------------------------------------------------------- */

/* This server's cursor over there; 0: it is not known there. 0/-1. */
static int server_cursor(struct err *err, const struct command *command, int64_t *cursor)
{
	char id[SERVER_ID_LEN + 1];
	struct pq_params params = {0};
	PGresult *result;
	struct pq pq;

	if (server_id_load(err, command->config->state, 0, id) || command_open(err, command, &pq))
		return -1;
	pq_put_text(&params, id);
	result = pq_call(err, &pq,
	    "SELECT cursor FROM lastwords.server WHERE id = decode($1, 'hex')", &params, 0);
	pq_params_free(&params);
	*cursor = result ? pq_get_big(result, 0, 0, 0) : -1;
	PQclear(result);
	pq_close(&pq);
	return *cursor < 0 ? -1 : 0;
}

int command_adopt(struct err *err, struct command *command)
{
	int64_t cursor;

	if (server_cursor(err, command, &cursor))
		return RELAY_FAILED;
	if (journal_raise_number(err, command->config->state, cursor + 1))
		return RELAY_FAILED;
	printf(
	    "later events have numbers above %lld; those between the backup and now that only the "
	    "central database has stay there\n",
	    (long long)cursor);
	return RELAY_OK;
}

int command_new_id(struct err *err, struct command *command)
{
	char former[SERVER_ID_LEN + 1], id[SERVER_ID_LEN + 1];
	const char *state = command->config->state;

	/* (who has the other copy must not be able to make this one's sessions) */
	if (server_id_load(err, state, 0, former) || server_id_renew(err, state, id) ||
	    session_keys_renew(err, state, former))
		return RELAY_FAILED;
	printf("this server is %.8s from now on; restart lastwords serve\n", id);
	return RELAY_OK;
}

int command_revoke(struct err *err, struct command *command)
{
	const char *name = command->argc == 1 ? command->argv[0] : "";
	struct pq_params params = {0};
	PGresult *result;
	struct pq pq;
	int rows;

	if (!name[0]) {
		err_set(err, "which server? lastwords central status lists them");
		return RELAY_USAGE;
	}
	if (command_open(err, command, &pq))
		return RELAY_NO_CENTRE;
	pq_put_text(&params, name);
	result = pq_call(err, &pq,
	    "UPDATE lastwords.server SET revoked = now() WHERE revoked IS NULL AND (name = $1 OR"
	    " (length($1) >= 8 AND left(encode(id, 'hex'), length($1)) = $1)) RETURNING n",
	    &params, 0);
	pq_params_free(&params);
	rows = result ? PQntuples(result) : -1;
	PQclear(result);
	pq_close(&pq);
	if (rows < 0)
		return RELAY_FAILED;
	if (rows == 0) {
		err_set(err, "no server %s that is not revoked", name);
		return RELAY_NOT_FOUND;
	}
	printf(
	    "%d server%s revoked: nothing is taken from it, and within a minute the others refuse its sessions\n",
	    rows, rows == 1 ? "" : "s");
	return RELAY_OK;
}
