/* SPDX-License-Identifier: MIT */
/* record: a session's logs as one; see record.h. It must not change what the channels brought. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kv.h"

void record_upload_name(int number, const char *suffix, char name[RECORD_NAME_MAX])
{
	if (number == 1)
		snprintf(name, RECORD_NAME_MAX, "dmesg.%s", suffix);
	else
		snprintf(name, RECORD_NAME_MAX, "dmesg-%d.%s", number, suffix);
}

/* Reads dir/name behind what *text has already. 0, 1 if there is none, -1. */
static int record_read(struct err *err, const char *dir, const char *name, char **text, size_t *len)
{
	char path[FILE_PATH_MAX], *more;
	struct stat st;
	size_t want, have = 0;
	ssize_t n;
	int fd;

	if (file_path(err, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 1 : err_errno(err, "%s", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return 1;
	}
	want = st.st_size > RECORD_LOG_MAX ? (size_t)RECORD_LOG_MAX : (size_t)st.st_size;
	/* Read, not mapped: a file that is cut while we look must not kill us. */
	more = realloc(*text, *len + want + 1);
	if (!more) {
		close(fd);
		return err_set(err, "%s: out of memory", path);
	}
	*text = more;
	while (have < want && (n = read(fd, more + *len + have, want - have)) > 0)
		have += (size_t)n;
	close(fd);
	*len += have;
	return 0;
}

static struct record_text *record_take(
    struct record *record, const char *name, char *text, size_t len, unsigned int channel)
{
	struct record_text *to = &record->text[record->texts++];
	const char *at = text, *line;
	size_t n;

	snprintf(to->name, sizeof(to->name), "%s", name);
	to->text = text;
	to->len = len;
	to->channel = channel;
	while (timeline_next(&at, text + len, &line, &n))
		to->lines++;
	return to;
}

static void record_dump_meta(const char *dir, int number, struct record_text *text)
{
	char name[RECORD_NAME_MAX], path[FILE_PATH_MAX], buf[4096];
	const char *value;
	struct err ignored;
	struct kv kv;

	record_upload_name(number, "meta", name);
	if (file_path(&ignored, dir, name, path) ||
	    kv_read_file(&ignored, path, buf, sizeof(buf), &kv))
		return;
	value = kv_get(&kv, "channel");
	if (value && strcmp(value, "pstore") == 0)
		text->channel = TIMELINE_PSTORE;
	value = kv_get(&kv, "holes");
	if (value && *value && strcmp(value, "0") != 0)
		text->holes = 1;
	value = kv_get(&kv, "build-id");
	if (value && strlen(value) < sizeof(text->build_id) &&
	    strspn(value, "0123456789abcdef") == strlen(value))
		snprintf(text->build_id, sizeof(text->build_id), "%s", value);
	value = kv_get(&kv, "exit");
	if (value && strcmp(value, "3") == 0)
		text->holes = 1;
}

static int record_read_dumps(struct err *err, const char *dir, struct record *record)
{
	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++) {
		struct record_text *to;
		char name[RECORD_NAME_MAX], *text = NULL;
		size_t len = 0;
		int rc;

		record_upload_name(number, "txt", name);
		rc = record_read(err, dir, name, &text, &len);
		if (rc < 0) {
			free(text);
			return -1;
		}
		if (rc > 0)
			continue;
		to = record_take(record, name, text, len, TIMELINE_HTTP);
		record_dump_meta(dir, number, to);
	}
	return 0;
}

/* Where the capture kernel's own sending begins in a stream's log; len if it does not. */
static size_t record_second(const char *text, size_t len)
{
	static const char mark[] = "[lastwords: sent by the capture kernel over UDP";
	const char *at = text;

	while ((at = memmem(at, len - (size_t)(at - text), mark, sizeof(mark) - 1))) {
		if (at == text || at[-1] == '\n')
			return (size_t)(at - text);
		at++;
	}
	return len;
}

static int record_read_stream(struct err *err, const char *dir, struct record *record)
{
	char *text = NULL, *second;
	size_t len = 0, split;
	int before = record_read(err, dir, "netconsole.log.1", &text, &len), now = 1;

	if (before >= 0)
		now = record_read(err, dir, "netconsole.log", &text, &len);
	if (before < 0 || now < 0) {
		free(text);
		return -1;
	}
	if (!text)
		return 0;
	split = record_second(text, len);
	if (split < len) {
		const char *line = memchr(text + split, '\n', len - split);
		size_t from = line ? (size_t)(line + 1 - text) : len;

		second = malloc(len - from + 1);
		if (!second) {
			free(text);
			return err_set(err, "out of memory");
		}
		memcpy(second, text + from, len - from);
		record_take(record, "netconsole.log", second, len - from, TIMELINE_UDP);
	}
	record_take(record, "netconsole.log", text, split, TIMELINE_NETCONSOLE);
	return 0;
}

static int record_rank(const struct record_text *text)
{
	switch (text->channel) {
	case TIMELINE_HTTP:
	case TIMELINE_AGAIN:
		return text->holes;
	case TIMELINE_NETCONSOLE:
		return 2;
	case TIMELINE_UDP:
		return 3;
	default:
		return 4;
	}
}

/* Of several dumps the first in rank is the ring; the others are looked at beside it. */
static void record_name_dumps(struct record *record)
{
	struct record_text *first = NULL;

	for (size_t i = 0; i < record->texts; i++) {
		struct record_text *text = &record->text[i];

		if (text->channel == TIMELINE_HTTP &&
		    (!first || record_rank(text) < record_rank(first)))
			first = text;
	}
	for (size_t i = 0; i < record->texts; i++)
		if (record->text[i].channel == TIMELINE_HTTP && &record->text[i] != first)
			record->text[i].channel = TIMELINE_AGAIN;
}

int record_load(struct err *err, const char *dir, struct record *record)
{
	memset(record, 0, sizeof(*record));
	if (record_read_dumps(err, dir, record) || record_read_stream(err, dir, record))
		goto fail;
	record_name_dumps(record);
	for (size_t i = 0; i < record->texts; i++)
		record->channels |= record->text[i].lines ? record->text[i].channel : 0;
	for (int rank = 0; rank <= 4; rank++)
		for (size_t i = 0; i < record->texts; i++) {
			const struct record_text *text = &record->text[i];

			if (record_rank(text) == rank && text->lines &&
			    timeline_add(
				err, &record->timeline, text->text, text->len, text->channel))
				goto fail;
		}
	timeline_resolve(&record->timeline);
	return 0;
fail:
	err_prefix(err, "%s", dir);
	record_free(record);
	return -1;
}

void record_free(struct record *record)
{
	for (size_t i = 0; i < record->texts; i++)
		free(record->text[i].text);
	timeline_free(&record->timeline);
	memset(record, 0, sizeof(*record));
}

char *record_render(const struct record *record, size_t *len)
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
		memcpy(text + at, timeline->line[i].text, timeline->line[i].len);
		at += timeline->line[i].len;
		text[at++] = '\n';
	}
	text[at] = '\0';
	*len = at;
	return text;
}

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

static void record_describe(const struct record *record, struct kv_out *out)
{
	static const unsigned int channels[] = {
	    TIMELINE_HTTP, TIMELINE_NETCONSOLE, TIMELINE_UDP, TIMELINE_PSTORE, TIMELINE_AGAIN};
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
	record_known(out, "title", report->title);
	record_known(out, "class", report->class);
	record_known(out, "function", report->function);
	record_known(out, "signature", report->signature);
	record_known(out, "severity", report_severity_name(report->severity));
	record_known(out, "release", report->release);
	record_known(out, "build-id", report->build_id);
	if (report->title[0]) {
		kv_out_num(out, '\n', "corrupted", report->corrupted != 0);
		record_known(out, "task", report->comm);
		record_number(out, "pid", report->pid);
		record_number(out, "cpu", report->cpu);
		record_known(out, "taint", report->taint);
		record_known(out, "hardware", report->hardware);
		record_known(out, "modules", report->modules);
		record_known(out, "rip", report->rip);
		record_number(out, "uptime", report->time_us);
	}
	kv_out_raw(out, "\n");
}

int record_write(struct err *err, const char *dir, const struct record *record,
    const struct report *report, const char *product)
{
	char meta[8192], *text, *channels = NULL;
	struct kv_out out;
	size_t len = 0, channels_len = 0;
	int rc = -1;

	text = record_render(record, &len);
	channels = record_render_channels(&record->timeline, &channels_len);
	if (!text || !channels) {
		err_set(err, "%s: out of memory", dir);
		goto out;
	}
	kv_out_init(&out, meta, sizeof(meta));
	record_describe(record, &out);
	record_known(&out, "product", product);
	record_facts(&out, report);
	if (out.overflow) {
		err_set(err, "%s: record.meta does not fit", dir);
		goto out;
	}
	if (file_replace(err, dir, "record.txt", text, len) ||
	    file_replace(err, dir, "record.channels", channels, channels_len) ||
	    file_replace(err, dir, "record.meta", meta, out.len))
		goto out;
	rc = 0;
out:
	free(text);
	free(channels);
	return rc;
}
