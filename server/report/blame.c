/* SPDX-License-Identifier: MIT */
/* blame: the frame that is to blame, and its callers; the rule and its reasons are in report.h. */
#include "reader.h"

#include <string.h>

int report_frame_usable(const struct report_frame *frame, char name[128], enum report_skip *why)
{
	if (frame->unreliable || !frame->name)
		return 0;
	report_frame_name(frame->name, frame->len, name);
	*why = report_skip_why(name);
	return 1;
}

/* What kinds of frames are taken when there is nothing better, in this order: what was left out for being
 * everybody's, then the way into the kernel or thread, then who waits. Reporting is never to blame. */
static int choose_rank(enum report_skip why)
{
	switch (why) {
	case SKIP_NOT:
	case SKIP_DISPATCH:
	case SKIP_IDLE:
		return 0;
	case SKIP_ALLOCATOR:
	case SKIP_LOCK:
	case SKIP_COPY:
	case SKIP_HELPER:
		return 1;
	case SKIP_ENTRY:
		return 2;
	case SKIP_WAIT:
		return 3;
	case SKIP_REPORTING:
		break;
	}
	return -1;
}

/* The innermost frame of the best rank. Frames that are only leftovers on the stack are read when there
 * are no others: kernels without an unwinder mark all frames so. */
static void choose_inner(const struct report_reader *reader, struct report_choice *choice)
{
	int best = 4;

	for (int leftovers = 0; leftovers < 2 && best > 1; leftovers++) {
		for (size_t i = 0; i < reader->count; i++) {
			struct report_frame frame = reader->frames[i];
			char name[128];
			enum report_skip why;
			int rank;

			if (leftovers)
				frame.unreliable = 0;
			if (!report_frame_usable(&frame, name, &why))
				continue;
			rank = choose_rank(why);
			if (rank < 0 || rank >= best)
				continue;
			best = rank;
			memcpy(choice->function, name, sizeof(name));
			choice->index = i;
		}
	}
}

/* A task that waits for a grace period waits for readers of RCU anywhere: whoever called for it is innocent,
 * and so are all its callers; the wait itself is the common name. */
static void choose_grace_period(const struct report_reader *reader, struct report_choice *choice)
{
	char name[128];
	enum report_skip why;

	for (size_t i = 0; i < reader->count; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why))
			continue;
		if (why != SKIP_WAIT && why != SKIP_LOCK)
			return;
		if (!report_skip_is_grace_period(name))
			continue;
		memcpy(choice->function, name, sizeof(name));
		choice->index = i;
		return;
	}
}

/* Where in one stack (frames from..to) the stalled code begins: if the stack starts with the reporting
 * of the sampling interrupt, behind that interrupt's way in. */
static size_t stalled_start(const struct report_reader *reader, size_t from, size_t to)
{
	char name[128];
	enum report_skip why;
	int sampled = 0;

	for (size_t i = from; i < to; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why))
			continue;
		if (why == SKIP_REPORTING)
			sampled = 1;
		else if (!sampled)
			return from;
		if (report_skip_is_interrupt(name))
			return i + 1;
	}
	return from;
}

/* Outwards to the first entry point: the last frame before it; failing that a lock or copy routine,
 * and failing that where the interrupt came upon the CPU, be it an entry point itself.
 * 1 if the frame is good, 0 if it is only better than nothing (or there is none: index is to). */
static int choose_stalled_in(
    const struct report_reader *reader, size_t from, size_t to, size_t *index)
{
	size_t start = stalled_start(reader, from, to), best = to, spare = to, upon = to;
	char name[128];
	enum report_skip why;
	int idle = start == from; /* not sampled: nothing was come upon */

	for (size_t i = start; i < to; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why))
			continue;
		idle |= why == SKIP_IDLE;
		/* it waits for another CPU: whose call that is says nothing of what that one does */
		if (report_skip_is_cross_call(name)) {
			*index = i;
			return 1;
		}
		if (upon == to && !idle && why != SKIP_REPORTING)
			upon = i;
		if (why == SKIP_NOT)
			best = i;
		else if (why == SKIP_IDLE)
			spare = to;
		else if ((why == SKIP_ENTRY || why == SKIP_DISPATCH) && best != to)
			break;
		else if (why != SKIP_ENTRY && why != SKIP_REPORTING && why != SKIP_DISPATCH &&
			 spare == to)
			spare = i;
	}
	*index = best != to ? best : spare != to ? spare : upon;
	return best != to;
}

/* The first stack that says something. */
static void choose_stalled(const struct report_reader *reader, struct report_choice *choice)
{
	size_t from = 0, to, index, taken = reader->count;
	enum report_skip why;

	for (; from < reader->count; from = to) {
		for (to = from;
		     to < reader->count && reader->frames[to].stack == reader->frames[from].stack;
		     to++)
			;
		int good = choose_stalled_in(reader, from, to, &index);

		if (index != to && (good || taken == reader->count))
			taken = index;
		if (good)
			break;
	}
	if (taken == reader->count)
		return;
	choice->index = taken;
	report_frame_usable(&reader->frames[taken], choice->function, &why);
}

static void choose_callers(const struct report_reader *reader, struct report_choice *choice)
{
	const char *last = choice->function;
	char name[128];
	enum report_skip why;

	if (reader->opening->flags & OPEN_HANG || reader->opening->rule == RULE_STALL)
		return;
	for (size_t i = choice->index + 1;
	     i < reader->count && choice->caller_count < REPORT_CALLERS; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why) || !strcmp(name, last))
			continue;
		/* what an interrupt came upon, or who started the thread, is chance */
		if (why == SKIP_ENTRY)
			break;
		if (why != SKIP_NOT && why != SKIP_DISPATCH)
			continue;
		memcpy(choice->callers[choice->caller_count], name, sizeof(name));
		last = choice->callers[choice->caller_count++];
	}
}

/* Whether the function that the report names is to blame. An access that KCSAN names is one of the two that
 * race, be it of a helper. */
static int choose_named_ok(enum report_skip why, enum report_rule rule)
{
	switch (why) {
	case SKIP_REPORTING:
		return 0;
	case SKIP_ALLOCATOR:
	case SKIP_LOCK:
	case SKIP_COPY:
	case SKIP_WAIT:
	case SKIP_HELPER:
		return rule == RULE_AFTER;
	default:
		return 1;
	}
}

void report_blame(const struct report_reader *reader, struct report_choice *choice)
{
	choice->index = REPORT_FRAMES_MAX;
	if (reader->opening->rule == RULE_NONE)
		return;
	if (reader->named.name) {
		report_frame_name(reader->named.name, reader->named.len, choice->function);
		if (!choose_named_ok(report_skip_why(choice->function), reader->opening->rule))
			choice->function[0] = '\0';
	}
	if (!choice->function[0] && reader->opening->rule == RULE_STALL)
		choose_stalled(reader, choice);
	if (!choice->function[0] && reader->opening->flags & OPEN_HANG)
		choose_grace_period(reader, choice);
	if (!choice->function[0])
		choose_inner(reader, choice);
	if (!choice->function[0] && reader->named.name)
		report_frame_name(reader->named.name, reader->named.len, choice->function);
	/* where the named one stands in the stack, its callers are known too */
	for (size_t i = 0; choice->index == REPORT_FRAMES_MAX && i < reader->count; i++) {
		char name[128];
		enum report_skip why;

		if (report_frame_usable(&reader->frames[i], name, &why) &&
		    !strcmp(name, choice->function)) {
			choice->index = i;
			break;
		}
	}
	choose_callers(reader, choice);
}
