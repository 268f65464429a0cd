/* SPDX-License-Identifier: MIT */
/* exposure: for how long machines ran; see exposure.h. */
#include "exposure.h"

#include <string.h>

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

static void exposure_copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

void exposure_end(struct exposure_machines *machines)
{
	const struct exposure_machine machine = {.kernel = machines->kernel,
	    .product = machines->product,
	    .profile = machines->profile,
	    .days = machines->days};

	if (machines->mac[0])
		machines->got(machines->arg, &machine);
}

/* (of one machine by the time it came up: the last is the newest) */
void exposure_take(struct exposure_machines *machines, const struct db_exposure *exposure)
{
	if (strcmp(machines->mac, exposure->mac) != 0) {
		exposure_end(machines);
		exposure_copy(machines->mac, sizeof(machines->mac), exposure->mac);
		machines->days = 0;
	}
	machines->days += exposure_days(exposure, 0, 0, machines->now_ms);
	exposure_copy(machines->kernel, sizeof(machines->kernel), exposure->kernel);
	exposure_copy(machines->product, sizeof(machines->product), exposure->product);
	exposure_copy(machines->profile, sizeof(machines->profile), exposure->profile);
}
