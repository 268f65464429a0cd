/* SPDX-License-Identifier: MIT */
/* run: one boot of one target; see run.h. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "boot/override.h"
#include "news.h"
#include "record/record.h"
#include "store/layout.h"
#include "target/target.h"

enum {
	RUN_POLL_US = 100000,
	RUN_OFF_US = 1000000, /* without power, at least */
	RUN_UPLOAD_MS = 180000, /* from "died" to the upload, at most */
	RUN_RECORD_MS = 60000, /* from the last news to the record */
	RUN_AUTOPSY_MS =
	    20000, /* from the upload to the autopsy, where the log names no function */
	RUN_AGAIN_MS = 5000, /* from the next boot to what pstore had */
	RUN_SCRIPT_MS = 5000, /* a crash may follow the script's end */
};

static const char *const triggers[RUN_TRIGGERS] = {
    [RUN_TRIGGER_NONE] = "none",
    [RUN_TRIGGER_SYSRQ] = "sysrq",
    [RUN_TRIGGER_NMI] = "nmi",
    [RUN_TRIGGER_SCRIPT] = "script",
};

const char *run_trigger_name(enum run_trigger trigger)
{
	return triggers[trigger];
}

char *run_kind_script(const char *kind, int after)
{
	static const char form[] =
	    "#!/bin/sh\n"
	    "at=/sys/kernel/debug/provoke-crash/DIRECT\n"
	    "[ -e \"$at\" ] || modprobe lkdtm 2>/dev/null\n"
	    "[ -e \"$at\" ] || mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null\n"
	    "[ -e \"$at\" ] || { echo \"no lkdtm in this kernel\" >&2; exit 127; }\n"
	    "sleep %d\n"
	    "echo %s >\"$at\" || exit 126\n";
	char *text;

	if (!kind[0] || kind[strspn(kind, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ||
	    asprintf(&text, form, after, kind) < 0)
		return NULL;
	return text;
}

struct run {
	const struct run_plan *plan;
	const char *state;
	struct run_result *result;
	struct news news;
	struct journal_pos pos;
	struct err err;
	int nmi_sent;
};

/* Ends the run without a verdict; the reason is in run->err, with text of the machine perhaps. */
static int run_no_verdict(struct run *run)
{
	run->result->verdict = VERDICT_NONE;
	snprintf(run->result->why, sizeof(run->result->why), "%.*s",
	    (int)sizeof(run->result->why) - 1, run->err.msg);
	for (char *p = run->result->why; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return -1;
}

/* --- beginning ------------------------------------------------------------------------------------- */

static int run_set_override(struct run *run)
{
	const struct run_plan *plan = run->plan;
	struct override override = {.once = 1, .set_ms = clock_now()};

	snprintf(override.profile, sizeof(override.profile), "%s", plan->profile);
	if (plan->image)
		snprintf(override.image, sizeof(override.image), "%s", plan->image);
	if (plan->trigger == RUN_TRIGGER_SYSRQ)
		override.drill = plan->after;
	if (plan->trigger != RUN_TRIGGER_SCRIPT)
		return override_write(&run->err, run->state, plan->target->address, &override);
	override.script = plan->timeout;
	return override_write_script(&run->err, run->state, plan->target->address, &override,
	    plan->script, plan->script_len);
}

static enum target_result run_switch(
    struct run *run, enum target_action action, struct target_reply *reply)
{
	struct target_call call = {
	    .config = run->plan->config, .target = run->plan->target, .by = run->plan->by};

	call.efi = action == TARGET_PXE ? target_boots_efi(call.config, call.target) : -1;
	return target_do(&run->err, &call, action, reply);
}

/*
 * Off first: what the machine did before, a boot after its last crash perhaps, must not use the override up. A
 * target that cannot be switched off is reset. 0, or -1: no verdict.
 */
static int run_begin(struct run *run)
{
	struct target_reply reply;
	enum target_result off = run_switch(run, TARGET_OFF, &reply);

	if (off == TARGET_FAILED || run_set_override(run) ||
	    journal_end(&run->err, run->state, &run->pos))
		return run_no_verdict(run);
	news_init(&run->news, run->plan->target->address, clock_now());
	/* A target that cannot boot from the network for once does so always. */
	if (run_switch(run, TARGET_PXE, &reply) == TARGET_FAILED)
		return run_no_verdict(run);
	clock_pause_us(RUN_OFF_US);
	if (run_switch(run, off == TARGET_DONE ? TARGET_ON : TARGET_RESET, &reply) != TARGET_DONE)
		return run_no_verdict(run);
	return 0;
}

/* --- watching -------------------------------------------------------------------------------------- */

static int run_entry(void *arg, struct journal_entry *entry)
{
	news_feed(arg, entry);
	return 0;
}

/* Waits a little and reads what is new. 0, or -1: no verdict. */
static int run_look(struct run *run)
{
	clock_pause_us(RUN_POLL_US);
	if (journal_read(&run->err, run->state, &run->pos, run_entry, &run->news) < 0)
		return run_no_verdict(run);
	return 0;
}

static int run_never_ran(struct run *run)
{
	const struct news *news = &run->news;

	if (!news->requested_ms)
		err_set(&run->err, "no boot request within %d s", run->plan->boot_timeout);
	else
		err_set(&run->err, "%s, but not running within %d s%s%s",
		    news->armed_ms ? "armed" : "script served", run->plan->boot_timeout,
		    news->why[0] ? ": " : "", news->why);
	return run_no_verdict(run);
}

/* Until "running", or a crash before it. 0, or -1: no verdict. */
static int run_boot(struct run *run)
{
	int64_t end = clock_monotonic() + (int64_t)run->plan->boot_timeout * 1000;
	const struct news *news = &run->news;

	while (!news->running_ms && !news_crash_ms(news) && !news->again_ms) {
		if (clock_monotonic() >= end)
			return run_never_ran(run);
		if (run_look(run))
			return -1;
		if (news->session[0] && strcmp(news->profile, run->plan->profile) != 0) {
			err_set(&run->err, "it was given profile %s instead of %s", news->profile,
			    run->plan->profile);
			return run_no_verdict(run);
		}
	}
	return 0;
}

/* Sends the NMI when it is time. 0, or -1: no verdict. */
static int run_nmi(struct run *run, int64_t ran_ms)
{
	struct target_reply reply;

	if (run->plan->trigger != RUN_TRIGGER_NMI || run->nmi_sent ||
	    ran_ms < (int64_t)run->plan->after * 1000)
		return 0;
	run->nmi_sent = 1;
	return run_switch(run, TARGET_NMI, &reply) == TARGET_DONE ? 0 : run_no_verdict(run);
}

/* 1 the script has ended, and what it may have triggered did not come; 0; -1: no verdict. */
static int run_script(struct run *run)
{
	const struct news *news = &run->news;

	if (!news->script_ms)
		return 0;
	if (news->script_status < 0 || (news->script_status >= 125 && news->script_status <= 127)) {
		if (news->script_status < 0)
			err_set(&run->err, "the script was not run%s%s", news->why[0] ? ": " : "",
			    news->why);
		else
			err_set(&run->err, "the script ended with status %d", news->script_status);
		return run_no_verdict(run);
	}
	return clock_now() >= news->script_ms + RUN_SCRIPT_MS;
}

/* From "running" to a crash or the end. 1 crashed, 0 survived, -1: no verdict. */
static int run_live(struct run *run)
{
	const struct news *news = &run->news;
	int64_t begin = clock_monotonic(), now = begin;
	int64_t end = begin + (int64_t)run->plan->timeout * 1000;
	int script = 0;

	if (run->plan->trigger != RUN_TRIGGER_NONE)
		end += (int64_t)run->plan->after * 1000;
	while (!news_crash_ms(news) && !news->again_ms) {
		if (run_look(run) || run_nmi(run, now - begin) || (script = run_script(run)) < 0)
			return -1;
		now = clock_monotonic();
		if (script || now >= end)
			break;
	}
	run->result->seconds = (double)(now - begin) / 1000;
	return news_crash_ms(news) || news->again_ms;
}

/* --- the crash ------------------------------------------------------------------------------------- */

/* Until the upload is there, or will not come. 0, or -1: no verdict. */
static int run_wait_for_upload(struct run *run)
{
	const struct news *news = &run->news;
	int64_t end = clock_monotonic() + RUN_UPLOAD_MS, again = INT64_MAX;

	while (!news->uploaded_ms && clock_monotonic() < end && clock_monotonic() < again) {
		if (news->again_ms && again == INT64_MAX)
			again = clock_monotonic() + RUN_AGAIN_MS;
		if (run_look(run))
			return -1;
	}
	return 0;
}

static int64_t file_time(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;

	if (file_path(&ignored, dir, name, path) || stat(path, &st))
		return 0;
	return clock_of(&st.st_mtim);
}

/* 1 if the record has been made since the last news, of all that has arrived. */
static int run_has_record(
    const struct run *run, const char *dir, struct record_channels *has, struct report *report)
{
	const unsigned int uploads =
	    TIMELINE_HTTP | TIMELINE_AGAIN | TIMELINE_PSTORE | TIMELINE_UDP;

	if (record_read_channels(dir, has) ||
	    file_time(dir, "record.meta") < news_crash_ms(&run->news) ||
	    (run->news.uploaded_ms && !(has->channels & uploads)))
		return 0;
	record_read_report(dir, report);
	return 1;
}

/* 1 if the autopsy may still name the function. */
static int run_expects_autopsy(const struct run *run, const char *dir, const struct report *report)
{
	const struct news *news = &run->news;

	if (report->function[0] || news->by_pstore || !news->uploaded_ms || news->again_ms)
		return 0;
	if (news->autopsy_ms)
		return file_time(dir, "record.meta") < news->autopsy_ms;
	return clock_now() < news->uploaded_ms + RUN_AUTOPSY_MS;
}

/* Reads the record when it is made. 0, or -1: no verdict. */
static int run_read_record(
    struct run *run, const char *dir, struct record_channels *has, struct report *report)
{
	int64_t end = clock_monotonic() + RUN_RECORD_MS;

	while (!run_has_record(run, dir, has, report) || run_expects_autopsy(run, dir, report)) {
		if (clock_monotonic() >= end) {
			if (run_has_record(run, dir, has, report))
				return 0;
			err_set(&run->err,
			    "no record within %d s after the crash; is lastwords serve running?",
			    RUN_RECORD_MS / 1000);
			return run_no_verdict(run);
		}
		if (run_look(run))
			return -1;
	}
	return 0;
}

/* Without an upload the record was made when the death was seen, and later lines are not in it: reads the
 * logs themselves. 0, or -1: no verdict. */
static int run_read_logs(
    struct run *run, const char *dir, struct record_channels *has, struct report *report)
{
	struct record record;
	int rc;

	if (record_load(&run->err, dir, &record))
		return run_no_verdict(run);
	has->channels = record.channels;
	rc = record_report(&run->err, dir, &record, report);
	record_free(&record);
	return rc ? run_no_verdict(run) : 0;
}

/* When it died, s after "running": netconsole's time, else the report's own, else the upload's. */
static double run_time_of_death(const struct run *run, const struct report *report)
{
	const struct news *news = &run->news;
	int64_t ms;

	if (!news->running_ms)
		return 0;
	if (news->died_ms)
		ms = news->died_ms - news->running_ms;
	else if (report->time_us >= 0 && news->uptime >= 0)
		ms = report->time_us / 1000 - news->uptime * 1000;
	else
		ms = (news->uploaded_ms ? news->uploaded_ms : news->again_ms) - news->running_ms;
	return ms > 0 ? (double)ms / 1000 : 0;
}

static void run_crashed(struct run *run)
{
	struct record_channels has = {0};
	struct run_result *result = run->result;
	struct report report = {.time_us = -1};
	char dir[FILE_PATH_MAX];
	struct session session;

	if (run_wait_for_upload(run))
		return;
	if (news_crash_ms(&run->news)) {
		if (session_parse(
			&run->err, run->news.session, strlen(run->news.session), &session) ||
		    layout_session_dir(&run->err, run->state, &session, LAYOUT_LOOK, dir)) {
			run_no_verdict(run);
			return;
		}
		if (run->news.uploaded_ms ? run_read_record(run, dir, &has, &report)
					  : run_read_logs(run, dir, &has, &report))
			return;
		timeline_channel_names(has.channels, result->channels);
	} else {
		snprintf(result->why, sizeof(result->why), "it booted again without a report");
	}
	result->seconds = run_time_of_death(run, &report);
	memcpy(result->title, report.title, sizeof(result->title));
	memcpy(result->signature, report.signature, sizeof(result->signature));
	result->verdict = verdict_of_crash(report.signature, run->plan->expect);
}

void run_do(const struct run_plan *plan, struct run_result *result)
{
	struct run run = {.plan = plan, .state = plan->config->state, .result = result};
	int64_t begin = clock_monotonic();
	int crashed;

	memset(result, 0, sizeof(*result));
	result->seconds = -1;
	if (run_begin(&run) == 0 && run_boot(&run) == 0) {
		crashed = run_live(&run);
		if (crashed > 0)
			run_crashed(&run);
		else if (crashed == 0)
			result->verdict = VERDICT_SURVIVED;
	}
	memcpy(result->session, run.news.session, sizeof(result->session));
	result->ms = clock_monotonic() - begin;
}

int run_clean_up(struct err *err, const struct run_plan *plan)
{
	struct target_call call = {.config = plan->config, .target = plan->target, .by = plan->by};
	const char *state = plan->config->state;
	struct override override;
	struct target_reply reply;
	int found = override_read(err, state, plan->target->address, &override);

	if (found < 0 || (found && override.once && strcmp(override.profile, plan->profile) == 0 &&
			     override_remove(err, state, plan->target->address)))
		return -1;
	return target_do(err, &call, TARGET_OFF, &reply) == TARGET_DONE ? 0 : -1;
}
