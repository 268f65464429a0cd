/* SPDX-License-Identifier: MIT */
/* lastwords image: runs images/image.sh, which makes images, with the parts that belong to this program. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { IMAGE_ARGS_MAX = 64 };

int cmd_image(struct cli *cli, int argc, char **argv)
{
	char script[STATE_PATH_MAX], parts[STATE_PATH_MAX], files[STATE_PATH_MAX];
	const char *args[IMAGE_ARGS_MAX + 8] = {"sh", script};
	struct err err;
	int n = 2;

	(void)cli;
	if (argc > IMAGE_ARGS_MAX)
		return cli_usage(argv[0]);
	if (cli_find_file(&err, "images/image.sh", script))
		return cli_fail(&err);
	/* Installed, the parts are in PREFIX/lib/lastwords and PREFIX/share/lastwords/capture; in a
	 * checkout the script knows them. What the caller says comes later and counts. */
	if (cli_find_file(&err, "../../lib/lastwords/lastwords-arm", parts) == 0 &&
	    cli_find_file(&err, "capture/init", files) == 0) {
		*strrchr(parts, '/') = '\0';
		*strrchr(files, '/') = '\0';
		args[n++] = "--bin";
		args[n++] = parts;
		args[n++] = "--files";
		args[n++] = files;
	}
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	execv("/bin/sh", (char *const *)args);
	err_errno(&err, "/bin/sh");
	return cli_fail(&err);
}
