/* SPDX-License-Identifier: MIT */
/* reader: reads one report: its frames, the function it names, its facts. Must not decide who is to blame. */
#include "reader.h"

#include <string.h>

enum {
	REPORT_LINES_MAX = 4000, /* the lines of a report that are read */
	PAUSE = 2,
	PAUSE_FIRST = 8, /* lines of others in a stack, before its first frame */
	CUT_LINES = 12, /* from an opening to the death of the task that prints the report */
};

/* The word at p becomes the function's name, unless it is an address. */
static void name_word(struct report_reader *reader, const char *p, const char *end)
{
	size_t n = 0, hex = 0;

	while (p + n < end && p[n] != ' ' && p[n] != '+' && p[n] != '/')
		n++;
	while (hex < n && ((p[hex] >= '0' && p[hex] <= '9') || (p[hex] >= 'a' && p[hex] <= 'f')))
		hex++;
	if (!n || *p == '[' || *p == '(' || (*p >= '0' && *p <= '9') || (hex == n && n >= 8))
		return;
	reader->named.name = p;
	reader->named.len = n;
}

/* The same for the word after mark; 0 if the line does not have it. */
static int name_after(
    struct report_reader *reader, const struct report_line *line, const char *mark)
{
	const char *p = report_seek(line->text, line->len, mark);

	if (p)
		name_word(reader, p + strlen(mark), line->text + line->len);
	return p != NULL;
}

/* "file.c:12:f()", "file.c:12/f()": the first word that has "()" after it. */
static void name_call(struct report_reader *reader, const struct report_line *line)
{
	const char *end = report_seek(line->text, line->len, "()"), *p = end;

	while (p && p > line->text && p[-1] != ':' && p[-1] != '/' && p[-1] != ' ' && p[-1] != '(')
		p--;
	if (p)
		name_word(reader, p, end);
}

/* lockdep: "… at: f+0x1/0x2", or "… at:" and "[<…>] f+0x1/0x2" on the next line. The locks already held,
 * which follow, did not fail. */
static void name_lock(struct report_reader *reader, const struct report_line *line)
{
	const char *end = line->text + line->len, *p;
	struct report_frame frame;

	if (report_starts(line->text, line->len, "but ") ||
	    report_starts(line->text, line->len, "which lock already") ||
	    report_starts(line->text, line->len, "other info") || reader->stacks) {
		reader->named_done = 1;
		return;
	}
	p = report_seek(line->text, line->len, "at: ");
	if (p) {
		if (report_frame_seek(p, (size_t)(end - p), &frame))
			reader->named = frame;
		else
			name_word(reader, p + 4, end);
	} else if (reader->expect_frame) {
		if (report_frame_parse(line->text, line->len, &frame) == LINE_FRAME && frame.name)
			reader->named = frame;
	}
	reader->expect_frame = line->len >= 3 && memcmp(end - 3, "at:", 3) == 0;
	/* an inlined lock wrapper: its caller is on the next line */
	if (reader->named.name) {
		char name[128];

		report_frame_name(reader->named.name, reader->named.len, name);
		if (report_skip_why(name) == SKIP_LOCK)
			reader->named.name = NULL;
	}
}

/* In the stack of another event, which the report prints before its own: its first frame that is not skipped. */
static void name_expected_frame(struct report_reader *reader, const struct report_line *line)
{
	struct report_frame frame;
	char name[128];

	if (!reader->expect_frame)
		return;
	if (report_frame_parse(line->text, line->len, &frame) != LINE_FRAME || !frame.name) {
		reader->expect_frame = 0;
		return;
	}
	report_frame_name(frame.name, frame.len, name);
	if (report_skip_why(name) == SKIP_NOT)
		reader->named = frame;
}

/* lockdep: "... which became HARDIRQ-irq-safe at:" and the stack that took the lock in an interrupt. The
 * report's own stack only shows where the other order was found. */
static void name_irq_lock(struct report_reader *reader, const struct report_line *line)
{
	if (report_seek(line->text, line->len, "which became "))
		reader->expect_frame = report_seek(line->text, line->len, "-safe at:") != NULL;
	else
		name_expected_frame(reader, line);
}

/* page_owner: the stack that allocated the page. The report's own only shows who met its state. */
static void name_page_owner(struct report_reader *reader, const struct report_line *line)
{
	if (report_starts(line->text, line->len, "page last allocated via "))
		reader->expect_frame = 1;
	else
		name_expected_frame(reader, line);
}

/* The function that the opening line, or a later one, names. */
static void read_named(struct report_reader *reader, const struct report_line *line, int first)
{
	struct report_frame frame;

	if (reader->named.name || reader->named_done)
		return;
	switch (reader->opening->rule) {
	case RULE_LINE:
		if (first && report_frame_seek(line->text, line->len, &frame))
			reader->named = frame;
		else if (first)
			name_after(reader, line, " in ");
		break;
	case RULE_CALL:
		if (first)
			name_call(reader, line);
		break;
	case RULE_AFTER:
		if (first && !name_after(reader, line, " in: "))
			name_after(reader, line, " in ");
		break;
	case RULE_LOCK:
		if (!first)
			name_lock(reader, line);
		break;
	case RULE_IRQ_LOCK:
		if (!first)
			name_irq_lock(reader, line);
		break;
	case RULE_PAGE:
		name_page_owner(reader, line);
		break;
	case RULE_LAST:
		name_after(reader, line, "last function: ");
		break;
	case RULE_NONE:
	case RULE_STACK:
	case RULE_STALL:
	case RULE_CHAIN:
		break;
	}
}

static void add_frame(struct report_reader *reader, const struct report_frame *frame, int stack)
{
	const size_t half = REPORT_FRAMES_MAX / 2;

	if (!frame->name)
		return;
	/* of a chain too long the innermost and the outermost half are kept */
	if (reader->count == REPORT_FRAMES_MAX && reader->opening->rule == RULE_CHAIN) {
		memmove(
		    reader->frames + half, reader->frames + half + 1, (half - 1) * sizeof(*frame));
		reader->count--;
	}
	if (reader->count >= REPORT_FRAMES_MAX)
		return;
	reader->frames[reader->count] = *frame;
	reader->frames[reader->count++].stack = stack;
}

/* The first instruction pointer counts, and where inlining is resolved those on the next lines; inside a
 * stack it is where an interrupt came; for stalls each stack has its own. */
static void read_ip(struct report_reader *reader, const struct report_frame *frame)
{
	if (reader->in_stack && reader->count)
		add_frame(reader, frame, reader->stacks);
	else if (reader->opening->rule == RULE_STALL)
		add_frame(reader, frame, reader->stacks + 1);
	else if (!reader->stacks && (!reader->count || reader->ip_open))
		add_frame(reader, frame, 1);
	reader->null_ip |= !frame->name;
}

static void read_stack_line(
    struct report_reader *reader, const struct report_line *line, struct report *out)
{
	struct report_frame frame;
	enum report_line_kind kind = report_frame_parse(line->text, line->len, &frame);

	reader->last_is_frame = 0;
	switch (kind) {
	case LINE_STACK:
		reader->stacks++;
		reader->in_stack = 1;
		reader->pause = 0;
		reader->before = reader->count;
		add_frame(reader, &frame, reader->stacks);
		break;
	case LINE_WRONG_STACK:
		reader->in_stack = 0;
		break;
	case LINE_IP:
		report_read_ip(line, &frame, !reader->stacks, out);
		read_ip(reader, &frame);
		break;
	case LINE_LR:
		if (reader->null_ip && !reader->count)
			add_frame(reader, &frame, 1);
		if (!reader->lr.name)
			reader->lr = frame;
		break;
	case LINE_FRAME:
		if (!reader->stacks && reader->opening->flags & OPEN_DIRECT)
			reader->stacks = reader->in_stack = 1;
		/* arm prints no line above its stacks: "[<…>] (f) from [<…>] (g+0x1/0x2)" */
		if (!reader->in_stack && frame.name &&
		    report_seek(line->text, line->len, ") from [<")) {
			reader->in_stack = 1;
			reader->stacks++;
		}
		if (!reader->in_stack)
			break;
		reader->last_is_frame = 1;
		/* a line of another report was in the stack */
		reader->torn |= reader->pause > 0;
		reader->pause = 0;
		add_frame(reader, &frame, reader->stacks);
		break;
	case LINE_TORN:
		reader->torn |= reader->in_stack;
		break;
	case LINE_REGISTERS:
		if (report_seek(line->text, line->len, "</TASK>"))
			reader->in_stack = 0;
		break;
	case LINE_OTHER:
		if (!line->len || report_starts(line->text, line->len, "Modules linked in") ||
		    report_starts(line->text, line->len, "==") ||
		    (reader->in_stack &&
			++reader->pause > (reader->count > reader->before ? PAUSE : PAUSE_FIRST)))
			reader->in_stack = 0;
		break;
	}
	reader->ip_open = kind == LINE_IP;
}

static int is_end(const struct report_line *line)
{
	return report_starts(line->text, line->len, "---[ end ") ||
	       report_starts(line->text, line->len, "Rebooting in ") ||
	       report_starts(line->text, line->len, "Kernel Offset: ");
}

/* 1 if the stack was read to its end. */
static int is_complete(const struct report_reader *reader)
{
	return reader->stacks && !reader->in_stack && reader->count;
}

/* The same where another report follows: 1 if the outermost frame was there. */
static int is_complete_stack(const struct report_reader *reader)
{
	const struct report_frame *last = &reader->frames[reader->count ? reader->count - 1 : 0];
	char name[128];

	report_frame_name(last->name, last->len, name);
	return !reader->in_stack || reader->pause || report_skip_why(name) == SKIP_ENTRY;
}

/* 1 if the report's own task died while it printed it: its stack is in the report of that. */
static int died_reporting(
    const struct report_reader *reader, const struct report_opening *other, size_t line)
{
	return reader->caller && !reader->count && other && other->severity == REPORT_DEATH &&
	       reader->opening->severity == REPORT_BUG && line <= CUT_LINES;
}

/* 1 if other opens another report; sets foreign if ours is not complete. */
static int is_other(struct report_reader *reader, const struct report_opening *other)
{
	const struct report_opening *opening = reader->opening;

	if (!other || other->flags & OPEN_MORE || strcmp(other->class, opening->class) == 0)
		return 0;
	if (opening->rule != RULE_NONE && !(opening->flags & OPEN_BARE) &&
	    !is_complete_stack(reader))
		reader->foreign = 1;
	return 1;
}

void report_read(const struct report_place *place, struct report_reader *reader, struct report *out)
{
	struct report_cursor cursor = place->cursor;
	const struct report_opening *opening;
	struct report_line line;

	reader->opening = place->opening;
	if (!report_line_next(&cursor, &line))
		return;
	reader->caller = line.caller;
	reader->caller_id = line.caller_id;
	reader->last_whole = line.whole;
	out->line = line.number;
	out->time_us = line.time_us;
	report_read_opening_facts(&line, out);
	read_named(reader, &line, 1);
	for (size_t i = 1; i < REPORT_LINES_MAX && report_line_next(&cursor, &line); i++) {
		if (reader->caller && line.caller && reader->opening->rule != RULE_STALL &&
		    (line.caller != reader->caller || line.caller_id != reader->caller_id))
			continue;
		reader->last_whole = line.whole;
		opening = report_opening_match(line.text, line.len);
		if (died_reporting(reader, opening, i)) {
			reader->foreign = 1;
		} else if (is_other(reader, opening)) {
			reader->last_is_frame = 0;
			return;
		}
		/* the stack announced before it does not come */
		if (opening && reader->count == reader->before)
			reader->in_stack = 0;
		report_read_facts(&line, out);
		if (!reader->stacks && !reader->work.name)
			report_frame_work(line.text, line.len, &reader->work);
		read_named(reader, &line, 0);
		read_stack_line(reader, &line, out);
		if (!line.whole && cursor.pos < cursor.len)
			reader->torn |= reader->in_stack && line.len;
		reader->ended = is_end(&line);
		if (reader->ended || (is_complete(reader) && reader->opening->rule != RULE_STALL)) {
			reader->ended = 1;
			return;
		}
	}
}

void report_read_callers(struct report_reader *reader)
{
	int stalls = reader->opening->rule == RULE_STALL;
	enum report_skip why = SKIP_NOT;
	char name[128];

	if (!reader->stacks && reader->count)
		report_frame_usable(&reader->frames[0], name, &why);
	if (why != SKIP_NOT)
		add_frame(reader, &reader->lr, 1);
	/* of several stacks the worker's is unknown */
	if (!stalls || reader->stacks <= 1)
		add_frame(reader, &reader->work, reader->stacks ? reader->stacks : 1);
}
