/* SPDX-License-Identifier: MIT */
/*
 * opening: by which line each kind of kernel report begins, of what class and severity it is,
 * and by which rule its function is found. A table and its lookup, nothing else.
 */
#ifndef LASTWORDS_REPORT_OPENING_H
#define LASTWORDS_REPORT_OPENING_H

#include <stddef.h>

#include "report.h"

/* How the guilty function is found. */
enum report_rule {
	RULE_NONE, /* the class says it all */
	RULE_STACK, /* instruction pointer, else stack */
	RULE_LINE, /* named in the opening line as f+0x; else as RULE_STACK */
	RULE_AFTER, /* named in the opening line after " in: " or " in "; else as RULE_STACK */
	RULE_LOCK, /* lockdep: the first "at: f+0x" or line that is f+0x; else as RULE_STACK */
	RULE_IRQ_LOCK, /* lockdep: who takes the lock in an interrupt; else as RULE_LOCK */
	RULE_STALL, /* the frame below the entry points */
	RULE_LAST, /* "last function:", else as RULE_STACK (workqueue leaks) */
};

enum {
	OPEN_MORE = 1, /* may also be a later line of a report that has begun already */
	OPEN_END = 2, /* a panic that follows from the report before it */
	OPEN_WARNED = 4, /* panic_on_warn: it follows from the WARNING before it */
	OPEN_HANG = 8, /* hang: corrupts nothing, so it causes no later oops */
	OPEN_ASKED = 16, /* asked for by a person: no earlier report is its cause */
	OPEN_WORDS = 32, /* class continues with the words after the pattern, up to " in " */
	OPEN_TEXT = 64, /* the message tells bugs apart where there is no function */
	OPEN_HINT = 128, /* of the next lines' death, printed just before it */
	OPEN_BARE = 256, /* printed without a stack */
	OPEN_COUNTED = 1024, /* only with die()'s counter, "[#1]": drivers print such words, too */
	OPEN_IF_DIES =
	    2048, /* only where the kernel dies of it: a process's own fault has the same line */
	OPEN_DIRECT = 512, /* its stack has no "Call Trace:" in front */
};

struct report_opening {
	const char
	    *pattern; /* report_glob, of the line without its prefixes; a last '*' is implied */
	const char *class;
	enum report_severity severity;
	enum report_rule rule;
	unsigned int flags;
};

/* The opening that this line (without prefixes) is, or NULL. */
const struct report_opening *report_opening_match(const char *text, size_t len);

/* 0: no opening of a death is in this line, with its prefixes or without; 1: one may be, match it. Nearly
 * every line of every machine gets a 0, at a fifth of what matching costs. */
int report_opening_may_be_death(const char *text, size_t len);
/* The table, for its tests: opening i, NULL behind the last. */
const struct report_opening *report_opening_at(size_t i);

#endif
