/* SPDX-License-Identifier: MIT */
/*
 * choice: what a person at a machine's boot menu has chosen, as the menu's script sends it back:
 *
 *   choice=PROFILE [edit=1 | argshex=HEX]
 *
 * edit: the arguments are to be shown for editing; argshex: they are edited, and replace the
 * profile's own. Anybody on the network can send it: the caller looks whether the machine has a
 * menu, and the arguments are those that command_line_args_ok lets through. Pure.
 */
#ifndef LASTWORDS_CGI_BOOT_CHOICE_H
#define LASTWORDS_CGI_BOOT_CHOICE_H

#include "base/err.h"
#include "session/session.h"

enum { CHOICE_ARGS_MAX = 1023 };

struct choice {
	char profile[PROFILE_NAME_MAX + 1]; /* "" none, or none that is a name */
	int edit;
	int has_args;
	char args[CHOICE_ARGS_MAX + 1]; /* checked */
};

/* 0, or -1 with why the arguments are refused: has_args is 0 then. */
int choice_read(struct err *err, struct choice *choice, const char *query);

#endif
