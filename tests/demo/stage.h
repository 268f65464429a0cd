/* SPDX-License-Identifier: MIT */
/*
 * stage: the stages of one crash and how each is known. Pure: it is told what the console and the
 * journal say, and when; it says which stages have been reached.
 */
#ifndef LASTWORDS_TESTS_DEMO_STAGE_H
#define LASTWORDS_TESTS_DEMO_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "store/journal.h"

enum demo_stage_id {
	DEMO_FIRMWARE,
	DEMO_SCRIPT,
	DEMO_KERNEL,
	DEMO_ARMED,
	DEMO_RUNNING,
	DEMO_PANIC,
	DEMO_CAPTURE,
	DEMO_STORED,
	DEMO_REBOOTED,
	DEMO_STAGES
};

struct demo {
	int64_t at_ms[DEMO_STAGES]; /* 0: not reached */
	char note[DEMO_STAGES][100]; /* what was seen, printable */
	char session[SESSION_ID_MAX + 1]; /* of the first boot */
	size_t scanned; /* bytes of the console that have been looked at */
};

extern const char *const demo_stage_names[DEMO_STAGES];

/* The whole console so far (it only grows). */
void demo_console(struct demo *demo, const char *text, size_t len, int64_t now_ms);
void demo_journal(struct demo *demo, const struct journal_entry *entry);
int demo_complete(const struct demo *demo);

#endif
