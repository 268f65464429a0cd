/* SPDX-License-Identifier: MIT */
/* print: text that may come from a network, on standard output, so that none of it controls the terminal. */
#ifndef LASTWORDS_CLI_SCREEN_PRINT_H
#define LASTWORDS_CLI_SCREEN_PRINT_H

#include <stddef.h>

#include "base/err.h"
#include "base/kv.h"

/* Prints text with every byte that is not printable ASCII as \xNN. */
void print_safe(const char *text);
/* The same for len bytes. */
void print_bytes(const char *text, size_t len);
/* A row of one thing: its name, padded to width columns, and the value as print_safe prints it; no row if
 * value is "". */
void print_row(const char *name, int width, const char *value);

/* A buffer on the heap for a result of at most size bytes, which print_end frees. 0/-1. */
int print_begin(struct err *err, struct kv_out *out, size_t size);
/* Prints it as it is and frees it. 0, or -1: it did not fit. */
int print_end(struct err *err, struct kv_out *out);

#endif
