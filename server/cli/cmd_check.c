/* SPDX-License-Identifier: MIT */
/* lastwords check: finds errors in the configuration before a machine boots with it. */
#include <stdio.h>

#include "cli.h"
#include "target/target.h"
#include "tls.h"

int cmd_check(struct cli *cli, int argc, char **argv)
{
	struct err err;
	int faults;

	if (argc > 1)
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	faults = config_check(&cli->config, stderr) + target_check(&cli->config, stderr) +
		 tls_check(&cli->config, stderr);
	if (faults)
		return CLI_FAILED;
	printf("%s: %zu profiles, %zu rules, %zu targets, no fault found\n", cli->config.file,
	    cli->config.profile_count, cli->config.rule_count, cli->config.target_count);
	return CLI_OK;
}
