/* SPDX-License-Identifier: MIT */
/*
 * cmdline: what the kernel's command line says to arm, and the one that the capture kernel gets.
 * Pure. Quoting follows the kernel (lib/cmdline.c, next_arg): double quotes join words, there is no
 * escape; everything behind a lone "--" belongs to init.
 */
#ifndef LASTWORDS_ARM_CMDLINE_H
#define LASTWORDS_ARM_CMDLINE_H

#include <stddef.h>

#include "base/err.h"

/* arm's own place, which `rdinit=` names. */
#define ARM_PATH "/lastwords/arm"

/*
 * The next word at *at, which moves behind it: its begin in *word, its length (quotes included) the
 * result; 0 at the end or at "--".
 */
size_t arm_cmdline_word(const char **at, const char **word);

/*
 * The value of the last KEY=VALUE word before "--" that is not equal to except (NULL: any), without
 * quotes. Its length, or -1 if there is none or it does not fit.
 */
long arm_cmdline_get(
    const char *cmdline, const char *key, const char *except, char *out, size_t size);

/* The OS's init: its last rdinit= that is not ours, else "/init". */
void arm_cmdline_init(const char *cmdline, char *out, size_t size);

struct arm_capture_args {
	const char *os; /* the running kernel's command line, for what describes hardware */
	const char *console; /* ttyS0,115200n8, or "" */
	int panic; /* seconds; less than 1 counts as 1, for 0 would mean to hang */
};

/*
 * The capture kernel's command line, less than size bytes with its NUL (the x86 limit of 2048 less
 * what kexec adds is the caller's size). elfcorehdr= is added by kexec. -1: does not fit.
 */
int arm_cmdline_capture(
    struct err *err, const struct arm_capture_args *args, char *out, size_t size);

#endif
