/* SPDX-License-Identifier: MIT */
/*
 * ipmi: the driver that runs ipmitool (lanplus), once for each call. The password reaches it by a pipe. What
 * it prints decides (ipmi_text.h). The cipher suite that a BMC has taken is kept in
 * STATE/run/targets/NAME.cipher, so that the other one is tried only once.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/program.h"
#include "driver.h"
#include "ipmi_text.h"

enum {
	IPMI_MS = 30000, /* ipmitool gives up by itself after some 10 s without a reply */
	IPMI_OUTPUT_MAX = 32768,
	IPMI_PORT = 623,
	IPMI_SUITE_NEW = 17,
	IPMI_SUITE_OLD = 3,
	IPMI_BUSY_TRIES = 3,
	IPMI_BUSY_MS = 1000, /* between them, added to the target's pause */
};

static const char *const privileges[] = {
    [PRIVILEGE_ADMINISTRATOR] = "ADMINISTRATOR",
    [PRIVILEGE_OPERATOR] = "OPERATOR",
    [PRIVILEGE_USER] = "USER",
};

/* --- the cipher suite --------------------------------------------------------------------------------- */

static int ipmi_suite_known(const struct driver_call *driver)
{
	return driver_number(driver, "cipher", 1, IPMI_SUITE_NEW);
}

/* The suite to begin with: the configured one, or the one that the BMC has taken before. */
static int ipmi_suite(const struct driver_call *driver)
{
	const int fixed = driver->target->cipher, known = fixed ? fixed : ipmi_suite_known(driver);

	return known ? known : IPMI_SUITE_NEW;
}

/* Keeps what the BMC has taken. (What cannot be kept is tried again.) */
static void ipmi_suite_keep(const struct driver_call *driver, int suite)
{
	char name[PROFILE_NAME_MAX + 16], text[8];
	struct err ignored;

	if (driver->target->cipher || suite == ipmi_suite_known(driver))
		return;
	snprintf(name, sizeof(name), "%s.cipher", driver->target->name);
	snprintf(text, sizeof(text), "%d\n", suite);
	(void)file_replace(&ignored, driver->dir, name, text, strlen(text));
}

/* --- one run ------------------------------------------------------------------------------------------ */

/* Runs "ipmitool … COMMAND…" (words end with NULL) with this suite; its whole output in text. 0/-1. */
static int ipmi_tool(struct err *err, const struct driver_call *driver, int suite,
    const char *const *words, char text[IPMI_OUTPUT_MAX])
{
	const struct config_target *target = driver->target;
	char host[ADDRESS_HOST_MAX + 1], port_text[8], suite_text[8];
	char password[TARGET_PASSWORD_MAX + 1];
	struct program_text out = {.text = text, .size = IPMI_OUTPUT_MAX};
	const char *argv[32] = {"ipmitool", "-v", "-I", "lanplus", "-R", "2", "-N", "2", "-H", host,
	    "-p", port_text, "-C", suite_text, "-L", privileges[target->privilege], "-f",
	    "/dev/stdin"};
	struct program program = {
	    .argv = (char *const *)argv, .timeout_ms = IPMI_MS, .out = &out, .err = &out};
	uint16_t port = IPMI_PORT;
	size_t count = 0;
	int rc;

	if (address_split(err, target->host, host, &port) || target_password(err, target, password))
		return -1;
	program.input = program_input(err, password, strlen(password));
	explicit_bzero(password, sizeof(password));
	if (program.input < 0)
		return -1;
	snprintf(port_text, sizeof(port_text), "%u", port);
	snprintf(suite_text, sizeof(suite_text), "%d", suite);
	while (argv[count])
		count++;
	if (target->user[0]) {
		argv[count++] = "-U";
		argv[count++] = target->user;
	}
	while (*words)
		argv[count++] = *words++;
	rc = program_run(err, &program);
	close(program.input);
	if (rc)
		return err_set(
		    err, "ipmitool cannot be run: is it installed? apt-get install ipmitool");
	if (program.timed_out)
		return err_set(err, "ipmitool: %s", program.how);
	return 0;
}

/* --- a command ---------------------------------------------------------------------------------------- */

static const struct {
	const char *const words[5];
} commands[] = {
    [TARGET_STATUS] = {{"chassis", "power", "status"}},
    [TARGET_ON] = {{"chassis", "power", "on"}},
    [TARGET_OFF] = {{"chassis", "power", "off"}},
    [TARGET_RESET] = {{"chassis", "power", "reset"}},
    [TARGET_NMI] = {{"chassis", "power", "diag"}},
    [TARGET_PXE] = {{"chassis", "bootdev", "pxe"}},
};
static const char *const boot_get[] = {"chassis", "bootparam", "get", "5", NULL};
static const char *const boot_efi[] = {"chassis", "bootdev", "pxe", "options=efiboot", NULL};

/* Sets what a person reads. */
static void ipmi_reason(
    struct err *err, const struct config_target *target, enum ipmi_said said, const char *detail)
{
	switch (said) {
	case IPMI_DONE:
		break;
	case IPMI_REFUSED:
		err_set(err, "the BMC refused it: %s", detail);
		break;
	case IPMI_BUSY:
		err_set(err, "the BMC is busy%s%s; try again later", detail[0] ? ": " : "", detail);
		break;
	case IPMI_STATE:
		err_set(err, "the BMC cannot do that in its present state");
		break;
	case IPMI_SUITE:
		err_set(err, "the BMC refused the cipher suite%s; set cipher",
		    target->cipher ? "" : "s 17 and 3");
		break;
	case IPMI_PASSWORD:
		err_set(err, "the BMC refused the password; correct %s", target->password_file);
		break;
	case IPMI_USER:
		err_set(
		    err, "the BMC has no such user for this privilege; correct user or privilege");
		break;
	case IPMI_FULL:
		err_set(err, "the BMC has no session left; end others, or reset the BMC");
		break;
	case IPMI_SILENT:
		err_set(err, "no reply from %s; correct host, or enable IPMI over LAN in the BMC",
		    target->host);
		break;
	case IPMI_LOST:
		err_set(err, "the BMC stopped replying in mid-call; look whether it restarts");
		break;
	case IPMI_NAME:
		err_set(err, "host name %s has no address; correct host", target->host);
		break;
	case IPMI_OTHER:
		err_set(
		    err, "no acknowledgement: %s", detail[0] ? detail : "ipmitool printed nothing");
		break;
	}
}

/* Runs the words with the suite that the BMC knows. What ipmitool printed is in text; "": it did not end. */
static enum ipmi_said ipmi_say(struct err *err, struct driver_call *driver,
    enum target_action action, const char *const *words, enum target_power *power,
    char text[IPMI_OUTPUT_MAX])
{
	int suite = ipmi_suite(driver), suites = 0, busy = 0;
	char detail[IPMI_DETAIL_MAX] = "";
	enum ipmi_said said;

	for (;;) {
		if (ipmi_tool(err, driver, suite, words, text)) {
			text[0] = '\0';
			return IPMI_OTHER;
		}
		said = ipmi_text_read(text, action, power, detail);
		if (said == IPMI_SUITE && !driver->target->cipher && suites++ == 0)
			suite = suite == IPMI_SUITE_NEW ? IPMI_SUITE_OLD : IPMI_SUITE_NEW;
		else if (said == IPMI_BUSY && ++busy < IPMI_BUSY_TRIES)
			clock_pause_us(IPMI_BUSY_MS * 1000);
		else
			break;
		driver_pause(driver);
	}
	/* (IPMI_OTHER: a reply that only the caller can read, where the other suite had been refused) */
	if (said == IPMI_DONE || said == IPMI_REFUSED || (said == IPMI_OTHER && suites))
		ipmi_suite_keep(driver, suite);
	ipmi_reason(err, driver->target, said, detail);
	return said;
}

static int ipmi_status(struct err *err, struct driver_call *driver, enum target_power *power)
{
	char text[IPMI_OUTPUT_MAX];

	return ipmi_say(err, driver, TARGET_STATUS, commands[TARGET_STATUS].words, power, text) ==
		       IPMI_DONE
		   ? 0
		   : -1;
}

/* Whether the flags are as they were set; a BMC that cannot show them is believed. */
static enum driver_result ipmi_read_back(struct err *err, struct driver_call *driver)
{
	char text[IPMI_OUTPUT_MAX];
	enum target_power ignored;
	struct ipmi_boot boot;
	struct err unread;

	driver_pause(driver);
	ipmi_say(&unread, driver, TARGET_ACTIONS, boot_get, &ignored, text);
	if (ipmi_text_boot(text, &boot))
		return DRIVER_DONE;
	if (!boot.valid || boot.device != 1)
		err_set(err, "the BMC acknowledged the boot device, but has not kept it");
	else if (driver->call->efi >= 0 && boot.efi != driver->call->efi)
		err_set(err,
		    "the BMC has kept a boot by %s, not by %s; set the boot order in its firmware",
		    boot.efi ? "EFI" : "BIOS", driver->call->efi ? "EFI" : "BIOS");
	else
		driver->confirmed = 1;
	return driver->confirmed ? DRIVER_DONE : DRIVER_FAILED;
}

static enum driver_result ipmi_act(
    struct err *err, struct driver_call *driver, enum target_action action)
{
	const char *const *words = commands[action].words;
	char text[IPMI_OUTPUT_MAX];
	enum target_power ignored;
	enum ipmi_said said;

	if (action == TARGET_PXE && driver->call->efi == 1)
		words = boot_efi;
	said = ipmi_say(err, driver, action, words, &ignored, text);
	if (said == IPMI_DONE && action == TARGET_PXE)
		return ipmi_read_back(err, driver);
	return said == IPMI_DONE      ? DRIVER_DONE
	       : said == IPMI_REFUSED ? DRIVER_REFUSED
				      : DRIVER_FAILED;
}

/* The session of the console, by Get Payload Instance Info (IPMI 2.0, 24.5), then what the BMC knows of it. */
static int ipmi_holder(struct err *err, struct driver_call *driver, char out[TARGET_HOLDER_MAX])
{
	static const char *const instance[] = {"raw", "0x06", "0x4b", "0x01", "0x01", NULL};
	char text[IPMI_OUTPUT_MAX], id[16];
	const char *const info[] = {"session", "info", "id", id, NULL};
	enum target_power ignored;

	ipmi_say(err, driver, TARGET_ACTIONS, instance, &ignored, text);
	if (ipmi_text_instance(text, id))
		return text[0]
			   ? err_set(err, "nobody holds the console, or the BMC does not report it")
			   : -1;
	driver_pause(driver);
	ipmi_say(err, driver, TARGET_ACTIONS, info, &ignored, text);
	return ipmi_text_holder(text, out)
		   ? err_set(err, "the BMC does not report who holds the console")
		   : 0;
}

const struct driver driver_ipmi = {.status = ipmi_status, .act = ipmi_act, .holder = ipmi_holder};
