/* SPDX-License-Identifier: MIT */
/* number: a number of the command line, for the tests' programs. */
#ifndef TESTS_LIB_NUMBER_H
#define TESTS_LIB_NUMBER_H

#include <stdio.h>
#include <stdlib.h>

/* From 0 to max; anything else ends the program with 2 and the reason. */
static inline long number_arg(const char *program, const char *text, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 0 || n > max) {
		fprintf(stderr, "%s: \"%s\": use a number from 0 to %ld\n", program, text, max);
		exit(2);
	}
	return n;
}

#endif
