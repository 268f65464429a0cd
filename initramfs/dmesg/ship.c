/* SPDX-License-Identifier: MIT */
/* ship: a dump's log to the server, by one channel after another; see ship.h. Every wait is bounded. */
#include "ship.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netcast.h"
#include "pack_log.h"
#include "render.h"
#include "ship/deliver.h"

#define SHIP_PACK_MAX ((size_t)64 << 20)

static int64_t ship_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ship_sleep_us(unsigned us)
{
	struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

__attribute__((format(printf, 2, 3))) static void ship_say(
    const struct ship *ship, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ship->say(ship->arg, line);
}

/* --- the other channels --------------------------------------------------------------------------- */

static int ship_datagram(void *arg, const char *packet, size_t len)
{
	const int *fd = arg;
	ssize_t n = send(*fd, packet, len, MSG_NOSIGNAL);

	ship_sleep_us(NETCAST_PAUSE_US);
	/* a refusal answers an earlier packet: this one was not sent, and may still arrive */
	if (n < 0 && errno == ECONNREFUSED)
		n = send(*fd, packet, len, MSG_NOSIGNAL);
	return n == (ssize_t)len ? 0 : -1;
}

/* Sends the first lines of the notes' file. */
static void ship_notes(const struct ship *ship, struct netcast *cast)
{
	char text[2048], *line, *rest = text;
	int fd = ship->notes ? open(ship->notes, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0])
			netcast_note(cast, line);
	}
}

/* failure: why the log was not stored, in one line; reasons: of every try. */
static void ship_udp(const struct ship *ship, struct extract *extract,
    const struct reasons *reasons, const char *failure)
{
	char line[REASONS_LINE];
	static struct netcast cast;
	struct sockaddr_storage to;
	socklen_t len = 0;
	struct klog_sink sink;
	struct err err;
	int fd;

	if (netcast_address(&err, ship->udp, &to, &len)) {
		ship_say(ship, "netconsole target: %s", err.msg);
		return;
	}
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, len)) {
		ship_say(ship, "netconsole packets to %s: %s", ship->udp, strerror(errno));
		goto out;
	}
	netcast_init(&cast, ship_datagram, &fd);
	netcast_session(&cast, ship->target->session);
	ship_notes(ship, &cast);
	netcast_note(&cast, failure);
	if (extract->searched)
		netcast_note(&cast, EXTRACT_SEARCHED);
	/* (one reason alone is in failure already) */
	if (reasons->count > 1 && deliver_failures(reasons, line, sizeof(line)))
		netcast_note(&cast, line);
	sink = netcast_sink(&cast);
	if (extract_run(&err, extract, &sink))
		ship_say(ship, "%s", err.msg);
	ship_say(ship, "%llu netconsole packets sent to %s, %llu failed",
	    (unsigned long long)(cast.packets - cast.failed), ship->udp,
	    (unsigned long long)cast.failed);
out:
	if (fd >= 0)
		close(fd);
}

static void ship_console(const struct ship *ship, struct extract *extract)
{
	static struct render render;
	struct klog_sink sink;
	char line[300];
	struct err err;
	int n =
	    snprintf(line, sizeof(line), "lastwords: dmesg of %s begins\n", ship->target->session);

	render_init(&render, RENDER_TEXT, ship->console, ship->arg);
	render.callers = ship->callers;
	sink = render_sink(&render);
	if (ship->console(ship->arg, line, (size_t)n) || extract_run(&err, extract, &sink) ||
	    render_finish(&render))
		ship_say(ship, "the log could not be printed on the console");
	n = snprintf(line, sizeof(line), "lastwords: dmesg of %s ends\n", ship->target->session);
	ship->console(ship->arg, line, (size_t)n);
}

int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract)
{
	struct put_request request = {
	    .session = ship->target->session, .token = ship->target->token, .more = ship->more};
	struct deliver http = {.target = ship->target, .say = ship->say, .arg = ship->arg};
	struct reasons reasons = {.count = 0};
	char failure[DELIVER_FAILURE] = "";
	struct pack pack = {0};
	int64_t begun = ship_now();
	uint64_t left_out;
	int code = 1;

	if (extract_open(err, dump, extract) ||
	    pack_log(err, extract, ship->callers, SHIP_PACK_MAX, &pack, &left_out))
		goto out;
	request.holes = extract->count.holes + (left_out ? 1 : 0);
	request.exit_code = request.holes ? 3 : 0;
	request.pack = &pack;
	request.release = vmcoreinfo_release(vmem_info(extract->vm));
	request.build_id = vmcoreinfo_build_id(vmem_info(extract->vm));
	ship_say(ship, "%llu bytes of dmesg, %llu records, %llu holes, read in %lld ms",
	    (unsigned long long)pack.plain, (unsigned long long)extract->count.records,
	    (unsigned long long)request.holes, (long long)(ship_now() - begun));
	if (left_out)
		ship_say(ship, "the %llu oldest records are left out: not enough memory",
		    (unsigned long long)left_out);
	if (extract->searched)
		ship_say(ship, EXTRACT_SEARCHED);
	code = request.exit_code;
	if (deliver(&http, &request, &reasons, failure))
		goto out;
	code = 4;
	pack_free(&pack);
	if (ship->udp && ship->udp[0])
		ship_udp(ship, extract, &reasons, failure);
	if (ship->console)
		ship_console(ship, extract);
out:
	pack_free(&pack);
	return code;
}
