/* SPDX-License-Identifier: MIT */
/*
 * save: a record as text, its report, and the files that keep both; see record.h. It must not read logs.
 */
#include "record.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autopsy.h"
#include "base/kv.h"

/* The lines as one text, but for those that only the channel without has (0: all). */
static char *record_render_without(const struct record *record, unsigned int without, size_t *len)
{
	const struct timeline *timeline = &record->timeline;
	size_t size = 1, at = 0;
	char *text;

	for (size_t i = 0; i < timeline->count; i++)
		size += timeline->line[i].len + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	for (size_t i = 0; i < timeline->count; i++) {
		if (without && timeline->line[i].channels == without)
			continue;
		memcpy(text + at, timeline->line[i].text, timeline->line[i].len);
		at += timeline->line[i].len;
		text[at++] = '\n';
	}
	text[at] = '\0';
	*len = at;
	return text;
}

char *record_render(const struct record *record, size_t *len)
{
	return record_render_without(record, 0, len);
}

/* 1 if the session itself has sent a dump. */
static int record_has_dump(const struct record *record)
{
	return (record->channels & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0;
}

/* The report's place among all lines: it was found without those that only the channel without has. */
static void record_place(const struct record *record, unsigned int without, struct report *report)
{
	const struct timeline *timeline = &record->timeline;
	size_t left = report->line;

	for (size_t i = 0; without && i < timeline->count; i++) {
		const struct timeline_line *line = &timeline->line[i];

		if (line->channels == without) {
			report->line++;
			report->offset += line->len + 1;
		} else if (left-- == 0) {
			return;
		}
	}
}

int record_report(
    struct err *err, const char *dir, const struct record *record, struct report *report)
{
	unsigned int without = record_has_dump(record) ? TIMELINE_PSTORE : 0;
	size_t len = 0;
	char *text = record_render_without(record, without, &len);

	report_find(text ? text : "", len, report);
	if (text)
		autopsy_name_function(dir, text, len, report);
	free(text);
	record_place(record, without, report);
	/* The dump's own comes from the kernel's memory, and is there without a report too. */
	for (size_t i = 0; i < record->texts; i++)
		if (record->text[i].build_id[0] && record->text[i].channel != TIMELINE_PSTORE)
			memcpy(
			    report->build_id, record->text[i].build_id, sizeof(report->build_id));
	return text ? 0 : err_set(err, "out of memory");
}

/* --- record.channels ------------------------------------------------------------------------------- */

static char *record_render_channels(const struct timeline *timeline, size_t *len)
{
	FILE *out;
	char *text = NULL, names[48];

	out = open_memstream(&text, len);
	if (!out)
		return NULL;
	for (size_t i = 0; i < timeline->count;) {
		const struct timeline_line *line = &timeline->line[i];
		size_t from = i++;

		while (i < timeline->count && timeline->line[i].channels == line->channels &&
		       timeline->line[i].flags == line->flags)
			i++;
		fprintf(out, "%zu %zu %s%s%s\n", from + 1, i,
		    timeline_channel_names(line->channels, names),
		    line->flags & TIMELINE_DIFFERS ? " differs" : "",
		    line->flags & TIMELINE_HOLE ? " hole" : "");
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* --- record.meta ----------------------------------------------------------------------------------- */

/* The report's texts by their keys. */
#define TEXT(key, member)                                                                          \
	{                                                                                          \
		key, offsetof(struct report, member), sizeof(((struct report *)0)->member)         \
	}
static const struct {
	const char *key;
	size_t offset, size;
} record_texts[] = {
    TEXT("title", title),
    TEXT("class", class),
    TEXT("function", function),
    TEXT("signature", signature),
    TEXT("release", release),
    TEXT("build-id", build_id),
    TEXT("task", comm),
    TEXT("taint", taint),
    TEXT("hardware", hardware),
    TEXT("modules", modules),
    TEXT("rip", rip),
};
enum { RECORD_TEXTS = sizeof(record_texts) / sizeof(record_texts[0]) };

static void record_describe(const struct record *record, struct kv_out *out)
{
	static const unsigned int channels[] = {TIMELINE_HTTP, TIMELINE_NETCONSOLE, TIMELINE_UDP,
	    TIMELINE_PSTORE, TIMELINE_AGAIN, TIMELINE_CONSOLE};
	char names[48];

	kv_out_num(out, '\n', "lines", record->timeline.count);
	kv_out_num(out, '\n', "holes", record->timeline.holes);
	kv_out_num(out, '\n', "differing", record->timeline.differing);
	for (size_t r = 0; r < sizeof(channels) / sizeof(channels[0]); r++) {
		size_t lines = 0;

		if (!(record->channels & channels[r]))
			continue;
		for (size_t i = 0; i < record->timeline.count; i++)
			lines += (record->timeline.line[i].channels & channels[r]) != 0;
		kv_out_num(out, '\n', timeline_channel_names(channels[r], names), lines);
	}
}

/* 1 if what one of these channels has shows a crash by itself. */
static int record_has_crash(const struct record *record, unsigned int channels)
{
	struct report ignored;

	for (size_t i = 0; i < record->texts; i++) {
		const struct record_text *text = &record->text[i];

		if (text->channel & channels && report_find(text->text, text->len, &ignored))
			return 1;
	}
	return 0;
}

/* 1 if the report has its title only by lines of pstore, which another session's token has sent. */
static int record_title_by_pstore(const struct record *record, const struct report *report)
{
	struct report without;
	size_t len = 0;
	char *text;

	if (record_has_dump(record) || !(record->channels & TIMELINE_PSTORE) || !report->title[0])
		return 0;
	text = record_render_without(record, TIMELINE_PSTORE, &len);
	report_find(text ? text : "", len, &without);
	free(text);
	return strcmp(without.title, report->title) != 0;
}

static void record_known(struct kv_out *out, const char *key, const char *value)
{
	if (value[0])
		kv_out_pair(out, '\n', key, value);
}

static void record_number(struct kv_out *out, const char *key, int64_t value)
{
	if (value >= 0)
		kv_out_num(out, '\n', key, (unsigned long long)value);
}

static void record_facts(struct kv_out *out, const struct report *report)
{
	for (size_t i = 0; i < RECORD_TEXTS; i++)
		record_known(
		    out, record_texts[i].key, (const char *)report + record_texts[i].offset);
	record_known(out, "severity", report_severity_name(report->severity));
	if (report->title[0]) {
		kv_out_num(out, '\n', "report-line", report->line + 1);
		kv_out_num(out, '\n', "report-at", report->offset);
		kv_out_num(out, '\n', "corrupted", report->corrupted != 0);
		record_number(out, "pid", report->pid);
		record_number(out, "cpu", report->cpu);
		record_number(out, "uptime", report->time_us);
	}
	kv_out_raw(out, "\n");
}

int record_read_channels(const char *dir, struct record_channels *out)
{
	char path[FILE_PATH_MAX], text[8192], names[48];
	struct err ignored;
	const char *by;
	struct kv kv;

	memset(out, 0, sizeof(*out));
	if (file_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return -1;
	for (unsigned int i = 0; i < TIMELINE_CHANNELS; i++)
		if (kv_u64(&kv, timeline_channel_names(1u << i, names), INT64_MAX, 0))
			out->channels |= 1u << i;
	out->stream_crash = kv_u64(&kv, "netconsole-crash", 1, 0) == 1;
	out->console_crash = kv_u64(&kv, "console-crash", 1, 0) == 1;
	out->report_line = kv_u64(&kv, "report-line", INT64_MAX, 0);
	out->report_at = kv_u64(&kv, "report-at", INT64_MAX, 0);
	by = kv_get(&kv, "title-by");
	snprintf(out->title_by, sizeof(out->title_by), "%s", by ? by : "");
	return 0;
}

int record_read_report(const char *dir, struct report *report)
{
	const uint64_t absent = UINT64_MAX, most = INT_MAX * 1000000ULL;
	char path[FILE_PATH_MAX], text[8192];
	struct err ignored;
	const char *value;
	struct kv kv;

	report_find("", 0, report);
	if (file_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return -1;
	for (size_t i = 0; i < RECORD_TEXTS; i++) {
		value = kv_get(&kv, record_texts[i].key);
		if (value)
			snprintf((char *)report + record_texts[i].offset, record_texts[i].size,
			    "%s", value);
	}
	value = kv_get(&kv, "severity");
	for (int s = REPORT_NONE; value && s <= REPORT_DEATH; s++)
		if (strcmp(value, report_severity_name((enum report_severity)s)) == 0)
			report->severity = (enum report_severity)s;
	report->corrupted = kv_u64(&kv, "corrupted", most, absent) == 1;
	/* (an absent number becomes -1) */
	report->pid = (long)kv_u64(&kv, "pid", most, absent);
	report->cpu = (int)kv_u64(&kv, "cpu", INT_MAX, absent);
	report->time_us = (int64_t)kv_u64(&kv, "uptime", most, absent);
	return report->title[0] ? 0 : -1;
}

/* --- all four files ------------------------------------------------------------------------------- */

int record_write(struct err *err, const char *dir, const struct record *record,
    const struct report *report, const char *product)
{
	char meta[8192], *text, *channels = NULL, *levels = NULL;
	struct kv_out out;
	size_t len = 0, channels_len = 0, levels_len = 0;
	int rc = -1;

	text = record_render(record, &len);
	channels = record_render_channels(&record->timeline, &channels_len);
	levels = record_render_levels(record, &levels_len);
	if (!text || !channels || !levels) {
		err_set(err, "%s: out of memory", dir);
		goto out;
	}
	kv_out_init(&out, meta, sizeof(meta));
	record_describe(record, &out);
	if (record_has_crash(record, TIMELINE_NETCONSOLE | TIMELINE_UDP))
		kv_out_num(&out, '\n', "netconsole-crash", 1);
	if (record_has_crash(record, TIMELINE_CONSOLE))
		kv_out_num(&out, '\n', "console-crash", 1);
	if (record_title_by_pstore(record, report))
		kv_out_pair(&out, '\n', "title-by", "pstore");
	else if (report->by_autopsy)
		kv_out_pair(&out, '\n', "title-by", "autopsy");
	record_known(&out, "product", product);
	record_facts(&out, report);
	if (out.overflow) {
		err_set(err, "%s: record.meta does not fit", dir);
		goto out;
	}
	if (file_replace(err, dir, "record.txt", text, len) ||
	    file_replace(err, dir, "record.channels", channels, channels_len) ||
	    file_replace(err, dir, "record.levels", levels, levels_len) ||
	    file_replace(err, dir, "record.meta", meta, out.len))
		goto out;
	rc = 0;
out:
	free(text);
	free(channels);
	free(levels);
	return rc;
}

int record_make(struct err *err, const char *dir, const char *product)
{
	struct record record;
	struct report report;
	int rc;

	if (record_load(err, dir, &record))
		return -1;
	rc = record.texts && (record_report(err, dir, &record, &report) ||
				 record_write(err, dir, &record, &report, product))
		 ? -1
		 : 0;
	record_free(&record);
	return rc;
}
