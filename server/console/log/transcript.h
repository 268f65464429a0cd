/* SPDX-License-Identifier: MIT */
/*
 * transcript: what a serial console printed, as it came, and when.
 *
 *   DIR/console.log    the bytes, unchanged, so that a terminal can replay them, and lines of our own,
 *                      "[lastwords: console lost 12 s: BMC closed the session]", where bytes are missing
 *   DIR/console.idx    16 bytes for each line, both numbers little endian: u64 offset of its first byte in
 *                      console.log, u64 microseconds since 1970 (UTC) when that byte arrived. A line begins
 *                      with the first byte after a line feed (not after a carriage return: redraws)
 *   DIR/console.log.1, DIR/console.idx.1    the part before; together at most 2 * TRANSCRIPT_MAX bytes
 *
 * Times never decrease in an index, also when the clock is set back, so "from T1 to T2" is two binary
 * searches. Bytes are written as they come, unsynced: kill -9 loses none, a power cut some. What a killed
 * writer left unindexed is indexed when the transcript is opened again. Times are microseconds, UTC.
 */
#ifndef CONSOLE_LOG_TRANSCRIPT_H
#define CONSOLE_LOG_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/file.h"

enum { TRANSCRIPT_MAX = 16 << 20, TRANSCRIPT_MARK_MAX = 256 };

struct transcript {
	char dir[FILE_PATH_MAX];
	int log, index; /* descriptors, -1: not open */
	uint64_t size; /* of console.log */
	int64_t last_usec; /* of the last line */
	int begun; /* a line has begun */
	int unindexed; /* the disk has not taken all of the index */
};

void transcript_init(struct transcript *transcript);
/* Opens the transcript of a directory, which exists; one that was open is closed first. 0/-1. */
int transcript_open(struct err *err, struct transcript *transcript, const char *dir);
void transcript_close(struct transcript *transcript);
/* Appends bytes that arrived at usec. 0, or -1: some of them are not stored (a full disk). What of the index is
 * not is made again with the next bytes. */
int transcript_write(
    struct err *err, struct transcript *transcript, const char *bytes, size_t len, int64_t usec);
/* Appends "[lastwords: TEXT]" as a line of its own. 0/-1. */
int transcript_mark(struct err *err, struct transcript *transcript, const char *text, int64_t usec);
/* 1 if its files were removed: it must be opened again. */
int transcript_is_gone(const struct transcript *transcript);

/* --- reading ---------------------------------------------------------------------------- */

/* The older part comes first: one run of bytes from 0 to size, and of lines. */
struct transcript_reader {
	int log[2], index[2]; /* .1 and the newer; -1: missing */
	uint64_t part[2]; /* bytes of each */
	uint64_t lines[2];
};

/* Opens what there is in a directory; close it also after an error. 0, or -1: there is no transcript. */
int transcript_read_open(struct err *err, struct transcript_reader *reader, const char *dir);
void transcript_read_close(struct transcript_reader *reader);
uint64_t transcript_size(const struct transcript_reader *reader);
/* The offset of the first line that began at or after usec; the size if no line did. */
uint64_t transcript_find(const struct transcript_reader *reader, int64_t usec);
/* The offset of the first of the last count lines, at most limit bytes from the end. */
uint64_t transcript_last(const struct transcript_reader *reader, uint64_t count, uint64_t limit);
/* The time of the line that offset is in; 0 if it is unknown. */
int64_t transcript_time(const struct transcript_reader *reader, uint64_t offset);
/* Reads at most len bytes from offset. How many, 0 at the end, -1. */
ssize_t transcript_read(
    const struct transcript_reader *reader, uint64_t offset, char *bytes, size_t len);

#endif
