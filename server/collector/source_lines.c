/* SPDX-License-Identifier: MIT */
/*
 * source_lines: whose lines are whose; see source_lines.h. It must not look at other senders, nor wait for
 * anything: source.c says when.
 */
#include "source_lines.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "report/report.h"

struct held_line {
	uint64_t usec;
	uint32_t len;
	int mark, prio;
};

/* --- a line to its log ------------------------------------------------------------------------------ */

void source_settle(struct sources *sources, struct source *source)
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

/* 1 if the log is that of all the rest of nobody's, not the source's own. */
static int source_shares(const struct source *source, const struct logfile *log)
{
	return !log->session[0] && strcmp(log->name, source->name) != 0;
}

static void source_write(struct sources *sources, struct source *source, const char *text,
    size_t len, uint64_t usec, int mark)
{
	struct logfile *log = source->log;
	int taken;

	if (source_shares(source, log)) { /* it must say who */
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
	if (report_is_death(text, len))
		source_died(sources, source, text, len);
	else if (log->title_due)
		log->title_due = sources->now + SOURCE_QUIET_MS;
}

void source_release(struct sources *sources, struct source *source)
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
	struct db_stream *from = &old->counts, *to = &log->counts;

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
	    !source_shares(source, old) &&
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

/* 1 if nobody's lines may have one log more, which is counted then. Old ones may have been removed; those
 * that are counted again are on the disk by then. */
static int source_take_apart(struct sources *sources)
{
	if (sources->apart_files >= SOURCE_APART_FILES && !sources->logs->full &&
	    sources->now - sources->apart_at >= SOURCE_COUNT_MS) {
		sources->apart_files = binding_count_apart(sources->logs->state);
		sources->apart_at = sources->now;
	}
	if (sources->apart_files >= SOURCE_APART_FILES)
		return 0;
	if (++sources->apart_files == SOURCE_APART_FILES)
		sources->apart_at = sources->now;
	return 1;
}

void source_decide(struct sources *sources, struct source *source)
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
		int own = binding_has_apart(sources->logs->state, source->name) ||
			  source_take_apart(sources);

		binding = SOURCE_APART;
		log = logfile_get(sources->logs, "", own ? source->name : "other");
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
	    (!mark && report_is_death(text, len)))
		source_decide(sources, source);
}

/* --- the second channel -------------------------------------------------------------------------------- */

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

/* Where the lines of the second channel begin, in the log and in the journal. */
static void source_tell_resent(struct sources *sources, struct source *source)
{
	char mark[LOGFILE_NAME_MAX + 80];
	int n = snprintf(mark, sizeof(mark),
	    "[lastwords: sent by the capture kernel over UDP, from %s]", source->name);

	source_write(sources, source, mark, (size_t)n, NETCONSOLE_NO_TIME, 1);
	sources->env.event(sources->env.arg, "resent", source->log->session, "channel", "udp");
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

struct stream_sink source_sink(struct source_call *call)
{
	return (struct stream_sink){.arg = call, .line = source_line, .restart = source_restart};
}

/* --- after a restart of ours -------------------------------------------------------------------------- */

void source_recall(struct sources *sources, struct source *source)
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
