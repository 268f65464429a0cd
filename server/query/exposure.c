/* SPDX-License-Identifier: MIT */
/* exposure: for how long machines ran; see exposure.h. */
#include "exposure.h"

#include <stdio.h>
#include <string.h>

#include "session/session.h"

#define EXPOSURE_DAY_MS 86400000.0

double exposure_days(
    const struct db_exposure *exposure, int64_t since_ms, int64_t until_ms, int64_t now_ms)
{
	int64_t from = exposure->up_ms, to = exposure->end_ms ? exposure->end_ms : now_ms;

	if (until_ms && to > until_ms)
		to = until_ms;
	if (to > now_ms)
		to = now_ms;
	if (from < since_ms)
		from = since_ms;
	return to > from ? (double)(to - from) / EXPOSURE_DAY_MS : 0;
}

struct exposure_gathering {
	int64_t now_ms;
	char mac[18], kernel[128], product[128], profile[PROFILE_NAME_MAX + 1];
	double days;
	int (*got)(void *arg, const struct exposure_machine *machine);
	void *arg;
	int ended; /* got has said so */
};

static void exposure_give(struct exposure_gathering *to)
{
	const struct exposure_machine machine = {
	    .kernel = to->kernel, .product = to->product, .profile = to->profile, .days = to->days};

	if (to->mac[0] && !to->ended)
		to->ended = to->got(to->arg, &machine) != 0;
}

/* (of one machine by the time it came up: the last is the newest) */
static int exposure_session(void *arg, const struct db_exposure *exposure)
{
	struct exposure_gathering *to = arg;

	if (strcmp(to->mac, exposure->mac) != 0) {
		exposure_give(to);
		snprintf(to->mac, sizeof(to->mac), "%s", exposure->mac);
		to->days = 0;
	}
	to->days += exposure_days(exposure, 0, 0, to->now_ms);
	snprintf(to->kernel, sizeof(to->kernel), "%s", exposure->kernel);
	snprintf(to->product, sizeof(to->product), "%s", exposure->product);
	snprintf(to->profile, sizeof(to->profile), "%s", exposure->profile);
	return to->ended;
}

int exposure_machines(struct err *err, struct query *query,
    int (*got)(void *arg, const struct exposure_machine *machine), void *arg)
{
	struct exposure_gathering to = {.now_ms = query->now_ms, .got = got, .arg = arg};

	if (db_exposure(err, query->db, exposure_session, &to) < 0)
		return -1;
	exposure_give(&to);
	return 0;
}
