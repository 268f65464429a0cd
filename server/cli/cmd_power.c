/* SPDX-License-Identifier: MIT */
/*
 * lastwords power: switches a target, or lists all of them. An NMI is not over when it was sent: the
 * command waits for what it leads to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mac.h"
#include "cli.h"
#include "power/power.h"
#include "screen/print.h"
#include "screen/progress.h"

struct power_options {
	int efi, bios, json, timeout;
};

struct power {
	const char *name;
	enum target_action action;
	int json, timeout; /* seconds; 0: the profile's */
	int efi; /* -1: as the machine's newest session */
	struct target_call call;
	struct target_reply reply;
	enum target_result result;
	struct power_watch watch; /* of an NMI */
	struct err err;
};

const struct options_row power_options[] = {
    {.name = "--efi",
	.help = "of pxe: boot by EFI",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct power_options, efi)},
    {.name = "--bios",
	.help = "of pxe: boot by BIOS",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct power_options, bios)},
    {.name = "--timeout",
	.value = "SECONDS",
	.help = "of nmi: wait so long for its outcome",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct power_options, timeout),
	.least = 1,
	.most = 86400},
    {.name = "--json",
	.help = "one object; of the list one a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct power_options, json)},
    {.name = NULL},
};

/* 0, or the exit code of wrong usage. */
static int power_options_take(struct cli *cli, int argc, char **argv, struct power *power)
{
	struct power_options options = {.json = 0};
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (argc == 2 || (options.efi && options.bios))
		return cli_usage(argv[0]);
	power->json = options.json;
	power->timeout = options.timeout;
	power->efi = options.efi ? 1 : options.bios ? 0 : -1;
	power->name = argc > 2 ? argv[1] : NULL;
	if (argc > 2 && target_action_parse(&power->err, argv[2], &power->action)) {
		err_print("lastwords", &power->err);
		return CLI_USAGE;
	}
	return CLI_OK;
}

static int power_find(struct power *power, const struct config *config)
{
	power->call.config = config;
	power->call.target = config_target(config, power->name);
	if (!power->call.target)
		return err_set(&power->err,
		    "unknown target \"%.60s\"; `lastwords power` lists the targets of %s",
		    power->name, config->file);
	return 0;
}

static int power_run(struct power *power)
{
	power->watch.config = power->call.config;
	power->watch.target = power->call.target;
	power->watch.silent = !isatty(STDERR_FILENO);
	if (power->action == TARGET_PXE && power->efi < 0)
		power->efi = target_boots_efi(power->call.config, power->call.target);
	power->call.efi = power->efi;
	if (power->action == TARGET_NMI &&
	    power_watch_begin(&power->err, &power->watch, power->timeout))
		return -1;
	progress_begin(target_action_name(power->action));
	power->result = target_do(&power->err, &power->call, power->action, &power->reply);
	progress_end();
	return power->action == TARGET_NMI && power->result == TARGET_DONE
		   ? power_watch_end(&power->err, &power->watch)
		   : 0;
}

/* --- the result --------------------------------------------------------------------------------------- */

/* "27 KB" */
static void power_size(uint64_t bytes, char text[32])
{
	if (bytes < 10240)
		snprintf(text, 32, "%llu bytes", (unsigned long long)bytes);
	else
		snprintf(text, 32, "%llu KB", (unsigned long long)(bytes + 512) / 1024);
}

static void power_print_nmi(const struct power_watch *watch)
{
	char size[32];

	power_size(watch->bytes, size);
	switch (watch->outcome) {
	case OUTCOME_SENT:
		printf("answered the NMI, its kernel log came by UDP after %lld s: %s\n",
		    (long long)(watch->ms + 500) / 1000, watch->session);
		return;
	case OUTCOME_STORED:
		printf("answered the NMI, %s stored in %lld s: %s\n", size,
		    (long long)(watch->ms + 500) / 1000, watch->session);
		return;
	case OUTCOME_BOOTED:
		printf("booted again %lld s after the NMI, without an upload\n",
		    (long long)(watch->ms + 500) / 1000);
		break;
	case OUTCOME_NOTHING:
		printf("NMI sent, no kernel log in %d s", watch->seconds);
		if (watch->state[0])
			printf("; its session was %s%s", watch->state, watch->why[0] ? ": " : "");
		else
			printf("; no session of it is known");
		print_safe(watch->why);
		printf("\n");
		break;
	}
	fprintf(stderr,
	    "lastwords: %s: an NMI is a panic only with unknown_nmi_panic (x86) in args, and is "
	    "captured only when the machine is armed\n",
	    watch->target->name);
}

static void power_print(const struct power *power)
{
	static const char *const firmwares[] = {"", ", by BIOS", ", by EFI"};
	const struct target_reply *reply = &power->reply;

	printf("%s: ", power->call.target->name);
	switch (power->action) {
	case TARGET_NMI:
		power_print_nmi(&power->watch);
		break;
	case TARGET_PXE:
		printf("the next boot is from the network%s%s\n",
		    power->call.target->driver == DRIVER_IPMI ||
			    power->call.target->driver == DRIVER_REDFISH
			? firmwares[power->call.efi + 1]
			: "",
		    reply->confirmed ? "" : " (not confirmed)");
		break;
	case TARGET_RESET:
		printf("reset\n");
		break;
	default:
		printf("%s%s%s\n", target_power_name(reply->power),
		    reply->progress[0] ? ", boot progress " : "", reply->progress);
	}
}

static void power_print_json(const struct power *power)
{
	static const char *const outcomes[] = {"stored", "sent", "booted", "nothing"};
	const struct power_watch *watch = &power->watch;
	char text[4096], mac[18];
	struct kv_out out;

	mac_format(power->call.target->address, mac);
	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "target", power->call.target->name);
	json_pair(&out, "mac", mac);
	json_pair(&out, "action", target_action_name(power->action));
	json_pair(&out, "result", target_result_name(power->result));
	if (power->result != TARGET_DONE)
		json_pair(&out, "why", power->err.msg);
	json_pair(&out, "power", target_power_name(power->reply.power));
	json_known(&out, "boot_progress", power->reply.progress);
	json_key(&out, "confirmed");
	kv_out_raw(&out, power->reply.confirmed ? "true" : "false");
	json_number(&out, "ms", power->reply.ms);
	if (power->action == TARGET_NMI && power->result == TARGET_DONE) {
		json_pair(&out, "outcome", outcomes[watch->outcome]);
		json_known(&out, "session", watch->session);
		json_number(
		    &out, "bytes", watch->outcome == OUTCOME_STORED ? (long long)watch->bytes : -1);
		json_number(&out, "outcome_ms", watch->ms);
		json_known(&out, "state", watch->state);
	}
	printf("%s}\n", out.buf);
}

static int power_print_all(struct cli *cli, struct power *power)
{
	const int rc = power_list(&power->err, &cli->screen, &cli->config, power->json);

	return rc < 0 ? cli_fail(&power->err) : rc ? CLI_OK : CLI_FAILED;
}

int cmd_power(struct cli *cli, int argc, char **argv)
{
	static struct power power;
	int rc = power_options_take(cli, argc, argv, &power);

	if (rc)
		return rc;
	power.call.by = cli_by(); /* before we become the owner of STATE */
	if (cli_load_writing(&power.err, cli))
		return cli_fail(&power.err);
	if (!power.name)
		return power_print_all(cli, &power);
	if (power_find(&power, &cli->config) || power_run(&power))
		return cli_fail(&power.err);
	if (power.json) {
		power_print_json(&power);
	} else if (power.result != TARGET_DONE) {
		err_prefix(&power.err, "%s", power.call.target->name);
		return cli_fail(&power.err);
	} else {
		power_print(&power);
	}
	return power.result == TARGET_DONE &&
		       (power.action != TARGET_NMI || power.watch.outcome <= OUTCOME_SENT)
		   ? CLI_OK
		   : CLI_FAILED;
}
