/* SPDX-License-Identifier: MIT */
/* web: the pages' table, and from a request to its answer; see web.h. */
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "action.h"
#include "asset.h"
#include "campaign.h"
#include "cgi/http/reply.h"
#include "document.h"
#include "live.h"
#include "page.h"
#include "raw.h"
#include "render.h"
#include "route.h"
#include "scope.h"
#include "small.h"

#define WINDOW (PARAM_BIT(PARAM_SINCE) | PARAM_BIT(PARAM_UNTIL))
#define PARTS (PARAM_BIT(PARAM_OFFSET) | PARAM_BIT(PARAM_LIMIT))
#define FACTS                                                                                      \
	(PARAM_BIT(PARAM_RELEASE) | PARAM_BIT(PARAM_PROFILE) | PARAM_BIT(PARAM_PRODUCT) |          \
	    PARAM_BIT(PARAM_SIGNATURE) | PARAM_BIT(PARAM_MACHINE))
#define FILTER                                                                                     \
	(WINDOW | FACTS | PARAM_BIT(PARAM_SEARCH) | PARAM_BIT(PARAM_CLASS) |                       \
	    PARAM_BIT(PARAM_TAINT) | PARAM_BIT(PARAM_MODULE) | PARAM_BIT(PARAM_TAG) |              \
	    PARAM_BIT(PARAM_STATE) | PARAM_BIT(PARAM_SORT) | PARTS)
#define LIST                                                                                       \
	(WINDOW | PARTS | PARAM_BIT(PARAM_LIKE) | PARAM_BIT(PARAM_MACHINE) |                       \
	    PARAM_BIT(PARAM_SESSION_STATE))
#define DONE PARAM_BIT(PARAM_DONE)
#define LOG (PARAM_BIT(PARAM_FROM) | PARAM_BIT(PARAM_LINES) | PARAM_BIT(PARAM_NAME))

static const struct web_route web_routes[] = {
    {"/", "overview", document_overview, "overview", WEB_HTML | WEB_JSON, NULL, 0, 0},
    {"/overview", "overview", document_overview, "overview", WEB_HTML | WEB_JSON, NULL, 0, 0},
    {"/crashes", "crashes", document_crashes, "crashes", WEB_HTML | WEB_JSON | WEB_ATOM, NULL,
	FILTER, 0},
    {"/group/*", "crashes", document_group, "group", WEB_HTML | WEB_JSON, NULL, DONE, 0},
    {"/diff", "crashes", document_diff, "diff", WEB_HTML | WEB_JSON | WEB_TEXT, NULL,
	PARAM_BIT(PARAM_A) | PARAM_BIT(PARAM_B), 0},
    {"/crash/*", "crashes", document_crash, "crash", WEB_HTML | WEB_JSON | WEB_TEXT, NULL, DONE, 0},
    {"/crash/*/log", "crashes", document_log, "log", WEB_HTML | WEB_JSON | WEB_TEXT, NULL, LOG, 0},
    {"/crash/*/channels", "crashes", document_channels, "channels", WEB_HTML | WEB_JSON, NULL, 0,
	0},
    {"/crash/*/raw/*", NULL, NULL, NULL, WEB_HTML, raw_answer, 0, 0},
    {"/machines", "machines", document_machines, "machines", WEB_HTML | WEB_JSON, NULL,
	LIST & ~PARAM_BIT(PARAM_MACHINE), 0},
    {"/machine/*", "machines", document_machine, "machine", WEB_HTML | WEB_JSON, NULL, DONE, 0},
    {"/machine/*/script", "machines", document_script, "script", WEB_HTML | WEB_JSON | WEB_TEXT,
	NULL, 0, 0},
    {"/machine/*/live", NULL, NULL, NULL, WEB_HTML | WEB_JSON, live_machine, PARAM_BIT(PARAM_AFTER),
	0},
    {"/live", NULL, NULL, NULL, WEB_HTML | WEB_JSON, live_events, PARAM_BIT(PARAM_AFTER), 0},
    {"/sessions", "sessions", document_sessions, "sessions", WEB_HTML | WEB_JSON, NULL, LIST, 0},
    {"/session/*", NULL, NULL, NULL, WEB_HTML, small_session, 0, 0},
    {"/events", "events", document_events, "events", WEB_HTML | WEB_JSON, NULL,
	PARAM_BIT(PARAM_EVENT) | PARAM_BIT(PARAM_SESSION) | PARAM_BIT(PARAM_UNTIL) |
	    PARAM_BIT(PARAM_LIMIT),
	0},
    {"/campaigns", "campaigns", campaign_list_document, "campaigns", WEB_HTML | WEB_JSON, NULL, 0,
	0},
    {"/campaign/*", "campaigns", campaign_document, "campaign", WEB_HTML | WEB_JSON, NULL, 0, 0},
    {"/fleet", "fleet", document_fleet, "fleet", WEB_HTML | WEB_JSON, NULL, 0, 0},
    {"/rates", "rates", document_rates, "rates", WEB_HTML | WEB_JSON, NULL,
	WINDOW | FACTS | PARAM_BIT(PARAM_SEARCH) | PARAM_BIT(PARAM_BY), 0},
    {"/scope/*", NULL, NULL, NULL, WEB_HTML, scope_answer, PARAM_BIT(PARAM_TO), 0},
    {"/search", NULL, NULL, NULL, WEB_HTML, small_search, PARAM_BIT(PARAM_Q), 0},
    {"/login", NULL, NULL, NULL, WEB_HTML, small_login, PARAM_BIT(PARAM_TO), 0},
    {"/static/*", NULL, NULL, NULL, WEB_HTML, asset_answer, 0, 0},
    {"/favicon.ico", NULL, NULL, NULL, WEB_HTML, small_icon, 0, 0},
    {"/healthz", NULL, NULL, NULL, WEB_HTML, small_health, 0, 0},
    {"/group/*", NULL, NULL, NULL, WEB_HTML, action_group, 0, 1},
    {"/crash/*", NULL, NULL, NULL, WEB_HTML, action_crash, 0, 1},
    {"/machine/*", NULL, NULL, NULL, WEB_HTML, action_machine, 0, 1},
    {NULL, NULL, NULL, NULL, 0, NULL, 0, 0},
};

/* --- the request ------------------------------------------------------------------------------------- */

/* Whom the web server has verified. A name that is no name of ours is nobody. */
static void web_user(struct web *web)
{
	const char *user = web->request->variable("REMOTE_USER");
	size_t len = user ? strlen(user) : 0;

	if (len > 0 && len <= WEB_USER_MAX &&
	    strspn(user, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == len)
		memcpy(web->user, user, len + 1);
}

static int web_read_query(struct err *err, struct web *web, struct kv *kv)
{
	size_t len = strlen(web->request->query), dropped;

	if (len > REQUEST_QUERY_MAX)
		return err_set(err, "a query longer than %d bytes", REQUEST_QUERY_MAX);
	memcpy(web->query_text, web->request->query, len + 1);
	for (char *at = web->query_text; (at = strchr(at, '+')) != NULL;)
		*at = ' ';
	dropped = kv_parse(kv, web->query_text, len, '&');
	return params_read(err, kv, dropped, web->route->params, web->now_ms, &web->params);
}

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

static void web_send_json(struct web *web, int status, const json_t *document)
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

static void web_send_page(struct web *web, int status, const char *name, json_t *document)
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

static void web_document(struct web *web)
{
	json_t *document = NULL;
	struct err err;

	web->query = (struct query){
	    .state = web->site->config.state, .config = &web->site->config, .now_ms = web->now_ms};
	if (scope_open(&err, web) == 0)
		document = web->route->document(&err, web);
	if (!document) {
		/* one that broke while it was read is opened again by the next request */
		if (web->query.db && db_broken(web->query.db))
			web->status = 503;
		web_error(web, web->status ? web->status : web->query.missing ? 404 : 500, err.msg);
		return;
	}
	if (web->form == WEB_JSON)
		web_send_json(web, 200, document);
	else
		web_send_page(web, 200, web->route->template, document);
	json_decref(document);
}

static void web_answer_route(struct web *web, int is_post)
{
	struct err err;
	struct kv kv;
	int other;

	if (route_split(web)) {
		web_error(web, 404, "There is no such page.");
		return;
	}
	web->route = route_find(web, web_routes, is_post, &other);
	if (!web->route && other) {
		web_error(web, 405, is_post ? "This page takes GET." : "This page takes POST.");
	} else if (!web->route) {
		web_error(web, 404, "There is no such page.");
	} else if (web_read_query(&err, web, &kv)) {
		web_error(web, 400, err.msg);
	} else if (web->route->answer) {
		web->query = (struct query){.state = web->site->config.state,
		    .config = &web->site->config,
		    .now_ms = web->now_ms};
		web->route->answer(web);
	} else {
		web_document(web);
	}
}

void web_answer(struct site *site, const struct request *request, int64_t now_ms, struct sink *sink)
{
	static struct web web;
	int is_post = strcmp(request->method, "POST") == 0;
	struct kv none = {0};
	struct err ignored;

	memset(&web, 0, sizeof(web));
	web.site = site;
	web.request = request;
	web.sink = sink;
	web.now_ms = now_ms;
	web.form = WEB_HTML;
	web.title = "";
	web.page = json_object();
	memcpy(web.path, request->path, sizeof(web.path));
	memcpy(web.plain_path, request->path, sizeof(web.plain_path));
	(void)params_read(&ignored, &none, 0, 0, now_ms, &web.params);
	web_user(&web);
	if (!is_post && strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		web_error(&web, 405, "Pages take GET and POST.");
	else if (!site->loaded)
		web_error(&web, 503, site->error.msg);
	else
		web_answer_route(&web, is_post);
	json_decref(web.page);
}
