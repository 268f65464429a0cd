/* SPDX-License-Identifier: MIT */
/*
 * schema: the tables of the central database as numbered upgrades (schema/NNN.sql, compiled in). Each is one
 * transaction, run as role lastwords_owner under a lock; centre.version is how many were applied.
 */
#ifndef LASTWORDS_RELAY_SCHEMA_H
#define LASTWORDS_RELAY_SCHEMA_H

#include "base/err.h"
#include "pq.h"

enum { SCHEMA_SERVER_MIN = 140000 }; /* PQserverVersion: lz4 */

/* How many upgrades this program has. */
extern const int schema_version_max;
/* How many the database has had; 0: it is not set up. 0/-1. */
int schema_version(struct err *err, struct pq *pq, int *version);
/*
 * Makes the roles, the extension and the schema where they are missing, and applies the upgrades that are. The
 * connection is an administrator's. keep: months, -1: as it is. *from, *to: versions before and after. 0/-1.
 */
int schema_init(struct err *err, struct pq *pq, int keep, int *from, int *to);
/* The upgrades only. 0/-1. */
int schema_upgrade(struct err *err, struct pq *pq, int *from, int *to);

#endif
