/* SPDX-License-Identifier: MIT */
/* harvest: when pstore's records are read and sent; see harvest.h. */
#include "harvest.h"

#include <string.h>

#include "backend.h"

void arm_harvest_init(struct arm_harvest *harvest)
{
	memset(harvest, 0, sizeof(*harvest));
	harvest->pstore.dir = -1;
	harvest->look_at = harvest->send_at = -1;
}

void arm_harvest_begin(struct arm_harvest *harvest, const struct arm_modules *modules,
    const struct arm_hold *hold, const char *cmdline)
{
	arm_backend_load(modules, hold, cmdline);
	if (arm_backend_is_there(hold))
		arm_pstore_harvest(&harvest->pstore);
	else
		harvest->look_at = arm_now() + ARM_HARVEST_LOOK_MS;
}

void arm_harvest_drop(struct arm_harvest *harvest)
{
	arm_pstore_free(&harvest->pstore);
	harvest->look_at = harvest->send_at = -1;
}

void arm_harvest_look(
    struct arm_harvest *harvest, const struct arm_hold *hold, int acknowledged, int64_t now)
{
	if (harvest->look_at < 0 || now < harvest->look_at)
		return;
	harvest->look_at = -1;
	if (arm_backend_is_there(hold)) {
		arm_pstore_harvest(&harvest->pstore);
		if (harvest->pstore.count > 0 && acknowledged)
			harvest->send_at = now;
	} else if (now < ARM_HARVEST_LOOK_END_MS) {
		harvest->look_at = now + ARM_HARVEST_LOOK_MS;
	}
}

int arm_harvest_is_due(struct arm_harvest *harvest, int64_t now)
{
	if (harvest->send_at < 0 || now < harvest->send_at)
		return 0;
	harvest->send_at = -1;
	return 1;
}

void arm_harvest_called(struct arm_harvest *harvest, const struct arm_hold *hold, int rc, int alone,
    const char *why, int64_t now)
{
	harvest->send_at = -1;
	if (rc == 0 && harvest->pstore.count > 0) {
		arm_say(hold->kmsg, 5, "pstore: %u of the boot before, sent and removed",
		    harvest->pstore.deaths);
		arm_pstore_free(&harvest->pstore);
	} else if (rc > 0 || (rc < 0 && alone)) {
		if (harvest->tries++ == 0)
			arm_say(hold->kmsg, 4, "%s; trying on", why);
		if (harvest->tries < ARM_HARVEST_TRIES)
			harvest->send_at = now + ARM_HARVEST_SEND_MS;
	}
}

int64_t arm_harvest_wake(const struct arm_harvest *harvest)
{
	if (harvest->send_at < 0 || (harvest->look_at >= 0 && harvest->look_at < harvest->send_at))
		return harvest->look_at;
	return harvest->send_at;
}
