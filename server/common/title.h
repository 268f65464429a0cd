/* SPDX-License-Identifier: MIT */
/*
 * title: the class, title and signature of a kernel log. Pure: text in, record out.
 *
 * The first report of the log that is a crash counts (an oops is enough; the final "Kernel panic -
 * not syncing: Fatal exception" is only its end). Title is "CLASS in FUNCTION", or CLASS alone
 * where no function can be told. Signature is the first 16 hex digits of the SHA-256 of what
 * identifies the bug: class, guilty function and the next reliable frames (title.c says which and
 * why), without addresses, offsets, pids, CPU numbers and compiler suffixes.
 */
#ifndef LASTWORDS_TITLE_H
#define LASTWORDS_TITLE_H

#include <stddef.h>

struct title {
	char class
	    [48]; /* "NULL pointer dereference", "panic", "BUG", "sysrq crash", … ; "" no crash */
	char function[128]; /* "" unknown */
	char title[200]; /* "" no crash */
	char signature[17]; /* "" no crash */
	char release[128]; /* kernel release where the log states it */
	char comm[32]; /* task, where stated */
	int cpu; /* -1 unknown */
	int corrupted; /* 1: the report is torn or interleaved */
	size_t offset; /* bytes into the text where the report begins */
	size_t line; /* the same as a line number, from 0 */
};

/*
 * Reads a kernel log as dmesg prints it, with or without "<N>" and "[time]" prefixes and caller
 * ids. Always fills *out; returns 1 if there is a crash, 0 if not. Linear in len.
 */
int title_find(const char *text, size_t len, struct title *out);

/*
 * 1 if this one line (len bytes, prefixes allowed) says that the kernel has died or is about to:
 * an oops, BUG or panic line. WARNING is not.
 */
int title_is_death(const char *line, size_t len);

#endif
