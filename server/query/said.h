/* SPDX-License-Identifier: MIT */
/*
 * said: what people said of signatures (query.h, triage_write), as it counts now: the newest of each kind. Private
 * to this room.
 */
#ifndef LASTWORDS_QUERY_SAID_H
#define LASTWORDS_QUERY_SAID_H

#include <stdint.h>

#include "query.h"

enum { QUERY_DUPLICATES_MAX = 200, SAID_TAGS_MAX = 16, SAID_RELEASE_MAX = 128 };

struct said_of {
	char signature[17];
	char duplicate[17]; /* the signature that it is the same as; "" none */
	char fixed_in[SAID_RELEASE_MAX];
	char tag[SAID_TAGS_MAX][TRIAGE_TAG_MAX + 1];
	int64_t fixed_ms; /* when that was said */
	int64_t until_ms; /* muted until then; 0: not */
	int tags;
};

struct said {
	struct said_of **of; /* by signature */
	size_t count, room;
};

/* From the index. 0/-1. */
int said_load(struct err *err, struct query *query, struct said *said);
void said_free(struct said *said);
/* Takes one more, newer than those before. Entries that triage_write would not write are ignored. 0/-1. */
int said_take(struct err *err, struct said *said, const struct db_triage *triage);
/* What was said of a signature, or NULL. */
const struct said_of *said_find(const struct said *said, const char *signature);
/* The signature that signature counts as: itself, or that which it is a duplicate of. */
const char *said_target(const struct said *said, const char *signature);
int said_has_tag(const struct said_of *of, const char *tag);

/* Checks one as triage_write does. 0/-1. */
int said_check(struct err *err, const struct db_triage *triage);

/* The first version of a kernel release is older (-1), equal (0) or newer (1) than the second: strverscmp(3). */
int said_compare_releases(const char *a, const char *b);

#endif
