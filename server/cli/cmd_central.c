/* SPDX-License-Identifier: MIT */
/* lastwords central: the central database, by lastwords-relay, which is a package of its own. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/install.h"
#include "cli.h"

enum { CENTRAL_ARGS_MAX = 16 };

struct central_options {
	const char *as;
	int keep; /* -1: not given */
	int json;
};

const struct options_row central_options[] = {
    {.name = "--as",
	.value = "CONNINFO",
	.help = "of init, upgrade, revoke: connect so, as an administrator",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct central_options, as)},
    {.name = "--keep",
	.value = "MONTHS",
	.help = "of init: how long the database keeps; 0: for ever",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct central_options, keep),
	.least = 0,
	.most = 1200},
    {.name = "--json",
	.help = "of status: one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct central_options, json)},
    {.name = NULL},
};

/* Those that write into STATE, or read its password file, run as the server's user. */
static int central_load(struct err *err, struct cli *cli, const char *what)
{
	static const char *const of_administrators[] = {"init", "upgrade", "revoke"};

	for (size_t i = 0; i < sizeof(of_administrators) / sizeof(of_administrators[0]); i++)
		if (strcmp(what, of_administrators[i]) == 0)
			return cli_load(err, cli);
	return cli_load_writing(err, cli);
}

int cmd_central(struct cli *cli, int argc, char **argv)
{
	struct central_options options = {.keep = -1};
	const char *args[CENTRAL_ARGS_MAX] = {NULL, "-c"};
	char path[FILE_PATH_MAX], keep[12];
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options), n = 3;

	if (rc != CLI_OK)
		return rc;
	if (central_load(&err, cli, argv[1]))
		return cli_fail(&err);
	if (install_find(&err, "bin/lastwords-relay", path)) {
		err_set(&err, "lastwords-relay is missing; apt-get install lastwords-relay");
		return cli_fail(&err);
	}
	args[0] = path;
	args[2] = cli->config.file;
	if (options.as) {
		args[n++] = "--as";
		args[n++] = options.as;
	}
	if (options.keep >= 0) {
		snprintf(keep, sizeof(keep), "%d", options.keep);
		args[n++] = "--keep";
		args[n++] = keep;
	}
	if (options.json)
		args[n++] = "--json";
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	fflush(NULL);
	execv(path, (char *const *)(uintptr_t)args);
	err_errno(&err, "cannot run %s", path);
	return cli_fail(&err);
}
