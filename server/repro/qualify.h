/* SPDX-License-Identifier: MIT */
/*
 * qualify: fire drills on one machine with one profile, and which steps from the crash to the stored log worked:
 * the table that shows whether a card or a board can be trusted. Each round is a run (run.h) that the machine
 * ends by sysrq.
 */
#ifndef LASTWORDS_REPRO_QUALIFY_H
#define LASTWORDS_REPRO_QUALIFY_H

#include "base/kv.h"
#include "run.h"
#include "store/db.h"

/* What one drill has shown. Times in seconds; below 0: unknown. */
struct qualify_round {
	struct run_result run;
	int armed, stored; /* 0, 1 */
	double store; /* from the crash to the stored log */
	double link; /* from the capture kernel's first program to the card's link */
	long long free_kb, total_kb; /* memory as the log was sent; below 0: unknown */
	char driver[24]; /* of the card; "" unknown */
	int http, netconsole, console, pstore; /* lines came that way */
};

struct qualify {
	char profile[PROFILE_NAME_MAX + 1];
	const char *capture, *crashkernel; /* of the profile */
	struct qualify_round *round;
	size_t count; /* at most QUALIFY_ROUNDS_MAX */
};

enum { QUALIFY_ROUNDS_MAX = 1000 };

/* A round of which only the run is known. */
void qualify_unknown(struct qualify_round *round, const struct run_result *run);
/* Reads a run's session from the index and its files. after: seconds from "running" to the crash. 0/-1. */
int qualify_read(struct err *err, const char *state, struct db *db, int after,
    const struct run_result *run, struct qualify_round *round);
/*
 * Takes "nic=eth0 driver=e1000 up=0.80 link=2.14 free=5120 total=19000" apart (session/conf.h), in place.
 * What is missing or invalid is unknown; in the driver's name other bytes than letters, digits and "-_."
 * become '?'. The capture kernel's clock need not begin at 0: link is the difference of its two times. Pure.
 */
void qualify_facts(struct qualify_round *round, char *text);
/* How many rounds stored the log. */
size_t qualify_stored(const struct qualify *qualify);
/* Lines, or one JSON object with its newline. Pure. Text that does not fit sets out->overflow. */
void qualify_text(struct kv_out *out, const struct qualify *qualify);
void qualify_json(struct kv_out *out, const struct qualify *qualify);

#endif
