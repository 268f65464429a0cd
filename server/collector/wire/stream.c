/* SPDX-License-Identifier: MIT */
/*
 * stream: one sender's packets into the kernel's lines; see stream.h. basic.c has the packets that
 * carry no numbers.
 */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basic.h"
#include "prefetch.h"
#include "reassemble.h"

enum { RECENT = 64, GAPS = 32 };

/* A whole record that waits for those before it. */
struct record {
	struct record *next;
	uint64_t seq, usec;
	int64_t arrived;
	uint8_t caller_len, prio;
	char caller[NETCONSOLE_CALLER_MAX];
	size_t len;
	char body[];
};

/* Numbers that were given up, and the times of their neighbours. */
struct gap {
	uint64_t first, last, usec_before, usec_after;
};

/* What most packets need is together, in front: of ten thousand streams none is in the cache. */
struct stream {
	struct stream_counts counts;
	uint64_t next; /* the number that is due */
	uint64_t usec; /* newest time given out */
	int64_t heard; /* when the last new record came */
	struct record *held, *held_last; /* by seq, ascending */
	int started; /* 0: the first records still wait for one that belongs before them */
	int fragmented_count;
	uint32_t recent_count; /* ever */
	uint32_t gap_count; /* ever; gap[] is a ring */
	int prio_now; /* of the line that is given out */
	size_t held_count, held_bytes;
	uint64_t first, first_usec; /* what this kernel began with, as far as we have heard */
	struct stream_basic basic;
	struct reassemble *fragmented[STREAM_FRAGMENTED];
	struct recent {
		uint64_t seq, usec;
		uint32_t missing; /* bytes of it that had not come */
	} recent[RECENT]; /* given out last, a ring */
	struct gap gap[GAPS];
};

struct stream *stream_new(void)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream)
		stream_basic_init(&stream->basic);
	return stream;
}

/* Takes it out of its place; the caller frees it. */
static struct reassemble *stream_take_fragmented(struct stream *stream, int which)
{
	struct reassemble *record = stream->fragmented[which];

	stream->fragmented[which] = NULL;
	stream->fragmented_count -= record != NULL;
	return record;
}

static void stream_forget(struct stream *stream)
{
	while (stream->held) {
		struct record *record = stream->held;

		stream->held = record->next;
		free(record);
	}
	stream->held_last = NULL;
	stream->held_count = stream->held_bytes = 0;
	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		free(stream_take_fragmented(stream, i));
	stream->started = 0;
	stream->recent_count = stream->gap_count = 0;
	stream->usec = 0;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	stream_forget(stream);
	stream_basic_free(&stream->basic);
	free(stream);
}

void stream_prefetch(const struct stream *stream)
{
	prefetch_lines(stream, offsetof(struct stream, basic) + sizeof(stream->basic.len));
}

void stream_prefetch_more(const struct stream *stream)
{
	prefetch_lines(&stream->recent[stream->recent_count % RECENT], 1);
}

struct stream_counts *stream_counts(struct stream *stream)
{
	return &stream->counts;
}

int stream_prio(const struct stream *stream)
{
	return stream->prio_now;
}

int stream_position(const struct stream *stream, uint64_t *next, uint64_t *usec)
{
	*next = stream->next;
	*usec = stream->usec;
	return stream->started;
}

void stream_restore(struct stream *stream, uint64_t next, uint64_t usec)
{
	stream_basic_restore(&stream->basic, usec);
	if (next == STREAM_NO_NEXT)
		return;
	stream->started = 1;
	stream->next = stream->first = next;
	stream->usec = stream->first_usec = usec;
}

/* --- giving out ----------------------------------------------------------------------------------- */

struct giving {
	const struct stream_sink *sink;
	uint64_t usec;
};

static void stream_give_line(void *arg, const char *text, size_t len)
{
	struct giving *giving = arg;

	giving->sink->line(giving->sink->arg, text, len, giving->usec, 0);
}

static void stream_give(struct stream *stream, uint64_t seq, uint64_t usec, const char *caller,
    size_t caller_len, const char *body, size_t len, const struct stream_sink *sink)
{
	struct giving giving = {.sink = sink, .usec = usec};
	struct netconsole_line line;

	netconsole_line_init(&line, stream_give_line, &giving);
	netconsole_render(&line, usec, caller, caller_len, body, len);
	if (stream->gap_count) {
		struct gap *gap = &stream->gap[(stream->gap_count - 1) % GAPS];

		if (gap->usec_after == NETCONSOLE_NO_TIME && seq > gap->last)
			gap->usec_after = usec;
	}
	stream->recent[stream->recent_count++ % RECENT] = (struct recent){.seq = seq, .usec = usec};
	if (usec > stream->usec)
		stream->usec = usec;
}

static void stream_lost(
    struct stream *stream, uint64_t first, uint64_t last, const struct stream_sink *sink)
{
	struct gap *gap = &stream->gap[stream->gap_count++ % GAPS];
	uint64_t count = last - first + 1;
	char mark[128];
	int n;

	gap->first = first;
	gap->last = last;
	gap->usec_before = stream->usec;
	gap->usec_after = NETCONSOLE_NO_TIME; /* not known yet */
	stream->counts.lost += count;
	if (count == 1)
		n = snprintf(mark, sizeof(mark), "[lastwords: 1 record lost: seq %llu]",
		    (unsigned long long)first);
	else
		n = snprintf(mark, sizeof(mark), "[lastwords: %llu records lost: seq %llu–%llu]",
		    (unsigned long long)count, (unsigned long long)first, (unsigned long long)last);
	sink->line(sink->arg, mark, (size_t)n, NETCONSOLE_NO_TIME, 1);
}

/* The fragmented record with the lowest number in [from, to), or -1. */
static int stream_find_fragmented(const struct stream *stream, uint64_t from, uint64_t to)
{
	int found = -1;

	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		const struct reassemble *record = stream->fragmented[i];

		if (record && record->seq >= from && record->seq < to &&
		    (found < 0 || record->seq < stream->fragmented[found]->seq))
			found = i;
	}
	return found;
}

static struct gap *stream_find_gap(struct stream *stream, uint64_t seq)
{
	uint32_t count = stream->gap_count < GAPS ? stream->gap_count : GAPS;

	for (uint32_t i = 0; i < count; i++)
		if (stream->gap[i].first <= seq && seq <= stream->gap[i].last)
			return &stream->gap[i];
	return NULL;
}

/* A record that was counted as lost came after all. */
static void stream_fill_gap(struct stream *stream, uint64_t seq)
{
	struct gap *gap = stream_find_gap(stream, seq), right;

	stream->counts.late++;
	if (!gap)
		return;
	stream->counts.found++;
	right = *gap;
	right.first = seq + 1;
	if (seq == gap->first) {
		gap->first++; /* may leave first > last: an empty gap */
		return;
	}
	gap->last = seq - 1;
	if (right.first <= right.last)
		stream->gap[stream->gap_count++ % GAPS] = right;
}

static void stream_salvage(struct stream *stream, int which, const struct stream_sink *sink)
{
	struct reassemble *record = stream_take_fragmented(stream, which);
	char body[NETCONSOLE_BODY_MAX + 1024];
	size_t len = reassemble_salvage(record, body, sizeof(body));

	stream->counts.truncated++;
	stream->prio_now = record->prio;
	if (stream->started && record->seq < stream->next)
		stream_fill_gap(stream, record->seq);
	stream_give(
	    stream, record->seq, record->usec, record->caller, record->caller_len, body, len, sink);
	stream->recent[(stream->recent_count - 1) % RECENT].missing =
	    record->total - record->covered;
	free(record);
}

/* Gives up waiting for what is before to. */
static void stream_skip(struct stream *stream, uint64_t to, const struct stream_sink *sink)
{
	while (stream->next < to) {
		int which = stream_find_fragmented(stream, stream->next, to);
		uint64_t seq = which < 0 ? to : stream->fragmented[which]->seq;

		if (seq > stream->next)
			stream_lost(stream, stream->next, seq - 1, sink);
		stream->next = seq;
		if (which >= 0) {
			stream_salvage(stream, which, sink);
			stream->next = seq + 1;
		}
	}
}

static void stream_drop_fragmented(struct stream *stream, uint64_t seq)
{
	for (int i = 0; i < STREAM_FRAGMENTED && stream->fragmented_count; i++)
		if (stream->fragmented[i] && stream->fragmented[i]->seq == seq)
			free(stream_take_fragmented(stream, i));
}

/* Gives out the held records that are due. */
static void stream_drain(struct stream *stream, const struct stream_sink *sink)
{
	while (stream->held && stream->held->seq <= stream->next) {
		struct record *record = stream->held;

		stream->held = record->next;
		if (!stream->held)
			stream->held_last = NULL;
		stream->held_count--;
		stream->held_bytes -= record->len;
		stream->prio_now = record->prio;
		stream_give(stream, record->seq, record->usec, record->caller, record->caller_len,
		    record->body, record->len, sink);
		stream->next = record->seq + 1;
		free(record);
	}
}

static void stream_start(struct stream *stream)
{
	int which = stream_find_fragmented(stream, 0, UINT64_MAX);

	if (stream->started || (!stream->held && which < 0))
		return;
	stream->started = 1;
	stream->next = stream->held ? stream->held->seq : UINT64_MAX;
	stream->first_usec = stream->held ? stream->held->usec : 0;
	if (which >= 0 && stream->fragmented[which]->seq < stream->next) {
		stream->next = stream->fragmented[which]->seq;
		stream->first_usec = stream->fragmented[which]->usec;
	}
	stream->first = stream->next;
}

/* Gives out everything before to, come or not. */
static void stream_give_up(struct stream *stream, uint64_t to, const struct stream_sink *sink)
{
	stream_start(stream);
	for (;;) {
		stream_drain(stream, sink);
		if (stream->next >= to)
			return;
		stream_skip(
		    stream, stream->held && stream->held->seq < to ? stream->held->seq : to, sink);
	}
}

/* --- what a record is ----------------------------------------------------------------------------- */

enum verdict { VERDICT_NEW, VERDICT_DUPLICATE, VERDICT_LATE, VERDICT_RESTART };

static int stream_near(uint64_t usec, uint64_t low, uint64_t high)
{
	return usec + STREAM_SLACK_US >= low &&
	       (high > INT64_MAX || usec <= high + STREAM_SLACK_US);
}

static enum verdict stream_judge_old(
    struct stream *stream, uint64_t seq, uint64_t usec, const char *body, size_t len, int64_t now)
{
	static const char first_line[] = "Linux version ";
	int first =
	    len >= sizeof(first_line) - 1 && memcmp(body, first_line, sizeof(first_line) - 1) == 0;
	uint32_t count = stream->recent_count < RECENT ? stream->recent_count : RECENT;
	uint64_t oldest = stream->usec;
	struct gap *gap;

	/* However short the last kernel lived, and however alike the two begin. */
	if (first && now - stream->heard > STREAM_ECHO_MS)
		return VERDICT_RESTART;
	for (uint32_t i = 0; i < count; i++) {
		if (stream->recent[i].seq == seq)
			return stream->recent[i].usec == usec ? VERDICT_DUPLICATE : VERDICT_RESTART;
		if (stream->recent[i].usec < oldest)
			oldest = stream->recent[i].usec;
	}
	if ((gap = stream_find_gap(stream, seq)) != NULL)
		return stream_near(usec, gap->usec_before, gap->usec_after) ? VERDICT_LATE
									    : VERDICT_RESTART;
	if (first)
		return VERDICT_RESTART;
	if (seq < stream->first)
		return stream_near(usec, stream->first_usec, stream->first_usec) ? VERDICT_LATE
										 : VERDICT_RESTART;
	return stream_near(usec, oldest, stream->usec) ? VERDICT_DUPLICATE : VERDICT_RESTART;
}

static enum verdict stream_judge(
    struct stream *stream, uint64_t seq, uint64_t usec, const char *body, size_t len, int64_t now)
{
	uint64_t before = stream->usec;

	if (!stream->started)
		return VERDICT_NEW;
	if (seq < stream->next)
		return stream_judge_old(stream, seq, usec, body, len, now);
	/* Most records come in order: the newest held is the neighbour. */
	if (stream->held_last && stream->held_last->seq < seq)
		before = stream->held_last->usec;
	else
		for (const struct record *held = stream->held; held && held->seq < seq;
		     held = held->next)
			before = held->usec;
	return usec + STREAM_SLACK_US < before ? VERDICT_RESTART : VERDICT_NEW;
}

/* --- taking in ------------------------------------------------------------------------------------ */

static void stream_hold(struct stream *stream, const struct netconsole_packet *packet,
    const char *body, size_t len, int64_t now)
{
	struct record **at = &stream->held;
	struct record *record;

	if (stream->held_last && stream->held_last->seq < packet->seq)
		at = &stream->held_last->next;
	while (*at && (*at)->seq < packet->seq)
		at = &(*at)->next;
	if (*at && (*at)->seq == packet->seq) {
		stream->counts.duplicates++;
		return;
	}
	record = malloc(sizeof(*record) + len);
	if (!record)
		return; /* the gap will be counted */
	record->seq = packet->seq;
	record->usec = packet->usec;
	record->arrived = now;
	record->caller_len = (uint8_t)packet->caller_len;
	record->prio = (uint8_t)packet->prio;
	memcpy(record->caller, packet->caller ? packet->caller : "", packet->caller_len);
	record->len = len;
	memcpy(record->body, body, len);
	record->next = *at;
	*at = record;
	if (!record->next)
		stream->held_last = record;
	stream->held_count++;
	stream->held_bytes += len;
}

/* A whole record that is new. */
static void stream_record(struct stream *stream, const struct netconsole_packet *packet,
    const char *body, size_t len, int64_t now, const struct stream_sink *sink)
{
	if (stream->started && packet->seq == stream->next) {
		stream->prio_now = (int)packet->prio;
		stream_give(stream, packet->seq, packet->usec, packet->caller, packet->caller_len,
		    body, len, sink);
		stream->next++;
		stream_drain(stream, sink);
		return;
	}
	stream_hold(stream, packet, body, len, now);
	while (
	    stream->held_count > STREAM_WINDOW_RECORDS || stream->held_bytes > STREAM_WINDOW_BYTES)
		stream_give_up(stream, stream->held->seq, sink);
}

static int stream_free_slot(struct stream *stream, const struct stream_sink *sink)
{
	int oldest = 0;

	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		if (!stream->fragmented[i])
			return i;
		if (stream->fragmented[i]->seq < stream->fragmented[oldest]->seq)
			oldest = i;
	}
	stream_give_up(stream, stream->fragmented[oldest]->seq + 1, sink);
	if (stream->fragmented[oldest]) /* it was behind the sequence: nobody waits for it */
		stream_salvage(stream, oldest, sink);
	return oldest;
}

/* Adds a fragment; 1 if its record became whole, *which says where. */
static int stream_fragment(struct stream *stream, const struct netconsole_packet *packet,
    int64_t now, const struct stream_sink *sink, int *which)
{
	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		struct reassemble *record = stream->fragmented[i];
		int added;

		if (!record || record->seq != packet->seq)
			continue;
		added = reassemble_add(record, packet);
		if (added < 0) { /* two records of one number: the newer counts */
			free(stream_take_fragmented(stream, i));
			continue;
		}
		stream->counts.duplicates += added == 0;
		*which = i;
		return reassemble_whole(record);
	}
	for (const struct record *held = stream->held; held; held = held->next) {
		if (held->seq == packet->seq) {
			stream->counts.duplicates++;
			return 0;
		}
	}
	*which = stream_free_slot(stream, sink);
	stream->fragmented[*which] = reassemble_new(packet, now);
	stream->fragmented_count += stream->fragmented[*which] != NULL;
	return stream->fragmented[*which] && reassemble_whole(stream->fragmented[*which]);
}

static void stream_take_late(struct stream *stream, const struct netconsole_packet *packet,
    const char *body, size_t len, const struct stream_sink *sink)
{
	stream_fill_gap(stream, packet->seq);
	stream->prio_now = (int)packet->prio;
	stream_give(
	    stream, packet->seq, packet->usec, packet->caller, packet->caller_len, body, len, sink);
}

/* A piece of a record that was given out without it, or what we had already. */
static void stream_count_old(struct stream *stream, const struct netconsole_packet *packet)
{
	uint32_t count = stream->recent_count < RECENT ? stream->recent_count : RECENT;

	for (uint32_t i = 0; packet->fragment && i < count; i++) {
		struct recent *recent = &stream->recent[i];

		if (recent->seq != packet->seq || recent->missing < packet->body_len)
			continue;
		recent->missing -= (uint32_t)packet->body_len;
		stream->counts.late++;
		return;
	}
	stream->counts.duplicates++;
}

static void stream_extended(struct stream *stream, const struct netconsole_packet *packet,
    int64_t now, const struct stream_sink *sink)
{
	enum verdict verdict =
	    stream_judge(stream, packet->seq, packet->usec, packet->body, packet->body_len, now);
	const char *body = packet->body;
	size_t len = packet->body_len;
	struct reassemble *whole = NULL;

	if (verdict == VERDICT_DUPLICATE) {
		stream_count_old(stream, packet);
		return;
	}
	if (verdict == VERDICT_RESTART) {
		stream_flush(stream, sink);
		stream_forget(stream);
		sink->restart(sink->arg);
		verdict = VERDICT_NEW;
	}
	stream->heard = now;
	if (packet->fragment) {
		int which;

		if (!stream_fragment(stream, packet, now, sink, &which))
			return;
		whole = stream_take_fragmented(stream, which);
		body = whole->body;
		len = whole->total;
		/* Making room may have moved the sequence past it. */
		verdict = stream_judge(stream, packet->seq, packet->usec, body, len, now);
	} else {
		stream_drop_fragmented(stream, packet->seq);
	}
	if (verdict == VERDICT_LATE)
		stream_take_late(stream, packet, body, len, sink);
	else if (verdict == VERDICT_NEW)
		stream_record(stream, packet, body, len, now, sink);
	else
		stream->counts.duplicates++;
	free(whole);
}

/* --- basic format --------------------------------------------------------------------------------- */

static void stream_take_basic(struct stream *stream, const char *text, size_t len, int64_t now,
    const struct stream_sink *sink)
{
	if (stream_basic_is_echo(&stream->basic, text, len, now)) {
		stream->counts.duplicates++;
		return;
	}
	stream->counts.truncated += len == NETCONSOLE_CHUNK;
	stream->prio_now = -1;
	stream_basic_packet(&stream->basic, text, len, now, sink);
}

static void stream_end_basic(struct stream *stream, const struct stream_sink *sink)
{
	if (stream->basic.len == 0)
		return;
	stream->prio_now = -1;
	stream_basic_end(&stream->basic, sink);
}

/* --- the outside ---------------------------------------------------------------------------------- */

void stream_packet(
    struct stream *stream, const char *buf, size_t len, int64_t now, const struct stream_sink *sink)
{
	struct netconsole_packet packet;

	if (len > 0) {
		netconsole_parse(buf, len, &packet);
		if (packet.extended)
			stream_extended(stream, &packet, now, sink);
		else
			stream_take_basic(stream, packet.body, packet.body_len, now, sink);
	}
	/* Last: a packet that is a restart counts for what follows it. */
	stream->counts.packets++;
	stream->counts.bytes += len;
}

void stream_tick(struct stream *stream, int64_t now, const struct stream_sink *sink)
{
	uint64_t to = 0;

	for (const struct record *held = stream->held; held; held = held->next)
		if (now - held->arrived >= STREAM_WINDOW_MS)
			to = held->seq;
	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		struct reassemble *record = stream->fragmented[i];

		if (!record || now - record->arrived < STREAM_WINDOW_MS)
			continue;
		if (stream->started && record->seq < stream->next) {
			/* late and never whole: what there is of it, out of its place */
			stream_salvage(stream, i, sink);
		} else if (record->seq + 1 > to) {
			to = record->seq + 1;
		}
	}
	if (to || (stream->held && now - stream->held->arrived >= STREAM_WINDOW_MS))
		stream_give_up(stream, to, sink);
	if (stream->basic.len && now - stream->basic.since >= STREAM_PARTIAL_MS)
		stream_end_basic(stream, sink);
}

void stream_flush(struct stream *stream, const struct stream_sink *sink)
{
	uint64_t to = stream->held_last ? stream->held_last->seq : 0;

	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		if (stream->fragmented[i] && stream->fragmented[i]->seq + 1 > to)
			to = stream->fragmented[i]->seq + 1;
	if (to || stream->held)
		stream_give_up(stream, to, sink);
	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		if (stream->fragmented[i])
			stream_salvage(stream, i, sink);
	stream_end_basic(stream, sink);
}

int64_t stream_deadline(const struct stream *stream)
{
	int64_t oldest = INT64_MAX, deadline;

	for (const struct record *held = stream->held; held; held = held->next)
		if (held->arrived < oldest)
			oldest = held->arrived;
	for (int i = 0; i < STREAM_FRAGMENTED && stream->fragmented_count; i++)
		if (stream->fragmented[i] && stream->fragmented[i]->arrived < oldest)
			oldest = stream->fragmented[i]->arrived;
	deadline = oldest == INT64_MAX ? INT64_MAX : oldest + STREAM_WINDOW_MS;
	if (stream->basic.len && stream->basic.since + STREAM_PARTIAL_MS < deadline)
		deadline = stream->basic.since + STREAM_PARTIAL_MS;
	return deadline;
}
