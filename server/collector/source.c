/* SPDX-License-Identifier: MIT */
/*
 * source: the senders that are known, and when each has its turn; see source.h. It must not decide whose
 * lines are whose: source_lines.c does.
 */
#include "source.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "collector/wire/prefetch.h"
#include "source_lines.h"

/* --- lists ---------------------------------------------------------------------------------------- */

void source_young(struct sources *sources, struct source *source)
{
	struct source *head = source->binding == SOURCE_BOUND ? &sources->bound : &sources->unbound;

	if (source->age_next) {
		source->age_prev->age_next = source->age_next;
		source->age_next->age_prev = source->age_prev;
	}
	source->age_next = head->age_next;
	source->age_prev = head;
	source->age_next->age_prev = source;
	source->age_prev->age_next = source;
}

static void source_activate(struct sources *sources, struct source *source)
{
	if (source->active)
		return;
	source->active = 1;
	source->active_next = &sources->active;
	source->active_prev = sources->active.active_prev;
	source->active_next->active_prev = source;
	source->active_prev->active_next = source;
}

static void source_deactivate(struct source *source)
{
	if (!source->active)
		return;
	source->active = 0;
	source->active_next->active_prev = source->active_prev;
	source->active_prev->active_next = source->active_next;
}

void sources_init(struct sources *sources, struct logfiles *logs, const struct source_env *env)
{
	memset(sources, 0, sizeof(*sources));
	sources->env = *env;
	sources->logs = logs;
	sources->bound.age_next = sources->bound.age_prev = &sources->bound;
	sources->unbound.age_next = sources->unbound.age_prev = &sources->unbound;
	sources->active.active_next = sources->active.active_prev = &sources->active;
	sources->apart_files = binding_count_apart(logs->state);
}

/* --- coming and going ------------------------------------------------------------------------------- */

static unsigned int source_hash(const struct in6_addr *address, uint16_t port)
{
	uint64_t hash, word[2];

	memcpy(word, address->s6_addr, sizeof(word));
	hash = word[0] * 0x9e3779b97f4a7c15 ^ word[1] ^ (uint64_t)port << 16;
	hash = (hash ^ hash >> 32) * 0xff51afd7ed558ccd;
	return (unsigned int)(hash >> 40) % SOURCE_BUCKETS;
}

/* Gives out and writes what it has, and frees it. */
static void source_free(struct sources *sources, struct source *source)
{
	struct source_call call = {.sources = sources, .source = source};
	struct stream_sink sink = source_sink(&call);
	struct source **at = &sources->bucket[source_hash(&source->address, source->port)];

	stream_flush(source->stream, &sink);
	if (source->binding == SOURCE_HOLDING && source->held_len)
		source_decide(sources, source);
	sources->held -= source->held_len;
	source_release(sources, source);
	source_deactivate(source);
	source->age_prev->age_next = source->age_next;
	source->age_next->age_prev = source->age_prev;
	while (*at != source)
		at = &(*at)->bucket_next;
	*at = source->bucket_next;
	sources->count--;
	free(source->held);
	stream_free(source->stream);
	free(source);
}

static struct source *source_new(
    struct sources *sources, const struct in6_addr *address, uint16_t port)
{
	struct source *source = calloc(1, sizeof(*source));
	char text[INET6_ADDRSTRLEN];
	unsigned int bucket = source_hash(address, port);

	if (!source || !(source->stream = stream_new())) {
		free(source);
		return NULL;
	}
	if (sources->count >= SOURCE_MAX) {
		int any = sources->unbound.age_prev != &sources->unbound;

		source_free(sources, any ? sources->unbound.age_prev : sources->bound.age_prev);
		sources->evicted++;
	}
	source->address = *address;
	source->port = port;
	binding_address(address, text);
	snprintf(source->name, sizeof(source->name), "%s-%u", text, port);
	source->usec = NETCONSOLE_NO_TIME;
	source->tokens = SOURCE_BURST;
	source->tokens_at = source->young_at = sources->now;
	source->bucket_next = sources->bucket[bucket];
	sources->bucket[bucket] = source;
	sources->count++;
	source_young(sources, source);
	source_recall(sources, source);
	return source;
}

/* 0, or -1: it is neither IPv4 nor IPv6. */
static int source_address(const struct sockaddr *from, struct in6_addr *address, uint16_t *port)
{
	if (from->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)from;

		memset(address, 0, sizeof(*address));
		address->s6_addr[10] = address->s6_addr[11] = 0xff;
		memcpy(&address->s6_addr[12], &in->sin_addr, 4);
		*port = ntohs(in->sin_port);
	} else if (from->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

		*address = in6->sin6_addr;
		*port = ntohs(in6->sin6_port);
	} else {
		return -1;
	}
	return 0;
}

static struct source *source_known(
    struct source *const *bucket, const struct in6_addr *address, uint16_t port)
{
	struct source *source = *bucket;

	while (source &&
	       (source->port != port || memcmp(&source->address, address, sizeof(*address)) != 0))
		source = source->bucket_next;
	return source;
}

static struct source *source_find(struct sources *sources, const struct sockaddr *from)
{
	struct in6_addr address;
	struct source *source;
	uint16_t port;

	if (source_address(from, &address, &port))
		return NULL;
	source = source_known(&sources->bucket[source_hash(&address, port)], &address, port);
	return source ? source : source_new(sources, &address, port);
}

void sources_coming(
    const struct sources *sources, const struct sockaddr_storage *from, size_t count)
{
	struct {
		struct source *const *bucket;
		const struct source *source;
		struct in6_addr address;
		uint16_t port;
	} coming[SOURCE_COMING];
	size_t senders = 0, known = 0;

	for (size_t i = 0; i < count && i < SOURCE_COMING; i++) {
		struct in6_addr *address = &coming[senders].address;
		uint16_t *port = &coming[senders].port;

		if ((i && memcmp(&from[i], &from[i - 1], sizeof(struct sockaddr_in6)) == 0) ||
		    source_address((const struct sockaddr *)&from[i], address, port))
			continue;
		coming[senders++].bucket = &sources->bucket[source_hash(address, *port)];
	}
	/* One of them is there already. Each pass fetches what the next one follows. */
	if (senders < 2)
		return;
	for (size_t i = 0; i < senders; i++)
		prefetch_lines(coming[i].bucket, 1);
	for (size_t i = 0; i < senders; i++)
		if (*coming[i].bucket)
			prefetch_lines(*coming[i].bucket, offsetof(struct source, held));
	for (size_t i = 0; i < senders; i++) {
		const struct source *source =
		    source_known(coming[i].bucket, &coming[i].address, coming[i].port);

		if (source)
			coming[known++].source = source;
	}
	for (size_t i = 0; i < known; i++) {
		stream_prefetch(coming[i].source->stream);
		if (coming[i].source->log)
			logfile_prefetch(coming[i].source->log);
	}
	for (size_t i = 0; i < known; i++) {
		stream_prefetch_more(coming[i].source->stream);
		if (coming[i].source->log)
			logfile_prefetch_more(coming[i].source->log);
	}
}

/* 1 if the source may send len bytes more. */
static int source_may(struct sources *sources, struct source *source, size_t len)
{
	int64_t passed = sources->now - source->tokens_at;

	if (passed > 0) {
		if (passed > 10000)
			passed = 10000;
		source->tokens += passed * SOURCE_RATE / 1000;
		source->tokens_at = sources->now;
		if (source->tokens > SOURCE_BURST)
			source->tokens = SOURCE_BURST;
	}
	if (source->tokens < (int64_t)len)
		return 0;
	source->tokens -= (int64_t)len;
	return 1;
}

void sources_packet(struct sources *sources, const struct sockaddr *from, const char *buf,
    size_t len, int64_t now, int64_t utc)
{
	struct source_call call = {.sources = sources};
	struct stream_sink sink = source_sink(&call);

	sources->now = now;
	sources->utc = utc;
	call.source = source_find(sources, from);
	if (!call.source)
		return;
	if (!source_may(sources, call.source, len)) {
		sources->limited++;
		if (call.source->log)
			call.source->log->dropped++;
		return;
	}
	/* A touch of its neighbours in the list costs more than the order by the second is worth. */
	if (now - call.source->young_at >= SOURCE_YOUNG_MS) {
		call.source->young_at = now;
		source_young(sources, call.source);
	}
	stream_packet(call.source->stream, buf, len, now, &sink);
	/* Most packets leave nothing behind that waits. */
	if (call.source->held_len || stream_deadline(call.source->stream) != INT64_MAX)
		source_activate(sources, call.source);
	source_settle(sources, call.source);
	if (call.source->flush && call.source->log)
		logfile_flush(sources->logs, call.source->log, now);
	call.source->flush = 0;
}

int sources_tick(struct sources *sources, int64_t now, int64_t utc)
{
	struct source *next;
	int turn = SOURCE_TURN, more = 0;

	sources->now = now;
	sources->utc = utc;
	for (struct source *source = sources->active.active_next; source != &sources->active;
	     source = next) {
		struct source_call call = {.sources = sources, .source = source};
		struct stream_sink sink = source_sink(&call);

		next = source->active_next;
		if (stream_deadline(source->stream) <= now)
			stream_tick(source->stream, now, &sink);
		if (source->binding == SOURCE_HOLDING && source->held_len &&
		    now - source->held_since >= SOURCE_HOLD_MS) {
			if (turn-- > 0)
				source_decide(sources, source);
			else
				more = 1;
		}
		source_settle(sources, source);
		if (source->held_len == 0 && stream_deadline(source->stream) == INT64_MAX)
			source_deactivate(source);
	}
	return more ? 2 : sources->active.active_next != &sources->active;
}

void sources_finish(struct sources *sources, int64_t now, int64_t utc)
{
	sources->now = now;
	sources->utc = utc;
	while (sources->bound.age_next != &sources->bound)
		source_free(sources, sources->bound.age_next);
	while (sources->unbound.age_next != &sources->unbound)
		source_free(sources, sources->unbound.age_next);
}
