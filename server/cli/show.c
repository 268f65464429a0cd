/* SPDX-License-Identifier: MIT */
/* show: prints one session: its machine, its crash, its channels, its events, its last lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "record/autopsy.h"
#include "record/record.h"
#include "screen/print.h"
#include "ways.h"

void show_row(const char *name, const char *value)
{
	print_row(name, 11, value);
}

/* The same in a colour. */
static void show_coloured(
    const struct screen *screen, const char *name, const char *value, enum screen_colour colour)
{
	if (!value[0])
		return;
	printf("%-11s%s", name, screen_begin(screen, colour));
	print_safe(value);
	printf("%s\n", screen_end(screen, colour));
}

/* text: the pairs of the journal line, values encoded */
static int show_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	char buf[JOURNAL_LINE_MAX + 1];
	int64_t *first = arg;
	size_t len = strlen(text);
	struct kv kv = {.count = 0};

	if (!*first)
		*first = time_ms;
	printf("  %+9.3f s  %-10s", (double)(time_ms - *first) / 1000, event);
	if (len < sizeof(buf)) {
		memcpy(buf, text, len);
		kv_parse(&kv, buf, len, ' ');
	}
	for (size_t i = 0; i < kv.count; i++) {
		int quote = !kv.pair[i].value[0] || strchr(kv.pair[i].value, ' ');

		printf(" %s=%s", kv.pair[i].key, quote ? "\"" : "");
		print_safe(kv.pair[i].value);
		printf("%s", quote ? "\"" : "");
	}
	printf("\n");
	return 0;
}

/* One row for each dump or log that arrived. */
static void show_channels(const struct record *record)
{
	char names[48];

	for (size_t i = 0; i < record->texts; i++) {
		const struct record_text *text = &record->text[i];

		printf("%-11s%zu line%s, %zu byte%s%s%s%s\n",
		    text->channel & (TIMELINE_HTTP | TIMELINE_AGAIN)
			? "by http"
			: timeline_channel_names(text->channel, names),
		    text->lines, cli_plural(text->lines), text->len, cli_plural(text->len),
		    strcmp(text->name, "dmesg.txt") == 0 ? "" : ": ",
		    strcmp(text->name, "dmesg.txt") == 0 ? "" : text->name,
		    text->holes ? ", with holes" : "");
	}
}

/* The merged log in one row, with the channels of its lines. */
static void show_record(const struct record *record)
{
	const struct timeline *timeline = &record->timeline;
	size_t by[1u << TIMELINE_CHANNELS] = {0};
	const char *between = " (";
	char names[48];

	if (!timeline->count)
		return;
	for (size_t i = 0; i < timeline->count; i++)
		by[timeline->line[i].channels & ((1u << TIMELINE_CHANNELS) - 1)]++;
	printf("%-11s%zu line%s", "record", timeline->count, cli_plural(timeline->count));
	for (unsigned int channels = 1; channels < 1u << TIMELINE_CHANNELS; channels++) {
		if (!by[channels])
			continue;
		printf(
		    "%s%zu by %s", between, by[channels], timeline_channel_names(channels, names));
		between = "; ";
	}
	printf("), %zu hole%s, %zu differing\n", timeline->holes, cli_plural(timeline->holes),
	    timeline->differing);
}

/* The kernel, and where it crashed. */
static void show_facts(const char *dir)
{
	struct report report;
	char text[64];

	/* without a report the release and build id may still be known */
	record_read_report(dir, &report);
	show_row("release", report.release);
	show_row("build id", report.build_id);
	show_row("taint", report.taint);
	show_row("rip", report.rip);
	show_row("modules", report.modules);
	show_row("task", report.comm);
	if (report.pid >= 0) {
		snprintf(text, sizeof(text), "%ld", report.pid);
		show_row("pid", text);
	}
	if (report.cpu >= 0) {
		snprintf(text, sizeof(text), "%d", report.cpu);
		show_row("cpu", text);
	}
	if (report.title[0] && report.time_us >= 0) {
		snprintf(text, sizeof(text), "%lld.%06lld s", (long long)(report.time_us / 1000000),
		    (long long)(report.time_us % 1000000));
		show_row("uptime", text);
	}
	show_row("hardware", report.hardware);
}

/* What the machine was doing, in the autopsy's own sentences. */
static void show_autopsy(const char *dir)
{
	static char line[AUTOPSY_LINES][AUTOPSY_LINE];
	size_t len, count;
	char *text = autopsy_read(dir, &len);

	if (!text)
		return;
	count = autopsy_summary(text, len, line);
	for (size_t i = 0; i < count; i++)
		print_row(i ? "" : "autopsy", 11, line[i]);
	free(text);
}

static void show_stream(const struct db_stream *stream)
{
	if (!stream->packets)
		return;
	printf("%-11s%llu packet%s, %llu lost, %llu truncated, %llu late, %llu duplicate%s\n",
	    "counts", (unsigned long long)stream->packets, cli_plural(stream->packets),
	    (unsigned long long)stream->lost, (unsigned long long)stream->truncated,
	    (unsigned long long)stream->late, (unsigned long long)stream->duplicates,
	    cli_plural(stream->duplicates));
}

enum { SHOW_FIRMWARE_LINES = 20 };

/* The end of what firmware and iPXE printed, of a session that never came up. */
static void show_firmware(const char *dir, const struct db_session *s)
{
	char *text = NULL, *from;
	size_t len = 0, left_out;
	struct err ignored;
	int lines = 0;

	if (s->running_ms || s->captured_ms ||
	    record_read(&ignored, dir, "firmware.txt", 65536, &text, &len, &left_out) || !len) {
		free(text);
		return;
	}
	for (from = text + len - 1; from > text; from--)
		if (from[-1] == '\n' && ++lines == SHOW_FIRMWARE_LINES)
			break;
	printf("firmware and iPXE:\n");
	while (from < text + len) {
		size_t n = strcspn(from, "\r\n");

		printf("  ");
		print_bytes(from, n);
		printf("\n");
		from += n;
		from += strspn(from, "\r");
		from += *from == '\n';
	}
	free(text);
}

/* By what a panic of this session can, or could, reach the server; and what its silence means. */
static void show_ways(struct cli *cli, struct db *db, const struct db_session *s)
{
	struct channels channels;
	char text[1024];

	if (s->state == SESSION_CAPTURED || !ways_of_session(db, &cli->config, s, &channels))
		return;
	channels_text(&channels, text, sizeof(text));
	show_row("panic by", text);
	if (s->state == SESSION_ENDED)
		show_row("ended",
		    channels_count(&channels, CHANNEL_YES) == 0
			? "perhaps by a panic: no channel could surely carry one"
			: "by a reset, a power loss or an orderly reboot: a panic would have reached the server");
}

/* The last lines of the merged log, each with its channels where they differ. */
static void show_last(const struct record *record, int lines)
{
	const struct timeline *timeline = &record->timeline;
	size_t from = 0;
	char names[48];

	if (!timeline->count || lines <= 0)
		return;
	if (timeline->count > (size_t)lines)
		from = timeline->count - (size_t)lines;
	printf("last lines of the record:\n");
	for (size_t i = from; i < timeline->count; i++) {
		const struct timeline_line *line = &timeline->line[i];

		printf("  ");
		print_bytes(line->text, line->len);
		if (line->flags & TIMELINE_DIFFERS)
			printf("   (only %s)", timeline_channel_names(line->channels, names));
		printf("\n");
	}
}

int show_session(
    struct err *err, struct cli *cli, struct db *db, const struct db_session *s, int last_lines)
{
	struct record_channels has;
	struct record record;
	struct session id;
	char dir[FILE_PATH_MAX], when[SCREEN_TIME_MAX];
	int64_t first = 0;
	long events;

	if (session_parse(err, s->id, strlen(s->id), &id) ||
	    layout_session_dir(err, cli->config.state, &id, LAYOUT_LOOK, dir))
		return -1;
	screen_time_both(&cli->screen, id.time_ms, when);
	if (record_load(err, dir, &record))
		return -1;
	show_row("session", s->id);
	show_row("machine", s->mac);
	show_row("product", s->product);
	show_row("serial", s->serial);
	show_row("profile", s->profile);
	show_row("address", s->address);
	show_row("requested", when);
	show_coloured(&cli->screen, "state", session_state_name(s->state),
	    cli_state_colour(session_state_name(s->state)));
	show_row("not armed", s->why);
	show_ways(cli, db, s);
	show_coloured(&cli->screen, "title", s->title, SCREEN_STRONG);
	if (record_read_channels(dir, &has) == 0 && has.title_by[0])
		show_row("title by", strcmp(has.title_by, "pstore") == 0
					 ? "pstore, sent under the token of a later session"
					 : "the autopsy: the log names no function");
	show_row("class", s->class);
	show_row("signature", s->signature);
	show_facts(dir);
	show_autopsy(dir);
	show_record(&record);
	show_channels(&record);
	show_stream(&s->stream);
	if (access(dir, R_OK) == 0)
		show_row("files", dir);
	show_firmware(dir, s);
	printf("events:\n");
	events = db_events(err, db, s->id, show_event, &first);
	if (events >= 0)
		show_last(&record, last_lines);
	record_free(&record);
	return events < 0 ? -1 : 0;
}
