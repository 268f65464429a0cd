/* SPDX-License-Identifier: MIT */
/* blame: the function to blame, and its callers; report.h has the rule and its reasons. */
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

int report_names_cause(const struct report *report)
{
	enum report_skip why = report_skip_why(report->function);

	return report->function[0] && why != SKIP_WAIT && why != SKIP_REPORTING;
}

enum { RANKS = 5 };

/* The rank of a frame: the lower, the more it is to blame; -1 for reporting, which never is. A task that waits for
 * a lock in a page fault does nothing else: the fault is a better name than the lock. */
static int choose_rank(const struct report_reader *reader, const char *name, enum report_skip why)
{
	if (reader->opening->flags & OPEN_HANG && report_skip_is_page_fault(name))
		return 1;
	switch (why) {
	case SKIP_NOT:
	case SKIP_DISPATCH:
	case SKIP_IDLE:
		return 0;
	case SKIP_ALLOCATOR:
	case SKIP_LOCK:
	case SKIP_COPY:
	case SKIP_HELPER:
		return 2;
	case SKIP_ENTRY:
		return 3;
	case SKIP_WAIT:
		return 4;
	case SKIP_REPORTING:
		break;
	}
	return -1;
}

/* 1 if frame i is where an interrupt came whose own code died: what it stopped is chance. */
static int is_stopped_at(
    const struct report_reader *reader, const struct report_frame *frame, int best)
{
	char name[128];
	enum report_skip why;

	return best < RANKS && reader->opening->severity == REPORT_DEATH &&
	       reader->opening->rule == RULE_STACK && report_frame_usable(frame, name, &why) &&
	       report_skip_is_interrupt(name) && !report_skip_is_exception(name);
}

/* The innermost frame of the lowest rank. Leftovers are read if the reliable frames have only entries and
 * waits: a kernel without an unwinder marks all frames as leftovers. */
static void choose_inner(const struct report_reader *reader, struct report_choice *choice)
{
	int best = RANKS;

	for (int leftovers = 0; leftovers < 2 && best > 2; leftovers++) {
		for (size_t i = 0; i < reader->count; i++) {
			struct report_frame frame = reader->frames[i];
			char name[128];
			enum report_skip why;
			int rank;

			if (is_stopped_at(reader, &frame, best))
				break;
			if (leftovers)
				frame.unreliable = 0;
			if (!report_frame_usable(&frame, name, &why))
				continue;
			rank = choose_rank(reader, name, why);
			if (rank < 0 || rank >= best)
				continue;
			best = rank;
			memcpy(choice->function, name, sizeof(name));
			choice->index = i;
		}
	}
}

/* A task that waits for a grace period waits for readers of RCU anywhere: no caller is to blame, and the
 * wait itself is the common name. */
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

/* The first frame of the stalled code in one stack (frames from..to): behind the entry of the sampling
 * interrupt, if the stack starts with the reporting of that interrupt. */
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

/* Outwards to the first entry point: the last frame before it; failing that an allocator, lock, copy or
 * helper; failing that the frame that the interrupt stopped, even an entry point.
 * 1 if the frame is to blame, 0 if a better one may be in another stack (index is to: no frame). */
static int choose_stalled_in(
    const struct report_reader *reader, size_t from, size_t to, size_t *index)
{
	size_t start = stalled_start(reader, from, to), best = to, spare = to, stopped = to;
	char name[128];
	enum report_skip why;
	int idle = start == from; /* not sampled by an interrupt: none was stopped */

	for (size_t i = start; i < to; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why))
			continue;
		idle |= why == SKIP_IDLE;
		/* it waits for another CPU: the caller has no part in what that CPU does */
		if (report_skip_is_cross_call(name)) {
			*index = i;
			return 1;
		}
		if (stopped == to && !idle && why != SKIP_REPORTING)
			stopped = i;
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
	*index = best != to ? best : spare != to ? spare : stopped;
	return best != to;
}

/* The first stack with a frame to blame. */
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

/* 1 if a frame of from..to may be to blame. */
static int has_blame(const struct report_reader *reader, size_t from, size_t to)
{
	char name[128];
	enum report_skip why;

	for (size_t i = from; i < to; i++)
		if (report_frame_usable(&reader->frames[i], name, &why) && why == SKIP_NOT)
			return 1;
	return 0;
}

/* The frames of the chain that spent the first stack. Interrupts came on top of it: what they ran is chance. */
static void find_chain(const struct report_reader *reader, size_t *from, size_t *to)
{
	char name[128];
	enum report_skip why;

	*from = *to = 0;
	while (*to < reader->count && reader->frames[*to].stack == reader->frames[0].stack)
		++*to;
	for (size_t i = 0; i < *to; i++)
		if (report_frame_usable(&reader->frames[i], name, &why) &&
		    report_skip_is_interrupt(name) && has_blame(reader, i + 1, *to))
			*from = i + 1;
}

/* The function that calls itself, three times in a row, or else the last frame before the entry points. */
static void choose_chain(const struct report_reader *reader, struct report_choice *choice)
{
	size_t from, to, best = REPORT_FRAMES_MAX;
	char name[128], last[128] = "";
	enum report_skip why;
	int repeats = 0;

	find_chain(reader, &from, &to);
	for (size_t i = from; i < to; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why))
			continue;
		repeats = why == SKIP_NOT && strcmp(name, last) == 0 ? repeats + 1 : 0;
		if (why == SKIP_NOT)
			best = i;
		if (repeats == 2 ||
		    (best != REPORT_FRAMES_MAX && (why == SKIP_ENTRY || why == SKIP_DISPATCH))) {
			report_frame_usable(&reader->frames[best], choice->chain, &why);
			return;
		}
		memcpy(last, name, sizeof(last));
	}
}

static void choose_callers(const struct report_reader *reader, struct report_choice *choice)
{
	const char *last = choice->function;
	char name[128];
	enum report_skip why;

	if (reader->opening->flags & OPEN_HANG || reader->opening->rule == RULE_STALL ||
	    reader->opening->rule == RULE_CHAIN)
		return;
	for (size_t i = choice->index + 1;
	     i < reader->count && choice->caller_count < REPORT_CALLERS; i++) {
		if (!report_frame_usable(&reader->frames[i], name, &why) || !strcmp(name, last))
			continue;
		/* the code that an interrupt stopped, and who started the thread, are chance */
		if (why == SKIP_ENTRY)
			break;
		if (why != SKIP_NOT && why != SKIP_DISPATCH)
			continue;
		memcpy(choice->callers[choice->caller_count], name, sizeof(name));
		last = choice->callers[choice->caller_count++];
	}
}

/* 1 if the function that the report names is to blame. KCSAN names the accesses that race, even if they
 * are in a helper. */
static int is_named_to_blame(enum report_skip why, enum report_rule rule)
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
	case SKIP_ENTRY:
		return rule != RULE_LOCK;
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
		if (!is_named_to_blame(report_skip_why(choice->function), reader->opening->rule))
			choice->function[0] = '\0';
	}
	if (!choice->function[0] && reader->opening->rule == RULE_STALL)
		choose_stalled(reader, choice);
	if (reader->opening->rule == RULE_CHAIN)
		choose_chain(reader, choice);
	if (!choice->function[0] && reader->opening->flags & OPEN_HANG)
		choose_grace_period(reader, choice);
	if (!choice->function[0])
		choose_inner(reader, choice);
	if (!choice->function[0] && reader->named.name)
		report_frame_name(reader->named.name, reader->named.len, choice->function);
	/* if the named function is in the stack, its callers are known */
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
