/* SPDX-License-Identifier: MIT */
/*
 * metrics: the collector's counts in Prometheus' text format (version 0.0.4 of its exposition
 * formats). Pure.
 *
 * Counters begin at 0 with the collector, but for the pruned ones, which are the journal's. lost are records whose numbers were given up; of those
 * the late ones came after all. The collector writes this to STATE/run/metrics.prom every
 * METRICS_MS; lighttpd serves it as /metrics.
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
	uint64_t packets, bytes, receive_drops, limited;
	uint64_t lines, lost, truncated, late, duplicates;
	uint64_t sources, evicted;
	uint64_t write_errors, events_dropped;
	uint64_t hook_runs, hook_failures, hook_given_up, hook_waiting;
	uint64_t forwarded, forward_dropped, forward_faults, forward_queue; /* queue: bytes */
	uint64_t lines_dropped; /* that no log could take */
	uint64_t disk_free, disk_size; /* bytes of the file system of STATE, free to us */
	uint64_t disk_floor, disk_full; /* disk.h */
	struct db_tally tally; /* of the index */
	struct prune_note stored; /* on the disk */
};

/* Appends all of them. out->overflow says that they did not fit. */
void metrics_format(struct kv_out *out, const struct metrics *metrics);

#endif
