/* SPDX-License-Identifier: MIT */
/*
 * target: lock, pause, confirmation by status, journal; see target.h. What a BMC is and how it is reached
 * is the drivers' (driver.h).
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mac.h"
#include "driver.h"
#include "store/journal.h"
#include "store/layout.h"

enum {
	TARGET_POLL_MS = 200, /* between two looks at a target without a pause */
	TARGET_ASK_MS = 60000, /* what a call may take before it is seen in the status */
	TARGET_LOOK_MS = 10000, /* how long a look waits for another call to end */
	TARGET_LOST_MS = 10000, /* how long a change may need that was not acknowledged */
	TARGET_OFF_MS = 1000, /* without power, at least, in a cycle */
};

static const char *const action_names[] = {
    [TARGET_STATUS] = "status",
    [TARGET_ON] = "on",
    [TARGET_OFF] = "off",
    [TARGET_CYCLE] = "cycle",
    [TARGET_RESET] = "reset",
    [TARGET_NMI] = "nmi",
    [TARGET_PXE] = "pxe",
};

static const struct driver *const drivers[] = {
    [DRIVER_IPMI] = &driver_ipmi,
    [DRIVER_REDFISH] = &driver_redfish,
    [DRIVER_QEMU] = &driver_qemu,
    [DRIVER_COMMAND] = &driver_command,
};

/* One target_do. */
struct switching {
	struct driver_call driver;
	const struct driver *methods;
	struct target_reply *reply;
	char dir[FILE_PATH_MAX];
	int lock; /* its time of change: when the last call to the BMC ended */
};

const char *target_action_name(enum target_action action)
{
	return action < TARGET_ACTIONS ? action_names[action] : NULL;
}

int target_action_parse(struct err *err, const char *name, enum target_action *action)
{
	for (int i = 0; i < TARGET_ACTIONS; i++)
		if (strcmp(name, action_names[i]) == 0) {
			*action = (enum target_action)i;
			return 0;
		}
	return err_set(err,
	    "unknown action \"%.20s\"; it must be on, off, cycle, reset, nmi, status or pxe", name);
}

const char *target_power_name(enum target_power power)
{
	return power == TARGET_POWER_ON ? "on" : power == TARGET_POWER_OFF ? "off" : "unknown";
}

const char *target_result_name(enum target_result result)
{
	return result == TARGET_DONE ? "done" : result == TARGET_REFUSED ? "refused" : "failed";
}

/* --- lock and pause ---------------------------------------------------------------------------------- */

/* How long to wait for another call: a look does not wait for a whole change. */
static int64_t switching_patience(const struct config_target *target, enum target_action action)
{
	return action == TARGET_STATUS ? TARGET_LOOK_MS
				       : 3 * (int64_t)target->wait * 1000 + TARGET_ASK_MS;
}

static int switching_lock(
    struct err *err, struct switching *s, const char *state, enum target_action action)
{
	const struct config_target *target = s->driver.target;
	const int64_t patience = switching_patience(target, action);
	const int64_t end = clock_monotonic() + patience;
	char name[PROFILE_NAME_MAX + 32];

	snprintf(name, sizeof(name), "targets/%s.lock", target->name);
	while ((s->lock = layout_lock(err, state, name)) < 0) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (clock_monotonic() >= end)
			return err_set(err,
			    "another call to this target has not ended in %lld s; try again later",
			    (long long)patience / 1000);
		clock_pause_us(50000);
	}
	return 0;
}

/* Waits until the BMC has had its pause since the last call to it, by whichever process. */
static void switching_pause(const struct switching *s)
{
	const int64_t pause = (int64_t)s->driver.target->pause * 1000;
	struct stat st;
	int64_t since;

	if (s->methods->hasty || fstat(s->lock, &st) || st.st_size == 0)
		return;
	since = clock_now() - clock_of(&st.st_mtim);
	if (since < 0) /* the clock was set back */
		since = 0;
	if (since < pause)
		clock_pause_us((unsigned)((pause - since) * 1000));
}

/* (A new lock file is empty: then there was no call yet.) */
static void switching_called(const struct switching *s)
{
	if (pwrite(s->lock, "\n", 1, 0) == 1)
		futimens(s->lock, NULL);
}

static int switching_open(
    struct err *err, struct switching *s, const struct config *config, enum target_action action)
{
	if (driver_dir(err, config, s->dir))
		return -1;
	if (mkdir(s->dir, 0750) && errno == ENOENT && layout_make(err, config->state))
		return -1;
	if (mkdir(s->dir, 0750) && errno != EEXIST)
		return err_errno(err, "cannot make %s", s->dir);
	s->driver.dir = s->dir;
	return switching_lock(err, s, config->state, action);
}

/* --- calls ------------------------------------------------------------------------------------------- */

static int switching_status(struct err *err, struct switching *s)
{
	int rc;

	switching_pause(s);
	rc = s->methods->status(err, &s->driver, &s->reply->power);
	if (rc)
		s->reply->power = TARGET_POWER_UNKNOWN;
	memcpy(s->reply->progress, s->driver.progress, sizeof(s->reply->progress));
	switching_called(s);
	return rc;
}

static enum driver_result switching_act(
    struct err *err, struct switching *s, enum target_action action)
{
	enum driver_result result;

	switching_pause(s);
	result = s->methods->act(err, &s->driver, action);
	switching_called(s);
	return result;
}

/* Looks until the power is as wanted; a look that fails may be of a BMC that is busy with it. 0/-1. */
static int switching_confirm(
    struct err *err, struct switching *s, enum target_power wanted, int64_t limit)
{
	const int64_t end = clock_monotonic() + limit;
	struct err last = {""};

	for (;;) {
		int rc = switching_status(&last, s);

		if (rc == 0 && s->reply->power == wanted)
			return 0;
		if (clock_monotonic() >= end)
			return rc ? err_set(err, "not seen %s in %lld s: %s",
					target_power_name(wanted), (long long)limit / 1000,
					last.msg)
				  : err_set(err,
					"not seen %s in %lld s: its status is %s; look at the "
					"machine, or raise wait",
					target_power_name(wanted), (long long)limit / 1000,
					target_power_name(s->reply->power));
		if (s->methods->hasty || !s->driver.target->pause)
			clock_pause_us(TARGET_POLL_MS * 1000);
	}
}

static enum target_result switching_result(enum driver_result result)
{
	return result == DRIVER_DONE     ? TARGET_DONE
	       : result == DRIVER_FAILED ? TARGET_FAILED
					 : TARGET_REFUSED;
}

/* on or off: acknowledged or not, the status decides. */
static enum target_result switching_change(
    struct err *err, struct switching *s, enum target_action action)
{
	enum target_power wanted = action == TARGET_ON ? TARGET_POWER_ON : TARGET_POWER_OFF;
	int64_t limit = (int64_t)s->driver.target->wait * 1000;
	enum driver_result result;
	struct err unseen;

	if (s->reply->power == wanted)
		return TARGET_DONE;
	result = switching_act(err, s, action);
	if (result == DRIVER_CANNOT || result == DRIVER_REFUSED)
		return TARGET_REFUSED;
	if (result == DRIVER_FAILED && limit > TARGET_LOST_MS)
		limit = TARGET_LOST_MS;
	if (switching_confirm(&unseen, s, wanted, limit) == 0)
		return TARGET_DONE;
	if (result == DRIVER_DONE)
		err_set(err, "%s was acknowledged, but %s", action_names[action], unseen.msg);
	return TARGET_FAILED;
}

static enum target_result switching_cycle(struct err *err, struct switching *s)
{
	enum target_result result = switching_change(err, s, TARGET_OFF);

	if (result != TARGET_DONE)
		return result;
	clock_pause_us(TARGET_OFF_MS * 1000);
	return switching_change(err, s, TARGET_ON);
}

/* reset and nmi: nothing shows that they were done but what the machine does then. */
static enum target_result switching_poke(
    struct err *err, struct switching *s, enum target_action action)
{
	enum driver_result result;

	if (s->reply->power == TARGET_POWER_OFF) {
		err_set(err, "it is off; switch it on first");
		return TARGET_REFUSED;
	}
	result = switching_act(err, s, action);
	if (result == DRIVER_CANNOT && action == TARGET_RESET)
		return switching_cycle(err, s);
	s->reply->confirmed = 0;
	return switching_result(result);
}

static enum target_result switching_run(
    struct err *err, struct switching *s, enum target_action action)
{
	enum target_result result;

	if (action == TARGET_PXE) {
		result = switching_result(switching_act(err, s, action));
		s->reply->confirmed = result == TARGET_DONE && s->driver.confirmed;
		return result;
	}
	if (switching_status(err, s))
		return TARGET_FAILED;
	s->reply->confirmed = 1;
	switch (action) {
	case TARGET_STATUS:
		return TARGET_DONE;
	case TARGET_ON:
	case TARGET_OFF:
		result = switching_change(err, s, action);
		break;
	case TARGET_CYCLE:
		result = s->reply->power == TARGET_POWER_OFF ? switching_change(err, s, TARGET_ON)
							     : switching_cycle(err, s);
		break;
	default:
		return switching_poke(err, s, action);
	}
	s->reply->confirmed = result == TARGET_DONE;
	return result;
}

/* --- the whole --------------------------------------------------------------------------------------- */

static void switching_journal(const struct target_call *call, enum target_action action,
    enum target_result result, const struct target_reply *reply, const struct err *why)
{
	char line[JOURNAL_LINE_MAX], mac[18];
	struct kv_out out;
	struct err ignored;

	mac_format(call->target->address, mac);
	journal_begin(&out, line, sizeof(line), clock_now(), "power", NULL);
	kv_out_pair(&out, ' ', "target", call->target->name);
	kv_out_pair(&out, ' ', "mac", mac);
	kv_out_pair(&out, ' ', "action", action_names[action]);
	kv_out_pair(&out, ' ', "result", target_result_name(result));
	if (result != TARGET_DONE)
		kv_out_pair(&out, ' ', "why", why->msg);
	kv_out_pair(&out, ' ', "power", target_power_name(reply->power));
	kv_out_num(&out, ' ', "ms", (unsigned long long)reply->ms);
	kv_out_pair(&out, ' ', "by", call->by);
	/* A full disk is no reason to leave a machine as it is. */
	(void)journal_append(&ignored, call->config->state, &out);
}

static void switching_close(struct switching *s)
{
	if (s->methods->close)
		s->methods->close(&s->driver);
	if (s->lock >= 0)
		close(s->lock);
}

enum target_result target_do(struct err *err, const struct target_call *call,
    enum target_action action, struct target_reply *reply)
{
	struct switching s = {.driver = {.call = call, .target = call->target},
	    .methods = drivers[call->target->driver],
	    .reply = reply,
	    .lock = -1};
	const int64_t begin = clock_monotonic();
	enum target_result result = TARGET_FAILED;

	memset(reply, 0, sizeof(*reply));
	err->msg[0] = '\0';
	if (switching_open(err, &s, call->config, action) == 0)
		result = switching_run(err, &s, action);
	switching_close(&s);
	reply->ms = clock_monotonic() - begin;
	if (action != TARGET_STATUS)
		switching_journal(call, action, result, reply, err);
	return result;
}

int target_holder(struct err *err, const struct config *config, const struct config_target *target,
    char out[TARGET_HOLDER_MAX])
{
	/* (a Redfish BMC's serial-over-LAN is IPMI too) */
	struct switching s = {
	    .driver = {.target = target}, .methods = drivers[DRIVER_IPMI], .lock = -1};
	int rc;

	if (target->driver != DRIVER_IPMI && target->driver != DRIVER_REDFISH)
		return err_set(err, "target %s has no BMC", target->name);
	rc = switching_open(err, &s, config, TARGET_STATUS);
	if (rc == 0) {
		switching_pause(&s);
		rc = s.methods->holder(err, &s.driver, out);
		switching_called(&s);
	}
	switching_close(&s);
	return rc;
}

int target_console(struct err *err, const struct config *config, const struct config_target *target,
    char out[FILE_PATH_MAX])
{
	int n;

	if (target->console[0])
		n = snprintf(out, FILE_PATH_MAX, "%s", target->console);
	else if (target->driver == DRIVER_QEMU)
		n = snprintf(out, FILE_PATH_MAX, "pipe:%s/" LAYOUT_RUN "/targets/%s.console",
		    config->state, target->name);
	else
		n = snprintf(out, FILE_PATH_MAX, "%s",
		    target->driver != DRIVER_COMMAND && target->host[0] ? "sol" : "");
	return n < FILE_PATH_MAX ? 0 : err_set(err, "%s: path too long", config->state);
}
