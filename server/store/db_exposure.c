/* SPDX-License-Identifier: MIT */
/* db_exposure: for how long machines ran; see db.h. It must not write. */
#include "db_sql.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mac.h"

/* The rows of table kind by their numbers, which are 1 to count. */
struct kinds {
	struct kind {
		char *text; /* kernel, product and profile, each with its NUL */
		const char *product, *profile;
	} * kind;
	size_t count, room;
};

static void kinds_free(struct kinds *kinds)
{
	for (size_t i = 0; i < kinds->count; i++)
		free(kinds->kind[i].text);
	free(kinds->kind);
}

/* The row that stmt is at. 0/-1. */
static int kinds_add(struct err *err, struct kinds *kinds, sqlite3_stmt *stmt)
{
	const char *kernel = db_column(stmt, 1), *product = db_column(stmt, 2),
		   *profile = db_column(stmt, 3);
	size_t kernel_len = strlen(kernel) + 1, product_len = strlen(product) + 1;
	size_t size = kernel_len + product_len + strlen(profile) + 1;
	int64_t number = sqlite3_column_int64(stmt, 0);
	struct kind *kind;

	/* (numbers are given one after the other, so others are damage) */
	if (number != (int64_t)kinds->count + 1)
		return err_set(err, "index: table kind is damaged; run lastwords reindex");
	kind = array_grow(err, kinds->kind, &kinds->room, kinds->count, sizeof(*kind));
	if (!kind)
		return -1;
	kinds->kind = kind;
	kind += kinds->count;
	kind->text = malloc(size);
	if (!kind->text)
		return err_set(err, "out of memory");
	kinds->count++;
	memcpy(kind->text, kernel, kernel_len);
	kind->product = memcpy(kind->text + kernel_len, product, product_len);
	kind->profile =
	    memcpy(kind->text + kernel_len + product_len, profile, size - kernel_len - product_len);
	return 0;
}

static int kinds_read(struct err *err, struct db *db, struct kinds *kinds)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_KINDS, "");
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0)
		if (kinds_add(err, kinds, stmt)) {
			sqlite3_reset(stmt);
			return -1;
		}
	return rc;
}

/* Reads what SQL_EXPOSURE selects; mac is that of the row before, number is its number. 0, or -1: of no kind. */
static int exposure_row(sqlite3_stmt *stmt, const struct kinds *kinds, int64_t *number,
    char mac[18], struct db_exposure *exposure)
{
	int64_t machine = sqlite3_column_int64(stmt, 0), kind = sqlite3_column_int64(stmt, 3);

	if (kind < 1 || kind > (int64_t)kinds->count)
		return -1;
	if (machine != *number) {
		uint8_t bytes[6];

		*number = machine;
		mac_of_number((uint64_t)machine, bytes);
		mac_format(bytes, mac);
	}
	exposure->kernel = kinds->kind[kind - 1].text;
	exposure->product = kinds->kind[kind - 1].product;
	exposure->profile = kinds->kind[kind - 1].profile;
	exposure->kind = (size_t)kind - 1;
	exposure->up_ms = sqlite3_column_int64(stmt, 1);
	exposure->end_ms = sqlite3_column_int64(stmt, 2);
	return 0;
}

long index_exposure(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_exposure *exposure), void *arg)
{
	char mac[18];
	struct db_exposure exposure = {.mac = mac};
	struct kinds kinds = {NULL};
	sqlite3_stmt *stmt = NULL;
	int64_t number = -1;
	long count = 0;
	int rc = kinds_read(err, db, &kinds);

	if (rc == 0)
		stmt = db_bind(err, db, SQL_EXPOSURE, "");
	while (stmt && (rc = db_next(err, db, stmt)) > 0) {
		/* (its kind came after the others were read) */
		if (exposure_row(stmt, &kinds, &number, mac, &exposure))
			continue;
		count++;
		if (got(arg, &exposure))
			break;
	}
	if (stmt)
		sqlite3_reset(stmt);
	kinds_free(&kinds);
	return !stmt || rc < 0 ? -1 : count;
}

long index_pruned_crashes(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_pruned_crash *crash), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_RAN_CRASHES, "");
	struct db_pruned_crash crash;
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		crash.mac = db_column(stmt, 0);
		crash.kernel = db_column(stmt, 1);
		crash.product = db_column(stmt, 2);
		crash.profile = db_column(stmt, 3);
		crash.time_ms = sqlite3_column_int64(stmt, 4);
		crash.signature = db_column(stmt, 5);
		count++;
		if (got(arg, &crash))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}
