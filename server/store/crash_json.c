/* SPDX-License-Identifier: MIT */
/* crash_json: a crash as JSON; see crash_json.h. */
#include "crash_json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "record/record.h"

void crash_json_begin(struct kv_out *out, const struct crash_json *crash)
{
	const struct report *report = crash->report;
	char mac[18], when[25], uptime[40];

	mac_format(crash->session->mac, mac);
	kv_out_raw(out, "{");
	json_pair(out, "session", crash->session->id);
	json_pair(out, "mac", mac);
	if (crash->time_ms) {
		clock_format(crash->time_ms, when);
		json_pair(out, "time", when);
	}
	json_known(out, "state", crash->state);
	json_known(out, "channels", crash->channels);
	clock_format(crash->session->time_ms, when);
	json_pair(out, "profile", crash->session->profile);
	json_pair(out, "booted", when);
	json_pair(out, "class", report->class);
	json_pair(out, "function", report->function);
	json_pair(out, "title", report->title);
	json_pair(out, "signature", report->signature);
	json_pair(out, "severity", report_severity_name(report->severity));
	json_key(out, "corrupted");
	kv_out_raw(out, report->corrupted ? "true" : "false");
	json_known(out, "product", crash->product);
	json_known(out, "address", crash->address);
	json_known(out, "release", report->release);
	json_known(out, "build_id", report->build_id);
	json_known(out, "task", report->comm);
	json_number(out, "pid", report->pid);
	json_number(out, "cpu", report->cpu);
	json_known(out, "taint", report->taint);
	json_known(out, "hardware", report->hardware);
	json_known(out, "modules", report->modules);
	json_known(out, "rip", report->rip);
	if (report->time_us >= 0 && report->title[0]) {
		snprintf(uptime, sizeof(uptime), "%lld.%06lld",
		    (long long)(report->time_us / 1000000), (long long)(report->time_us % 1000000));
		json_key(out, "uptime");
		kv_out_raw(out, uptime);
	}
	json_known(out, "dmesg", crash->dmesg);
	json_known(out, "netconsole", crash->netconsole);
	json_known(out, "console", crash->console);
	json_known(out, "autopsy", crash->autopsy);
}

const char *crash_json_channels(const struct db_session *known)
{
	/* by HTTP, netconsole, console, pstore */
	static const char *const names[2][2][2][2] = {
	    {{{"", "pstore"}, {"console", "console+pstore"}},
		{{"netconsole", "netconsole+pstore"},
		    {"netconsole+console", "netconsole+console+pstore"}}},
	    {{{"http", "http+pstore"}, {"http+console", "http+console+pstore"}},
		{{"http+netconsole", "http+netconsole+pstore"},
		    {"http+netconsole+console", "http+netconsole+console+pstore"}}},
	};

	return names[known->by_http != 0][known->by_netconsole != 0][known->by_console != 0]
		    [known->by_pstore != 0];
}

static void crash_json_file(const char *dir, const char *name, char path[FILE_PATH_MAX])
{
	struct err ignored;

	if (file_path(&ignored, dir, name, path) || access(path, F_OK))
		path[0] = '\0';
}

void crash_json_join(struct crash_json_all *all, const char *dir)
{
	crash_json_file(dir, "dmesg.txt", all->dmesg);
	if (!all->dmesg[0])
		crash_json_file(dir, "pstore-1.txt", all->dmesg);
	crash_json_file(dir, "netconsole.log", all->netconsole);
	crash_json_file(dir, "console.log", all->console);
	crash_json_file(dir, "autopsy.txt", all->autopsy);
	all->crash.session = &all->session;
	all->crash.report = &all->report;
	all->crash.dmesg = all->dmesg;
	all->crash.netconsole = all->netconsole;
	all->crash.console = all->console;
	all->crash.autopsy = all->autopsy;
}

void crash_json_know(struct crash_json *crash, const struct db_session *known)
{
	crash->time_ms = known->died_ms ? known->died_ms : known->captured_ms;
	crash->state = session_state_name(known->state);
	crash->channels = crash_json_channels(known);
	crash->product = known->product;
	crash->address = known->address;
}

int crash_json_load(
    struct err *err, const char *state, const struct db_session *known, struct crash_json_all *all)
{
	struct report *report = &all->report;
	char dir[FILE_PATH_MAX];

	memset(all, 0, sizeof(*all));
	if (session_parse(err, known->id, strlen(known->id), &all->session) ||
	    layout_session_dir(err, state, &all->session, LAYOUT_LOOK, dir))
		return -1;
	if (record_read_report(dir, report)) {
		snprintf(report->title, sizeof(report->title), "%s", known->title);
		snprintf(report->class, sizeof(report->class), "%s", known->class);
		snprintf(report->signature, sizeof(report->signature), "%s", known->signature);
		snprintf(report->release, sizeof(report->release), "%s", known->release);
	}
	crash_json_join(all, dir);
	crash_json_know(&all->crash, known);
	return 0;
}
