/* SPDX-License-Identifier: MIT */
/*
 * metrics: the collector's counts in Prometheus' text format (version 0.0.4). Pure.
 *
 * Counters start at 0 with the collector, except the pruned ones, which are summed over the journal. Lost
 * records stay counted when they arrive later; those are the late ones. The collector writes this to
 * STATE/run/metrics.prom every METRICS_MS; lighttpd serves it as /metrics.
 */
#ifndef COLLECTOR_METRICS_H
#define COLLECTOR_METRICS_H

#include <stdint.h>

#include "base/kv.h"
#include "retain/prune.h"
#include "store/db.h"

enum { METRICS_MS = 5000, METRICS_MAX = 16384 };

struct metrics {
	int64_t started_ms; /* UTC */
	uint64_t packets, bytes, receive_drops, limited, refused;
	uint64_t lines, lost, truncated, late, duplicates;
	uint64_t sources, evicted;
	uint64_t write_errors, events_dropped;
	uint64_t hook_runs, hook_failures, hook_given_up, hook_waiting;
	uint64_t forwarded, forward_dropped, forward_faults, forward_queue; /* queue: bytes */
	uint64_t lines_dropped; /* that could not be written */
	uint64_t disk_free, disk_size; /* bytes of the file system of STATE; free: for this user */
	uint64_t disk_floor, disk_full; /* disk.h */
	/* Of lastwords-relay, by its relay.meta; central 0: no relay runs here. lag: seconds. */
	uint64_t central, central_connected, central_lag, central_sent, central_poison,
	    central_files;
	struct db_tally tally; /* from the index */
	struct prune_note stored; /* from the disk */
};

/* Appends all of them; out->overflow is set if they do not fit. */
void metrics_format(struct kv_out *out, const struct metrics *metrics);

#endif
