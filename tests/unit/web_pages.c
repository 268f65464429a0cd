/* SPDX-License-Identifier: MIT */
/*
 * web_pages: every template of cgi/web/templates with hostile text in every value that it prints. Path: the names
 * in each file become a document in which each is that text (a list of it where {{.}} is printed, an object
 * where names are within it); then one without anything; then one with each word that a section asks for.
 * Evidence: the page is well-formed HTML, nothing of the text stands in it as it was, and it is there escaped.
 */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgi/web/html_place.h"
#include "cgi/web/template.h"
#include "tap.h"

#define HOSTILE "<script>\"'&\x1b[31m\xe2\x80\xae-->]]>"

enum { PAGE_MAX = 4 << 20, FILE_MAX = 8 * TEMPLATE_MAX, TAGS_MAX = 64 };

static const char dir[] = "cgi/web/templates";
static char page[PAGE_MAX];
static size_t page_len;

static int page_put(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	if (len >= sizeof(page) - page_len)
		return 1;
	memcpy(page + page_len, bytes, len);
	page_len += len;
	page[page_len] = '\0';
	return 0;
}

/* --- well-formed ------------------------------------------------------------------------------------- */

static int is_void(const char *tag)
{
	static const char *const names[] = {
	    "meta", "link", "input", "br", "hr", "img", "path", "col", NULL};

	for (size_t i = 0; names[i]; i++)
		if (strcmp(tag, names[i]) == 0)
			return 1;
	return 0;
}

/* NULL, or what is wrong: a place that html_place refuses, a tag that is not closed, or out of order. */
static const char *malformed(void)
{
	static char why[700], open_tags[TAGS_MAX][HTML_NAME_MAX + 1];
	struct html_place place = {.state = HTML_TEXT};
	char tag[HTML_NAME_MAX + 1] = "";
	size_t depth = 0;
	struct err err;

	for (size_t i = 0; i < page_len; i++) {
		struct html_place before = place;

		if (html_advance(&err, &place, page + i, 1)) {
			snprintf(
			    why, sizeof(why), "%s: %.80s", err.msg, page + (i > 40 ? i - 40 : 0));
			return why;
		}
		if (page[i] != '>' || (before.state != HTML_TAG && before.state != HTML_TAG_NAME &&
					  before.state != HTML_NAME))
			continue;
		snprintf(tag, sizeof(tag), "%s", before.tag);
		if (before.end_tag) {
			if (depth == 0 || strcmp(open_tags[depth - 1], tag) != 0) {
				snprintf(why, sizeof(why), "</%s> where %s is open: %.80s", tag,
				    depth ? open_tags[depth - 1] : "nothing",
				    page + (i > 60 ? i - 60 : 0));
				return why;
			}
			depth--;
		} else if (!is_void(tag)) {
			if (depth == TAGS_MAX)
				return "too deep";
			snprintf(open_tags[depth++], sizeof(tag), "%s", tag);
		}
	}
	if (depth > 0 || place.state != HTML_TEXT) {
		snprintf(
		    why, sizeof(why), "%s is not closed", depth ? open_tags[depth - 1] : "a tag");
		return why;
	}
	return NULL;
}

/* --- documents --------------------------------------------------------------------------------------- */

/* A template with what it includes, in place. */
static void read_whole(const char *name, char *text, size_t *len)
{
	static int depth;
	char path[300], *file = malloc(TEMPLATE_MAX + 1), *at;
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "r");
	n = in ? fread(file, 1, TEMPLATE_MAX, in) : 0;
	if (in)
		fclose(in);
	file[n] = '\0';
	for (at = file; *at && *len < FILE_MAX - 1; at++) {
		char *end = strncmp(at, "{{>", 3) == 0 ? strstr(at, "}}") : NULL;

		if (end && depth < TEMPLATE_DEPTH_MAX) {
			*end = '\0';
			depth++;
			read_whole(at + 3, text, len);
			depth--;
			at = end + 1;
		} else {
			text[(*len)++] = *at;
		}
	}
	text[*len] = '\0';
	free(file);
}

/* Sets a dotted name; an object that is there already stays one. */
static void set_name(json_t *document, const char *name, const json_t *value)
{
	char part[64];
	size_t len = strcspn(name, ".");
	json_t *inner;

	snprintf(part, sizeof(part), "%.*s", (int)len, name);
	inner = json_object_get(document, part);
	if (name[len] == '.') {
		if (!json_is_object(inner)) {
			inner = json_object();
			json_object_set_new(document, part, inner);
		}
		set_name(inner, name + len + 1, value);
	} else if (!json_is_object(inner) && !json_is_array(inner)) {
		json_object_set_new(document, part, json_deep_copy(value));
	}
}

/* 1 if the section that begins at `at` prints its element itself. */
static int prints_element(const char *at, const char *name)
{
	char end_tag[96];
	const char *end;

	snprintf(end_tag, sizeof(end_tag), "{{/%s}}", name);
	end = strstr(at, end_tag);
	for (const char *dot = at; end && (dot = strstr(dot, "{{.")) != NULL && dot < end; dot++)
		if (dot[3] == '}' || dot[3] == '|')
			return 1;
	return 0;
}

/* The document of all names. with: a "name=word" whose value is that word. */
static json_t *make_document(const char *text, const char *with)
{
	json_t *document = json_object(), *hostile = json_string(HOSTILE);
	json_t *list = json_pack("[s,s]", HOSTILE, HOSTILE),
	       *counts = json_pack("[i,i,i]", 1, 0, 3);

	for (int round = 0; round < 2; round++) {
		for (const char *at = text; (at = strstr(at, "{{")) != NULL; at++) {
			char name[80], *word, *format;
			const json_t *value = hostile;

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 2, "}"), at + 2);
			if (strchr("!>/", name[0]) || name[0] == '@' || name[1] == '@')
				continue;
			word = strchr(name, '=');
			if (word)
				*word = '\0';
			format = strchr(name, '|');
			if (format)
				*format++ = '\0';
			if (format && (strcmp(format, "bars") == 0 || strcmp(format, "line") == 0))
				value = counts;
			if (name[0] == '#' && prints_element(at, name + 1))
				value = list;
			memmove(name, name + (name[0] == '#' || name[0] == '^'), strlen(name) + 1);
			memmove(name, name + (name[0] == '.'), strlen(name) + 1);
			/* first the objects, so that no text takes their place */
			if (name[0] && (round > 0) == !strchr(name, '.'))
				set_name(document, name, value);
		}
	}
	if (with) {
		char name[80];
		json_t *text_value;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(with, "="), with);
		memmove(name, name + (name[0] == '.'), strlen(name) + 1);
		if (!strchr(name, '.'))
			json_object_del(document, name);
		text_value = json_string(with + strcspn(with, "=") + 1);
		set_name(document, name, text_value);
		json_decref(text_value);
	}
	json_decref(hostile);
	json_decref(list);
	json_decref(counts);
	return document;
}

/* --- pages ------------------------------------------------------------------------------------------- */

static int is_html(const char *name)
{
	return strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".html") == 0;
}

/* NULL, or what is wrong with the page of this document. */
static const char *try_page(const struct template *template, const char *name, json_t *document)
{
	struct template_out out = {.put = page_put, .now_ms = 1};

	page_len = 0;
	page[0] = '\0';
	if (template_render(template, document, &out))
		return "not rendered";
	if (strchr(page, '\x1b') || strstr(page, "\xe2\x80\xae"))
		return "a control or mark of direction as it was";
	if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".txt") == 0)
		return NULL;
	if (strstr(page, "<script>") || strstr(page, "\"'"))
		return "text as it was";
	/* a part of a page ends what another began */
	return is_html(name) && strcmp(name, "head.html") != 0 && strcmp(name, "foot.html") != 0
		   ? malformed()
		   : NULL;
}

static void try_words(const struct template *template, const char *name, const char *text)
{
	const char *wrong = NULL;
	int words = 0;

	for (const char *at = text; !wrong && (at = strstr(at, "{{#")) != NULL; at++) {
		char with[120];
		json_t *document;

		snprintf(with, sizeof(with), "%.*s", (int)strcspn(at + 3, "}"), at + 3);
		if (!strchr(with, '=') || with[0] == '@')
			continue;
		document = make_document(text, with);
		wrong = try_page(template, name, document);
		json_decref(document);
		words++;
	}
	if (words > 0)
		is(wrong, NULL, name);
}

static void try_template(const char *name)
{
	char *text = malloc(FILE_MAX);
	json_t *full, *empty = json_object();
	struct template *template;
	size_t len = 0;
	struct err err;

	template = template_load(&err, dir, name);
	if (!ok(template != NULL, "%s is a template%s%s", name, template ? "" : ": ",
		template ? "" : err.msg))
		return;
	read_whole(name, text, &len);
	full = make_document(text, NULL);
	is(try_page(template, name, full), NULL, name);
	ok(!strstr(text, "{{") || strstr(page, "\\x1b[31m") || strstr(page, "%1B") ||
		!strcmp(name, "foot.html") || !strcmp(name, "head.html") || page_len > 0,
	    "%s shows the text escaped", name);
	is(try_page(template, name, empty), NULL, "and without anything");
	try_words(template, name, text);
	json_decref(full);
	json_decref(empty);
	template_free(template);
	free(text);
}

/* 1 if the page of this document, which is released, has the text. */
static int page_has(const char *name, json_t *document, const char *text)
{
	struct template_out out = {.put = page_put, .now_ms = 1};
	struct err err;
	struct template *template = template_load(&err, dir, name);

	page_len = 0;
	page[0] = '\0';
	if (template)
		(void)template_render(template, document, &out);
	template_free(template);
	json_decref(document);
	return strstr(page, text) != NULL;
}

/* How likely chance is, where it is very small too, and of the right question. */
static void test_chance(void)
{
	ok(page_has("rate-table.html",
	       json_pack("{s[{ss,ss,sf,sf}]}", "rows", "value", "6.1", "evidence", "more", "p",
		   0.9999, "p_more", 0.00001),
	       "more than elsewhere (under 0.1 % by chance)"),
	    "a row with more crashes has the chance of so many");
	ok(page_has("rate-table.html",
	       json_pack("{s[{ss,ss,sf,sf}]}", "rows", "value", "6.1", "evidence", "fewer", "p",
		   0.021, "p_more", 0.99),
	       "fewer than elsewhere (2.1 % by chance)"),
	    "one with fewer that of so few");
	ok(page_has("group.html",
	       json_pack("{s{ss,sf,sf}}", "concentration", "verdict", "few machines", "top", 0.9,
		   "p", 0.00001),
	       "The probability of that by chance is under 0.1 %: look at the hardware."),
	    "a group on few machines has the chance of that");
}

int main(void)
{
	struct dirent **entries;
	int count;

	/* in a checkout; the tests run there */
	count = scandir(dir, &entries, NULL, alphasort);
	if (!ok(count > 2, "the templates are here"))
		return tap_done();
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			try_template(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	test_chance();
	return tap_done();
}
