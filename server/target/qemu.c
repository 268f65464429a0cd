/* SPDX-License-Identifier: MIT */
/*
 * qemu: the driver of virtual machines of this server, for labs and tests. On starts QEMU in the background;
 * off ends it. In STATE/run/targets:
 *
 *   NAME.qmp       its control socket (qmp.h); a machine is on while something listens there
 *   NAME.console.in, NAME.console.out   its serial line, two FIFOs: QEMU writes byte by byte, and a full socket
 *                  would lose some; a FIFO holds 64 KB, also from before somebody reads
 *   NAME.log       the bytes of the serial line since it was switched on
 *   NAME.pid       written by QEMU
 *
 * Only a process is ever killed that is in NAME.pid and was started with this NAME.qmp.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/mac.h"
#include "base/program.h"
#include "driver.h"
#include "qmp.h"

enum {
	QEMU_START_MS = 60000,
	QEMU_END_MS = 10000, /* from the order to end until it is killed */
	QEMU_ARGS_MAX = 256, /* with ours */
	QEMU_OURS = 32, /* at most */
	QEMU_QMP_MAX = FILE_PATH_MAX + 32,
};

#define QEMU_CONSOLE "lastwords-console"

/* The argument that is this target's and no other's. */
static void qemu_qmp_argument(const char *path, char argument[QEMU_QMP_MAX])
{
	snprintf(argument, QEMU_QMP_MAX, "unix:%s,server=on,wait=off", path);
}

/* --- how it is ---------------------------------------------------------------------------------------- */

static enum qmp_found qemu_connect(
    struct err *err, const struct driver_call *driver, struct qmp *qmp)
{
	char path[FILE_PATH_MAX];

	return driver_path(err, driver, "qmp", path) ? QMP_ERROR : qmp_connect(err, qmp, path);
}

/* (A QEMU that does not reply is on: it can be switched off.) */
static int qemu_status(struct err *err, struct driver_call *driver, enum target_power *power)
{
	struct qmp qmp;
	enum qmp_found found = qemu_connect(err, driver, &qmp);
	struct err ignored;
	const char *text;
	json_t *status;

	*power = found == QMP_NOBODY ? TARGET_POWER_OFF : TARGET_POWER_ON;
	if (found != QMP_CONNECTED)
		return found == QMP_ERROR ? -1 : 0;
	status = qmp_greet(&ignored, &qmp) ? NULL : qmp_call(&ignored, &qmp, "query-status", NULL);
	text = json_string_value(json_object_get(status, "status"));
	if (text && strcmp(text, "shutdown") == 0)
		*power = TARGET_POWER_OFF;
	json_decref(status);
	qmp_close(&qmp);
	return 0;
}

/* --- on ----------------------------------------------------------------------------------------------- */

/* Where a guest on QEMU's user-mode network finds our web server: 10.0.2.2 is this host's loopback. */
static int qemu_bootfile(struct err *err, const struct config *config, char *out, size_t size)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 80;
	int own;

	if (address_split(err, config->listen, host, &port))
		return -1;
	own = strncmp(host, "127.", 4) == 0 || strcmp(host, "0.0.0.0") == 0 || strchr(host, ':');
	snprintf(out, size, "http://%s:%u/boot.ipxe", own ? "10.0.2.2" : host, port);
	return 0;
}

/* Whether the arguments bring a network card. */
static int qemu_has_card(const char *args)
{
	return strstr(args, "-net") || strstr(args, "-nic");
}

struct qemu_words {
	const char *argv[QEMU_ARGS_MAX + 1];
	size_t count;
	char qmp[QEMU_QMP_MAX], console[3 * FILE_PATH_MAX], pid[FILE_PATH_MAX];
	char netdev[ADDRESS_HOST_MAX + 64], card[64];
	char *args; /* malloc'ed; the configured ones, cut into words */
};

static void qemu_word(struct qemu_words *words, const char *option, const char *value)
{
	words->argv[words->count++] = option;
	if (value)
		words->argv[words->count++] = value;
}

/* Cuts the configured arguments at blanks. 0/-1. */
static int qemu_split(struct err *err, struct qemu_words *words, const char *args)
{
	char *save = NULL;

	words->args = strdup(args);
	if (!words->args)
		return err_errno(err, "args");
	for (char *word = strtok_r(words->args, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (words->count >= QEMU_ARGS_MAX)
			return err_set(err, "args has more than %d words; shorten it",
			    QEMU_ARGS_MAX - QEMU_OURS);
		words->argv[words->count++] = word;
	}
	words->argv[words->count] = NULL;
	return 0;
}

/* The FIFOs of the serial line, which QEMU does not make. 0/-1. */
static int qemu_make_console(struct err *err, const char *console)
{
	static const char *const suffixes[] = {".in", ".out"};
	char path[FILE_PATH_MAX + 8];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", console, suffixes[i]);
		if (mkfifo(path, 0600) && errno != EEXIST)
			return err_errno(err, "%s", path);
	}
	return 0;
}

/* Ours come first: of an option that is given twice, the configured one counts. */
static int qemu_words(struct err *err, const struct driver_call *driver, struct qemu_words *words)
{
	const struct config_target *target = driver->target;
	char qmp[FILE_PATH_MAX], console[FILE_PATH_MAX], log[FILE_PATH_MAX], mac[18];
	char bootfile[ADDRESS_HOST_MAX + 32];

	if (driver_path(err, driver, "qmp", qmp) || driver_path(err, driver, "console", console) ||
	    driver_path(err, driver, "log", log) || driver_path(err, driver, "pid", words->pid) ||
	    qemu_bootfile(err, driver->call->config, bootfile, sizeof(bootfile)))
		return -1;
	if (qemu_make_console(err, console))
		return -1;
	if (strchr(qmp, ','))
		return err_set(err, "%s: QEMU cannot take a comma in a path; move state", qmp);
	mac_format(target->address, mac);
	qemu_qmp_argument(qmp, words->qmp);
	snprintf(words->console, sizeof(words->console),
	    "pipe,id=" QEMU_CONSOLE ",path=%s,logfile=%s,logappend=off", console, log);
	snprintf(
	    words->netdev, sizeof(words->netdev), "user,id=lastwords-net,bootfile=%s", bootfile);
	snprintf(
	    words->card, sizeof(words->card), "e1000,netdev=lastwords-net,mac=%s,bootindex=1", mac);
	qemu_word(words, target->program, NULL);
	qemu_word(words, "-name", target->name);
	qemu_word(words, "-daemonize", NULL);
	qemu_word(words, "-pidfile", words->pid);
	qemu_word(words, "-qmp", words->qmp);
	qemu_word(words, "-chardev", words->console);
	qemu_word(words, "-serial", "chardev:" QEMU_CONSOLE);
	qemu_word(words, "-machine", "graphics=off");
	qemu_word(words, "-display", "none");
	qemu_word(words, "-vga", "none");
	qemu_word(words, "-m", "1024");
	if (!qemu_has_card(target->args)) {
		qemu_word(words, "-netdev", words->netdev);
		qemu_word(words, "-device", words->card);
	}
	return qemu_split(err, words, target->args);
}

static enum driver_result qemu_on(struct err *err, struct driver_call *driver)
{
	struct qemu_words words = {.count = 0};
	char text[4096], last[160];
	struct program_text out = {.text = text, .size = sizeof(text)};
	struct program program = {.argv = (char *const *)words.argv,
	    .input = -1,
	    .timeout_ms = QEMU_START_MS,
	    .out = &out,
	    .err = &out};
	enum driver_result result = DRIVER_REFUSED;

	if (qemu_words(err, driver, &words) == 0 && program_run(err, &program) == 0) {
		driver_last_line(text, last, sizeof(last));
		result = program.how[0] ? DRIVER_FAILED : DRIVER_DONE;
		if (program.how[0])
			err_set(err, "%s: %s%s%s", driver->target->program, program.how,
			    last[0] ? ": " : "", last);
	}
	free(words.args);
	return result;
}

/* --- off ---------------------------------------------------------------------------------------------- */

/* Whether one of the process's arguments is this. */
static int qemu_has_argument(pid_t pid, const char *argument)
{
	char path[32], line[16384];
	size_t len = strlen(argument) + 1, n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	n = fread(line, 1, sizeof(line), file);
	fclose(file);
	return memmem(line, n, argument, len) != NULL;
}

/* The running QEMU's descriptor (pidfd_open(2)); -1: no process that is surely it. */
static int qemu_process(const struct driver_call *driver)
{
	char path[FILE_PATH_MAX], argument[QEMU_QMP_MAX];
	pid_t pid = driver_number(driver, "pid", 2, INT32_MAX);
	struct err ignored;
	int pidfd;

	if (!pid || driver_path(&ignored, driver, "qmp", path))
		return -1;
	/* first: what is looked at then is this process, or it has ended */
	pidfd = pidfd_open(pid, 0);
	qemu_qmp_argument(path, argument);
	if (pidfd >= 0 && !qemu_has_argument(pid, argument)) {
		close(pidfd);
		return -1;
	}
	return pidfd;
}

/* Waits for the process to end; without one, until nobody listens any more. */
static int qemu_ends(const struct driver_call *driver, int pidfd, int ms)
{
	struct pollfd polled = {.fd = pidfd, .events = POLLIN};
	const int64_t end = clock_monotonic() + ms;
	enum qmp_found found = QMP_BUSY;
	struct err ignored;
	struct qmp qmp;

	if (pidfd >= 0)
		return poll(&polled, 1, ms) == 1;
	while (found != QMP_NOBODY && clock_monotonic() < end) {
		clock_pause_us(100000);
		found = qemu_connect(&ignored, driver, &qmp);
		if (found == QMP_CONNECTED)
			qmp_close(&qmp);
	}
	return found == QMP_NOBODY;
}

static enum driver_result qemu_off(struct err *err, struct driver_call *driver)
{
	struct qmp qmp;
	enum qmp_found found = qemu_connect(err, driver, &qmp);
	int pidfd = qemu_process(driver), asked = 0, ended;
	struct err ignored;

	if (found == QMP_CONNECTED) {
		asked = qmp_greet(&ignored, &qmp) == 0;
		if (asked)
			json_decref(qmp_call(&ignored, &qmp, "quit", NULL));
		qmp_close(&qmp);
	}
	ended = found == QMP_NOBODY || qemu_ends(driver, pidfd, asked ? QEMU_END_MS : 0);
	if (!ended && pidfd >= 0) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		ended = qemu_ends(driver, pidfd, QEMU_END_MS);
	}
	if (pidfd >= 0)
		close(pidfd);
	if (!ended)
		err_set(err, "QEMU does not end, and its process is not known; end it by hand");
	return ended ? DRIVER_DONE : DRIVER_FAILED;
}

/* --- the rest ----------------------------------------------------------------------------------------- */

/* arguments: as qmp_call takes them. */
static enum driver_result qemu_order(
    struct err *err, const struct driver_call *driver, const char *command, const char *arguments)
{
	struct qmp qmp;
	enum qmp_found found = qemu_connect(err, driver, &qmp);
	json_t *reply = NULL;

	if (found == QMP_NOBODY)
		err_set(err, "QEMU does not run; switch it on first");
	if (found != QMP_CONNECTED)
		return DRIVER_FAILED;
	if (qmp_greet(err, &qmp) == 0)
		reply = qmp_call(err, &qmp, command, arguments);
	json_decref(reply);
	qmp_close(&qmp);
	return reply ? DRIVER_DONE : DRIVER_FAILED;
}

static enum driver_result qemu_act(
    struct err *err, struct driver_call *driver, enum target_action action)
{
	switch (action) {
	case TARGET_ON:
		return qemu_on(err, driver);
	case TARGET_OFF:
		return qemu_off(err, driver);
	case TARGET_RESET:
		return qemu_order(err, driver, "system_reset", NULL);
	case TARGET_NMI:
		return qemu_order(err, driver, "inject-nmi", NULL);
	default:
		/* our card boots from the network always; of others the arguments decide */
		driver->confirmed = !qemu_has_card(driver->target->args);
		return DRIVER_DONE;
	}
}

int target_break(struct err *err, const struct config *config, const struct config_target *target)
{
	char dir[FILE_PATH_MAX];
	const struct driver_call driver = {.target = target, .dir = dir};

	if (target->driver != DRIVER_QEMU)
		return err_set(err, "target %s is not a QEMU", target->name);
	if (driver_dir(err, config, dir))
		return -1;
	return qemu_order(err, &driver, "chardev-send-break", "{\"id\":\"" QEMU_CONSOLE "\"}") ==
		       DRIVER_DONE
		   ? 0
		   : -1;
}

const struct driver driver_qemu = {.status = qemu_status, .act = qemu_act, .hasty = 1};
