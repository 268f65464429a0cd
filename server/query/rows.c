/* SPDX-License-Identifier: MIT */
/* rows: crashes in memory; see rows.h. */
#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int rows_init(struct err *err, struct rows *rows)
{
	memset(rows, 0, sizeof(*rows));
	return names_init(err, &rows->names);
}

void rows_free(struct rows *rows)
{
	names_free(&rows->names);
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}

void rows_mac(const char *text, char mac[18])
{
	size_t len = strlen(text);

	if (len > 12 || strspn(text, "0123456789abcdefABCDEF") != len) {
		snprintf(mac, 18, "%s", text);
		return;
	}
	mac[0] = '\0';
	for (size_t i = 0, at = 0; i < len; i++, mac[at] = '\0') {
		if (i && i % 2 == 0)
			mac[at++] = ':';
		mac[at++] = (char)tolower((unsigned char)text[i]);
	}
}

/* NULL for what does not narrow it down. */
static const char *rows_text(const char *text)
{
	return text && *text ? text : NULL;
}

/* Adds one of the signatures. 0, or -1: too many. */
static int rows_add_signature(struct err *err, struct rows_filter *to, const char *signature)
{
	int n = to->db.signature_count;

	if (n > QUERY_DUPLICATES_MAX)
		return err_set(err, "more than %d duplicates", QUERY_DUPLICATES_MAX);
	snprintf(to->signature[n], sizeof(to->signature[n]), "%s", signature);
	to->signatures[n] = to->signature[n];
	to->db.signature_count++;
	return 0;
}

/* The signature that signature counts as, and all that count as it. 0/-1. */
static int rows_sign(
    struct err *err, const struct said *said, const char *signature, struct rows_filter *to)
{
	const char *target;

	if (strcmp(signature, "none") == 0)
		return rows_add_signature(err, to, "");
	target = said_target(said, signature);
	if (rows_add_signature(err, to, target))
		return -1;
	for (size_t i = 0; i < said->count; i++)
		if (said->of[i]->duplicate[0] &&
		    strcmp(said_target(said, said->of[i]->signature), target) == 0 &&
		    rows_add_signature(err, to, said->of[i]->signature))
			return -1;
	return 0;
}

int rows_filter(struct err *err, const struct said *said, const struct query_filter *filter,
    struct rows_filter *to)
{
	memset(to, 0, sizeof(*to));
	to->db = (struct db_crash_filter){.since_ms = filter->since_ms,
	    .until_ms = filter->until_ms,
	    .release = rows_text(filter->release),
	    .profile = rows_text(filter->profile),
	    .product = rows_text(filter->product),
	    .class = rows_text(filter->class),
	    .taint = rows_text(filter->taint),
	    .module = rows_text(filter->module),
	    .search = rows_text(filter->search),
	    .signatures = to->signatures};
	if (rows_text(filter->machine)) {
		rows_mac(filter->machine, to->machine);
		to->db.machine = to->machine;
	}
	return rows_text(filter->signature) ? rows_sign(err, said, filter->signature, to) : 0;
}

/* --- reading ----------------------------------------------------------------------------------------- */

/* The number of a text; what it cannot add is noted in rows. */
static int rows_name(struct rows *rows, const char *text)
{
	int number = names_add(&rows->err, &rows->names, text, strlen(text));

	rows->failed |= number < 0;
	return number;
}

static int rows_got_light(void *arg, const struct db_crash_row *from)
{
	struct rows *rows = arg;
	struct row *row = array_grow(&rows->err, rows->row, &rows->room, rows->count, sizeof(*row));

	if (!row) {
		rows->failed = 1;
		return 1;
	}
	rows->row = row;
	row += rows->count++;
	memset(row, 0, sizeof(*row));
	row->time_ms = from->time_ms;
	row->booted_ms = from->booted_ms;
	row->up_ms = from->up_ms;
	row->session = rows_name(rows, from->session);
	row->mac = rows_name(rows, from->mac);
	row->signature = rows_name(rows, from->signature);
	row->title = rows_name(rows, from->title);
	row->class = rows_name(rows, from->class);
	row->function = rows_name(rows, from->function);
	row->release = rows_name(rows, from->release);
	row->kernel = rows_name(rows, from->kernel);
	row->profile = rows_name(rows, from->profile);
	row->product = rows_name(rows, from->product);
	return rows->failed || rows->count == rows->limit;
}

static int rows_got_heavy(void *arg, const struct db_crash_row *from)
{
	struct rows *rows = arg;
	char cpu[16] = "";
	struct row *row;

	if (rows->skip) {
		rows->skip--;
		return 0;
	}
	rows_got_light(arg, from);
	if (rows->failed)
		return 1;
	row = &rows->row[rows->count - 1];
	if (from->cpu >= 0)
		snprintf(cpu, sizeof(cpu), "%d", from->cpu);
	row->taint = rows_name(rows, from->taint);
	row->hardware = rows_name(rows, from->hardware);
	row->modules = rows_name(rows, from->modules);
	row->severity = rows_name(rows, from->severity);
	row->cpu = rows_name(rows, cpu);
	return rows->failed || rows->count == rows->limit;
}

int rows_load(struct err *err, struct query *query, const struct said *said,
    const struct query_filter *filter, int heavy, struct rows *rows)
{
	struct rows_filter to;

	if (rows_filter(err, said, filter, &to))
		return -1;
	to.db.limit = rows->limit ? (long)(rows->skip + rows->limit) : 0;
	if (db_crash_rows(err, query->db, &to.db, heavy ? rows_got_heavy : rows_got_light, rows) <
	    0)
		return -1;
	if (rows->failed)
		*err = rows->err;
	return rows->failed ? -1 : 0;
}
