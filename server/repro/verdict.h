/* SPDX-License-Identifier: MIT */
/*
 * verdict: what one run showed. Each has a name for the journal and JSON, and a text for people.
 *
 *   same      same signature   the machine crashed with the signature that is expected; with no expectation,
 *                              with any
 *   other     other crash      it crashed with another signature. It is counted in n of "k of n" as a run that
 *                              did not strike, its time of death ends its observation (times.h); bisection
 *                              does not use it, because the run cannot show whether the bug is there
 *   survived  survived         it ran until the time limit
 *   none      no verdict       the run was not one: never booted, BMC error, server away. It has a reason,
 *                              and is never counted
 */
#ifndef LASTWORDS_REPRO_VERDICT_H
#define LASTWORDS_REPRO_VERDICT_H

enum verdict {
	VERDICT_NONE,
	VERDICT_SAME,
	VERDICT_OTHER,
	VERDICT_SURVIVED,
};
enum { VERDICTS = 4 };

/* "same", "other" … */
const char *verdict_name(enum verdict verdict);
/* "same signature", "other crash" … */
const char *verdict_text(enum verdict verdict);
/* The verdict with that name. 0, or -1: unknown, or name is NULL. */
int verdict_parse(const char *name, enum verdict *verdict);

/*
 * Of a crash's signature. expected "" or NULL: any crash is the same. A crash without a signature (its log
 * was lost) is the same only if nothing is expected.
 */
enum verdict verdict_of_crash(const char *signature, const char *expected);

#endif
