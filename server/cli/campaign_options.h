/* SPDX-License-Identifier: MIT */
/* campaign_options: from the command line of repro or bisect to a campaign that can run, new or resumed. */
#ifndef LASTWORDS_CLI_CAMPAIGN_OPTIONS_H
#define LASTWORDS_CLI_CAMPAIGN_OPTIONS_H

#include "cli.h"
#include "repro/campaign.h"
#include "repro/farm.h"

/* How repro and bisect differ. */
struct campaign_command {
	int bisection; /* the kind of campaign */
	int usage, failed; /* exit codes: wrong usage; it cannot run */
	/* Begins the campaign, makes its runs, prints the result and closes the farm. The exit code. */
	int (*run)(struct campaign *campaign, struct farm *farm, int json);
};

/* The whole command: the campaign with its options, and the open farm, to command->run. The exit code. */
int campaign_options_run(
    struct cli *cli, int argc, char **argv, const struct campaign_command *command);

#endif
