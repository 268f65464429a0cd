/* SPDX-License-Identifier: MIT */
/*
 * err: an error message on its way up.
 *
 * Functions that can fail take a struct err and return 0 or -1 (or NULL). The function
 * that fails sets the message; each layer above may prepend what it was doing. Only a program's main
 * prints it (one line on stderr) and exits. Nothing is allocated; a long message is cut.
 */
#ifndef LASTWORDS_BASE_ERR_H
#define LASTWORDS_BASE_ERR_H

struct err {
	char msg[400];
};

/* Sets the message (printf form). Always returns -1, so that `return err_set(…)` reads well. */
int err_set(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As err_set, and appends ": " and the text of errno as it was on entry. Returns -1. */
int err_errno(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "TEXT: " in front of what is there. Returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints "PROGRAM: MESSAGE\n" on stderr. */
void err_print(const char *program, const struct err *err);

#endif
