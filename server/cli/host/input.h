/* SPDX-License-Identifier: MIT */
/* input: files and standard input, read whole, or their end. */
#ifndef LASTWORDS_CLI_HOST_INPUT_H
#define LASTWORDS_CLI_HOST_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Reads a file ("-": standard input) of at most max bytes; *text is NUL-terminated and malloc'ed, the
 * caller frees. 0/-1. */
int input_read(struct err *err, const char *path, size_t max, char **text, size_t *len);
/* The same of the last max bytes; *left_out: how many there are before them. */
int input_read_end(
    struct err *err, const char *path, size_t max, char **text, size_t *len, uint64_t *left_out);

#endif
