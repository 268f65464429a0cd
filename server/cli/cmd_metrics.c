/* SPDX-License-Identifier: MIT */
/* lastwords metrics: prints what the collector last wrote for Prometheus, the content of /metrics. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "cli.h"
#include "host/input.h"
#include "store/layout.h"

enum { METRICS_FILE_MAX = 1 << 20, METRICS_OLD_S = 60 };

int cmd_metrics(struct cli *cli, int argc, char **argv)
{
	char path[FILE_PATH_MAX], *text;
	struct stat st;
	struct err err;
	size_t len;
	int rc = cli_take(cli, &argc, argv, NULL);

	if (rc)
		return rc;
	if (cli_load(&err, cli) || file_path(&err, cli->config.state, "run/metrics.prom", path))
		return cli_fail(&err);
	if (stat(path, &st)) {
		if (errno == ENOENT)
			err_set(&err,
			    "%s is missing: the collector has never run; start lastwords serve",
			    path);
		else
			err_errno(&err, "%s", path);
		return cli_fail(&err);
	}
	if (time(NULL) - st.st_mtime > METRICS_OLD_S) {
		err_set(&err,
		    "%s is %lld s old: the collector is not running; start lastwords serve", path,
		    (long long)(time(NULL) - st.st_mtime));
		return cli_fail(&err);
	}
	if (input_read(&err, path, METRICS_FILE_MAX, &text, &len))
		return cli_fail(&err);
	fwrite(text, 1, len, stdout);
	free(text);
	return CLI_OK;
}
