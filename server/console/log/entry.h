/* SPDX-License-Identifier: MIT */
/* entry: the files of a transcript, and one entry of its index; see transcript.h. */
#ifndef CONSOLE_LOG_ENTRY_H
#define CONSOLE_LOG_ENTRY_H

#include <stdint.h>
#include <stdio.h>

#define ENTRY_LOG "console.log"
#define ENTRY_INDEX "console.idx"
#define ENTRY_LOG_OLD "console.log.1"
#define ENTRY_INDEX_OLD "console.idx.1"

enum { ENTRY_SIZE = 16 };

void entry_put(unsigned char out[ENTRY_SIZE], uint64_t offset, uint64_t usec);
void entry_get(const unsigned char in[ENTRY_SIZE], uint64_t *offset, uint64_t *usec);

#endif
