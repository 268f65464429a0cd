/* SPDX-License-Identifier: MIT */
/*
 * cli: what the commands of `lastwords` share.
 *
 * A command takes its own arguments (argv[0] is its name), prints its result on stdout or one error
 * line on stderr, and returns the program's exit code: CLI_OK, CLI_FAILED (it failed, or found
 * nothing), CLI_USAGE.
 */
#ifndef LASTWORDS_CLI_H
#define LASTWORDS_CLI_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/kv.h"
#include "config/config.h"
#include "options.h"
#include "query/query.h"
#include "screen/screen.h"
#include "store/db.h"
#include "store/layout.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli {
	const char *conf; /* -c FILE as given, or NULL */
	struct config config; /* empty until cli_load */
	const struct cli_command *command; /* the one that runs */
	struct screen screen;
};

struct cli_command {
	/* args: its arguments, one word each: "[SESSION|MAC]". Completion reads them: completion.h. */
	const char *name, *args, *summary;
	int (*run)(struct cli *cli, int argc, char **argv);
	const struct options_row *options; /* NULL: none, or not ours */
	int least, most; /* arguments */
	int paged; /* its output may go through a pager */
};
extern const struct cli_command cli_commands[]; /* ends with a NULL name */

/* NULL: there is no such command. */
const struct cli_command *cli_find_command(const char *name);
/* What `lastwords COMMAND --help` prints. */
void cli_help_command(FILE *out, const struct cli_command *command);
/*
 * Takes the command's options and arguments (options.h) by its row in cli_commands. CLI_OK; else the exit code,
 * and the mistake was printed.
 */
int cli_take(struct cli *cli, int *argc, char **argv, void *options);

/* Reads the configuration once. 0/-1. */
int cli_load(struct err *err, struct cli *cli);
/*
 * Before the first write into STATE: root becomes the owner of STATE, because the server could not use
 * files of root. Other users stay who they are. 0/-1.
 */
int cli_become_owner(struct err *err, const struct cli *cli);
/* Both. 0/-1. */
int cli_load_writing(struct err *err, struct cli *cli);
/*
 * Who asked, for the journal: $LASTWORDS_BY (the pages run commands for a person who has logged in), else who is
 * behind sudo, else the user. Before cli_become_owner. NULL: unknown.
 */
const char *cli_by(void);
/* Reads the configuration and opens the index for reading; the caller closes it. NULL on error. */
struct db *cli_open(struct err *err, struct cli *cli);
/* Other than 0 after SIGINT, SIGTERM or SIGHUP; a second one ends the program as usual. */
const volatile sig_atomic_t *cli_catch_signals(void);
/* Prints the error and returns CLI_FAILED. */
int cli_fail(const struct err *err);
/* The colour of a session's state, by its name. */
enum screen_colour cli_state_colour(const char *state);
/* "" for 1, else "s": "%zu line%s" */
const char *cli_plural(unsigned long long count);
/* Prints "lastwords: TEXT" on stderr; a library's `report` callback. */
void cli_report(void *arg, const char *text);
/* Prints "usage: lastwords NAME ARGS" and returns CLI_USAGE. */
int cli_usage(const char *name);
/* Prints "lastwords: WHAT; see lastwords NAME --help" and returns CLI_USAGE. */
int cli_wrong(const char *name, const char *what);

/* An argument that must be a MAC address: 0, or prints the error and returns CLI_USAGE. */
int cli_mac(const char *text, uint8_t mac[6]);

/*
 * Finds a session by its id, the beginning of its id, or a MAC in any form (the machine's newest
 * session); what NULL: the newest of all. 0/-1.
 */
int cli_find_session(struct err *err, struct db *db, const char *what, struct db_session *session);
/* The same as a row of query_sessions, from what the query asks. NULL on error. */
json_t *cli_newest(struct err *err, struct query *query, const char *what);

int cmd_bisect(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_completion(struct cli *cli, int argc, char **argv);
int cmd_central(struct cli *cli, int argc, char **argv);
int cmd_console(struct cli *cli, int argc, char **argv);
int cmd_crashes(struct cli *cli, int argc, char **argv);
int cmd_dhcp_config(struct cli *cli, int argc, char **argv);
int cmd_diff(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);
int cmd_drill(struct cli *cli, int argc, char **argv);
int cmd_explain(struct cli *cli, int argc, char **argv);
int cmd_export(struct cli *cli, int argc, char **argv);
int cmd_fleet(struct cli *cli, int argc, char **argv);
int cmd_fsck(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);
int cmd_image(struct cli *cli, int argc, char **argv);
int cmd_autopsy(struct cli *cli, int argc, char **argv);
int cmd_keep(struct cli *cli, int argc, char **argv);
int cmd_machine(struct cli *cli, int argc, char **argv);
int cmd_machines(struct cli *cli, int argc, char **argv);
int cmd_metrics(struct cli *cli, int argc, char **argv);
int cmd_power(struct cli *cli, int argc, char **argv);
int cmd_prune(struct cli *cli, int argc, char **argv);
int cmd_qualify(struct cli *cli, int argc, char **argv);
int cmd_reindex(struct cli *cli, int argc, char **argv);
int cmd_repro(struct cli *cli, int argc, char **argv);
int cmd_serve(struct cli *cli, int argc, char **argv);
int cmd_sessions(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv);
int cmd_tail(struct cli *cli, int argc, char **argv);
int cmd_title(struct cli *cli, int argc, char **argv);
int cmd_triage(struct cli *cli, int argc, char **argv); /* mute, note, tag, fixed, duplicate */
int cmd_user(struct cli *cli, int argc, char **argv);

extern const struct options_row bisect_options[], repro_options[], autopsy_options[],
    central_options[], check_options[], console_options[], crashes_options[], diff_options[],
    doctor_options[], drill_options[], mute_options[], triage_options[], explain_options[],
    export_options[], fleet_options[], fsck_options[], keep_options[], machine_options[],
    machines_options[], power_options[], prune_options[], qualify_options[], sessions_options[],
    show_options[], tail_options[], title_options[], user_options[];

/* A row of it; none if value is "". */
void show_row(const char *name, const char *value);
/* Prints what `lastwords show` prints. 0/-1. */
int show_session(struct err *err, struct cli *cli, struct db *db, const struct db_session *session,
    int last_lines);
/* The same of a session whose files are elsewhere, by its documents; log: the record's last lines, or NULL. */
void show_document(const struct screen *screen, const json_t *session, const json_t *log);

#endif
