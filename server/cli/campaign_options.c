/* SPDX-License-Identifier: MIT */
/* campaign_options: what repro and bisect share; see campaign_options.h. */
#include "campaign_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/option.h"

enum { CAMPAIGN_SERVER_MS = 5000 };

static volatile sig_atomic_t campaign_stop;

static void campaign_signal(int signal_number)
{
	campaign_stop = signal_number;
}

const volatile sig_atomic_t *campaign_catch_signals(void)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = campaign_signal, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	return &campaign_stop;
}

static int options_target(struct err *err, void *field, const char *value)
{
	char *targets = field;
	size_t len = strlen(targets), size = sizeof(((struct campaign_options *)0)->targets);

	if (len + strlen(value) + 2 > size)
		return err_set(err, "--target: too many names");
	snprintf(targets + len, size - len, "%s%s", len ? "," : "", value);
	return 0;
}

#define TEXT(key) OPTION_TEXT, offsetof(struct campaign_options, text[key]), NULL, NULL

/* Of both commands: campaign_options_take refuses those of the other one. */
static const struct option_row options_rows[] = {
    {"--target", NULL, "NAME", OPTION_CALL, offsetof(struct campaign_options, targets), NULL,
	options_target},
    {"--profile", NULL, "P", TEXT(CAMPAIGN_PROFILE)},
    {"--runs", NULL, "N", TEXT(CAMPAIGN_RUNS)},
    {"--trigger", NULL, "T", TEXT(CAMPAIGN_TRIGGER)},
    {"--script", NULL, "FILE", TEXT(CAMPAIGN_SCRIPT)},
    {"--after", NULL, "SECONDS", TEXT(CAMPAIGN_AFTER)},
    {"--timeout", NULL, "SECONDS", TEXT(CAMPAIGN_TIMEOUT)},
    {"--boot-timeout", NULL, "SECONDS", TEXT(CAMPAIGN_BOOT_TIMEOUT)},
    {"--expect", NULL, "SIGNATURE", TEXT(CAMPAIGN_EXPECT)},
    {"--stop-after", NULL, "K", TEXT(CAMPAIGN_STOP_AFTER)},
    {"--width", NULL, "PERCENT", TEXT(CAMPAIGN_WIDTH)},
    {"--rate", NULL, "K/N", TEXT(CAMPAIGN_RATE)},
    {"--good", NULL, "A", TEXT(CAMPAIGN_GOOD)},
    {"--bad", NULL, "B", TEXT(CAMPAIGN_BAD)},
    {"--images", NULL, "LIST", TEXT(CAMPAIGN_IMAGES)},
    {"--git", NULL, "REPO", TEXT(CAMPAIGN_GIT)},
    {"--build", NULL, "CMD", TEXT(CAMPAIGN_BUILD)},
    {"--build-time", NULL, "MINUTES", TEXT(CAMPAIGN_BUILD_TIME)},
    {"--confirm", NULL, "N", TEXT(CAMPAIGN_CONFIRM)},
    {"--resume", NULL, "ID", OPTION_TEXT, offsetof(struct campaign_options, resume), NULL, NULL},
    {"--json", NULL, NULL, OPTION_FLAG, offsetof(struct campaign_options, json), NULL, NULL},
};

int campaign_options_parse(int argc, char **argv, struct campaign_options *options)
{
	const size_t rows = sizeof(options_rows) / sizeof(options_rows[0]);
	const char *file = NULL;
	struct err err;

	memset(options, 0, sizeof(*options));
	if (argc > 1 && option_parse(&err, argc, argv, options_rows, rows, options, &file) == 0 &&
	    !file)
		return 0;
	if (file)
		err_set(&err, "\"%.80s\" is no option; name targets by --target A,B", file);
	if (argc > 1)
		err_print("lastwords", &err);
	cli_usage(argv[0]);
	return -1;
}

/* A server that was just started may need a moment. 0/-1. */
int campaign_server_runs(struct err *err, const char *state)
{
	int64_t end = clock_monotonic() + CAMPAIGN_SERVER_MS;

	while (!cli_collector_runs(state)) {
		if (clock_monotonic() >= end)
			return err_set(err, "no server runs on %s; start lastwords serve", state);
		clock_pause_us(100000);
	}
	return 0;
}

int campaign_options_take(struct err *err, struct cli *cli, struct campaign_options *options,
    struct campaign *campaign, int bisection)
{
	if (cli_load_writing(err, cli))
		return -1;
	if (options->resume && campaign_load(err, campaign, cli->config.state, options->resume))
		return -1;
	if (options->targets[0])
		options->text[CAMPAIGN_TARGET] = options->targets;
	if (options->text[CAMPAIGN_SCRIPT]) {
		if (!realpath(options->text[CAMPAIGN_SCRIPT], options->script))
			return err_errno(err, "--script: %s", options->text[CAMPAIGN_SCRIPT]);
		options->text[CAMPAIGN_SCRIPT] = options->script;
	}
	for (int i = 0; i < CAMPAIGN_KEYS; i++)
		if (options->text[i] &&
		    campaign_set(err, campaign, (enum campaign_key)i, options->text[i]))
			return -1;
	if (campaign_parse(err, campaign))
		return -1;
	if (bisection && !campaign_is_bisection(campaign))
		return err_set(err, options->resume
					? "this campaign is no bisection; use lastwords repro"
					: "nothing to bisect; give --images or --git");
	if (!bisection && campaign_is_bisection(campaign))
		return err_set(err, "this campaign is a bisection; use lastwords bisect");
	return campaign_server_runs(err, cli->config.state);
}

int campaign_print(struct err *err, size_t size,
    void (*render)(struct kv_out *out, const void *arg), const void *arg)
{
	char *text = malloc(size);
	struct kv_out out;

	if (!text)
		return err_set(err, "out of memory");
	kv_out_init(&out, text, size);
	render(&out, arg);
	fputs(text, stdout);
	free(text);
	return 0;
}
