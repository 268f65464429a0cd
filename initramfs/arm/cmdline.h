/* SPDX-License-Identifier: MIT */
/*
 * cmdline: reads the running kernel's command line, and writes the capture kernel's. Pure. Quoting
 * follows the kernel (lib/cmdline.c, next_arg): double quotes join words, there is no escape;
 * everything after a lone "--" belongs to init.
 */
#ifndef LASTWORDS_ARM_CMDLINE_H
#define LASTWORDS_ARM_CMDLINE_H

#include <stddef.h>

#include "base/err.h"

/* Where arm is in the rootfs: the value of rdinit=. */
#define ARM_PATH "/lastwords/arm"

/*
 * Sets *word to the next word at *at, and *at to its end. The word's length (with its quotes), or 0
 * at the end or at "--".
 */
size_t cmdline_word(const char **at, const char **word);

/*
 * The value of the last KEY=VALUE word before "--" that is not equal to except (NULL: any), without
 * quotes. Its length, or -1 if it is missing or does not fit.
 */
long cmdline_get(const char *cmdline, const char *key, const char *except, char *out, size_t size);

/* The OS's init: the last rdinit= that is not ours, else "/init". */
void cmdline_init(const char *cmdline, char *out, size_t size);

struct cmdline_capture {
	const char *os; /* the running kernel's command line */
	const char *console; /* ttyS0,115200n8, or "" */
	/* The MAC of the NIC that booted, 52:54:00:a1:b2:c3, which the small kernel opens as it starts
	 * (images/open-nic.c). What is no MAC is left out. */
	const char *nic;
	int panic; /* seconds; less than 1 counts as 1, since 0 would hang for ever */
};

/*
 * The capture kernel's command line, without the elfcorehdr= that kexec adds: the OS's words but for those
 * that harm a capture (cmdline.c lists them, with the reasons), then ours. Words that do not fit are left
 * out, those on hardware last. size must leave room for elfcorehdr= below the x86 limit of 2048. -1: ours
 * do not fit, or console is not one word.
 */
int cmdline_capture(struct err *err, const struct cmdline_capture *args, char *out, size_t size);

#endif
