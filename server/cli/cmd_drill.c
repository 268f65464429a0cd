/* SPDX-License-Identifier: MIT */
/* lastwords drill: makes the machine's next boot panic some seconds after it is running. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "boot/override.h"
#include "cli.h"
#include "store/journal.h"

enum { DRILL_AFTER = 30 };

struct drill_options {
	int after, clear;
};

const struct options_row drill_options[] = {
    {.name = "--after",
	.value = "SECONDS",
	.help = "from running to the crash (30)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct drill_options, after),
	.least = 1,
	.most = 3600},
    {.name = "--clear",
	.help = "no drill after all",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct drill_options, clear)},
    {.name = NULL},
};

int cmd_drill(struct cli *cli, int argc, char **argv)
{
	struct override override = {.drill = 0};
	struct kv_out out;
	struct err err;
	char line[JOURNAL_LINE_MAX], text[18];
	struct drill_options options = {.after = DRILL_AFTER};
	uint8_t mac[6];
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc || (rc = cli_mac(argv[1], mac)) != 0)
		return rc;
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	/* what else is set for the machine stays */
	if (override_read(&err, cli->config.state, mac, &override) < 0)
		return cli_fail(&err);
	mac_format(mac, text);
	override.drill = options.clear ? 0 : options.after;
	if (!override.profile[0] && !override.args[0])
		override.once = !options.clear || override.script;
	override.set_ms = clock_now();
	if (options.clear && !override.profile[0] && !override.args[0] && !override.script) {
		if (override_remove(&err, cli->config.state, mac))
			return cli_fail(&err);
	} else if (override_write(&err, cli->config.state, mac, &override)) {
		return cli_fail(&err);
	}
	journal_begin(&out, line, sizeof(line), override.set_ms, "override", NULL);
	kv_out_pair(&out, ' ', "mac", text);
	kv_out_num(&out, ' ', "drill", (unsigned long long) override.drill);
	if (journal_append(&err, cli->config.state, &out))
		err_print("lastwords", &err);
	if (options.clear)
		printf("%s: drill cleared\n", text);
	else
		printf("%s: the next boot panics after it has been running for %d s\n", text,
		    options.after);
	return CLI_OK;
}
