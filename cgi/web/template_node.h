/* SPDX-License-Identifier: MIT */
/* template_node: a loaded template, as template.c makes it and template_render.c reads it. Private to these. */
#ifndef LASTWORDS_CGI_WEB_TEMPLATE_NODE_H
#define LASTWORDS_CGI_WEB_TEMPLATE_NODE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/file.h"
#include "escape.h"
#include "template.h"

enum node_kind {
	NODE_TEXT, /* the template's own, as it is */
	NODE_VALUE,
	NODE_SECTION,
	NODE_INVERTED,
	NODE_END, /* of a section */
};

enum node_format {
	FORMAT_TEXT,
	FORMAT_URL,
	FORMAT_LINK,
	FORMAT_WEB,
	FORMAT_TIME,
	FORMAT_AGO,
	FORMAT_BYTES,
	FORMAT_PERCENT,
	FORMAT_COUNT,
	FORMAT_SECONDS,
	FORMAT_BARS,
	FORMAT_LINE,
};

/* "@n" and its like, about the innermost list. */
enum node_place { PLACE_NONE, PLACE_NUMBER, PLACE_FIRST, PLACE_LAST };

enum { NODE_PARTS_MAX = 4 }; /* of a name: a.b.c.d */

struct node {
	enum node_kind kind;
	enum node_format format;
	enum escape escape;
	uint32_t line; /* in its file */
	const char *text; /* NODE_TEXT; of others the whole name */
	uint32_t len; /* of text */
	const char *part[NODE_PARTS_MAX]; /* NULL behind the last; none for "." */
	unsigned char own; /* ".a": only the element's */
	enum node_place place;
	const char *word; /* "=word"; NULL none */
	uint32_t end; /* of a section: its NODE_END */
};

struct template_file {
	char path[FILE_PATH_MAX];
	struct stat stat;
};

struct template
{
	struct node *nodes;
	uint32_t count;
	struct template_file *files;
	unsigned file_count;
	char *texts[TEMPLATE_FILES_MAX]; /* what the nodes point into */
};

#endif
