/* SPDX-License-Identifier: MIT */
/* correlate: what the crashes of a group have in common; see correlate.h. */
#include "correlate.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exposure.h"
#include "fields.h"

enum { CORRELATE_VALUES = 16, CORRELATE_FEW = 3 };
/* Hundreds of values are looked at: of those that are as frequent everywhere one in 700 deviates by so much by
 * chance, and one that a few crashes of a hundred have explains nothing. */
#define CORRELATE_CERTAIN 3.0
#define CORRELATE_SHARE 0.1
/* A concentration that is less likely than this by chance counts as few machines. */
#define CORRELATE_FEW_P 0.01

/* --- statistics -------------------------------------------------------------------------------------- */

double correlate_score(double share, double machines, double others, double other_machines)
{
	double pooled, deviation;

	if (machines < 1 || other_machines < 1)
		return 0;
	pooled = (share * machines + others * other_machines) / (machines + other_machines);
	deviation = sqrt(pooled * (1 - pooled) * (1 / machines + 1 / other_machines));
	return deviation > 0 ? (share - others) / deviation : 0;
}

/* Of many crashes: the number of machines hit is nearly normal. */
static double correlate_chance_normal(double crashes, double hit, double machines)
{
	double one = crashes * log1p(-1 / machines), two = crashes * log1p(-2 / machines);
	double missed = machines * exp(one);
	double variance =
	    machines * (machines - 1) * exp(two) + missed - machines * machines * exp(2 * one);

	if (machines <= 2 || !(variance > 0))
		return 1;
	return 0.5 * erfc((machines - missed - hit - 0.5) / sqrt(2 * variance));
}

double correlate_chance(long crashes, long hit, double machines)
{
	double p[CORRELATE_CRASHES_MAX + 1] = {0}, sum = 0;

	if (crashes < 1 || machines <= 1 || hit >= crashes)
		return 1;
	if (crashes > CORRELATE_CRASHES_MAX)
		return correlate_chance_normal((double)crashes, (double)hit, machines);
	/* p[d]: so far exactly d different machines */
	p[1] = 1;
	for (long n = 2; n <= crashes; n++)
		for (long d = n < hit ? n : hit; d >= 1; d--) {
			double again = (double)d / machines,
			       other = (machines - (double)d + 1) / machines;

			p[d] = p[d] * (again < 1 ? again : 1) + p[d - 1] * (other > 0 ? other : 0);
		}
	for (long d = 1; d <= hit; d++)
		sum += p[d];
	return sum < 1 ? sum : 1;
}

/* --- values ------------------------------------------------------------------------------------------ */

enum { FIELD_ONE, FIELD_WORDS, FIELD_LETTERS }; /* a row's text is one value, words, or letters */

static const struct correlate_field {
	const char *name;
	size_t at; /* in struct row */
	int kind;
	int fleet; /* index of correlate.fleet; -1: unknown of machines */
} correlate_fields[] = {
    {"product", offsetof(struct row, product), FIELD_ONE, 0},
    {"release", offsetof(struct row, release), FIELD_ONE, 1},
    {"profile", offsetof(struct row, profile), FIELD_ONE, 2},
    {"module", offsetof(struct row, modules), FIELD_WORDS, -1},
    {"hardware", offsetof(struct row, hardware), FIELD_ONE, -1},
    {"cpu", offsetof(struct row, cpu), FIELD_ONE, -1},
    {"taint", offsetof(struct row, taint), FIELD_LETTERS, -1},
};
/* (correlate_other has the texts of another crash in the same order) */
enum {
	CORRELATE_FIELDS = sizeof(correlate_fields) / sizeof(correlate_fields[0]),
	FLEET_FIELDS = 3
};

struct correlation {
	const struct correlate_field *field;
	int value; /* a number of the names */
	long crashes, other_crashes, machines;
	double score;
};

struct correlate {
	struct names *names; /* the group's texts, and its values */
	const struct grouping *grouping;
	char signature[17];
	/* by a value's number: crashes of the group; machines of the group, and the last of them; others, by field */
	int *in, *machines, *last, *fleet[FLEET_FIELDS], *out[CORRELATE_FIELDS];
	int *rows; /* the group's rows, by machine */
	struct names other_macs;
	long count, others, hit, other_machines, fleet_machines;
	double days, days_squared;
	struct exposure_machines fleet_of;
	int (*kind)
	    [FLEET_FIELDS]; /* by db_exposure.kind, its values' numbers; 0: not known yet, -1: no crash's */
	size_t kinds;
	struct correlation best[CORRELATE_MAX];
	int found;
	struct err err;
	int failed;
};

/* The values in a text: where each begins, and its length. At most CORRELATE_VALUES. */
struct correlate_value {
	const char *at;
	size_t len;
};

static int correlate_split(
    int kind, const char *text, struct correlate_value value[CORRELATE_VALUES])
{
	int count = 0;

	if (kind == FIELD_ONE) {
		value[0] = (struct correlate_value){text, strlen(text)};
		return text[0] != '\0';
	}
	for (const char *at = text + strspn(text, " "); *at && count < CORRELATE_VALUES;
	     at += strspn(at, " ")) {
		size_t n = kind == FIELD_WORDS ? strcspn(at, " ") : 1;

		/* ("G" is the absence of "P") */
		if (kind == FIELD_WORDS || *at != 'G')
			value[count++] = (struct correlate_value){at, n};
		at += n;
	}
	return count;
}

/* The numbers of those values in a text that are the group's. */
static int correlate_values(const struct correlate *c, const struct correlate_field *field,
    const char *text, int number[CORRELATE_VALUES])
{
	struct correlate_value value[CORRELATE_VALUES];
	int values = correlate_split(field->kind, text, value), count = 0;

	for (int i = 0; i < values; i++) {
		number[count] = names_find_len(c->names, value[i].at, value[i].len);
		count += number[count] > 0;
	}
	return count;
}

static const char *correlate_text(
    const struct correlate *c, const struct correlate_field *field, const struct row *row)
{
	int number;

	memcpy(&number, (const char *)row + field->at, sizeof(number));
	return names_text(c->names, number);
}

/* Makes names of one row's values of a field. 0/-1. */
static int correlate_name_row(struct err *err, struct correlate *c,
    const struct correlate_field *field, const struct row *row)
{
	struct correlate_value value[CORRELATE_VALUES];
	/* (names_add may move the text) */
	char *text = strdup(correlate_text(c, field, row));
	int count = text ? correlate_split(field->kind, text, value) : 0, rc = 0;

	if (!text)
		return err_set(err, "out of memory");
	for (int i = 0; i < count && rc == 0; i++)
		if (names_add(err, c->names, value[i].at, value[i].len) < 0)
			rc = -1;
	free(text);
	return rc;
}

/* Makes all of the group's values names, so that there are no new ones afterwards. 0/-1. */
static int correlate_name_values(struct err *err, struct correlate *c)
{
	for (size_t f = 0; f < CORRELATE_FIELDS; f++)
		for (size_t i = 0;
		     correlate_fields[f].kind != FIELD_ONE && i < c->grouping->rows.count; i++)
			if (correlate_name_row(
				err, c, &correlate_fields[f], &c->grouping->rows.row[i]))
				return -1;
	return 0;
}

/* --- counting ---------------------------------------------------------------------------------------- */

static int correlate_by_machine(const void *a, const void *b, void *rows)
{
	const struct row *row = rows;

	return row[*(const int *)a].mac - row[*(const int *)b].mac;
}

/* The group's rows by machine; how many machines they are. */
static void correlate_sort_rows(struct correlate *c)
{
	const struct rows *rows = &c->grouping->rows;

	c->count = (long)rows->count;
	for (size_t i = 0; i < rows->count; i++)
		c->rows[i] = (int)i;
	qsort_r(c->rows, rows->count, sizeof(*c->rows), correlate_by_machine, (void *)rows->row);
	for (long i = 0; i < c->count; i++)
		c->hit += !i || rows->row[c->rows[i]].mac != rows->row[c->rows[i - 1]].mac;
}

/* Counts a crash that is not of the group. */
static int correlate_other(void *arg, const struct db_crash_row *row)
{
	struct correlate *c = arg;
	char cpu[16] = "";
	const char *const texts[CORRELATE_FIELDS] = {
	    row->product, row->release, row->profile, row->modules, row->hardware, cpu, row->taint};
	const char *target = said_target(&c->grouping->said, row->signature);
	int number[CORRELATE_VALUES];

	if (strcmp(target, c->signature) == 0)
		return 0;
	if (row->cpu >= 0)
		snprintf(cpu, sizeof(cpu), "%d", row->cpu);
	c->others++;
	if (names_add(&c->err, &c->other_macs, row->mac, strlen(row->mac)) < 0) {
		c->failed = 1;
		return 1;
	}
	for (size_t f = 0; f < CORRELATE_FIELDS; f++) {
		int count = correlate_values(c, &correlate_fields[f], texts[f], number);

		for (int i = 0; i < count; i++)
			c->out[f][number[i]]++;
	}
	return 0;
}

/* A value's count of those, from the database's sums. */
static int correlate_other_value(void *arg, const char *field, const char *value, long crashes)
{
	struct correlate *c = arg;
	int number = names_find(c->names, value);

	for (size_t f = 0; f < CORRELATE_FIELDS && number > 0; f++)
		if (strcmp(correlate_fields[f].name, field) == 0)
			c->out[f][number] += (int)crashes;
	return 0;
}

static int correlate_read_others(struct err *err, struct query *query, struct correlate *c)
{
	const struct query_filter filter = {.signature = c->signature[0] ? c->signature : "none"};
	struct db_others others = {.got = correlate_other_value, .arg = c};
	struct rows_filter own;

	if (rows_filter(err, &c->grouping->said, &filter, &own) ||
	    db_others(err, query->db, own.db.signatures, own.db.signature_count, &others))
		return -1;
	c->others = others.crashes;
	c->other_machines = others.machines;
	return 0;
}

static int correlate_count_others(struct err *err, struct query *query, struct correlate *c)
{
	if (db_has_sums(query->db))
		return correlate_read_others(err, query, c);
	if (db_crash_facts(err, query->db, correlate_other, c) < 0)
		return -1;
	if (c->failed)
		*err = c->err;
	/* (number 0 is "") */
	c->other_machines = (long)c->other_macs.count - 1;
	return c->failed ? -1 : 0;
}

/* Keeps it if it is one of those that stand out most. */
static void correlate_keep(struct correlate *c, const struct correlation *one)
{
	int at = c->found;

	while (at > 0 && c->best[at - 1].score < one->score)
		at--;
	if (at == CORRELATE_MAX)
		return;
	if (c->found < CORRELATE_MAX)
		c->found++;
	memmove(&c->best[at + 1], &c->best[at], (size_t)(c->found - at - 1) * sizeof(*c->best));
	c->best[at] = *one;
}

static void correlate_judge(struct correlate *c, const struct correlate_field *field, int value)
{
	struct correlation one = {.field = field,
	    .value = value,
	    .crashes = c->in[value],
	    .other_crashes = c->out[field - correlate_fields][value],
	    .machines = c->machines[value]};
	double share = (double)one.crashes / (double)c->count;

	if (c->others)
		one.score = correlate_score(share, (double)c->hit,
		    (double)one.other_crashes / (double)c->others, (double)c->other_machines);
	else if (field->fleet >= 0 && c->fleet_machines)
		one.score = correlate_score(share, (double)c->hit,
		    (double)c->fleet[field->fleet][value] / (double)c->fleet_machines,
		    (double)c->fleet_machines);
	if (one.score >= CORRELATE_CERTAIN && share >= CORRELATE_SHARE)
		correlate_keep(c, &one);
}

static void correlate_count(struct correlate *c, const struct correlate_field *field)
{
	const struct rows *rows = &c->grouping->rows;
	size_t size = c->names->count * sizeof(int);
	int value[CORRELATE_VALUES];

	memset(c->in, 0, size);
	memset(c->machines, 0, size);
	memset(c->last, 0, size);
	for (long i = 0; i < c->count; i++) {
		const struct row *row = &rows->row[c->rows[i]];
		int n = correlate_values(c, field, correlate_text(c, field, row), value);

		for (int v = 0; v < n; v++) {
			c->in[value[v]]++;
			c->machines[value[v]] += c->last[value[v]] != row->mac;
			c->last[value[v]] = row->mac;
		}
	}
	for (size_t v = 1; v < c->names->count; v++)
		if (c->in[v])
			correlate_judge(c, field, (int)v);
}

static void correlate_machine(void *arg, const struct exposure_machine *machine)
{
	struct correlate *c = arg;

	for (int i = 0; i < FLEET_FIELDS; i++) {
		int value = c->kind[machine->kind][i];

		if (value > 0)
			c->fleet[i][value]++;
	}
	c->fleet_machines++;
	c->days += machine->days;
	c->days_squared += machine->days * machine->days;
}

/* The values of a kind that comes for the first time. 0/-1. */
static int correlate_kind(struct err *err, struct correlate *c, const struct db_exposure *exposure)
{
	const char *const texts[FLEET_FIELDS] = {
	    exposure->product, exposure->kernel, exposure->profile};
	size_t kinds = 2 * exposure->kind + 64;
	int(*kind)[FLEET_FIELDS] = c->kind;

	if (exposure->kind >= c->kinds) {
		kind = realloc(kind, kinds * sizeof(*kind));
		if (!kind)
			return err_set(err, "out of memory");
		memset(kind + c->kinds, 0, (kinds - c->kinds) * sizeof(*kind));
		c->kind = kind;
		c->kinds = kinds;
	}
	/* ("" is number 0, and no value) */
	for (int i = 0; i < FLEET_FIELDS && kind[exposure->kind][i] == 0; i++)
		kind[exposure->kind][i] = texts[i][0] ? names_find(c->names, texts[i]) : -1;
	return 0;
}

/* --- the document ------------------------------------------------------------------------------------ */

static json_t *correlation_object(const struct correlate *c, const struct correlation *one)
{
	const char *value = names_text(c->names, one->value);
	json_t *object = json_object();

	query_set_text(object, "field", one->field->name);
	query_set_text(object, "value", value);
	json_object_set_new(object, "crashes", json_integer(one->crashes));
	json_object_set_new(object, "share", json_real((double)one->crashes / (double)c->count));
	if (c->others)
		json_object_set_new(
		    object, "others", json_real((double)one->other_crashes / (double)c->others));
	if (one->field->fleet >= 0 && c->fleet_machines)
		json_object_set_new(object, "fleet",
		    json_real((double)c->fleet[one->field->fleet][one->value] /
			      (double)c->fleet_machines));
	json_object_set_new(object, "machines", json_integer(one->machines));
	return object;
}

/* The share of the machine with most of the group's crashes. */
static double correlate_top(const struct correlate *c)
{
	const struct row *row = c->grouping->rows.row;
	long top = 0, run = 0;

	for (long i = 0; i < c->count; i++) {
		run = i && row[c->rows[i]].mac == row[c->rows[i - 1]].mac ? run + 1 : 1;
		if (run > top)
			top = run;
	}
	return c->count ? (double)top / (double)c->count : 0;
}

static json_t *concentration_object(const struct correlate *c)
{
	/* the number of machines of equal uptime on which two crashes would meet as often by chance */
	double machines = c->days_squared > 0 ? c->days * c->days / c->days_squared : 0;
	double p = correlate_chance(c->count, c->hit, machines);
	/* could this number of crashes show anything? */
	double least = correlate_chance(c->count, 1, machines);
	const char *verdict = p <= CORRELATE_FEW_P ? "few machines" : "spread";
	json_t *object = json_object();

	if (c->count < CORRELATE_FEW || c->fleet_machines < CORRELATE_FEW ||
	    least > CORRELATE_FEW_P)
		verdict = "too little known";
	json_object_set_new(object, "machines", json_integer(c->hit));
	json_object_set_new(object, "crashes", json_integer(c->count));
	json_object_set_new(object, "top", json_real(correlate_top(c)));
	json_object_set_new(object, "p", json_real(p));
	query_set_text(object, "verdict", verdict);
	return object;
}

static int correlate_room(struct err *err, struct correlate *c)
{
	size_t count = c->names->count + 1;
	int **const arrays[] = {
	    &c->in, &c->machines, &c->last, &c->fleet[0], &c->fleet[1], &c->fleet[2]};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		if (!(*arrays[i] = calloc(count, sizeof(int))))
			return err_set(err, "out of memory");
	for (size_t f = 0; f < CORRELATE_FIELDS; f++)
		if (!(c->out[f] = calloc(count, sizeof(int))))
			return err_set(err, "out of memory");
	c->rows = calloc(c->grouping->rows.count + 1, sizeof(*c->rows));
	return c->rows ? 0 : err_set(err, "out of memory");
}

void correlate_free(struct correlate *c)
{
	if (!c)
		return;
	free(c->in);
	for (size_t f = 0; f < CORRELATE_FIELDS; f++)
		free(c->out[f]);
	names_free(&c->other_macs);
	free(c->machines);
	free(c->last);
	for (int i = 0; i < FLEET_FIELDS; i++)
		free(c->fleet[i]);
	free(c->rows);
	free(c->kind);
	free(c);
}

struct correlate *correlate_begin(
    struct err *err, struct query *query, struct grouping *grouping, const char *signature)
{
	struct correlate *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(err, "out of memory");
		return NULL;
	}
	c->names = &grouping->rows.names;
	c->grouping = grouping;
	snprintf(c->signature, sizeof(c->signature), "%s", signature);
	c->fleet_of =
	    (struct exposure_machines){.now_ms = query->now_ms, .got = correlate_machine, .arg = c};
	if (names_init(err, &c->other_macs) || correlate_name_values(err, c) ||
	    correlate_room(err, c) || correlate_count_others(err, query, c)) {
		correlate_free(c);
		return NULL;
	}
	correlate_sort_rows(c);
	return c;
}

static int correlate_fleet(void *arg, const struct db_fleet_kind *kind)
{
	struct correlate *c = arg;
	const char *const texts[FLEET_FIELDS] = {kind->product, kind->kernel, kind->profile};

	for (int i = 0; i < FLEET_FIELDS; i++) {
		int value = texts[i][0] ? names_find(c->names, texts[i]) : -1;

		if (value > 0)
			c->fleet[i][value] += (int)kind->machines;
	}
	c->fleet_machines += kind->machines;
	c->days += kind->days;
	c->days_squared += kind->days_squared;
	return 0;
}

int correlate_read(struct err *err, struct query *query, struct correlate *c)
{
	return db_fleet_kinds(err, query->db, query->now_ms, correlate_fleet, c) < 0 ? -1 : 0;
}

int correlate_exposure(struct err *err, struct correlate *c, const struct db_exposure *exposure)
{
	if ((exposure->kind >= c->kinds || c->kind[exposure->kind][0] == 0) &&
	    correlate_kind(err, c, exposure))
		return -1;
	exposure_take(&c->fleet_of, exposure);
	return 0;
}

void correlate_end(struct correlate *c, json_t *document)
{
	json_t *list = json_array();

	exposure_end(&c->fleet_of);
	for (size_t f = 0; f < CORRELATE_FIELDS; f++)
		correlate_count(c, &correlate_fields[f]);
	for (int i = 0; i < c->found; i++)
		query_append(list, correlation_object(c, &c->best[i]));
	json_object_set_new(document, "correlations", list);
	json_object_set_new(document, "concentration", concentration_object(c));
}
