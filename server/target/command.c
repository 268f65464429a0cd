/* SPDX-License-Identifier: MIT */
/*
 * command: the driver that runs the shell commands of the configuration. They have the target in their
 * environment (LASTWORDS_TARGET, LASTWORDS_MAC), and a time limit.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mac.h"
#include "base/program.h"
#include "driver.h"

enum { COMMAND_OUTPUT_MAX = 4096, COMMAND_STATUS_SECONDS = 30 };

/* 0, or -1: err has the last line that it printed. */
static int command_run(struct err *err, const struct config_target *target, const char *name,
    const char *command, int seconds, struct program_text *out)
{
	char *const argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
	char text[COMMAND_OUTPUT_MAX], last[160], mac[18];
	char name_pair[PROFILE_NAME_MAX + 32], mac_pair[64];
	char *const env[] = {name_pair, mac_pair, NULL};
	struct program_text complaint = {.text = text, .size = sizeof(text)};
	struct program program = {.argv = argv,
	    .env = env,
	    .input = -1,
	    .timeout_ms = seconds * 1000,
	    .out = out,
	    .err = &complaint};

	mac_format(target->address, mac);
	snprintf(name_pair, sizeof(name_pair), "LASTWORDS_TARGET=%s", target->name);
	snprintf(mac_pair, sizeof(mac_pair), "LASTWORDS_MAC=%s", mac);
	if (program_run(err, &program))
		return -1;
	if (program.exit_code == 0)
		return 0;
	driver_last_line(complaint.len ? text : out->text, last, sizeof(last));
	return err_set(
	    err, "the command for %s: %s%s%s", name, program.how, last[0] ? ": " : "", last);
}

static int command_status(struct err *err, struct driver_call *driver, enum target_power *power)
{
	const struct config_target *target = driver->target;
	char text[COMMAND_OUTPUT_MAX], last[40];
	struct program_text out = {.text = text, .size = sizeof(text)};
	int seconds = target->wait < COMMAND_STATUS_SECONDS ? target->wait : COMMAND_STATUS_SECONDS;

	if (command_run(err, target, "status", target->status, seconds, &out))
		return -1;
	text[strcspn(text, "\r\n")] = '\0';
	driver_last_line(text, last, sizeof(last));
	if (strcasecmp(last, "on") != 0 && strcasecmp(last, "off") != 0)
		return err_set(err,
		    "the command for status printed \"%s\" first; it must print on or off", last);
	*power = strcasecmp(last, "on") == 0 ? TARGET_POWER_ON : TARGET_POWER_OFF;
	return 0;
}

static enum driver_result command_act(
    struct err *err, struct driver_call *driver, enum target_action action)
{
	const struct config_target *target = driver->target;
	const char *const commands[TARGET_ACTIONS] = {
	    [TARGET_ON] = target->on,
	    [TARGET_OFF] = target->off,
	    [TARGET_RESET] = target->reset,
	    [TARGET_NMI] = target->nmi,
	    [TARGET_PXE] = target->pxe,
	};
	const char *name = target_action_name(action);
	char text[COMMAND_OUTPUT_MAX];
	struct program_text out = {.text = text, .size = sizeof(text)};

	if (!commands[action] || !commands[action][0]) {
		err_set(err, "it has no command for %s; add %s = \"…\" to its section", name, name);
		return DRIVER_CANNOT;
	}
	return command_run(err, target, name, commands[action], target->wait, &out) ? DRIVER_FAILED
										    : DRIVER_DONE;
}

const struct driver driver_command = {.status = command_status, .act = command_act};
