/* SPDX-License-Identifier: MIT */
/*
 * report: chooses the report, reads it, and names it; see report.h for the rules. Two passes over the text,
 * each linear: choose.c finds where the report begins, reader.c reads it. Must parse no line (line.c,
 * frames.c) and have no names of reports (opening.c) or functions (skip.c).
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/hex.h"
#include "reader.h"

#define BASE_62 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The class, with the words that follow the pattern: "BUG: KASAN: slab-use-after-free in f". */
static void make_class(
    const struct report_opening *opening, const struct report_line *line, struct report *out)
{
	static const char *const stops[] = {" in ", " on ", " at ", ",", "(", ":"};
	const char *p, *end = line->text + line->len, *at;
	size_t n = strlen(opening->class);

	report_copy(out->class, sizeof(out->class), opening->class, n);
	if (!(opening->flags & OPEN_WORDS))
		return;
	p = report_seek(line->text, line->len, opening->pattern);
	if (!p)
		return;
	p += strlen(opening->pattern);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		if ((at = report_seek(p, (size_t)(end - p), stops[i])) != NULL)
			end = at;
	while (end > p && end[-1] == ' ')
		end--;
	report_copy(out->class + n, sizeof(out->class) - n, p, (size_t)(end - p));
	for (n = strlen(out->class); n && (out->class[n - 1] == ' ' || out->class[n - 1] == ':');
	     n--)
		out->class[n - 1] = '\0';
}

/* The message with "#" for what differs between boots: numbers, addresses. */
static void make_message(const struct report_line *line, char out[128])
{
	static const char *const heads[] = {
	    "Kernel panic - not syncing: ", "Kernel panic: ", "BUG: "};
	const char *p = line->text, *end = line->text + line->len;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *at = report_seek(p, (size_t)(end - p), heads[i]);

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

/* A name; a Rust name without the crates' disambiguators ("Cs" base-62 "_"), which may differ between
 * builds of the kernel. Source: Rust's v0 symbol mangling (RFC 2603), crate-root. */
static void feed_function(struct sha256_ctx *ctx, const char *name)
{
	char plain[128];
	size_t n = 0;

	if (strncmp(name, "_R", 2) != 0) {
		feed(ctx, name);
		return;
	}
	for (const char *p = name, *end; *p && n < sizeof(plain) - 1; p++) {
		plain[n++] = *p;
		if (p[0] != 'C' || p[1] != 's')
			continue;
		end = p + 2 + strspn(p + 2, BASE_62);
		if (end[0] == '_' && end[1] >= '0' && end[1] <= '9')
			p = end;
	}
	plain[n] = '\0';
	feed(ctx, plain);
}

static void make_signature(const struct report_choice *choice, const char *message,
    const struct report_opening *opening, struct report *out)
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
	feed_function(&ctx, choice->chain[0] ? choice->chain : choice->function);
	for (size_t i = 0; i < choice->caller_count; i++)
		feed_function(&ctx, choice->callers[i]);
	if (!choice->function[0] && opening->flags & OPEN_TEXT)
		feed(&ctx, message);
	sha256_digest(&ctx, sizeof(digest), digest);
	hex_text(digest, sizeof(digest), out->signature);
}

static void make_modules(const struct report_reader *reader, struct report *out)
{
	size_t n = 0;

	for (size_t i = 0; i < reader->count; i++) {
		const struct report_frame *frame = &reader->frames[i];
		char name[64];

		if (!frame->module || frame->unreliable)
			continue;
		report_copy(name, sizeof(name), frame->module, frame->module_len);
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

/* 1 if a part of the report is missing, or another report is in it. */
static int is_torn(const struct report_reader *reader)
{
	const struct report_opening *opening = reader->opening;
	const struct report_frame *last = &reader->frames[reader->count ? reader->count - 1 : 0];
	enum report_skip why;
	char name[128];

	if (reader->torn || reader->foreign)
		return 1;
	/* no stack where there must be one; a panic may be configured without */
	if (opening->rule != RULE_NONE && !(opening->flags & OPEN_BARE) && !reader->stacks &&
	    !(reader->ended && (reader->count || opening->flags & OPEN_TEXT)))
		return 1;
	if (!reader->last_is_frame)
		return 0;
	/* the text ends inside the stack: whole only if the last frame is the outermost */
	if (!reader->last_whole || !reader->count)
		return 1;
	report_frame_name(last->name, last->len, name);
	why = report_skip_why(name);
	return why != SKIP_ENTRY && why != SKIP_IDLE;
}

int report_find(const char *text, size_t len, struct report *out)
{
	struct report_reader reader;
	struct report_choice choice;
	struct report_line line;
	struct report_cursor cursor;
	struct report_place place;
	char message[128];

	memset(out, 0, sizeof(*out));
	memset(&reader, 0, sizeof(reader));
	memset(&choice, 0, sizeof(choice));
	out->cpu = -1;
	out->pid = -1;
	out->time_us = -1;
	place = report_choose(text, len, &out->severity);
	if (!place.opening)
		return 0;
	out->offset = place.cursor.pos;
	cursor = (struct report_cursor){.text = text, .len = place.cursor.pos};
	while (report_line_next(&cursor, &line))
		report_read_release(&line, out);
	report_read(&place, &reader, out);
	cursor = place.cursor;
	report_line_next(&cursor, &line);
	make_class(place.opening, &line, out);
	out->corrupted = is_torn(&reader);
	report_read_callers(&reader);
	report_blame(&reader, &choice);
	report_copy(out->function, sizeof(out->function), choice.function, strlen(choice.function));
	make_message(&line, message);
	if (out->function[0] && choice.chain[0] && strcmp(choice.chain, choice.function) != 0)
		snprintf(out->title, sizeof(out->title), "%s in %.70s, from %.70s", out->class,
		    out->function, choice.chain);
	else if (out->function[0])
		snprintf(out->title, sizeof(out->title), "%s in %s", out->class, out->function);
	else if (place.opening->flags & OPEN_TEXT)
		snprintf(out->title, sizeof(out->title), "%s: %s", out->class, message);
	else
		memcpy(out->title, out->class, sizeof(out->class));
	make_signature(&choice, message, place.opening, out);
	make_modules(&reader, out);
	return out->severity >= REPORT_BUG;
}

int report_is_death(const char *line, size_t len)
{
	struct report_cursor cursor = {.text = line, .len = len};
	struct report_line parsed;

	if (!report_opening_may_be_death(line, len))
		return 0;
	while (report_line_next(&cursor, &parsed)) {
		const struct report_opening *opening =
		    report_opening_match(parsed.text, parsed.len);

		if (opening && opening->severity == REPORT_DEATH &&
		    !(opening->flags & OPEN_IF_DIES))
			return 1;
	}
	return 0;
}

const char *report_severity_name(enum report_severity severity)
{
	static const char *const names[] = {"", "warning", "bug", "death"};

	return names[severity];
}
