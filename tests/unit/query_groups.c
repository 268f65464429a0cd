/* SPDX-License-Identifier: MIT */
/*
 * query: groups, their states, what people say, crashes, searches and rates, over a store that was brought into the
 * index by the collector's own code. Evidence: the documents, before and after a reindex and a pruned session.
 */
#include "query_store.h"

#include <math.h>

static const int64_t day = 86400000;

/* A crash in a function of a module; the report's other frames are always the same. */
static void log_of(char *text, size_t size, const char *function, const char *release)
{
	snprintf(text, size,
	    "[    0.000000] Linux version %s (x@y) #1 SMP\n"
	    "[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	    "[    9.000001] CPU: 3 PID: 77 Comm: cat Tainted: G           OE     %s #1\n"
	    "[    9.000002] Hardware name: Box/One, BIOS 1.0\n"
	    "[    9.000003] RIP: 0010:%s+0x5/0x10 [labmod]\n"
	    "[    9.000004] RAX: 00000000deadbeef RBX: ffff888012345678\n"
	    "[    9.000005] Call Trace:\n"
	    "[    9.000006]  lab_caller.isra.0+0x20/0x30 [labmod]\n"
	    "[    9.000007]  vfs_write+0xb1/0x2c0\n"
	    "[    9.000008] This ends with a full stop.\n",
	    release, release, function);
}

/* A boot of a machine days before now that crashes a day later. */
static const char *crash(int machine, double days_ago, const char *function, const char *release)
{
	int64_t when = query.now_ms - (int64_t)(days_ago * (double)day);
	const char *id = store_session(machine, when - day);
	char log[2048], pairs[128];

	store_event(when - day, "requested", id, "profile=lab product=Box serial=S1");
	snprintf(pairs, sizeof(pairs), "release=%s", release);
	store_event(when - day + 1000, "armed", id, pairs);
	log_of(log, sizeof(log), function, release);
	store_crash(id, when, log);
	return id;
}

static json_t *groups(struct query_filter filter)
{
	return have(query_groups(&err, &query, &filter), "groups");
}

/* The group's signature at a place of the list. */
static void signature_at(const json_t *document, int place, char signature[17])
{
	char path[32];

	snprintf(path, sizeof(path), "groups.%d.signature", place);
	snprintf(signature, 17, "%s", at(document, path));
}

static void say(const char *signature, const char *what, const char *value)
{
	if (triage_write(&err, query.state, query.now_ms - 1000, signature, what, value, "ann"))
		printf("# %s\n", err.msg);
}

static char first[17], second[17];

static void lists(void)
{
	json_t *all = groups((struct query_filter){0});
	json_t *some;

	is(at(all, "total"), "3", "three groups");
	is(at(all, "crashes"), "6", "six crashes");
	is(at(all, "groups.0.title"), "NULL pointer dereference in lab_one",
	    "the group that strikes most machines is first");
	is(at(all, "groups.0.count"), "4", "its crashes");
	is(at(all, "groups.0.machines"), "3", "its machines");
	is(at(all, "groups.0.release_count"), "2", "its releases");
	is(at(all, "groups.0.releases"), "[\"6.1.0-18\",\"6.1.0-9\"]", "… by the newest crash");
	is(at(all, "groups.0.state"), "known", "an old crash is known");
	is(at(all, "groups.1.state"), "new", "a crash of this week is new");
	is(at(all, "groups.0.days.29"), "1", "a crash of today");
	is(at(all, "groups.0.days.28"), "0", "none yesterday");
	is(at(all, "groups.0.days.9"), "1", "one 20 days ago");
	is(at(all, "groups.2.signature"), "", "a crash without a report has no signature");
	/* 1 + 2^(-20/7) + 2^(-30/7), each an hour less or so */
	ok(fabs(atof(at(all, "groups.0.impact")) - 1.19) < 0.03, "impact: machines by recency");
	signature_at(all, 0, first);
	signature_at(all, 1, second);
	json_decref(all);
	some = groups((struct query_filter){.since_ms = query.now_ms - 25 * day});
	is(at(some, "groups.0.count"), "2", "since a time");
	is(at(some, "groups.0.state"), "known",
	    "the first crash counts for the state, whatever the filter");
	json_decref(some);
	some = groups((struct query_filter){.sort = "title", .limit = 1, .offset = 1});
	is(at(some, "groups.0.title"), "NULL pointer dereference in lab_one", "sorted, and a part");
	is(at(some, "total"), "3", "… of all");
	is_num(
	    (long long)json_array_size(json_object_get(some, "groups")), 1, "… as long as wanted");
	json_decref(some);
	is_missing(query_groups(&err, &query, &(struct query_filter){.sort = "colour"}),
	    "an unknown order is missing");
	query.missing = 0;
}

static void count_of(struct query_filter filter, const char *count, const char *name)
{
	json_t *document = query_crashes(&err, &query, &filter);

	is(document ? at(document, "total") : err.msg, count, name);
	json_decref(document);
}

static void filters(void)
{
	json_t *document;

	count_of((struct query_filter){0}, "6", "all crashes");
	count_of((struct query_filter){.signature = first}, "4", "of a signature");
	count_of((struct query_filter){.signature = "none"}, "1", "of none");
	count_of((struct query_filter){.machine = "525400000101"}, "2", "of a machine");
	count_of((struct query_filter){.machine = "52:54:00"}, "6", "of machines");
	count_of((struct query_filter){.release = "6.1.0-18"}, "3", "of a release");
	count_of((struct query_filter){.profile = "LAB"}, "6", "of a profile, case ignored");
	count_of((struct query_filter){.product = "bo"}, "0", "a product is whole");
	count_of((struct query_filter){.taint = "eo"}, "5", "with these taints");
	count_of((struct query_filter){.taint = "P"}, "0", "without");
	count_of((struct query_filter){.module = "labmod"}, "5", "with a module");
	count_of((struct query_filter){.module = "lab"}, "0", "a module's name is whole");
	count_of((struct query_filter){.class = "null pointer dereference"}, "5", "of a class");
	count_of((struct query_filter){.state = "new"}, "1", "of groups in a state");
	document =
	    query_crashes(&err, &query, &(struct query_filter){.state = "known", .limit = 1});
	is_num((long long)json_array_size(json_object_get(document, "crashes")), 1,
	    "… a part of them");
	json_decref(document);
	document = query_crashes(&err, &query, &(struct query_filter){.offset = 1, .limit = 2});
	is_num(
	    (long long)json_array_size(json_object_get(document, "crashes")), 2, "a part of them");
	is(at(document, "crashes.0.mac"), "52:54:00:00:01:04", "newest first");
	is(at(document, "crashes.0.channels"), "http", "with its channels");
	is(at(document, "crashes.0.taint"), "G           OE", "with its taint");
	is(at(document, "crashes.0.state"), "captured", "with its state");
	json_decref(document);
}

static void searches(void)
{
	count_of((struct query_filter){.search = "lab_one"}, "4", "a function is found");
	count_of((struct query_filter){.search = "LAB_CALLER.isra.0 vfs_write"}, "5",
	    "frames are found");
	count_of((struct query_filter){.search = "deadbeef"}, "0", "a part of a value is not");
	count_of((struct query_filter){.search = "00000000deadbeef"}, "5", "a register's value is");
	count_of((struct query_filter){.search = "ffff8880*"}, "5", "its beginning is");
	count_of((struct query_filter){.search = "vfs_write+0xb1/0x2c0"}, "5",
	    "words in a row are found");
	count_of(
	    (struct query_filter){.search = "vfs_write+0xb1/0x2c1"}, "0", "other words are not");
	count_of((struct query_filter){.search = "stop"}, "5", "a full stop is no part of a word");
	count_of((struct query_filter){.search = "9.000003"}, "0", "times are not searched");
	count_of((struct query_filter){.search = "SMP"}, "0",
	    "the log before the report is not searched");
	count_of((struct query_filter){.search = "lab_one", .signature = second}, "0",
	    "with a signature");
	/* nothing of it is an operator, and nothing an error */
	count_of((struct query_filter){.search = "lab_one OR lab_two"}, "0", "OR is a word");
	count_of(
	    (struct query_filter){.search = "NOT NEAR( \"lab_one"}, "0", "a quote is no operator");
	count_of((struct query_filter){.search = "title:lab_one"}, "0", "a column is no operator");
	count_of((struct query_filter){.search = "lab_one' ; -- )"}, "4", "nor are other signs");
	count_of((struct query_filter){.search = "^ + - ( ) \" *"}, "6", "signs alone find all");
	count_of((struct query_filter){.search = "\xff\xfe lab_one"}, "4",
	    "bytes that are no text are no words");
	count_of((struct query_filter){.search = "a*"},
	    "search: at most 4 words with *, each with 2 letters or more before it",
	    "a beginning of one letter is refused");
	count_of((struct query_filter){.search = "a b c d e f g h i j k l m n o p q"},
	    "search: at most 16 words, together 512 letters", "too many words are refused");
}

/* --- what people say --------------------------------------------------------------------------------- */

static void state_of(const char *signature, const char *state, const char *name)
{
	json_t *group = query_group(&err, &query, signature);

	is(group ? at(group, "state") : err.msg, state, name);
	json_decref(group);
}

static void states(void)
{
	json_t *document;

	say(first, "tag", "network");
	say(first, "note", "see <b>\xff</b> ticket");
	say(first, "mute", "2099-01-01T00:00:00.000Z");
	store_index();
	state_of(first, "muted", "muted");
	document = groups((struct query_filter){.tag = "network"});
	is(at(document, "total"), "1", "groups of a tag");
	json_decref(document);
	document = query_group(&err, &query, first);
	is(at(document, "notes.0.text"), "see <b>\xef\xbf\xbd</b> ticket", "a note is any text");
	is(at(document, "history.0.what"), "mute", "the newest of the history is first");
	is(at(document, "history.1.by"), "ann", "who said it");
	json_decref(document);
	say(first, "fixed", "6.1.0-30");
	store_index();
	state_of(first, "muted", "muted counts before fixed");
	say(first, "mute", "");
	store_index();
	state_of(first, "fixed", "fixed");
	/* a machine that boots the fix, or something later, after that was said, and crashes so */
	query.now_ms += 3 * day;
	crash(9, 0.5, "lab_one", "6.1.0-29");
	store_index();
	state_of(first, "fixed", "an older release does not show that the fix fails");
	crash(9, 0.2, "lab_one", "6.1.0-100");
	store_index();
	state_of(first, "regressed", "a later one does");
	is_missing(
	    query_group(&err, &query, "0123456789abcdef"), "an unknown signature is missing");
	query.missing = 0;
}

static void merged(void)
{
	json_t *document;

	say(second, "duplicate", first);
	store_index();
	document = groups((struct query_filter){0});
	is(at(document, "total"), "2", "a duplicate is in the other's group");
	is(at(document, "groups.0.signature"), first, "… which has its own signature");
	is(at(document, "groups.0.title"), "NULL pointer dereference in lab_one", "… and title");
	is(at(document, "groups.0.count"), "7", "… and all crashes");
	is(at(document, "groups.0.duplicates.0"), second, "… and says so");
	json_decref(document);
	count_of((struct query_filter){.signature = second}, "7",
	    "the crashes of either are those of both");
	document = query_group(&err, &query, second);
	is(document ? at(document, "signature") : "", first, "a duplicate's group is the other's");
	json_decref(document);
	say(second, "duplicate", "");
	store_index();
	document = groups((struct query_filter){0});
	is(at(document, "total"), "3", "until that is taken back");
	json_decref(document);
}

/* --- rates ------------------------------------------------------------------------------------------- */

/* The row of a value. */
static const json_t *row_of(const json_t *rates, const char *value)
{
	const json_t *rows = json_object_get(rates, "rows");

	for (size_t i = 0; i < json_array_size(rows); i++)
		if (strcmp(at(json_array_get(rows, i), "value"), value) == 0)
			return json_array_get(rows, i);
	return NULL;
}

static void rates(void)
{
	json_t *document;
	const json_t *row;

	/* machine 20 runs a release for 1,000 days that never crashes */
	store_event(query.now_ms - 1000 * day, "armed",
	    store_session(20, query.now_ms - 1000 * day), "release=6.1.0-99");
	store_index();
	document = query_sessions(&err, &query, &(struct query_list){.mac = "52:54:00:00:01:14"});
	is(at(document, "sessions.0.release"), "6.1.0-99", "a session's release without a crash");
	json_decref(document);
	document = have(query_rates(&err, &query, "release", &(struct query_filter){0}), "rates");
	is(at(document, "total.crashes"), "8", "all crashes count");
	row = row_of(document, "6.1.0-99");
	is(at(row, "machine_days"), "1000.0", "a session that still runs counts until now");
	is(at(row, "crashes"), "0", "it has none");
	is(at(row, "evidence"), "fewer", "… which is evidence");
	ok(fabs(atof(at(row, "high")) - 3.6889) < 0.001, "the interval of none in 1,000 days");
	row = row_of(document, "6.1.0-18");
	/* (of machine 1 the next boot is half a day after the first, which so has ended) */
	ok(fabs(atof(at(row, "machine_days")) - 2.5) < 0.001,
	    "three boots, until death or the next boot");
	is(at(row, "evidence"), "more", "a release that crashes daily");
	json_decref(document);
	document =
	    query_rates(&err, &query, "release", &(struct query_filter){.release = "6.1.0-99"});
	is(at(document, "total.machines"), "1", "of one release");
	is(at(document, "rows.0.expected"), "", "without others nothing is expected");
	json_decref(document);
	document = query_rates(&err, &query, "product", &(struct query_filter){.signature = first});
	is(at(document, "total.crashes"), "6", "of one signature");
	json_decref(document);
	document = query_rates(
	    &err, &query, "release", &(struct query_filter){.since_ms = query.now_ms - 10 * day});
	is(at(row_of(document, "6.1.0-99"), "machine_days"), "10.0", "a window");
	json_decref(document);
	is_missing(
	    query_rates(&err, &query, "colour", &(struct query_filter){0}), "rates by nothing");
	query.missing = 0;
}

static void common(void)
{
	json_t *group = have(query_group(&err, &query, first), "one group");

	is(at(group, "rates.by"), "release", "a group has its rates");
	is(at(group, "concentration.crashes"), "6", "a group's concentration");
	is(at(group, "crashes.0.signature"), first, "a group has its crashes");
	json_decref(group);
	group = have(query_overview(&err, &query), "the overview");
	is(at(group, "deaths.crashes.0.signature"), first, "the newest death");
	is(at(group, "rising.groups.0.state"), "regressed", "what came back is first");
	is(at(group, "channels.0.name"), "http", "channels");
	is(at(group, "channels.0.of"), "5", "… of the last 30 days");
	is(at(group, "collector.running"), "false", "no collector runs");
	is(at(group, "fleet.machines"), "7", "the fleet");
	json_decref(group);
}

/* All documents as one text, to compare. */
static char *everything(void)
{
	json_t *all = json_array();
	char *text;

	json_array_append_new(all, groups((struct query_filter){0}));
	json_array_append_new(all, query_crashes(&err, &query, &(struct query_filter){0}));
	json_array_append_new(all, query_group(&err, &query, first));
	json_array_append_new(
	    all, query_crashes(&err, &query, &(struct query_filter){.search = "vfs_write"}));
	text = json_dumps(all, 0);
	json_decref(all);
	return text;
}

static void again(const char *pruned)
{
	char *before = everything(), *after;

	db_close(query.db);
	query.db = NULL;
	ok(db_remove(&err, query.state) == 0, "the index is removed");
	store_index();
	after = everything();
	is(after, before, "an index made again gives the same answers");
	free(before);
	free(after);
	store_event(query.now_ms, "pruned", pruned, "why=age bytes=1 crash=1");
	store_index();
	count_of((struct query_filter){0}, "7", "a pruned crash is gone");
	count_of((struct query_filter){.search = "vfs_write"}, "6", "… from searches too");
}

int main(void)
{
	char pruned[SESSION_ID_MAX + 1];
	const char *id;

	store_make();
	query.now_ms = noon + 200 * day + 12 * 3600 * 1000;
	snprintf(pruned, sizeof(pruned), "%s", crash(1, 30, "lab_one", "6.1.0-9"));
	crash(2, 20, "lab_one", "6.1.0-9");
	crash(1, 30.5, "lab_one", "6.1.0-18");
	crash(3, 0.1, "lab_one", "6.1.0-18");
	crash(4, 3, "lab_two", "6.1.0-18");
	id = store_session(5, query.now_ms - 60 * day);
	store_boot(id, query.now_ms - 60 * day);
	store_event(query.now_ms - 59 * day, "died", id, "line=BUG");
	store_index();
	lists();
	filters();
	searches();
	states();
	merged();
	rates();
	common();
	again(pruned);
	db_close(query.db);
	return tap_done();
}
