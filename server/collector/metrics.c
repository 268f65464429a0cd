/* SPDX-License-Identifier: MIT */
/* metrics: the collector's counts for Prometheus; see metrics.h. */
#include "metrics.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct metrics, member)

static const struct {
	const char *name, *help, *label, *value;
	size_t at;
} metrics_labelled[] = {
#define SESSIONS(value, which)                                                                     \
	{                                                                                          \
		"lastwords_sessions", "Sessions in the index, by state.", "state", value,          \
		    AT(tally.state[which])                                                         \
	}
    SESSIONS("requested", SESSION_REQUESTED),
    SESSIONS("stalled", SESSION_STALLED),
    SESSIONS("not_armed", SESSION_NOT_ARMED),
    SESSIONS("armed", SESSION_ARMED),
    SESSIONS("running", SESSION_RUNNING),
    SESSIONS("died", SESSION_DIED),
    SESSIONS("no_capture", SESSION_NO_CAPTURE),
    SESSIONS("captured", SESSION_CAPTURED),
    SESSIONS("ended", SESSION_ENDED),
#define CHANNEL(value, member)                                                                     \
	{                                                                                          \
		"lastwords_channel_crashes", "Crashes received, by channel.", "channel", value,    \
		    AT(tally.member)                                                               \
	}
    CHANNEL("http", by_http),
    CHANNEL("netconsole", by_netconsole),
    CHANNEL("console", by_console),
    CHANNEL("pstore", by_pstore),
};

/* A counter's name ends in _total, a gauge's does not. */
static const struct {
	const char *name, *help;
	size_t at;
} metrics_table[] = {
    {"lastwords_netconsole_packets_total", "UDP packets received.", AT(packets)},
    {"lastwords_netconsole_bytes_total", "Bytes received in UDP packets.", AT(bytes)},
    {"lastwords_receive_drops_total", "Packets dropped because the receive buffer was full.",
	AT(receive_drops)},
    {"lastwords_refused_packets_total",
	"Packets dropped because their sender is not in netconsole_from.", AT(refused)},
    {"lastwords_limited_packets_total", "Packets dropped because their sender exceeded its rate.",
	AT(limited)},
    {"lastwords_lines_total", "Kernel lines written to logs.", AT(lines)},
    {"lastwords_lost_records_total", "Kernel records counted as lost.", AT(lost)},
    {"lastwords_truncated_records_total", "Kernel records with a missing part.", AT(truncated)},
    {"lastwords_late_records_total", "Kernel records that arrived after they were counted as lost.",
	AT(late)},
    {"lastwords_duplicate_records_total", "Kernel records that arrived more than once.",
	AT(duplicates)},
    {"lastwords_sources", "Senders known now.", AT(sources)},
    {"lastwords_evicted_sources_total", "Senders forgotten because there were too many.",
	AT(evicted)},
    {"lastwords_write_errors_total", "Failed writes to logs.", AT(write_errors)},
    {"lastwords_dropped_events_total", "Events that could not be written to the journal.",
	AT(events_dropped)},
    {"lastwords_hook_runs_total", "Runs of the hook program.", AT(hook_runs)},
    {"lastwords_hook_failures_total", "Runs of the hook program that failed.", AT(hook_failures)},
    {"lastwords_hook_given_up_total", "Crashes for which the hook program failed every time.",
	AT(hook_given_up)},
    {"lastwords_hook_waiting", "Crashes that wait for the hook program.", AT(hook_waiting)},
    {"lastwords_forwarded_lines_total", "Lines sent to the syslog server.", AT(forwarded)},
    {"lastwords_forward_dropped_lines_total",
	"Lines dropped because the queue to the syslog server was full.", AT(forward_dropped)},
    {"lastwords_forward_faults_total",
	"Lost connections and failed attempts to reach the syslog server.", AT(forward_faults)},
    {"lastwords_forward_queue_bytes", "Bytes in the queue to the syslog server.",
	AT(forward_queue)},
    {"lastwords_disk_free_bytes", "Free space in the file system of the state directory.",
	AT(disk_free)},
    {"lastwords_dropped_lines_total", "Lines dropped because they could not be written.",
	AT(lines_dropped)},
    {"lastwords_disk_floor_bytes", "Space that is kept free (disk_floor).", AT(disk_floor)},
    {"lastwords_disk_full", "1 while the disk is too full to store what machines send.",
	AT(disk_full)},
    {"lastwords_crashes", "Sessions in the index that crashed.", AT(tally.crashes)},
    {"lastwords_uploads", "Uploaded kernel logs in the index.", AT(tally.uploads)},
    {"lastwords_pruned_sessions_total",
	"Sessions, unassigned streams and transcripts of consoles removed by the limits.",
	AT(tally.pruned)},
    {"lastwords_pruned_bytes_total", "Bytes removed by the limits.", AT(tally.pruned_bytes)},
    {"lastwords_stored_sessions", "Sessions with files on the disk.", AT(stored.sessions)},
    {"lastwords_stored_crashes", "Sessions with files on the disk that crashed.",
	AT(stored.crashes)},
    {"lastwords_stored_streams", "Logs of unassigned streams on the disk.", AT(stored.streams)},
    {"lastwords_stored_bytes", "Bytes of all stored files.", AT(stored.bytes)},
    {"lastwords_disk_size_bytes", "Size of the file system of the state directory.", AT(disk_size)},
};

static const struct {
	const char *name, *help;
	size_t at;
} metrics_central[] = {
    {"lastwords_central_connected", "1 while the central database takes this server's events.",
	AT(central_connected)},
    {"lastwords_central_lag_seconds", "Age of the oldest event that the central database has not.",
	AT(central_lag)},
    {"lastwords_central_events_total", "Events that the central database has taken.",
	AT(central_sent)},
    {"lastwords_central_refused_events_total", "Events that the central database has refused.",
	AT(central_poison)},
    {"lastwords_central_waiting_sessions", "Sessions whose files are still to be sent.",
	AT(central_files)},
};

static void metrics_head(struct kv_out *out, const char *name, const char *help)
{
	size_t len = strlen(name);
	int counter = len > 6 && strcmp(name + len - 6, "_total") == 0;

	kv_out_raw(out, "# HELP ");
	kv_out_raw(out, name);
	kv_out_raw(out, " ");
	kv_out_raw(out, help);
	kv_out_raw(out, "\n# TYPE ");
	kv_out_raw(out, name);
	kv_out_raw(out, counter ? " counter\n" : " gauge\n");
}

static void metrics_labels(struct kv_out *out, const struct metrics *metrics)
{
	const char *before = "";
	char sample[120];

	for (size_t i = 0; i < sizeof(metrics_labelled) / sizeof(metrics_labelled[0]); i++) {
		const char *name = metrics_labelled[i].name;
		uint64_t value;

		memcpy(&value, (const char *)metrics + metrics_labelled[i].at, sizeof(value));
		if (strcmp(before, name) != 0)
			metrics_head(out, name, metrics_labelled[i].help);
		before = name;
		snprintf(sample, sizeof(sample), "%s{%s=\"%s\"} %llu\n", name,
		    metrics_labelled[i].label, metrics_labelled[i].value,
		    (unsigned long long)value);
		kv_out_raw(out, sample);
	}
}

static void metrics_seconds(struct kv_out *out, const char *name, const char *help, uint64_t ms)
{
	char number[40];

	snprintf(number, sizeof(number), " %llu.%03u\n", (unsigned long long)(ms / 1000),
	    (unsigned int)(ms % 1000));
	metrics_head(out, name, help);
	kv_out_raw(out, name);
	kv_out_raw(out, number);
}

static void metrics_one(struct kv_out *out, const struct metrics *metrics, const char *name,
    const char *help, size_t at)
{
	char number[40];
	uint64_t value;

	memcpy(&value, (const char *)metrics + at, sizeof(value));
	snprintf(number, sizeof(number), " %llu\n", (unsigned long long)value);
	metrics_head(out, name, help);
	kv_out_raw(out, name);
	kv_out_raw(out, number);
}

void metrics_format(struct kv_out *out, const struct metrics *metrics)
{
	size_t central =
	    metrics->central ? sizeof(metrics_central) / sizeof(metrics_central[0]) : 0;

	for (size_t i = 0; i < sizeof(metrics_table) / sizeof(metrics_table[0]); i++)
		metrics_one(out, metrics, metrics_table[i].name, metrics_table[i].help,
		    metrics_table[i].at);
	for (size_t i = 0; i < central; i++)
		metrics_one(out, metrics, metrics_central[i].name, metrics_central[i].help,
		    metrics_central[i].at);
	metrics_labels(out, metrics);
	metrics_seconds(out, "lastwords_stored_time_seconds",
	    "When the stored files were last counted.", metrics->stored.time_ms);
	metrics_seconds(out, "lastwords_start_time_seconds", "When the collector started.",
	    (uint64_t)metrics->started_ms);
}
