/* SPDX-License-Identifier: MIT */
/* source: one sender's lines and the log that they go to; see source.h. */
#include "source.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefetch.h"
#include "binding.h"
#include "boot/known.h"
#include "report/report.h"

enum {
	SOURCE_EARLY_USEC = 1000000, /* kernel time: before that no user program runs */
	SOURCE_BOUND_EVENTS = 64, /* "bound" in the journal for one session; "resent" too */
};

/* A line that is held; its text follows it. */
struct held_line {
	uint64_t usec;
	uint32_t len;
	int mark, prio;
};

struct source {
	struct source_shared *shared;
	struct stream *stream;
	struct logfile *log; /* NULL while HOLDING */
	enum source_binding binding;
	int crash_to_flush; /* the log has a crash that is not on disk */
	char *held; /* held_line and text in turn */
	size_t held_len, held_size;
	int64_t held_since;
	uint64_t usec; /* the kernel's time of the last line with one */
	int64_t began; /* offset in a GUESSED or UNASSIGNED log where our lines begin, */
	uint64_t written; /* and how many bytes they are */
	char address[INET6_ADDRSTRLEN];
	char name[LOGFILE_NAME_MAX]; /* "10.0.2.15-6665", "fe80::1-6665" */
	char previous[SESSION_ID_MAX + 1]; /* session before the restart; "" none */
};

void source_shared_init(struct source_shared *shared, const char *state, struct logfiles *logs,
    const struct source_env *env)
{
	memset(shared, 0, sizeof(*shared));
	shared->env = *env;
	shared->state = state;
	shared->logs = logs;
	shared->unassigned_files = binding_count_unassigned(state);
	shared->unassigned_max = SOURCE_UNASSIGNED_FILES;
}

static int source_is_of(const struct source *source, const char *id)
{
	return source->log && strcmp(logfile_session(source->log), id) == 0;
}

/* --- a line to its log ------------------------------------------------------------------------------ */

/* Brings the log's counts and position up to date with the stream. */
static void source_update_log(struct source *source)
{
	uint64_t next;

	if (!source->log)
		return;
	logfile_count(source->log, stream_counts(source->stream), source->shared->now);
	if (!stream_position(source->stream, &next))
		next = STREAM_NO_NEXT;
	logfile_set_position(source->log, source, source->name, next);
}

static void source_crashed(struct source *source, const char *text, size_t len)
{
	struct source_shared *shared = source->shared;
	struct meta *meta = logfile_meta(source->log);
	char line[1024];

	logfile_set_report_due(source->log, shared->now + SOURCE_SILENT_MS);
	if (meta->died)
		return;
	meta->died = shared->utc;
	source->crash_to_flush = 1;
	if (!logfile_session(source->log)[0])
		return;
	/* The event makes others look at the log: the line must be on disk before. */
	logfile_flush(source->log, shared->now);
	snprintf(line, sizeof(line), "%.*s", (int)(len < 1000 ? len : 1000), text);
	shared->env.event(shared->env.arg, "died", logfile_session(source->log), "line", line);
}

/* 1 if the log is the one that unassigned streams share, not the source's own. */
static int source_shares(const struct source *source, const struct logfile *log)
{
	return !logfile_session(log)[0] && strcmp(logfile_name(log), source->name) != 0;
}

/* A line to the shared log, which has to name its sender. */
static void source_write_shared(struct source *source, const struct stream_line *line)
{
	char text[NETCONSOLE_LINE_MAX + LOGFILE_NAME_MAX + 4];
	struct stream_line named = *line;

	named.text = text;
	named.len = (size_t)snprintf(
	    text, sizeof(text), "%s: %.*s", source->name, (int)line->len, line->text);
	logfile_add(source->log, &named, source->shared->now);
}

/* 1 if the log has taken it. */
static int source_move_line(struct source *source, const struct stream_line *line)
{
	struct source_shared *shared = source->shared;

	if (source_shares(source, source->log)) {
		source_write_shared(source, line);
		return 0;
	}
	if (!logfile_add(source->log, line, shared->now))
		return 0;
	source->written += line->len + 1;
	if (line->mark)
		return 1;
	if (report_is_death(line->text, line->len))
		source_crashed(source, line->text, line->len);
	else if (logfile_report_due(source->log))
		logfile_set_report_due(source->log, shared->now + SOURCE_SILENT_MS);
	return 1;
}

static void source_write(struct source *source, const struct stream_line *line)
{
	const struct source_env *env = &source->shared->env;

	if (source_move_line(source, line) && env->line)
		env->line(env->arg, source->address, logfile_session(source->log), line);
}

static void source_release(struct source *source)
{
	if (!source->log)
		return;
	source_update_log(source);
	logfile_set_position(source->log, NULL, source->name, logfile_meta(source->log)->next);
	logfile_put(source->log);
	source->log = NULL;
}

/* Takes the next line out of held bytes at *at. 0: no whole line. */
static int held_next(const char *held, size_t len, size_t *at, struct stream_line *line)
{
	struct held_line head;

	if (*at >= len)
		return 0;
	memcpy(&head, held + *at, sizeof(head));
	*line = (struct stream_line){.text = held + *at + sizeof(head),
	    .len = head.len,
	    .usec = head.usec,
	    .prio = head.prio,
	    .mark = head.mark};
	*at += sizeof(head) + head.len;
	return 1;
}

/* Writes what was held to the log that has been decided on. */
static void source_unhold(struct source *source)
{
	char *held = source->held;
	size_t len = source->held_len;
	struct stream_line line;

	source->held = NULL;
	source->held_len = source->held_size = 0;
	source->shared->held -= len;
	for (size_t at = 0; held_next(held, len, &at, &line);)
		source_write(source, &line);
	free(held);
}

static void source_attach(struct source *source, enum source_binding binding, struct logfile *log)
{
	source_release(source);
	source->log = log;
	source->binding = binding;
	if (binding != SOURCE_BOUND)
		logfile_set_direct(log);
	source->began = logfile_size(log);
	source->written = 0;
	if (logfile_session(log)[0])
		logfile_filter(log, source->shared->now);
}

/* --- deciding --------------------------------------------------------------------------------------- */

struct taking_back {
	struct source *source;
	uint64_t lines;
};

static void source_take_line(void *arg, const char *text, size_t len)
{
	struct taking_back *back = arg;
	struct stream_line line = {.text = text,
	    .len = len,
	    .usec = netconsole_line_usec(text, len),
	    .prio = STREAM_NO_PRIO,
	    .mark = len > 11 && memcmp(text, "[lastwords:", 11) == 0};

	back->lines += !line.mark;
	source_move_line(back->source, &line);
}

/* Moves the lines of a GUESSED or UNASSIGNED source, which were the last written to old, to its log. */
static void source_take_back(struct source *source, struct logfile *old, int64_t began)
{
	struct taking_back back = {.source = source};
	struct meta *from = logfile_meta(old), *to = logfile_meta(source->log);

	if (logfile_take_back(old, began, source->shared->now, source_take_line, &back))
		return;
	from->counts.lines -= back.lines < from->counts.lines ? back.lines : from->counts.lines;
	if (began > 0)
		return; /* which of the other counts are the source's is unknown */
	to->counts.packets += from->counts.packets;
	to->counts.bytes += from->counts.bytes;
	to->counts.lost += from->counts.lost;
	to->counts.truncated += from->counts.truncated;
	to->counts.late += from->counts.late;
	to->counts.duplicates += from->counts.duplicates;
	memset(&from->counts, 0, sizeof(from->counts));
}

/* From now on, and back to where this kernel began, the lines are the session's. */
static void source_bind(struct source *source, const char *id)
{
	struct source_shared *shared = source->shared;
	struct logfile *old = source->log, *log;
	int64_t began = source->began;
	int alone;

	if (source_is_of(source, id)) {
		if (source->binding == SOURCE_BOUND)
			return;
		source->binding = SOURCE_BOUND;
	} else {
		if (!newcomers_may_begin(&shared->newcomers, shared->state, id, shared->utc))
			return;
		log = logfile_get(shared->logs, id, "netconsole");
		if (!log)
			return;
		/* Only where nothing else was written after the source's lines can they be cut off. */
		alone = old && source->binding != SOURCE_BOUND && !source_shares(source, old) &&
			logfile_size(old) == began + (int64_t)source->written;
		if (old)
			logfile_hold(old);
		source_attach(source, SOURCE_BOUND, log);
		if (alone)
			source_take_back(source, old, began);
		if (old)
			logfile_put(old);
		source_unhold(source);
	}
	source->previous[0] = '\0';
	if (session_id_is_probe(id))
		return; /* the doctor's, which sends from a new port each time */
	if (logfiles_disk(shared->logs) == LOGFILES_ROOM ||
	    known_session(shared->state, id, shared->utc))
		binding_remember(shared->state, source->name, id);
	/* (a stranger's lines could come from ever new ports, or name two sessions in turn) */
	if (logfile_meta(source->log)->bound++ < SOURCE_BOUND_EVENTS)
		shared->env.event(shared->env.arg, "bound", id, "stream", source->name);
}

/* 1 if a held line, with a time other than 0, is in the log of the session before: then the same kernel
 * sends its log again. */
static int source_is_replay(struct source *source)
{
	struct stream_line line;
	struct logfile *log;
	int known = 0;

	if (!source->previous[0])
		return 0;
	log = logfile_get(source->shared->logs, source->previous, "netconsole");
	if (!log)
		return 0;
	for (size_t at = 0; !known && held_next(source->held, source->held_len, &at, &line);)
		known = line.usec != NETCONSOLE_NO_TIME && line.usec > 0 &&
			logfile_has(log, line.text, line.len);
	logfile_put(log);
	return known;
}

/* 1 if there may be one more log of an unassigned stream; it is counted then. */
static int source_may_have_file(struct source_shared *shared)
{
	/* Old ones may have been removed. While the disk is full, new ones are not on it yet. */
	if (shared->unassigned_files >= shared->unassigned_max &&
	    logfiles_disk(shared->logs) == LOGFILES_ROOM &&
	    shared->now - shared->counted_at >= SOURCE_COUNT_MS) {
		shared->unassigned_files = binding_count_unassigned(shared->state);
		shared->counted_at = shared->now;
	}
	if (shared->unassigned_files >= shared->unassigned_max)
		return 0;
	if (++shared->unassigned_files == shared->unassigned_max)
		shared->counted_at = shared->now;
	return 1;
}

/* The log of an unassigned stream. NULL when out of memory. */
static struct logfile *source_own_log(struct source *source)
{
	struct source_shared *shared = source->shared;
	int own =
	    binding_has_unassigned(shared->state, source->name) || source_may_have_file(shared);
	struct logfile *log = logfile_get(shared->logs, "", own ? source->name : "other");

	if (log)
		logfile_meta(log)->died = 0; /* that was another kernel */
	return log;
}

/* No id was seen: the next best log for what is held. Out of memory, nothing changes: it is tried again. */
static void source_decide(struct source *source)
{
	struct source_shared *shared = source->shared;
	enum source_binding binding = SOURCE_UNASSIGNED;
	char id[SESSION_ID_MAX + 1];
	struct logfile *log = NULL;

	if (source_is_replay(source)) {
		binding = SOURCE_BOUND;
		log = logfile_get(shared->logs, source->previous, "netconsole");
	} else if (source->usec != NETCONSOLE_NO_TIME &&
		   shared->env.guess(shared->env.arg, source->address,
		       shared->utc - (int64_t)(source->usec / 1000), id)) {
		binding = SOURCE_GUESSED;
		log = logfile_get(shared->logs, id, "netconsole");
	}
	if (!log) {
		binding = SOURCE_UNASSIGNED;
		log = source_own_log(source);
	}
	if (!log)
		return;
	source_attach(source, binding, log);
	source_unhold(source);
}

/* 0, or -1: out of memory. */
static int source_grow_held(struct source *source, size_t need)
{
	size_t size = source->held_size ? source->held_size : 1024;
	char *bigger;

	if (need <= source->held_size)
		return 0;
	while (size < need)
		size *= 2;
	bigger = realloc(source->held, size);
	if (!bigger)
		return -1;
	source->held = bigger;
	source->held_size = size;
	return 0;
}

static void source_hold(struct source *source, const struct stream_line *line)
{
	struct held_line head = {
	    .usec = line->usec, .len = (uint32_t)line->len, .mark = line->mark, .prio = line->prio};
	size_t need = source->held_len + sizeof(head) + line->len;

	if (source_grow_held(source, need)) {
		source_decide(source);
		if (source->log)
			source_write(source, line);
		return;
	}
	if (source->held_len == 0)
		source->held_since = source->shared->now;
	memcpy(source->held + source->held_len, &head, sizeof(head));
	memcpy(source->held + source->held_len + sizeof(head), line->text, line->len);
	source->held_len = need;
	source->shared->held += sizeof(head) + line->len;
	/* A crash is reported at once, with an id or without. */
	if (need > SOURCE_HOLD_MAX || source->shared->held > SOURCE_HOLD_ALL ||
	    (!line->mark && report_is_death(line->text, line->len)))
		source_decide(source);
}

/* --- the stream's callbacks ------------------------------------------------------------------------- */

/* lastwords-dmesg begins what it sends by UDP with the bare id; no line of a kernel begins so. */
static int source_is_resent(const struct stream_line *line)
{
	static const char name[] = "lastwords.session=";

	return line->len >= sizeof(name) - 1 && memcmp(line->text, name, sizeof(name) - 1) == 0;
}

/* Marks where the lines of the udp channel begin, in the log and in the journal. */
static void source_mark_resent(struct source *source)
{
	const struct source_env *env = &source->shared->env;
	char text[LOGFILE_NAME_MAX + 80];
	int n = snprintf(text, sizeof(text),
	    "[lastwords: sent by the capture kernel over UDP, from %s]", source->name);
	struct stream_line mark = {.text = text,
	    .len = (size_t)n,
	    .usec = NETCONSOLE_NO_TIME,
	    .prio = STREAM_NO_PRIO,
	    .mark = 1};

	source_write(source, &mark);
	if (logfile_meta(source->log)->bound <= SOURCE_BOUND_EVENTS)
		env->event(env->arg, "resent", logfile_session(source->log), "channel", "udp");
}

/* Each record of a newer kernel names its session; once that is known it is not verified again. 1 if it does. */
static int source_dictionary(struct source *source, const struct stream_line *line)
{
	const char *id = source->log ? logfile_session(source->log) : "";
	struct session session;

	if (source->binding == SOURCE_BOUND && id[0] &&
	    memmem(line->dictionary, line->dictionary_len, id, strlen(id)))
		return 1;
	if (!binding_find_id(
		line->dictionary, line->dictionary_len, source->shared->env.keys, &session))
		return 0;
	source_bind(source, session.id);
	return 1;
}

/*
 * 1 if a bound stream may go to the session that a line's text names. Users of a machine can have the kernel print
 * what they like, as the name of a program that dies: once user programs may run only a later session of the same
 * machine counts, a new boot whose beginning was lost.
 */
static int source_may_move(
    const struct source *source, const struct stream_line *line, const struct session *to)
{
	struct session bound;
	struct err ignored;
	const char *id = source->log ? logfile_session(source->log) : "";

	if (source->binding != SOURCE_BOUND || line->usec < SOURCE_EARLY_USEC ||
	    session_parse(&ignored, id, strlen(id), &bound))
		return 1;
	return memcmp(bound.mac, to->mac, sizeof(bound.mac)) == 0 && to->time_ms >= bound.time_ms;
}

static void source_line(void *arg, const struct stream_line *line)
{
	struct source *source = arg;
	struct session session;
	int named;

	if (line->usec != NETCONSOLE_NO_TIME)
		source->usec = line->usec;
	named = line->dictionary && source_dictionary(source, line);
	if (!line->mark && !named &&
	    binding_find_id(line->text, line->len, source->shared->env.keys, &session) &&
	    source_may_move(source, line, &session)) {
		int known = source->binding == SOURCE_BOUND && source_is_of(source, session.id);

		source_bind(source, session.id);
		if (source_is_resent(line) && source_is_of(source, session.id)) {
			if (!known)
				source_mark_resent(source);
			return;
		}
	}
	if (source->log)
		source_write(source, line);
	else
		source_hold(source, line);
}

static void source_restart(void *arg)
{
	struct source *source = arg;

	if (source->binding == SOURCE_HOLDING) {
		if (source->held_len == 0)
			return;
		source_decide(source);
	}
	if (source->log && logfile_session(source->log)[0])
		snprintf(
		    source->previous, sizeof(source->previous), "%s", logfile_session(source->log));
	source_release(source);
	source->binding = SOURCE_HOLDING;
	source->usec = NETCONSOLE_NO_TIME;
}

static struct stream_sink source_sink(struct source *source)
{
	return (struct stream_sink){.arg = source, .line = source_line, .restart = source_restart};
}

/* --- packets and time ------------------------------------------------------------------------------- */

/* Continues where the collector was before its restart. */
static void source_recall(struct source *source)
{
	struct source_shared *shared = source->shared;
	char id[SESSION_ID_MAX + 1];
	const struct meta *meta;
	struct logfile *log;

	if (!binding_recall(shared->state, source->name, shared->env.keys, id) ||
	    !(log = logfile_get(shared->logs, id, "netconsole")))
		return;
	meta = logfile_meta(log);
	if (strcmp(meta->stream, source->name) != 0) {
		/* It may have been killed between remembering the binding and the event. */
		shared->env.event(shared->env.arg, "bound", id, "stream", source->name);
	} else if (meta->usec != NETCONSOLE_NO_TIME) {
		stream_restore(source->stream, meta->next, meta->usec);
	}
	source_attach(source, SOURCE_BOUND, log);
}

struct source *source_new(
    struct source_shared *shared, const struct in6_addr *address, uint16_t port)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source || !(source->stream = stream_new(&shared->streams))) {
		free(source);
		return NULL;
	}
	source->shared = shared;
	source->usec = NETCONSOLE_NO_TIME;
	binding_address(address, source->address);
	snprintf(source->name, sizeof(source->name), "%s-%u", source->address, port);
	source_recall(source);
	return source;
}

void source_forget(struct source *source)
{
	if (source->binding == SOURCE_BOUND)
		binding_forget(source->shared->state, source->name);
}

void source_free(struct source *source)
{
	struct stream_sink sink = source_sink(source);

	stream_flush(source->stream, &sink);
	if (source->held_len)
		source_decide(source);
	source->shared->held -= source->held_len;
	source_release(source);
	free(source->held);
	stream_free(source->stream);
	free(source);
}

void source_prefetch(const struct source *source, int step)
{
	if (step == 0) {
		prefetch(source, offsetof(struct source, name));
		return;
	}
	stream_prefetch(source->stream, step - 1);
	if (source->log)
		logfile_prefetch(source->log, step - 1);
}

void source_packet(struct source *source, const char *buf, size_t len)
{
	struct stream_sink sink = source_sink(source);

	stream_packet(source->stream, buf, len, source->shared->now, &sink);
	source_update_log(source);
	if (source->crash_to_flush && source->log)
		logfile_flush(source->log, source->shared->now);
	source->crash_to_flush = 0;
}

void source_count_limited(struct source *source)
{
	if (source->log)
		logfile_meta(source->log)->dropped++;
}

enum source_binding source_binding(const struct source *source)
{
	return source->binding;
}

int source_waits(const struct source *source)
{
	return source->held_len > 0 || stream_deadline(source->stream) != INT64_MAX;
}

enum source_work source_tick(struct source *source, int *decisions)
{
	const int64_t now = source->shared->now;
	struct stream_sink sink = source_sink(source);

	if (stream_deadline(source->stream) <= now)
		stream_tick(source->stream, now, &sink);
	if (source->held_len && now - source->held_since >= SOURCE_HOLD_MS) {
		if (*decisions == 0)
			return SOURCE_LATE;
		(*decisions)--;
		source_decide(source);
	}
	source_update_log(source);
	return source_waits(source) ? SOURCE_WAITS : SOURCE_IDLE;
}
