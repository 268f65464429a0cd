/* SPDX-License-Identifier: MIT */
/* web: what each page is answered with; see web.h. */
#include "web.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgi/http/reply.h"
#include "page.h"
#include "render.h"

/* --- the index --------------------------------------------------------------------------------------- */

/* Open from one request to the next, as long as it is the same file. */
static struct {
	struct db *db;
	struct stat stat;
	char path[FILE_PATH_MAX];
} web_index;

static void web_close_index(void)
{
	if (web_index.db)
		db_close(web_index.db);
	web_index.db = NULL;
}

int web_open_index(struct err *err, struct web *web)
{
	const char *state = web->site->config.state;
	char path[FILE_PATH_MAX];
	struct stat now;

	if (web->query.db)
		return 0;
	web->status = 503;
	if (file_path(err, state, "index.db", path))
		return -1;
	if (stat(path, &now)) {
		web_close_index();
		return err_set(err,
		    "no index in %s yet; start the server (systemctl start lastwords, or lastwords serve)",
		    state);
	}
	if (web_index.db &&
	    (db_broken(web_index.db) || strcmp(path, web_index.path) != 0 ||
		now.st_ino != web_index.stat.st_ino || now.st_dev != web_index.stat.st_dev))
		web_close_index();
	if (!web_index.db) {
		web_index.db = db_open(err, state, 0);
		if (!web_index.db)
			return err_prefix(
			    err, "the index cannot be read (lastwords reindex makes it again)");
		db_set_wait(web_index.db, 500);
		web_index.stat = now;
		memcpy(web_index.path, path, sizeof(path));
	}
	web->query.db = web_index.db;
	web->status = 0;
	return 0;
}

/* (a double has 17 digits, of which people mean a few) */
#define WEB_JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9))

/* --- the answer -------------------------------------------------------------------------------------- */

static int web_put_json(const char *bytes, size_t len, void *arg)
{
	(void)sink_put(arg, bytes, len);
	return 0;
}

void web_send_json(struct web *web, int status, const json_t *document)
{
	const struct sink_head head = {.status = status, .type = "application/json"};

	sink_begin(web->sink, &head);
	(void)json_dump_callback(document, web_put_json, web->sink, WEB_JSON_FLAGS);
	(void)sink_put_text(web->sink, "\n");
}

/* A template that cannot be used is the installation's fault: as text, since nothing else can be shown. */
static void web_send_fault(struct web *web, const struct err *err)
{
	const struct sink_head head = {.status = 500, .type = "text/plain; charset=utf-8"};

	sink_begin(web->sink, &head);
	(void)sink_put_text(web->sink, err->msg);
	(void)sink_put_text(web->sink, "\n");
}

void web_send_page(struct web *web, int status, const char *name, json_t *document)
{
	static const struct {
		enum web_form form;
		const char *end, *type;
	} kinds[] = {{WEB_HTML, "html", "text/html; charset=utf-8"},
	    {WEB_TEXT, "txt", "text/plain; charset=utf-8"},
	    {WEB_ATOM, "xml", "application/atom+xml; charset=utf-8"}};
	struct template_out out = {.put = sink_put, .arg = web->sink, .now_ms = web->now_ms};
	struct sink_head head = {.status = status};
	const struct template *template;
	struct err err;
	char file[64];
	size_t kind = 0;

	while (kinds[kind].form != web->form && kind < 2)
		kind++;
	snprintf(file, sizeof(file), "%s.%s", name, kinds[kind].end);
	template = render_template(&err, file);
	if (!template) {
		web_send_fault(web, &err);
		return;
	}
	page_add(web, document);
	head.type = kinds[kind].type;
	sink_begin(web->sink, &head);
	(void)template_render(template, document, &out);
}

void web_error(struct web *web, int status, const char *message)
{
	json_t *document = json_object();
	struct err err;

	if (web->form == WEB_JSON) {
		query_set_text(document, "error", message);
		web_send_json(web, status, document);
	} else if (web->form == WEB_TEXT || web->form == WEB_ATOM) {
		struct sink_head head = {.status = status, .type = "text/plain; charset=utf-8"};

		err_set(&err, "%s", message);
		sink_begin(web->sink, &head);
		(void)sink_put_text(web->sink, err.msg);
		(void)sink_put_text(web->sink, "\n");
	} else {
		json_object_set_new(document, "status", json_integer(status));
		query_set_text(document, "reason", reply_reason(status));
		query_set_text(document, "message", message);
		web->title = reply_reason(status);
		web_send_page(web, status, "error", document);
	}
	json_decref(document);
}

int web_is_local(const char *to)
{
	return to[0] == '/' && to[1] != '/' && to[1] != '\\' && strlen(to) < WEB_LINK_MAX &&
	       to[strcspn(to, "\\\r\n\t")] == '\0';
}

void web_redirect(struct web *web, const char *to)
{
	const struct sink_head head = {
	    .status = 303, .type = "text/plain", .location = web_is_local(to) ? to : "/"};

	sink_begin(web->sink, &head);
}

int web_not_modified(struct web *web, const char *etag, const char *cache)
{
	const char *has = web->request->variable("HTTP_IF_NONE_MATCH");
	const struct sink_head head = {.status = 304, .etag = etag, .cache = cache};

	if (!has || !strstr(has, etag))
		return 0;
	sink_begin(web->sink, &head);
	return 1;
}
