/* SPDX-License-Identifier: MIT */
/* template: reads and checks templates; see template.h. What is rendered: template_render.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "html_place.h"
#include "template_node.h"

enum template_syntax { SYNTAX_HTML, SYNTAX_XML, SYNTAX_PLAIN };

/* A section that is open. */
struct section {
	uint32_t node;
	struct html_place place; /* where it began */
	unsigned depth; /* of the file that it began in */
};

struct loading {
	struct template *template;
	const char *dir;
	enum template_syntax syntax;
	struct html_place place;
	struct section sections[TEMPLATE_SECTIONS_MAX];
	unsigned section_count;
	size_t room; /* of template->nodes */
};

/* One file while it is read. */
struct source {
	const char *name;
	char *at; /* the rest of its text */
	uint32_t line; /* of at */
	unsigned depth;
};

static int template_read(struct err *err, int fd, const char *path, char **text)
{
	char *buf = malloc(TEMPLATE_MAX + 2);
	size_t len = 0;
	ssize_t n;

	if (!buf)
		return err_set(err, "out of memory");
	while (len <= TEMPLATE_MAX && (n = read(fd, buf + len, TEMPLATE_MAX + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(buf);
			return err_errno(err, "%s", path);
		}
		len += (size_t)n;
	}
	buf[len] = '\0';
	if (len > TEMPLATE_MAX || memchr(buf, '\0', len)) {
		free(buf);
		return err_set(err, "%s: %s", path,
		    len > TEMPLATE_MAX ? "longer than 64 KB" : "has a NUL byte");
	}
	*text = buf;
	return 0;
}

/* Reads a file and keeps its text and what it was. 0/-1. */
static int template_open(struct err *err, struct loading *loading, const char *name, char **text)
{
	struct template *template = loading->template;
	struct template_file *file;
	int fd, rc;

	if (template->file_count == TEMPLATE_FILES_MAX)
		return err_set(err, "more than %d files", TEMPLATE_FILES_MAX);
	file = &template->files[template->file_count];
	if (!name[0] || name[0] == '.' || strchr(name, '/'))
		return err_set(err, "\"%.80s\" is no template's name", name);
	if (file_path(err, loading->dir, name, file->path))
		return -1;
	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, "%s", file->path);
	rc = fstat(fd, &file->stat)         ? err_errno(err, "%s", file->path)
	     : !S_ISREG(file->stat.st_mode) ? err_set(err, "%s: not a file", file->path)
					    : template_read(err, fd, file->path, text);
	close(fd);
	if (rc == 0)
		template->texts[template->file_count++] = *text;
	return rc;
}

static struct node *template_add(
    struct err *err, struct loading *loading, enum node_kind kind, uint32_t line)
{
	struct template *template = loading->template;
	struct node *node, *grown;

	if (template->count == TEMPLATE_NODES_MAX) {
		err_set(err, "more than %d values, sections and texts", TEMPLATE_NODES_MAX);
		return NULL;
	}
	grown = array_grow(err, template->nodes, &loading->room, template->count, sizeof(*grown));
	if (!grown)
		return NULL;
	template->nodes = grown;
	node = &template->nodes[template->count++];
	memset(node, 0, sizeof(*node));
	node->kind = kind;
	node->line = line;
	return node;
}

static int template_add_text(struct err *err, struct loading *loading, const struct source *source,
    const char *text, size_t len)
{
	struct node *node;

	if (len == 0)
		return 0;
	node = template_add(err, loading, NODE_TEXT, source->line);
	if (!node)
		return -1;
	node->text = text;
	node->len = (uint32_t)len;
	return loading->syntax == SYNTAX_HTML ? html_advance(err, &loading->place, text, len) : 0;
}

/* "a.b", ".", ".a" or "@n" into the node. The text is cut in place. */
static int template_name(struct err *err, struct node *node, char *name)
{
	static const char valid[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	int parts = 0;

	node->text = name;
	node->len = (uint32_t)strlen(name);
	node->place = strcmp(name, "@n") == 0       ? PLACE_NUMBER
		      : strcmp(name, "@first") == 0 ? PLACE_FIRST
		      : strcmp(name, "@last") == 0  ? PLACE_LAST
						    : PLACE_NONE;
	if (node->place != PLACE_NONE)
		return 0;
	if (strcmp(name, ".") == 0) {
		node->own = 1;
		return 0;
	}
	node->own = name[0] == '.';
	for (char *part = name + node->own;; part = strchr(part, '\0') + 1) {
		size_t len = strspn(part, valid);
		char after = part[len];

		if (len == 0 || (after != '.' && after != '\0') || parts == NODE_PARTS_MAX)
			return err_set(err, "\"%.80s\" is no name", name);
		part[len] = '\0';
		node->part[parts++] = part;
		if (!after)
			return 0;
	}
}

static int template_format(struct err *err, const char *word, enum node_format *format)
{
	static const struct {
		const char *word;
		enum node_format format;
	} formats[] = {{"url", FORMAT_URL}, {"link", FORMAT_LINK}, {"web", FORMAT_WEB},
	    {"time", FORMAT_TIME}, {"ago", FORMAT_AGO}, {"bytes", FORMAT_BYTES},
	    {"percent", FORMAT_PERCENT}, {"count", FORMAT_COUNT}, {"seconds", FORMAT_SECONDS},
	    {"bars", FORMAT_BARS}, {"line", FORMAT_LINE}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(word, formats[i].word) == 0) {
			*format = formats[i].format;
			return 0;
		}
	}
	return err_set(err, "unknown format \"%.40s\"", word);
}

static int template_value(
    struct err *err, struct loading *loading, const struct source *source, char *tag)
{
	struct node *node = template_add(err, loading, NODE_VALUE, source->line);
	char *bar = strchr(tag, '|');
	int element = 0;

	if (!node)
		return -1;
	if (bar) {
		*bar = '\0';
		if (template_format(err, bar + 1, &node->format))
			return -1;
	}
	if (template_name(err, node, tag))
		return -1;
	if (loading->syntax == SYNTAX_HTML) {
		if (html_may_print(err, &loading->place,
			node->format == FORMAT_URL                                  ? HTML_ENCODED
			: node->format == FORMAT_LINK || node->format == FORMAT_WEB ? HTML_LINK
										    : HTML_ANY))
			return -1;
		element = html_may_have_element(&loading->place);
	}
	node->escape = loading->syntax == SYNTAX_PLAIN ? ESCAPE_PLAIN
		       : element                       ? ESCAPE_ELEMENT
						       : ESCAPE_ATTRIBUTE;
	if (!element && (node->format == FORMAT_BARS || node->format == FORMAT_LINE))
		return err_set(err, "a picture where no element may be");
	return 0;
}

static int template_begin(
    struct err *err, struct loading *loading, const struct source *source, char *tag)
{
	struct section *section = &loading->sections[loading->section_count];
	char *equals = strchr(tag, '=');
	struct node *node;

	if (loading->section_count == TEMPLATE_SECTIONS_MAX)
		return err_set(err, "sections more than %d deep", TEMPLATE_SECTIONS_MAX);
	node =
	    template_add(err, loading, tag[0] == '#' ? NODE_SECTION : NODE_INVERTED, source->line);
	if (!node)
		return -1;
	if (equals) {
		*equals = '\0';
		node->word = equals + 1;
	}
	html_settle(&loading->place);
	section->node = loading->template->count - 1;
	section->place = loading->place;
	section->depth = source->depth;
	loading->section_count++;
	return template_name(err, node, tag + 1);
}

/* The name of a section as it was written: its parts were cut. */
static int template_is_end_of(const struct node *node, const char *tag)
{
	size_t len = node->len;

	for (size_t i = 0; i < len; i++)
		if (tag[i] != (node->text[i] ? node->text[i] : '.'))
			return 0;
	if (!node->word)
		return tag[len] == '\0';
	return tag[len] == '=' && strcmp(tag + len + 1, node->word) == 0;
}

static int template_end(
    struct err *err, struct loading *loading, const struct source *source, const char *tag)
{
	struct section *section;
	struct node *node;

	if (loading->section_count == 0 ||
	    loading->sections[loading->section_count - 1].depth != source->depth)
		return err_set(err, "{{%s}} without its beginning", tag);
	section = &loading->sections[loading->section_count - 1];
	node = &loading->template->nodes[section->node];
	if (!template_is_end_of(node, tag + 1))
		return err_set(err, "{{%s}} ends the section of line %u, which has another name",
		    tag, node->line);
	if (loading->syntax == SYNTAX_HTML) {
		html_settle(&loading->place);
		if (!html_same_place(&section->place, &loading->place))
			return err_set(err,
			    "{{%s}} is not in the place of HTML in which it began, line %u", tag,
			    node->line);
		loading->place = html_behind(&section->place, &loading->place);
	}
	node->end = loading->template->count;
	loading->section_count--;
	return template_add(err, loading, NODE_END, source->line) ? 0 : -1;
}

static int template_parse(
    struct err *err, struct loading *loading, const char *name, unsigned depth);

static int template_tag(
    struct err *err, struct loading *loading, const struct source *source, char *tag)
{
	switch (tag[0]) {
	case '!':
		return 0;
	case '#':
	case '^':
		return template_begin(err, loading, source, tag);
	case '/':
		return template_end(err, loading, source, tag);
	case '>':
		if (source->depth + 1 == TEMPLATE_DEPTH_MAX)
			return err_set(err, "includes more than %d deep", TEMPLATE_DEPTH_MAX);
		return template_parse(err, loading, tag + 1, source->depth + 1);
	default:
		return template_value(err, loading, source, tag);
	}
}

/*
 * A line that has only tags which print nothing themselves is dropped. *from: where the text before the tag
 * ends; returns where the text goes on.
 */
static char *template_drop_line(const char *begin, char *tag, char *after, char **from)
{
	char *left = tag, *right = after;

	if (!strchr("#^/>!", tag[2]) || !tag[2])
		return after;
	while (left > begin && (left[-1] == ' ' || left[-1] == '\t'))
		left--;
	/* (Another such tag on the line before this one: its blanks are already gone.) */
	if (left > begin && left[-1] != '\n')
		return after;
	while (*right == ' ' || *right == '\t')
		right++;
	if (*right != '\n')
		return after;
	*from = left;
	return right + 1;
}

static uint32_t template_lines(const char *from, const char *to)
{
	uint32_t lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

static int template_parse_text(struct err *err, struct loading *loading, struct source *source)
{
	char *begin = source->at, *tag;

	while ((tag = strstr(source->at, "{{")) != NULL) {
		char *close = strstr(tag + 2, "}}"), *text_end = tag, *next;

		if (!close) {
			source->line += template_lines(source->at, tag);
			return err_set(err, "{{ without }}");
		}
		next = template_drop_line(begin, tag, close + 2, &text_end);
		if (text_end > source->at && template_add_text(err, loading, source, source->at,
						 (size_t)(text_end - source->at))) {
			return -1;
		}
		source->line += template_lines(source->at, tag);
		*close = '\0';
		if (template_tag(err, loading, source, tag + 2))
			return -1;
		source->line += template_lines(tag, next);
		source->at = next;
	}
	return template_add_text(err, loading, source, source->at, strlen(source->at));
}

static int template_parse(
    struct err *err, struct loading *loading, const char *name, unsigned depth)
{
	struct source source = {.name = name, .line = 1, .depth = depth};
	char *text = NULL;

	if (template_open(err, loading, name, &text))
		return -1;
	source.at = text;
	if (template_parse_text(err, loading, &source)) {
		/* of the innermost file, which is where it is */
		if (strncmp(err->msg, "in ", 3) != 0)
			err_prefix(err, "in %s:%u", name, source.line);
		return -1;
	}
	if (loading->section_count > 0 &&
	    loading->sections[loading->section_count - 1].depth == depth) {
		const struct node *node =
		    &loading->template->nodes[loading->sections[loading->section_count - 1].node];

		return err_set(err, "in %s:%u: the section has no end", name, node->line);
	}
	return 0;
}

static enum template_syntax template_syntax(const char *name)
{
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".txt") == 0)
		return SYNTAX_PLAIN;
	return len > 4 && strcmp(name + len - 4, ".xml") == 0 ? SYNTAX_XML : SYNTAX_HTML;
}

struct template *template_load(struct err *err, const char *dir, const char *name)
{
	struct template *template = calloc(1, sizeof(*template));
	struct loading loading = {
	    .template = template, .dir = dir, .syntax = template_syntax(name)};

	if (!template ||
	    !(template->files = calloc(TEMPLATE_FILES_MAX, sizeof(*template->files)))) {
		err_set(err, "out of memory");
	} else if (template_parse(err, &loading, name, 0) == 0) {
		if (loading.place.state == HTML_TEXT && !loading.place.element[0])
			return template;
		err_set(err, "in %s: it ends within a tag, comment or %s", name,
		    loading.place.element[0] ? loading.place.element : "attribute");
	}
	template_free(template);
	if (strncmp(err->msg, "in ", 3) == 0)
		memmove(err->msg, err->msg + 3, strlen(err->msg + 3) + 1);
	return NULL;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	for (unsigned i = 0; i < template->file_count; i++)
		free(template->texts[i]);
	free(template->files);
	free(template->nodes);
	free(template);
}

int template_changed(const struct template *template)
{
	struct stat now;

	for (unsigned i = 0; i < template->file_count; i++) {
		const struct stat *then = &template->files[i].stat;

		if (stat(template->files[i].path, &now) || now.st_ino != then->st_ino ||
		    now.st_dev != then->st_dev || now.st_size != then->st_size ||
		    now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
			return 1;
	}
	return 0;
}
