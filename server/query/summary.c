/* SPDX-License-Identifier: MIT */
/* summary: groups as the database has counted them; see summary.h. */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int summary_has(const struct query *query, const struct query_filter *filter)
{
	const char *const texts[] = {filter->signature, filter->machine, filter->release,
	    filter->profile, filter->product, filter->class, filter->taint, filter->module,
	    filter->search};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] && texts[i][0])
			return 0;
	return !filter->since_ms && !filter->until_ms && db_has_groups(query->db);
}

/* --- all of them ------------------------------------------------------------------------------------- */

struct summary {
	const struct said *said;
	struct rows *rows;
	struct groups *groups;
	struct err err;
	int failed;
};

/* 1 if the signature counts as another one, or another one as it. */
static int summary_is_of_several(const struct said *said, const char *signature)
{
	if (strcmp(said_target(said, signature), signature) != 0)
		return 1;
	for (size_t i = 0; i < said->count; i++)
		if (said->of[i]->duplicate[0] &&
		    strcmp(said_target(said, said->of[i]->signature), signature) == 0)
			return 1;
	return 0;
}

static int summary_name(struct summary *summary, const char *text)
{
	int number = names_add(&summary->err, &summary->rows->names, text, strlen(text));

	summary->failed |= number < 0;
	return number;
}

static int summary_add(void *arg, const struct db_group *from)
{
	struct summary *summary = arg;
	struct groups *groups = summary->groups;
	struct group *group =
	    array_grow(&summary->err, groups->group, &groups->room, groups->count, sizeof(*group));

	if (!group) {
		summary->failed = 1;
		return 1;
	}
	groups->group = group;
	group += groups->count++;
	*group = (struct group){.signature = summary_name(summary, from->signature),
	    .title = summary_name(summary, from->title),
	    .class = summary_name(summary, from->class),
	    .function = summary_name(summary, from->function),
	    .newest = summary_name(summary, from->newest),
	    .count = from->count,
	    .machines = (int)from->machines,
	    .releases = (int)from->releases,
	    .first_ms = from->first_ms,
	    .last_ms = from->last_ms,
	    .impact = from->impact,
	    .said = said_find(summary->said, from->signature)};
	return summary->failed;
}

static int summary_one(void *arg, const struct db_group *from)
{
	struct summary *summary = arg;

	return summary_is_of_several(summary->said, from->signature) ? 0 : summary_add(arg, from);
}

/* The signature is the target of others: all of them as one group, unless none has crashed. 0/-1. */
static int summary_several(
    struct err *err, struct query *query, struct summary *summary, const char *target)
{
	const char **signatures = calloc(summary->said->count + 1, sizeof(*signatures));
	int count = 0;
	long found;

	if (!signatures)
		return err_set(err, "out of memory");
	signatures[count++] = target;
	for (size_t i = 0; i < summary->said->count; i++) {
		const char *signature = summary->said->of[i]->signature;

		if (strcmp(signature, target) != 0 &&
		    strcmp(said_target(summary->said, signature), target) == 0)
			signatures[count++] = signature;
	}
	found = count > 1 ? db_groups(err, query->db, signatures, count, query->now_ms, summary_add,
				summary)
			  : 0;
	free(signatures);
	return found < 0 ? -1 : 0;
}

int summary_load(struct err *err, struct query *query, const struct said *said, struct rows *rows,
    struct groups *groups)
{
	struct summary summary = {.said = said, .rows = rows, .groups = groups};

	if (db_groups(err, query->db, NULL, 0, query->now_ms, summary_one, &summary) < 0)
		return -1;
	for (size_t i = 0; i < said->count && !summary.failed; i++) {
		const char *target = said_target(said, said->of[i]->signature);
		int first = 1;

		/* (once for each target) */
		for (size_t j = 0; j < i && first; j++)
			first = strcmp(said_target(said, said->of[j]->signature), target) != 0;
		if (first && summary_several(err, query, &summary, target))
			return -1;
	}
	if (summary.failed)
		*err = summary.err;
	return summary.failed ? -1 : 0;
}

/* --- more of some ------------------------------------------------------------------------------------ */

struct summary_more {
	struct rows *rows;
	struct group *const *group;
	struct err err;
	int failed;
};

static void summary_release(void *arg, int number, const char *release)
{
	struct summary_more *more = arg;
	struct group *group = more->group[number];
	int at = 0, name;

	while (at < GROUP_RELEASES && group->release[at])
		at++;
	if (at == GROUP_RELEASES)
		return;
	name = names_add(&more->err, &more->rows->names, release, strlen(release));
	more->failed |= name < 0;
	group->release[at] = name < 0 ? 0 : name;
}

static void summary_day(void *arg, int number, int day, long crashes)
{
	struct summary_more *more = arg;

	if (day >= 0 && day < GROUP_DAYS)
		more->group[number]->days[GROUP_DAYS - 1 - day] = crashes;
}

/* The signatures of a group, as rows_filter has them. 0/-1. */
static int summary_keys(struct err *err, const struct said *said, const struct names *names,
    const struct group *group, struct rows_filter *to)
{
	const char *signature = names_text(names, group->signature);
	const struct query_filter filter = {.signature = *signature ? signature : "none"};

	return rows_filter(err, said, &filter, to);
}

int summary_more(struct err *err, struct query *query, const struct said *said, struct rows *rows,
    struct group *const *group, size_t count)
{
	struct rows_filter *keys = calloc(count + 1, sizeof(*keys));
	struct summary_more taker = {.rows = rows, .group = group};
	struct db_group_more more = {.days = GROUP_DAYS,
	    .now_ms = query->now_ms,
	    .release = summary_release,
	    .day = summary_day,
	    .arg = &taker};
	const char **signatures = NULL;
	int *of = NULL, rc = -1;
	size_t room = 0;

	for (size_t i = 0; keys && i < count; i++) {
		if (summary_keys(err, said, &rows->names, group[i], &keys[i]))
			goto out;
		room += (size_t)keys[i].db.signature_count;
	}
	signatures = calloc(room + 1, sizeof(*signatures));
	of = calloc(room + 1, sizeof(*of));
	if (!keys || !signatures || !of) {
		err_set(err, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < keys[i].db.signature_count; n++) {
			signatures[more.count] = keys[i].signature[n];
			of[more.count++] = (int)i;
		}
	more.signatures = signatures;
	more.of = of;
	rc = db_group_more(err, query->db, &more);
	if (rc == 0 && taker.failed) {
		*err = taker.err;
		rc = -1;
	}
out:
	free(keys);
	free(signatures);
	free(of);
	return rc;
}
