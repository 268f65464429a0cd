/* SPDX-License-Identifier: MIT */
/* page: the member "page" that a template gets; see page.h. */
#include "page.h"

#include <stdio.h>
#include <string.h>

#include "csrf.h"
#include "render.h"

static void page_text(json_t *page, const char *key, const char *text)
{
	query_set_text(page, key, text);
}

static const char *page_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int64_t page_number(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

/* "PATH SUFFIX ?QUERY" with one parameter changed. */
static void page_link(const struct web *web, const char *suffix, enum param changed,
    const char *value, char link[WEB_LINK_MAX])
{
	char query[WEB_LINK_MAX / 2];
	const char *path = web->plain_path;

	if (suffix[0] && strcmp(path, "/") == 0)
		path = "/overview";
	params_link(&web->params, changed, value, query, sizeof(query));
	snprintf(link, WEB_LINK_MAX, "%.1024s%s%s", path, suffix, query);
}

static void page_set_link(const struct web *web, json_t *page, const char *key, const char *suffix,
    enum param changed, const char *value)
{
	char link[WEB_LINK_MAX];

	page_link(web, suffix, changed, value, link);
	page_text(page, key, link);
}

/* This very part of a list: without what an action has said. */
static void page_self(const struct web *web, json_t *page, const char *key, const char *suffix)
{
	struct web same = {.params = web->params};

	same.params.text[PARAM_DONE] = "";
	memcpy(same.plain_path, web->plain_path, sizeof(same.plain_path));
	page_set_link(&same, page, key, suffix, PARAM_OFFSET, web->params.text[PARAM_OFFSET]);
}

static void page_forms(const struct web *web, json_t *page)
{
	if (web->route->forms & WEB_JSON)
		page_self(web, page, "json", ".json");
	if (web->route->forms & WEB_TEXT)
		page_self(web, page, "text", ".txt");
	if (web->route->forms & WEB_ATOM)
		page_self(web, page, "atom", ".atom");
}

static void page_sorts(const struct web *web, json_t *page)
{
	static const char *const names[] = {
	    "impact", "last", "first", "count", "machines", "title"};
	json_t *sorts = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		page_set_link(web, sorts, names[i], "", PARAM_SORT, names[i]);
	json_object_set_new(page, "sorts", sorts);
}

static void page_offset(
    const struct web *web, json_t *page, const char *key, enum param param, int64_t value)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)value);
	page_set_link(web, page, key, "", param, number);
}

/* Of a list that may go on. */
static void page_parts(const struct web *web, json_t *page, const json_t *document)
{
	int64_t total = page_number(document, "total"), offset = page_number(document, "offset");
	int64_t limit = web->params.limit ? web->params.limit : QUERY_PAGE;
	int64_t last = offset + limit < total ? offset + limit : total;

	if (total <= limit && offset == 0)
		return;
	json_object_set_new(page, "pages", json_true());
	json_object_set_new(page, "first", json_integer(offset < total ? offset + 1 : total));
	json_object_set_new(page, "last", json_integer(last));
	if (offset > 0)
		page_offset(
		    web, page, "previous", PARAM_OFFSET, offset > limit ? offset - limit : 0);
	if (offset + limit < total)
		page_offset(web, page, "next", PARAM_OFFSET, offset + limit);
}

/* Of a log: lines from to last. */
static void page_log(const struct web *web, json_t *page, const json_t *document)
{
	int64_t lines = page_number(document, "lines"), from = page_number(document, "from");
	int64_t count = (int64_t)json_array_size(json_object_get(document, "log"));
	int64_t step = web->params.lines ? web->params.lines : QUERY_LINES;

	json_object_set_new(page, "first", json_integer(count ? from : 0));
	json_object_set_new(page, "last", json_integer(count ? from + count - 1 : 0));
	if (from > 1) {
		page_offset(web, page, "beginning", PARAM_FROM, 1);
		page_offset(web, page, "previous", PARAM_FROM, from > step ? from - step : 1);
	}
	if (from + count <= lines) {
		page_offset(web, page, "next", PARAM_FROM, from + count);
		page_offset(web, page, "end", PARAM_FROM, lines > step ? lines - step + 1 : 1);
	}
}

/* What an action has done: of the page that follows it. */
static const char *page_notice(const char *done)
{
	static const char *const notices[][2] = {{"mute", "Muted, or no longer."},
	    {"note", "The note was added."}, {"tag", "The tag was added."},
	    {"untag", "The tag was removed."}, {"fixed", "The release with the fix was recorded."},
	    {"duplicate", "The duplicate was recorded."}, {"keep", "The mark was changed."},
	    {"boot", "Set for its next boot."}, {"power", "The machine was switched."}};

	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (strcmp(done, notices[i][0]) == 0)
			return notices[i][1];
	return "";
}

static void page_query(const struct web *web, json_t *page)
{
	json_t *query = json_object();
	int filtered = 0;

	for (int i = 0; i < PARAM_COUNT; i++) {
		page_text(query, param_name((enum param)i), web->params.text[i]);
		filtered |= web->params.text[i][0] && i != PARAM_OFFSET && i != PARAM_LIMIT &&
			    i != PARAM_SORT && i != PARAM_DONE;
	}
	json_object_set_new(page, "query", query);
	if (filtered)
		json_object_set_new(page, "filtered", json_true());
}

/* "TITLE on MAC", "Crashes" … */
static void page_title(const struct web *web, json_t *page, const json_t *document)
{
	const char *title = page_string(document, "title"), *mac = page_string(document, "mac");
	char text[512];

	if (!title[0])
		title = web->title;
	snprintf(text, sizeof(text), "%.300s%s%.40s", title,
	    title[0] && mac[0] && strcmp(title, mac) != 0 ? " on " : "",
	    strcmp(title, mac) == 0 ? "" : mac);
	page_text(page, "title", text[0] ? text : "lastwords");
}

/* Whose sessions the page shows (scope.h). */
static void page_scope(const struct web *web, json_t *page)
{
	page_text(page, "scope", web->scope);
	page_text(page, "away", web->away);
	if (web->scope && web->query.central)
		json_object_set_new(page, "central", json_true());
}

void page_add(struct web *web, json_t *document)
{
	json_t *page = json_incref(web->page);
	char token[CSRF_TOKEN_LEN + 1];
	struct err err;

	page_title(web, page, document);
	page_text(page, "nav", web->route ? web->route->name : NULL);
	page_text(page, "version", LASTWORDS_VERSION);
	page_text(page, "user", web->user);
	page_text(page, "notice", page_notice(web->params.text[PARAM_DONE]));
	page_query(web, page);
	page_scope(web, page);
	if (web->user[0] && site_key(&err, web->site) == 0) {
		csrf_token(&web->site->keys.old, web->user, web->now_ms, token);
		page_text(page, "csrf", token);
	}
	if (web->route) {
		page_self(web, page, "self", "");
		page_forms(web, page);
		if (web->route->params & PARAM_BIT(PARAM_SORT))
			page_sorts(web, page);
		if (web->route->params & PARAM_BIT(PARAM_OFFSET))
			page_parts(web, page, document);
		if (web->route->params & PARAM_BIT(PARAM_FROM))
			page_log(web, page, document);
	}
	json_object_set_new(document, "page", page);
}
