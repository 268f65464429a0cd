/* SPDX-License-Identifier: MIT */
/* counters: what STATE/run/metrics.prom has, each minute, as an object of numbers. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "collector/metrics.h"
#include "daemon.h"

enum { COUNTERS_JSON_MAX = 2 * METRICS_MAX };

/* One line "name value" or "name{label="value"} value"; others are skipped. */
static void counters_line(struct kv_out *out, char *line)
{
	char *value = strrchr(line, ' ');

	if (line[0] == '#' || !value || !value[1] || value[1 + strspn(value + 1, "0123456789.")])
		return;
	*value++ = '\0';
	if (out->len > 1)
		kv_out_raw(out, ",");
	json_text(out, line); /* (a label has quotes) */
	kv_out_raw(out, ":");
	kv_out_raw(out, value);
}

/* The file as JSON; "{}" where it does not exist (no collector runs): the centre hears all the same that we are here. */
static void counters_json(const char *state, char *json, size_t size)
{
	char path[FILE_PATH_MAX], text[METRICS_MAX + 1], *next = text;
	struct err ignored;
	struct kv_out out;
	FILE *file = NULL;
	size_t len;

	snprintf(json, size, "{}");
	if (file_path(&ignored, state, "run/metrics.prom", path) == 0)
		file = fopen(path, "re");
	if (!file)
		return;
	len = fread(text, 1, METRICS_MAX, file);
	fclose(file);
	text[len] = '\0';
	kv_out_init(&out, json, size);
	kv_out_raw(&out, "{");
	for (char *line; (line = strsep(&next, "\n")) != NULL;)
		counters_line(&out, line);
	kv_out_raw(&out, "}");
	if (out.overflow)
		snprintf(json, size, "{}");
}

int counters_send(struct err *err, struct relay *relay, int64_t now)
{
	char json[COUNTERS_JSON_MAX];
	struct pq_params params = {0};
	int rc;

	counters_json(relay->config->state, json, sizeof(json));
	pq_put_int(&params, relay->server);
	pq_put_time(&params, now);
	pq_put_text(&params, json);
	pq_put_big(&params, relay->last);
	pq_put_double(&params, relay->oldest_ms && relay->oldest_ms < now
				   ? (double)(now - relay->oldest_ms) / 1000
				   : 0.0);
	rc = pq_run(err, &relay->pq,
	    "SELECT lastwords.put_counters($1, $2, $3::text::jsonb, $4, make_interval(secs => $5), $2)",
	    &params);
	pq_params_free(&params);
	return rc;
}
