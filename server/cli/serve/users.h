/* SPDX-License-Identifier: MIT */
/*
 * users: who may change something on the pages: STATE/users, which lighttpd reads at each login (htpasswd).
 *
 *   NAME:HASH, one line each; HASH as crypt(3) writes it (yescrypt). The file is the owner's of STATE and its
 *   group's to read only.
 */
#ifndef LASTWORDS_CLI_SERVE_USERS_H
#define LASTWORDS_CLI_SERVE_USERS_H

#include <stddef.h>

#include "base/err.h"

enum {
	USER_NAME_MAX = 32,
	USER_PASSWORD_MIN = 10,
	USER_PASSWORD_MAX = 200,
	USERS_SIZE_MAX = 1 << 18
};

/* [a-z0-9] and, not first, '.', '_', '@', '-'; 1 to USER_NAME_MAX characters. 0/-1. */
int users_check_name(struct err *err, const char *name);
/* USER_PASSWORD_MIN to USER_PASSWORD_MAX characters, without controls. 0/-1. */
int users_check_password(struct err *err, const char *password);

/* Adds a person, or sets the password of one who is there. 1 if the person was there, 0, -1. */
int users_set(struct err *err, const char *state, const char *name, const char *password);
/* 1 removed, 0 there was none of this name, -1. */
int users_remove(struct err *err, const char *state, const char *name);
/* Calls got with each name. How many there are, or -1. */
int users_list(
    struct err *err, const char *state, void (*got)(void *arg, const char *name), void *arg);

#endif
