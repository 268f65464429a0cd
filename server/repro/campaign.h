/* SPDX-License-Identifier: MIT */
/*
 * campaign: the options of a `lastwords repro` or `lastwords bisect`, and the runs that it has made. All of it is in
 * the journal, so a campaign whose process was killed can be resumed (campaign_load):
 *
 *   campaign  campaign=ID what=begun KEY=VALUE…     the options, as on the command line
 *   campaign  campaign=ID what=resumed KEY=VALUE…   the same; they replace those before
 *   campaign  campaign=ID what=ended why=…          can be resumed as well, with more runs for example
 *   run       campaign=ID number=N target=NAME verdict=… [why=…] [session=…] [seconds=…, with 3 decimals]
 *             [title=…] [signature=…] [channels=…] [candidate=…] [took=ms]
 *
 * A run that was under way when the process was killed is not in it, and is not counted.
 */
#ifndef LASTWORDS_REPRO_CAMPAIGN_H
#define LASTWORDS_REPRO_CAMPAIGN_H

#include <stddef.h>

#include "base/err.h"
#include "base/kv.h"
#include "rate.h"
#include "run.h"

/* The options; campaign_keys[] has their names, which are also those of the command line. */
enum campaign_key {
	CAMPAIGN_TARGET,
	CAMPAIGN_PROFILE,
	CAMPAIGN_RUNS,
	CAMPAIGN_TRIGGER,
	CAMPAIGN_SCRIPT,
	CAMPAIGN_AFTER,
	CAMPAIGN_TIMEOUT,
	CAMPAIGN_BOOT_TIMEOUT,
	CAMPAIGN_EXPECT,
	CAMPAIGN_STOP_AFTER,
	CAMPAIGN_WIDTH,
	CAMPAIGN_RATE,
	/* of a bisection only */
	CAMPAIGN_GOOD,
	CAMPAIGN_BAD,
	CAMPAIGN_IMAGES,
	CAMPAIGN_GIT,
	CAMPAIGN_BUILD,
	CAMPAIGN_BUILD_TIME,
	CAMPAIGN_CONFIRM,
	CAMPAIGN_KEYS,
};
extern const char *const campaign_keys[CAMPAIGN_KEYS];

enum { CAMPAIGN_ID_MAX = 40 };

struct campaign_run {
	char target[PROFILE_NAME_MAX + 1];
	char candidate[64]; /* of a bisection; "" */
	struct run_result result;
};

struct campaign {
	char id[CAMPAIGN_ID_MAX + 1]; /* "": neither begun nor loaded */
	char *text[CAMPAIGN_KEYS]; /* as given, malloc'ed; NULL: default */
	/* parsed by campaign_parse */
	int run_count; /* --runs */
	enum run_trigger trigger;
	char *script; /* its text, malloc'ed, without a NUL at its end; NULL */
	size_t script_len;
	int after, timeout, boot_timeout; /* s */
	int stop_after; /* strikes; 0: no limit */
	double width; /* 0: no limit */
	struct rate expected; /* --rate K/N; none */
	int build_minutes, confirm; /* of a bisection */
	/* what was done */
	struct campaign_run *run;
	size_t runs, room;
};

void campaign_init(struct campaign *campaign);
void campaign_free(struct campaign *campaign);
/* 0, or -1: out of memory. */
int campaign_set(
    struct err *err, struct campaign *campaign, enum campaign_key key, const char *text);
/* 1 if it is a bisection: it has images or a repository. */
int campaign_is_bisection(const struct campaign *campaign);
/* The texts into the fields that follow them, with defaults. 0/-1. */
int campaign_parse(struct err *err, struct campaign *campaign);

/* Writes its beginning: a new campaign gets an id, one that was loaded is resumed. 0/-1. */
int campaign_begin(struct err *err, struct campaign *campaign, const char *state);
int campaign_end(
    struct err *err, const struct campaign *campaign, const char *state, const char *why);
/* Appends the run to the list, and to the journal. 0/-1. */
int campaign_add(
    struct err *err, struct campaign *campaign, const char *state, const struct campaign_run *run);
/* Takes one event of a campaign whose id is set: its options (the result is 1), a run; of others nothing. 0, or
 * -1: out of memory. Then campaign_parse, if any were options. */
int campaign_take(
    struct err *err, struct campaign *campaign, const char *event, const struct kv *kv);
/* Reads a campaign from the journal into an initialised one. 0, or -1: also if the journal has
 * no campaign with that id. */
int campaign_load(struct err *err, struct campaign *campaign, const char *state, const char *id);

/* The plan of its runs. */
struct run_plan campaign_plan(const struct campaign *campaign);
/* Counts runs with verdicts; candidate NULL: all. */
struct rate campaign_rate(const struct campaign *campaign, const char *candidate);
size_t campaign_count(const struct campaign *campaign, enum verdict verdict);

#endif
