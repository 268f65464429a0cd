/* SPDX-License-Identifier: MIT */
/*
 * num: text to numbers, strictly.
 *
 * Each takes the field's name for the message, the text, and the valid range. Refused, with a
 * message that names the field: empty text, a sign, white space, a digit of another base, overflow,
 * trailing bytes, out of range. 0/-1.
 */
#ifndef LASTWORDS_BASE_NUM_H
#define LASTWORDS_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

int num_u64(struct err *err, const char *name, const char *text, size_t len, uint64_t min,
    uint64_t max, uint64_t *out);
/* Hexadecimal, without "0x". */
int num_hex64(struct err *err, const char *name, const char *text, size_t len, uint64_t *out);
int num_int(struct err *err, const char *name, const char *text, int min, int max, int *out);
/* A TCP or UDP port, 1 to 65535. */
int num_port(struct err *err, const char *name, const char *text, uint16_t *out);
/* A size in bytes: digits and an optional suffix K, M or G (powers of 1024), as in crashkernel=. */
int num_size(struct err *err, const char *name, const char *text, size_t len, uint64_t *out);

#endif
