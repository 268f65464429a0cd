/* SPDX-License-Identifier: MIT */
/* open: a session for a machine that another server has booted; see open.h. */
#include "open.h"

#include <string.h>

#include "base/kv.h"
#include "boot/opened.h"
#include "decide.h"
#include "session/conf.h"
#include "session_archive.h"

struct asked {
	char query[REQUEST_QUERY_MAX + 1];
	struct kv kv;
	const char *boot, *profile; /* NULL where absent */
};

static void open_read(struct asked *asked, const char *query)
{
	request_query(query, asked->query, &asked->kv);
	asked->boot = kv_get(&asked->kv, "boot");
	asked->profile = kv_get(&asked->kv, "profile");
	if (asked->boot && !asked->boot[0])
		asked->boot = NULL;
}

/* A new one. 0, or -1 and the reply is made. */
static int open_mint(struct decision *d, const struct asked *asked)
{
	const struct config_profile *wish;
	struct err err;

	decide_again(d);
	if (!d->profile) {
		decide_journal(d, "refused", "unknown machine, no rule matches");
		reply_error(
		    d->reply, 404, "no rule of the server matches; add one to lastwords.conf");
		return -1;
	}
	wish = asked->profile ? config_bootable(&d->site->config, asked->profile) : NULL;
	if (wish && !decide_fixed(d)) {
		d->profile = wish;
		memcpy(d->rule, "asked", sizeof("asked"));
	} else if (asked->profile && asked->profile[0] && !wish) {
		err_set(&err,
		    "lastwords.profile=%.40s: no such profile can be booted; the rules decide",
		    asked->profile);
		reply_warn(d->reply, &err);
	}
	d->loader = d->profile->loader == LOADER_PXELINUX ? "pxelinux" : "other";
	decide_mint(d);
	decide_journal(d, "requested", NULL);
	if (asked->boot && opened_add(&err, d->site->config.state, asked->boot, &d->session))
		reply_warn(d->reply, &err);
	return 0;
}

void open_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	char conf[SESSION_CONF_MAX];
	struct asked asked;
	struct decision d;
	struct err err;
	int found = 0;

	if (!site->loaded || site_key(&err, site)) {
		reply_warn(reply, site->loaded ? &err : &site->error);
		reply_error(reply, 503, "%s", site->loaded ? err.msg : site->error.msg);
		return;
	}
	decide_begin(&d, site, request, now_ms, reply);
	open_read(&asked, request->query);
	if (!d.identity.has_mac) {
		reply_error(reply, 400, "no MAC address of a machine in mac=");
		return;
	}
	if (decide_is_dry(&d)) {
		reply_error(reply, 404, "a dry request opens no session");
		return;
	}
	if (asked.boot && !opened_boot_ok(asked.boot)) {
		reply_error(reply, 400, "boot= is not %d to %d digits of 0-9a-f", OPENED_BOOT_MIN,
		    OPENED_BOOT_MAX);
		return;
	}
	if (asked.boot)
		found = opened_find(&err, site->config.state, &site->keys.old, d.identity.mac,
		    asked.boot, &d.session);
	if (found < 0)
		reply_warn(reply, &err);
	/* (of a key that is gone: the boot gets another one) */
	if (found == 1 && session_keys_token(&site->keys, d.session.id, d.token))
		found = 0;
	if (found != 1 && open_mint(&d, &asked))
		return;
	if (session_archive_conf(site, request, &d.session, d.token, &d.identity, reply, conf) == 0)
		reply_add(reply, "%s", conf);
}
