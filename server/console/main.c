/* SPDX-License-Identifier: MIT */
/*
 * lastwords-console: logs the consoles of all targets and lets people attach to them; see consoles.h. It is
 * linked with libipmiconsole (GPL-3+), so the program as a whole is under the GPL; nothing else is.
 */
#include <getopt.h>
#include <stdio.h>

#include "consoles.h"

static const char program_name[] = "lastwords-console";

static int usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-c FILE] [--who TARGET]\n"
	    "  -c FILE    the configuration file (default: $LASTWORDS_CONF, "
	    "/etc/lastwords/lastwords.conf)\n"
	    "  --who TARGET  ask its BMC who holds its console\n"
	    "  --help     print this text\n",
	    program_name);
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"help", no_argument, NULL, 'h'}, {"who", required_argument, NULL, 'w'}, {0}};
	static struct consoles consoles;
	const char *file = NULL, *who = NULL;
	struct config config;
	struct err err;
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c != 'c' && c != 'w')
			return usage(c == 'h' ? stdout : stderr);
		*(c == 'c' ? &file : &who) = optarg;
	}
	if (optind != argc)
		return usage(stderr);
	if (config_load(&err, config_path(file), &config)) {
		err_print(program_name, &err);
		return 1;
	}
	if (who) {
		rc = holder_main(&err, &config, who) != 0;
		if (rc)
			err_print(program_name, &err);
		config_free(&config);
		return rc;
	}
	rc = consoles_open(&err, &consoles, &config) || consoles_run(&err, &consoles);
	if (rc)
		err_print(program_name, &err);
	consoles_close(&consoles);
	config_free(&config);
	return rc;
}
