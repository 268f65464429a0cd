/* SPDX-License-Identifier: MIT */
/* check: what would go wrong when a target is switched; see target.h. Sends nothing to a BMC. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "driver.h"

struct check {
	const struct config *config;
	const struct config_target *target;
	FILE *out;
	int faults;
};

/* Reports a fault of key, or a warning, which is not counted. */
static void check_report(struct check *check, int warning, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void check_report(struct check *check, int warning, const char *key, const char *fmt, ...)
{
	va_list ap;

	fprintf(check->out, "%s:%d: %starget %s: ", check->config->file,
	    config_line(&check->target->at, key), warning ? "warning: " : "", check->target->name);
	va_start(ap, fmt);
	vfprintf(check->out, fmt, ap);
	va_end(ap);
	fputc('\n', check->out);
	check->faults += !warning;
}

/* Whether execvp(3) would find the program. */
static int check_runs(const char *program)
{
	const char *path = getenv("PATH");
	char one[FILE_PATH_MAX];
	size_t len;

	if (strchr(program, '/'))
		return access(program, X_OK) == 0;
	for (path = path ? path : "/usr/bin:/bin"; *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		if (snprintf(one, sizeof(one), "%.*s/%s", (int)len, path, program) <
			(int)sizeof(one) &&
		    access(one, X_OK) == 0)
			return 1;
	}
	return 0;
}

static void check_password(struct check *check)
{
	char password[TARGET_PASSWORD_MAX + 1];
	struct err err;

	if (target_password(&err, check->target, password))
		check_report(check, 0, "password_file", "%s", err.msg);
	explicit_bzero(password, sizeof(password));
}

/* The path of QEMU's control socket must fit into a socket's address. */
static void check_socket(struct check *check)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	const struct driver_call driver = {.target = check->target, .dir = dir};
	struct sockaddr_un address;
	struct err err;

	if (driver_dir(&err, check->config, dir) || driver_path(&err, &driver, "qmp", path) ||
	    address_unix(&err, path, &address))
		check_report(check, 0, "driver", "%s or name", err.msg);
}

int target_check(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};

	for (size_t i = 0; i < config->target_count; i++) {
		const struct config_target *target = check.target = &config->targets[i];

		if (target->driver == DRIVER_IPMI && !check_runs("ipmitool"))
			check_report(
			    &check, 0, "driver", "ipmitool is missing; apt-get install ipmitool");
		if (target->driver == DRIVER_IPMI || target->driver == DRIVER_REDFISH)
			check_password(&check);
		if (target->driver == DRIVER_REDFISH && target->ca[0] && access(target->ca, R_OK))
			check_report(&check, 0, "ca", "%s cannot be read; correct ca", target->ca);
		if (target->driver == DRIVER_REDFISH && strncmp(target->url, "https:", 6) != 0)
			check_report(&check, 1, "url",
			    "url is not https: the password can be read on the network");
		if (target->driver == DRIVER_QEMU && !check_runs(target->program))
			check_report(&check, 0, "program",
			    "%s is missing; apt-get install qemu-system-x86, or correct program",
			    target->program);
		if (target->driver == DRIVER_QEMU)
			check_socket(&check);
	}
	return check.faults;
}
