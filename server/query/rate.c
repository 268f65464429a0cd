/* SPDX-License-Identifier: MIT */
/* rate: crashes per 1,000 machine-days; see query.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "base/array.h"
#include "exposure.h"
#include "fields.h"
#include "poisson.h"
#include "rate.h"
#include "rows.h"

#define RATE_PER_DAYS 1000.0
#define RATE_LEAST_DAYS 1.0 /* of less exposure a rate says nothing */
#define RATE_CERTAIN 0.05

struct rate_row {
	int value; /* a number of the names */
	long crashes, machines, last; /* last: the machine that was counted last */
	int64_t ms; /* for which machines ran */
};

/* What a kind of exposure (db_exposure.kind) counts in. */
enum { RATE_UNSEEN, RATE_LEFT_OUT, RATE_ROWS };

struct rating {
	const struct query *query;
	const struct query_filter *filter;
	struct said said;
	struct rows_filter to; /* the crashes that count */
	int *kind; /* by kind: RATE_UNSEEN, RATE_LEFT_OUT, or its row's index + RATE_ROWS */
	size_t kinds;
	int by;
	const char *by_name;
	char mac[18]; /* what the filter's machine begins with */
	size_t mac_len;
	struct names names;
	struct rate_row *row, total;
	int *place; /* by a name's number, its row's index + 1 */
	size_t count, room, places;
	char last[18]; /* the machine of the session before */
	long machine; /* its number */
	struct err err;
	int failed;
};

/* --- counting ---------------------------------------------------------------------------------------- */

static int rate_place_room(struct rating *rating)
{
	size_t places = 2 * rating->names.count + 64;
	int *place;

	if (rating->names.count <= rating->places)
		return 0;
	place = realloc(rating->place, places * sizeof(*place));
	if (!place)
		return err_set(&rating->err, "out of memory");
	memset(place + rating->places, 0, (places - rating->places) * sizeof(*place));
	rating->place = place;
	rating->places = places;
	return 0;
}

/* The row of a value, made if it is missing; NULL: failed. */
static struct rate_row *rate_need(struct rating *rating, const char *value)
{
	int number = names_add(&rating->err, &rating->names, value, strlen(value));
	struct rate_row *row;

	if (number < 0 || rate_place_room(rating))
		goto fail;
	if (rating->place[number])
		return &rating->row[rating->place[number] - 1];
	row = array_grow(&rating->err, rating->row, &rating->room, rating->count, sizeof(*row));
	if (!row)
		goto fail;
	rating->row = row;
	row += rating->count++;
	*row = (struct rate_row){.value = number};
	rating->place[number] = (int)rating->count;
	return row;
fail:
	rating->failed = 1;
	return NULL;
}

static const char *rate_value(
    const struct rating *rating, const char *kernel, const char *product, const char *profile)
{
	return rating->by == DB_BY_RELEASE   ? kernel
	       : rating->by == DB_BY_PRODUCT ? product
					     : profile;
}

static int rate_is(const char *wanted, const char *value)
{
	return !wanted || !*wanted || strcasecmp(wanted, value) == 0;
}

/* The row of a session's kind, so that its texts are looked at once. NULL: left out by the filter, or failed. */
static struct rate_row *rate_of_kind(struct rating *rating, const struct db_exposure *exposure)
{
	const struct query_filter *filter = rating->filter;
	struct rate_row *row;
	int *kind;

	if (exposure->kind >= rating->kinds) {
		size_t kinds = 2 * exposure->kind + 64;

		kind = realloc(rating->kind, kinds * sizeof(*kind));
		if (!kind) {
			err_set(&rating->err, "out of memory");
			rating->failed = 1;
			return NULL;
		}
		memset(kind + rating->kinds, 0, (kinds - rating->kinds) * sizeof(*kind));
		rating->kind = kind;
		rating->kinds = kinds;
	}
	kind = &rating->kind[exposure->kind];
	if (*kind >= RATE_ROWS)
		return &rating->row[*kind - RATE_ROWS];
	if (*kind == RATE_LEFT_OUT || !rate_is(filter->release, exposure->kernel) ||
	    !rate_is(filter->product, exposure->product) ||
	    !rate_is(filter->profile, exposure->profile)) {
		*kind = RATE_LEFT_OUT;
		return NULL;
	}
	row = rate_need(
	    rating, rate_value(rating, exposure->kernel, exposure->product, exposure->profile));
	if (row)
		*kind = (int)(row - rating->row) + RATE_ROWS;
	return row;
}

static double rate_days(const struct rate_row *row)
{
	return (double)row->ms / EXPOSURE_DAY_MS;
}

static void rate_add(struct rate_row *row, int64_t ms, long machine)
{
	row->ms += ms;
	row->machines += row->last != machine;
	row->last = machine;
}

/* (sessions come by machine) */
int rating_exposure(struct rating *rating, const struct db_exposure *exposure)
{
	const struct query_filter *filter = rating->filter;
	int64_t ms =
	    exposure_ms(exposure, filter->since_ms, filter->until_ms, rating->query->now_ms);
	struct rate_row *row;

	if (ms == 0 || strncmp(exposure->mac, rating->mac, rating->mac_len) != 0)
		return 0;
	row = rate_of_kind(rating, exposure);
	if (!row)
		return rating->failed;
	if (strcmp(rating->last, exposure->mac) != 0) {
		memcpy(rating->last, exposure->mac, strnlen(exposure->mac, 17) + 1);
		rating->machine++;
	}
	rate_add(row, ms, rating->machine);
	rate_add(&rating->total, ms, rating->machine);
	return 0;
}

/* A sum of db_ran. */
static int rate_ran(void *arg, const char *value, int64_t ms, long machines)
{
	struct rating *rating = arg;
	struct rate_row *row = &rating->total;

	if (value)
		row = rate_need(rating, value);
	if (!row)
		return 1;
	row->ms += ms;
	row->machines += machines;
	return 0;
}

static int rate_counted(void *arg, const char *value, long crashes)
{
	struct rating *rating = arg;
	struct rate_row *row = rate_need(rating, value);

	if (!row)
		return 1;
	row->crashes += crashes;
	rating->total.crashes += crashes;
	return 0;
}

static int rate_crash(void *arg, const struct db_crash_row *crash)
{
	struct rating *rating = arg;
	struct rate_row *row;

	if (!crash->up_ms || !rate_is(rating->filter->release, crash->kernel))
		return 0;
	row = rate_need(rating, rate_value(rating, crash->kernel, crash->product, crash->profile));
	if (!row)
		return 1;
	row->crashes++;
	rating->total.crashes++;
	return 0;
}

/* 1 if a pruned crash is one of the filter's. Its signature is left of it: others that a filter asks for are unknown. */
static int rate_has_pruned(const struct rating *rating, const struct db_pruned_crash *crash)
{
	const struct query_filter *filter = rating->filter;
	const struct db_crash_filter *to = &rating->to.db;
	int found = to->signature_count == 0;

	for (int i = 0; i < to->signature_count && !found; i++)
		found = strcmp(to->signatures[i], crash->signature) == 0;
	return found && !to->search && !to->class && !to->taint && !to->module &&
	       rate_is(filter->release, crash->kernel) &&
	       rate_is(filter->product, crash->product) &&
	       rate_is(filter->profile, crash->profile) &&
	       strncmp(crash->mac, rating->mac, rating->mac_len) == 0 &&
	       crash->time_ms >= filter->since_ms &&
	       (!filter->until_ms || crash->time_ms <= filter->until_ms);
}

static int rate_pruned(void *arg, const struct db_pruned_crash *crash)
{
	struct rating *rating = arg;
	struct rate_row *row;

	if (!rate_has_pruned(rating, crash))
		return 0;
	row = rate_need(rating, rate_value(rating, crash->kernel, crash->product, crash->profile));
	if (!row)
		return 1;
	row->crashes++;
	rating->total.crashes++;
	return 0;
}

static int rate_crashes(struct err *err, struct query *query, struct rating *rating)
{
	int rc = 0;

	if (db_has_sums(query->db))
		rc = db_ran_crashes(err, query->db, &rating->to.db, rating->filter->release,
			 (enum db_by)rating->by, rate_counted, rating) < 0
			 ? -1
			 : 0;
	else if (db_crash_rows(err, query->db, &rating->to.db, rate_crash, rating) < 0 ||
		 (!rating->failed && db_pruned_crashes(err, query->db, rate_pruned, rating) < 0))
		rc = -1;
	if (rc == 0 && rating->failed) {
		*err = rating->err;
		rc = -1;
	}
	return rc;
}

/* --- the document ------------------------------------------------------------------------------------ */

static int rate_order(const void *a, const void *b, void *names)
{
	const struct rate_row *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms > y->ms ? -1 : 1;
	return strcmp(names_text(names, x->value), names_text(names, y->value));
}

/* What the row would have at the rate of all others; nothing if there are no others. */
static void rate_compare(const struct rating *rating, const struct rate_row *row, json_t *object)
{
	long others = rating->total.crashes - row->crashes;
	double days = rate_days(row), other_days = rate_days(&rating->total) - days, share, fewer,
	       more;

	if (rating->count < 2 || !(other_days > 0) || !(days > 0))
		return;
	share = days / rate_days(&rating->total);
	fewer = poisson_at_most(row->crashes, rating->total.crashes, share);
	more = poisson_at_least(row->crashes, rating->total.crashes, share);
	json_object_set_new(object, "expected", json_real((double)others / other_days * days));
	json_object_set_new(object, "p", json_real(fewer));
	json_object_set_new(object, "p_more", json_real(more));
	query_set_text(object, "evidence",
	    fewer <= RATE_CERTAIN  ? "fewer"
	    : more <= RATE_CERTAIN ? "more"
				   : "");
}

static json_t *rate_object(const struct rating *rating, const struct rate_row *row)
{
	json_t *object = json_object();
	double days = rate_days(row);

	if (row != &rating->total) {
		const char *value = names_text(&rating->names, row->value);

		json_object_set_new(object, "value", query_text(value, strlen(value)));
	}
	json_object_set_new(object, "crashes", json_integer(row->crashes));
	json_object_set_new(object, "machine_days", json_real(days));
	json_object_set_new(object, "machines", json_integer(row->machines));
	if (days >= RATE_LEAST_DAYS) {
		double per = RATE_PER_DAYS / days;

		json_object_set_new(object, "rate", json_real((double)row->crashes * per));
		json_object_set_new(object, "low", json_real(poisson_low(row->crashes) * per));
		json_object_set_new(object, "high", json_real(poisson_high(row->crashes) * per));
	}
	if (row != &rating->total)
		rate_compare(rating, row, object);
	return object;
}

static json_t *rate_document(struct err *err, struct rating *rating)
{
	json_t *document = json_object(), *list = json_array();
	int rc = 0;

	if (rating->count)
		qsort_r(
		    rating->row, rating->count, sizeof(*rating->row), rate_order, &rating->names);
	query_set_text(document, "by", rating->by_name);
	json_object_set_new(document, "total", rate_object(rating, &rating->total));
	for (size_t i = 0; i < rating->count && i < QUERY_PAGE_MAX && rc == 0; i++)
		if (query_append(list, rate_object(rating, &rating->row[i])))
			rc = err_set(err, "out of memory");
	json_object_set_new(document, "rows", list);
	return query_done(err, document, rc);
}

/* --- in steps ---------------------------------------------------------------------------------------- */

struct rating *rating_begin(
    struct err *err, struct query *query, const char *by, const struct query_filter *filter)
{
	static const char *const names[] = {
	    [DB_BY_RELEASE] = "release", [DB_BY_PRODUCT] = "product", [DB_BY_PROFILE] = "profile"};
	struct rating *rating = calloc(1, sizeof(*rating));

	query->missing = 0;
	if (!rating) {
		err_set(err, "out of memory");
		return NULL;
	}
	rating->query = query;
	rating->filter = filter;
	rating->by = -1;
	for (int i = 0; i <= DB_BY_PROFILE; i++)
		if (strcmp(by, names[i]) == 0) {
			rating->by = i;
			rating->by_name = names[i];
		}
	if (rating->by < 0) {
		query->missing = 1;
		err_set(
		    err, "\"%.40s\": no such rates; they are by release, product or profile", by);
		goto fail;
	}
	if (filter->machine)
		rows_mac(filter->machine, rating->mac);
	rating->mac_len = strlen(rating->mac);
	if (names_init(err, &rating->names) || said_load(err, query, &rating->said) ||
	    rows_filter(err, &rating->said, filter, &rating->to))
		goto fail;
	/* The session's own release counts here, and not what the report says: it is known of all sessions. */
	rating->to.db.release = NULL;
	return rating;
fail:
	rating_free(rating);
	return NULL;
}

json_t *rating_end(struct err *err, struct query *query, struct rating *rating)
{
	return rate_crashes(err, query, rating) ? NULL : rate_document(err, rating);
}

void rating_free(struct rating *rating)
{
	if (!rating)
		return;
	names_free(&rating->names);
	said_free(&rating->said);
	free(rating->kind);
	free(rating->row);
	free(rating->place);
	free(rating);
}

static int rates_exposure(void *arg, const struct db_exposure *exposure)
{
	return rating_exposure(arg, exposure);
}

int rating_read(struct err *err, struct query *query, struct rating *rating)
{
	const struct query_filter *filter = rating->filter;
	const struct db_ran ran = {.since_ms = filter->since_ms,
	    .until_ms = filter->until_ms && filter->until_ms < query->now_ms ? filter->until_ms
									     : query->now_ms,
	    .mac = rating->mac,
	    .release = filter->release,
	    .product = filter->product,
	    .profile = filter->profile,
	    .by = (enum db_by)rating->by};
	long count = db_has_sums(query->db) ? db_ran(err, query->db, &ran, rate_ran, rating)
					    : db_exposure(err, query->db, rates_exposure, rating);

	return count < 0 ? -1 : 0;
}

json_t *query_rates(
    struct err *err, struct query *query, const char *by, const struct query_filter *filter)
{
	const struct request request = {.query = "rates", .by = by, .filter = *filter};
	json_t *document = NULL;
	struct rating *rating;

	if (query_ask(err, query, &request, &document))
		return document;
	rating = rating_begin(err, query, by, filter);
	if (rating && rating_read(err, query, rating) == 0)
		document = rating_end(err, query, rating);
	rating_free(rating);
	return document;
}
