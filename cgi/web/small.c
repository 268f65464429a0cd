/* SPDX-License-Identifier: MIT */
/* small: the answers that are no page; see small.h. */
#include "small.h"

#include <stdio.h>
#include <string.h>

#include "base/mac.h"

void small_session(struct web *web)
{
	struct session session;
	struct err err;
	char to[WEB_LINK_MAX];

	if (session_parse(&err, web->part[1], strlen(web->part[1]), &session)) {
		web_error(web, 404, err.msg);
		return;
	}
	snprintf(to, sizeof(to), "/crash/%s", session.id);
	web_redirect(web, to);
}

void small_search(struct web *web)
{
	const char *q = web->params.text[PARAM_Q];
	struct session session;
	char to[WEB_LINK_MAX], mac_text[18];
	struct kv_out out;
	struct err err;
	uint8_t mac[6];

	q += strspn(q, " ");
	if (session_parse(&err, q, strlen(q), &session) == 0) {
		snprintf(to, sizeof(to), "/crash/%s", session.id);
	} else if (strlen(q) == 16 && strspn(q, "0123456789abcdef") == 16) {
		snprintf(to, sizeof(to), "/group/%s", q);
	} else if (mac_parse(&err, q, mac) == 0) {
		mac_format(mac, mac_text);
		snprintf(to, sizeof(to), "/machine/%s", mac_text);
	} else {
		kv_out_init(&out, to, sizeof(to));
		kv_out_raw(&out, "/crashes");
		if (q[0])
			kv_out_pair(&out, '?', "search", q);
	}
	web_redirect(web, to);
}

void small_login(struct web *web)
{
	const char *to = web->params.text[PARAM_TO];

	/* (lighttpd asks before it gets here; without a file of users it never does) */
	if (!web->user[0])
		web_error(web, 403,
		    "Nobody can log in yet. Add a person on the server: lastwords user add NAME");
	else
		web_redirect(web, to[0] ? to : "/");
}

void small_icon(struct web *web)
{
	web_redirect(web, "/static/icon.svg");
}

void small_health(struct web *web)
{
	const struct sink_head head = {.status = 200, .type = "text/plain"};
	struct err err;

	web->form = WEB_TEXT;
	if (web_open_index(&err, web)) {
		web_error(web, 503, err.msg);
		return;
	}
	sink_begin(web->sink, &head);
	(void)sink_put_text(web->sink, "ok\n");
}
