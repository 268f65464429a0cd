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
#include "screen.h"
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
/* 1 if a collector runs on this STATE: it brings the index up to date itself. */
int cli_collector_runs(const char *state);
/* For a command that cannot work without it: a server that was just started may need a moment, 5 s at most.
 * 0/-1. */
int cli_wait_for_server(struct err *err, const char *state);
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

/*
 * Finds a session by its id, the beginning of its id, or a MAC in any form (the machine's newest
 * session); what NULL: the newest of all. 0/-1.
 */
int cli_find_session(struct err *err, struct db *db, const char *what, struct db_session *session);

/* Prints text with every byte that is not printable ASCII as \xNN, so that no text from the network
 * controls the terminal. */
void cli_print_safe(const char *text);
/* The same for len bytes. */
void cli_print_bytes(const char *text, size_t len);
/* A row of one thing: its name, padded to width columns, and the value as cli_print_safe prints it; no row if
 * value is "". */
void cli_print_row(const char *name, int width, const char *value);

/* A buffer on the heap for a result of at most size bytes, which cli_text_print frees. 0/-1. */
int cli_text_begin(struct err *err, struct kv_out *out, size_t size);
/* Prints it on stdout and frees it. 0, or -1: it did not fit. */
int cli_text_print(struct err *err, struct kv_out *out);

/*
 * The path of a program or file of lastwords: in a checkout or installed. name is "bin/lastwords-boot", "etc/lighttpd.conf.in", "ipxe/boot.ipxe", "images/…". 0/-1.
 */
int cli_find_file(struct err *err, const char *name, char path[FILE_PATH_MAX]);

/* The directory of undionly.kpxe and snponly.efi: the configured one; else that of our own iPXE if it
 * is installed or built; else Debian's /usr/lib/ipxe. */
void cli_firmware(const struct config *config, char path[FILE_PATH_MAX]);

/* The first address of a host name, as numeric text; family AF_INET or AF_UNSPEC. 0/-1. */
int cli_resolve(struct err *err, const char *host, int family, char address[64]);

/* Reads a file ("-": standard input) of at most max bytes; *text is NUL-terminated and malloc'ed, the
 * caller frees. 0/-1. */
int cli_read_input(struct err *err, const char *path, size_t max, char **text, size_t *len);
/* The same of the last max bytes; *left_out: how many there are before them. */
int cli_read_end(
    struct err *err, const char *path, size_t max, char **text, size_t *len, uint64_t *left_out);

int cmd_bisect(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_completion(struct cli *cli, int argc, char **argv);
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
    check_options[], console_options[], crashes_options[], diff_options[], doctor_options[],
    drill_options[], mute_options[], triage_options[], explain_options[], export_options[],
    fleet_options[], fsck_options[], keep_options[], machine_options[], machines_options[],
    power_options[], prune_options[], qualify_options[], sessions_options[], show_options[],
    tail_options[], title_options[], user_options[];

/* Prints what `lastwords show` prints. 0/-1. */
int show_session(struct err *err, struct cli *cli, struct db *db, const struct db_session *session,
    int last_lines);

#endif
