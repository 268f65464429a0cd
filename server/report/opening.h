/* SPDX-License-Identifier: MIT */
/*
 * opening: the line that begins each kind of kernel report, its class and severity, and the rule that finds
 * the function to blame. A table and its lookup.
 */
#ifndef LASTWORDS_REPORT_OPENING_H
#define LASTWORDS_REPORT_OPENING_H

#include <stddef.h>

#include "report.h"

/* How the function to blame is found. */
enum report_rule {
	RULE_NONE, /* not looked for: the class is enough */
	RULE_STACK, /* instruction pointer, else stack */
	RULE_LINE, /* named in the opening line as f+0x; else as RULE_STACK */
	RULE_CALL, /* named in the opening line as f(); else as RULE_STACK */
	RULE_AFTER, /* named in the opening line after " in: " or " in "; else as RULE_STACK */
	RULE_LOCK, /* lockdep: the first "at: f+0x" or line that is f+0x; else as RULE_STACK */
	RULE_IRQ_LOCK, /* lockdep: the function that takes the lock in an interrupt; else as RULE_LOCK */
	RULE_PAGE, /* who allocated the page, where page_owner tells; else as RULE_STACK */
	RULE_STALL, /* the frame below the entry points */
	RULE_CHAIN, /* as RULE_STACK, and who began the chain of calls that spent the stack */
	RULE_LAST, /* "last function:", else as RULE_STACK (workqueue leaks) */
};

enum {
	OPEN_MORE = 1 << 0, /* may also be a later line of a report that has begun */
	OPEN_END = 1 << 1, /* a panic that follows from the report before it */
	OPEN_WARNED = 1 << 2, /* panic_on_warn: it follows from the WARNING before it */
	OPEN_HANG = 1 << 3, /* hang: corrupts no memory, so it causes no later oops */
	OPEN_ASKED = 1 << 4, /* requested by a person: no earlier report is its cause */
	OPEN_WORDS = 1 << 5, /* the words after the pattern belong to the class, up to " in " */
	OPEN_TEXT = 1 << 6, /* where there is no function, the message distinguishes bugs */
	OPEN_HINT = 1 << 7, /* a message just before its report; that of a WARNING may follow it */
	OPEN_BARE = 1 << 8, /* printed without a stack */
	OPEN_DIRECT = 1 << 9, /* its stack has no "Call Trace:" before it */
	OPEN_COUNTED = 1 << 10, /* only with die()'s "[#1]": drivers print such words too */
	OPEN_IF_DIES = 1 << 11, /* only if a death follows: a process's own fault has it too */
};

struct report_opening {
	/* report_glob of the line without its prefixes; a '*' at the end is implied */
	const char *pattern;
	const char *class;
	enum report_severity severity;
	enum report_rule rule;
	unsigned int flags;
};

/* The opening in this line (without prefixes), or NULL. */
const struct report_opening *report_opening_match(const char *text, size_t len);

/*
 * 0: this line, with prefixes or without, has no opening of a death; 1: it may have one, match it. Nearly all
 * lines get 0, for a quarter of the cost of a match: the collector tries each line.
 */
int report_opening_may_be_death(const char *text, size_t len);
/* For tests: opening i of the table, NULL after the last. */
const struct report_opening *report_opening_at(size_t i);

#endif
