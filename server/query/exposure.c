/* SPDX-License-Identifier: MIT */
/* exposure: for how long machines ran; see exposure.h. */
#include "exposure.h"

#include <stdio.h>
#include <string.h>

int64_t exposure_ms(
    const struct db_exposure *exposure, int64_t since_ms, int64_t until_ms, int64_t now_ms)
{
	int64_t from = exposure->up_ms, to = exposure->end_ms ? exposure->end_ms : now_ms;

	if (until_ms && to > until_ms)
		to = until_ms;
	if (to > now_ms)
		to = now_ms;
	if (from < since_ms)
		from = since_ms;
	return to > from ? to - from : 0;
}

void exposure_end(struct exposure_machines *machines)
{
	if (machines->mac[0])
		machines->got(machines->arg, &machines->machine);
}

/* (of one machine by the time it came up: the last is the newest) */
void exposure_take(struct exposure_machines *machines, const struct db_exposure *exposure)
{
	if (strcmp(machines->mac, exposure->mac) != 0) {
		exposure_end(machines);
		snprintf(machines->mac, sizeof(machines->mac), "%s", exposure->mac);
		machines->machine.days = 0;
	}
	machines->machine.kind = exposure->kind;
	machines->machine.days +=
	    (double)exposure_ms(exposure, 0, 0, machines->now_ms) / EXPOSURE_DAY_MS;
}
