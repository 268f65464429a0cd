/* SPDX-License-Identifier: MIT */
/*
 * cli: what the commands of `lastwords` share.
 *
 * A command takes its own arguments (argv[0] is its name), prints its result on stdout and one line
 * of error on stderr, and returns the program's exit code: CLI_OK, CLI_FAILED (it did not happen,
 * or there is none), CLI_USAGE.
 */
#ifndef LASTWORDS_CLI_H
#define LASTWORDS_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"
#include "store/layout.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli {
	const char *conf; /* -c FILE as given, or NULL */
	struct config config; /* empty until cli_load */
};

struct cli_command {
	const char *name, *args, *summary;
	int (*run)(struct cli *cli, int argc, char **argv);
};
extern const struct cli_command cli_commands[]; /* ends with a NULL name */

/* Reads the configuration once. 0/-1. */
int cli_load(struct err *err, struct cli *cli);
/*
 * Before the first write into STATE: root becomes the owner of STATE, so that what it writes is the
 * server's own (a root-owned journal would shut the server out). Others stay who they are. 0/-1.
 */
int cli_become_owner(struct err *err, const struct cli *cli);
/* Both. 0/-1. */
int cli_load_writing(struct err *err, struct cli *cli);
/* 1 if a collector works on this STATE: it brings the index up to date itself. */
int cli_collector_runs(const char *state);
/* Prints the error and gives back CLI_FAILED. */
int cli_fail(const struct err *err);
/* Prints "lastwords: TEXT" on stderr; a library's `report` callback. */
void cli_report(void *arg, const char *text);
/* Prints "usage: lastwords NAME ARGS" and gives back CLI_USAGE. */
int cli_usage(const char *name);

/*
 * The session that a person means: a whole id, the beginning of one, a MAC in any form (its newest
 * session), or NULL for the newest of all. 0, or -1 with a message.
 */
int cli_find_session(struct err *err, struct db *db, const char *what, struct db_session *session);

/* Prints text with every byte that is not printable ASCII as \xNN: nothing that came from a network
 * acts on a terminal. */
void cli_print_safe(const char *text);
/* The same for len bytes. */
void cli_print_bytes(const char *text, size_t len);
/* "2026-11-21 09:36:12", UTC */
void cli_print_time(int64_t ms);
/* A line of a table: name, padded to width columns, and value made safe; nothing where value is "". */
void cli_print_row(const char *name, int width, const char *value);

/*
 * Where a program or file of ours is: beside this program (a checkout's build/bin) or installed.
 * name is "bin/lastwords-boot", "etc/lighttpd.conf.in", "ipxe/boot.ipxe", "images/…". 0/-1.
 */
int cli_find_file(struct err *err, const char *name, char path[FILE_PATH_MAX]);

/* The directory of undionly.kpxe and snponly.efi: the configured one; else that of our own iPXE where
 * it is built or installed, else /usr/lib/ipxe, Debian's. */
void cli_firmware(const struct config *config, char path[FILE_PATH_MAX]);

/* Reads a file ("-": standard input) up to about max bytes; *text is NUL-terminated and malloc'ed, the
 * caller frees. 0/-1. */
int cli_read_input(struct err *err, const char *path, size_t max, char **text, size_t *len);

int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_crashes(struct cli *cli, int argc, char **argv);
int cmd_dhcp_config(struct cli *cli, int argc, char **argv);
int cmd_drill(struct cli *cli, int argc, char **argv);
int cmd_explain(struct cli *cli, int argc, char **argv);
int cmd_export(struct cli *cli, int argc, char **argv);
int cmd_fleet(struct cli *cli, int argc, char **argv);
int cmd_fsck(struct cli *cli, int argc, char **argv);
int cmd_image(struct cli *cli, int argc, char **argv);
int cmd_keep(struct cli *cli, int argc, char **argv);
int cmd_machine(struct cli *cli, int argc, char **argv);
int cmd_machines(struct cli *cli, int argc, char **argv);
int cmd_metrics(struct cli *cli, int argc, char **argv);
int cmd_prune(struct cli *cli, int argc, char **argv);
int cmd_reindex(struct cli *cli, int argc, char **argv);
int cmd_serve(struct cli *cli, int argc, char **argv);
int cmd_sessions(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv);
int cmd_tail(struct cli *cli, int argc, char **argv);
int cmd_title(struct cli *cli, int argc, char **argv);

/* Prints all that is known of one session (what `lastwords show` prints). 0/-1. */
int show_session(struct err *err, struct cli *cli, struct db *db, const struct db_session *session,
    int last_lines);

#endif
