/* SPDX-License-Identifier: MIT */
/*
 * pstore: what the firmware kept of a panic before this boot (ERST, ramoops, EFI variables).
 *
 * pstore is a file system with one file for each record: dmesg-BACKEND-ID. A kernel that dies writes
 * its log from the end, in records of the backend's size, each beginning with "Panic#2 Part1\n"; so
 * part 1 is the newest, and the highest is read first. A name that ends in .enc.z is a record that
 * this kernel could not decompress (raw deflate, and then the same). Source: fs/pstore/platform.c
 * (pstore_dump), fs/pstore/inode.c (pstore_mkfile), Documentation/admin-guide/pstore-blk.rst.
 *
 * Records are of a dead kernel and its firmware: every size is bounded, every byte may be anything.
 * Only dmesg records are read; nothing is removed but by arm_pstore_remove.
 */
#ifndef LASTWORDS_ARM_PSTORE_H
#define LASTWORDS_ARM_PSTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "session/conf.h"

enum {
	ARM_PSTORE_PARTS = 64,
	ARM_PSTORE_NAME_MAX = 96,
	ARM_PSTORE_PART_MAX = 65536, /* bytes of a record, decompressed too */
	ARM_PSTORE_APART = 60, /* seconds within which one death is written */
};

struct arm_pstore_part {
	char name[ARM_PSTORE_NAME_MAX];
	char *data; /* malloc'ed, without the header line */
	size_t len;
	int64_t time; /* seconds since 1970, the record's own; 0 unknown */
	char why[16]; /* Panic, Oops, Emergency … */
	unsigned int count, part; /* Panic#COUNT Part PART */
	unsigned int death; /* after arm_pstore_group: which death it is of, from 0 */
};

struct arm_pstore {
	int dir; /* of the mounted pstore; -1 */
	size_t count;
	unsigned int deaths;
	struct arm_pstore_part part[ARM_PSTORE_PARTS];
};

/* Length of the header line with its newline, and what it says; 0 if data has none. Pure. */
size_t arm_pstore_header(const char *data, size_t len, struct arm_pstore_part *part);
/* Inflates a .enc.z record: bytes in out, or -1. Pure. */
long arm_pstore_inflate(const char *data, size_t len, char *out, size_t size);
/*
 * Which parts are of one death (same header but for the part, within ARM_PSTORE_APART), and their
 * order: deaths with the panics first, the newest first; parts from the oldest line on. Pure.
 */
void arm_pstore_group(struct arm_pstore *pstore);
/*
 * The text of one death: a mark line "[lastwords: …]", then its parts, a mark where one is missing.
 * malloc'ed, *len bytes; NULL if there is no memory. Pure.
 */
char *arm_pstore_text(const struct arm_pstore *pstore, unsigned int death, size_t *len);
/* The session that text names last, by lastwords.session= or "lastwords: armed"; "" if none. Pure. */
enum { ARM_PSTORE_ID_MAX = 80 };
void arm_pstore_session(const char *text, size_t len, char id[ARM_PSTORE_ID_MAX]);

/*
 * Mounts pstore where no path leads to it, and reads and groups the records; count is 0 if there
 * are none, or no pstore yet: a backend that is a module comes too late. Free with arm_pstore_free.
 */
void arm_pstore_harvest(struct arm_pstore *pstore);
void arm_pstore_free(struct arm_pstore *pstore);
/* Removes the records of one death from the firmware's memory. */
void arm_pstore_remove(const struct arm_pstore *pstore, unsigned int death);
/*
 * Sends every death to url as an upload of conf's session with Lastwords-Channel: pstore, and removes
 * each that the server has stored (its SHA-256 says the same as ours); until end (arm_now()). 0, or
 * -1: not all.
 */
int arm_pstore_send(struct err *err, const struct arm_pstore *pstore, const char *url,
    const struct session_conf *conf, int64_t end);

#endif
