/* SPDX-License-Identifier: MIT */
/* action: what people change by the pages; see action.h. */
#include "action.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/install.h"
#include "base/mac.h"
#include "base/program.h"
#include "base/when.h"
#include "csrf.h"

enum {
	FORM_MAX = 16384, /* bytes of a form */
	COMMAND_S = 20, /* of a command */
	POWER_S = 120, /* of a switch: a BMC may be slow, an NMI is waited for */
};

struct form {
	char text[FORM_MAX + 1];
	struct kv kv;
};

/* The value of a field, "" if absent. A value with a NUL byte is cut there. */
static const char *form_get(const struct form *form, const char *name)
{
	const char *value = kv_get(&form->kv, name);

	return value ? value : "";
}

/* --- whether it may ---------------------------------------------------------------------------------- */

static int action_read(struct web *web, struct form *form)
{
	const struct request *request = web->request;
	size_t len = 0;
	ssize_t n;

	if (strncmp(request->type, "application/x-www-form-urlencoded", 33) != 0) {
		web_error(web, 415, "Forms are application/x-www-form-urlencoded.");
		return -1;
	}
	while (len < FORM_MAX &&
	       (n = request->read(request->read_arg, form->text + len, FORM_MAX - len)) > 0)
		len += (size_t)n;
	if (len == FORM_MAX) {
		web_error(web, 413, "This form is too long.");
		return -1;
	}
	for (size_t i = 0; i < len; i++)
		if (form->text[i] == '+')
			form->text[i] = ' ';
	(void)kv_parse(&form->kv, form->text, len, '&');
	return 0;
}

/* 1 if a browser says that the form is of another site. */
static int action_is_foreign(const struct web *web)
{
	const char *site = web->request->variable("HTTP_SEC_FETCH_SITE");
	const char *origin = web->request->variable("HTTP_ORIGIN");

	if (site && strcmp(site, "same-origin") != 0)
		return 1;
	if (!origin)
		return 0;
	/* (behind a proxy that ends TLS the scheme is another one: the host decides) */
	origin = strstr(origin, "://");
	return !origin || strcmp(origin + 3, web->request->host) != 0;
}

/* 0 if the person and the form are what they must be; else -1, answered. */
static int action_may(struct web *web, struct form *form)
{
	struct err err;

	if (!web->user[0]) {
		web_error(web, 403,
		    "Log in first. A person is added on the server: lastwords user add NAME");
		return -1;
	}
	if (action_is_foreign(web)) {
		web_error(web, 403, "This form was sent by another site.");
		return -1;
	}
	if (action_read(web, form))
		return -1;
	if (site_key(&err, web->site)) {
		web_error(web, 503, err.msg);
		return -1;
	}
	if (!csrf_ok(&web->site->keys.old, web->user, web->now_ms, form_get(form, "csrf"))) {
		web_error(
		    web, 403, "This form is too old. Go back, load the page again, and repeat.");
		return -1;
	}
	return 0;
}

static void action_done(struct web *web, const char *what)
{
	char to[WEB_LINK_MAX];

	snprintf(to, sizeof(to), "%s?done=%s", web->plain_path, what);
	web_redirect(web, to);
}

/* --- signatures -------------------------------------------------------------------------------------- */

/* A mute's length of time becomes its end. */
static int action_until(struct err *err, const struct web *web, const char *value, char until[25])
{
	int64_t length, ms;

	if (when_parse_length(err, "time", value, &length) == 0)
		clock_format(web->now_ms + length, until);
	else if (when_parse(err, "time", value, web->now_ms, &ms) == 0)
		clock_format(ms, until);
	else
		return -1;
	return 0;
}

void action_group(struct web *web)
{
	static struct form form;
	const char *what, *value;
	char until[25];
	struct err err;

	if (action_may(web, &form))
		return;
	what = form_get(&form, "what");
	value = form_get(&form, "value");
	if (strcmp(what, "mute") == 0 && value[0]) {
		if (action_until(&err, web, value, until)) {
			web_error(web, 400, err.msg);
			return;
		}
		value = until;
	}
	if (triage_write(
		&err, web->site->config.state, web->now_ms, web->part[1], what, value, web->user))
		web_error(web, 400, err.msg);
	else
		action_done(web, what);
}

/* --- commands ---------------------------------------------------------------------------------------- */

/*
 * Runs `lastwords WORDS`, as the person would: the same checks, the same journal. The worker's own limit of
 * time is off meanwhile; the command has its own.
 */
static void action_run(struct web *web, const char *const *words, const char *what, int seconds)
{
	char program[FILE_PATH_MAX], by[64], said[512];
	char dash_c[] = "-c";
	char *argv[16] = {program, dash_c, (char *)(uintptr_t)web->site->path};
	char *env[] = {by, NULL};
	struct program_text text = {.text = said, .size = sizeof(said)};
	struct program run = {
	    .argv = argv, .env = env, .input = -1, .timeout_ms = seconds * 1000, .err = &text};
	static char out[4096];
	struct program_text output = {.text = out, .size = sizeof(out)};
	struct err err;

	run.out = &output;
	for (size_t i = 0; words[i] && i < 12; i++)
		argv[3 + i] = (char *)(uintptr_t)words[i];
	snprintf(by, sizeof(by), "LASTWORDS_BY=%s", web->user);
	alarm(0);
	if (install_find(&err, "bin/lastwords", program) || program_run(&err, &run)) {
		web_error(web, 500, err.msg);
		return;
	}
	if (run.exit_code != 0) {
		said[strcspn(said, "\n")] = '\0';
		web_error(web, 409,
		    strncmp(said, "lastwords: ", 11) == 0 ? said + 11
		    : text.len                            ? said
							  : run.how);
		return;
	}
	action_done(web, what);
}

void action_crash(struct web *web)
{
	static struct form form;
	struct session session;
	struct err err;

	if (session_parse(&err, web->part[1], strlen(web->part[1]), &session)) {
		web_error(web, 404, err.msg);
		return;
	}
	if (action_may(web, &form))
		return;
	if (strcmp(form_get(&form, "what"), "keep") != 0) {
		web_error(web, 400, "A session can be kept: what=keep.");
		return;
	}
	const char *words[] = {"keep", session.id,
	    strcmp(form_get(&form, "value"), "clear") == 0 ? "--clear" : NULL, NULL};

	action_run(web, words, "keep", COMMAND_S);
}

/* The target of a machine; NULL: it has none. */
static struct config_target *action_target(struct web *web, const uint8_t mac[6])
{
	struct config *config = &web->site->config;

	for (size_t i = 0; i < config->target_count; i++)
		if (memcmp(config->targets[i].address, mac, 6) == 0)
			return &config->targets[i];
	return NULL;
}

static void action_boot(struct web *web, const struct form *form, char mac[18])
{
	const char *profile = form_get(form, "profile"), *args = form_get(form, "args");
	const char *words[9] = {"machine", mac, "--once"};
	size_t count = 3;

	if (!profile[0] && !args[0]) {
		web_error(web, 400, "Set a profile, arguments, or both.");
		return;
	}
	if (profile[0]) {
		words[count++] = "--profile";
		words[count++] = profile;
	}
	if (args[0]) {
		words[count++] = "--args";
		words[count++] = args;
	}
	action_run(web, words, "boot", COMMAND_S);
}

static void action_power(struct web *web, const struct form *form, const uint8_t mac[6])
{
	static const char *const actions[] = {"on", "off", "cycle", "reset", "nmi"};
	struct config_target *target = action_target(web, mac);
	const char *value = form_get(form, "value");

	if (!target) {
		web_error(web, 404, "This machine is no target: see lastwords.conf(5).");
		return;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(value, actions[i]) == 0) {
			const char *words[] = {"power", target->name, actions[i], NULL};

			action_run(web, words, "power", POWER_S);
			return;
		}
	}
	web_error(web, 400, "A machine can be switched: on, off, cycle, reset, nmi.");
}

static int action_found(void *arg, const struct db_session *session)
{
	(void)session;
	*(int *)arg = 1;
	return 1;
}

/* 1 if the machine has booted here once, or is a target. */
static int action_knows(struct web *web, const uint8_t mac[6])
{
	struct db_list list = {.state = DB_ANY_STATE, .limit = 1};
	int found = action_target(web, mac) != NULL;
	char text[18];
	struct err err;

	mac_format(mac, text);
	list.mac = text;
	if (!found && web_open_index(&err, web) == 0)
		(void)db_list(&err, web->query.db, &list, NULL, action_found, &found);
	return found;
}

void action_machine(struct web *web)
{
	static struct form form;
	const char *what;
	char text[18];
	uint8_t mac[6];
	struct err err;

	if (mac_parse(&err, web->part[1], mac)) {
		web_error(web, 404, err.msg);
		return;
	}
	if (action_may(web, &form))
		return;
	if (!action_knows(web, mac)) {
		web_error(web, 404, "There is no such machine.");
		return;
	}
	mac_format(mac, text);
	what = form_get(&form, "what");
	if (strcmp(what, "boot") == 0)
		action_boot(web, &form, text);
	else if (strcmp(what, "power") == 0)
		action_power(web, &form, mac);
	else
		web_error(web, 400, "A machine has what=boot and what=power.");
}
