/* SPDX-License-Identifier: MIT */
/*
 * completion: what can stand at the end of an unfinished command line, by the table of commands.
 *
 * The words of a command's args and the names of its options' values decide what is offered:
 *
 *   lower case     itself: "dnsmasq|isc-dhcpd", "auto|always|never"
 *   SESSION        ids of sessions, the newest first
 *   MAC            MACs of machines
 *   SIGNATURE      of crashes
 *   CRASH          signatures, and ids of sessions that crashed
 *   PROFILE, TARGET, IMAGE   of the configuration and its directory of images
 *   FIELD=VALUE    explain's fields
 *   COMMAND        names of commands
 *   WHEN           ages
 *   FILE, DIR      the caller's: ":file", ":directory"
 *   anything else  nothing
 *
 * "NAME,..." is a list, whose last part is completed; "..." at the end of args repeats its last word.
 */
#ifndef LASTWORDS_CLI_COMPLETION_H
#define LASTWORDS_CLI_COMPLETION_H

#include "cli.h"

enum { COMPLETION_WORDS = 64, COMPLETION_SESSIONS = 500 };

/*
 * Prints the candidates, one a line, each the whole last word. words[0] is the program, words[count - 1] the
 * unfinished word, "" if there is none yet. Configuration and index are read where they are needed; if they
 * cannot be read, there is less to offer.
 */
void completion_print(struct cli *cli, int count, char **words);

#endif
