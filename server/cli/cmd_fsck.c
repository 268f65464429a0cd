/* SPDX-License-Identifier: MIT */
/*
 * lastwords fsck: finds what a power cut or a kill left behind, one line each; --mend mends it. Exit code 0:
 * nothing, or all mended; 1: something is left; 2: usage.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cli/fsck/fsck.h"

int cmd_fsck(struct cli *cli, int argc, char **argv)
{
	struct fsck fsck = {.mend = argc == 2};
	struct stat st;
	struct err err;
	int rc;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--mend") != 0))
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	fsck.state = cli->config.state;
	/* A state that is not there is a wrong path, not a clean one. */
	if (stat(fsck.state, &st)) {
		err_errno(&err, "%s", fsck.state);
		return cli_fail(&err);
	}
	if (geteuid() == 0)
		fsck_owner(&fsck, st.st_uid, st.st_gid);
	if (cli_become_owner(&err, cli))
		return cli_fail(&err);
	rc = fsck_run(&err, &fsck);
	fsck_free(&fsck);
	if (rc)
		return cli_fail(&err);
	printf("%s: %llu found, %llu mended%s\n", fsck.state, (unsigned long long)fsck.found,
	    (unsigned long long)fsck.mended,
	    fsck.found == fsck.mended ? ""
	    : fsck.mend               ? ""
				      : "; lastwords fsck --mend mends");
	return fsck.found == fsck.mended ? CLI_OK : CLI_FAILED;
}
