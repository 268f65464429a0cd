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
 * Records come from a dead kernel and its firmware: every size is bounded, every byte may be
 * anything.
 */
#ifndef LASTWORDS_ARM_PSTORE_H
#define LASTWORDS_ARM_PSTORE_H

#include <stddef.h>
#include <stdint.h>

enum {
	PSTORE_PARTS = 64,
	PSTORE_NAME_MAX = 96,
	PSTORE_PART_MAX = 65536, /* bytes of a record, decompressed too */
	PSTORE_APART = 60, /* seconds within which the records of one crash are written */
	PSTORE_ID_MAX = 80, /* of a session, with the NUL */
};

struct pstore_part {
	char name[PSTORE_NAME_MAX]; /* of the file */
	char *data; /* malloc'ed, without the header line */
	size_t len;
	int64_t time; /* seconds since 1970, the record's own; 0 unknown */
	char why[16]; /* Panic, Oops, Emergency … */
	unsigned int count, part; /* Panic#COUNT Part PART */
	unsigned int crash; /* after pstore_group: which crash it is of, from 0 */
};

struct pstore {
	int dir; /* the root of the mounted pstore, O_PATH; -1 */
	size_t count;
	unsigned int crashes;
	struct pstore_part part[PSTORE_PARTS];
};

/*
 * Reads the header line into why, count and part. Its length with the newline; 0 if data has none.
 */
size_t pstore_header(const char *data, size_t len, struct pstore_part *part);
/* Inflates a .enc.z record: bytes in out, or -1. */
long pstore_inflate(const char *data, size_t len, char *out, size_t size);
/*
 * Finds the parts of each crash (same header except for the part, within PSTORE_APART) and sorts:
 * crashes with the panics first, the newest first; parts with the oldest lines first.
 */
void pstore_group(struct pstore *pstore);
/*
 * The text of one crash: a mark line "[lastwords: …]", then its parts, with a mark where one is
 * missing. malloc'ed, *len bytes; NULL if there is no memory.
 */
char *pstore_text(const struct pstore *pstore, unsigned int crash, size_t *len);
/* The last session that text names, by lastwords.session= or "lastwords: armed"; "" if none. */
void pstore_session(const char *text, size_t len, char id[PSTORE_ID_MAX]);
/* Closes and frees all. */
void pstore_free(struct pstore *pstore);

#endif
