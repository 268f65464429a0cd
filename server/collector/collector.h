/* SPDX-License-Identifier: MIT */
/*
 * collector: all of lastwords-collector but its options: receives netconsole, writes the logs, keeps the
 * index. One thread; the work of each round of its loop is bounded, so that a flood, a slow disk or a
 * locked index does not stop the rest.
 *
 * STATE/run/collector.meta (kv.h) has its own counts, written again every second while packets arrive:
 * started (ms), pid, packets, bytes, overflow (dropped by the kernel before they were read), limited
 * (over a sender's rate), refused (sender not in netconsole_from), sources, evicted, write-errors,
 * events-dropped, forwarded, forward-dropped, hook-failures. STATE/run/metrics.prom has more of them for
 * Prometheus (metrics.h).
 */
#ifndef COLLECTOR_COLLECTOR_H
#define COLLECTOR_COLLECTOR_H

#include <stdint.h>

#include "base/err.h"
#include "collector/wire/receive.h"
#include "config/config.h"
#include "forward.h"
#include "hook.h"
#include "indexer.h"
#include "metrics.h"
#include "pruner.h"
#include "session/keys.h"
#include "sources.h"

enum { COLLECTOR_LISTEN_MAX = 8, COLLECTOR_EVENTS_SIZE = 1 << 20, COLLECTOR_WATCH_MS = 5000 };
enum { COLLECTOR_TALLY = 256, COLLECTOR_TALLY_MS = 15000 };

struct collector {
	char state[FILE_PATH_MAX];
	const struct config *config; /* the caller's */
	struct session_keys keys;
	struct receive receive[COLLECTOR_LISTEN_MAX];
	size_t receive_count;
	int bell, lock, signals;
	struct logfiles *logs;
	struct sources sources;
	struct indexer indexer;
	struct hook hook;
	struct forward forward;
	struct pruner pruner;
	struct db_tally tally, tallied; /* being counted; the last that is complete */
	/* Whole journal lines: those of this turn of the loop, and those that could not be written. */
	char events[COLLECTOR_EVENTS_SIZE];
	size_t events_len;
	uint64_t events_dropped;
	int64_t events_retry_at;
	/* netconsole_from; none: everyone may send */
	struct config_subnet from[CONFIG_SUBNETS_MAX];
	int from_count;
	uint64_t packets, bytes, refused; /* refused: not from one of these subnets */
	uint64_t written_packets, written_overflow; /* as last written to collector.meta */
	int64_t now, utc, started_ms, written_at, watch_at, metrics_at, tally_at;
	void (*warn)(const char *text);
};

/* Binds the UDP sockets, which may need privileges. -1: nothing is left open. */
int collector_listen(
    struct err *err, struct collector *collector, const char *const *listen, size_t listen_count);
/* Takes the user's ids for good; only root can. 0/-1. */
int collector_drop_privileges(struct err *err, const char *user);
/* Opens STATE (made as the current user), the bell and the rest. config must outlive the collector. warn is
 * called with each message about a fault that does not end the program, without newline. 0/-1. */
int collector_open(struct err *err, struct collector *collector, const struct config *config,
    void (*warn)(const char *text));
/* Receives until SIGTERM or SIGINT, then writes everything. 0/-1. */
int collector_run(struct err *err, struct collector *collector);
void collector_close(struct collector *collector);

/* --- for collector.c only: status.c ----------------------------------------------------------- */

/* Counts the index's sessions, a few in each turn. 1 if there are more. */
int collector_tally(struct collector *collector);
/* Write STATE/run/collector.meta and metrics.prom when it is time; always: now. */
void collector_write_status(struct collector *collector, int always);
void collector_write_metrics(struct collector *collector, int always);

#endif
