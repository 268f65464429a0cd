/* SPDX-License-Identifier: MIT */
/* lastwords drill: makes the machine's next boot panic some seconds after it is running. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "boot/override.h"
#include "cli.h"
#include "store/journal.h"

enum { DRILL_AFTER = 30 };

int cmd_drill(struct cli *cli, int argc, char **argv)
{
	struct override override = {.drill = 0};
	struct kv_out out;
	struct err err;
	char line[JOURNAL_LINE_MAX], text[18];
	const char *who = NULL;
	uint8_t mac[6];
	int after = DRILL_AFTER, cancel = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--cancel") == 0)
			cancel = 1;
		else if (strcmp(argv[i], "--after") == 0 && i + 1 < argc) {
			if (num_int(&err, "--after", argv[++i], 1, 3600, &after))
				return cli_fail(&err);
		} else if (!who && argv[i][0] != '-')
			who = argv[i];
		else
			return cli_usage(argv[0]);
	}
	if (!who)
		return cli_usage(argv[0]);
	if (mac_parse(&err, who, mac) || cli_load_writing(&err, cli))
		return cli_fail(&err);
	/* what else is set for the machine stays */
	if (override_read(&err, cli->config.state, mac, &override) < 0)
		return cli_fail(&err);
	mac_format(mac, text);
	override.drill = cancel ? 0 : after;
	if (!override.profile[0] && !override.args[0])
		override.once = !cancel || override.script;
	override.set_ms = clock_now();
	if (cancel && !override.profile[0] && !override.args[0] && !override.script) {
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
	if (cancel)
		printf("%s: drill cancelled\n", text);
	else
		printf(
		    "%s: the next boot panics after it has been running for %d s\n", text, after);
	return CLI_OK;
}
