/* SPDX-License-Identifier: MIT */
/* lastwords machine: sets, shows or clears the override of one machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "boot/command_line.h"
#include "boot/override.h"
#include "cli.h"
#include "store/journal.h"

struct machine_order {
	const char *who, *profile, *args, *script;
	int once, clear;
};

/* 0, or -1: usage. */
static int machine_options(int argc, char **argv, struct machine_order *order)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") == 0)
			order->once = 1;
		else if (strcmp(argv[i], "--clear") == 0)
			order->clear = 1;
		else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc)
			order->profile = argv[++i];
		else if (strcmp(argv[i], "--args") == 0 && i + 1 < argc)
			order->args = argv[++i];
		else if (strcmp(argv[i], "--script") == 0 && i + 1 < argc)
			order->script = argv[++i];
		else if (!order->who && argv[i][0] != '-')
			order->who = argv[i];
		else
			return -1;
	}
	return !order->who ||
		       (order->clear &&
			   (order->profile || order->args || order->script || order->once)) ||
		       (order->once && !order->profile && !order->args && !order->script)
		   ? -1
		   : 0;
}

static void machine_show(const char *mac, int rc, const struct override *override)
{
	printf("%s:", mac);
	if (rc == 0)
		printf(" nothing set, the rules decide");
	if (override->profile[0])
		printf(" profile %s", override->profile);
	if (override->image[0])
		printf(" image %s", override->image);
	if (override->args[0]) {
		printf(" args \"");
		cli_print_safe(override->args);
		printf("\"");
	}
	if (override->drill)
		printf(" drill after %d s", override->drill);
	if (override->script)
		printf(" a script, for at most %d s", override->script);
	printf("%s\n", override->once ? " (for one boot)" : "");
}

/* Checks the options and puts them into override. */
static int machine_take(struct err *err, const struct config *config,
    const struct machine_order *order, struct override *override)
{
	if (order->profile) {
		if (!config_bootable(config, order->profile))
			return err_set(err,
			    "profile \"%.40s\" is not in %s, or has no image; see lastwords check",
			    order->profile, config->file);
		snprintf(override->profile, sizeof(override->profile), "%s", order->profile);
	}
	if (order->args) {
		if (command_line_args_ok(err, order->args))
			return err_prefix(err, "--args");
		if ((size_t)snprintf(override->args, sizeof(override->args), "%s", order->args) >=
		    sizeof(override->args))
			return err_set(err, "--args: longer than %zu bytes; shorten it",
			    sizeof(override->args) - 1);
	}
	if (order->script)
		override->script = OVERRIDE_SCRIPT_S;
	/* (a script alone is for one boot anyway) */
	override->once = order->once || (order->script && override->once) ||
			 (!override->profile[0] && !override->args[0]);
	override->set_ms = clock_now();
	return 0;
}

static void machine_journal(
    const struct config *config, const char *mac, const struct override *override, int clear)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), clock_now(), "override", NULL);
	kv_out_pair(&out, ' ', "mac", mac);
	if (clear)
		kv_out_num(&out, ' ', "clear", 1);
	if (override->profile[0])
		kv_out_pair(&out, ' ', "profile", override->profile);
	if (override->args[0])
		kv_out_pair(&out, ' ', "args", override->args);
	if (override->script)
		kv_out_num(&out, ' ', "script", (unsigned long long) override->script);
	if (override->once)
		kv_out_num(&out, ' ', "once", 1);
	if (journal_append(&err, config->state, &out))
		err_print("lastwords", &err);
}

int cmd_machine(struct cli *cli, int argc, char **argv)
{
	struct machine_order order = {.who = NULL};
	struct override override;
	struct err err;
	char text[18], *script = NULL;
	size_t script_len = 0;
	uint8_t mac[6];
	int rc, set;

	if (machine_options(argc, argv, &order))
		return cli_usage(argv[0]);
	set = order.profile || order.args || order.script || order.clear;
	/* (as who calls: the server's user need not be able to read it) */
	if (order.script && !(script = override_script_read(&err, order.script, &script_len)))
		return cli_fail(&err);
	if (mac_parse(&err, order.who, mac) ||
	    (set ? cli_load_writing(&err, cli) : cli_load(&err, cli)))
		return cli_fail(&err);
	mac_format(mac, text);
	rc = override_read(&err, cli->config.state, mac, &override);
	/* An unreadable override can still be replaced or cleared. */
	if (rc < 0 && !set)
		return cli_fail(&err);
	if (rc < 0)
		memset(&override, 0, sizeof(override));
	if (order.clear) {
		memset(&override, 0, sizeof(override));
		if (override_remove(&err, cli->config.state, mac))
			return cli_fail(&err);
		rc = 0;
	} else if (set) {
		if (machine_take(&err, &cli->config, &order, &override) ||
		    (script ? override_write_script(
				  &err, cli->config.state, mac, &override, script, script_len)
			    : override_write(&err, cli->config.state, mac, &override)))
			return cli_fail(&err);
		rc = 1;
	}
	if (set)
		machine_journal(&cli->config, text, &override, order.clear);
	free(script);
	machine_show(text, rc, &override);
	return CLI_OK;
}
