/* SPDX-License-Identifier: MIT */
/*
 * number: the numbers of the journal's lines, by which a central database knows what it has. Byte offsets
 * would not do, because compaction rewrites files.
 *
 * A numbered line ends in " n=" and 16 decimal digits: fixed, so that a number of which a full disk took a
 * part is none. Numbers only grow, over all files, in the order of the lines; some are left out.
 *
 *   STATE/journal.lock   NUMBER BOOT-ID\n: the last number that was given, 16 digits, and the kernel's boot
 *                        (/proc/sys/kernel/random/boot_id) in which it was
 *
 * A writer holds flock(2) on the file from the choice of a number to the end of its write(2). The wait is
 * bounded: a writer that does not get the lock, or cannot write the file, writes its line without a number,
 * because a machine waits for its reply. The file is never synced. Instead numbers jump by NUMBER_JUMP in
 * each boot of the server, over those that a power cut may have taken from this file and the journal, but
 * not from the central database; and in each process that cannot read the boot's id.
 */
#ifndef LASTWORDS_STORE_NUMBER_H
#define LASTWORDS_STORE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum {
	NUMBER_DIGITS = 16,
	NUMBER_PAIR = 3 + NUMBER_DIGITS, /* bytes of " n=NUMBER" */
	NUMBER_JUMP = 1 << 20,
	NUMBER_WAIT_MS = 50,
	/* after a wait in vain the same writer does not wait for so long, unless others got numbers since */
	NUMBER_BUSY_MS = 1000,
};
#define NUMBER_MAX 9999999999999999LL
#define NUMBER_LOCK "journal.lock"

/* A writer's use of the file. */
struct number {
	int fd; /* -1: not open */
	int checked; /* the journal's end has no greater number */
	int64_t busy_until; /* monotonic, milliseconds */
	int64_t stuck_at; /* the last number after a wait in vain */
	char boot[37];
};

void number_init(struct number *number);
void number_close(struct number *number);

/* Gets the lock. 0, or -1: not within the time, or the file cannot be opened. */
int number_lock(struct number *number, const char *state);
void number_unlock(struct number *number);

/* With the lock: the first of count numbers that follow each other, or 0: the lines get none. */
int64_t number_take(struct number *number, const char *state, int64_t count);
/* With the lock: the last number given, or that a power cut may have taken; 0: none. -1: it cannot be
 * written that numbers have jumped, or were raised to at least this. */
int64_t number_raise(struct number *number, const char *state, int64_t least);

/* The number of a line without its newline; 0: it has none. */
int64_t number_of(const char *line, size_t len);
/* " n=NUMBER" and a NUL. */
void number_pair(int64_t number, char text[NUMBER_PAIR + 1]);

/*
 * The last numbered line of an open file that begins before end: its number (0: there is none in the last
 * limit bytes before end), and the offset after its newline.
 */
int64_t number_before(int fd, int64_t end, int64_t limit, int64_t *after);

#endif
