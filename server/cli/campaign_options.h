/* SPDX-License-Identifier: MIT */
/*
 * campaign_options: what the commands repro and bisect share: options as text into a campaign, signals, and
 * printing a result.
 */
#ifndef LASTWORDS_CLI_CAMPAIGN_OPTIONS_H
#define LASTWORDS_CLI_CAMPAIGN_OPTIONS_H

#include <limits.h>
#include <signal.h>

#include "base/kv.h"
#include "cli.h"
#include "repro/campaign.h"

struct campaign_options {
	const char *text[CAMPAIGN_KEYS];
	char targets[2048]; /* of all --target, with commas */
	char script[PATH_MAX]; /* whole, as a campaign may be resumed from elsewhere */
	const char *resume;
	int json;
};

/* 0, or -1: wrong usage, which was printed. */
int campaign_options_parse(int argc, char **argv, struct campaign_options *options);
/*
 * Reads the configuration, and the options into a new campaign or over those of the one that is resumed. A
 * server must run. bisection: which kind it must be. 0/-1.
 */
int campaign_options_take(struct err *err, struct cli *cli, struct campaign_options *options,
    struct campaign *campaign, int bisection);

/* 0, or -1 with the reason: a campaign needs the server. */
int campaign_server_runs(struct err *err, const char *state);

/* Other than 0 after SIGINT, SIGTERM or SIGHUP; a second one ends the program as usual. */
const volatile sig_atomic_t *campaign_catch_signals(void);

/* Prints what render writes into a buffer of that size. 0/-1. */
int campaign_print(struct err *err, size_t size,
    void (*render)(struct kv_out *out, const void *arg), const void *arg);

#endif
