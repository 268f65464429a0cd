/* SPDX-License-Identifier: MIT */
/*
 * record_title: the report of a record, found in its lines or read back from record.meta; see record.h.
 * It must not read logs.
 */
#include "record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv.h"
#include "num.h"

static int64_t record_read_number(const struct kv *kv, const char *key)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT_MAX * 1000000ULL, &n))
		return -1;
	return (int64_t)n;
}

int record_title(struct err *err, const struct record *record, struct title *title)
{
	size_t len = 0;
	char *text = record_render(record, &len);

	title_find(text ? text : "", len, title);
	free(text);
	/* The dump's own comes from the kernel's memory, and is there without a report too. */
	for (size_t i = 0; i < record->texts; i++)
		if (record->text[i].build_id[0] && record->text[i].rope != TIMELINE_PSTORE)
			memcpy(title->build_id, record->text[i].build_id, sizeof(title->build_id));
	return text ? 0 : err_set(err, "out of memory");
}

int record_read_title(const char *dir, struct title *title)
{
	char path[STATE_PATH_MAX], text[8192];
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
	    {"title", title->title, sizeof(title->title)},
	    {"class", title->class, sizeof(title->class)},
	    {"function", title->function, sizeof(title->function)},
	    {"signature", title->signature, sizeof(title->signature)},
	    {"release", title->release, sizeof(title->release)},
	    {"task", title->comm, sizeof(title->comm)},
	    {"taint", title->taint, sizeof(title->taint)},
	    {"hardware", title->hardware, sizeof(title->hardware)},
	    {"modules", title->modules, sizeof(title->modules)},
	    {"rip", title->rip, sizeof(title->rip)},
	    {"build-id", title->build_id, sizeof(title->build_id)},
	};
	struct err ignored;
	const char *value;
	struct kv kv;

	title_find("", 0, title);
	if (state_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = kv_get(&kv, texts[i].key);
		if (value)
			snprintf(texts[i].to, texts[i].size, "%s", value);
	}
	value = kv_get(&kv, "severity");
	for (int s = TITLE_NONE; value && s <= TITLE_DEATH; s++)
		if (strcmp(value, title_severity_name((enum title_severity)s)) == 0)
			title->severity = (enum title_severity)s;
	title->corrupted = record_read_number(&kv, "corrupted") == 1;
	title->pid = (long)record_read_number(&kv, "pid");
	title->cpu = (int)record_read_number(&kv, "cpu");
	title->time_us = record_read_number(&kv, "uptime");
	return title->title[0] ? 0 : -1;
}
