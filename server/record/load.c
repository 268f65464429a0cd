/* SPDX-License-Identifier: MIT */
/* load: a session's logs, read and merged; see record.h. It must not write. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/kv.h"
#include "serial/serial.h"

const struct record_kind record_kinds[RECORD_KINDS] = {
    [RECORD_DMESG] = {"http", "dmesg", "dmesg", 1, RECORD_DMESG_MAX, TIMELINE_HTTP, 1, "uploaded"},
    [RECORD_PSTORE] = {"pstore", "pstore-1", "pstore", 1 + RECORD_DMESG_MAX, RECORD_PSTORE_MAX,
	TIMELINE_PSTORE, 1, "uploaded"},
    [RECORD_AUTOPSY] = {"autopsy", "autopsy", "autopsy", 1 + RECORD_DMESG_MAX + RECORD_PSTORE_MAX,
	RECORD_AUTOPSY_MAX, 0, 1, "uploaded"},
    [RECORD_SCRIPT] = {"script", "script", "script",
	1 + RECORD_DMESG_MAX + RECORD_PSTORE_MAX + RECORD_AUTOPSY_MAX, RECORD_SCRIPT_MAX, 0, 0,
	"script"},
    [RECORD_FIRMWARE] = {"firmware", "firmware", "firmware",
	1 + RECORD_DMESG_MAX + RECORD_PSTORE_MAX + RECORD_AUTOPSY_MAX + RECORD_SCRIPT_MAX,
	RECORD_FIRMWARE_MAX, 0, 0, "firmware"},
};

const struct record_kind *record_upload_name(
    int number, const char *suffix, char name[RECORD_NAME_MAX])
{
	const struct record_kind *kind = record_kinds;

	while (number >= kind->first + kind->places)
		kind++;
	if (number == kind->first)
		snprintf(name, RECORD_NAME_MAX, "%s.%s", kind->name, suffix);
	else
		snprintf(name, RECORD_NAME_MAX, "%s-%d.%s", kind->more, number - kind->first + 1,
		    suffix);
	return kind;
}

int record_upload_number(const char *name)
{
	char upload[RECORD_NAME_MAX];

	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++) {
		record_upload_name(number, "txt", upload);
		if (strcmp(upload, name) == 0)
			return number;
	}
	return 0;
}

/* How much more may be merged of one kind of channel. */
struct budget {
	size_t bytes, lines;
};

int record_read(struct err *err, const char *dir, const char *name, size_t max, char **text,
    size_t *len, size_t *left_out)
{
	char path[FILE_PATH_MAX], *more;
	struct stat st;
	size_t want, have = 0;
	ssize_t n;
	int fd;

	if (file_path(err, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 1 : err_errno(err, "%s", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return 1;
	}
	want = (uint64_t)st.st_size > max ? max : (size_t)st.st_size;
	*left_out = (size_t)st.st_size - want;
	if (lseek(fd, (off_t)*left_out, SEEK_SET) < 0) {
		close(fd);
		return err_errno(err, "%s", path);
	}
	/* Read, not mapped: a file that is truncated meanwhile must not kill us. */
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

/* Leaves out the beginning of text up to at, and whole lines only; the mark takes a place before the rest. */
static size_t record_cut(char *text, size_t len, size_t at, size_t left_out)
{
	char mark[64], *line = memchr(text + at, '\n', len - at);
	size_t from = line ? (size_t)(line + 1 - text) : len;
	int n = snprintf(mark, sizeof(mark), "[lastwords: %zu bytes left out]\n", left_out + from);

	if (from < (size_t)n)
		return len;
	memcpy(text, mark, (size_t)n);
	memmove(text + n, text + from, len - from);
	return (size_t)n + len - from;
}

/* Adds a text, which the record then owns; what is beyond the budget is left out. */
static struct record_text *record_take(struct record *record, const char *name, char *text,
    size_t len, size_t left_out, unsigned int channel, struct budget *budget)
{
	struct record_text *to = &record->text[record->texts++];
	const char *at = text, *line;
	size_t n, lines = 0;

	while (timeline_next(&at, text + len, &line, &n))
		lines++;
	for (at = text, n = lines; n > budget->lines && n > 1; n--)
		timeline_next(&at, text + len, &line, &(size_t){0});
	if (n < lines || left_out)
		len = record_cut(text, len, n < lines ? (size_t)(at - text) : 0, left_out);
	snprintf(to->name, sizeof(to->name), "%s", name);
	to->cut = n < lines || left_out;
	to->text = text;
	to->len = len;
	to->lines = n;
	to->channel = channel;
	budget->lines -= n < budget->lines ? n : budget->lines;
	budget->bytes -= len < budget->bytes ? len : budget->bytes;
	return to;
}

/* The budget of a channel that is read after those that the record has. */
static struct budget record_budget(const struct record *record)
{
	struct budget budget = {RECORD_LOG_MAX, RECORD_ALL_LINES_MAX};

	for (size_t i = 0; i < record->texts; i++)
		budget.lines -= record->text[i].lines;
	if (budget.lines > RECORD_LINES_MAX)
		budget.lines = RECORD_LINES_MAX;
	return budget;
}

/* --- uploads --------------------------------------------------------------------------------------- */

static int record_is(const struct kv *kv, const char *key, const char *value)
{
	const char *text = kv_get(kv, key);

	return text && strcmp(text, value) == 0;
}

static void record_read_meta(const char *dir, int number, struct record_text *text)
{
	char name[RECORD_NAME_MAX], path[FILE_PATH_MAX], buf[4096];
	const char *build_id, *holes, *levels;
	struct err ignored;
	struct kv kv;

	record_upload_name(number, "meta", name);
	if (file_path(&ignored, dir, name, path) ||
	    kv_read_file(&ignored, path, buf, sizeof(buf), &kv))
		return;
	/* (before 0.2 pstore was stored as dmesg-N.txt, and rope was the key) */
	if (record_is(&kv, "channel", "pstore") || record_is(&kv, "rope", "pstore"))
		text->channel = TIMELINE_PSTORE;
	holes = kv_get(&kv, "holes");
	if ((holes && *holes && strcmp(holes, "0") != 0) || record_is(&kv, "exit", "3"))
		text->holes = 1;
	levels = kv_get(&kv, "levels");
	if (levels && strlen(levels) < sizeof(text->levels))
		snprintf(text->levels, sizeof(text->levels), "%s", levels);
	build_id = kv_get(&kv, "build-id");
	if (build_id && strlen(build_id) < sizeof(text->build_id) &&
	    strspn(build_id, HEX_DIGITS) == strlen(build_id))
		snprintf(text->build_id, sizeof(text->build_id), "%s", build_id);
}

static int record_read_uploads(struct err *err, const char *dir, struct record *record)
{
	struct budget budget = {RECORD_LOG_MAX, RECORD_UPLOAD_LINES_MAX};

	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++) {
		char name[RECORD_NAME_MAX], *text = NULL;
		const struct record_kind *kind = record_upload_name(number, "txt", name);
		size_t len = 0, left_out = 0;
		int rc;

		if (!kind->line_channel)
			continue;
		rc = record_read(err, dir, name, budget.bytes, &text, &len, &left_out);
		if (rc < 0) {
			free(text);
			return -1;
		}
		if (rc == 0)
			record_read_meta(dir, number,
			    record_take(
				record, name, text, len, left_out, kind->line_channel, &budget));
	}
	return 0;
}

/* --- netconsole ------------------------------------------------------------------------------------ */

/* Where the capture kernel's lines begin in a stream's log; len if it has none. */
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

static long record_count_lines(const char *text, size_t len)
{
	const char *end = text + len;
	long lines = 0;

	while (text && text < end) {
		lines++;
		text = memchr(text, '\n', (size_t)(end - text));
		if (text)
			text++;
	}
	return lines;
}

/* The levels of a stream's last lines, as its meta has them; a log that may grow meanwhile is read after it. */
struct stream_levels {
	char text[LEVELS_TEXT]; /* "" unknown */
	uint64_t end; /* the byte of the log up to which they are */
};

static void record_read_stream_levels(const char *dir, struct stream_levels *levels)
{
	char path[FILE_PATH_MAX], buf[4096];
	const char *text;
	struct err ignored;
	struct kv kv;

	*levels = (struct stream_levels){.text = ""};
	if (file_path(&ignored, dir, "netconsole.meta", path) ||
	    kv_read_file(&ignored, path, buf, sizeof(buf), &kv))
		return;
	text = kv_get(&kv, "levels");
	levels->end = kv_u64(&kv, "levels-end", INT64_MAX, 0);
	if (text && strlen(text) < sizeof(levels->text))
		snprintf(levels->text, sizeof(levels->text), "%s", text);
}

/* after: lines of the log after the text; unknown: of those, the last ones that levels do not describe. */
static void record_set_levels(
    struct record_text *text, const struct stream_levels *levels, long after, long unknown)
{
	memcpy(text->levels, levels->text, sizeof(text->levels));
	text->levels_after = after - unknown;
	text->cut = 1; /* they may be of lines that were rotated away, too */
}

static int record_read_stream(struct err *err, const char *dir, struct record *record)
{
	struct budget budget = record_budget(record);
	/* (of the beginning and of the part before the last: both are of 16 MB, and a mark) */
	const size_t half = RECORD_LOG_MAX / 2, quarter = half / 2 + 4096;
	struct stream_levels levels;
	char *text = NULL, *second;
	const char *line;
	size_t len = 0, split, from, left_out = 0, skipped = 0, older;
	uint64_t size;
	long after = 0, unknown = 0;

	record_read_stream_levels(dir, &levels);
	if (record_read(err, dir, "netconsole.log.0", quarter, &text, &len, &left_out) < 0 ||
	    record_read(err, dir, "netconsole.log.1", quarter, &text, &len, &left_out) < 0)
		goto fail;
	older = len;
	if (record_read(err, dir, "netconsole.log", half, &text, &len, &skipped) < 0)
		goto fail;
	if (!text)
		return 0;
	size = skipped + (len - older);
	if (levels.end > size || size - levels.end > len - older)
		levels.text[0] = '\0'; /* the log is another one */
	else
		unknown = record_count_lines(text + len - (size - levels.end), size - levels.end);
	split = record_second(text, len);
	if (split < len) {
		line = memchr(text + split, '\n', len - split);
		from = line ? (size_t)(line + 1 - text) : len;
		second = malloc(len - from + 1);
		if (!second) {
			err_set(err, "out of memory");
			goto fail;
		}
		memcpy(second, text + from, len - from);
		after = record_count_lines(text + split, len - split);
		record_set_levels(record_take(record, "netconsole.log", second, len - from, 0,
				      TIMELINE_UDP, &budget),
		    &levels, 0, unknown);
	}
	record_set_levels(record_take(record, "netconsole.log", text, split, left_out,
			      TIMELINE_NETCONSOLE, &budget),
	    &levels, after, unknown);
	return 0;
fail:
	free(text);
	return -1;
}

/* --- console --------------------------------------------------------------------------------------- */

/* Takes a text of the console, if it has lines; the record then owns it. */
static void record_take_console(struct record *record, const struct serial_text *text,
    size_t left_out, int timed, struct budget *budget)
{
	if (text->len)
		record_take(record, "console.log", text->text, text->len, left_out,
		    TIMELINE_CONSOLE, budget)
		    ->untimed = !timed;
	else
		free(text->text);
}

static int record_read_console(struct err *err, const char *dir, struct record *record)
{
	struct budget budget = record_budget(record);
	const size_t half = RECORD_LOG_MAX / 4;
	struct serial_lines lines;
	char *bytes = NULL;
	size_t len = 0, left_out = 0, ignored;
	int rc;

	rc = record_read(err, dir, "console.log.1", half, &bytes, &len, &left_out) < 0 ||
	     record_read(err, dir, "console.log", half, &bytes, &len, &ignored) < 0 ||
	     (bytes && serial_read(err, bytes, len, &lines));
	if (!rc && bytes) {
		record_take_console(record, &lines.dump, 0, 1, &budget);
		record_take_console(record, &lines.live, left_out, lines.timed, &budget);
	}
	free(bytes);
	return rc ? -1 : 0;
}

/* The console of a kernel that prints no times: only what other channels have too is surely the kernel's. */
static int record_align_console(struct err *err, struct record *record, struct record_text *text)
{
	struct serial_text aligned = {.text = NULL};
	const char *at, *line;
	size_t n;

	if (record->timeline.count == 0)
		return 0;
	if (serial_align(err, &record->timeline, text->text, text->len, &aligned)) {
		free(aligned.text);
		return -1;
	}
	free(text->text);
	text->text = aligned.text;
	text->len = aligned.len;
	text->lines = 0;
	at = text->text;
	while (timeline_next(&at, text->text + text->len, &line, &n))
		text->lines++;
	return 0;
}

/* --- merging --------------------------------------------------------------------------------------- */

enum { RECORD_RANKS = 6 };

/* The order in which the texts are merged: the best first. */
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
	case TIMELINE_CONSOLE:
		return 4;
	default:
		return 5;
	}
}

/* The best dump is the kernel's ring; the other ones are only compared with it. */
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

static int record_merge(struct err *err, struct record *record, struct record_text *text)
{
	if (text->untimed && record_align_console(err, record, text))
		return -1;
	if (text->lines == 0)
		return 0;
	record->channels |= text->channel;
	return timeline_add(err, &record->timeline, text->text, text->len, text->channel);
}

int record_load(struct err *err, const char *dir, struct record *record)
{
	memset(record, 0, sizeof(*record));
	if (record_read_uploads(err, dir, record) || record_read_stream(err, dir, record) ||
	    record_read_console(err, dir, record))
		goto fail;
	record_name_dumps(record);
	for (int rank = 0; rank < RECORD_RANKS; rank++)
		for (size_t i = 0; i < record->texts; i++)
			if (record_rank(&record->text[i]) == rank &&
			    record_merge(err, record, &record->text[i]))
				goto fail;
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
