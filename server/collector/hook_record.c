/* SPDX-License-Identifier: MIT */
/* hook_record: a crash as JSON; see hook_record.h. */
#include "hook_record.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "json.h"

void hook_record_format(struct kv_out *out, const struct hook_record *record)
{
	const struct title *title = record->title;
	char mac[18], when[25], uptime[40];

	mac_format(record->session->mac, mac);
	clock_format(record->session->time_ms, when);
	kv_out_raw(out, "{");
	json_pair(out, "session", record->session->id);
	json_pair(out, "mac", mac);
	json_pair(out, "profile", record->session->profile);
	json_pair(out, "booted", when);
	json_pair(out, "class", title->class);
	json_pair(out, "function", title->function);
	json_pair(out, "title", title->title);
	json_pair(out, "signature", title->signature);
	json_pair(out, "severity", title_severity_name(title->severity));
	json_key(out, "corrupted");
	kv_out_raw(out, title->corrupted ? "true" : "false");
	json_known(out, "product", record->product);
	json_known(out, "address", record->address);
	json_known(out, "release", title->release);
	json_known(out, "task", title->comm);
	json_number(out, "pid", title->pid);
	json_number(out, "cpu", title->cpu);
	json_known(out, "taint", title->taint);
	json_known(out, "hardware", title->hardware);
	json_known(out, "modules", title->modules);
	if (title->time_us >= 0 && title->title[0]) {
		snprintf(uptime, sizeof(uptime), "%lld.%06lld",
		    (long long)(title->time_us / 1000000), (long long)(title->time_us % 1000000));
		json_key(out, "uptime");
		kv_out_raw(out, uptime);
	}
	json_known(out, "dmesg", record->dmesg);
	json_known(out, "netconsole", record->netconsole);
	kv_out_raw(out, "}\n");
}
