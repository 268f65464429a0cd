/* SPDX-License-Identifier: MIT */
/* schema: the tables of the central database as numbered upgrades; see schema.h. */
#include "schema.h"

#include <stdio.h>

/* Made of schema/NNN.sql by the Makefile: const char *const schema_upgrades[]. */
#include "relay_upgrades.h"

#define SCHEMA_LOCK "6877294311205925747" /* of no meaning */

const int schema_version_max = sizeof(schema_upgrades) / sizeof(schema_upgrades[0]);

/* (a role that exists is left as it is: two databases of one cluster share them) */
static const char schema_roles[] =
    "DO $$ DECLARE r text; BEGIN"
    " FOREACH r IN ARRAY ARRAY['lastwords_owner', 'lastwords_server', 'lastwords_reader'] LOOP"
    "  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN"
    "   EXECUTE format('CREATE ROLE %I NOLOGIN', r);"
    "  END IF;"
    " END LOOP;"
    " IF NOT pg_has_role(current_user, 'lastwords_owner', 'MEMBER') THEN"
    "  EXECUTE format('GRANT lastwords_owner TO %I', current_user);"
    " END IF; END $$;"
    "CREATE EXTENSION IF NOT EXISTS pg_trgm;"
    "CREATE SCHEMA IF NOT EXISTS lastwords AUTHORIZATION lastwords_owner";

/* As the owner, with the schema of pg_trgm in reach, and one at a time. */
static const char schema_begin[] =
    "BEGIN;"
    "SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ");"
    "SELECT set_config('search_path', 'lastwords, ' || quote_ident(nspname), true)"
    " FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm';"
    "SET LOCAL ROLE lastwords_owner";

int schema_version(struct err *err, struct pq *pq, int *version)
{
	PGresult *result =
	    pq_call(err, pq, "SELECT to_regclass('lastwords.centre')::oid::bigint", NULL, 0);
	int64_t table = result ? pq_get_big(result, 0, 0, 0) : -1;

	PQclear(result);
	*version = 0;
	if (table <= 0)
		return table < 0 ? -1 : 0;
	result = pq_call(err, pq, "SELECT version FROM lastwords.centre", NULL, 0);
	if (!result)
		return -1;
	*version = (int)pq_get_big(result, 0, 0, 0);
	PQclear(result);
	return 0;
}

/* The next upgrade, in the transaction that has begun. 1 applied, 0 there is none, -1. */
static int schema_apply(struct err *err, struct pq *pq)
{
	char sql[64];
	int version;

	if (schema_version(err, pq, &version))
		return -1;
	if (version == schema_version_max)
		return 0;
	if (version > schema_version_max)
		return err_set(err, "the database has version %d, this program knows up to %d",
		    version, schema_version_max);
	snprintf(sql, sizeof(sql), "UPDATE centre SET version = %d", version + 1);
	if (pq_run(err, pq, schema_upgrades[version], NULL) || pq_run(err, pq, sql, NULL))
		return err_prefix(err, "upgrade %d", version + 1);
	return 1;
}

static int schema_step(struct err *err, struct pq *pq)
{
	struct err ignored;
	int rc = pq_run(err, pq, schema_begin, NULL) ? -1 : schema_apply(err, pq);

	if (rc > 0 && pq_run(err, pq, "COMMIT", NULL))
		rc = -1;
	if (rc <= 0)
		(void)pq_run(&ignored, pq, "ROLLBACK", NULL);
	return rc;
}

int schema_upgrade(struct err *err, struct pq *pq, int *from, int *to)
{
	int rc;

	if (PQserverVersion(pq->conn) < SCHEMA_SERVER_MIN)
		return err_set(err, "PostgreSQL %d is too old; lastwords needs 14 or newer",
		    PQserverVersion(pq->conn) / 10000);
	if (schema_version(err, pq, from))
		return -1;
	do
		rc = schema_step(err, pq);
	while (rc > 0);
	return rc < 0 ? -1 : schema_version(err, pq, to);
}

int schema_init(struct err *err, struct pq *pq, int keep, int *from, int *to)
{
	struct pq_params params = {0};
	int rc;

	if (pq_run(err, pq, schema_roles, NULL))
		return err_prefix(err, "roles and schema");
	if (schema_upgrade(err, pq, from, to))
		return -1;
	if (keep < 0)
		return 0;
	pq_put_int(&params, keep);
	rc = pq_run(err, pq, "UPDATE lastwords.centre SET keep_months = $1", &params);
	pq_params_free(&params);
	return rc;
}
