/* SPDX-License-Identifier: MIT */
/* lastwords console: lists the consoles, attaches to one, or prints what one has printed. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "base/clock.h"
#include "base/num.h"
#include "cli.h"
#include "console/log/transcript.h"

enum { CONSOLE_LINES = 24, REPLAY_PAUSE_MAX_MS = 2000 };

struct console_options {
	struct attach_options attach;
	int log, replay;
	int64_t from_ms, to_ms; /* 0: not given */
};

static int console_list_line(char *line)
{
	size_t len = strcspn(line, "\n"), name = strcspn(line, " ");
	int64_t last;
	struct kv kv;

	if (name >= len)
		return 0;
	line[len] = line[name] = '\0';
	kv_parse(&kv, line + name + 1, len - name - 1, ' ');
	last = (int64_t)kv_u64(&kv, "last", INT64_MAX, 0);
	printf("%-20s %-11s", line, kv_get(&kv, "state") ? kv_get(&kv, "state") : "");
	if (last > 0)
		cli_print_time(last);
	else
		printf("%-19s", "nothing yet");
	printf("  ");
	cli_print_safe(kv_get(&kv, "session") ? kv_get(&kv, "session") : "-");
	if (kv_get(&kv, "why")) {
		printf("  ");
		cli_print_safe(kv_get(&kv, "why"));
	}
	printf("\n");
	return 1;
}

/* A line for each console, from STATE/run/console.status. */
static int console_list(struct cli *cli)
{
	char run[FILE_PATH_MAX], path[FILE_PATH_MAX], line[2048];
	struct err err;
	FILE *file;
	int count = 0;

	if (file_path(&err, cli->config.state, LAYOUT_RUN, run) ||
	    file_path(&err, run, "console.status", path))
		return cli_fail(&err);
	if (attach_is_served(cli->config.state) == 0)
		return cli_fail(
		    (err_set(&err, "no lastwords-console runs; start the server"), &err));
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		count += console_list_line(line);
	if (file)
		fclose(file);
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
			cli_print_bytes(bytes + i, 1);
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

static int console_option(
    struct err *err, int opt, const char *value, struct console_options *options)
{
	switch (opt) {
	case 'n':
		return num_int(err, "-n", value, 0, 100000, &options->attach.lines);
	case 's':
		return num_int(err, "--seconds", value, 1, 86400, &options->attach.seconds);
	case 'f':
		return cli_parse_time(err, "--from", value, &options->from_ms);
	case 't':
		return cli_parse_time(err, "--to", value, &options->to_ms);
	case 'r':
		options->attach.read_only = 1;
		return 0;
	case 'x':
		options->attach.steal = 1;
		return 0;
	case 'p':
		options->replay = 1;
		return 0;
	default:
		options->log = 1;
		return 0;
	}
}

int cmd_console(struct cli *cli, int argc, char **argv)
{
	static const struct option long_options[] = {{"read", no_argument, NULL, 'r'},
	    {"steal", no_argument, NULL, 'x'}, {"seconds", required_argument, NULL, 's'},
	    {"log", no_argument, NULL, 'l'}, {"replay", no_argument, NULL, 'p'},
	    {"from", required_argument, NULL, 'f'}, {"to", required_argument, NULL, 't'}, {0}};
	struct console_options options = {.attach.lines = CONSOLE_LINES};
	struct err err;
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "n:", long_options, NULL)) != -1) {
		if (opt == '?')
			return cli_usage(argv[0]);
		if (console_option(&err, opt, optarg, &options))
			return cli_fail(&err);
	}
	options.attach.target = argv[optind];
	if (argc - optind > 1 || (options.log && !argv[optind]))
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	if (!argv[optind])
		return console_list(cli);
	if (options.log || options.replay || options.from_ms || options.to_ms)
		return console_log(cli, &options);
	return attach_run(&err, cli->config.state, &options.attach) ? cli_fail(&err) : CLI_OK;
}
