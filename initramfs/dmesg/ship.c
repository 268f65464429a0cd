/* SPDX-License-Identifier: MIT */
/* ship: a dump's log to the server, by one channel after another; see ship.h. Every wait is bounded. */
#include "ship.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "netcast.h"
#include "pack_log.h"
#include "render.h"

#define SHIP_PACK_MAX ((size_t)64 << 20)

/* --- the other channels --------------------------------------------------------------------------- */

static int ship_datagram(void *arg, const char *packet, size_t len)
{
	const int *fd = arg;
	ssize_t n = send(*fd, packet, len, MSG_NOSIGNAL);

	clock_pause_us(NETCAST_PAUSE_US);
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
		deliver_say(&ship->deliver, "netconsole target: %s", err.msg);
		return;
	}
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, len)) {
		deliver_say(
		    &ship->deliver, "netconsole packets to %s: %s", ship->udp, strerror(errno));
		goto out;
	}
	netcast_init(&cast, ship_datagram, &fd);
	netcast_session(&cast, ship->deliver.target->session);
	ship_notes(ship, &cast);
	netcast_note(&cast, failure);
	if (extract->searched)
		netcast_note(&cast, EXTRACT_SEARCHED);
	/* (one reason alone is in failure already) */
	if (reasons->count > 1 && deliver_failures(reasons, line, sizeof(line)))
		netcast_note(&cast, line);
	sink = netcast_sink(&cast);
	if (extract_run(&err, extract, &sink))
		deliver_say(&ship->deliver, "%s", err.msg);
	deliver_say(&ship->deliver, "%llu netconsole packets sent to %s, %llu failed",
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
	int n = snprintf(
	    line, sizeof(line), "lastwords: dmesg of %s begins\n", ship->deliver.target->session);

	render_init(&render, RENDER_TEXT, ship->console, ship->deliver.arg);
	render.callers = ship->callers;
	sink = render_sink(&render);
	if (ship->console(ship->deliver.arg, line, (size_t)n) ||
	    extract_run(&err, extract, &sink) || render_finish(&render))
		deliver_say(&ship->deliver, "the log could not be printed on the console");
	n = snprintf(
	    line, sizeof(line), "lastwords: dmesg of %s ends\n", ship->deliver.target->session);
	ship->console(ship->deliver.arg, line, (size_t)n);
}

int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract)
{
	struct put_request request = {.session = ship->deliver.target->session,
	    .token = ship->deliver.target->token,
	    .facts = ship->facts,
	    .more = ship->more};
	static char levels_of[LEVELS_TEXT];
	static struct levels levels;
	struct reasons reasons = {.count = 0};
	char failure[DELIVER_FAILURE] = "";
	struct pack pack = {0};
	int64_t begun = clock_monotonic();
	uint64_t left_out;
	int code = 1;

	if (extract_open(err, dump, extract) ||
	    pack_log(err, extract, ship->callers, SHIP_PACK_MAX, &pack, &left_out, &levels))
		goto out;
	request.holes = extract->count.holes + (left_out ? 1 : 0);
	request.exit_code = request.holes ? 3 : 0;
	request.pack = &pack;
	levels_text(&levels, levels_of);
	request.levels = levels_of;
	request.release = vmcoreinfo_release(vmem_info(extract->vm));
	request.build_id = vmcoreinfo_build_id(vmem_info(extract->vm));
	deliver_say(&ship->deliver,
	    "%llu bytes of dmesg, %llu records, %llu holes, read in %lld ms",
	    (unsigned long long)pack.plain, (unsigned long long)extract->count.records,
	    (unsigned long long)request.holes, (long long)(clock_monotonic() - begun));
	if (left_out)
		deliver_say(&ship->deliver,
		    "the %llu oldest records are left out: not enough memory",
		    (unsigned long long)left_out);
	if (extract->searched)
		deliver_say(&ship->deliver, EXTRACT_SEARCHED);
	code = request.exit_code;
	if (deliver(&ship->deliver, &request, &reasons, failure))
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
