/* SPDX-License-Identifier: MIT */
/* control: see control.h. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "control.h"
#include "power.h"
#include "serial.h"
#include "session.h"
#include "sol.h"

enum { LINE_MAX_LEN = 512, CLIENTS = 8, WORDS = 4, MS_MAX = 3600000 };

struct client {
	struct watch watch;
	size_t len;
	char line[LINE_MAX_LEN];
};

static struct watch listener = {.fd = -1};
static struct client clients[CLIENTS];
int control_quit;

/* --- what a command does --- */

/* A command as it was parsed: numbers in n, or what stands behind the command's name in text. */
struct order {
	int n[WORDS];
	const char *text;
	int reply; /* descriptor for the answer of "status" */
};

typedef int order_fn(struct err *err, struct bmc *bmc, const struct order *order);

int control_parse_suites(struct err *err, const char *text, uint32_t *suites)
{
	*suites = 0;
	for (const char *p = text;; p++) {
		size_t len = strcspn(p, ",");
		uint64_t id;

		if (num_u64(err, "cipher suite", p, len, 0, 31, &id))
			return -1;
		if (!suite_by_id((unsigned)id))
			return err_set(
			    err, "cipher suite %d: unknown; use 1, 2, 3, 15, 16, 17", (int)id);
		*suites |= UINT32_C(1) << id;
		p += len;
		if (!*p)
			return 0;
	}
}

static int do_mute(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	bmc->faults.mute_until = clock_monotonic() + order->n[0];
	return 0;
}

static int do_crash(struct err *err, struct bmc *bmc, const struct order *order)
{
	bmc_restart(bmc);
	return do_mute(err, bmc, order);
}

static int do_drop(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)order;
	bmc_restart(bmc);
	return 0;
}

static int do_deactivate(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)order;
	sol_deactivate(bmc);
	return 0;
}

static int do_suites(struct err *err, struct bmc *bmc, const struct order *order)
{
	return control_parse_suites(err, order->text, &bmc->faults.suites);
}

static int do_refuse(struct err *err, struct bmc *bmc, const struct order *order)
{
	return control_parse_suites(err, order->text, &bmc->faults.refuse);
}

static int do_power_lie(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)order;
	bmc->faults.power_lies = 1;
	return 0;
}

static int do_state(struct err *err, struct bmc *bmc, const struct order *order)
{
	if (strcmp(order->text, "on") != 0 && strcmp(order->text, "off") != 0)
		return err_set(err, "state: use on or off");
	power_set(bmc, strcmp(order->text, "on") == 0);
	return 0;
}

/* Three hexadecimal bytes: network function, command, completion code. */
static int do_fail(struct err *err, struct bmc *bmc, const struct order *order)
{
	struct faults *f = &bmc->faults;
	unsigned netfn, command, code;
	int end = 0;

	if (sscanf(order->text, "%2x %2x %2x%n", &netfn, &command, &code, &end) != 3 ||
	    order->text[end])
		return err_set(err, "fail: use NETFN COMMAND CODE, each as two hexadecimal digits");
	if (f->fail_count == FAULTY_COMMANDS)
		return err_set(err, "fail: at most %d commands", FAULTY_COMMANDS);
	f->fail[f->fail_count].netfn = (uint8_t)netfn;
	f->fail[f->fail_count].command = (uint8_t)command;
	f->fail[f->fail_count++].code = (uint8_t)code;
	return 0;
}

static int do_sol_busy(struct err *err, struct bmc *bmc, const struct order *order)
{
	struct session *phantom;

	(void)order;
	if (bmc->sol.holder)
		return err_set(err, "sol-busy: the console is held already");
	phantom = session_phantom(bmc);
	if (!phantom)
		return err_set(err, "sol-busy: no memory");
	sol_attach(bmc, phantom, 1, 1);
	return 0;
}

static int do_sol_sizes(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	bmc->faults.sol_sizes = 1;
	bmc->faults.sol_in = order->n[0];
	bmc->faults.sol_out = order->n[1];
	return 0;
}

static int do_sol_stall(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)order;
	bmc->faults.sol_stalled = 1;
	return 0;
}

static int do_burst(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	bmc->faults.burst = order->n[0];
	bmc->faults.burst_ms = order->n[1];
	return 0;
}

static int do_print(struct err *err, struct bmc *bmc, const struct order *order)
{
	if (options.serial)
		return err_set(err, "print: the serial line is a socket; write to it");
	serial_print(bmc, order->text);
	serial_print(bmc, "\r\n");
	return 0;
}

static int do_normal(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)order;
	memset(&bmc->faults, 0, sizeof(bmc->faults));
	bmc_wake(bmc, 0);
	return 0;
}

static int do_quit(struct err *err, struct bmc *bmc, const struct order *order)
{
	(void)err;
	(void)bmc;
	(void)order;
	control_quit = 1;
	return 0;
}

static void holder_text(const struct session *s, char *text, size_t size)
{
	char host[64] = "?", port[8] = "?";

	if (!s) {
		snprintf(text, size, "-");
		return;
	}
	getnameinfo((const struct sockaddr *)&s->peer, s->peer_len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM);
	snprintf(text, size, "%s@%s:%s", s->user->name, host, port);
}

static int do_status(struct err *err, struct bmc *bmc, const struct order *order)
{
	char holder[120];
	const struct power *p = &bmc->power;

	holder_text(bmc->sol.holder, holder, sizeof(holder));
	if (dprintf(order->reply,
		"%d: power=%s starts=%d boot=%s flags=%02x%02x%02x%02x%02x sessions=%u holder=%s serial=%s\n",
		bmc->number, p->on ? "on" : "off", p->restarts, power_boot_device(p),
		p->boot_flags[0], p->boot_flags[1], p->boot_flags[2], p->boot_flags[3],
		p->boot_flags[4], session_count(bmc), holder,
		bmc->serial.connected ? "connected" : "-") < 0)
		return err_errno(err, "status");
	return 0;
}

/* --- the table of commands --- */

enum { NO_WORDS, ONE_NUMBER, TWO_NUMBERS, TEXT };

struct row {
	const char *name;
	int words;
	int least, most; /* of its numbers */
	order_fn *run;
	size_t field; /* where its number goes, if there is no function */
};

#define FAULT(member) NULL, offsetof(struct faults, member)

static const struct row rows[] = {
    {"mute", ONE_NUMBER, 0, MS_MAX, do_mute, 0},
    {"crash", ONE_NUMBER, 0, MS_MAX, do_crash, 0},
    {"drop", NO_WORDS, 0, 0, do_drop, 0},
    {"burst", TWO_NUMBERS, 0, MS_MAX, do_burst, 0},
    {"answer-late", ONE_NUMBER, 0, 10000, FAULT(answer_late)},
    {"lose", ONE_NUMBER, 0, 1000000, FAULT(lose)},
    {"duplicate", ONE_NUMBER, 0, 1000000, FAULT(duplicate)},
    {"sessions", ONE_NUMBER, 0, SESSIONS_MAX, FAULT(sessions)},
    {"suites", TEXT, 0, 0, do_suites, 0},
    {"refuse", TEXT, 0, 0, do_refuse, 0},
    {"fail", TEXT, 0, 0, do_fail, 0},
    {"power-lie", NO_WORDS, 0, 0, do_power_lie, 0},
    {"power-late", ONE_NUMBER, 0, MS_MAX, FAULT(power_delay)},
    {"state", TEXT, 0, 0, do_state, 0},
    {"sol-deactivate", NO_WORDS, 0, 0, do_deactivate, 0},
    {"sol-busy", NO_WORDS, 0, 0, do_sol_busy, 0},
    {"sol-lose", ONE_NUMBER, 0, 1000000, FAULT(lose_sol)},
    {"sol-sizes", TWO_NUMBERS, 0, 65535, do_sol_sizes, 0},
    {"sol-accept", ONE_NUMBER, 0, 255, FAULT(sol_accept)},
    {"sol-stall", NO_WORDS, 0, 0, do_sol_stall, 0},
    {"serial-drop", ONE_NUMBER, 0, 1000000, FAULT(serial_drop)},
    {"print", TEXT, 0, 0, do_print, 0},
    {"normal", NO_WORDS, 0, 0, do_normal, 0},
    {"status", NO_WORDS, 0, 0, do_status, 0},
    {"quit", NO_WORDS, 0, 0, do_quit, 0},
};

static const struct row *find_row(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

static int parse_words(struct err *err, const struct row *row, char *text, struct order *order)
{
	int want = row->words == TWO_NUMBERS ? 2 : row->words == ONE_NUMBER, got = 0;
	char *save, *word;

	order->text = text;
	if (row->words == TEXT)
		return *text ? 0 : err_set(err, "%s: a value is missing", row->name);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (got == want)
			return err_set(err, "%s: too many words", row->name);
		if (num_int(err, row->name, word, row->least, row->most, &order->n[got++]))
			return -1;
	}
	return got == want ? 0 : err_set(err, "%s: a number is missing", row->name);
}

static int run_row(
    struct err *err, struct bmc *bmc, const struct row *row, const struct order *order)
{
	if (row->run)
		return row->run(err, bmc, order);
	memcpy((char *)&bmc->faults + row->field, &order->n[0], sizeof(int));
	/* "each Nth" counts from here */
	bmc->packets = bmc->sol_packets = bmc->serial_bytes = 0;
	return 0;
}

/* "[N] COMMAND [WORDS]": for BMC N, or for all. */
static int run_line(struct err *err, char *line, int reply)
{
	struct order order = {.reply = reply};
	size_t digits = strspn(line, "0123456789");
	int first = 0, last = options.count - 1;
	const struct row *row;
	char *name = line;
	size_t len;

	if (digits && line[digits] == ' ') {
		line[digits] = '\0';
		if (num_int(err, "BMC", line, 0, options.count - 1, &first))
			return -1;
		last = first;
		name = line + digits + 1;
	}
	len = strcspn(name, " ");
	row = find_row(name, len);
	if (!row)
		return err_set(err, "%.*s: unknown command; main.c lists them", (int)len, name);
	if (parse_words(err, row, name + len + (name[len] == ' '), &order))
		return -1;
	for (int i = first; i <= last; i++) {
		bmc_note(&bmcs[i], "control: %s", row->name);
		if (run_row(err, &bmcs[i], row, &order))
			return -1;
	}
	return 0;
}

/* --- the socket --- */

static void answer(struct client *c, char *line)
{
	struct err err;
	int bad = run_line(&err, line, c->watch.fd);

	dprintf(c->watch.fd, bad ? "error: %s\n" : "ok\n", err.msg);
}

static void take_lines(struct client *c)
{
	char *start = c->line, *end;

	while ((end = memchr(start, '\n', c->len - (size_t)(start - c->line))) != NULL) {
		*end = '\0';
		if (end > start && end[-1] == '\r')
			end[-1] = '\0';
		answer(c, start);
		start = end + 1;
	}
	c->len -= (size_t)(start - c->line);
	memmove(c->line, start, c->len);
}

static void on_client(struct watch *watch, uint32_t events)
{
	struct client *c = watch->owner;
	ssize_t n = read(watch->fd, c->line + c->len, sizeof(c->line) - c->len);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_end(watch);
		return;
	}
	c->len += (size_t)n;
	take_lines(c);
	if (c->len == sizeof(c->line)) {
		dprintf(watch->fd, "error: line too long\n");
		loop_end(watch);
	}
}

static void on_connection(struct watch *watch, uint32_t events)
{
	struct err err;
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	for (size_t i = 0; fd >= 0 && i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->watch.fd >= 0)
			continue;
		c->watch = (struct watch){fd, on_client, c};
		c->len = 0;
		if (loop_add(&err, &c->watch, EPOLLIN))
			loop_end(&c->watch);
		return;
	}
	if (fd >= 0)
		close(fd);
}

int control_open(struct err *err, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].watch.fd = -1;
	if (!path)
		return 0;
	if (strlen(path) >= sizeof(at.sun_path))
		return err_set(err, "--control: path too long");
	memcpy(at.sun_path, path, strlen(path) + 1);
	listener = (struct watch){
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on_connection, NULL};
	if (listener.fd < 0)
		return err_errno(err, "socket");
	unlink(path);
	if (bind(listener.fd, (struct sockaddr *)&at, sizeof(at)) || listen(listener.fd, CLIENTS))
		return err_errno(err, "%s", path);
	return loop_add(err, &listener, EPOLLIN);
}

void control_close(const char *path)
{
	for (size_t i = 0; i < CLIENTS; i++)
		loop_end(&clients[i].watch);
	loop_end(&listener);
	if (path)
		unlink(path);
}
