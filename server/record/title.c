/* SPDX-License-Identifier: MIT */
/*
 * title: the report of a record, found in its lines or read back from record.meta; see record.h.
 * It must not read logs.
 */
#include "record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kv.h"
#include "base/num.h"

static int64_t record_read_number(const struct kv *kv, const char *key)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT_MAX * 1000000ULL, &n))
		return -1;
	return (int64_t)n;
}

int record_report(struct err *err, const struct record *record, struct report *report)
{
	size_t len = 0;
	char *text = record_render(record, &len);

	report_find(text ? text : "", len, report);
	free(text);
	/* The dump's own comes from the kernel's memory, and is there without a report too. */
	for (size_t i = 0; i < record->texts; i++)
		if (record->text[i].build_id[0] && record->text[i].channel != TIMELINE_PSTORE)
			memcpy(
			    report->build_id, record->text[i].build_id, sizeof(report->build_id));
	return text ? 0 : err_set(err, "out of memory");
}

int record_read_report(const char *dir, struct report *report)
{
	char path[FILE_PATH_MAX], text[8192];
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
	    {"title", report->title, sizeof(report->title)},
	    {"class", report->class, sizeof(report->class)},
	    {"function", report->function, sizeof(report->function)},
	    {"signature", report->signature, sizeof(report->signature)},
	    {"release", report->release, sizeof(report->release)},
	    {"task", report->comm, sizeof(report->comm)},
	    {"taint", report->taint, sizeof(report->taint)},
	    {"hardware", report->hardware, sizeof(report->hardware)},
	    {"modules", report->modules, sizeof(report->modules)},
	    {"rip", report->rip, sizeof(report->rip)},
	    {"build-id", report->build_id, sizeof(report->build_id)},
	};
	struct err ignored;
	const char *value;
	struct kv kv;

	report_find("", 0, report);
	if (file_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = kv_get(&kv, texts[i].key);
		if (value)
			snprintf(texts[i].to, texts[i].size, "%s", value);
	}
	value = kv_get(&kv, "severity");
	for (int s = REPORT_NONE; value && s <= REPORT_DEATH; s++)
		if (strcmp(value, report_severity_name((enum report_severity)s)) == 0)
			report->severity = (enum report_severity)s;
	report->corrupted = record_read_number(&kv, "corrupted") == 1;
	report->pid = (long)record_read_number(&kv, "pid");
	report->cpu = (int)record_read_number(&kv, "cpu");
	report->time_us = record_read_number(&kv, "uptime");
	return report->title[0] ? 0 : -1;
}
