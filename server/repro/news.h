/* SPDX-License-Identifier: MIT */
/*
 * news: what the journal reports of one machine since a moment: the session that it booted, and how that
 * went on. Pure: entries in, struct out.
 *
 * The session is the machine's first one that was requested after `since_ms`; a machine that asks again
 * before it was armed or running (a boot loader that tries twice) gets the later one. Once the session was
 * armed or running, or has died, a request for another one means that the machine has booted again.
 */
#ifndef LASTWORDS_REPRO_NEWS_H
#define LASTWORDS_REPRO_NEWS_H

#include <stdint.h>

#include "session/session.h"
#include "store/journal.h"

struct news {
	char mac[13]; /* as it begins a session's id */
	int64_t since_ms;
	char session[SESSION_ID_MAX + 1], profile[PROFILE_NAME_MAX + 1]; /* "": none yet */
	/* 0: not yet */
	int64_t requested_ms, armed_ms, running_ms, died_ms, uploaded_ms, autopsy_ms, again_ms;
	int64_t script_ms; /* the script inside the machine has ended */
	int script_status; /* its exit status, 128 + N after signal N; -1: it could not be run */
	int64_t uptime; /* at "running", s; -1 unknown */
	int by_pstore; /* the upload came from pstore */
	char why[160]; /* not armed: why; or why its script did not run or was ended; "" */
};

void news_init(struct news *news, const uint8_t mac[6], int64_t since_ms);
void news_feed(struct news *news, const struct journal_entry *entry);
/* The time of the last that is known of its crash, died or uploaded; 0: it has not crashed. */
int64_t news_crash_ms(const struct news *news);

#endif
