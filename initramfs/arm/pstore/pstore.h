/* SPDX-License-Identifier: MIT */
/*
 * pstore: the log that the firmware kept of a crash before this boot (ERST, ramoops, EFI
 * variables): its records, which of them are of one crash, and their text. Pure.
 *
 * pstore is a file system with one file for each record: dmesg-BACKEND-ID. A kernel that crashes
 * writes its log from the end, in records of the backend's size, each beginning with "Panic#2
 * Part1\n"; so part 1 is the newest, and the one with the highest number has the oldest lines. A
 * name that ends in .enc.z is a record that this kernel could not decompress (raw deflate, with the
 * same inside). Source: fs/pstore/platform.c (pstore_dump), fs/pstore/inode.c (pstore_mkfile),
 * Documentation/admin-guide/pstore-blk.rst.
 *
 * How many records a crash has, and how long they are, is set by the dead kernel's command line
 * (pstore.kmsg_bytes=, ramoops.record_size=): 112 EFI variables, or one record of 1 MB. Of a crash
 * the newest PSTORE_CRASH_MAX bytes are taken; the text has a mark for what is left out.
 *
 * Records come from a dead kernel and its firmware: every size is bounded, every byte may be
 * anything.
 */
#ifndef LASTWORDS_ARM_PSTORE_H
#define LASTWORDS_ARM_PSTORE_H

#include <stddef.h>
#include <stdint.h>

enum {
	PSTORE_PARTS = 16384, /* records of all crashes */
	PSTORE_NAME_MAX = 96,
	PSTORE_HEAD_MAX = 64, /* bytes of a header line, with its newline */
	PSTORE_CRASH_MAX = 8 << 20, /* bytes that are taken of one crash, */
	PSTORE_TOTAL_MAX = 16 << 20, /* and of all of them */
	PSTORE_PACKED_MAX = 8 << 20, /* bytes of a compressed record, */
	PSTORE_INFLATED_MAX = 64 << 20, /* and of what is in it */
	PSTORE_APART = 60, /* seconds within which the records of one crash are written */
	PSTORE_ID_MAX = 80, /* of a session, with the NUL */
};

struct pstore_part {
	char name[PSTORE_NAME_MAX]; /* of the file */
	size_t head, size; /* lengths of the header line and of the text after it, in bytes */
	char *data; /* malloc'ed: the last len bytes of the text; NULL if len is 0 */
	size_t len;
	int64_t time; /* seconds since 1970, the record's own; 0 unknown */
	int64_t crash_time; /* after pstore_group: of the newest part of its crash */
	char why[16]; /* Panic, Oops, Emergency … */
	unsigned int count, part; /* Panic#COUNT Part PART */
	unsigned int crash; /* after pstore_group: which crash it is of, from 0 */
};

struct pstore {
	int dir; /* the root of the mounted pstore, O_PATH; -1 */
	size_t count, room;
	unsigned int crashes;
	struct pstore_part *part; /* malloc'ed (array_grow) */
	size_t left; /* records that stay in pstore for the next boot, since there are too many */
};

/* Reads the header line into why, count and part. Its length with the newline; 0: no header line. */
size_t pstore_header(const char *data, size_t len, struct pstore_part *part);
/*
 * Inflates a .enc.z record into out: its bytes from skip on, as many as there is room for. The
 * length of all of it, or -1: it is garbage, or longer than PSTORE_INFLATED_MAX.
 */
long pstore_inflate(const char *data, size_t len, size_t skip, char *out, size_t size);
/*
 * Finds the parts of each crash (same header except for the part, each within PSTORE_APART of
 * another; the second of two equal parts is of another crash) and sorts: crashes with the panics
 * first, the newest first; parts by their numbers, with the oldest lines first.
 */
void pstore_group(struct pstore *pstore);
/*
 * Sets len of each part to what is taken of it: the newest bytes of its crash. Drops the crashes that
 * exceed PSTORE_TOTAL_MAX, the oldest ones, and counts their records as left.
 */
void pstore_limit(struct pstore *pstore);
/* Numbers the crashes again, after parts were dropped from the sorted list. */
void pstore_renumber(struct pstore *pstore);
/*
 * The text of one crash: a mark line "[lastwords: …]", then its parts, with marks where one is
 * missing and where bytes are left out. malloc'ed, *len bytes; NULL if there is no memory.
 */
char *pstore_text(const struct pstore *pstore, unsigned int crash, size_t *len);
/* The last session that text names, by lastwords.session= or "lastwords: armed"; "" if none. */
void pstore_session(const char *text, size_t len, char id[PSTORE_ID_MAX]);
/* Closes and frees all. */
void pstore_free(struct pstore *pstore);

#endif
