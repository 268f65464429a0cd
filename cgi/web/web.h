/* SPDX-License-Identifier: MIT */
/*
 * web: one request for a page, and what each page is answered with. Of the room, only template.c escapes, only params.c
 * reads queries, only action.c changes something.
 */
#ifndef LASTWORDS_CGI_WEB_WEB_H
#define LASTWORDS_CGI_WEB_WEB_H

#include <jansson.h>
#include <stdint.h>

#include "cgi/http/request.h"
#include "cgi/http/sink.h"
#include "cgi/http/site.h"
#include "params.h"
#include "query/query.h"

enum { WEB_PARTS_MAX = 5, WEB_USER_MAX = 32, WEB_LINK_MAX = PARAM_TO_MAX + 1 };

enum web_form { WEB_HTML = 1, WEB_JSON = 2, WEB_TEXT = 4, WEB_ATOM = 8 };

struct web;

struct web_route {
	const char *path; /* "*" is one segment, whatever it is */
	const char *name; /* of the navigation; NULL none */
	/* Either a document and its template, without ".html", ".txt", ".xml" … */
	json_t *(*document)(struct err *err, struct web *web);
	const char *template;
	unsigned forms; /* enum web_form, by the end of the path: "", ".json", ".txt", ".atom" */
	/* … or an answer of its own. */
	void (*answer)(struct web *web);
	unsigned long params;
	int is_post; /* else GET and HEAD */
};

/* One request. */
struct web {
	struct site *site;
	const struct request *request;
	struct sink *sink;
	int64_t now_ms;
	const struct web_route *route;
	enum web_form form;
	char path[REQUEST_PATH_MAX + 1]; /* decoded, and cut into: */
	char *part[WEB_PARTS_MAX]; /* its segments: "crash", "ID", "log" */
	unsigned part_count;
	char plain_path[REQUEST_PATH_MAX +
			1]; /* of the page, as asked, without ".json" and its like */
	char query_text[REQUEST_QUERY_MAX + 1];
	struct params params;
	char user[WEB_USER_MAX + 1]; /* whom the web server has verified; "" nobody */
	struct query query; /* query.db: web_open_index */
	struct query_central central; /* query.central, if it is set */
	const char *scope; /* scope.h; NULL: there is no choice */
	const char
	    *away; /* why the central database does not answer; NULL: it does, or is not asked */
	/* for the page, by the document: */
	int status; /* of an error; 0: 404 if query.missing, else 500 */
	const char *title; /* "" by the document's title */
	json_t *page; /* more of its "page" member; made by web_answer, may be set into */
	/* Instead of the document this file of the session is sent (raw.h); NULL: none. */
	const char *whole;
};

/* Sets web->query.db, which stays open for the next request. 0, or -1 with the reason and its fix, status 503. */
int web_open_index(struct err *err, struct web *web);

void web_send_json(struct web *web, int status, const json_t *document);
/* By a template, named without its end. What all pages have is added to the document. */
void web_send_page(struct web *web, int status, const char *name, json_t *document);
/* An error as a page, or in the form that was asked for. */
void web_error(struct web *web, int status, const char *message);
/* 303 to a path of this server. */
void web_redirect(struct web *web, const char *to);
/* 1 if the text is a path of this server, and nothing else: what follows a login or an action. */
int web_is_local(const char *to);
/* 1 if the request has this ETag: 304 was sent. */
int web_not_modified(struct web *web, const char *etag, const char *cache);

#endif
