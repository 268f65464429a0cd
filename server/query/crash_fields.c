/* SPDX-License-Identifier: MIT */
/* crash_fields: the fields of one crash; see crash_fields.h. It must not write. */
#include "crash_fields.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "query.h"
#include "record/record.h"
#include "store/layout.h"

const char *query_crash_channels(const struct db_session *known)
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

int64_t query_crash_time(const struct db_session *known)
{
	return known->died_ms ? known->died_ms : known->captured_ms;
}

void query_crash_server(json_t *object, const struct db_session *known)
{
	query_set_text(object, "server", known->server);
	query_set_text(object, "url", known->url);
}

/* A text that is there also when it is "". */
static int crash_always(json_t *object, const char *key, const char *text)
{
	return json_object_set_new(object, key, query_text(text, strlen(text)));
}

static void crash_path(json_t *object, const char *key, const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	if (!json_object_get(object, key) && file_path(&ignored, dir, name, path) == 0 &&
	    access(path, F_OK) == 0)
		query_set_text(object, key, path);
}

static void crash_paths(json_t *object, const char *dir)
{
	crash_path(object, "dmesg", dir, "dmesg.txt");
	crash_path(object, "dmesg", dir, "pstore-1.txt");
	crash_path(object, "netconsole", dir, "netconsole.log");
	crash_path(object, "console", dir, "console.log");
	crash_path(object, "autopsy", dir, "autopsy.txt");
}

static void crash_add_report(json_t *object, const struct report *report)
{
	query_set_text(object, "release", report->release);
	query_set_text(object, "build_id", report->build_id);
	query_set_text(object, "task", report->comm);
	if (report->pid >= 0)
		json_object_set_new(object, "pid", json_integer(report->pid));
	if (report->cpu >= 0)
		json_object_set_new(object, "cpu", json_integer(report->cpu));
	query_set_text(object, "taint", report->taint);
	query_set_text(object, "hardware", report->hardware);
	query_set_text(object, "modules", report->modules);
	query_set_text(object, "rip", report->rip);
	if (report->time_us >= 0 && report->title[0])
		json_object_set_new(object, "uptime", json_real((double)report->time_us / 1e6));
}

int query_crash_add(json_t *object, const struct session *session, const struct report *report,
    const struct db_session *known, const char *dir, int flags)
{
	char mac[18];
	int failed;

	mac_format(session->mac, mac);
	failed = crash_always(object, "session", session->id);
	failed |= crash_always(object, "mac", mac);
	if (known) {
		query_set_time(object, "time", query_crash_time(known));
		query_set_text(object, "state", session_state_name(known->state));
		query_set_text(object, "channels", query_crash_channels(known));
	}
	failed |= crash_always(object, "profile", session->profile);
	query_set_time(object, "booted", session->time_ms);
	failed |= crash_always(object, "class", report->class);
	failed |= crash_always(object, "function", report->function);
	failed |= crash_always(object, "title", report->title);
	failed |= crash_always(object, "signature", report->signature);
	failed |= crash_always(object, "severity", report_severity_name(report->severity));
	failed |= json_object_set_new(object, "corrupted", json_boolean(report->corrupted));
	if (known) {
		query_set_text(object, "product", known->product);
		query_set_text(object, "address", known->address);
		query_crash_server(object, known);
	}
	crash_add_report(object, report);
	if (flags & QUERY_PATHS)
		crash_paths(object, dir);
	return failed ? -1 : 0;
}

void query_crash_report(const char *dir, const struct db_session *known, struct report *report)
{
	if (record_read_report(dir, report) == 0 || !known)
		return;
	snprintf(report->title, sizeof(report->title), "%s", known->title);
	snprintf(report->class, sizeof(report->class), "%s", known->class);
	snprintf(report->signature, sizeof(report->signature), "%s", known->signature);
	if (!report->release[0])
		snprintf(report->release, sizeof(report->release), "%s", known->release);
}

json_t *query_crash_object(
    struct err *err, const struct query *query, const struct db_session *known)
{
	char dir[FILE_PATH_MAX];
	struct session session;
	struct report report;
	json_t *object;

	if (session_parse(err, known->id, strlen(known->id), &session) ||
	    layout_session_dir(err, query->state, &session, LAYOUT_LOOK, dir) ||
	    (query->fetch && query->fetch(err, query->fetch_arg, known->id, 1)))
		return NULL;
	query_crash_report(dir, known, &report);
	object = json_object();
	if (object && query_crash_add(object, &session, &report, known, dir,
			  query->paths ? QUERY_PATHS : 0) == 0)
		return object;
	json_decref(object);
	err_set(err, "out of memory");
	return NULL;
}
