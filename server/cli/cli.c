/* SPDX-License-Identifier: MIT */
/* cli: what the commands share; see cli.h. */
#include "cli.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mac.h"
#include "screen/progress.h"

int cli_load(struct err *err, struct cli *cli)
{
	return cli->config.file ? 0 : config_load(err, config_path(cli->conf), &cli->config);
}

int cli_become_owner(struct err *err, const struct cli *cli)
{
	struct stat st;

	if (geteuid() != 0 || stat(cli->config.state, &st) || st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) || setgid(st.st_gid) || setuid(st.st_uid))
		return err_errno(err, "cannot become the owner of %s", cli->config.state);
	return 0;
}

const char *cli_by(void)
{
	static char by[64];
	const char *web = getenv("LASTWORDS_BY"), *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());

	if (!by[0])
		snprintf(by, sizeof(by), "%s",
		    web && web[0]     ? web
		    : sudo && sudo[0] ? sudo
		    : user            ? user->pw_name
				      : "");
	return by[0] ? by : NULL;
}

int cli_load_writing(struct err *err, struct cli *cli)
{
	return cli_load(err, cli) || cli_become_owner(err, cli) ? -1 : 0;
}

struct db *cli_open(struct err *err, struct cli *cli)
{
	return cli_load(err, cli) ? NULL : db_open(err, cli->config.state, 0);
}

static volatile sig_atomic_t cli_signal;

static void cli_on_signal(int signal_number)
{
	cli_signal = signal_number;
}

const volatile sig_atomic_t *cli_catch_signals(void)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = cli_on_signal, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	return &cli_signal;
}

int cli_fail(const struct err *err)
{
	progress_end();
	err_print("lastwords", err);
	return CLI_FAILED;
}

void cli_report(void *arg, const char *text)
{
	(void)arg;
	progress_hide();
	fprintf(stderr, "lastwords: %s\n", text);
}

enum screen_colour cli_state_colour(const char *state)
{
	static const enum screen_colour colours[SESSION_ENDED + 1] = {
	    [SESSION_STALLED] = SCREEN_WARN,
	    [SESSION_NOT_ARMED] = SCREEN_WARN,
	    [SESSION_ARMED] = SCREEN_GOOD,
	    [SESSION_RUNNING] = SCREEN_GOOD,
	    [SESSION_DIED] = SCREEN_BAD,
	    [SESSION_NO_CAPTURE] = SCREEN_BAD,
	    [SESSION_CAPTURED] = SCREEN_BAD,
	};

	for (int i = 0; i <= SESSION_ENDED; i++)
		if (strcmp(state, session_state_name((enum session_state)i)) == 0)
			return colours[i];
	return SCREEN_PLAIN;
}

const char *cli_plural(unsigned long long count)
{
	return count == 1 ? "" : "s";
}

/* --- commands ---------------------------------------------------------------------------------------- */

const struct cli_command *cli_find_command(const char *name)
{
	for (const struct cli_command *c = cli_commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

int cli_usage(const char *name)
{
	const struct cli_command *command = cli_find_command(name);

	if (command)
		options_usage(stderr, command->name, command->options, command->args);
	return CLI_USAGE;
}

int cli_wrong(const char *name, const char *what)
{
	fprintf(stderr, "lastwords: %s; see lastwords %s --help\n", what, name);
	return CLI_USAGE;
}

int cli_mac(const char *text, uint8_t mac[6])
{
	struct err err;

	if (mac_parse(&err, text, mac) == 0)
		return 0;
	cli_fail(&err);
	return CLI_USAGE;
}

void cli_help_command(FILE *out, const struct cli_command *command)
{
	options_usage(out, command->name, command->options, command->args);
	fprintf(out, "%s\n", command->summary);
	options_help(out, command->options);
}

int cli_take(struct cli *cli, int *argc, char **argv, void *options)
{
	static const struct options_row none[] = {{.name = NULL}};
	const struct cli_command *command = cli->command;
	struct err err;

	if (options_parse(&err, argc, argv, command->options ? command->options : none,
		command->least, command->most, options) == OPTIONS_DONE)
		return CLI_OK;
	cli_fail(&err);
	return CLI_USAGE;
}

/* --- sessions ---------------------------------------------------------------------------------------- */

/* Without the mark of a list that has cut it: "…", "~". */
static const char *cli_uncut(const char *what, char text[SESSION_ID_MAX + 8])
{
	static const char *const marks[] = {"…", "~"};

	if (!what || strlen(what) >= SESSION_ID_MAX + 8)
		return what;
	memcpy(text, what, strlen(what) + 1);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(text), mark = strlen(marks[i]);

		if (len > mark && strcmp(text + len - mark, marks[i]) == 0)
			text[len - mark] = '\0';
	}
	return text;
}

/* 1 if a person has named the session: it or its MAC begins so, or it is its signature. (The query also finds words of titles and products,
 * of which a list may have several; a command for one session must not guess.) */
static int cli_is_named(const json_t *row, const char *what)
{
	const char *id = json_string_value(json_object_get(row, "session"));
	const char *mac = json_string_value(json_object_get(row, "mac"));
	const char *signature = json_string_value(json_object_get(row, "signature"));
	struct err ignored;
	uint8_t bytes[6];

	return !what || mac_parse(&ignored, what, bytes) == 0 ||
	       (signature && strcasecmp(signature, what) == 0) ||
	       (id && strncasecmp(id, what, strlen(what)) == 0) ||
	       (mac && strncasecmp(mac, what, strlen(what)) == 0);
}

json_t *cli_newest(struct err *err, struct query *query, const char *given)
{
	char text[SESSION_ID_MAX + 8];
	const char *what = cli_uncut(given, text);
	json_t *row = query_newest(err, query, what, NULL);
	int unnamed = row && !cli_is_named(row, what);

	if (unnamed) {
		json_decref(row);
		row = NULL;
	}
	if (unnamed || (!row && query_was_missing(query) && what))
		err_set(err, "unknown session \"%.80s\"; `lastwords sessions` lists them", what);
	else if (!row && query_was_missing(query))
		err_set(err, "no session yet; boot a machine from this server");
	return row;
}

int cli_find_session(struct err *err, struct db *db, const char *given, struct db_session *session)
{
	struct query query = {.db = db};
	json_t *row = cli_newest(err, &query, given);
	const char *id = json_string_value(json_object_get(row, "session"));
	int found = id ? db_session_by_id(err, db, id, session) : -1;

	/* (it was removed meanwhile) */
	if (found == 0)
		err_set(err, "session %.80s was removed", id);
	json_decref(row);
	return found > 0 ? 0 : -1;
}
