/* SPDX-License-Identifier: MIT */
/* power: the parts of `lastwords power`: the list of all targets, and what an NMI led to. */
#ifndef LASTWORDS_CLI_POWER_H
#define LASTWORDS_CLI_POWER_H

#include "cli/screen/screen.h"
#include "config/config.h"
#include "store/journal.h"
#include "target/target.h"

/* Prints every target with its power, asked for in parallel. 1 if there are any and all have answered, else 0; -1. */
int power_list(struct err *err, const struct screen *screen, const struct config *config, int json);

enum power_outcome {
	OUTCOME_STORED, /* a kernel log was uploaded */
	OUTCOME_SENT, /* HTTP did not take it, and it was sent by UDP */
	OUTCOME_BOOTED, /* the machine has asked for its next boot without an upload */
	OUTCOME_NOTHING, /* neither in time */
};

/* What an NMI led to, according to the journal. */
struct power_watch {
	const struct config *config;
	const struct config_target *target;
	struct journal_pos pos;
	int64_t begin; /* clock_monotonic() */
	int seconds; /* the limit */
	int silent; /* 1: no progress on standard error */
	char state[16], why[256]; /* the newest session's before it; "" without a session */
	enum power_outcome outcome;
	char session[SESSION_ID_MAX + 1]; /* of the upload */
	uint64_t bytes;
	int64_t ms; /* from begin to the upload, or to the end */
};

/* Before the NMI: where the journal ends, and whether an upload can be expected. seconds 0: the deadline
 * of the session's profile, or 30 s if the machine is not armed. 0/-1. */
int power_watch_begin(struct err *err, struct power_watch *watch, int seconds);
/* After it: waits for the outcome. 0/-1. */
int power_watch_end(struct err *err, struct power_watch *watch);

#endif
