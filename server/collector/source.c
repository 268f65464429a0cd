/* SPDX-License-Identifier: MIT */
/* source: whose lines are whose; see source.h. */
#include "source.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "prefetch.h"
#include "title.h"

struct held_line {
	uint64_t usec;
	uint32_t len;
	int mark, prio;
};

static void source_line(void *arg, const char *text, size_t len, uint64_t usec, int mark);

/* What the stream's callbacks get. */
struct source_call {
	struct sources *sources;
	struct source *source;
};

/* --- lists ---------------------------------------------------------------------------------------- */

static void source_young(struct sources *sources, struct source *source)
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

/* --- a line to its log ------------------------------------------------------------------------------ */

/* Brings the log's counts and position up to date with the stream. */
static void source_settle(struct sources *sources, struct source *source)
{
	struct logfile *log = source->log;
	uint64_t next, usec;

	if (!log)
		return;
	logfile_count(sources->logs, log, stream_counts(source->stream), sources->now);
	if (log->writer != source) {
		log->writer = source;
		snprintf(log->stream, sizeof(log->stream), "%s", source->name);
	}
	log->next = stream_position(source->stream, &next, &usec) ? next : STREAM_NO_NEXT;
	log->usec = log->top_usec;
}

static void source_died(
    struct sources *sources, struct source *source, const char *text, size_t len)
{
	struct logfile *log = source->log;
	char line[1024];

	log->title_due = sources->now + SOURCE_QUIET_MS;
	if (log->died_ms)
		return;
	log->died_ms = sources->utc;
	source->flush = 1;
	snprintf(line, sizeof(line), "%.*s", (int)(len < 1000 ? len : 1000), text);
	if (log->session[0]) {
		/* Whoever is told may look: the line is on disk before. */
		logfile_flush(sources->logs, log, sources->now);
		sources->env.event(sources->env.arg, "died", log->session, "line", line);
	}
}

static void source_tell_line(
    struct sources *sources, const struct source *source, const char *text, size_t len)
{
	char address[INET6_ADDRSTRLEN];

	if (!sources->env.line || source->prio == SOURCE_TOLD)
		return;
	binding_address(&source->address, address);
	sources->env.line(sources->env.arg, address, source->log->session, source->prio, text, len);
}

static void source_write(struct sources *sources, struct source *source, const char *text,
    size_t len, uint64_t usec, int mark)
{
	struct logfile *log = source->log;
	int taken;

	if (!log->session[0] && strcmp(log->name, source->name) != 0) {
		/* the log of all the rest: it must say who */
		char line[NETCONSOLE_LINE_MAX + LOGFILE_NAME_MAX + 4];
		int n = snprintf(line, sizeof(line), "%s: %.*s", source->name, (int)len, text);

		logfile_line(sources->logs, log, line, (size_t)n, usec, mark, sources->now);
		return;
	}
	taken = logfile_line(sources->logs, log, text, len, usec, mark, sources->now);
	if (!taken)
		return;
	source->written += len + 1;
	source_tell_line(sources, source, text, len);
	if (mark)
		return;
	if (title_is_death(text, len))
		source_died(sources, source, text, len);
	else if (log->title_due)
		log->title_due = sources->now + SOURCE_QUIET_MS;
}

static void source_release(struct sources *sources, struct source *source)
{
	if (!source->log)
		return;
	source_settle(sources, source);
	source->log->writer = NULL;
	logfile_put(sources->logs, source->log);
	source->log = NULL;
}

/* Puts what was held into the log that has been decided on. */
static void source_unhold(struct sources *sources, struct source *source)
{
	char *held = source->held;
	size_t len = source->held_len;

	source->held = NULL;
	source->held_len = source->held_size = 0;
	sources->held -= len;
	for (size_t at = 0; at < len;) {
		struct held_line line;

		memcpy(&line, held + at, sizeof(line));
		at += sizeof(line);
		source->prio = line.prio;
		source_write(sources, source, held + at, line.len, line.usec, line.mark);
		at += line.len;
	}
	free(held);
}

static void source_attach(struct sources *sources, struct source *source,
    enum source_binding binding, struct logfile *log)
{
	source_release(sources, source);
	source->log = log;
	source->binding = binding;
	if (binding != SOURCE_BOUND)
		log->direct = 1;
	source->began = logfile_size(sources->logs, log);
	source->written = 0;
	if (log->session[0] && (source->began > 0 || log->users > 1))
		logfile_filter(sources->logs, log, sources->now);
	source_young(sources, source);
}

/* --- deciding --------------------------------------------------------------------------------------- */

struct taking_back {
	struct sources *sources;
	struct source *source;
	uint64_t lines;
};

static void source_retell(void *arg, const char *text, size_t len)
{
	struct taking_back *back = arg;
	int mark = len > 11 && memcmp(text, "[lastwords:", 11) == 0;

	back->lines += !mark;
	back->source->prio = SOURCE_TOLD;
	source_write(back->sources, back->source, text, len, netconsole_line_usec(text, len), mark);
}

/* The counts of what was taken back; of a log that had lines before only those of the lines. */
static void source_move_counts(
    struct logfile *old, struct logfile *log, int64_t began, uint64_t lines)
{
	struct store_stream *from = &old->counts, *to = &log->counts;

	from->lines -= lines < from->lines ? lines : from->lines;
	if (began > 0)
		return;
	to->packets += from->packets;
	to->bytes += from->bytes;
	to->lost += from->lost;
	to->truncated += from->truncated;
	to->late += from->late;
	to->duplicates += from->duplicates;
	memset(from, 0, sizeof(*from));
}

/* The id was seen: from now on, and back to where this kernel began, the lines are the session's. */
static void source_bind(struct sources *sources, struct source *source, const char *id)
{
	enum source_binding before = source->binding;
	struct logfile *old = source->log, *log;
	int64_t began = source->began;
	uint64_t written = source->written;

	if (old && strcmp(old->session, id) == 0) {
		if (before == SOURCE_BOUND)
			return;
		source->binding = SOURCE_BOUND;
		source_young(sources, source);
		goto tell;
	}
	log = logfile_get(sources->logs, id, "netconsole");
	if (!log)
		return;
	if (old)
		old->users++; /* stays while its lines are moved */
	source_attach(sources, source, SOURCE_BOUND, log);
	if (old && (before == SOURCE_GUESSED || before == SOURCE_APART) &&
	    strcmp(old->session[0] ? source->name : old->name, source->name) == 0 &&
	    logfile_size(sources->logs, old) == began + (int64_t)written) {
		struct taking_back back = {.sources = sources, .source = source};

		if (logfile_take_back(
			sources->logs, old, began, sources->now, source_retell, &back) == 0)
			source_move_counts(old, log, began, back.lines);
	}
	if (old)
		logfile_put(sources->logs, old);
	source_unhold(sources, source);
tell:
	source->previous[0] = '\0';
	binding_remember(sources->logs->state, source->name, id);
	sources->env.event(sources->env.arg, "bound", id, "stream", source->name);
}

/* 1 if a line that is held, with a time other than 0, is in the log of the session before: then it
 * is the same kernel that tells its story again. */
static int source_is_replay(struct sources *sources, struct source *source)
{
	struct logfile *log;
	int known = 0;

	if (!source->previous[0])
		return 0;
	log = logfile_get(sources->logs, source->previous, "netconsole");
	if (!log)
		return 0;
	for (size_t at = 0; at < source->held_len && !known;) {
		struct held_line line;

		memcpy(&line, source->held + at, sizeof(line));
		at += sizeof(line);
		if (line.usec != NETCONSOLE_NO_TIME && line.usec > 0)
			known = logfile_has(sources->logs, log, source->held + at, line.len);
		at += line.len;
	}
	logfile_put(sources->logs, log);
	return known;
}

/* No id came: the next best. */
static void source_decide(struct sources *sources, struct source *source)
{
	char id[SESSION_ID_MAX + 1];
	enum source_binding binding = SOURCE_APART;
	struct logfile *log = NULL;
	uint64_t usec = source->usec == NETCONSOLE_NO_TIME ? 0 : source->usec;

	if (source_is_replay(sources, source)) {
		binding = SOURCE_BOUND;
		log = logfile_get(sources->logs, source->previous, "netconsole");
	} else if (source->usec != NETCONSOLE_NO_TIME) {
		char address[INET6_ADDRSTRLEN];

		binding_address(&source->address, address);
		if (sources->env.guess(
			sources->env.arg, address, sources->utc - (int64_t)(usec / 1000), id)) {
			binding = SOURCE_GUESSED;
			log = logfile_get(sources->logs, id, "netconsole");
		}
	}
	if (!log) {
		binding = SOURCE_APART;
		if (binding_has_apart(sources->logs->state, source->name))
			log = logfile_get(sources->logs, "", source->name);
		else if (sources->apart_files < SOURCE_APART_FILES) {
			sources->apart_files++;
			log = logfile_get(sources->logs, "", source->name);
		} else {
			log = logfile_get(sources->logs, "", "other");
		}
	}
	if (!log)
		return; /* out of memory: tried again at the next tick */
	source_attach(sources, source, binding, log);
	if (binding == SOURCE_APART)
		log->died_ms = 0; /* another kernel's death */
	source_unhold(sources, source);
}

static void source_hold(struct sources *sources, struct source *source, const char *text,
    size_t len, uint64_t usec, int mark)
{
	struct held_line line = {
	    .usec = usec, .len = (uint32_t)len, .mark = mark, .prio = source->prio};
	size_t need = source->held_len + sizeof(line) + len;

	if (source->held_len == 0)
		source->held_since = sources->now;
	if (need > source->held_size) {
		size_t size = source->held_size ? source->held_size * 2 : 1024;
		char *bigger;

		while (size < need)
			size *= 2;
		bigger = realloc(source->held, size);
		if (!bigger) {
			source_decide(sources, source);
			if (source->log)
				source_write(sources, source, text, len, usec, mark);
			return;
		}
		source->held = bigger;
		source->held_size = size;
	}
	memcpy(source->held + source->held_len, &line, sizeof(line));
	memcpy(source->held + source->held_len + sizeof(line), text, len);
	source->held_len = need;
	sources->held += sizeof(line) + len;
	/* A death is told at once, id or not. */
	if (need > SOURCE_HOLD_MAX || sources->held > SOURCE_HOLD_ALL ||
	    (!mark && title_is_death(text, len)))
		source_decide(sources, source);
}

/* --- the second rope -------------------------------------------------------------------------------- */

static int source_is_of(const struct source *source, const char *id)
{
	return source->binding == SOURCE_BOUND && source->log &&
	       strcmp(source->log->session, id) == 0;
}

/* A line that begins with the id is no kernel's: lastwords-dmesg begins so what it sends by UDP. */
static int source_is_resent(const char *text, size_t len)
{
	static const char name[] = "lastwords.session=";

	return len >= sizeof(name) - 1 && memcmp(text, name, sizeof(name) - 1) == 0;
}

/* Where the lines of the second rope begin, in the log and in the journal. */
static void source_tell_resent(struct sources *sources, struct source *source)
{
	char mark[LOGFILE_NAME_MAX + 80];
	int n = snprintf(mark, sizeof(mark),
	    "[lastwords: sent by the capture kernel over UDP, from %s]", source->name);

	source_write(sources, source, mark, (size_t)n, NETCONSOLE_NO_TIME, 1);
	sources->env.event(sources->env.arg, "resent", source->log->session, "rope", "udp");
}

/* --- the stream's callbacks ------------------------------------------------------------------------- */

static void source_line(void *arg, const char *text, size_t len, uint64_t usec, int mark)
{
	struct source_call *call = arg;
	struct source *source = call->source;
	struct session session;

	if (usec != NETCONSOLE_NO_TIME)
		source->usec = usec;
	if (!mark && binding_find_id(text, len, call->sources->env.key, &session)) {
		int known = source_is_of(source, session.id);

		/* A second id on a bound stream is a new boot whose beginning was lost. */
		source_bind(call->sources, source, session.id);
		if (source_is_resent(text, len) && source_is_of(source, session.id)) {
			if (!known)
				source_tell_resent(call->sources, source);
			return;
		}
	}
	source->prio = stream_prio(source->stream);
	if (source->log)
		source_write(call->sources, source, text, len, usec, mark);
	else
		source_hold(call->sources, source, text, len, usec, mark);
}

static void source_restart(void *arg)
{
	struct source_call *call = arg;
	struct source *source = call->source;

	if (source->binding == SOURCE_HOLDING) {
		if (source->held_len == 0)
			return;
		source_decide(call->sources, source);
	}
	if (source->log && source->log->session[0])
		memcpy(source->previous, source->log->session, sizeof(source->previous));
	source_release(call->sources, source);
	source->binding = SOURCE_HOLDING;
	source->usec = NETCONSOLE_NO_TIME;
	source_young(call->sources, source);
}

static struct stream_sink source_sink(struct source_call *call)
{
	return (struct stream_sink){.arg = call, .line = source_line, .restart = source_restart};
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

/* Goes on where we were before a restart of the collector. */
static void source_recall(struct sources *sources, struct source *source)
{
	struct logfile *log;
	char id[SESSION_ID_MAX + 1];

	if (!binding_recall(sources->logs->state, source->name, sources->env.key, id))
		return;
	log = logfile_get(sources->logs, id, "netconsole");
	if (!log)
		return;
	if (strcmp(log->stream, source->name) != 0) {
		/* We may have been killed between remembering it and telling the journal. */
		sources->env.event(sources->env.arg, "bound", id, "stream", source->name);
	} else if (log->usec != NETCONSOLE_NO_TIME) {
		stream_restore(source->stream, log->next, log->usec);
	}
	source_attach(sources, source, SOURCE_BOUND, log);
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
