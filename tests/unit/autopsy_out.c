/* SPDX-License-Identifier: MIT */
/* autopsy_out: one document as text and as JSON: escapes, lists, records in records, the limit. */
#include "autopsy/out.h"

#include <stdlib.h>

#include "tap.h"

static struct out out;
static char *text;
static size_t text_len;

static int take(void *arg, const char *more, size_t len)
{
	(void)arg;
	text = realloc(text, text_len + len + 1);
	if (!text)
		exit(1);
	memcpy(text + text_len, more, len);
	text_len += len;
	text[text_len] = '\0';
	return 0;
}

static int refuse(void *arg, const char *more, size_t len)
{
	(void)arg;
	(void)more;
	(void)len;
	return -1;
}

static const char *finish(void)
{
	text_len = 0;
	free(text);
	text = NULL;
	out_finish(&out, "6.1.0", "x86_64", take, NULL);
	out_free(&out);
	return text ? text : "";
}

/* Whether it is one JSON object: brackets in pairs, strings closed, nothing behind it. */
static int is_json(const char *at)
{
	char open[32];
	size_t depth = 0;

	if (*at != '{')
		return 0;
	do {
		if (*at == '"') {
			for (at++; *at && *at != '"'; at++)
				at += *at == '\\' && at[1] != '\0';
			if (*at != '"')
				return 0;
		} else if (*at == '{' || *at == '[') {
			if (depth == sizeof(open))
				return 0;
			open[depth++] = *at;
		} else if (*at == '}' || *at == ']') {
			if (depth == 0 || open[--depth] != (*at == '}' ? '{' : '['))
				return 0;
		} else if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f) {
			return 0;
		}
		if (*at == ',' && (at[1] == '}' || at[1] == ']' || at[1] == ','))
			return 0;
		at++;
	} while (*at && depth);
	return depth == 0 && strcmp(at, "\n") == 0;
}

static void example(enum out_form form)
{
	out_init(&out, form);
	out_section(&out, "tasks");
	out_number(&out, "total", -3);
	out_seconds(&out, "age_s", 12345678901LL);
	out_seconds(&out, "before_s", -1500000000LL);
	out_headline(&out, "%d tasks wait", 2);
	out_list(&out, "waiting");
	out_record(&out, NULL);
	out_number(&out, "pid", 93);
	out_text(&out, "comm", "a \"b\"\\\x1b\xc3");
	out_record(&out, "wait");
	out_text(&out, "for", "mutex");
	out_end(&out);
	out_text(&out, "empty", "");
	out_lines(&out, "stack");
	out_line(&out, "f+0x1/0x2\x07");
	out_line(&out, "g+0x1/0x2");
	out_end(&out);
	out_end(&out);
	out_record(&out, NULL);
	out_number(&out, "pid", 94);
	out_end(&out);
	out_end(&out);
	out_list(&out, "none");
	out_end(&out);
	out_note(&out, "a note\n");
	out_end(&out);
	out_section(&out, "empty");
	out_end(&out);
}

static void test_forms(void)
{
	example(OUT_TEXT);
	is(finish(),
	    "lastwords autopsy of 6.1.0 x86_64\n\nsummary\n  2 tasks wait\n\ntasks\n"
	    "  total=-3 age_s=12.345 before_s=-1.500\n  2 tasks wait\n  waiting\n"
	    "    pid=93 comm=\"a ?b?\\??\" for=mutex empty=\"\"\n      f+0x1/0x2?\n      g+0x1/0x2\n"
	    "    pid=94\n  a note?\n\nempty\n",
	    "text: records are lines, stacks below them, what cannot be printed is ?");
	example(OUT_JSON);
	is(finish(),
	    "{\"release\":\"6.1.0\",\"machine\":\"x86_64\",\"summary\":[\"2 tasks wait\"],"
	    "\"tasks\":{\"total\":-3,\"age_s\":12.345,\"before_s\":-1.500,\"waiting\":["
	    "{\"pid\":93,\"comm\":\"a \\\"b\\\"\\\\\\u001b\\u00c3\",\"wait\":{\"for\":\"mutex\"},"
	    "\"empty\":\"\",\"stack\":[\"f+0x1/0x2\\u0007\",\"g+0x1/0x2\"]},{\"pid\":94}],\"none\":[],"
	    "\"notes\":[\"2 tasks wait\",\"a note\\u000a\"]},\"empty\":{}}\n",
	    "JSON: the same as objects, lists and strings");
	ok(is_json(text), "JSON: its brackets and strings are closed");
	example(OUT_JSON);
	ok(out_finish(&out, "", "", refuse, NULL) == -1, "a failed write is reported");
	out_free(&out);
}

/* A list of records up to the limit. */
static size_t fill(enum out_form form, size_t name_len)
{
	static char name[400];
	size_t n = 0;

	memset(name, 'x', name_len);
	name[name_len] = '\0';
	out_init(&out, form);
	out_headline(&out, "the summary is there");
	out_section(&out, "tasks");
	out_list(&out, "tasks");
	for (; n < 2000000 && !out.cut; n++) {
		out_record(&out, NULL);
		out_number(&out, "pid", 1);
		out_text(&out, "comm", name);
		out_lines(&out, "stack");
		out_line(&out, name);
		out_end(&out);
		out_end(&out);
	}
	out_end(&out);
	out_end(&out);
	out_section(&out, "system");
	out_number(&out, "uptime_s", 1);
	out_end(&out);
	return n;
}

static int ends_with(const char *end)
{
	return text_len >= strlen(end) && strcmp(text + text_len - strlen(end), end) == 0;
}

static void test_limit(void)
{
	int good = 1;

	fill(OUT_TEXT, 30);
	ok(out.cut && out.room <= OUT_LIMIT, "text: memory is limited");
	finish();
	ok(strstr(text, "the summary is there") && text_len <= OUT_LIMIT + 4096,
	    "text: a document that is cut has its summary");
	ok(ends_with("\n  (the output\'s limit is reached: the rest is left out)\n"),
	    "text: its last line says that it is cut");
	/* with many lengths, so that it is cut in the middle of each part */
	for (size_t len = 0; len < 300; len += 37) {
		fill(OUT_JSON, len);
		good &= out.cut;
		finish();
		good &= is_json(text) && ends_with(",\"cut\":true}\n");
	}
	ok(good, "JSON: wherever it is cut, it is closed and says so");
}

static void test_counts(void)
{
	out_init(&out, OUT_JSON);
	out_section(&out, "x");
	for (int i = 0; i < 100; i++)
		out_headline(&out, "%d: %0300d", i, i);
	out_end(&out);
	ok(out.headlines == OUT_HEADLINES && out.notes == OUT_NOTES,
	    "more headlines and notes than there is room for are left out");
	finish();
	ok(is_json(text), "and the document is whole");
}

int main(void)
{
	test_forms();
	test_limit();
	test_counts();
	free(text);
	return tap_done();
}
