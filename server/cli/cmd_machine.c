/* SPDX-License-Identifier: MIT */
/* lastwords machine: sets, shows or clears the override of one machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "boot/command_line.h"
#include "boot/override.h"
#include "cli.h"
#include "screen/print.h"
#include "store/journal.h"

enum { MACHINE_JSON_MAX = 16384 };

struct machine_order {
	const char *profile, *args, *script;
	int once, clear, json;
};

const struct options_row machine_options[] = {
    {.name = "--profile",
	.value = "PROFILE",
	.help = "this profile, whatever the rules say",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct machine_order, profile)},
    {.name = "--args",
	.value = "ARGS",
	.help = "kernel arguments after those of the profile",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct machine_order, args)},
    {.name = "--script",
	.value = "FILE",
	.help = "runs this inside the machine, once it is up",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct machine_order, script)},
    {.name = "--once",
	.help = "for one boot only",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct machine_order, once)},
    {.name = "--clear",
	.help = "clears all of it",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct machine_order, clear)},
    {.name = "--json",
	.help = "what is set, as one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct machine_order, json)},
    {.name = NULL},
};

/* 1 if the options make sense together. */
static int machine_order_ok(const struct machine_order *order)
{
	const int sets = order->profile || order->args || order->script;

	return !(order->clear && (sets || order->once)) && !(order->once && !sets);
}

static int machine_json(struct err *err, const char *mac, int rc, const struct override *override)
{
	char when[25];
	struct kv_out out;

	if (print_begin(err, &out, MACHINE_JSON_MAX))
		return -1;
	kv_out_raw(&out, "{");
	json_pair(&out, "mac", mac);
	if (rc) {
		clock_format(override->set_ms, when);
		json_pair(&out, "set", when);
		json_key(&out, "once");
		kv_out_raw(&out, override->once ? "true" : "false");
		json_known(&out, "profile", override->profile);
		json_known(&out, "image", override->image);
		json_known(&out, "args", override->args);
		if (override->drill)
			json_number(&out, "drill", override->drill);
		if (override->script)
			json_number(&out, "script", override->script);
	}
	kv_out_raw(&out, "}\n");
	return print_end(err, &out);
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
		print_safe(override->args);
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
	kv_out_pair(&out, ' ', "by", cli_by());
	if (journal_append(&err, config->state, &out))
		err_print("lastwords", &err);
}

int cmd_machine(struct cli *cli, int argc, char **argv)
{
	struct machine_order order = {.profile = NULL};
	struct override override;
	struct err err;
	char text[18], *script = NULL;
	size_t script_len = 0;
	uint8_t mac[6];
	int rc = cli_take(cli, &argc, argv, &order), set;

	if (rc)
		return rc;
	if (!machine_order_ok(&order))
		return cli_usage(argv[0]);
	if ((rc = cli_mac(argv[1], mac)) != 0)
		return rc;
	(void)cli_by(); /* who calls, before we become the owner of STATE */
	set = order.profile || order.args || order.script || order.clear;
	/* (as who calls: the server's user need not be able to read it) */
	if (order.script && !(script = override_script_read(&err, order.script, &script_len)))
		return cli_fail(&err);
	if (set ? cli_load_writing(&err, cli) : cli_load(&err, cli))
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
	if (!order.json)
		machine_show(text, rc, &override);
	else if (machine_json(&err, text, rc, &override))
		return cli_fail(&err);
	return CLI_OK;
}
