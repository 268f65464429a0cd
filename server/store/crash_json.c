/* SPDX-License-Identifier: MIT */
/* crash_json: a crash as JSON; see crash_json.h. */
#include "crash_json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "record.h"

void crash_json_begin(struct kv_out *out, const struct crash_json *crash)
{
	const struct title *title = crash->title;
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
	json_known(out, "ropes", crash->ropes);
	clock_format(crash->session->time_ms, when);
	json_pair(out, "profile", crash->session->profile);
	json_pair(out, "booted", when);
	json_pair(out, "class", title->class);
	json_pair(out, "function", title->function);
	json_pair(out, "title", title->title);
	json_pair(out, "signature", title->signature);
	json_pair(out, "severity", title_severity_name(title->severity));
	json_key(out, "corrupted");
	kv_out_raw(out, title->corrupted ? "true" : "false");
	json_known(out, "product", crash->product);
	json_known(out, "address", crash->address);
	json_known(out, "release", title->release);
	json_known(out, "build_id", title->build_id);
	json_known(out, "task", title->comm);
	json_number(out, "pid", title->pid);
	json_number(out, "cpu", title->cpu);
	json_known(out, "taint", title->taint);
	json_known(out, "hardware", title->hardware);
	json_known(out, "modules", title->modules);
	json_known(out, "rip", title->rip);
	if (title->time_us >= 0 && title->title[0]) {
		snprintf(uptime, sizeof(uptime), "%lld.%06lld",
		    (long long)(title->time_us / 1000000), (long long)(title->time_us % 1000000));
		json_key(out, "uptime");
		kv_out_raw(out, uptime);
	}
	json_known(out, "dmesg", crash->dmesg);
	json_known(out, "netconsole", crash->netconsole);
}

const char *crash_json_ropes(const struct store_session *known)
{
	static const char *const names[] = {"", "http", "netconsole", "http+netconsole", "pstore",
	    "http+pstore", "netconsole+pstore", "http+netconsole+pstore"};

	return names[(known->by_http != 0) | (known->by_netconsole != 0) << 1 |
		     (known->by_pstore != 0) << 2];
}

static void crash_json_file(const char *dir, const char *name, char path[STATE_PATH_MAX])
{
	struct err ignored;

	if (state_path(&ignored, dir, name, path) || access(path, F_OK))
		path[0] = '\0';
}

void crash_json_join(struct crash_json_all *all, const char *dir)
{
	crash_json_file(dir, "dmesg.txt", all->dmesg);
	crash_json_file(dir, "netconsole.log", all->netconsole);
	all->crash.session = &all->session;
	all->crash.title = &all->title;
	all->crash.dmesg = all->dmesg;
	all->crash.netconsole = all->netconsole;
}

void crash_json_know(struct crash_json *crash, const struct store_session *known)
{
	crash->time_ms = known->died_ms ? known->died_ms : known->captured_ms;
	crash->state = store_state_name(known->state);
	crash->ropes = crash_json_ropes(known);
	crash->product = known->product;
	crash->address = known->address;
}

int crash_json_load(struct err *err, const char *state, const struct store_session *known,
    struct crash_json_all *all)
{
	struct title *title = &all->title;
	char dir[STATE_PATH_MAX];

	memset(all, 0, sizeof(*all));
	if (session_parse(err, known->id, strlen(known->id), &all->session) ||
	    state_session_dir(err, state, &all->session, STATE_LOOK, dir))
		return -1;
	if (record_read_title(dir, title)) {
		snprintf(title->title, sizeof(title->title), "%s", known->title);
		snprintf(title->class, sizeof(title->class), "%s", known->class);
		snprintf(title->signature, sizeof(title->signature), "%s", known->signature);
		snprintf(title->release, sizeof(title->release), "%s", known->release);
	}
	crash_json_join(all, dir);
	crash_json_know(&all->crash, known);
	return 0;
}
