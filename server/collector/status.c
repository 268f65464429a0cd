/* SPDX-License-Identifier: MIT */
/* status: the collector's own counts, in STATE/run; see collector.h. Nothing may depend on these files: one
 * that cannot be written is written the next time. */
#include "collector.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "retain/prune.h"

enum { COLLECTOR_RELAY_OLD_MS = 120000 };

static uint64_t collector_overflow(struct collector *collector)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < collector->receive_count; i++) {
		receive_look_at_drops(&collector->receive[i]);
		sum += collector->receive[i].overflow;
	}
	return sum;
}

/* A file of STATE/run; errors are ignored. */
static void collector_replace(
    const struct collector *collector, const char *name, const char *text, size_t len)
{
	char run[FILE_PATH_MAX];
	struct err ignored;

	if (file_path(&ignored, collector->state, "run", run) == 0)
		(void)file_replace(&ignored, run, name, text, len);
}

void collector_write_status(struct collector *collector, int always)
{
	uint64_t overflow;
	char text[1024];
	struct kv_out out;

	if (!always && collector->now < collector->written_at + 1000)
		return;
	collector->written_at = collector->now;
	overflow = collector_overflow(collector);
	if (!always && collector->packets == collector->written_packets &&
	    overflow == collector->written_overflow)
		return;
	collector->written_packets = collector->packets;
	collector->written_overflow = overflow;
	kv_out_init(&out, text, sizeof(text));
	kv_out_num(&out, '\n', "started", (unsigned long long)collector->started_ms);
	kv_out_num(&out, '\n', "pid", (unsigned long long)getpid());
	kv_out_num(&out, '\n', "packets", collector->packets);
	kv_out_num(&out, '\n', "bytes", collector->bytes);
	kv_out_num(&out, '\n', "overflow", overflow);
	kv_out_num(&out, '\n', "limited", collector->sources.limited);
	kv_out_num(&out, '\n', "refused", collector->refused);
	kv_out_num(&out, '\n', "sources", collector->sources.count);
	kv_out_num(&out, '\n', "evicted", collector->sources.evicted);
	kv_out_num(&out, '\n', "write-errors", logfiles_counts(collector->logs)->write_errors);
	kv_out_num(&out, '\n', "events-dropped", collector->events_dropped);
	kv_out_num(&out, '\n', "forwarded", collector->forward.messages);
	kv_out_num(&out, '\n', "forward-dropped", collector->forward.dropped);
	kv_out_num(&out, '\n', "hook-failures", collector->hook.failures);
	kv_out_raw(&out, "\n");
	collector_replace(collector, "collector.meta", text, out.len);
}

/* What lastwords-relay last wrote; a file that is old is of one that does not run. */
static void collector_read_relay(const struct collector *collector, struct metrics *metrics)
{
	char path[FILE_PATH_MAX], text[LAYOUT_RELAY_MAX];
	const char *state;
	struct err ignored;
	struct stat st;
	int64_t age;
	struct kv kv;

	if (file_path(&ignored, collector->state, LAYOUT_RELAY, path) || stat(path, &st) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	age = clock_now() - clock_of(&st.st_mtim);
	state = kv_get(&kv, "state");
	metrics->central = 1;
	metrics->central_connected =
	    state && strcmp(state, "connected") == 0 && age < COLLECTOR_RELAY_OLD_MS;
	metrics->central_lag = kv_u64(&kv, "lag", INT64_MAX, 0);
	if (!metrics->central_connected && age > 0)
		metrics->central_lag += (uint64_t)age / 1000;
	metrics->central_sent = kv_u64(&kv, "sent", INT64_MAX, 0);
	metrics->central_poison = kv_u64(&kv, "poison", INT64_MAX, 0);
	metrics->central_files = kv_u64(&kv, "files", INT64_MAX, 0);
}

void collector_write_metrics(struct collector *collector, int always)
{
	const struct logfiles_counts *logs = logfiles_counts(collector->logs);
	const struct db_stream *all = &logs->lines;
	struct metrics metrics = {.started_ms = collector->started_ms,
	    .packets = collector->packets,
	    .bytes = collector->bytes,
	    .limited = collector->sources.limited,
	    .refused = collector->refused,
	    .lines = all->lines,
	    .lost = all->lost,
	    .truncated = all->truncated,
	    .late = all->late,
	    .duplicates = all->duplicates,
	    .sources = collector->sources.count,
	    .evicted = collector->sources.evicted,
	    .write_errors = logs->write_errors,
	    .events_dropped = collector->events_dropped,
	    .hook_runs = collector->hook.runs,
	    .hook_failures = collector->hook.failures,
	    .hook_given_up = collector->hook.given_up,
	    .hook_waiting = collector->hook.count,
	    .forwarded = collector->forward.messages,
	    .forward_dropped = collector->forward.dropped,
	    .forward_faults = collector->forward.faults,
	    .forward_queue = collector->forward.used,
	    .lines_dropped = logs->dropped,
	    .disk_free = collector->pruner.disk_free,
	    .disk_size = collector->pruner.disk_size,
	    .disk_floor = collector->pruner.floor,
	    .disk_full = collector->pruner.disk == LOGFILES_FULL,
	    .tally = collector->tallied};
	char text[METRICS_MAX];
	struct kv_out out;

	if (!always && collector->now < collector->metrics_at)
		return;
	collector->metrics_at = collector->now + METRICS_MS;
	metrics.receive_drops = collector_overflow(collector);
	prune_note_read(collector->state, &metrics.stored);
	collector_read_relay(collector, &metrics);
	kv_out_init(&out, text, sizeof(text));
	metrics_format(&out, &metrics);
	if (!out.overflow)
		collector_replace(collector, "metrics.prom", text, out.len);
}

int collector_tally(struct collector *collector)
{
	struct err ignored;
	int rc;

	if (collector->now < collector->tally_at || !collector->indexer.open)
		return 0;
	rc = db_tally(&ignored, collector->indexer.update.db, &collector->tally, COLLECTOR_TALLY);
	if (rc == 1)
		return 1;
	if (rc == 0)
		collector->tallied = collector->tally;
	memset(&collector->tally, 0, sizeof(collector->tally));
	collector->tally_at = collector->now + COLLECTOR_TALLY_MS;
	return 0;
}
