/* SPDX-License-Identifier: MIT */
/*
 * lastwords doctor: looks whether a live installation works, from DHCP to the store (doctor/doctor.h), and prints
 * for each finding what, why, and the fix. Exit code for monitoring: 0 all well, 1 problems, 2 usage, 3 only
 * warnings.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli.h"
#include "doctor/doctor.h"
#include "screen/print.h"
#include "screen/progress.h"

enum { DOCTOR_WARNED = 3 };

struct doctor_options {
	const char *only, *interface, *mac;
	int json;
};

#define FIELD(name) offsetof(struct doctor_options, name)
const struct options_row doctor_options[] = {
    {.name = "--only",
	.value = "CHECK,...",
	.help =
	    "these checks only: dhcp, tftp, firewall, server, boot, images, channels, netconsole, upload, "
	    "clock, disk, index",
	.kind = OPTIONS_TEXT,
	.field = FIELD(only)},
    {.name = "--interface",
	.value = "IF",
	.help = "network card to ask for DHCP; default: that of the server's address",
	.kind = OPTIONS_TEXT,
	.field = FIELD(interface)},
    {.name = "--mac",
	.value = "MAC",
	.help = "machine to ask for; default: none for DHCP, for /boot the one that booted last",
	.kind = OPTIONS_TEXT,
	.field = FIELD(mac)},
    {.name = "--json", .help = "one object", .kind = OPTIONS_FLAG, .field = FIELD(json)},
    {.name = NULL},
};
#undef FIELD

/* --- text --------------------------------------------------------------------------------------------- */

struct doctor_printing {
	const struct screen *screen;
	int json;
};

static void doctor_begin(void *arg, const struct doctor_check *check)
{
	(void)arg;
	progress_begin(check->help);
}

static void doctor_print_row(const char *name, const char *text)
{
	if (!text[0])
		return;
	printf("         %-4s", name);
	print_safe(text);
	printf("\n");
}

static void doctor_print(const struct screen *screen, const struct doctor_finding *finding)
{
	static const enum screen_colour colours[DOCTOR_SEVERITIES] = {
	    [DOCTOR_WELL] = SCREEN_GOOD,
	    [DOCTOR_SKIPPED] = SCREEN_PLAIN,
	    [DOCTOR_WARNING] = SCREEN_WARN,
	    [DOCTOR_PROBLEM] = SCREEN_BAD,
	};

	printf("%s%-9s%s%s: ", screen_begin(screen, colours[finding->severity]),
	    doctor_severity_name(finding->severity), screen_end(screen, colours[finding->severity]),
	    finding->check);
	print_safe(finding->what);
	printf("\n");
	doctor_print_row("why", finding->why);
	doctor_print_row("fix", finding->fix);
}

static void doctor_end(void *arg, const struct doctor_finding *findings, size_t count)
{
	const struct doctor_printing *printing = arg;

	progress_end();
	for (size_t i = 0; i < count && !printing->json; i++)
		doctor_print(printing->screen, &findings[i]);
	fflush(stdout);
}

static void doctor_print_counts(const struct doctor *doctor)
{
	size_t counts[DOCTOR_SEVERITIES] = {0};

	for (size_t i = 0; i < doctor->count; i++)
		counts[doctor->findings[i].severity]++;
	printf("%zu problem%s, %zu warning%s, %zu well, %zu skipped\n", counts[DOCTOR_PROBLEM],
	    cli_plural(counts[DOCTOR_PROBLEM]), counts[DOCTOR_WARNING],
	    cli_plural(counts[DOCTOR_WARNING]), counts[DOCTOR_WELL], counts[DOCTOR_SKIPPED]);
}

static int doctor_print_json(struct err *err, const struct doctor *doctor)
{
	struct kv_out out;

	if (print_begin(err, &out, DOCTOR_JSON_MAX))
		return -1;
	doctor_json(&out, doctor);
	return print_end(err, &out);
}

/* --- the command -------------------------------------------------------------------------------------- */

static int doctor_code(const struct doctor *doctor)
{
	switch (doctor_worst(doctor)) {
	case DOCTOR_PROBLEM:
		return CLI_FAILED;
	case DOCTOR_WARNING:
		return DOCTOR_WARNED;
	default:
		return CLI_OK;
	}
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
	static struct doctor doctor;
	struct doctor_options options = {.json = 0};
	struct doctor_printing printing = {.screen = &cli->screen};
	const struct doctor_watch watch = {
	    .arg = &printing, .begin = doctor_begin, .end = doctor_end};
	struct err err, config_error;
	uint8_t mac[6];
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (options.mac && (rc = cli_mac(options.mac, mac)) != 0)
		return rc;
	memset(&doctor, 0, sizeof(doctor));
	doctor.conf = config_path(cli->conf);
	doctor.interface = options.interface;
	doctor.mac = options.mac ? mac : NULL;
	printing.json = options.json;
	if (cli_load(&config_error, cli))
		doctor.config_error = config_error.msg;
	else
		doctor.config = &cli->config;
	if (doctor_run(&err, &doctor, options.only, &watch)) {
		cli_fail(&err);
		return CLI_USAGE;
	}
	rc = doctor_code(&doctor);
	if (!options.json)
		doctor_print_counts(&doctor);
	else if (doctor_print_json(&err, &doctor))
		rc = cli_fail(&err);
	doctor_free(&doctor);
	return rc;
}
