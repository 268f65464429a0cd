/* SPDX-License-Identifier: MIT */
/* harvest: when the records of pstore are read and sent; see harvest.h. */
#include "harvest.h"

#include <string.h>

#include "backend.h"

void harvest_init(struct harvest *harvest)
{
	memset(harvest, 0, sizeof(*harvest));
	harvest->pstore.dir = -1;
	harvest->look_at = harvest->send_at = -1;
}

static void harvest_read(struct harvest *harvest, const struct sys *sys)
{
	backend_read(&harvest->pstore, sys);
	if (harvest->pstore.left > 0)
		sys_log(sys->kmsg, 4, "pstore: too much for one boot, %zu records stay",
		    harvest->pstore.left);
}

void harvest_begin(struct harvest *harvest, const struct modules *modules, const struct sys *sys,
    const char *cmdline)
{
	backend_load(modules, sys, cmdline);
	if (backend_is_loaded(sys))
		harvest_read(harvest, sys);
	else
		harvest->look_at = sys_now() + HARVEST_LOOK_MS;
}

void harvest_drop(struct harvest *harvest)
{
	pstore_free(&harvest->pstore);
	harvest->look_at = harvest->send_at = -1;
}

void harvest_look(struct harvest *harvest, const struct sys *sys, int acknowledged, int64_t now)
{
	if (harvest->look_at < 0 || now < harvest->look_at)
		return;
	harvest->look_at = -1;
	if (backend_is_loaded(sys)) {
		harvest_read(harvest, sys);
		if (harvest->pstore.count > 0 && acknowledged)
			harvest->send_at = now;
	} else if (now < HARVEST_LOOK_END_MS) {
		harvest->look_at = now + HARVEST_LOOK_MS;
	}
}

int harvest_is_due(struct harvest *harvest, int64_t now)
{
	if (harvest->send_at < 0 || now < harvest->send_at)
		return 0;
	harvest->send_at = -1;
	return 1;
}

void harvest_sent(struct harvest *harvest, const struct sys *sys)
{
	harvest->send_at = -1;
	if (harvest->pstore.count > 0)
		sys_log(sys->kmsg, 5, "pstore: %u of the boot before, sent and removed",
		    harvest->pstore.crashes);
	pstore_free(&harvest->pstore);
}

void harvest_failed(struct harvest *harvest, const struct sys *sys, const char *why, int64_t now)
{
	if (harvest->tries++ == 0)
		sys_log(sys->kmsg, 4, "%s; trying again", why);
	harvest->send_at = harvest->tries < HARVEST_TRIES ? now + HARVEST_SEND_MS : -1;
}

int64_t harvest_wake(const struct harvest *harvest)
{
	if (harvest->send_at < 0 || (harvest->look_at >= 0 && harvest->look_at < harvest->send_at))
		return harvest->look_at;
	return harvest->send_at;
}
