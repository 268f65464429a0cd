/* SPDX-License-Identifier: MIT */
/* boot: what a machine that asks to boot is answered; see boot.h. */
#include "boot.h"

#include <stdio.h>
#include <string.h>

#include "boot_session.h"
#include "boots.h"
#include "choice.h"
#include "command_line.h"
#include "identity.h"
#include "image.h"
#include "journal.h"
#include "menu.h"
#include "override.h"
#include "script.h"

/* One request's way to its script. */
struct decision {
	struct site *site;
	const struct request *request;
	struct reply *reply;
	int64_t now_ms;
	struct identity identity;
	struct override override; /* zeroed where there is none */
	struct boots boots; /* since the machine last ran */
	struct choice choice; /* of a menu; zeroed where it does not count */
	const struct config_profile *profile;
	char rule[48]; /* what chose the profile, for people */
	struct session session;
	char token[SESSION_TOKEN_LEN + 1];
	int has_session;
	char base[REQUEST_BASE_MAX];
	char armed[COMMAND_LINE_MAX], plain[COMMAND_LINE_MAX];
	struct err message; /* for the machine's console */
};

static void boot_journal(struct decision *d, const char *event, const char *why)
{
	const struct identity *identity = &d->identity;
	char line[JOURNAL_LINE_MAX], agent[129];
	struct kv_out out;
	struct err err;

	journal_begin(
	    &out, line, sizeof(line), d->now_ms, event, d->has_session ? d->session.id : NULL);
	kv_out_pair(&out, ' ', "why", why);
	if (!why || !d->has_session) {
		snprintf(agent, sizeof(agent), "%s", d->request->agent);
		if (d->profile) {
			kv_out_pair(&out, ' ', "profile", d->profile->name);
			kv_out_pair(&out, ' ', "rule", d->rule);
			kv_out_pair(&out, ' ', "image", d->profile->image);
			if (d->choice.has_args)
				kv_out_pair(&out, ' ', "args", d->choice.args);
		}
		kv_out_pair(
		    &out, ' ', "address", identity->ip[0] ? identity->ip : d->request->remote);
		if (identity->netmask[0])
			kv_out_pair(&out, ' ', "netmask", identity->netmask);
		if (identity->gateway[0])
			kv_out_pair(&out, ' ', "gateway", identity->gateway);
		if (d->request->remote[0])
			kv_out_pair(&out, ' ', "from", d->request->remote);
		for (size_t i = 0; i < MATCH_COUNT; i++)
			if (i != MATCH_CLIENT && identity->match[i][0])
				kv_out_pair(&out, ' ', config_match_names[i], identity->match[i]);
		if (agent[0])
			kv_out_pair(&out, ' ', "agent", agent);
	}
	if (!d->site->dry && journal_append(&err, d->site->config.state, &out))
		reply_warn(d->reply, &err);
}

static void boot_say(struct decision *d, enum script_kind kind)
{
	struct script script = {
	    .kind = kind,
	    .identity = &d->identity,
	    .base = d->base,
	    .message = d->message.msg,
	};

	script_render(d->reply, &script);
}

static void boot_override(struct decision *d)
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

/* Sets profile and rule; profile stays NULL if nobody is responsible for the machine. */
static void boot_choose(struct decision *d)
{
	const struct config *config = &d->site->config;
	const char *identity[MATCH_COUNT];
	const struct config_rule *rule;
	struct err err;

	if (d->override.profile[0]) {
		d->profile = config_bootable(config, d->override.profile);
		snprintf(d->rule, sizeof(d->rule), "override");
		if (d->profile)
			return;
		err_set(&err, "override of %s: profile \"%s\" is not defined; the rules decide",
		    d->identity.match[MATCH_MAC], d->override.profile);
		reply_warn(d->reply, &err);
	}
	for (size_t i = 0; i < MATCH_COUNT; i++)
		identity[i] = d->identity.match[i];
	rule = config_choose(config, identity);
	if (rule) {
		d->profile = config_bootable(config, rule->profile);
		snprintf(d->rule, sizeof(d->rule), "line %d", rule->line);
	} else {
		d->profile = config_bootable(config, config->unknown);
		snprintf(d->rule, sizeof(d->rule), "unknown");
	}
}

/* For people, once for each machine and time. */
static void boot_event(struct decision *d, const char *what, const char *text)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	if (d->site->dry)
		return;
	journal_begin(&out, line, sizeof(line), d->now_ms, "event", NULL);
	kv_out_pair(&out, ' ', "what", what);
	kv_out_pair(&out, ' ', "mac", d->identity.match[MATCH_MAC]);
	kv_out_pair(&out, ' ', "text", text);
	if (journal_append(&err, d->site->config.state, &out))
		reply_warn(d->reply, &err);
}

/* A one-shot override that the machine was given often enough and never ran with, is given up. */
static void boot_give_up(struct decision *d)
{
	const struct config *config = &d->site->config;
	struct session now = {.time_ms = d->now_ms};
	struct err err, text;

	if (boots_read(&err, config->state, d->identity.mac, &d->boots))
		reply_warn(d->reply, &err);
	if (!d->override.once ||
	    boots_since(&d->boots, d->override.set_ms, d->now_ms) < config->loop_boots)
		return;
	err_set(&text, "%s did not come up in %d boots with what was set for one boot; it is gone",
	    d->identity.match[MATCH_MAC], config->loop_boots);
	memcpy(now.mac, d->identity.mac, sizeof(now.mac));
	if (!d->site->dry && override_consume(&err, config->state, &now) < 0)
		reply_warn(d->reply, &err);
	boot_event(d, "one-shot", text.msg);
	memset(&d->override, 0, sizeof(d->override));
}

/* A machine that asks again and again and never runs gets the fallback until it has run. */
static void boot_guard(struct decision *d)
{
	const struct config *config = &d->site->config;
	int64_t window = (int64_t)config->loop_minutes * 60000;
	int count = boots_since(&d->boots, d->now_ms - window, d->now_ms);
	struct err text;

	if (!d->profile || count < config->loop_boots)
		return;
	err_set(&text, "%s: boot loop: %d sessions in %d minutes, none has run; %s%s",
	    d->identity.match[MATCH_MAC], count, config->loop_minutes,
	    config->fallback[0] ? "now profile " : "no fallback is configured", config->fallback);
	if (count == config->loop_boots)
		boot_event(d, "boot-loop", text.msg);
	if (!config->fallback[0])
		return;
	d->profile = config_bootable(config, config->fallback);
	snprintf(d->rule, sizeof(d->rule), "fallback");
	d->override.args[0] = '\0';
}

/* Asks at the console, or takes what was chosen there. 1 if the reply is made. */
static int boot_menu(struct decision *d)
{
	const struct config *config = &d->site->config;
	struct menu menu = {.config = config, .profile = d->profile, .more = d->override.args};
	struct script script = {.kind = SCRIPT_MENU,
	    .identity = &d->identity,
	    .base = d->base,
	    .menu = &menu,
	    .message = d->message.msg};
	const struct config_profile *chosen;

	/* What a person has set, and what must get a machine out of a loop, asks nobody. */
	if (!d->profile || !d->profile->menu || d->override.profile[0] ||
	    strcmp(d->rule, "fallback") == 0)
		return 0;
	if (choice_read(&d->message, &d->choice, d->request->query))
		d->choice.profile[0] = '\0';
	chosen = d->choice.profile[0] ? config_bootable(config, d->choice.profile) : NULL;
	if (chosen && !d->choice.edit) {
		d->profile = chosen;
		snprintf(d->rule, sizeof(d->rule), "menu");
		return 0;
	}
	if (chosen) {
		menu.profile = chosen;
		script.kind = SCRIPT_EDIT;
	}
	script_render(d->reply, &script);
	return 1;
}

static void boot_unknown(struct decision *d)
{
	const struct identity *identity = &d->identity;

	if (strcmp(d->site->config.unknown, "exit") == 0) {
		err_set(&d->message, "no rule of the server matches; on to the next boot device");
		boot_journal(d, "refused", "unknown machine, exit");
		boot_say(d, SCRIPT_EXIT);
		return;
	}
	err_set(&d->message,
	    "no rule of the server matches: manufacturer=%.40s product=%.40s serial=%.40s "
	    "asset=%.20s uuid=%.36s; waiting for one",
	    identity->match[MATCH_MANUFACTURER], identity->match[MATCH_PRODUCT],
	    identity->match[MATCH_SERIAL], identity->match[MATCH_ASSET],
	    identity->match[MATCH_UUID]);
	boot_journal(d, "refused", "unknown machine");
	boot_say(d, SCRIPT_WAIT);
}

/*
 * The command lines. 0 armed, 1 only the plain one (err says why), -1 neither.
 */
static int boot_lines(struct err *err, struct decision *d, int has_initrd)
{
	char switches[CONFIG_SWITCHES_MAX];
	struct command_line line = {
	    .initrds = has_initrd ? "initrd=os" : "",
	    .args = d->choice.has_args ? d->choice.args : d->profile->args,
	    .more = d->choice.has_args ? "" : d->override.args,
	    .switches = switches,
	    .console = d->profile->console,
	    .crashkernel = "",
	    .session = d->has_session ? d->session.id : NULL,
	};

	config_switches(d->profile, switches);
	if (command_line_build(err, &line, d->plain))
		return -1;
	line.initrds = "initrd=os initrd=session initrd=overlay";
	line.crashkernel = d->profile->crashkernel;
	line.arm = 1;
	line.panic = d->profile->panic;
	return command_line_build(err, &line, d->armed) ? 1 : 0;
}

static void boot_session(struct decision *d)
{
	struct err err;

	if (d->site->dry) {
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
	session_mint(&d->site->key, d->identity.mac, d->now_ms, d->profile->name, &d->session);
	session_token(&d->site->key, d->session.id, d->token);
	d->has_session = 1;
}

static void boot_image(struct decision *d)
{
	struct script script = {
	    .kind = SCRIPT_ARMED,
	    .identity = &d->identity,
	    .base = d->base,
	    .profile = d->profile->name,
	    .image = d->profile->image,
	    .armed = d->armed,
	    .plain = d->plain,
	    .choice = &d->choice,
	};
	struct image image;
	struct err why, err, unsaid;
	int bad = image_open(&why, d->site->config.images, d->profile->image, &image);
	int lines;

	if (!image.has_kernel) {
		err_set(&d->message, "profile %s: %s%s", d->profile->name,
		    bad ? why.msg : "image without vmlinuz: ", bad ? "" : image.dir);
		boot_journal(d, "refused", d->message.msg);
		reply_warn(d->reply, &d->message);
		boot_say(d, SCRIPT_WAIT);
		return;
	}
	boot_session(d);
	lines = boot_lines(&err, d, image.has_initrd);
	if (lines < 0) {
		d->has_session = 0;
		err_set(&d->message, "profile %s: %s", d->profile->name, err.msg);
		boot_journal(d, "refused", d->message.msg);
		reply_warn(d->reply, &d->message);
		boot_say(d, SCRIPT_WAIT);
		return;
	}
	if (!image.has_initrd)
		bad = err_set(&why, "image without initrd");
	else if (!bad && !d->has_session)
		bad = err_set(&why, "the server has no key");
	else if (!bad && image_overlay_ok(&why, &image))
		bad = -1;
	if (!bad && lines == 1) {
		why = err;
		bad = -1;
	}
	if (d->has_session)
		boot_journal(d, "requested", NULL);
	if (d->has_session && !d->site->dry &&
	    boots_add(&unsaid, d->site->config.state, d->identity.mac, d->now_ms))
		reply_warn(d->reply, &unsaid);
	if (bad) {
		script.kind = SCRIPT_PLAIN;
		err_set(&d->message, "booting unarmed: %s", why.msg);
		reply_warn(d->reply, &why);
		if (d->has_session)
			boot_journal(d, "not-armed", why.msg);
	} else if (!d->profile->crashkernel[0]) {
		/* arm and keeper run all the same: netconsole needs no reservation. */
		err_set(&d->message, "booting unarmed: the profile has no crashkernel");
		boot_journal(d, "not-armed", "profile without crashkernel");
	}
	script.message = d->message.msg;
	script.has_initrd = image.has_initrd;
	script.session = d->has_session ? d->session.id : NULL;
	script.token = d->token;
	script_render(d->reply, &script);
}

static void boot_base(struct decision *d)
{
	const char *tail = strstr(d->request->path, "/cgi-bin/boot_ipxe.cgi")
			       ? "/cgi-bin/boot_ipxe.cgi"
			   : strstr(d->request->path, "/boot_ipxe.cgi") ? "/boot_ipxe.cgi"
									: "/boot";
	const char *listen = d->site->loaded ? d->site->config.listen : "";
	char host[CONFIG_HOST_MAX + 1];
	uint16_t port = 8080;
	struct err err;

	if (d->site->loaded && d->site->config.url[0]) {
		snprintf(d->base, sizeof(d->base), "%s", d->site->config.url);
		return;
	}
	if (request_base(d->request, tail, 0, d->base) == 0)
		return;
	/* A shell: what a client on this machine would use. */
	(void)config_split_address(&err, listen, host, &port);
	snprintf(d->base, sizeof(d->base), "http://127.0.0.1:%u", port);
}

static void boot_script(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	struct decision d = {.site = site, .request = request, .reply = reply, .now_ms = now_ms};

	identity_read(&d.identity, request->query);
	if (!d.identity.ip[0])
		snprintf(d.identity.match[MATCH_CLIENT], sizeof(d.identity.match[MATCH_CLIENT]),
		    "%s", request->remote);
	boot_base(&d);
	if (!site->loaded) {
		err_set(&d.message, "the server's configuration is wrong: %s", site->error.msg);
		reply_warn(reply, &site->error);
		boot_say(&d, SCRIPT_WAIT);
		return;
	}
	if (!d.identity.has_mac) {
		err_set(&d.message, "the request has no MAC address of a machine in mac=");
		boot_journal(&d, "refused", "no MAC address");
		boot_say(&d, SCRIPT_WAIT);
		return;
	}
	boot_override(&d);
	boot_give_up(&d);
	boot_choose(&d);
	boot_guard(&d);
	if (boot_menu(&d))
		return;
	if (!d.profile)
		boot_unknown(&d);
	else
		boot_image(&d);
}

void boot_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	const char *name = request_path_after(request, "session");

	reply_init(reply);
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
		reply_error(reply, 405, "GET or HEAD");
		return;
	}
	if (name)
		boot_session_archive(site, request, name, reply);
	else
		boot_script(site, request, now_ms, reply);
	if (reply->out.overflow) {
		/* Cannot happen with the limits above; a machine still gets a script. */
		reply_error(reply, 200,
		    "#!ipxe\necho lastwords: the script would be too long\nsleep 30\nexit 1");
	}
}
