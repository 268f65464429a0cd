/* SPDX-License-Identifier: MIT */
/*
 * disk: free space of the file system that STATE is on. It must not write.
 *
 * The floor (config.h: disk_floor) is the space to keep free. Below it old sessions are removed
 * (retain/prune.h); below half of it nothing that a machine sends is written (DISK_FULL). Logs of
 * new machines (boot/known.h) are stored only while so much is free that they cannot cause that removal
 * (DISK_STRANGERS), and lines about them are written to the journal while the floor is free (DISK_FLOOR).
 */
#ifndef LASTWORDS_BASE_DISK_H
#define LASTWORDS_BASE_DISK_H

#include <stdint.h>

#include "err.h"

#define DISK_FLOOR_AUTO UINT64_MAX /* the floor depends on the size of the disk */

/*
 * The floor for a file system of this size, in bytes: disk_floor, or for DISK_FLOOR_AUTO 2 % of the
 * disk, at most 64 MB. 0: none.
 */
uint64_t disk_floor_of(uint64_t disk_floor, uint64_t disk_size);
/* Free (to us) and total bytes of the file system that path is on. Where inodes are scarcer than bytes,
 * as a part of those there are, the free bytes are as scarce. 0/-1. */
int disk_look(struct err *err, const char *path, uint64_t *available, uint64_t *size);
/* How much of the floor stays free, in eighths of it. */
enum disk_kept { DISK_FULL = 4, DISK_FLOOR = 8, DISK_STRANGERS = 10 };
/* 1 if less than kept would stay free after writing need bytes; 0 also if unknown. */
int disk_has_less(const char *state, uint64_t disk_floor, enum disk_kept kept, uint64_t need);
int disk_is_full(const char *state, uint64_t disk_floor, uint64_t need);

#endif
