/* SPDX-License-Identifier: MIT */
/* show: prints all that is known of one session: its way, its crash, its ropes, its last lines. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "record.h"
#include "ropes.h"

static void show_row(const char *name, const char *value)
{
	cli_print_row(name, 11, value);
}

/* text is the pairs as the journal has them, values encoded. */
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
		cli_print_safe(kv.pair[i].value);
		printf("%s", quote ? "\"" : "");
	}
	printf("\n");
	return 0;
}

/* One row for each text that came, and whether two ropes tell the same. */
static void show_ropes(const struct record *record)
{
	const struct record_text *dump = NULL, *stream = NULL;
	struct ropes ropes;
	struct err err;
	char names[48];

	for (size_t i = 0; i < record->texts; i++) {
		const struct record_text *text = &record->text[i];

		printf("%-11s%zu lines, %zu bytes%s%s%s\n",
		    text->rope & (TIMELINE_HTTP | TIMELINE_AGAIN)
			? "by http"
			: timeline_rope_names(text->rope, names),
		    text->lines, text->len, strcmp(text->name, "dmesg.txt") == 0 ? "" : ": ",
		    strcmp(text->name, "dmesg.txt") == 0 ? "" : text->name,
		    text->holes ? ", with holes" : "");
		if (text->rope == TIMELINE_HTTP)
			dump = text;
		if (text->rope == TIMELINE_NETCONSOLE)
			stream = text;
	}
	if (!dump || !stream)
		return;
	if (ropes_compare(&err, dump->text, dump->len, stream->text, stream->len, &ropes)) {
		err_print("lastwords", &err);
		return;
	}
	if (ropes.both == ropes.stream_lines)
		printf("%-11sthey agree: all %zu lines of netconsole stand in the dmesg\n", "ropes",
		    ropes.stream_lines);
	else
		printf("%-11sthey differ: %zu of %zu lines of netconsole are not in the dmesg\n",
		    "ropes", ropes.stream_lines - ropes.both, ropes.stream_lines);
}

/* The merged log in one row, and where its lines are from. */
static void show_record(const struct record *record)
{
	const struct timeline *timeline = &record->timeline;
	size_t by[1u << TIMELINE_ROPES] = {0};
	const char *between = " (";
	char names[48];

	if (!timeline->count)
		return;
	for (size_t i = 0; i < timeline->count; i++)
		by[timeline->line[i].ropes & ((1u << TIMELINE_ROPES) - 1)]++;
	printf("%-11s%zu lines", "record", timeline->count);
	for (unsigned int ropes = 1; ropes < 1u << TIMELINE_ROPES; ropes++) {
		if (!by[ropes])
			continue;
		printf("%s%zu by %s", between, by[ropes], timeline_rope_names(ropes, names));
		between = "; ";
	}
	printf("), %zu hole%s, %zu differing\n", timeline->holes, timeline->holes == 1 ? "" : "s",
	    timeline->differing);
}

/* What the report says of the kernel and of where it died. */
static void show_facts(const char *dir)
{
	struct title title;
	char text[64];

	/* (without a report the release and build id may still be known) */
	record_read_title(dir, &title);
	show_row("release", title.release);
	show_row("build id", title.build_id);
	show_row("taint", title.taint);
	show_row("rip", title.rip);
	show_row("modules", title.modules);
	show_row("task", title.comm);
	if (title.pid >= 0) {
		snprintf(text, sizeof(text), "%ld", title.pid);
		show_row("pid", text);
	}
	if (title.cpu >= 0) {
		snprintf(text, sizeof(text), "%d", title.cpu);
		show_row("cpu", text);
	}
	if (title.title[0] && title.time_us >= 0) {
		snprintf(text, sizeof(text), "%lld.%06lld s", (long long)(title.time_us / 1000000),
		    (long long)(title.time_us % 1000000));
		show_row("uptime", text);
	}
	show_row("hardware", title.hardware);
}

static void show_stream(const struct store_stream *stream)
{
	if (!stream->packets)
		return;
	printf("%-11s%llu packets, %llu lost, %llu truncated, %llu late, %llu duplicates\n",
	    "counts", (unsigned long long)stream->packets, (unsigned long long)stream->lost,
	    (unsigned long long)stream->truncated, (unsigned long long)stream->late,
	    (unsigned long long)stream->duplicates);
}

/* The last lines of the merged log; in front of each, if the ropes differ there, which has it. */
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
		cli_print_bytes(line->text, line->len);
		if (line->flags & TIMELINE_DIFFERS)
			printf("   (only by %s)", timeline_rope_names(line->ropes, names));
		printf("\n");
	}
}

int show_session(struct err *err, struct cli *cli, struct store *store,
    const struct store_session *s, int last_lines)
{
	struct record record;
	struct session id;
	char dir[STATE_PATH_MAX], when[25];
	int64_t first = 0;
	long events;

	if (session_parse(err, s->id, strlen(s->id), &id) ||
	    state_session_dir(err, cli->config.state, &id, 0, dir))
		return -1;
	clock_format(id.time_ms, when);
	if (record_load(err, dir, &record))
		return -1;
	show_row("session", s->id);
	show_row("machine", s->mac);
	show_row("product", s->product);
	show_row("serial", s->serial);
	show_row("profile", s->profile);
	show_row("address", s->address);
	show_row("requested", when);
	show_row("state", store_state_name(s->state));
	show_row("not armed", s->why);
	show_row("title", s->title);
	show_row("class", s->class);
	show_row("signature", s->signature);
	show_facts(dir);
	show_record(&record);
	show_ropes(&record);
	show_stream(&s->stream);
	if (access(dir, R_OK) == 0)
		show_row("files", dir);
	printf("events:\n");
	events = store_events(err, store, s->id, show_event, &first);
	if (events >= 0)
		show_last(&record, last_lines);
	record_free(&record);
	return events < 0 ? -1 : 0;
}
