/* SPDX-License-Identifier: MIT */
/*
 * merge: makes one session's record (record/record.h), or runs the decoder on it (decode/main.c), in a process
 * of its own, with limits, so that no upload can cost the caller its memory, its time or its life. One at a time
 * for each struct merge.
 *
 * The process is a copy of the caller (fork), or, where the caller has a merge.program, that program, which calls
 * merge_main(). The collector does the latter: a copy would share its memory, and each page that the collector
 * writes meanwhile would have to be copied, while netconsole waits.
 *
 * Limits: MERGE_MEMORY bytes more than the process has when it begins, MERGE_CPU seconds of CPU, MERGE_WALL seconds
 * in all; of the decoder MERGE_DECODE_…. When memory is short the kernel ends this process before others. A
 * process that has used up its CPU time or memory has failed. One that the time limit, another process or a full disk
 * has ended is interrupted: the logs are not at fault.
 */
#ifndef LASTWORDS_STORE_MERGE_H
#define LASTWORDS_STORE_MERGE_H

#include <sys/types.h>

#include "base/err.h"

enum { MERGE_MEMORY = 448 << 20, MERGE_CPU = 10, MERGE_WALL = 300 };
/* A vmlinux with debug information is mapped. */
enum { MERGE_DECODE_MEMORY = 2047 << 20, MERGE_DECODE_CPU = 10, MERGE_DECODE_WALL = 30 };

#define MERGE_OPTION "--run-merge" /* a program's first argument: all is merge_main()'s */

struct merge {
	const char *program; /* the caller's; NULL: a copy of the caller */
	pid_t pid; /* 0: none */
	int decoding; /* it is a decoder, whose exit status 3 is no failure: nothing to decode */
	int reason; /* a pipe: why it failed */
};

enum merge_state { MERGE_RUNNING, MERGE_DONE, MERGE_FAILED, MERGE_INTERRUPTED };

/* Starts with the logs of dir; product is the machine's, "" unknown. 0, or -1: it could not start. */
int merge_start(struct err *err, struct merge *merge, const char *dir, const char *product);
/* Starts the decoder (decode/main.c): the report of dir with source lines of vmlinux. The same. */
int merge_start_decoder(struct err *err, struct merge *merge, const char *program,
    const char *vmlinux, const char *dir);
/* The state of the one that was started; wait: until it has ended. MERGE_FAILED and
 * MERGE_INTERRUPTED set err to the reason. Unless it runs, another one may be started. */
enum merge_state merge_poll(struct err *err, struct merge *merge, int wait);
/* Ends it, if there is one; what it wrote so far may stay. */
void merge_stop(struct merge *merge);
/* The process that merge.program is started as; argv as main() has it. Its exit status. */
int merge_main(int argc, char **argv);

#endif
