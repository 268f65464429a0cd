/* SPDX-License-Identifier: MIT */
/*
 * secret: random bytes (getrandom(2)) that are made once and kept in a file, as lower-case hex digits and a
 * newline, mode 0600. It must not know what they are for.
 */
#ifndef LASTWORDS_BASE_SECRET_H
#define LASTWORDS_BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { SECRET_MAX = 64 }; /* bytes */

/*
 * Reads size bytes from path. With create a missing file is made, durably; several makers at once get the same
 * bytes. 0, or -1: errno is ENOENT if it is missing, EINVAL if it has no 2 * size hex digits.
 */
int secret_load(struct err *err, const char *path, int create, uint8_t *bytes, size_t size);
/* Replaces the file by one with these bytes, durably. 0/-1. */
int secret_write(struct err *err, const char *path, const uint8_t *bytes, size_t size);

#endif
