/* SPDX-License-Identifier: MIT */
/*
 * hex: bytes as hexadecimal text and back. Pure; allocates nothing.
 */
#ifndef LASTWORDS_BASE_HEX_H
#define LASTWORDS_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* The digits as written here: for strspn(3) too. */
#define HEX_DIGITS "0123456789abcdef"

/* The value of one digit, 0 to 15, of either case; -1 for any other character. */
int hex_digit(char c);
/* The byte that the two digits at text stand for, 0 to 255, or -1. */
int hex_byte(const char text[2]);
/* text: 2 * size lower-case digits and a NUL. */
void hex_text(const uint8_t *bytes, size_t size, char *text);

#endif
