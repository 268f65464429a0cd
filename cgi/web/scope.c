/* SPDX-License-Identifier: MIT */
/* scope: this server or all servers; see scope.h. */
#include "scope.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "params.h"

#define SCOPE_COOKIE "lastwords-scope"

/* Why the central database did not answer last, and until when it is not asked again. */
static struct {
	int64_t until_ms; /* of clock_monotonic() */
	char why[256];
} scope_away;

/* 1 if the person has chosen this server. */
static int scope_is_local(const struct web *web)
{
	const char *cookie = web->request->variable("HTTP_COOKIE");
	const char *at = cookie ? strstr(cookie, SCOPE_COOKIE "=") : NULL;

	return at && strncmp(at + sizeof(SCOPE_COOKIE), "local", 5) == 0;
}

static int scope_local(struct err *err, struct query *query, const char *why)
{
	struct web *web = query->central->arg;

	snprintf(scope_away.why, sizeof(scope_away.why), "%s", why);
	scope_away.until_ms = clock_monotonic() + SCOPE_AWAY_MS;
	web->away = scope_away.why;
	return web_open_index(err, web);
}

/* 1 for pages of what only this server has: its campaigns, and the scripts that it gives. */
static int scope_is_of_server(const struct web_route *route)
{
	return strcmp(route->path, "/machine/*/script") == 0 ||
	       (route->name && strcmp(route->name, "campaigns") == 0);
}

int scope_open(struct err *err, struct web *web)
{
	const struct config *config = &web->site->config;

	if (!config->central[0] || scope_is_of_server(web->route))
		return web_open_index(err, web);
	web->scope = scope_is_local(web) ? "local" : "all";
	if (web->scope[0] == 'l')
		return web_open_index(err, web);
	if (clock_monotonic() < scope_away.until_ms) {
		web->away = scope_away.why;
		return web_open_index(err, web);
	}
	web->central = (struct query_central){.config = config->file,
	    .within_ms = SCOPE_CENTRAL_MS,
	    .local = scope_local,
	    .arg = web};
	web->query.central = &web->central;
	return 0;
}

void scope_answer(struct web *web)
{
	const char *to = web->params.text[PARAM_TO], *choice = web->part[1];
	char cookie[128];
	const struct sink_head head = {.status = 303,
	    .type = "text/plain",
	    .location = web_is_local(to) ? to : "/",
	    .cookie = cookie};

	if (strcmp(choice, "all") != 0 && strcmp(choice, "local") != 0) {
		web_error(web, 404, "There is no such page.");
		return;
	}
	snprintf(cookie, sizeof(cookie),
	    SCOPE_COOKIE "=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", choice);
	sink_begin(web->sink, &head);
}
