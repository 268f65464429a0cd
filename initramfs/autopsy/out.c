/* SPDX-License-Identifier: MIT */
/* out: one document as text or JSON; see out.h. Writes to memory, reads nothing. */
#include "out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_init(struct out *out, enum out_form form)
{
	memset(out, 0, sizeof(*out));
	out->form = form;
}

void out_free(struct out *out)
{
	free(out->text);
	memset(out, 0, sizeof(*out));
}

static void out_put(struct out *out, const char *text, size_t len)
{
	if (out->cut)
		return;
	if (len > out->room - out->len) {
		size_t room = out->room ? out->room * 2 : 16384;
		char *more;

		while (room < out->len + len)
			room *= 2;
		more = room <= OUT_LIMIT ? realloc(out->text, room) : NULL;
		if (!more) {
			out->cut = 1;
			return;
		}
		out->text = more;
		out->room = room;
	}
	memcpy(out->text + out->len, text, len);
	out->len += len;
}

static void out_puts(struct out *out, const char *text)
{
	out_put(out, text, strlen(text));
}

/* By the levels around it; a list's records stand below its name by themselves. */
static void out_indent(struct out *out)
{
	for (size_t i = 0; i < out->depth; i++)
		out_puts(out, out->level[i].kind == OUT_LIST ? "" : "  ");
}

/* A JSON string with its quotes. */
static void out_json_text(struct out *out, const char *text)
{
	out_puts(out, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[8];

		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "%c", c);
		out_puts(out, escape);
	}
	out_puts(out, "\"");
}

/* The same as text: with quotes where it has blanks. */
static void out_plain_text(struct out *out, const char *text)
{
	int quoted = text[0] == '\0' || strpbrk(text, " =\"") != NULL;

	if (quoted)
		out_puts(out, "\"");
	for (; *text; text++) {
		char c = *text == '"' || *text < 0x20 || *text >= 0x7f ? '?' : *text;

		out_put(out, &c, 1);
	}
	if (quoted)
		out_puts(out, "\"");
}

/* JSON: all values so far are whole. A document that is cut ends here. */
static void out_mark(struct out *out)
{
	if (out->cut)
		return;
	out->whole = out->len;
	out->whole_depth = out->depth;
	for (size_t i = 0; i < out->depth; i++)
		out->closing[i] =
		    out->level[i].kind == OUT_SECTION || out->level[i].kind == OUT_RECORD ? '}'
											  : ']';
}

/* What comes before a value or a part: separators, indentation, the key. */
static void out_before(struct out *out, const char *key)
{
	size_t items = out->level[out->depth - 1].items++;

	if (out->form == OUT_JSON) {
		out_mark(out);
		out_puts(out, items ? "," : "");
		if (key) {
			out_json_text(out, key);
			out_puts(out, ":");
		}
		return;
	}
	if (out->line)
		out_puts(out, " ");
	else
		out_indent(out);
	out->line = 1;
	out_puts(out, key ? key : "");
	out_puts(out, "=");
}

static void out_end_line(struct out *out)
{
	if (out->form == OUT_TEXT && out->line)
		out_puts(out, "\n");
	out->line = 0;
}

static void out_push(struct out *out, enum out_kind kind, const char *key)
{
	if (out->depth == OUT_DEPTH)
		abort(); /* a mistake in this program: the calls are the same for every dump */
	out->level[out->depth].kind = kind;
	out->level[out->depth].items = 0;
	out->level[out->depth].key = key;
	out->depth++;
}

void out_section(struct out *out, const char *name)
{
	if (out->form == OUT_JSON) {
		out_mark(out);
		out_puts(out, ",");
		out_json_text(out, name);
		out_puts(out, ":{");
	} else {
		out_puts(out, "\n");
		out_puts(out, name);
		out_puts(out, "\n");
	}
	out->notes = 0;
	out_push(out, OUT_SECTION, NULL);
}

/* Text: the name of a list, before its first record. */
static void out_list_name(struct out *out)
{
	size_t top = out->depth - 1;

	if (out->form == OUT_JSON || out->level[top].kind != OUT_LIST || !out->level[top].key)
		return;
	out_indent(out);
	out_puts(out, out->level[top].key);
	out_puts(out, "\n");
	out->level[top].key = NULL;
}

static void out_open(struct out *out, const char *key, enum out_kind kind, const char *bracket)
{
	if (out->form == OUT_JSON) {
		out_before(out, key);
		out_puts(out, bracket);
	} else if (kind != OUT_RECORD || out->level[out->depth - 1].kind != OUT_RECORD) {
		/* (a record in a record goes on in its line) */
		out_end_line(out);
		out_list_name(out);
		if (kind == OUT_RECORD && out->level[out->depth - 1].kind == OUT_SECTION) {
			out_indent(out);
			out_puts(out, key);
			out_puts(out, ":");
			out->line = 1;
		}
	}
	out_push(out, kind, key);
}

void out_list(struct out *out, const char *key)
{
	out_open(out, key, OUT_LIST, "[");
}

void out_record(struct out *out, const char *key)
{
	out_open(out, key, OUT_RECORD, "{");
}

void out_lines(struct out *out, const char *key)
{
	out_open(out, key, OUT_LINES, "[");
}

static void out_json_notes(struct out *out)
{
	out_before(out, "notes");
	out_puts(out, "[");
	for (size_t i = 0; i < out->notes; i++) {
		out_puts(out, i ? "," : "");
		out_json_text(out, out->note[i]);
	}
	out_puts(out, "]");
}

void out_end(struct out *out)
{
	enum out_kind kind = out->level[out->depth - 1].kind;

	if (out->form == OUT_JSON) {
		if (kind == OUT_SECTION && out->notes)
			out_json_notes(out);
		out_puts(out, kind == OUT_SECTION || kind == OUT_RECORD ? "}" : "]");
	} else if (kind != OUT_RECORD || out->depth < 2 ||
		   out->level[out->depth - 2].kind != OUT_RECORD) {
		out_end_line(out);
	}
	out->depth--;
}

void out_line(struct out *out, const char *text)
{
	if (out->form == OUT_JSON) {
		out_before(out, NULL);
		out_json_text(out, text);
		return;
	}
	out_indent(out);
	for (; *text; text++) {
		char c = *text < 0x20 || *text >= 0x7f ? '?' : *text;

		out_put(out, &c, 1);
	}
	out_puts(out, "\n");
}

static void out_note_text(struct out *out, const char *text)
{
	if (out->form == OUT_TEXT) {
		out_end_line(out);
		out_puts(out, "  ");
		for (const char *p = text; *p; p++) {
			char c = *p < 0x20 || *p >= 0x7f ? '?' : *p;

			out_put(out, &c, 1);
		}
		out_puts(out, "\n");
	} else if (out->notes < OUT_NOTES) {
		snprintf(out->note[out->notes++], OUT_NOTE, "%s", text);
	}
}

void out_note(struct out *out, const char *fmt, ...)
{
	char text[OUT_NOTE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out_note_text(out, text);
}

void out_headline(struct out *out, const char *fmt, ...)
{
	char text[OUT_NOTE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (out->headlines < OUT_HEADLINES)
		memcpy(out->headline[out->headlines++], text, sizeof(text));
	out_note_text(out, text);
}

void out_number(struct out *out, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	out_before(out, key);
	out_puts(out, text);
}

void out_text(struct out *out, const char *key, const char *value)
{
	out_before(out, key);
	if (out->form == OUT_JSON)
		out_json_text(out, value);
	else
		out_plain_text(out, value);
}

void out_seconds(struct out *out, const char *key, int64_t ns)
{
	char text[32];
	uint64_t abs = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	snprintf(text, sizeof(text), "%s%" PRIu64 ".%03u", ns < 0 ? "-" : "", abs / 1000000000,
	    (unsigned)(abs % 1000000000 / 1000000));
	out_before(out, key);
	out_puts(out, text);
}

/* The head and the summary, in a document of their own. */
static void out_head(
    const struct out *body, struct out *head, const char *release, const char *machine)
{
	out_init(head, body->form);
	if (body->form == OUT_JSON) {
		out_puts(head, "{\"release\":");
		out_json_text(head, release);
		out_puts(head, ",\"machine\":");
		out_json_text(head, machine);
		out_puts(head, ",\"summary\":[");
		for (size_t i = 0; i < body->headlines; i++) {
			out_puts(head, i ? "," : "");
			out_json_text(head, body->headline[i]);
		}
		out_puts(head, "]");
		return;
	}
	out_puts(head, "lastwords autopsy of ");
	out_puts(head, release);
	out_puts(head, " ");
	out_puts(head, machine);
	out_puts(head, "\n\nsummary\n");
	out_push(head, OUT_SECTION, NULL);
	for (size_t i = 0; i < body->headlines; i++)
		out_line(head, body->headline[i]);
}

int out_finish(struct out *out, const char *release, const char *machine,
    int (*write)(void *arg, const char *text, size_t len), void *arg)
{
	static const char cut_text[] =
	    "\n  (the output's limit is reached: the rest is left out)\n";
	static const char cut_json[] = ",\"cut\":true}\n";
	struct out head;
	int rc;

	if (out->form == OUT_JSON && out->cut)
		out->len = out->whole;
	out_head(out, &head, release, machine);
	rc = head.cut ? -1 : write(arg, head.text, head.len);
	out_free(&head);
	if (rc == 0 && out->len)
		rc = write(arg, out->text, out->len);
	while (rc == 0 && out->form == OUT_JSON && out->cut && out->whole_depth > 0)
		rc = write(arg, &out->closing[--out->whole_depth], 1);
	if (rc == 0 && out->form == OUT_JSON)
		rc = out->cut ? write(arg, cut_json, sizeof(cut_json) - 1) : write(arg, "}\n", 2);
	if (rc == 0 && out->form == OUT_TEXT && out->cut)
		rc = write(arg, cut_text, sizeof(cut_text) - 1);
	return rc;
}
