/* SPDX-License-Identifier: MIT */
/* metrics: every sample has its HELP and TYPE, counters end in _total, names are valid. */
#include "collector/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static int name_ok(const char *name, size_t len)
{
	return len > 10 && strncmp(name, "lastwords_", 10) == 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len;
}

int main(void)
{
	static char text[METRICS_MAX];
	struct metrics metrics;
	struct kv_out out;
	char name[80], type[16], help[100], last[80] = "";
	int good = 1, samples = 0;
	char *line, *rest = text;

	memset(&metrics, 0xff, sizeof(metrics));
	metrics.started_ms = 1700000000023;
	metrics.packets = 7;
	metrics.tally.state[SESSION_NO_CAPTURE] = 5;
	kv_out_init(&out, text, sizeof(text));
	metrics_format(&out, &metrics);
	ok(!out.overflow, "the largest numbers fit the buffer");
	ok(strstr(text, "\nlastwords_netconsole_packets_total 7\n") != NULL,
	    "a counter has the value of its field");
	ok(strstr(text, "\nlastwords_sessions{state=\"no_capture\"} 5\n") != NULL,
	    "a session state has the value of its field");
	ok(strstr(text, "\nlastwords_start_time_seconds 1700000000.023\n") != NULL,
	    "a time is printed in seconds with three decimals");
	while ((line = strsep(&rest, "\n")) != NULL && line[0]) {
		if (sscanf(line, "# HELP %79s %99[^\n]", name, help) == 2) {
			snprintf(last, sizeof(last), "%s", name);
		} else if (sscanf(line, "# TYPE %79s %15s", name, type) == 2) {
			size_t len = strlen(name);
			int total = strcmp(name + len - 6, "_total") == 0;

			good &= strcmp(name, last) == 0;
			good &= strcmp(type, total ? "counter" : "gauge") == 0;
		} else {
			size_t len = strcspn(line, " {");
			size_t label = line[len] == '{' ? strcspn(line + len, "}") + 1 : 0;
			char *end;

			good &= name_ok(line, len) && strncmp(line, last, len) == 0 && !last[len];
			strtod(line + len + label, &end);
			good &= *end == '\0';
			samples++;
		}
	}
	ok(good, "each metric has HELP, TYPE and samples in this order");
	is_num(samples, 55, "every metric is printed");
	return tap_done();
}
