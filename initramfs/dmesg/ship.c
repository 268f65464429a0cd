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

#include "castpack.h"
#include "netcast.h"
#include "put.h"
#include "reasons.h"
#include "render.h"
#include "retry.h"

enum {
	SHIP_TRY_MS = 60000, /* one upload, from its beginning to the answer */
	SHIP_SAY_MS = 10000, /* between lines about failures */
	SHIP_QUIET_MS = 3000, /* from the beginning: a network that comes up is no failure */
	SHIP_FAILURE_MAX = 420, /* an err's text, and what it prepends */
	SHIP_HALVINGS = 12, /* how often the older half is left out for want of memory */
};

#define SHIP_PACK_MAX ((size_t)64 << 20)
#define SHIP_CAST_MAX ((size_t)1 << 20) /* some 5 MB of log */

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

int ship_check(struct err *err, const struct ship *ship)
{
	if (ship->urls == 0)
		return err_set(err, "no server to send to: --ship URL, or --session FILE");
	if (!ship->session || !put_word_ok(ship->session))
		return err_set(err, "no usable session id: --id SESSION, or --session FILE");
	if (!ship->token || !put_word_ok(ship->token))
		return err_set(err, "no usable token: LASTWORDS_TOKEN, --token, or --session FILE");
	return 0;
}

/* --- reading -------------------------------------------------------------------------------------- */

/* Leaves the first so many records out. */
struct ship_skip {
	struct klog_sink sink;
	uint64_t left, skipped;
};

static int ship_skip_record(void *arg, const struct klog_record *record)
{
	struct ship_skip *skip = arg;
	struct klog_hole hole = {0};
	char what[96];

	if (skip->left > 0) {
		skip->left--;
		return 0;
	}
	if (skip->skipped) {
		snprintf(what, sizeof(what), "the %llu oldest records left out: not enough memory",
		    (unsigned long long)skip->skipped);
		hole.what = what;
		skip->skipped = 0;
		if (skip->sink.hole(skip->sink.arg, &hole))
			return -1;
	}
	return skip->sink.record(skip->sink.arg, record);
}

static int ship_skip_hole(void *arg, const struct klog_hole *hole)
{
	struct ship_skip *skip = arg;

	return skip->left > 0 ? 0 : skip->sink.hole(skip->sink.arg, hole);
}

/* Two sinks for one reader; the second may be absent. */
struct ship_tee {
	struct klog_sink first, second;
};

static int ship_tee_record(void *arg, const struct klog_record *record)
{
	struct ship_tee *tee = arg;
	int rc = tee->first.record(tee->first.arg, record);

	return rc || !tee->second.record ? rc : tee->second.record(tee->second.arg, record);
}

static int ship_tee_hole(void *arg, const struct klog_hole *hole)
{
	struct ship_tee *tee = arg;
	int rc = tee->first.hole(tee->first.arg, hole);

	return rc || !tee->second.hole ? rc : tee->second.hole(tee->second.arg, hole);
}

/*
 * One pass over the dump into the pack, without the oldest, and into the packets of the UDP channel
 * (NULL: not kept). 0; -1; 1: memory did not suffice.
 */
static int ship_pack_once(struct err *err, const struct ship *ship, struct extract *extract,
    struct pack *pack, struct castpack *cast, uint64_t skip_records)
{
	static struct render render;
	struct ship_tee tee = {.second = cast ? castpack_sink(cast) : (struct klog_sink){0}};
	struct ship_skip skip = {.sink = {ship_tee_record, ship_tee_hole, &tee},
	    .left = skip_records,
	    .skipped = skip_records};
	struct klog_sink sink = {ship_skip_record, ship_skip_hole, &skip};
	struct err why;

	if (pack_init(err, pack, SHIP_PACK_MAX))
		return -1;
	render_init(&render, RENDER_TEXT, pack_write, pack);
	render.callers = ship->callers;
	tee.first = render_sink(&render);
	if (extract_run(err, extract, &sink) && !pack->full)
		return -1;
	if (!pack->full)
		render_finish(&render);
	return pack_finish(&why, pack) ? 1 : 0;
}

/* 0/-1. left_out: records that found no room. */
static int ship_pack(struct err *err, const struct ship *ship, struct extract *extract,
    struct pack *pack, struct castpack *cast, uint64_t *left_out)
{
	int rc = ship_pack_once(err, ship, extract, pack, cast, 0);
	uint64_t records;

	*left_out = 0;
	if (rc == 0)
		castpack_finish(cast);
	else
		castpack_free(cast);
	if (rc <= 0)
		return rc;
	/* the newest lines are the ones that matter: leave more and more of the oldest out */
	pack_free(pack);
	for (int i = 0; i < SHIP_HALVINGS && rc > 0; i++) {
		struct klog_sink null = extract_null_sink();

		if (i == 0 && extract_run(err, extract, &null))
			return -1;
		records = extract->count.records;
		*left_out += (records - *left_out + 1) / 2;
		rc = ship_pack_once(err, ship, extract, pack, NULL, *left_out);
		if (rc > 0) {
			pack_free(pack);
			extract->count.records = records;
		}
	}
	return rc > 0 ? err_set(err, "no memory for even the newest records") : rc;
}

/* --- HTTP ----------------------------------------------------------------------------------------- */

static void ship_base_url(const char *url, char *base, size_t size)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	snprintf(base, size, "%.*s", (int)(n < 600 ? n : 600), url);
}

/*
 * Keeps why a try failed. A network that is coming up is silent as well, so silence counts only where
 * it tells one server from another.
 */
static void ship_reason(const struct ship *ship, struct reasons *reasons, const char *base,
    const struct put_result *result)
{
	const char *host = strstr(base, "://");

	if (result->outcome == RETRY_NO_NETWORK ||
	    (result->outcome == RETRY_SILENT && ship->urls == 1))
		return;
	reasons_note(reasons, ship->urls == 1 ? NULL : host ? host + 3 : base, result->why);
}

/* 1 stored, 0 not: failure says why, in one line; so does reasons of every try. */
static int ship_http(const struct ship *ship, const struct put_request *request,
    struct reasons *reasons, char failure[SHIP_FAILURE_MAX])
{
	int64_t begun = ship_now(), end = begun + (int64_t)ship->http_seconds * 1000;
	int64_t said = begun - SHIP_SAY_MS + SHIP_QUIET_MS;
	char line[REASONS_LINE];
	struct retry retry;
	struct put_result result = {0};
	struct err err;
	struct put *put = put_open(&err, request);

	if (!put) {
		snprintf(failure, SHIP_FAILURE_MAX, "%s", err.msg);
		ship_say(ship, "%s", failure);
		return 0;
	}
	retry_init(&retry, ship->urls);
	for (;;) {
		int server = retry_server(&retry);
		int64_t now = ship_now(), left = end - now;
		unsigned connect_ms, pause;
		char base[608];

		if (server < 0 || left <= 0)
			break;
		ship_base_url(ship->url[server], base, sizeof(base));
		connect_ms = retry_connect_ms(&retry);
		put_try(put, base, retry.tries + 1, connect_ms < left ? connect_ms : (unsigned)left,
		    left < SHIP_TRY_MS ? (unsigned)left : SHIP_TRY_MS, &result);
		now = ship_now();
		if (result.stored) {
			ship_say(ship, "stored on %s in %lld.%02lld s (%zu bytes sent, try %u)",
			    base, (long long)(now - begun) / 1000,
			    (long long)(now - begun) % 1000 / 10, request->pack->len,
			    retry.tries + 1);
			break;
		}
		ship_reason(ship, reasons, base, &result);
		pause = retry_note(&retry, result.outcome);
		if (now - said >= SHIP_SAY_MS || result.outcome == RETRY_REFUSED) {
			ship_say(ship, "%s: %s; trying on", base, result.why);
			said = now;
		}
		left = end - now;
		if (pause && left > 0)
			ship_sleep_us(1000 * (pause < left ? pause : (unsigned)left));
	}
	put_close(put);
	if (!result.stored) {
		snprintf(failure, SHIP_FAILURE_MAX, "not stored after %u tries in %lld s: %s",
		    retry.tries, (long long)(ship_now() - begun) / 1000,
		    result.why[0] ? result.why : "no time left");
		ship_say(ship, "%s", failure);
	}
	if (reasons_text(reasons, line, sizeof(line)))
		ship_say(ship, "in the way: %s", line);
	return result.stored;
}

/* --- the other channels ------------------------------------------------------------------------------ */

static int ship_datagram(void *arg, const char *packet, size_t len)
{
	const int *fd = arg;
	ssize_t n = send(*fd, packet, len, MSG_NOSIGNAL);

	ship_sleep_us(NETCAST_PAUSE_US);
	/* a refusal is the answer to an earlier packet: this one may go all the same */
	if (n < 0 && errno == ECONNREFUSED)
		n = send(*fd, packet, len, MSG_NOSIGNAL);
	return n == (ssize_t)len ? 0 : -1;
}

/* What was in the way, for the record: the file's first lines, as far as they print. */
static void ship_notes(const struct ship *ship, struct netcast *cast)
{
	char text[2048], *line, *rest = text;
	int fd = ship->notes ? open(ship->notes, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0])
			netcast_note(cast, line);
}

/* From memory where the packets could be kept; else the dump is read a second time. */
static void ship_udp(const struct ship *ship, struct extract *extract, const struct castpack *kept,
    const struct reasons *reasons, const char *failure)
{
	char way[REASONS_LINE + 16] = "in the way: ";
	static struct netcast cast;
	struct sockaddr_storage to;
	socklen_t len = 0;
	struct klog_sink sink;
	uint64_t packets = 0, failed = 0;
	struct err err;
	int fd = -1;

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
	netcast_session(&cast, ship->session);
	ship_notes(ship, &cast);
	if (failure[0])
		netcast_note(&cast, failure);
	if (extract->searched)
		netcast_note(&cast, EXTRACT_SEARCHED);
	if (reasons->count > 1 &&
	    reasons_text(reasons, way + strlen(way), sizeof(way) - strlen(way)))
		netcast_note(&cast, way);
	sink = netcast_sink(&cast);
	if (kept->full ? extract_run(&err, extract, &sink)
		       : castpack_send(&err, kept, ship_datagram, &fd, &packets, &failed))
		ship_say(ship, "%s", err.msg);
	packets += cast.packets;
	failed += cast.failed;
	ship_say(ship, "%llu netconsole packets sent to %s, %llu failed%s",
	    (unsigned long long)(packets - failed), ship->udp, (unsigned long long)failed,
	    kept->full ? " (read a second time)" : "");
out:
	if (fd >= 0)
		close(fd);
}

static void ship_console(const struct ship *ship, const struct pack *pack)
{
	char line[300];
	struct err err;
	int n = snprintf(line, sizeof(line), "lastwords: dmesg of %s begins\n", ship->session);

	if (ship->console(ship->arg, line, (size_t)n) ||
	    pack_unpack(&err, pack, ship->console, ship->arg))
		ship_say(ship, "the console did not take the log");
	n = snprintf(line, sizeof(line), "lastwords: dmesg of %s ends\n", ship->session);
	ship->console(ship->arg, line, (size_t)n);
}

int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract)
{
	struct put_request request = {.session = ship->session, .token = ship->token};
	static struct castpack cast;
	struct reasons reasons = {.count = 0};
	char failure[SHIP_FAILURE_MAX] = "";
	struct pack pack = {0};
	int64_t begun = ship_now();
	uint64_t left_out;
	int code = 1;

	castpack_init(&cast, ship->udp && ship->udp[0] ? SHIP_CAST_MAX : 0);
	if (extract_open(err, dump, extract) ||
	    ship_pack(err, ship, extract, &pack, &cast, &left_out))
		goto out;
	request.holes = extract->count.holes + (left_out ? 1 : 0);
	request.exit_code = request.holes ? 3 : 0;
	request.pack = &pack;
	snprintf(request.release, sizeof(request.release), "%s", extract->vm.info.release);
	snprintf(request.build_id, sizeof(request.build_id), "%s", extract->vm.info.build_id);
	ship_say(ship, "%llu bytes of dmesg, %llu records, %llu holes, read in %lld ms",
	    (unsigned long long)pack.plain, (unsigned long long)extract->count.records,
	    (unsigned long long)request.holes, (long long)(ship_now() - begun));
	code = request.exit_code;
	if (extract->searched)
		ship_say(ship, EXTRACT_SEARCHED);
	if (ship_http(ship, &request, &reasons, failure))
		goto out;
	code = 4;
	if (ship->udp && ship->udp[0])
		ship_udp(ship, extract, &cast, &reasons, failure);
	if (ship->console)
		ship_console(ship, &pack);
out:
	castpack_free(&cast);
	pack_free(&pack);
	return code;
}
