/* SPDX-License-Identifier: MIT */
/* hook_record: a crash as JSON; see hook_record.h. */
#include "hook_record.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"

/* The bytes of the UTF-8 sequence that begins here; 0 if none does (RFC 3629, table of section 4). */
static size_t record_utf8(const unsigned char *c)
{
	size_t n = c[0] < 0x80 ? 1 : c[0] >= 0xc2 && c[0] < 0xe0 ? 2 : 0;

	if (n == 0)
		n = c[0] >= 0xe0 && c[0] < 0xf0 ? 3 : c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

static void record_string(struct kv_out *out, const char *text)
{
	char piece[8];

	kv_out_raw(out, "\"");
	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		size_t n = record_utf8(c);

		if (n == 0)
			snprintf(piece, sizeof(piece), "\\ufffd");
		else if (n == 1 && (*c < 0x20 || *c == 0x7f))
			snprintf(piece, sizeof(piece), "\\u%04x", *c);
		else
			snprintf(piece, sizeof(piece), "%s%.*s",
			    n == 1 && (*c == '"' || *c == '\\') ? "\\" : "", (int)n,
			    (const char *)c);
		kv_out_raw(out, piece);
		c += n ? n : 1;
	}
	kv_out_raw(out, "\"");
}

static void record_key(struct kv_out *out, const char *key)
{
	kv_out_raw(out, out->len && out->buf[out->len - 1] == '{' ? "\"" : ",\"");
	kv_out_raw(out, key);
	kv_out_raw(out, "\":");
}

static void record_pair(struct kv_out *out, const char *key, const char *value)
{
	record_key(out, key);
	record_string(out, value);
}

static void record_known(struct kv_out *out, const char *key, const char *value)
{
	if (value && value[0])
		record_pair(out, key, value);
}

static void record_number(struct kv_out *out, const char *key, long value)
{
	char text[24];

	if (value < 0)
		return;
	snprintf(text, sizeof(text), "%ld", value);
	record_key(out, key);
	kv_out_raw(out, text);
}

void hook_record_format(struct kv_out *out, const struct hook_record *record)
{
	const struct title *title = record->title;
	char mac[18], when[25], uptime[40];

	mac_format(record->session->mac, mac);
	clock_format(record->session->time_ms, when);
	kv_out_raw(out, "{");
	record_pair(out, "session", record->session->id);
	record_pair(out, "mac", mac);
	record_pair(out, "profile", record->session->profile);
	record_pair(out, "booted", when);
	record_pair(out, "class", title->class);
	record_pair(out, "function", title->function);
	record_pair(out, "title", title->title);
	record_pair(out, "signature", title->signature);
	record_pair(out, "severity", title_severity_name(title->severity));
	record_key(out, "corrupted");
	kv_out_raw(out, title->corrupted ? "true" : "false");
	record_known(out, "product", record->product);
	record_known(out, "address", record->address);
	record_known(out, "release", title->release);
	record_known(out, "task", title->comm);
	record_number(out, "pid", title->pid);
	record_number(out, "cpu", title->cpu);
	record_known(out, "taint", title->taint);
	record_known(out, "hardware", title->hardware);
	record_known(out, "modules", title->modules);
	if (title->time_us >= 0 && title->title[0]) {
		snprintf(uptime, sizeof(uptime), "%lld.%06lld",
		    (long long)(title->time_us / 1000000), (long long)(title->time_us % 1000000));
		record_key(out, "uptime");
		kv_out_raw(out, uptime);
	}
	record_known(out, "dmesg", record->dmesg);
	record_known(out, "netconsole", record->netconsole);
	kv_out_raw(out, "}\n");
}
