/* SPDX-License-Identifier: MIT */
/* stream: one sender's packets into the kernel's lines; see stream.h. basic.c has the packets without
 * numbers. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/prefetch.h"
#include "basic.h"
#include "reassemble.h"

enum { RECENT = 64, GAPS = 32 };

/* A whole record that waits for those before it. */
struct record {
	TAILQ_ENTRY(record) link;
	int64_t arrived;
	struct netconsole_packet packet; /* its caller and body are in text */
	char text[];
};

TAILQ_HEAD(records, record);

/* Numbers that were given up, and the times of the records before and after them. */
struct gap {
	uint64_t first, last, usec_before, usec_after;
};

struct stream {
	struct stream_counts counts;
	size_t *all; /* bytes that all streams hold */
	uint64_t next; /* the number that is due */
	uint64_t usec; /* newest time given out */
	uint64_t messages; /* one more than the last msgid given out; 0 unknown */
	int64_t heard; /* when the last new record came */
	struct records held; /* by seq, ascending */
	int started; /* 0: the first records still wait for earlier ones */
	int fragmented_count;
	uint32_t recent_count; /* ever */
	uint32_t gap_count; /* ever; gap[] is a ring */
	size_t held_count, held_bytes;
	uint64_t first, first_usec; /* the first record of this kernel that arrived */
	struct stream_basic basic;
	struct reassemble *fragmented[STREAM_FRAGMENTED];
	struct recent {
		uint64_t seq, usec;
		uint32_t missing; /* bytes that had not arrived */
	} recent[RECENT]; /* the last given out, a ring */
	struct gap gap[GAPS];
};

struct stream *stream_new(size_t *all)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->all = all;
	TAILQ_INIT(&stream->held);
	stream_basic_init(&stream->basic);
	return stream;
}

/* Takes it out of its slot; the caller frees it. */
static struct reassemble *stream_take_fragmented(struct stream *stream, int which)
{
	struct reassemble *record = stream->fragmented[which];

	if (!record)
		return NULL;
	stream->fragmented[which] = NULL;
	stream->fragmented_count--;
	*stream->all -= reassemble_size(record->packet.total);
	return record;
}

/* Takes it out of what is held; the caller frees it. */
static void stream_take_held(struct stream *stream, struct record *record)
{
	TAILQ_REMOVE(&stream->held, record, link);
	stream->held_count--;
	stream->held_bytes -= record->packet.body_len;
	*stream->all -= sizeof(*record) + record->packet.body_len;
}

static void stream_forget(struct stream *stream)
{
	struct record *record;

	while ((record = TAILQ_FIRST(&stream->held)) != NULL) {
		stream_take_held(stream, record);
		free(record);
	}
	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		free(stream_take_fragmented(stream, i));
	stream->started = 0;
	stream->recent_count = stream->gap_count = 0;
	stream->usec = stream->messages = 0;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	stream_forget(stream);
	stream_basic_free(&stream->basic);
	free(stream);
}

void stream_prefetch(const struct stream *stream, int step)
{
	if (step == 0)
		prefetch(stream, offsetof(struct stream, fragmented));
	else
		prefetch(&stream->recent[stream->recent_count % RECENT], sizeof(struct recent));
}

struct stream_counts *stream_counts(struct stream *stream)
{
	return &stream->counts;
}

int stream_position(const struct stream *stream, uint64_t *next)
{
	*next = stream->next;
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
	const struct netconsole_packet *packet;
	const char *dictionary;
	size_t dictionary_len;
};

static void stream_give_line(void *arg, const char *text, size_t len)
{
	struct giving *giving = arg;
	const struct stream_line line = {.text = text,
	    .len = len,
	    .usec = giving->packet->usec,
	    .prio = (int)giving->packet->prio,
	    .dictionary = giving->dictionary,
	    .dictionary_len = giving->dictionary_len};

	giving->sink->line(giving->sink->arg, &line);
}

/* Gives out a record that is whole, as far as it will be. */
static void stream_give(
    struct stream *stream, const struct netconsole_packet *packet, const struct stream_sink *sink)
{
	struct giving giving = {.sink = sink, .packet = packet};
	struct netconsole_line line;
	uint64_t msgid;

	giving.dictionary = netconsole_dictionary(packet, &giving.dictionary_len);
	stream->messages = netconsole_msgid(packet, &msgid) ? msgid + 1 : 0;
	netconsole_line_init(&line, stream_give_line, &giving);
	netconsole_render(&line, packet);
	if (stream->gap_count) {
		struct gap *gap = &stream->gap[(stream->gap_count - 1) % GAPS];

		if (gap->usec_after == NETCONSOLE_NO_TIME && packet->seq > gap->last)
			gap->usec_after = packet->usec;
	}
	stream->recent[stream->recent_count++ % RECENT] =
	    (struct recent){.seq = packet->seq, .usec = packet->usec};
	if (packet->usec > stream->usec)
		stream->usec = packet->usec;
}

/* How many of these numbers the kernel never sent: by the messages before and after them. */
static uint64_t stream_unsent(const struct stream *stream, uint64_t first, uint64_t last)
{
	const struct record *after = TAILQ_FIRST(&stream->held);
	uint64_t count = last - first + 1, msgid;

	if (!stream->messages || !after || after->packet.seq != last + 1 ||
	    !netconsole_msgid(&after->packet, &msgid) || msgid < stream->messages ||
	    msgid - stream->messages > count)
		return 0;
	return count - (msgid - stream->messages);
}

static void stream_lost(
    struct stream *stream, uint64_t first, uint64_t last, const struct stream_sink *sink)
{
	struct gap *gap = &stream->gap[stream->gap_count++ % GAPS];
	uint64_t count = last - first + 1, unsent = stream_unsent(stream, first, last);
	char mark[192];
	int n;

	gap->first = first;
	gap->last = last;
	gap->usec_before = stream->usec;
	gap->usec_after = NETCONSOLE_NO_TIME; /* not known yet */
	stream->counts.lost += count - unsent;
	stream->counts.unsent += unsent;
	if (count == 1)
		n = snprintf(mark, sizeof(mark), "[lastwords: 1 record lost: seq %llu",
		    (unsigned long long)first);
	else
		n = snprintf(mark, sizeof(mark), "[lastwords: %llu records lost: seq %llu–%llu",
		    (unsigned long long)count, (unsigned long long)first, (unsigned long long)last);
	if (unsent)
		n += snprintf(mark + n, sizeof(mark) - (size_t)n,
		    ", %llu of them never sent by the kernel", (unsigned long long)unsent);
	n += snprintf(mark + n, sizeof(mark) - (size_t)n, "]");
	sink->line(sink->arg, &(struct stream_line){.text = mark,
				  .len = (size_t)n,
				  .usec = NETCONSOLE_NO_TIME,
				  .prio = STREAM_NO_PRIO,
				  .mark = 1});
}

/* The fragmented record with the lowest number in [from, to), or -1. */
static int stream_find_fragmented(const struct stream *stream, uint64_t from, uint64_t to)
{
	int found = -1;

	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		const struct reassemble *record = stream->fragmented[i];

		if (record && record->packet.seq >= from && record->packet.seq < to &&
		    (found < 0 || record->packet.seq < stream->fragmented[found]->packet.seq))
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

/* A record that was counted as lost has arrived. */
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
	struct netconsole_packet packet = record->packet;

	packet.body = body;
	packet.body_len = reassemble_salvage(record, body, sizeof(body));
	stream->counts.truncated++;
	if (stream->started && packet.seq < stream->next)
		stream_fill_gap(stream, packet.seq);
	stream_give(stream, &packet, sink);
	stream->recent[(stream->recent_count - 1) % RECENT].missing =
	    packet.total - record->covered;
	free(record);
}

/* Gives up the numbers before to; incomplete records among them are given out. */
static void stream_skip(struct stream *stream, uint64_t to, const struct stream_sink *sink)
{
	while (stream->next < to) {
		int which = stream_find_fragmented(stream, stream->next, to);
		uint64_t seq = which < 0 ? to : stream->fragmented[which]->packet.seq;

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
		if (stream->fragmented[i] && stream->fragmented[i]->packet.seq == seq)
			free(stream_take_fragmented(stream, i));
}

/* Gives out the held records that are due. */
static void stream_drain(struct stream *stream, const struct stream_sink *sink)
{
	struct record *record;

	while ((record = TAILQ_FIRST(&stream->held)) && record->packet.seq <= stream->next) {
		stream_take_held(stream, record);
		stream_give(stream, &record->packet, sink);
		stream->next = record->packet.seq + 1;
		free(record);
	}
}

/* The first number is the lowest that has arrived. */
static void stream_start(struct stream *stream)
{
	const struct record *held = TAILQ_FIRST(&stream->held);
	int which = stream_find_fragmented(stream, 0, UINT64_MAX);
	const struct netconsole_packet *first = held ? &held->packet : NULL;

	if (which >= 0 && (!first || stream->fragmented[which]->packet.seq < first->seq))
		first = &stream->fragmented[which]->packet;
	if (stream->started || !first)
		return;
	stream->started = 1;
	stream->next = stream->first = first->seq;
	stream->first_usec = first->usec;
}

/* Gives out everything before the number to; what has not arrived is given up. */
static void stream_give_up(struct stream *stream, uint64_t to, const struct stream_sink *sink)
{
	stream_start(stream);
	for (;;) {
		const struct record *held;

		stream_drain(stream, sink);
		if (stream->next >= to)
			return;
		held = TAILQ_FIRST(&stream->held);
		stream_skip(stream, held && held->packet.seq < to ? held->packet.seq : to, sink);
	}
}

/* --- what a record is ----------------------------------------------------------------------------- */

enum verdict { VERDICT_NEW, VERDICT_DUPLICATE, VERDICT_LATE, VERDICT_RESTART };

static int stream_near(uint64_t usec, uint64_t low, uint64_t high)
{
	return usec + STREAM_SLACK_US >= low &&
	       (high > INT64_MAX || usec <= high + STREAM_SLACK_US);
}

static int stream_is_first_line(const struct netconsole_packet *packet)
{
	static const char first[] = "Linux version ";

	return packet->body_len >= sizeof(first) - 1 &&
	       memcmp(packet->body, first, sizeof(first) - 1) == 0;
}

static enum verdict stream_judge_old(
    struct stream *stream, const struct netconsole_packet *packet, int64_t now)
{
	uint32_t count = stream->recent_count < RECENT ? stream->recent_count : RECENT;
	uint64_t seq = packet->seq, usec = packet->usec, oldest = stream->usec;
	struct gap *gap;

	/* However short the last kernel lived, and however similar the two logs begin. */
	if (stream_is_first_line(packet) && now - stream->heard > STREAM_ECHO_MS)
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
	if (stream_is_first_line(packet))
		return VERDICT_RESTART;
	if (seq < stream->first)
		return stream_near(usec, stream->first_usec, stream->first_usec) ? VERDICT_LATE
										 : VERDICT_RESTART;
	return stream_near(usec, oldest, stream->usec) ? VERDICT_DUPLICATE : VERDICT_RESTART;
}

/* The last held record with a lower number, or NULL. From the end: most records arrive in order. */
static struct record *stream_find_before(const struct stream *stream, uint64_t seq)
{
	struct record *held = TAILQ_LAST(&stream->held, records);

	while (held && held->packet.seq >= seq)
		held = TAILQ_PREV(held, records, link);
	return held;
}

static enum verdict stream_judge(
    struct stream *stream, const struct netconsole_packet *packet, int64_t now)
{
	const struct record *before;

	if (!stream->started)
		return VERDICT_NEW;
	if (packet->seq < stream->next)
		return stream_judge_old(stream, packet, now);
	before = stream_find_before(stream, packet->seq);
	return packet->usec + STREAM_SLACK_US < (before ? before->packet.usec : stream->usec)
		   ? VERDICT_RESTART
		   : VERDICT_NEW;
}

/* --- taking in ------------------------------------------------------------------------------------ */

static int stream_is_held(const struct stream *stream, uint64_t seq)
{
	const struct record *held = stream_find_before(stream, seq + 1);

	return held && held->packet.seq == seq;
}

static void stream_hold(struct stream *stream, const struct netconsole_packet *packet, int64_t now)
{
	struct record *before = stream_find_before(stream, packet->seq), *record;

	if (stream_is_held(stream, packet->seq)) {
		stream->counts.duplicates++;
		return;
	}
	record = malloc(sizeof(*record) + packet->caller_len + packet->body_len);
	if (!record)
		return; /* the gap will be counted */
	record->arrived = now;
	record->packet = *packet;
	record->packet.caller = record->text;
	record->packet.body = record->text + packet->caller_len;
	if (packet->caller_len)
		memcpy(record->text, packet->caller, packet->caller_len);
	memcpy(record->text + packet->caller_len, packet->body, packet->body_len);
	if (before)
		TAILQ_INSERT_AFTER(&stream->held, before, record, link);
	else
		TAILQ_INSERT_HEAD(&stream->held, record, link);
	stream->held_count++;
	stream->held_bytes += packet->body_len;
	*stream->all += sizeof(*record) + packet->body_len;
}

/* A whole record that is new. */
static void stream_take(struct stream *stream, const struct netconsole_packet *packet, int64_t now,
    const struct stream_sink *sink)
{
	if (stream->started && packet->seq == stream->next) {
		stream_give(stream, packet, sink);
		stream->next++;
		stream_drain(stream, sink);
		return;
	}
	stream_hold(stream, packet, now);
	while (stream->held_count > STREAM_WINDOW_RECORDS ||
	       stream->held_bytes > STREAM_WINDOW_BYTES ||
	       (stream->held_count && *stream->all > STREAM_ALL_BYTES))
		stream_give_up(stream, TAILQ_FIRST(&stream->held)->packet.seq, sink);
}

static int stream_free_slot(struct stream *stream, const struct stream_sink *sink)
{
	int oldest = 0;

	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		if (!stream->fragmented[i])
			return i;
		if (stream->fragmented[i]->packet.seq < stream->fragmented[oldest]->packet.seq)
			oldest = i;
	}
	stream_give_up(stream, stream->fragmented[oldest]->packet.seq + 1, sink);
	if (stream->fragmented[oldest]) /* it was behind the sequence */
		stream_salvage(stream, oldest, sink);
	return oldest;
}

/* Adds a fragment. 1 if its record is whole now; *which is its slot. */
static int stream_fragment(struct stream *stream, const struct netconsole_packet *packet,
    int64_t now, const struct stream_sink *sink, int *which)
{
	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		struct reassemble *record = stream->fragmented[i];
		int added;

		if (!record || record->packet.seq != packet->seq)
			continue;
		added = reassemble_add(record, packet);
		if (added < 0) { /* two records with one number: the newer one counts */
			free(stream_take_fragmented(stream, i));
			continue;
		}
		stream->counts.duplicates += added == 0;
		*which = i;
		return reassemble_whole(record);
	}
	if (stream_is_held(stream, packet->seq)) {
		stream->counts.duplicates++;
		return 0;
	}
	*which = stream_free_slot(stream, sink);
	/* What is dropped here is counted with the gap. */
	if (*stream->all + reassemble_size(packet->total) > STREAM_ALL_BYTES ||
	    !(stream->fragmented[*which] = reassemble_new(packet, now)))
		return 0;
	stream->fragmented_count++;
	*stream->all += reassemble_size(packet->total);
	return reassemble_whole(stream->fragmented[*which]);
}

/* A duplicate, or a fragment of a record that was given out without it. */
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
	enum verdict verdict = stream_judge(stream, packet, now);
	struct netconsole_packet record = *packet;
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
		record.body = whole->body;
		record.body_len = packet->total;
		/* Making room may have moved the sequence past it. */
		verdict = stream_judge(stream, &record, now);
	} else {
		stream_drop_fragmented(stream, packet->seq);
	}
	if (verdict == VERDICT_LATE) {
		stream_fill_gap(stream, packet->seq);
		stream_give(stream, &record, sink);
	} else if (verdict == VERDICT_NEW) {
		stream_take(stream, &record, now, sink);
	} else {
		stream->counts.duplicates++;
	}
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
	stream_basic_packet(&stream->basic, text, len, now, sink);
}

/* --- packets and time ----------------------------------------------------------------------------- */

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
	const struct record *held = TAILQ_FIRST(&stream->held);
	uint64_t to = 0;
	int due = held && now - held->arrived >= STREAM_WINDOW_MS;

	TAILQ_FOREACH(held, &stream->held, link)
	if (now - held->arrived >= STREAM_WINDOW_MS)
		to = held->packet.seq;
	for (int i = 0; i < STREAM_FRAGMENTED; i++) {
		struct reassemble *record = stream->fragmented[i];

		if (!record || now - record->arrived < STREAM_WINDOW_MS)
			continue;
		if (stream->started && record->packet.seq < stream->next) {
			/* late and never whole: given out as it is, where the log is now */
			stream_salvage(stream, i, sink);
		} else if (record->packet.seq + 1 > to) {
			to = record->packet.seq + 1;
		}
	}
	if (to || due)
		stream_give_up(stream, to, sink);
	if (stream->basic.len && now - stream->basic.since >= STREAM_PARTIAL_MS)
		stream_basic_end(&stream->basic, sink);
}

void stream_flush(struct stream *stream, const struct stream_sink *sink)
{
	const struct record *last = TAILQ_LAST(&stream->held, records);
	uint64_t to = last ? last->packet.seq : 0;

	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		if (stream->fragmented[i] && stream->fragmented[i]->packet.seq + 1 > to)
			to = stream->fragmented[i]->packet.seq + 1;
	if (to || last)
		stream_give_up(stream, to, sink);
	for (int i = 0; i < STREAM_FRAGMENTED; i++)
		if (stream->fragmented[i])
			stream_salvage(stream, i, sink);
	stream_basic_end(&stream->basic, sink);
}

int64_t stream_deadline(const struct stream *stream)
{
	int64_t oldest = INT64_MAX, deadline;
	const struct record *held;

	TAILQ_FOREACH(held, &stream->held, link)
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
