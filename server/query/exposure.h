/* SPDX-License-Identifier: MIT */
/* exposure: for how long machines ran, in days (query.h, EXPOSURE). Private to this room. */
#ifndef LASTWORDS_QUERY_EXPOSURE_H
#define LASTWORDS_QUERY_EXPOSURE_H

#include "query.h"

#define EXPOSURE_DAY_MS 86400000.0

/* The time of a session within a window; until_ms 0: until now, which it never is beyond. */
int64_t exposure_ms(
    const struct db_exposure *exposure, int64_t since_ms, int64_t until_ms, int64_t now_ms);

/* A machine that came up at least once. */
struct exposure_machine {
	size_t kind; /* of its newest session that came up (db_exposure.kind) */
	double days;
};

/* Sessions to machines: exposure_take of each, in db_exposure's order, then exposure_end. */
struct exposure_machines {
	int64_t now_ms;
	void (*got)(void *arg, const struct exposure_machine *machine);
	void *arg;
	/* private: the machine so far */
	char mac[18];
	struct exposure_machine machine;
};
void exposure_take(struct exposure_machines *machines, const struct db_exposure *exposure);
void exposure_end(struct exposure_machines *machines);

#endif
