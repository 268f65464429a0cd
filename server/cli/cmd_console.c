/* SPDX-License-Identifier: MIT */
/* lastwords console: lists the consoles, attaches to one, or prints what one has printed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach/attach.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli.h"
#include "console/log/transcript.h"
#include "screen/print.h"
#include "screen/table.h"

enum {
	CONSOLE_LINES = 24,
	REPLAY_PAUSE_MAX_MS = 2000,
	CONSOLE_LINE_MAX = 2048,
	CONSOLE_JSON_MAX = 8 * CONSOLE_LINE_MAX,
};

struct console_options {
	struct attach_options attach;
	int log, replay, json;
	int64_t from_ms, to_ms; /* 0: not given */
};

const struct options_row console_options[] = {
    {.name = "--read",
	.help = "watch only",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct console_options, attach.read_only)},
    {.name = "--steal",
	.help = "take serial-over-LAN from another session",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct console_options, attach.steal)},
    {.name = "-n",
	.value = "LINES",
	.help = "last lines first (24)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct console_options, attach.lines),
	.most = 100000},
    {.name = "--seconds",
	.value = "S",
	.help = "end after that time",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct console_options, attach.seconds),
	.least = 1,
	.most = 86400},
    {.name = "--log",
	.help = "print what the console has printed",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct console_options, log)},
    {.name = "--replay",
	.help = "the same at the pace at which it came",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct console_options, replay)},
    {.name = "--from",
	.value = "WHEN",
	.help = "of --log: from then on",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct console_options, from_ms)},
    {.name = "--to",
	.value = "WHEN",
	.help = "of --log: until then",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct console_options, to_ms)},
    {.name = "--json",
	.help = "the list: one object a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct console_options, json)},
    {.name = NULL},
};

static const struct table_column console_columns[] = {
    {.heading = "TARGET"},
    {.heading = "STATE"},
    {.heading = "LAST BYTE"},
    {.heading = "SESSION", .min = 27, .give = 1, .drop = 1},
    {.heading = "REASON", .min = 12, .give = 2},
};

static void console_text(struct table *table, const char *target, const struct kv *kv)
{
	const char *state = kv_get(kv, "state");

	table_cell(table, target, SCREEN_PLAIN);
	table_cell(table, state,
	    !state                     ? SCREEN_PLAIN
	    : strcmp(state, "up") == 0 ? SCREEN_GOOD
				       : SCREEN_WARN);
	table_cell_time(table, (int64_t)kv_u64(kv, "last", INT64_MAX, 0));
	table_cell(table, kv_get(kv, "session"), SCREEN_PLAIN);
	table_cell(table, kv_get(kv, "why"), SCREEN_PLAIN);
}

static void console_json(const char *target, const struct kv *kv)
{
	const int64_t last = (int64_t)kv_u64(kv, "last", INT64_MAX, 0);
	char text[CONSOLE_JSON_MAX], when[25];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "target", target);
	json_known(&out, "state", kv_get(kv, "state"));
	clock_format(last, when);
	if (last)
		json_pair(&out, "last", when);
	json_known(&out, "session", kv_get(kv, "session"));
	json_known(&out, "why", kv_get(kv, "why"));
	printf("%s}\n", out.buf);
}

/* A console's line of STATE/run/console.status. 1, or 0: it is not valid. table NULL: as JSON. */
static int console_list_line(struct table *table, char *line)
{
	size_t len = strcspn(line, "\n"), name = strcspn(line, " ");
	struct kv kv;

	if (name >= len)
		return 0;
	line[len] = line[name] = '\0';
	kv_parse(&kv, line + name + 1, len - name - 1, ' ');
	if (table)
		console_text(table, line, &kv);
	else
		console_json(line, &kv);
	return 1;
}

/* A row for each console, from STATE/run/console.status. */
static int console_list(struct cli *cli, int json)
{
	char run[FILE_PATH_MAX], path[FILE_PATH_MAX], line[CONSOLE_LINE_MAX];
	struct table *table = NULL;
	struct err err;
	FILE *file;
	int count = 0;

	if (file_path(&err, cli->config.state, LAYOUT_RUN, run) ||
	    file_path(&err, run, "console.status", path))
		return cli_fail(&err);
	if (attach_is_served(cli->config.state) == 0)
		return cli_fail(
		    (err_set(&err, "no lastwords-console runs; start the server"), &err));
	if (!json && !(table = table_begin(&err, &cli->screen, console_columns,
			   sizeof(console_columns) / sizeof(console_columns[0]))))
		return cli_fail(&err);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		count += console_list_line(table, line);
	if (file)
		fclose(file);
	if (table_end(&err, table))
		return cli_fail(&err);
	if (count == 0)
		fprintf(stderr, "lastwords: no consoles; set sol or console in a target, and start "
				"the server\n");
	return count ? CLI_OK : CLI_FAILED;
}

/* The directory of the newest session of a target's machine, of a session, or of the target. 0/-1. */
static int console_find(struct err *err, struct cli *cli, const char *what, char dir[FILE_PATH_MAX])
{
	const struct config_target *target = config_target(&cli->config, what);
	char parent[FILE_PATH_MAX], log[FILE_PATH_MAX];
	struct db_session known;
	struct session session;
	struct db *db = cli_open(err, cli);
	int rc = db ? cli_find_session(err, db, target ? target->mac : what, &known) : -1;

	db_close(db);
	if (rc == 0)
		rc = session_parse(err, known.id, strlen(known.id), &session) ||
			     layout_session_dir(
				 err, cli->config.state, &session, LAYOUT_LOOK, dir) ||
			     file_path(err, dir, "console.log", log)
			 ? -1
			 : 0;
	if (!target || (rc == 0 && access(log, F_OK) == 0))
		return rc;
	return file_path(err, cli->config.state, LAYOUT_CONSOLES, parent) ||
		       file_path(err, parent, target->name, dir)
		   ? -1
		   : 0;
}

/* On a terminal only text, tabs and line ends, unless it is to be replayed. */
static void console_put(const char *bytes, size_t len, int raw)
{
	if (raw) {
		fwrite(bytes, 1, len, stdout);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			printf("\n");
		else if (bytes[i] != '\r')
			print_bytes(bytes + i, 1);
	}
}

/* Prints from offset to end, replayed at its own pace if asked for. 0/-1. */
static int console_print(struct err *err, const struct transcript_reader *reader, uint64_t offset,
    uint64_t end, int replay)
{
	const int raw = replay || !isatty(STDOUT_FILENO);
	int64_t before = transcript_time(reader, offset);
	char bytes[4096];

	while (offset < end) {
		size_t want = end - offset < sizeof(bytes) ? (size_t)(end - offset) : sizeof(bytes);
		ssize_t n = transcript_read(reader, offset, bytes, want);
		const char *newline;
		int64_t now, pause;

		if (n < 0)
			return err_errno(err, "console.log");
		if (n == 0)
			return 0;
		newline = replay ? memchr(bytes, '\n', (size_t)n) : NULL;
		if (newline)
			n = newline + 1 - bytes;
		console_put(bytes, (size_t)n, raw);
		offset += (uint64_t)n;
		if (!replay || offset >= end)
			continue;
		now = transcript_time(reader, offset);
		pause = (now - before) / 1000;
		before = now;
		fflush(stdout);
		clock_pause_us((unsigned)(pause < 0                     ? 0
					  : pause > REPLAY_PAUSE_MAX_MS ? REPLAY_PAUSE_MAX_MS
									: pause) *
			       1000);
	}
	return 0;
}

static int console_log(struct cli *cli, const struct console_options *options)
{
	struct transcript_reader reader;
	char dir[FILE_PATH_MAX];
	uint64_t from, to;
	struct err err;
	int rc;

	if (console_find(&err, cli, options->attach.target, dir))
		return cli_fail(&err);
	rc = transcript_read_open(&err, &reader, dir);
	if (rc == 0 && transcript_size(&reader) == 0)
		rc = err_set(&err, "%s: the console has printed nothing yet", dir);
	if (rc == 0) {
		from = transcript_find(&reader, options->from_ms * 1000);
		to = options->to_ms ? transcript_find(&reader, options->to_ms * 1000)
				    : transcript_size(&reader);
		rc = console_print(&err, &reader, from, to, options->replay);
	}
	transcript_read_close(&reader);
	return rc ? cli_fail(&err) : CLI_OK;
}

int cmd_console(struct cli *cli, int argc, char **argv)
{
	struct console_options options = {.attach.lines = CONSOLE_LINES};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	options.attach.target = argc > 1 ? argv[1] : NULL;
	if ((options.log || options.replay) && argc < 2)
		return cli_usage(argv[0]);
	if (options.json && argc > 1)
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	if (argc < 2)
		return console_list(cli, options.json);
	if (options.log || options.replay || options.from_ms || options.to_ms)
		return console_log(cli, &options);
	return attach_run(&err, cli->config.state, &options.attach) ? cli_fail(&err) : CLI_OK;
}
