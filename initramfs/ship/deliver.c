/* SPDX-License-Identifier: MIT */
/* deliver: a pack by HTTP, tried again; see deliver.h. Every wait is bounded. */
#include "deliver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "https/https.h"
#include "netwait.h"
#include "retry.h"

enum {
	DELIVER_TRY_MS = 60000, /* one upload, from its beginning to the answer */
	DELIVER_SAY_MS = 10000, /* between two lines about failed tries */
	/* before the first such line: the network may still be coming up */
	DELIVER_QUIET_MS = 3000,
};

void deliver_say(const struct deliver *d, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	d->say(d->arg, line);
}

static void deliver_base_url(const char *url, char *base, size_t size)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	snprintf(base, size, "%.*s", (int)(n < 600 ? n : 600), url);
}

/*
 * Notes why a try failed. A network that is coming up is silent too, so silence is noted only where
 * there are several servers: there it is a difference between them.
 */
static void deliver_reason(const struct deliver *d, struct reasons *reasons, const char *base,
    const struct put_result *result)
{
	const char *host = strstr(base, "://");

	if (result->outcome == RETRY_NO_NETWORK ||
	    (result->outcome == RETRY_SILENT && d->target->urls == 1))
		return;
	reasons_note(reasons, d->target->urls == 1 ? NULL : host ? host + 3 : base, result->why);
}

size_t deliver_failures(const struct reasons *reasons, char *line, size_t size)
{
	static const char name[] = "failures: ";

	memcpy(line, name, sizeof(name));
	return reasons_text(reasons, line + sizeof(name) - 1, size - sizeof(name) + 1);
}

int deliver(const struct deliver *d, const struct put_request *request, struct reasons *reasons,
    char failure[DELIVER_FAILURE])
{
	int64_t begun = clock_monotonic(), end = begun + (int64_t)d->target->seconds * 1000;
	int64_t said = begun - DELIVER_SAY_MS + DELIVER_QUIET_MS;
	char line[REASONS_LINE];
	struct retry retry;
	struct put_result result = {0};
	struct err err;
	struct put *put = put_open(&err, request);
	int changes;

	if (!put) {
		snprintf(failure, DELIVER_FAILURE, "%s", err.msg);
		deliver_say(d, "%s", failure);
		return 0;
	}
	changes = netwait_open();
	if (https_open(&err))
		deliver_say(d, "%s", err.msg);
	https_session(d->target->tls_name, d->target->session);
	retry_init(&retry, d->target->urls);
	for (;;) {
		int server = retry_server(&retry);
		int64_t now = clock_monotonic(), left = end - now;
		unsigned connect_ms, pause;
		char base[608];

		if (server < 0 || left <= 0)
			break;
		deliver_base_url(d->target->url[server], base, sizeof(base));
		connect_ms = retry_connect_ms(&retry);
		put_try(put, base, retry.tries + 1, connect_ms < left ? connect_ms : (unsigned)left,
		    left < DELIVER_TRY_MS ? (unsigned)left : DELIVER_TRY_MS, &result);
		now = clock_monotonic();
		if (result.stored) {
			deliver_say(d, "stored on %s in %lld.%02lld s (%zu bytes sent, try %u)",
			    base, (long long)(now - begun) / 1000,
			    (long long)(now - begun) % 1000 / 10, request->pack->len,
			    retry.tries + 1);
			break;
		}
		deliver_reason(d, reasons, base, &result);
		pause = retry_note(&retry, result.outcome);
		if (now - said >= DELIVER_SAY_MS || result.outcome == RETRY_REFUSED) {
			deliver_say(d, "%s: %s; trying again", base, result.why);
			said = now;
		}
		left = end - now;
		if (pause && left > 0)
			netwait(changes, pause < left ? pause : (unsigned)left);
	}
	put_close(put);
	if (changes >= 0)
		close(changes);
	if (!result.stored) {
		snprintf(failure, DELIVER_FAILURE, "not stored after %u tries in %lld s: %s",
		    retry.tries, (long long)(clock_monotonic() - begun) / 1000,
		    result.why[0] ? result.why : "no time left");
		deliver_say(d, "%s", failure);
	}
	if (deliver_failures(reasons, line, sizeof(line)))
		deliver_say(d, "%s", line);
	return result.stored;
}
