/* SPDX-License-Identifier: MIT */
/* decide: which profile a machine gets, and its session; see decide.h. */
#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "boot/command_line.h"
#include "cgi/http/strangers.h"
#include "store/journal.h"

void decide_begin(struct decision *d, struct site *site, const struct request *request,
    int64_t now_ms, struct reply *reply)
{
	memset(d, 0, sizeof(*d));
	d->site = site;
	d->request = request;
	d->reply = reply;
	d->now_ms = now_ms;
	identity_read(&d->identity, request->query);
	if (!d->identity.ip[0])
		snprintf(d->identity.match[MATCH_CLIENT], sizeof(d->identity.match[MATCH_CLIENT]),
		    "%s", request->remote);
}

int decide_is_dry(const struct decision *d)
{
	return d->site->dry || d->identity.dry || session_mac_is_probe(d->identity.mac);
}

/* The line that out holds into the journal, unless this is a dry run. */
static void decide_write(struct decision *d, struct kv_out *out)
{
	struct err err;

	if (!decide_is_dry(d) &&
	    journal_writer_append(&err, &d->site->journal, d->site->config.state, out))
		reply_warn(d->reply, &err);
}

/* For people, once for each machine and time. session may be NULL. */
static void decide_event(
    struct decision *d, const char *session, const char *what, const char *text)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), d->now_ms, "event", session);
	kv_out_pair(&out, ' ', "what", what);
	kv_out_pair(&out, ' ', "mac", d->identity.match[MATCH_MAC]);
	kv_out_pair(&out, ' ', "text", text);
	decide_write(d, &out);
}

/* 1 if a line of this request may be written. */
static int decide_may_write(struct decision *d, const char *refused)
{
	struct quota_ask ask = {
	    .reason = refused, .bytes = strlen(d->request->query), .now_ms = d->now_ms};

	if (decide_is_dry(d))
		return 0;
	memcpy(ask.mac, d->identity.mac, sizeof(ask.mac));
	return strangers_may_write(d->site, &ask, d->override.set_ms != 0, d->reply);
}

/* Lines are short whatever a machine sends: SMBIOS strings are rarely longer. */
enum { DECIDE_FIELD_MAX = 64 };

static void decide_field(struct kv_out *out, const char *key, const char *text)
{
	char cut[DECIDE_FIELD_MAX + 1];

	snprintf(cut, sizeof(cut), "%s", text);
	if (cut[0])
		kv_out_pair(out, ' ', key, cut);
}

static void decide_identity(struct decision *d, struct kv_out *out)
{
	const struct identity *identity = &d->identity;

	if (d->profile) {
		kv_out_pair(out, ' ', "profile", d->profile->name);
		kv_out_pair(out, ' ', "rule", d->rule);
		kv_out_pair(out, ' ', "image", d->profile->image);
		kv_out_pair(out, ' ', "loader", d->loader);
		if (d->choice.has_args)
			kv_out_pair(out, ' ', "args", d->choice.args);
	}
	kv_out_pair(out, ' ', "address", identity->ip[0] ? identity->ip : d->request->remote);
	decide_field(out, "netmask", identity->netmask);
	decide_field(out, "gateway", identity->gateway);
	decide_field(out, "from", d->request->remote);
	for (size_t i = 0; i < MATCH_COUNT; i++)
		if (i != MATCH_CLIENT)
			decide_field(out, config_match_name(i), identity->match[i]);
	decide_field(out, "agent", d->request->agent);
}

void decide_journal(struct decision *d, const char *event, const char *why)
{
	int first = !why || !d->has_session; /* the request itself; not what followed from it */
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	if (first)
		d->silent = !decide_may_write(d, why);
	if (d->silent)
		return;
	journal_begin(
	    &out, line, sizeof(line), d->now_ms, event, d->has_session ? d->session.id : NULL);
	kv_out_pair(&out, ' ', "why", why);
	if (first)
		decide_identity(d, &out);
	decide_write(d, &out);
}

static void decide_override(struct decision *d)
{
	struct err err;
	int rc = override_read(&err, d->site->config.state, d->identity.mac, &d->override);

	if (rc < 0)
		reply_warn(d->reply, &err);
	if (rc != 1)
		memset(&d->override, 0, sizeof(d->override));
	if (d->override.args[0] && command_line_args_ok(&err, d->override.args)) {
		err_prefix(&err, "override of %s: args ignored", d->identity.match[MATCH_MAC]);
		reply_warn(d->reply, &err);
		d->override.args[0] = '\0';
	}
}

/* The override's image in place of its profile's own. */
static void decide_image(struct decision *d)
{
	if (!d->override.image[0])
		return;
	d->changed = *d->profile;
	d->changed.image = d->override.image;
	d->profile = &d->changed;
}

/* Sets profile and rule; profile stays NULL if nobody is responsible for the machine. */
static void decide_choose(struct decision *d)
{
	const struct config *config = &d->site->config;
	const char *identity[MATCH_COUNT];
	const struct config_rule *rule;
	struct err err;

	if (d->override.profile[0]) {
		d->profile = config_bootable(config, d->override.profile);
		snprintf(d->rule, sizeof(d->rule), "override");
		if (d->profile) {
			decide_image(d);
			return;
		}
		err_set(&err, "override of %s: profile \"%s\" is not defined; the rules decide",
		    d->identity.match[MATCH_MAC], d->override.profile);
		reply_warn(d->reply, &err);
	}
	for (size_t i = 0; i < MATCH_COUNT; i++)
		identity[i] = d->identity.match[i];
	rule = config_choose(config, identity);
	if (rule) {
		d->profile = config_bootable(config, rule->profile);
		snprintf(d->rule, sizeof(d->rule), "line %d", rule->at.line);
	} else {
		d->profile = config_bootable(config, config->unknown);
		snprintf(d->rule, sizeof(d->rule), "unknown");
	}
}

static int decide_attempts(const struct decision *d, enum attempts_kind kind, int64_t since_ms)
{
	return attempts_since(&d->attempts, kind, since_ms, d->now_ms);
}

/* A one-shot override that the machine was given often enough and never ran with, is given up. */
static void decide_give_up(struct decision *d)
{
	const struct config *config = &d->site->config;
	struct session now = {.time_ms = d->now_ms};
	struct err err, text;

	/* A table that cannot be had stops nothing. */
	if (site_table(&err, d->site, &d->site->attempts) ||
	    attempts_read(&err, &d->site->attempts, d->identity.mac, &d->attempts))
		reply_warn(d->reply, &err);
	if (!d->override.once || decide_attempts(d, ATTEMPT_LOUD, d->override.set_ms) +
					 decide_attempts(d, ATTEMPT_QUIET, d->override.set_ms) <
				     config->loop_boots)
		return;
	err_set(&text, "%s: one-shot override dropped after %d failed boots",
	    d->identity.match[MATCH_MAC], config->loop_boots);
	memcpy(now.mac, d->identity.mac, sizeof(now.mac));
	if (!decide_is_dry(d) && override_consume(&err, config->state, &now) < 0)
		reply_warn(d->reply, &err);
	decide_event(d, NULL, "one-shot", text.msg);
	memset(&d->override, 0, sizeof(d->override));
}

/* A machine that asks again and again and never runs gets the fallback until it has run. */
static void decide_guard(struct decision *d, int unproven)
{
	const struct config *config = &d->site->config;
	int64_t window = (int64_t)config->loop_minutes * 60000;
	int count = decide_attempts(d, ATTEMPT_LOUD, d->now_ms - window);
	struct err text;

	if (unproven && !d->override.set_ms)
		count += decide_attempts(d, ATTEMPT_UNPROVEN, d->now_ms - window);
	if (!d->profile || count < config->loop_boots)
		return;
	err_set(&text, "%s: boot loop: %d sessions in %d minutes, none has run; %s%s",
	    d->identity.match[MATCH_MAC], count, config->loop_minutes,
	    config->fallback[0] ? "now profile " : "no fallback is configured", config->fallback);
	if (count == config->loop_boots && decide_may_write(d, "boot loop"))
		decide_event(d, NULL, "boot-loop", text.msg);
	if (!config->fallback[0])
		return;
	d->profile = config_bootable(config, config->fallback);
	snprintf(d->rule, sizeof(d->rule), "fallback");
	d->override.args[0] = '\0';
}

int decide_fixed(const struct decision *d)
{
	return d->override.profile[0] || strcmp(d->rule, "fallback") == 0;
}

void decide_mint(struct decision *d)
{
	struct err err;

	if (decide_is_dry(d)) {
		/* Of no worth to anybody: neither its check nor its token are of the server's key. */
		static const struct session_key none;

		session_mint(&none, d->identity.mac, d->now_ms, d->profile->name, &d->session);
		memset(d->token, '0', SESSION_TOKEN_LEN);
		d->has_session = 1;
		return;
	}
	if (site_key(&err, d->site)) {
		reply_warn(d->reply, &err);
		return;
	}
	session_keys_mint(
	    &d->site->keys, d->identity.mac, d->now_ms, d->profile->name, &d->session);
	d->has_session = session_keys_token(&d->site->keys, d->session.id, d->token) == 0;
}

void decide_count(struct decision *d)
{
	struct site *site = d->site;
	uint8_t neighbour[6];
	struct err err;

	if (decide_is_dry(d) || (address_neighbour(&site->arp, d->request->remote, neighbour) &&
				    memcmp(neighbour, d->identity.mac, 6) != 0))
		return;
	if (site_table(&err, site, &site->attempts) ||
	    attempts_add(
		&err, &site->attempts, d->identity.mac, &d->attempts, d->now_ms, ATTEMPT_UNPROVEN))
		reply_warn(d->reply, &err);
}

void decide_address(struct decision *d)
{
	const char *remote = d->request->remote;
	uint8_t mac[6];
	struct err what;
	int known = !decide_is_dry(d) && address_neighbour(&d->site->arp, remote, mac);

	if (!d->silent && address_misfit(&what, &d->identity, remote, known ? mac : NULL))
		decide_event(d, d->session.id, "address", what.msg);
}

void decide_again(struct decision *d)
{
	decide_override(d);
	decide_choose(d);
}

void decide(struct decision *d, int unproven)
{
	decide_override(d);
	decide_give_up(d);
	decide_choose(d);
	decide_guard(d, unproven);
}
