/* SPDX-License-Identifier: MIT */
/*
 * bmc: a baseboard management controller for tests: an IPMI 2.0 server over UDP (RMCP+), written from the
 * specification, which misbehaves on demand. It is no IPMI 1.5 server, and has no sensors.
 *
 *   bmc [OPTION…]        `bmc --help` lists the options
 *
 * It prints the UDP port that it listens on (of the first, with --count) when all is ready, then, with -v, one
 * line for each request. It ends with SIGTERM, with "quit" (below), or after --run-seconds (an hour).
 *
 *   bmc --listen 127.0.0.1 --control "$work/bmc" -v >"$work/bmc.log" &
 *   ipmitool -I lanplus -H 127.0.0.1 -p "$port" -U admin -P secret chassis power status
 *   echo 'mute 3000' | socat -t 5 - "UNIX:$work/bmc"
 *
 * Users: --user NAME:PASSWORD[:LIMIT], LIMIT being user, operator or administrator. Without one there are
 * admin, operator and user, of that limit each, all with the password "secret". They are numbered from 2.
 *
 * Cipher suites: 3 and 17 are offered; --suites 3 offers another list, of 1, 2, 3, 15, 16, 17.
 *
 * The machine: without more it is on, and its serial line says "machine N: start N, boot device …" when it
 * starts, writes a line now and then (--chatter), and echoes what is typed, with a line feed after each
 * carriage return; a break prints <BREAK>, an NMI "NMI received". A machine that is off is silent.
 *   --power PROG    does the power changes: PROG on|off|reset|nmi|soft, after the request was acknowledged, one
 *                   at a time, each at most 60 s; exit 0: done (on and off, soft too, change the state);
 *                   otherwise nothing changed. PROG pxe is run when the boot flags are set to PXE.
 *                   In its environment: BMC_NUMBER, BMC_PORT, BMC_BOOT (none, pxe, disk, …), BMC_EFI (0 or 1).
 *                   One-shot boot flags are used up by a start: on, reset, cycle (off, 0.5 s, on).
 *   --serial ADDR   the serial line is a socket to which this program connects, again and again:
 *                   unix:PATH ('%' in it is the BMC's number) or tcp:HOST:PORT (plus the BMC's number)
 *   --telnet        it speaks telnet (QEMU's chardev with telnet=on): 0xff is doubled, a break is IAC BREAK
 *   --break PROG    a break runs "PROG break" instead
 *
 * Many: --count N is N BMCs, on consecutive ports, or with --by-address on consecutive addresses, numbered from 0.
 *
 * Commands on the socket of --control, one a line, each answered with "ok" or "error: …". They are for all BMCs,
 * or, with a number before them, for that one. Times are milliseconds; a number of 0 ends a fault.
 *
 *   mute MS             takes nothing from the network for this time
 *   crash MS            forgets all sessions without a word, then is mute: a BMC that restarts
 *   drop                forgets all sessions without a word
 *   burst N MS          more than N packets within a second: mute for MS
 *   answer-late MS      each answer is this late
 *   lose N              each Nth packet that is sent is lost
 *   duplicate N         each Nth packet is sent twice
 *   sessions N          at most N sessions at once
 *   suites N,N          offers these cipher suites only
 *   refuse N,N          refuses these, which it goes on offering
 *   fail NN NN NN       network function, command, completion code in hexadecimal: the command fails with the
 *                       code. "fail 00 08 cc": boot options are refused; "fail 00 02 c0": power control is busy
 *   power-lie           acknowledges power commands and does nothing
 *   power-late MS       does them this much later
 *   state on|off        the machine was switched by other means
 *   sol-deactivate      ends the console; its holder gets the same packet as when another client takes it
 *   sol-busy            the console is held by a session of the first user from 192.0.2.7, until it is
 *                       deactivated
 *   sol-lose N          each Nth packet of the console is lost, either way
 *   sol-sizes IN OUT    Activate Payload reports these payload sizes
 *   sol-accept N        takes at most N characters of a packet
 *   sol-stall           no character passes; the session stays up
 *   serial-drop N       each Nth character of the machine is lost
 *   print TEXT          the machine (without --serial) writes a line
 *   normal              ends all faults
 *   status              a line for each BMC: power, starts, boot flags, sessions, who holds the console
 *   quit
 *
 * Memory: 1.2 KB for each BMC, 0.4 KB a session, 16 KB an attached console.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/option.h"
#include "control.h"
#include "lan.h"
#include "power.h"
#include "serial.h"
#include "session.h"
#include "sol.h"

enum { COUNT_MAX = 4096, PORT_MIN = 16384, PORT_END = 32768 };

struct options options = {
    .listen = "127.0.0.1",
    .count = 1,
    .run_seconds = 3600,
    .session_seconds = 60,
    .sessions = 4,
    .suites = 1u << 3 | 1u << 17,
};
struct bmc *bmcs;
static int help, ended;

/* --- options --- */

static int parse_count(struct err *err, void *field, const char *value)
{
	return num_int(err, "--count", value, 1, COUNT_MAX, field);
}

static int parse_sessions(struct err *err, void *field, const char *value)
{
	return num_int(err, "--sessions", value, 1, SESSIONS_MAX, field);
}

static int parse_chatter(struct err *err, void *field, const char *value)
{
	return num_int(err, "--chatter", value, 0, 60000, field);
}

static int parse_suites(struct err *err, void *field, const char *value)
{
	return control_parse_suites(err, value, field);
}

static int parse_limit(const char *text)
{
	static const char *const names[] = {NULL, NULL, "user", "operator", "administrator"};

	for (int i = PRIVILEGE_USER; i <= PRIVILEGE_ADMINISTRATOR; i++) {
		if (strcmp(text, names[i]) == 0)
			return i;
	}
	return -1;
}

static int add_user(struct err *err, void *field, const char *value)
{
	struct user *u = &options.users[options.user_count];
	const char *password = strchr(value, ':'),
		   *limit = password ? strchr(password + 1, ':') : NULL;
	size_t name_len = password ? (size_t)(password - value) : 0, key_len;

	(void)field;
	if (!name_len || name_len > 16)
		return err_set(
		    err, "--user: use NAME:PASSWORD[:LIMIT], NAME of 1 to 16 characters");
	key_len = limit ? (size_t)(limit - password - 1) : strlen(password + 1);
	if (key_len > SUITE_KEY)
		return err_set(err, "--user: use a password of at most %d characters", SUITE_KEY);
	if (options.user_count == USERS_MAX)
		return err_set(err, "--user: at most %d users", USERS_MAX);
	if (limit && parse_limit(limit + 1) < 0)
		return err_set(err, "--user: unknown limit; use user, operator or administrator");
	memcpy(u->name, value, name_len);
	memcpy(u->key, password + 1, key_len);
	u->limit = (uint8_t)(limit ? parse_limit(limit + 1) : PRIVILEGE_ADMINISTRATOR);
	options.user_count++;
	return 0;
}

static int ask_help(struct err *err, void *field, const char *value)
{
	(void)err;
	(void)field;
	(void)value;
	help = 1;
	return 0;
}

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    {"--listen", NULL, "ADDR[:PORT]", OPTION_TEXT, AT(listen), "default 127.0.0.1, any port", NULL},
    {"--count", NULL, "N", OPTION_CALL, AT(count), "the number of BMCs, on consecutive ports",
	parse_count},
    {"--by-address", NULL, NULL, OPTION_FLAG, AT(by_address), "on consecutive addresses instead",
	NULL},
    {"--user", NULL, "NAME:PASSWORD[:LIMIT]", OPTION_CALL, 0, "a user; several times", add_user},
    {"--suites", NULL, "N,N", OPTION_CALL, AT(suites), "cipher suites offered, default 3,17",
	parse_suites},
    {"--sessions", NULL, "N", OPTION_CALL, AT(sessions), "at once, default 4", parse_sessions},
    {"--session-timeout", NULL, "SECONDS", OPTION_SECONDS, AT(session_seconds), "default 60", NULL},
    {"--off", NULL, NULL, OPTION_FLAG, AT(off), "the machine is off at the start", NULL},
    {"--power", NULL, "PROG", OPTION_TEXT, AT(power), "does power changes", NULL},
    {"--serial", NULL, "ADDR", OPTION_TEXT, AT(serial), "unix:PATH or tcp:HOST:PORT", NULL},
    {"--telnet", NULL, NULL, OPTION_FLAG, AT(telnet), "the serial line speaks telnet", NULL},
    {"--break", NULL, "PROG", OPTION_TEXT, AT(break_program), "is run for a break", NULL},
    {"--chatter", NULL, "N", OPTION_CALL, AT(chatter), "lines a minute from the machine",
	parse_chatter},
    {"--control", NULL, "PATH", OPTION_TEXT, AT(control), "Unix socket for commands", NULL},
    {"--run-seconds", NULL, "SECONDS", OPTION_SECONDS, AT(run_seconds), "ends then, default 3600",
	NULL},
    {"--verbose", "-v", NULL, OPTION_FLAG, AT(verbose), "a line for each request", NULL},
    {"--help", "-h", NULL, OPTION_CALL, 0, "this text", ask_help},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* --- what the parts call --- */

void bmc_note(const struct bmc *bmc, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (!options.verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("%d: %s\n", bmc->number, text);
	fflush(stdout);
}

void bmc_wake(struct bmc *bmc, int64_t at)
{
	if (at < bmc->deadline)
		bmc->deadline = at;
}

void bmc_restart(struct bmc *bmc)
{
	bmc->restart = 0;
	while (!LIST_EMPTY(&bmc->sessions))
		session_end(bmc, LIST_FIRST(&bmc->sessions), "forgotten");
}

/* --- the loop --- */

static void bmc_tick(struct bmc *bmc, int64_t now)
{
	bmc->deadline = now + NEVER_SOON;
	session_tick(bmc, now);
	power_tick(bmc, now);
	serial_tick(bmc, now);
	sol_tick(bmc, now);
}

static void on_signal(struct watch *watch, uint32_t events)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGCHLD)
		ended = 1;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		power_reap((int)pid, status);
}

static int watch_signals(struct err *err, struct watch *watch)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*watch = (struct watch){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), on_signal, NULL};
	return watch->fd < 0 ? err_errno(err, "signalfd") : loop_add(err, watch, EPOLLIN);
}

static int open_bmc(struct err *err, struct bmc *bmc, int number, int base)
{
	memset(bmc, 0, sizeof(*bmc));
	bmc->number = number;
	LIST_INIT(&bmc->sessions);
	memcpy(bmc->guid, "lastwords-bmc", 13);
	bmc->guid[14] = (uint8_t)(number >> 8);
	bmc->guid[15] = (uint8_t)number;
	bmc->power.on = !options.off;
	bmc->lan.fd = bmc->serial.watch.fd = -1;
	sol_init(bmc);
	serial_open(bmc);
	return lan_open(err, bmc, base, number);
}

static void close_bmc(struct bmc *bmc)
{
	bmc_restart(bmc);
	power_close(bmc);
	serial_close(bmc);
	lan_close(bmc);
}

static void close_all(int opened)
{
	while (opened > 0)
		close_bmc(&bmcs[--opened]);
}

static int open_all(struct err *err, int base)
{
	for (int i = 0; i < options.count; i++) {
		if (open_bmc(err, &bmcs[i], i, base)) {
			close_all(i + 1);
			return -1;
		}
	}
	return 0;
}

/* Any free port, if --listen has none: one below 32768, as libipmiconsole takes no higher one. */
static int open_anywhere(struct err *err)
{
	int rc = -1;
	uint16_t random;

	for (int tries = 0; rc && tries < 50; tries++) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return err_errno(err, "getrandom");
		rc = open_all(err, PORT_MIN + random % (PORT_END - PORT_MIN - options.count));
	}
	return rc;
}

static int run_loop(struct err *err)
{
	int64_t until = clock_monotonic() + options.run_seconds * INT64_C(1000);

	while (!ended && !control_quit) {
		int64_t now = clock_monotonic(), next = until;

		if (now >= until)
			return 0;
		for (int i = 0; i < options.count; i++) {
			if (bmcs[i].deadline <= now)
				bmc_tick(&bmcs[i], now);
			if (bmcs[i].deadline < next)
				next = bmcs[i].deadline;
		}
		if (loop_wait(err, next > now ? (int)(next - now) : 0))
			return -1;
	}
	return 0;
}

static int run(struct err *err)
{
	struct watch signals = {.fd = -1};
	int rc = -1;

	bmcs = calloc((size_t)options.count, sizeof(*bmcs));
	if (!bmcs)
		return err_set(err, "no memory for %d BMCs", options.count);
	if (loop_open(err) || watch_signals(err, &signals) || control_open(err, options.control))
		goto out;
	if (open_anywhere(err))
		goto out;
	printf("%u\n", lan_port(&bmcs[0]));
	fflush(stdout);
	rc = run_loop(err);
	close_all(options.count);
out:
	control_close(options.control);
	loop_end(&signals);
	loop_close();
	free(bmcs);
	return rc;
}

static void default_users(void)
{
	struct err err;

	add_user(&err, NULL, "admin:secret:administrator");
	add_user(&err, NULL, "operator:secret:operator");
	add_user(&err, NULL, "user:secret:user");
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct err err;
	const char *argument;

	if (option_parse(&err, argc, argv, rows, ROWS, &options, &argument) ||
	    (argument && err_set(&err, "%s: unknown argument; see --help", argument)) ||
	    serial_check(&err)) {
		err_print("bmc", &err);
		return 2;
	}
	if (help) {
		puts("usage: bmc [OPTION...]");
		option_help(stdout, rows, ROWS);
		return 0;
	}
	if (!options.user_count)
		default_users();
	/* two descriptors for each BMC */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
	if (run(&err)) {
		err_print("bmc", &err);
		return 1;
	}
	return 0;
}
