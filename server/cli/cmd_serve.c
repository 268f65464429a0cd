/* SPDX-License-Identifier: MIT */
/* lastwords serve: runs the whole server in the foreground until SIGINT or SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "serve/serve.h"
#include "serve/tls.h"
#include "serve/web_conf.h"

/*
 * What strangers speak to never runs as root: root becomes the owner of STATE. LASTWORDS_SERVE_AS_ROOT is
 * for servers that only loopback reaches: those of tests, whose checkout another user may not be able to
 * read, and of image --estimate. 0/-1.
 */
static int serve_drop_root(struct err *err, const struct cli *cli)
{
	const char *state = cli->config.state;
	struct stat st;

	if (geteuid() == 0)
		(void)!nice(SERVE_NICE);
	if (geteuid() != 0 || getenv("LASTWORDS_SERVE_AS_ROOT"))
		return 0;
	if (stat(state, &st))
		return err_errno(err,
		    "%s; create it for the server's user: install -d -o lastwords -g lastwords %s",
		    state, state);
	if (st.st_uid == 0)
		return err_set(err,
		    "%s belongs to root, and the server does not run as root; chown -R lastwords: %s",
		    state, state);
	return cli_become_owner(err, cli);
}

int cmd_serve(struct cli *cli, int argc, char **argv)
{
	const struct timespec tick = {.tv_nsec = 100 * 1000000};
	struct serve serve;
	struct err err;
	sigset_t set;
	int rc = 0;

	if (argc > 1)
		return cli_usage(argv[0]);
	if (cli_load(&err, cli) || serve_drop_root(&err, cli))
		return cli_fail(&err);
	/* Errors in one profile are reported, but the others boot. */
	config_check(&cli->config, stderr);
	tls_check(&cli->config, stderr);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (serve_start(&err, &serve, &cli->config, NULL))
		return cli_fail(&err);
	fprintf(stderr, "lastwords: boot scripts on %s%s%s%s, netconsole on udp %s, state in %s\n",
	    cli->config.tls.only ? "" : "http ", cli->config.tls.only ? "" : cli->config.listen,
	    config_has_tls(&cli->config) ? cli->config.tls.only ? "https " : ", https " : "",
	    config_has_tls(&cli->config) ? cli->config.tls.listen : "", cli->config.netconsole,
	    cli->config.state);
	if (serve.web_conf[0])
		fprintf(stderr, "lastwords: pages on %s://%s\n",
		    web_conf_is_tls(&cli->config) ? "https" : "http", cli->config.web);
	while (rc == 0 && sigtimedwait(&set, NULL, &tick) < 0)
		rc = serve_poll(&err, &serve);
	serve_stop(&serve);
	return rc ? cli_fail(&err) : CLI_OK;
}
