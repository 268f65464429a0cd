/* SPDX-License-Identifier: MIT */
/* show: prints all that is known of one session: its way, its crash, its ropes, its last lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "ropes.h"

enum { SHOW_LOG_MAX = 64 << 20 };

struct show_log {
	char *text;
	size_t len;
	char path[STATE_PATH_MAX];
};

static void show_row(const char *name, const char *value)
{
	if (!value[0])
		return;
	printf("%-11s", name);
	cli_print_safe(value);
	printf("\n");
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

/* A log of the session; leaves text NULL if there is none. */
static void show_load(const char *dir, const char *name, struct show_log *log)
{
	struct err err;

	log->text = NULL;
	log->len = 0;
	if (state_path(&err, dir, name, log->path) || access(log->path, R_OK))
		return;
	if (cli_read_input(&err, log->path, SHOW_LOG_MAX, &log->text, &log->len))
		err_print("lastwords", &err);
}

static size_t show_count(const struct show_log *log)
{
	size_t lines = 0;

	for (size_t i = 0; i < log->len; i++)
		lines += log->text[i] == '\n';
	return lines;
}

static void show_ropes(const struct show_log *dump, const struct show_log *stream)
{
	struct ropes ropes;
	struct err err;

	if (dump->text)
		printf("%-11s%zu lines, %zu bytes\n", "by http", show_count(dump), dump->len);
	if (stream->text)
		printf(
		    "%-11s%zu lines, %zu bytes\n", "netconsole", show_count(stream), stream->len);
	if (!dump->text || !stream->text)
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

static void show_stream(const struct store_stream *stream)
{
	if (!stream->packets)
		return;
	printf("%-11s%llu packets, %llu lost, %llu truncated, %llu late, %llu duplicates\n",
	    "counts", (unsigned long long)stream->packets, (unsigned long long)stream->lost,
	    (unsigned long long)stream->truncated, (unsigned long long)stream->late,
	    (unsigned long long)stream->duplicates);
}

/* The last lines, indented, and nothing in them acts on a terminal. */
static void show_last(const struct show_log *log, int lines)
{
	size_t at = log->len;

	if (!log->text || lines <= 0)
		return;
	if (at > 0 && log->text[at - 1] == '\n')
		at--;
	while (at > 0) {
		if (log->text[at - 1] == '\n' && --lines == 0)
			break;
		at--;
	}
	printf("last lines of %s:\n", log->path);
	while (at < log->len) {
		char *stop = memchr(log->text + at, '\n', log->len - at);
		size_t len = stop ? (size_t)(stop - (log->text + at)) : log->len - at;

		log->text[at + len] = '\0';
		printf("  ");
		cli_print_safe(log->text + at);
		printf("\n");
		at += len + 1;
	}
}

int show_session(struct err *err, struct cli *cli, struct store *store,
    const struct store_session *s, int last_lines)
{
	struct show_log dump, stream;
	struct session id;
	char dir[STATE_PATH_MAX], when[25];
	int64_t first = 0;

	if (session_parse(err, s->id, strlen(s->id), &id) ||
	    state_session_dir(err, cli->config.state, &id, 0, dir))
		return -1;
	clock_format(id.time_ms, when);
	show_load(dir, "dmesg.txt", &dump);
	show_load(dir, "netconsole.log", &stream);
	show_row("session", s->id);
	show_row("machine", s->mac);
	show_row("product", s->product);
	show_row("profile", s->profile);
	show_row("address", s->address);
	show_row("requested", when);
	show_row("state", store_state_name(s->state));
	show_row("not armed", s->why);
	show_row("title", s->title);
	show_row("class", s->class);
	show_row("signature", s->signature);
	show_ropes(&dump, &stream);
	show_stream(&s->stream);
	if (access(dir, R_OK) == 0)
		show_row("files", dir);
	printf("events:\n");
	if (store_events(err, store, s->id, show_event, &first) < 0)
		goto fail;
	show_last(dump.text ? &dump : &stream, last_lines);
	free(dump.text);
	free(stream.text);
	return 0;
fail:
	free(dump.text);
	free(stream.text);
	return -1;
}
