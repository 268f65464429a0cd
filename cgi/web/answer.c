/* SPDX-License-Identifier: MIT */
/* answer: the table of the pages, and from a request to its answer; see answer.h. */
#include "answer.h"

#include <string.h>

#include "action.h"
#include "asset.h"
#include "campaign.h"
#include "document.h"
#include "live.h"
#include "raw.h"
#include "route.h"
#include "scope.h"
#include "small.h"
#include "web.h"

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

/* --- the answer -------------------------------------------------------------------------------------- */

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
	if (web->whole)
		raw_send(web, web->whole);
	else if (web->form == WEB_JSON)
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
