/* SPDX-License-Identifier: MIT */
/* db_schema: the index's tables as numbered upgrades. Private to db.c. */
#ifndef LASTWORDS_STORE_DB_SCHEMA_H
#define LASTWORDS_STORE_DB_SCHEMA_H

#include "db_sql.h"

/* Defines what the triggers call: before the first writing. 0/-1. */
int db_functions(struct err *err, struct db *db);
/* How many upgrades there are. */
extern const int db_version_max;
/* How many the file has had. 0/-1. */
int db_version(struct err *err, struct db *db, int *version);
/* Applies those that it has not had, in one transaction; a newer file's version is an error, and db->broken. 0/-1. */
int db_upgrade(struct err *err, struct db *db);

#endif
