/* SPDX-License-Identifier: MIT */
/* template_render: a loaded template with a document; see template.h. Allocates nothing. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "format.h"
#include "svg.h"
#include "template_node.h"

/* The element that a section is at. */
struct frame {
	const json_t *value;
	size_t n, count; /* its number in the list, from 1, and the list's; 0 it is of no list */
};

struct rendering {
	const struct template *template;
	const struct template_out *out;
	struct frame frames[TEMPLATE_SECTIONS_MAX + 1];
	unsigned depth; /* frames in use */
};

static int put(const struct rendering *rendering, const char *text, size_t len)
{
	return rendering->out->put(rendering->out->arg, text, len);
}

static int put_string(const struct rendering *rendering, const char *text)
{
	return put(rendering, text, strlen(text));
}

/* --- values ------------------------------------------------------------------------------------------ */

static const json_t *render_find(const struct rendering *rendering, const struct node *node)
{
	const json_t *value = rendering->frames[rendering->depth - 1].value;

	if (!node->part[0])
		return value;
	if (node->own) {
		value = json_object_get(value, node->part[0]);
	} else {
		value = NULL;
		for (unsigned i = rendering->depth; !value && i > 0; i--)
			value = json_object_get(rendering->frames[i - 1].value, node->part[0]);
	}
	for (int i = 1; value && i < NODE_PARTS_MAX && node->part[i]; i++)
		value = json_object_get(value, node->part[i]);
	return value;
}

/* What "@n" and its like are: a number, or whether it holds. */
static size_t render_place(const struct rendering *rendering, enum node_place place)
{
	const struct frame *frame = &rendering->frames[rendering->depth - 1];

	while (frame->n == 0 && frame > rendering->frames)
		frame--;
	if (place == PLACE_NUMBER)
		return frame->n;
	return frame->n > 0 && frame->n == (place == PLACE_FIRST ? 1 : frame->count);
}

/* The value as text: a string's own, else in buf. Length in *len. */
static const char *render_text(const struct rendering *rendering, const struct node *node,
    const json_t *value, char buf[FORMAT_MAX], size_t *len)
{
	buf[0] = '\0';
	if (node->place != PLACE_NONE) {
		snprintf(buf, FORMAT_MAX, "%zu", render_place(rendering, node->place));
	} else if (json_is_string(value)) {
		*len = json_string_length(value);
		return json_string_value(value);
	} else if (json_is_integer(value)) {
		snprintf(buf, FORMAT_MAX, "%lld", (long long)json_integer_value(value));
	} else if (json_is_real(value)) {
		format_number(json_real_value(value), buf);
	} else if (json_is_boolean(value)) {
		snprintf(buf, FORMAT_MAX, "%s", json_is_true(value) ? "true" : "false");
	}
	*len = strlen(buf);
	return buf;
}

/* A time as an element with what it is, where an element may be; else its text. */
static int render_time(const struct rendering *rendering, const struct node *node, int64_t ms)
{
	char whole[FORMAT_MAX], shown[FORMAT_MAX], stamp[25], text[256];
	int n;

	format_time(ms, whole);
	if (node->format == FORMAT_AGO)
		format_ago(ms, rendering->out->now_ms, shown);
	else
		snprintf(shown, sizeof(shown), "%s", whole);
	if (node->escape != ESCAPE_ELEMENT)
		return put_string(rendering, shown);
	clock_format(ms, stamp);
	if (node->format == FORMAT_AGO)
		n = snprintf(text, sizeof(text), "<time datetime=\"%s\" title=\"%s\">%s</time>",
		    stamp, whole, shown);
	else
		n = snprintf(text, sizeof(text), "<time datetime=\"%s\">%s</time>", stamp, shown);
	return put(rendering, text, (size_t)n);
}

static void render_figure(enum node_format format, const json_t *value, char text[FORMAT_MAX])
{
	switch (format) {
	case FORMAT_BYTES:
		format_bytes(json_number_value(value), text);
		break;
	case FORMAT_PERCENT:
		format_percent(json_number_value(value), text);
		break;
	case FORMAT_SECONDS:
		format_seconds(json_number_value(value), text);
		break;
	case FORMAT_COUNT:
		if (json_is_integer(value)) {
			format_count((int64_t)json_integer_value(value), text);
			break;
		}
		/* fall through */
	default:
		format_number(json_number_value(value), text);
	}
}

/* Of a page on another server: nothing but http and https, and no name of a user that looks like a host. */
static int render_is_web(const char *text, size_t len)
{
	if (!(len > 7 && memcmp(text, "http://", 7) == 0) &&
	    !(len > 8 && memcmp(text, "https://", 8) == 0))
		return 0;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || strchr("\"'<>@\\`", text[i]))
			return 0;
	return 1;
}

/* A link that stays on this server, whatever is in it. */
static int render_is_link(const char *text, size_t len)
{
	if (len > 0 && (text[0] == '#' || text[0] == '?'))
		return 1;
	/* (A browser drops newlines and tabs: "/\n/host" is "//host".) */
	return len > 0 && text[0] == '/' &&
	       (len == 1 || (text[1] > ' ' && text[1] != '/' && text[1] != '\\')) &&
	       !memchr(text, '\n', len) && !memchr(text, '\r', len) && !memchr(text, '\t', len);
}

static int render_value(const struct rendering *rendering, const struct node *node)
{
	const json_t *value = node->place ? NULL : render_find(rendering, node);
	const struct template_out *out = rendering->out;
	char buf[FORMAT_MAX];
	const char *text;
	int64_t ms;
	size_t len;

	if (node->format == FORMAT_BARS || node->format == FORMAT_LINE)
		return json_is_array(value)
			   ? svg_put(node->format == FORMAT_BARS ? SVG_BARS : SVG_LINE, value,
				 out->put, out->arg)
			   : 0;
	if ((node->format == FORMAT_TIME || node->format == FORMAT_AGO) && json_is_string(value) &&
	    clock_parse(json_string_value(value), &ms) == 0)
		return render_time(rendering, node, ms);
	if (json_is_number(value) && node->format >= FORMAT_BYTES) {
		render_figure(node->format, value, buf);
		return put_string(rendering, buf);
	}
	text = render_text(rendering, node, value, buf, &len);
	if ((node->format == FORMAT_LINK && !render_is_link(text, len)) ||
	    (node->format == FORMAT_WEB && !render_is_web(text, len)))
		return put_string(rendering, "#");
	if (node->format == FORMAT_URL)
		return escape_url(text, len, out->put, out->arg);
	return escape_text(node->escape, text, len, out->put, out->arg);
}

/* --- sections ---------------------------------------------------------------------------------------- */

static int render_is_true(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_OBJECT:
	case JSON_TRUE:
		return 1;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_REAL:
		return json_real_value(value) != 0;
	default:
		return 0;
	}
}

static int render_is_word(
    const struct rendering *rendering, const struct node *node, const json_t *value)
{
	char buf[FORMAT_MAX];
	size_t len;
	const char *text = render_text(rendering, node, value, buf, &len);

	return strlen(node->word) == len && memcmp(text, node->word, len) == 0;
}

static int render_range(struct rendering *rendering, uint32_t from, uint32_t to);

static int render_in(
    struct rendering *rendering, uint32_t at, const json_t *value, size_t n, size_t count)
{
	const struct node *node = &rendering->template->nodes[at];
	int rc;

	rendering->frames[rendering->depth++] =
	    (struct frame){.value = value, .n = n, .count = count};
	rc = render_range(rendering, at + 1, node->end);
	rendering->depth--;
	return rc;
}

static int render_section(struct rendering *rendering, uint32_t at)
{
	const struct node *node = &rendering->template->nodes[at];
	const json_t *value = node->place ? NULL : render_find(rendering, node);
	int wanted = node->kind == NODE_SECTION, holds, rc = 0;
	size_t count;

	if (node->word)
		return render_is_word(rendering, node, value) == wanted
			   ? render_range(rendering, at + 1, node->end)
			   : 0;
	holds = node->place ? render_place(rendering, node->place) > 0 : render_is_true(value);
	if (holds != wanted)
		return 0;
	if (!wanted)
		return render_range(rendering, at + 1, node->end);
	if (json_is_object(value))
		return render_in(rendering, at, value, 0, 0);
	if (!json_is_array(value))
		return render_range(rendering, at + 1, node->end);
	count = json_array_size(value);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = render_in(rendering, at, json_array_get(value, i), i + 1, count);
	return rc;
}

static int render_range(struct rendering *rendering, uint32_t from, uint32_t to)
{
	const struct node *nodes = rendering->template->nodes;
	int rc = 0;

	for (uint32_t at = from; rc == 0 && at < to; at++) {
		switch (nodes[at].kind) {
		case NODE_TEXT:
			rc = put(rendering, nodes[at].text, nodes[at].len);
			break;
		case NODE_VALUE:
			rc = render_value(rendering, &nodes[at]);
			break;
		case NODE_SECTION:
		case NODE_INVERTED:
			rc = render_section(rendering, at);
			at = nodes[at].end;
			break;
		case NODE_END:
			break;
		}
	}
	return rc;
}

int template_render(
    const struct template *template, const json_t *document, const struct template_out *out)
{
	struct rendering rendering = {.template = template, .out = out, .depth = 1};

	rendering.frames[0].value = document;
	return render_range(&rendering, 0, template->count);
}
