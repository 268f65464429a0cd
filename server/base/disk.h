/* SPDX-License-Identifier: MIT */
/*
 * disk: how much is free where STATE is, and whether that is enough. It must not write.
 *
 * The floor (config.h: disk_floor) is what is to stay free. Below it what is old goes (prune.h); below
 * half of it nothing more is written that a machine sends.
 */
#ifndef LASTWORDS_BASE_DISK_H
#define LASTWORDS_BASE_DISK_H

#include <stdint.h>

#include "err.h"

#define DISK_FLOOR_AUTO UINT64_MAX /* a floor by the size of the disk */

/*
 * The floor in force on a file system of this size, bytes: disk_floor, or for DISK_FLOOR_AUTO the
 * fiftieth part of the disk, 64 MB at most. 0: none.
 */
uint64_t disk_floor_of(uint64_t disk_floor, uint64_t disk_size);
/* Free (to us) and whole size of the file system that path is on, bytes. 0/-1. */
int disk_look(struct err *err, const char *path, uint64_t *available, uint64_t *size);
/* 1 if fewer bytes than half of the floor would stay free after need more. 0 also if it is not known. */
int disk_is_full(const char *state, uint64_t disk_floor, uint64_t need);

#endif
