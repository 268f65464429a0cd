/* SPDX-License-Identifier: MIT */
/* doctor: the table of checks, and the run; see doctor.h. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cli/dhcp/here.h"

const struct doctor_check doctor_checks[] = {
    {"dhcp", "a DHCP server names the right boot file for BIOS, UEFI, HTTP boot and iPXE",
	doctor_dhcp},
    {"tftp", "the TFTP server gives these files", doctor_tftp},
    {"secure-boot", "whether machines with Secure Boot can boot", doctor_secure_boot},
    {"firewall", "nft lets the ports through", doctor_firewall},
    {"server", "configuration, state directory, processes", doctor_server},
    {"boot", "/boot has a script for a machine, and the files that this loads", doctor_boot},
    {"images", "what profiles name can be read, and each overlay is whole", doctor_images},
    {"channels", "by which ways the last words of each profile's kernel can come", doctor_channels},
    {"netconsole", "a line that the doctor sends itself arrives in a log", doctor_netconsole},
    {"upload", "a log that the doctor uploads is stored", doctor_upload},
    {"clock", "the clock is right", doctor_clock},
    {"disk", "space and inodes", doctor_disk},
    {"index", "the index is up to date", doctor_index},
    {"central", "lastwords-relay is connected, and not behind", doctor_central},
    {NULL, NULL, NULL},
};

/* --- findings ----------------------------------------------------------------------------------------- */

static struct doctor_finding *doctor_new(struct doctor *doctor, enum doctor_severity severity)
{
	struct doctor_finding *findings, *finding = &doctor->spare;
	struct err ignored;

	findings =
	    array_grow(&ignored, doctor->findings, &doctor->room, doctor->count, sizeof(*findings));
	if (findings) {
		doctor->findings = findings;
		finding = &findings[doctor->count++];
	}
	memset(finding, 0, sizeof(*finding));
	finding->check = doctor->check;
	finding->severity = severity;
	return finding;
}

void doctor_well(struct doctor *doctor, const char *fmt, ...)
{
	struct doctor_finding *finding = doctor_new(doctor, DOCTOR_WELL);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->what, sizeof(finding->what), fmt, ap);
	va_end(ap);
}

struct doctor_finding *doctor_find(
    struct doctor *doctor, enum doctor_severity severity, const char *fmt, ...)
{
	struct doctor_finding *finding = doctor_new(doctor, severity);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->what, sizeof(finding->what), fmt, ap);
	va_end(ap);
	return finding;
}

void doctor_why(struct doctor_finding *finding, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->why, sizeof(finding->why), fmt, ap);
	va_end(ap);
}

void doctor_fix(struct doctor_finding *finding, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->fix, sizeof(finding->fix), fmt, ap);
	va_end(ap);
}

void doctor_split(struct doctor_finding *finding, const char *text)
{
	const char *semicolon = NULL;

	for (const char *at = text; (at = strstr(at, "; ")) != NULL; at++)
		semicolon = at;
	snprintf(finding->what, sizeof(finding->what), "%.*s",
	    (int)(semicolon ? (size_t)(semicolon - text) : strlen(text)), text);
	snprintf(finding->fix, sizeof(finding->fix), "%s", semicolon ? semicolon + 2 : "");
}

int doctor_check_lines(struct doctor *doctor, char *text)
{
	char *rest = NULL;
	int count = 0;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct doctor_finding *finding = doctor_find(doctor,
		    strstr(line, ": warning: ") ? DOCTOR_WARNING : DOCTOR_PROBLEM, "%s", "");

		doctor_split(finding, line);
		doctor_why(finding, "lastwords check says so of the configuration");
		count++;
	}
	return count;
}

int doctor_has_config(struct doctor *doctor, const char *what)
{
	struct doctor_finding *finding;

	if (doctor->config)
		return 1;
	finding = doctor_find(doctor, DOCTOR_SKIPPED, "%s", what);
	doctor_why(finding, "the configuration cannot be read");
	doctor_fix(finding, "see the check \"server\"");
	return 0;
}

/* --- the run ------------------------------------------------------------------------------------------ */

/* 1 if name is in the list only. */
static int doctor_chosen(const char *only, const char *name)
{
	size_t len;

	for (const char *at = only; *at; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		if (len == strlen(name) && strncmp(at, name, len) == 0)
			return 1;
	}
	return 0;
}

/* 0, or -1: a word of the list is no check's name. */
static int doctor_check_names(struct err *err, const char *only)
{
	size_t len;

	for (const char *at = only; *at; at += len + (at[len] == ',')) {
		const struct doctor_check *check = doctor_checks;

		len = strcspn(at, ",");
		while (check->name &&
		       (strlen(check->name) != len || strncmp(check->name, at, len) != 0))
			check++;
		if (!check->name)
			return err_set(err,
			    "unknown check \"%.*s\"; lastwords doctor --help lists them",
			    (int)(len < 40 ? len : 40), at);
	}
	return 0;
}

int doctor_run(
    struct err *err, struct doctor *doctor, const char *only, const struct doctor_watch *watch)
{
	int assumed;

	if (only && doctor_check_names(err, only))
		return -1;
	if (!doctor->config)
		err_set(&doctor->here_error, "the configuration cannot be read");
	else if (strstr(doctor->config->url, "://["))
		err_set(&doctor->here_error,
		    "url is IPv6: DHCPv6 and TFTP over IPv6 are not asked; see lastwords dhcp-config dnsmasq6");
	else if (dhcp_here(&doctor->here_error, doctor->config, AF_INET, &doctor->here,
		     &doctor->firmware, &assumed))
		doctor->here.server[0] = '\0';
	for (const struct doctor_check *check = doctor_checks; check->name; check++) {
		size_t before = doctor->count;

		if (only && !doctor_chosen(only, check->name))
			continue;
		doctor->check = check->name;
		watch->begin(watch->arg, check);
		check->run(doctor);
		watch->end(watch->arg, doctor->findings + before, doctor->count - before);
	}
	return 0;
}

void doctor_free(struct doctor *doctor)
{
	free(doctor->findings);
	doctor->findings = NULL;
	doctor->count = doctor->room = 0;
}
