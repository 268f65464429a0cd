/* SPDX-License-Identifier: MIT */
/*
 * tap: the few lines of TAP that the unit tests print. A test is a program: it calls ok() and its
 * kin, and returns tap_done() from main.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static int ok(int good, const char *fmt, ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	return good;
}

/* Compares two strings and shows both when they differ. */
__attribute__((unused)) static int is(const char *got, const char *want, const char *name)
{
	int good = got && want ? strcmp(got, want) == 0 : got == want;

	ok(good, "%s", name);
	if (!good)
		printf("#      got: \"%s\"\n# expected: \"%s\"\n", got ? got : "(null)",
		    want ? want : "(null)");
	return good;
}

__attribute__((unused)) static int is_num(long long got, long long want, const char *name)
{
	int good = got == want;

	ok(good, "%s", name);
	if (!good)
		printf("#      got: %lld\n# expected: %lld\n", got, want);
	return good;
}

__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
