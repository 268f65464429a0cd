/* SPDX-License-Identifier: MIT */
/* sources: the senders that are known, and when each has its turn; see sources.h. */
#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/prefetch.h"

struct sender {
	LIST_ENTRY(sender) bucket;
	TAILQ_ENTRY(sender) age, active;
	struct source *source;
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port; /* host byte order */
	int is_active, is_bound; /* is_bound: in which list it is */
	int64_t tokens, tokens_at; /* bytes that it may send */
	int64_t young_at; /* when it was put in front of the others */
};

void sources_init(
    struct sources *sources, const char *state, struct logfiles *logs, const struct source_env *env)
{
	memset(sources, 0, sizeof(*sources));
	sources->max = SOURCES_MAX;
	source_shared_init(&sources->shared, state, logs, env);
	for (size_t i = 0; i < SOURCES_BUCKETS; i++)
		LIST_INIT(&sources->bucket[i]);
	TAILQ_INIT(&sources->bound);
	TAILQ_INIT(&sources->unbound);
	TAILQ_INIT(&sources->active);
}

/* --- lists ---------------------------------------------------------------------------------------- */

static struct sender_list *sender_age_list(struct sources *sources, const struct sender *sender)
{
	return sender->is_bound ? &sources->bound : &sources->unbound;
}

/* 1 if its binding does not fit its list any more. */
static int sender_has_moved(const struct sender *sender)
{
	return sender->is_bound != (source_binding(sender->source) == SOURCE_BOUND);
}

/* In front of those of its binding. */
static void sender_set_young(struct sources *sources, struct sender *sender)
{
	TAILQ_REMOVE(sender_age_list(sources, sender), sender, age);
	sender->is_bound = source_binding(sender->source) == SOURCE_BOUND;
	sender->young_at = sources->shared.now;
	TAILQ_INSERT_HEAD(sender_age_list(sources, sender), sender, age);
}

static void sender_set_active(struct sources *sources, struct sender *sender, int active)
{
	if (sender->is_active == active)
		return;
	sender->is_active = active;
	if (active)
		TAILQ_INSERT_TAIL(&sources->active, sender, active);
	else
		TAILQ_REMOVE(&sources->active, sender, active);
}

/* --- coming and going ------------------------------------------------------------------------------- */

static struct sender_bucket *sender_bucket(
    struct sources *sources, const struct in6_addr *address, uint16_t port)
{
	uint64_t hash, word[2];

	memcpy(word, address->s6_addr, sizeof(word));
	hash = word[0] * 0x9e3779b97f4a7c15 ^ word[1] ^ (uint64_t)port << 16;
	hash = (hash ^ hash >> 32) * 0xff51afd7ed558ccd;
	return &sources->bucket[(hash >> 40) % SOURCES_BUCKETS];
}

static void sender_free(struct sources *sources, struct sender *sender)
{
	source_free(sender->source);
	sender_set_active(sources, sender, 0);
	TAILQ_REMOVE(sender_age_list(sources, sender), sender, age);
	LIST_REMOVE(sender, bucket);
	sources->count--;
	free(sender);
}

static struct sender *sender_new(
    struct sources *sources, const struct in6_addr *address, uint16_t port)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	if (sources->count >= sources->max) {
		struct sender *oldest = TAILQ_LAST(&sources->unbound, sender_list);

		if (!oldest) {
			oldest = TAILQ_LAST(&sources->bound, sender_list);
			source_forget(oldest->source);
		}
		sender_free(sources, oldest);
		sources->evicted++;
	}
	sender->source = source_new(&sources->shared, address, port);
	if (!sender->source) {
		free(sender);
		return NULL;
	}
	sender->address = *address;
	sender->port = port;
	sender->tokens = SOURCES_BURST;
	sender->tokens_at = sender->young_at = sources->shared.now;
	sender->is_bound = source_binding(sender->source) == SOURCE_BOUND;
	TAILQ_INSERT_HEAD(sender_age_list(sources, sender), sender, age);
	LIST_INSERT_HEAD(sender_bucket(sources, address, port), sender, bucket);
	sources->count++;
	return sender;
}

/* 0, or -1: it is neither IPv4 nor IPv6. */
static int sender_address(const struct sockaddr *from, struct in6_addr *address, uint16_t *port)
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

static struct sender *sender_known(
    const struct sender_bucket *bucket, const struct in6_addr *address, uint16_t port)
{
	struct sender *sender;

	LIST_FOREACH(sender, bucket, bucket)
	if (sender->port == port && memcmp(&sender->address, address, sizeof(*address)) == 0)
		return sender;
	return NULL;
}

static struct sender *sender_find(struct sources *sources, const struct sockaddr *from)
{
	struct in6_addr address;
	struct sender *sender;
	uint16_t port;

	if (sender_address(from, &address, &port))
		return NULL;
	sender = sender_known(sender_bucket(sources, &address, port), &address, port);
	return sender ? sender : sender_new(sources, &address, port);
}

void sources_prefetch(struct sources *sources, const struct sockaddr_storage *from, size_t count)
{
	struct coming {
		const struct sender_bucket *bucket;
		const struct source *source;
		struct in6_addr address;
		uint16_t port;
	} coming[RECEIVE_BATCH], *end = coming, *next;

	for (size_t i = 0; i < count && i < RECEIVE_BATCH; i++) {
		if ((i && memcmp(&from[i], &from[i - 1], sizeof(struct sockaddr_in6)) == 0) ||
		    sender_address((const struct sockaddr *)&from[i], &end->address, &end->port))
			continue;
		end->bucket = sender_bucket(sources, &end->address, end->port);
		prefetch(end->bucket, sizeof(*end->bucket));
		end++;
	}
	if (end - coming < 2)
		return; /* nothing to do meanwhile */
	for (next = coming; next < end; next++)
		if (!LIST_EMPTY(next->bucket))
			prefetch(LIST_FIRST(next->bucket), sizeof(struct sender));
	for (next = coming; next < end; next++) {
		const struct sender *sender =
		    sender_known(next->bucket, &next->address, next->port);

		next->source = sender ? sender->source : NULL;
	}
	for (int step = 0; step < SOURCE_PREFETCH_STEPS; step++)
		for (next = coming; next < end; next++)
			if (next->source)
				source_prefetch(next->source, step);
}

/* --- packets and time ------------------------------------------------------------------------------- */

/* 1 if the sender may send len bytes more. */
static int sender_may(struct sender *sender, size_t len, int64_t now)
{
	int64_t passed = now - sender->tokens_at;

	if (passed > 0) {
		if (passed > 10000)
			passed = 10000;
		sender->tokens += passed * SOURCES_RATE / 1000;
		sender->tokens_at = now;
		if (sender->tokens > SOURCES_BURST)
			sender->tokens = SOURCES_BURST;
	}
	if (sender->tokens < (int64_t)len)
		return 0;
	sender->tokens -= (int64_t)len;
	return 1;
}

static void sources_set_time(struct sources *sources, int64_t now, int64_t utc)
{
	sources->shared.now = now;
	sources->shared.utc = utc;
}

void sources_packet(struct sources *sources, const struct sockaddr *from, const char *buf,
    size_t len, int64_t now, int64_t utc)
{
	struct sender *sender;

	sources_set_time(sources, now, utc);
	sender = sender_find(sources, from);
	if (!sender)
		return;
	if (!sender_may(sender, len, now)) {
		sources->limited++;
		source_count_limited(sender->source);
		return;
	}
	source_packet(sender->source, buf, len);
	if (now - sender->young_at >= SOURCES_YOUNG_MS || sender_has_moved(sender))
		sender_set_young(sources, sender);
	if (source_waits(sender->source))
		sender_set_active(sources, sender, 1);
}

int sources_tick(struct sources *sources, int64_t now, int64_t utc)
{
	struct sender *sender, *next;
	int decisions = SOURCES_TURN, more = 0;

	sources_set_time(sources, now, utc);
	for (sender = TAILQ_FIRST(&sources->active); sender; sender = next) {
		enum source_work left = source_tick(sender->source, &decisions);

		next = TAILQ_NEXT(sender, active);
		if (sender_has_moved(sender))
			sender_set_young(sources, sender);
		more |= left == SOURCE_LATE;
		if (left == SOURCE_IDLE)
			sender_set_active(sources, sender, 0);
	}
	return more ? 2 : !TAILQ_EMPTY(&sources->active);
}

static void sources_free_list(struct sources *sources, struct sender_list *list)
{
	while (!TAILQ_EMPTY(list))
		sender_free(sources, TAILQ_FIRST(list));
}

void sources_finish(struct sources *sources, int64_t now, int64_t utc)
{
	sources_set_time(sources, now, utc);
	sources_free_list(sources, &sources->bound);
	sources_free_list(sources, &sources->unbound);
}
