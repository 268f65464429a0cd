/* SPDX-License-Identifier: MIT */
/*
 * title: chooses the report, reads it, and names it; see title.h for the rules. Two passes over
 * the text, each linear: one finds where the report begins, the other reads it. Parses no line itself
 * (title_line.c, title_frames.c) and knows no report (title_report.c) and no function (title_skip.c).
 */
#include "title.h"

#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "title_frames.h"
#include "title_line.h"
#include "title_report.h"

enum {
	WINDOW_BUG = 60 * 1000000, /* microseconds between a BUG report and the death it caused */
	WINDOW_HANG = 10 * 1000000,
	REPORT_LINES_MAX = 4000, /* a report is never longer */
	SIGNATURE_FRAMES = 2, /* callers of the guilty function that go into the signature */
};

/* --- which report ----------------------------------------------------------------------------------- */

struct place {
	const struct title_opening *opening; /* NULL: none */
	struct title_cursor cursor; /* at the opening line */
	int64_t time_us;
};

static int in_window(const struct place *early, const struct place *late, int64_t window)
{
	if (early->time_us < 0 || late->time_us < 0)
		return 1;
	return late->time_us - early->time_us <= window;
}

/* What a death follows from: itself, or an earlier report. */
static const struct place *choose_cause(const struct place *death, const struct place *first_bug,
    const struct place *last_bug, const struct place *last_warning)
{
	unsigned int flags = death->opening->flags;

	if (flags & OPEN_ASKED)
		return death;
	if (first_bug->opening && in_window(last_bug, death, WINDOW_BUG))
		return first_bug;
	if (flags & OPEN_WARNED && last_warning->opening)
		return last_warning;
	if (flags & OPEN_END && last_bug->opening)
		return last_bug;
	return death;
}

/* The report that counts; opening NULL if there is none. *severity may be more than its own. */
static struct place choose_report(const char *text, size_t len, enum title_severity *severity)
{
	struct title_cursor cursor = {.text = text, .len = len}, before = cursor;
	struct place first_bug = {0}, last_bug = {0}, first_ever = {0};
	struct place last_warning = {0}, first_warning = {0};
	struct title_line line;

	for (; before = cursor, title_line_next(&cursor, &line);) {
		const struct title_opening *opening = title_report_match(line.text, line.len);
		struct place here = {opening, before, line.time_us};

		if (!opening)
			continue;
		if (opening->severity == TITLE_DEATH) {
			*severity = TITLE_DEATH;
			return *choose_cause(&here, &first_bug, &last_bug, &last_warning);
		}
		if (opening->severity == TITLE_BUG) {
			int64_t window = opening->flags & OPEN_HANG ? WINDOW_HANG : WINDOW_BUG;

			if (!first_bug.opening || !in_window(&last_bug, &here, window))
				first_bug = here;
			if (!first_ever.opening)
				first_ever = here;
			last_bug = here;
			continue;
		}
		/* the message in front of a WARNING belongs to it */
		if (!(opening->flags & OPEN_MORE && last_warning.opening &&
			last_warning.opening->flags & OPEN_HINT &&
			line.number - last_warning.cursor.number <= 3))
			last_warning = here;
		if (!first_warning.opening)
			first_warning = here;
	}
	*severity = first_ever.opening      ? TITLE_BUG
		    : first_warning.opening ? TITLE_WARNING
					    : TITLE_NONE;
	return first_ever.opening ? first_ever : first_warning;
}

/* --- reading it ------------------------------------------------------------------------------------- */

struct reader {
	const struct title_opening *opening;
	struct title_frame named; /* the function that the report names itself */
	struct title_frame frames[TITLE_FRAMES_MAX];
	size_t count;
	int has_ip, null_ip, has_lr;
	struct title_frame lr;
	int in_stack, stacks; /* now inside one; how many were seen */
	int wrong_stack; /* frames that follow are not the report's */
	int torn, foreign, ended;
	int last_is_frame, last_whole; /* how the text ended */
	char caller;
	uint32_t caller_id;
};

static void add_frame(struct reader *reader, const struct title_frame *frame)
{
	if (frame->name && reader->count < TITLE_FRAMES_MAX)
		reader->frames[reader->count++] = *frame;
}

static const char *skip_word(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static const char *word_end(const char *p, const char *end)
{
	while (p < end && *p != ' ')
		p++;
	return p;
}

/* "[12.34] CPU: 0 PID: 1 Comm: sh Tainted: G    W   6.1.0-13-amd64 #1 Debian 6.1.55-1" */
static void read_cpu_line(const struct title_line *line, struct title *out)
{
	const char *end = line->text + line->len, *p, *q;

	p = title_seek(line->text, line->len, "CPU: ");
	if (p && out->cpu < 0) {
		int cpu = 0;

		for (p += 5; p < end && *p >= '0' && *p <= '9' && cpu < 100000; p++)
			cpu = cpu * 10 + (*p - '0');
		out->cpu = cpu;
	}
	p = title_seek(line->text, line->len, " PID: ");
	if (p && out->pid < 0) {
		long pid = 0;

		for (p += 6; p < end && *p >= '0' && *p <= '9' && pid < 100000000; p++)
			pid = pid * 10 + (*p - '0');
		out->pid = pid;
	}
	p = title_seek(line->text, line->len, " Comm: ");
	if (!p || out->comm[0])
		return;
	p += 7;
	q = title_seek(p, (size_t)(end - p), " Not tainted");
	if (q) {
		title_copy(out->comm, sizeof(out->comm), p, (size_t)(q - p));
		p = skip_word(q + 12, end);
	} else if ((q = title_seek(p, (size_t)(end - p), " Tainted: "))) {
		title_copy(out->comm, sizeof(out->comm), p, (size_t)(q - p));
		p = q = skip_word(q + 10, end);
		/* flags are capital letters and blanks; the release follows */
		while (p < end && (*p == ' ' || (*p >= 'A' && *p <= 'Z')))
			p++;
		const char *last = p;
		while (last > q && last[-1] == ' ')
			last--;
		title_copy(out->taint, sizeof(out->taint), q, (size_t)(last - q));
	} else {
		q = word_end(p, end);
		title_copy(out->comm, sizeof(out->comm), p, (size_t)(q - p));
		return;
	}
	q = word_end(p, end);
	if (q > p && *p >= '0' && *p <= '9')
		title_copy(out->release, sizeof(out->release), p, (size_t)(q - p));
}

static int starts_new_release(const struct title_line *line, struct title *out)
{
	static const char banner[] = "Linux version ";
	const char *p = line->text + sizeof(banner) - 1, *end = line->text + line->len;

	if (!title_starts(line->text, line->len, banner))
		return 0;
	title_copy(out->release, sizeof(out->release), p, (size_t)(word_end(p, end) - p));
	return 1;
}

/* The function that the opening line, or lockdep's "at:" line, names. */
static void read_named(struct reader *reader, const struct title_line *line, int first)
{
	const struct title_opening *opening = reader->opening;
	const char *end = line->text + line->len, *p;
	struct title_frame frame;

	if (reader->named.name)
		return;
	if (first && opening->rule == RULE_LINE) {
		p = title_seek(line->text, line->len, " in ");
		if (title_frame_seek(line->text, line->len, &frame)) {
			reader->named = frame;
		} else if (p) {
			reader->named.name = p + 4;
			reader->named.len = (size_t)(word_end(p + 4, end) - p - 4);
		}
	} else if (first && opening->rule == RULE_AFTER) {
		p = title_seek(line->text, line->len, " in: ");
		if (!p)
			p = title_seek(line->text, line->len, " in ");
		if (!p)
			return;
		p += p[3] == ':' ? 5 : 4;
		reader->named.name = p;
		while (p < end && *p != ' ' && *p != '+' && *p != '/')
			p++;
		reader->named.len = (size_t)(p - reader->named.name);
		/* an address is no name */
		if (!reader->named.len || *reader->named.name == '0' || *reader->named.name == '[')
			reader->named.name = NULL;
	} else if (!first && opening->rule == RULE_LOCK) {
		p = title_seek(line->text, line->len, "at: ");
		if (p && title_frame_seek(p, (size_t)(end - p), &frame))
			reader->named = frame;
		else if (!reader->stacks &&
			 title_frame_parse(line->text, line->len, &frame) == LINE_FRAME &&
			 frame.name)
			reader->named = frame;
	} else if (!first && opening->rule == RULE_LAST) {
		p = title_seek(line->text, line->len, "last function: ");
		if (p) {
			reader->named.name = p + 15;
			reader->named.len = (size_t)(word_end(p + 15, end) - p - 15);
		}
	}
}

static void read_stack_line(struct reader *reader, const struct title_line *line)
{
	struct title_frame frame;
	enum title_line_kind kind = title_frame_parse(line->text, line->len, &frame);

	reader->last_is_frame = 0;
	switch (kind) {
	case LINE_STACK:
		if (!reader->count || reader->opening->rule == RULE_STALL || !reader->stacks) {
			reader->stacks++;
			reader->in_stack = 1;
			reader->wrong_stack = 0;
		}
		break;
	case LINE_WRONG_STACK:
		reader->in_stack = 0;
		reader->wrong_stack = 1;
		break;
	case LINE_IP:
		if (reader->in_stack && reader->count) {
			add_frame(reader, &frame);
		} else if (!reader->has_ip && !reader->stacks) {
			reader->has_ip = 1;
			reader->null_ip = !frame.name;
			add_frame(reader, &frame);
		}
		break;
	case LINE_LR:
		if (!reader->has_lr) {
			reader->has_lr = 1;
			reader->lr = frame;
			if (reader->null_ip && !reader->count)
				add_frame(reader, &frame);
		}
		break;
	case LINE_FRAME:
		reader->last_is_frame = reader->in_stack;
		if (reader->in_stack)
			add_frame(reader, &frame);
		break;
	case LINE_TORN:
		reader->torn |= reader->in_stack;
		break;
	case LINE_REGISTERS:
		break;
	case LINE_OTHER:
		reader->in_stack = 0;
		break;
	}
}

static int is_end(const struct title_line *line)
{
	return title_starts(line->text, line->len, "---[ end ") ||
	       title_starts(line->text, line->len, "Rebooting in ");
}

/* Have we seen all that names this report? */
static int is_complete(const struct reader *reader)
{
	return reader->stacks && !reader->in_stack && reader->count;
}

/* Reads the report that begins at place; fills reader and the facts in out. */
static void read_report(const struct place *place, struct reader *reader, struct title *out)
{
	struct title_cursor cursor = place->cursor;
	struct title_line line;
	int complete = 0;

	reader->opening = place->opening;
	for (size_t i = 0; i < REPORT_LINES_MAX && title_line_next(&cursor, &line); i++) {
		const struct title_opening *other = NULL;

		if (i == 0) {
			reader->caller = line.caller;
			reader->caller_id = line.caller_id;
			out->line = line.number;
			out->time_us = line.time_us;
			read_named(reader, &line, 1);
			read_stack_line(reader, &line);
			continue;
		}
		if (reader->caller && line.caller && reader->opening->rule != RULE_STALL &&
		    (line.caller != reader->caller || line.caller_id != reader->caller_id))
			continue;
		reader->last_whole = line.whole;
		other = title_report_match(line.text, line.len);
		if (other && !(other->flags & OPEN_MORE)) {
			if (!complete && other->severity >= reader->opening->severity &&
			    !(reader->opening->flags & (OPEN_HINT | OPEN_BARE | OPEN_ASKED)))
				reader->foreign = 1;
			if (!(reader->opening->flags & OPEN_HINT))
				break;
		}
		if (title_seek(line.text, line.len, " Comm: ") && !complete)
			read_cpu_line(&line, out);
		if (title_starts(line.text, line.len, "Hardware name: ") && !out->hardware[0])
			title_copy(
			    out->hardware, sizeof(out->hardware), line.text + 15, line.len - 15);
		read_named(reader, &line, 0);
		if (!complete)
			read_stack_line(reader, &line);
		if (is_complete(reader) && reader->opening->rule != RULE_STALL)
			complete = 1;
		if (is_end(&line) || complete) {
			reader->ended = 1;
			break;
		}
	}
}

/* --- the guilty frame ------------------------------------------------------------------------------- */

struct choice {
	char function[128];
	char callers[SIGNATURE_FRAMES][128];
	size_t caller_count;
	size_t index; /* into frames; TITLE_FRAMES_MAX: not from a frame */
};

static int usable(const struct title_frame *frame, char name[128], enum title_skip *why)
{
	if (frame->unreliable || !frame->name)
		return 0;
	title_frame_name(frame->name, frame->len, name);
	*why = title_skip_why(name);
	return 1;
}

/* From the inside out: the first that is not left out; failing that, the first that is neither reporting
 * nor entry. A dispatcher or an idle loop is as good as any other here. */
static void choose_inner(const struct reader *reader, struct choice *choice)
{
	char name[128];
	enum title_skip why;

	for (int pass = 0; pass < 2 && !choice->function[0]; pass++) {
		for (size_t i = 0; i < reader->count; i++) {
			if (!usable(&reader->frames[i], name, &why))
				continue;
			if (pass == 0 ? why != SKIP_NOT && why < SKIP_DISPATCH
				      : why == SKIP_REPORTING || why == SKIP_ENTRY)
				continue;
			memcpy(choice->function, name, sizeof(name));
			choice->index = i;
			break;
		}
	}
}

/* From where the sampling interrupt came in, outwards to the first entry point: the frame before it. */
static void choose_stalled(const struct reader *reader, struct choice *choice)
{
	char name[128], best[128] = "", spare[128] = "";
	size_t start = 0, best_at = 0, spare_at = 0;
	enum title_skip why;

	for (size_t i = 0; i < reader->count; i++) {
		if (!usable(&reader->frames[i], name, &why))
			continue;
		if (title_skip_is_interrupt(name) && !best[0]) {
			start = i + 1;
			spare[0] = '\0';
		}
		if (i < start)
			continue;
		if (why == SKIP_NOT) {
			memcpy(best, name, sizeof(best));
			best_at = i;
		} else if ((why == SKIP_ENTRY || why == SKIP_DISPATCH) && best[0]) {
			break;
		} else if (why != SKIP_ENTRY && why != SKIP_REPORTING && why != SKIP_IDLE &&
			   !spare[0]) {
			memcpy(spare, name, sizeof(spare));
			spare_at = i;
		} else if (why == SKIP_IDLE && !best[0]) {
			/* this stack says nothing; a later one may */
			spare[0] = '\0';
		}
	}
	if (best[0]) {
		memcpy(choice->function, best, sizeof(best));
		choice->index = best_at;
	} else if (spare[0]) {
		memcpy(choice->function, spare, sizeof(spare));
		choice->index = spare_at;
	}
}

static void choose_function(const struct reader *reader, struct choice *choice)
{
	choice->index = TITLE_FRAMES_MAX;
	if (reader->opening->rule == RULE_NONE)
		return;
	if (reader->named.name) {
		title_frame_name(reader->named.name, reader->named.len, choice->function);
		if (title_skip_why(choice->function) != SKIP_NOT &&
		    title_skip_why(choice->function) < SKIP_DISPATCH)
			choice->function[0] = '\0';
	}
	if (!choice->function[0] && reader->opening->rule == RULE_STALL)
		choose_stalled(reader, choice);
	else if (!choice->function[0])
		choose_inner(reader, choice);
	if (!choice->function[0] && reader->named.name)
		title_frame_name(reader->named.name, reader->named.len, choice->function);
	/* where the named one stands in the stack, its callers are known too */
	for (size_t i = 0; choice->index == TITLE_FRAMES_MAX && i < reader->count; i++) {
		char name[128];
		enum title_skip why;

		if (usable(&reader->frames[i], name, &why) && !strcmp(name, choice->function)) {
			choice->index = i;
			break;
		}
	}
}

static void choose_callers(const struct reader *reader, struct choice *choice)
{
	const char *last = choice->function;
	char name[128];
	enum title_skip why;

	if (reader->opening->flags & OPEN_HANG || reader->opening->rule == RULE_STALL)
		return;
	for (size_t i = choice->index; i < reader->count && choice->caller_count < SIGNATURE_FRAMES;
	     i++) {
		if (!usable(&reader->frames[i], name, &why) || !strcmp(name, last))
			continue;
		if (why == SKIP_ENTRY && choice->caller_count)
			break;
		if (why != SKIP_NOT && why != SKIP_DISPATCH)
			continue;
		memcpy(choice->callers[choice->caller_count], name, sizeof(name));
		last = choice->callers[choice->caller_count++];
	}
}

/* --- the record ------------------------------------------------------------------------------------- */

/* Class, with the words that follow the pattern: "BUG: KASAN: slab-use-after-free in f" */
static void make_class(
    const struct title_opening *opening, const struct title_line *line, struct title *out)
{
	const char *p, *end = line->text + line->len, *stop;
	size_t n = strlen(opening->class);

	title_copy(out->class, sizeof(out->class), opening->class, n);
	if (!(opening->flags & OPEN_WORDS))
		return;
	p = title_seek(line->text, line->len, opening->pattern);
	if (!p)
		return;
	p += strlen(opening->pattern);
	stop = title_seek(p, (size_t)(end - p), " in ");
	if (!stop)
		stop = title_seek(p, (size_t)(end - p), " on CPU");
	if (!stop)
		stop = end;
	/* "invalid-access read/write" and such keep their words; a comma or bracket ends them */
	for (const char *q = p; q < stop; q++)
		if (*q == ',' || *q == '(' || *q == ':')
			stop = q;
	while (stop > p && stop[-1] == ' ')
		stop--;
	title_copy(out->class + n, sizeof(out->class) - n, p, (size_t)(stop - p));
	for (n = strlen(out->class); n && (out->class[n - 1] == ' ' || out->class[n - 1] == ':');
	     n--)
		out->class[n - 1] = '\0';
}

/* The message without what differs from one boot to the next: numbers, addresses. */
static void make_message(const struct title_line *line, char out[128])
{
	static const char *const heads[] = {
	    "Kernel panic - not syncing: ", "Kernel panic: ", "BUG: "};
	const char *p = line->text, *end = line->text + line->len;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *at = title_seek(p, (size_t)(end - p), heads[i]);

		if (at)
			p = at + strlen(heads[i]);
	}
	while (p < end && n < 120) {
		const char *q = p;

		while (
		    q < end && ((*q >= '0' && *q <= '9') || (*q >= 'a' && *q <= 'f') || *q == 'x'))
			q++;
		int number = 0;
		for (const char *d = p; d < q; d++)
			number |= *d >= '0' && *d <= '9';
		if (number) {
			out[n++] = '#';
			p = q;
		} else {
			out[n++] = (unsigned char)*p < 0x20 ? '?' : *p;
			p++;
		}
	}
	out[n] = '\0';
}

static void feed(struct sha256_ctx *ctx, const char *text)
{
	sha256_update(ctx, strlen(text), (const uint8_t *)text);
	sha256_update(ctx, 1, (const uint8_t *)"\n");
}

static void make_signature(const struct choice *choice, const char *message,
    const struct title_opening *opening, struct title *out)
{
	uint8_t digest[8];
	struct sha256_ctx ctx;
	const char *class = out->class, *slab = strstr(class, "slab-");

	sha256_init(&ctx);
	if (slab) {
		/* "slab-use-after-free" was "use-after-free" before 6.4 */
		sha256_update(&ctx, (size_t)(slab - class), (const uint8_t *)class);
		class = slab + 5;
	}
	feed(&ctx, class);
	feed(&ctx, choice->function);
	for (size_t i = 0; i < choice->caller_count; i++)
		feed(&ctx, choice->callers[i]);
	if (!choice->function[0] && opening->flags & OPEN_TEXT)
		feed(&ctx, message);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out->signature + 2 * i, 3, "%02x", digest[i]);
}

static void make_modules(const struct reader *reader, struct title *out)
{
	size_t n = 0;

	for (size_t i = 0; i < reader->count; i++) {
		const struct title_frame *frame = &reader->frames[i];
		char name[64];

		if (!frame->module || frame->unreliable)
			continue;
		title_copy(name, sizeof(name), frame->module, frame->module_len);
		char *known = strstr(out->modules, name);
		size_t len = strlen(name);
		if (known && (known[len] == '\0' || known[len] == ' ') &&
		    (known == out->modules || known[-1] == ' '))
			continue;
		if (n + len + 2 > sizeof(out->modules))
			break;
		n += (size_t)snprintf(
		    out->modules + n, sizeof(out->modules) - n, "%s%s", n ? " " : "", name);
	}
}

static int is_torn(const struct reader *reader, size_t left)
{
	const struct title_opening *opening = reader->opening;
	enum title_skip why = SKIP_NOT;
	char name[128];

	if (reader->torn || reader->foreign)
		return 1;
	if (opening->rule != RULE_NONE && !(opening->flags & OPEN_BARE) && !reader->stacks &&
	    !(reader->count && reader->ended) && opening->class[0] != 'p')
		return 1;
	if (!reader->last_is_frame || left)
		return 0;
	/* the text ends inside the stack: whole only if that was its outermost frame */
	return !reader->last_whole || !reader->count ||
	       !usable(&reader->frames[reader->count - 1], name, &why) || why != SKIP_ENTRY;
}

static size_t tell_steps(
    const struct reader *reader, const struct choice *choice, struct title_step *steps, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < reader->count && n < max; i++, n++) {
		const struct title_frame *frame = &reader->frames[i];
		char name[128];
		enum title_skip why = SKIP_NOT;

		title_copy(steps[n].function, sizeof(steps[n].function), frame->name, frame->len);
		steps[n].why = "unreliable";
		if (!usable(frame, name, &why))
			continue;
		steps[n].why = title_skip_name(why);
		if (i == choice->index)
			steps[n].why = "guilty";
		for (size_t j = 0; j < choice->caller_count; j++)
			if (i > choice->index && choice->index < TITLE_FRAMES_MAX &&
			    !strcmp(name, choice->callers[j]))
				steps[n].why = "signature";
	}
	return n;
}

size_t title_explain(
    const char *text, size_t len, struct title *out, struct title_step *steps, size_t max)
{
	struct reader reader;
	struct choice choice;
	struct title_line line;
	struct title_cursor cursor;
	struct place place;
	char message[128];

	memset(out, 0, sizeof(*out));
	memset(&reader, 0, sizeof(reader));
	memset(&choice, 0, sizeof(choice));
	out->cpu = -1;
	out->pid = -1;
	out->time_us = -1;
	place = choose_report(text, len, &out->severity);
	if (!place.opening)
		return 0;
	out->offset = place.cursor.pos;
	cursor = (struct title_cursor){.text = text, .len = place.cursor.pos};
	while (title_line_next(&cursor, &line))
		starts_new_release(&line, out);
	read_report(&place, &reader, out);
	cursor = place.cursor;
	title_line_next(&cursor, &line);
	make_class(place.opening, &line, out);
	choose_function(&reader, &choice);
	choose_callers(&reader, &choice);
	memcpy(out->function, choice.function, sizeof(out->function));
	make_message(&line, message);
	if (out->function[0])
		snprintf(out->title, sizeof(out->title), "%s in %s", out->class, out->function);
	else if (place.opening->flags & OPEN_TEXT)
		snprintf(out->title, sizeof(out->title), "%s: %s", out->class, message);
	else
		memcpy(out->title, out->class, sizeof(out->class));
	make_signature(&choice, message, place.opening, out);
	make_modules(&reader, out);
	out->corrupted = is_torn(&reader, !reader.last_is_frame);
	return tell_steps(&reader, &choice, steps, max);
}

int title_find(const char *text, size_t len, struct title *out)
{
	title_explain(text, len, out, NULL, 0);
	return out->severity >= TITLE_BUG;
}

int title_is_death(const char *line, size_t len)
{
	struct title_cursor cursor = {.text = line, .len = len};
	struct title_line parsed;

	while (title_line_next(&cursor, &parsed)) {
		const struct title_opening *opening = title_report_match(parsed.text, parsed.len);

		if (opening && opening->severity == TITLE_DEATH)
			return 1;
	}
	return 0;
}

const char *title_severity_name(enum title_severity severity)
{
	static const char *const names[] = {"", "warning", "bug", "death"};

	return names[severity];
}
