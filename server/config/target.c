/* SPDX-License-Identifier: MIT */
/* target: the targets of a configuration: how their keys fit each other, and finding one. Pure. */
#include <string.h>

#include "base/mac.h"
#include "keys.h"

static const struct {
	const char *name, *needs, *example;
} drivers[] = {
    [DRIVER_IPMI] = {"ipmi", "host", "10.77.1.1"},
    [DRIVER_REDFISH] = {"redfish", "url", "https://10.77.1.1"},
    [DRIVER_QEMU] = {"qemu", NULL, NULL},
    [DRIVER_COMMAND] = {"command", "status", "prints on or off"},
};

static int target_given(const struct config_target *target, const char *name)
{
	return target->at.key_line[config_section_find(&target->at, name) - target->at.keys] != 0;
}

const struct config_target *config_target(const struct config *config, const char *name)
{
	uint8_t wanted[6];
	struct err ignored;
	int is_mac = mac_parse(&ignored, name, wanted) == 0;

	for (size_t i = 0; i < config->target_count; i++) {
		const struct config_target *target = &config->targets[i];

		if (strcmp(target->name, name) == 0 ||
		    (is_mac && memcmp(target->address, wanted, 6) == 0))
			return target;
	}
	return NULL;
}

int config_target_has_console(const struct config_target *target)
{
	return target->sol || target->console[0];
}

static int target_agrees(
    struct err *err, const struct config *config, const struct config_target *target)
{
	const char *needs = drivers[target->driver].needs;

	if (needs && !target_given(target, needs))
		return config_fail(err, config, target->at.line,
		    "target \"%s\": driver %s needs %s; add %s = \"…\" (%s)", target->name,
		    drivers[target->driver].name, needs, needs, drivers[target->driver].example);
	if (target->sol && !target->console[0] &&
	    (target->driver == DRIVER_COMMAND ||
		(target->driver == DRIVER_REDFISH && !target->host[0])))
		return config_fail(err, config, config_line(&target->at, "sol"),
		    "target \"%s\": driver %s has no console of its own; add console = \"…\"%s",
		    target->name, drivers[target->driver].name,
		    target->driver == DRIVER_REDFISH ? ", or host for serial-over-LAN" : "");
	return 0;
}

/* Each has a MAC, and none has that of one before it. */
static int target_macs(struct err *err, const struct config *config)
{
	for (size_t i = 0; i < config->target_count; i++) {
		struct config_target *target = &config->targets[i];

		if (!target->mac)
			return config_fail(err, config, target->at.line,
			    "target \"%s\": no mac; add mac = \"52:54:00:aa:00:01\"", target->name);
		if (mac_parse(err, target->mac, target->address))
			return -1; /* never: the key was checked */
		for (size_t j = 0; j < i; j++)
			if (memcmp(config->targets[j].address, target->address, 6) == 0)
				return config_fail(err, config, config_line(&target->at, "mac"),
				    "target \"%s\": target \"%s\" has this mac too; remove one",
				    target->name, config->targets[j].name);
	}
	return 0;
}

int config_targets_agree(struct err *err, const struct config *config)
{
	if (target_macs(err, config))
		return -1;
	for (size_t i = 0; i < config->target_count; i++)
		if (target_agrees(err, config, &config->targets[i]))
			return -1;
	return 0;
}
