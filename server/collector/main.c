/* SPDX-License-Identifier: MIT */
/* lastwords-collector: receives netconsole and keeps the index. Options and messages only; see collector.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"
#include "config/config.h"
#include "store/merge.h"

static const char program[] = "lastwords-collector";

static const struct {
	const char *option, *help;
} usage_lines[] = {
    {"-c FILE", "the configuration file (default: $LASTWORDS_CONF, /etc/lastwords/lastwords.conf)"},
    {"-l ADDRESS:PORT",
	"listen there instead of at the configuration's netconsole; may be repeated"},
    {"-u USER", "become USER when the sockets are open"},
    {"--help", "print this text"},
};

static void warn(const char *text)
{
	fprintf(stderr, "%s: %s\n", program, text);
}

/* The exit code of one of its own processes. */
static int finish(int rc, const struct err *err)
{
	if (rc)
		err_print(program, err);
	return rc;
}

static void usage(FILE *out)
{
	fprintf(out, "usage: %s [-c FILE] [-l ADDRESS:PORT]… [-u USER]\n", program);
	for (size_t i = 0; i < sizeof(usage_lines) / sizeof(usage_lines[0]); i++)
		fprintf(out, "  %-16s %s\n", usage_lines[i].option, usage_lines[i].help);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	static struct collector collector;
	const char *file = NULL, *user = NULL;
	const char *listen[COLLECTOR_LISTEN_MAX];
	size_t listen_count = 0;
	struct config config;
	struct err err;
	int c, rc = 1;

	if (argc > 1 && strcmp(argv[1], HOOK_RUN_OPTION) == 0)
		return finish(hook_run_main(&err, argc, argv), &err);
	if (argc > 1 && strcmp(argv[1], PRUNER_OPTION) == 0)
		return finish(pruner_main(&err, argc, argv, warn), &err);
	if (argc > 1 && strcmp(argv[1], MERGE_OPTION) == 0)
		return merge_main(argc, argv);
	while ((c = getopt_long(argc, argv, "c:l:u:", options, NULL)) != -1) {
		if (c == 'c') {
			file = optarg;
		} else if (c == 'u') {
			user = optarg;
		} else if (c == 'l' && listen_count < COLLECTOR_LISTEN_MAX) {
			listen[listen_count++] = optarg;
		} else if (c == 'h') {
			usage(stdout);
			return 0;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	if (config_load(&err, config_path(file), &config)) {
		err_print(program, &err);
		return 1;
	}
	if (listen_count == 0)
		listen[listen_count++] = config.netconsole;
	if (collector_listen(&err, &collector, listen, listen_count))
		goto out;
	if ((user && collector_drop_privileges(&err, user)) ||
	    collector_open(&err, &collector, &config, warn))
		goto close;
	for (size_t i = 0; i < collector.receive_count; i++)
		fprintf(stderr, "%s: listening on %s\n", program, collector.receive[i].name);
	rc = collector_run(&err, &collector) ? 1 : 0;
close:
	collector_close(&collector);
out:
	if (rc)
		err_print(program, &err);
	config_free(&config);
	return rc;
}
