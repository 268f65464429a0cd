/* SPDX-License-Identifier: MIT */
/*
 * show_document: what `lastwords show` prints of a session whose files are elsewhere, from its documents: those of
 * query_session and query_log.
 */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "screen/print.h"

/* A member's text, or number. */
static void show_member(const json_t *document, const char *name, const char *key)
{
	const json_t *value = json_object_get(document, key);
	char text[32];

	if (json_is_integer(value)) {
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
		show_row(name, text);
	} else if (json_is_real(value)) {
		snprintf(text, sizeof(text), "%.6f s", json_real_value(value));
		show_row(name, text);
	} else {
		show_row(name, ask_text(document, key));
	}
}

/* The row's name, and the member. */
static void show_members(const json_t *document, const char *const rows[][2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		show_member(document, rows[i][0], rows[i][1]);
}

static void show_record(const json_t *record)
{
	const long long lines = ask_number(record, "lines", 0);
	const char *between = " (";
	json_t *channel;
	size_t i;

	if (!lines)
		return;
	printf("%-11s%lld line%s", "record", lines, cli_plural((unsigned long long)lines));
	json_array_foreach(json_object_get(record, "channels"), i, channel)
	{
		printf("%s%lld by ", between, ask_number(channel, "lines", 0));
		print_safe(ask_text(channel, "name"));
		between = "; ";
	}
	printf("%s, %lld holes, %lld differing\n", i ? ")" : "", ask_number(record, "holes", 0),
	    ask_number(record, "differing", 0));
}

static void show_counts(const json_t *counts)
{
	if (ask_number(counts, "packets", 0))
		printf(
		    "%-11s%lld packet%s, %lld lost, %lld truncated, %lld late, %lld duplicate%s\n",
		    "counts", ask_number(counts, "packets", 0),
		    cli_plural((unsigned long long)ask_number(counts, "packets", 0)),
		    ask_number(counts, "lost", 0), ask_number(counts, "truncated", 0),
		    ask_number(counts, "late", 0), ask_number(counts, "duplicates", 0),
		    cli_plural((unsigned long long)ask_number(counts, "duplicates", 0)));
}

static void show_events(const json_t *events)
{
	int64_t first = 0;
	json_t *event;
	size_t i;

	printf("events:\n");
	json_array_foreach(events, i, event)
	{
		const int64_t time = ask_time(event, "time");

		first = first ? first : time;
		printf("  %+9.3f s  ", (double)(time - first) / 1000);
		print_safe(ask_text(event, "event"));
		printf("%*s ",
		    (int)(strlen(ask_text(event, "event")) < 10
			      ? 10 - strlen(ask_text(event, "event"))
			      : 0),
		    "");
		print_safe(ask_text(event, "text"));
		printf("\n");
	}
}

static void show_last(const json_t *log)
{
	json_t *line;
	size_t i;

	if (json_array_size(log))
		printf("last lines of the record:\n");
	json_array_foreach(log, i, line)
	{
		printf("  ");
		print_safe(ask_text(line, "text"));
		if (strcmp(ask_text(line, "mark"), "differs") == 0)
			printf("   (only %s)", ask_text(line, "channels"));
		printf("\n");
	}
}

void show_document(const struct screen *screen, const json_t *session, const json_t *log)
{
	static const char *const machine[][2] = {{"session", "session"}, {"machine", "mac"},
	    {"product", "product"}, {"serial", "serial"}, {"profile", "profile"},
	    {"address", "address"}, {"server", "server"}};
	static const char *const crash[][2] = {{"not armed", "why"}, {"title", "title"},
	    {"class", "class"}, {"signature", "signature"}, {"release", "release"},
	    {"build id", "build_id"}, {"taint", "taint"}, {"rip", "rip"}, {"modules", "modules"},
	    {"task", "task"}, {"pid", "pid"}, {"cpu", "cpu"}, {"uptime", "uptime"},
	    {"hardware", "hardware"}};
	const char *state = ask_text(session, "state");
	char when[SCREEN_TIME_MAX];
	json_t *sentence;
	size_t i;

	show_members(session, machine, sizeof(machine) / sizeof(machine[0]));
	screen_time_both(screen, ask_time(session, "booted"), when);
	show_row("requested", when);
	printf("%-11s%s%s%s\n", "state", screen_begin(screen, cli_state_colour(state)), state,
	    screen_end(screen, cli_state_colour(state)));
	show_members(session, crash, sizeof(crash) / sizeof(crash[0]));
	json_array_foreach(json_object_get(session, "summary"), i, sentence)
	    show_row(i ? "" : "autopsy", json_string_value(sentence));
	show_record(json_object_get(session, "record"));
	show_counts(json_object_get(session, "counts"));
	show_row("page", ask_text(session, "url"));
	show_events(json_object_get(session, "events"));
	show_last(json_object_get(log, "log"));
}
