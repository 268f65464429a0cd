/* SPDX-License-Identifier: MIT */
/* described: what a machine last said of itself, according to the index. */
#ifndef LASTWORDS_CLI_DESCRIBED_H
#define LASTWORDS_CLI_DESCRIBED_H

#include "config/config.h"
#include "store/db.h"

enum { DESCRIBED_MAX = 64 }; /* the journal keeps so many bytes of each field */

struct described {
	int64_t time_ms;
	/* As it sent them, "" unknown; match[MATCH_CLIENT] is its address, match[MATCH_MAC] is empty. */
	char match[MATCH_COUNT][DESCRIBED_MAX + 1];
};

/* From the machine's newest boot request, also one that was refused. 1, 0: it has never asked, -1. */
int described_read(
    struct err *err, struct db *db, const uint8_t mac[6], struct described *described);

#endif
