/* SPDX-License-Identifier: MIT */
/*
 * lastwords qualify: fire drills on a target with each of the given profiles, and for each a table of which steps
 * from the crash to the stored log worked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "host/host.h"
#include "repro/qualify.h"
#include "screen/print.h"
#include "screen/progress.h"

enum {
	QUALIFY_ROUNDS = 20,
	QUALIFY_AFTER_S = 5,
	QUALIFY_TIMEOUT_S = 120, /* from the drill to a crash; the upload has its own limit */
	QUALIFY_BOOT_S = 600,
	QUALIFY_NONE_MAX = 3, /* rounds without a verdict in a row, then the profile is given up */
	QUALIFY_INDEX_MS = 10000, /* for the index to know of an upload */
};

struct qualify_options {
	const char *target, *profiles; /* profiles: with commas; NULL: that of its newest session */
	int rounds, after, boot_timeout, json;
	const volatile sig_atomic_t *stop;
};

const struct options_row qualify_options[] = {
    {.name = "--profile",
	.value = "PROFILE,...",
	.help = "with each of these (that of the newest session)",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct qualify_options, profiles)},
    {.name = "--rounds",
	.value = "N",
	.help = "fire drills with each (20)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct qualify_options, rounds),
	.least = 1,
	.most = QUALIFY_ROUNDS_MAX},
    {.name = "--after",
	.value = "SECONDS",
	.help = "from running to the crash (5)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct qualify_options, after),
	.least = 1,
	.most = 3600},
    {.name = "--boot-timeout",
	.value = "SECONDS",
	.help = "until it must be running (600)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct qualify_options, boot_timeout),
	.least = 1,
	.most = 86400},
    {.name = "--json",
	.help = "one object for each profile",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct qualify_options, json)},
    {.name = NULL},
};

/* The round's session in the index, once that has what the run has seen. */
static void qualify_look(struct cli *cli, const struct qualify_options *options,
    const struct run_result *run, struct qualify_round *round)
{
	const int64_t end = clock_monotonic() + QUALIFY_INDEX_MS;
	struct db *db;
	struct err err;
	int rc;

	do {
		db = cli_open(&err, cli);
		rc =
		    db ? qualify_read(&err, cli->config.state, db, options->after, run, round) : -1;
		db_close(db);
		/* (the channels come with the record, after the upload) */
		if (run->verdict == VERDICT_NONE ||
		    (round->stored && (round->http || round->pstore)))
			break;
		clock_pause_us(500000);
	} while (clock_monotonic() < end);
	if (rc)
		err_print("lastwords", &err);
}

/* The rounds of one profile; qualify->count grows with each. */
static void qualify_rounds(struct cli *cli, const struct qualify_options *options,
    const struct config_target *target, struct qualify *qualify)
{
	const struct run_plan plan = {.config = &cli->config,
	    .target = target,
	    .profile = qualify->profile,
	    .trigger = RUN_TRIGGER_SYSRQ,
	    .after = options->after,
	    .timeout = QUALIFY_TIMEOUT_S,
	    .boot_timeout = options->boot_timeout,
	    .expect = "",
	    .by = "qualify"};
	struct err err;
	int none = 0; /* in a row */

	while (qualify->count < (size_t)options->rounds && !*options->stop &&
	       none < QUALIFY_NONE_MAX) {
		struct qualify_round *round = &qualify->round[qualify->count];
		struct run_result run;

		memset(&run, 0, sizeof(run));
		run_do(&plan, &run);
		qualify_unknown(round, &run);
		qualify_look(cli, options, &run, round);
		none = run.verdict == VERDICT_NONE ? none + 1 : 0;
		qualify->count++;
		progress_set(qualify->count, (unsigned long long)options->rounds, "rounds");
		progress_hide();
		fprintf(stderr, "lastwords: %s: round %zu of %d: %s%s%s; %zu stored\n",
		    qualify->profile, qualify->count, options->rounds,
		    round->stored ? "stored" : verdict_text(run.verdict), run.why[0] ? ": " : "",
		    run.why, qualify_stored(qualify));
	}
	if (run_clean_up(&err, &plan))
		err_print("lastwords", &err);
}

static int qualify_print(struct err *err, const struct qualify *qualify, int json)
{
	struct kv_out out;

	if (print_begin(err, &out, 4096 + 1024 * (qualify->count + 1)))
		return -1;
	(json ? qualify_json : qualify_text)(&out, qualify);
	return print_end(err, &out);
}

/* One profile. 1 if each round stored its log, 0 if not, -1. */
static int qualify_profile(struct err *err, struct cli *cli, const struct qualify_options *options,
    const struct config_target *target, const char *name)
{
	const struct config_profile *profile = config_bootable(&cli->config, name);
	struct qualify qualify = {.count = 0};
	int rc;

	if (!profile)
		return err_set(
		    err, "profile %.40s: unknown, or without an image; `lastwords check`", name);
	snprintf(qualify.profile, sizeof(qualify.profile), "%s", profile->name);
	qualify.capture = profile->capture;
	qualify.crashkernel = profile->crashkernel[0] ? profile->crashkernel : "none";
	qualify.round = calloc((size_t)options->rounds, sizeof(*qualify.round));
	if (!qualify.round)
		return err_set(err, "out of memory");
	progress_begin("qualify");
	qualify_rounds(cli, options, target, &qualify);
	progress_end();
	rc = qualify_print(err, &qualify, options->json);
	if (rc == 0)
		rc = qualify_stored(&qualify) == (size_t)options->rounds;
	free(qualify.round);
	return rc;
}

/* The profile of the machine's newest session. 0/-1. */
static int qualify_newest(struct err *err, struct cli *cli, const struct config_target *target,
    char profile[PROFILE_NAME_MAX + 1])
{
	struct db *db = cli_open(err, cli);
	struct db_session session;
	int rc = db ? cli_find_session(err, db, target->mac, &session) : -1;

	db_close(db);
	if (rc)
		return err_prefix(err, "no --profile given");
	snprintf(profile, PROFILE_NAME_MAX + 1, "%s", session.profile);
	return 0;
}

int cmd_qualify(struct cli *cli, int argc, char **argv)
{
	struct qualify_options options = {.rounds = QUALIFY_ROUNDS,
	    .after = QUALIFY_AFTER_S,
	    .boot_timeout = QUALIFY_BOOT_S,
	    .stop = cli_catch_signals()};
	char newest[PROFILE_NAME_MAX + 1], list[1024], *save = NULL;
	const struct config_target *target;
	int rc = cli_take(cli, &argc, argv, &options), all = 1;
	struct err err;

	if (rc)
		return rc;
	options.target = argv[1];
	rc = 1;
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	if (host_wait_for_server(&err, cli->config.state))
		return cli_fail(&err);
	target = config_target(&cli->config, options.target);
	if (!target) {
		err_set(&err, "no target %.40s; add target %.40s { … } to the configuration",
		    options.target, options.target);
		return cli_fail(&err);
	}
	if (!options.profiles) {
		if (qualify_newest(&err, cli, target, newest))
			return cli_fail(&err);
		options.profiles = newest;
	}
	snprintf(list, sizeof(list), "%s", options.profiles);
	for (char *name = strtok_r(list, ",", &save); name && rc >= 0 && !*options.stop;
	     name = strtok_r(NULL, ",", &save)) {
		rc = qualify_profile(&err, cli, &options, target, name);
		all &= rc == 1;
	}
	if (rc < 0)
		return cli_fail(&err);
	return all && !*options.stop ? CLI_OK : CLI_FAILED;
}
