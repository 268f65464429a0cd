/* SPDX-License-Identifier: MIT */
/*
 * override: what a person has set for one machine, which wins over rules.
 *
 * STATE/machines/MAC is a metadata file (kv.h): profile, image (instead of that profile's), args, drill
 * (seconds from "running" to a panic that the machine does to itself: always for one boot only), once (1:
 * the rest is gone after one boot as well), set (time). One-shot means one boot: ingest consumes it at the
 * acknowledged "running" or an upload of a session that was requested after it was set, never at a request.
 */
#ifndef LASTWORDS_BOOT_OVERRIDE_H
#define LASTWORDS_BOOT_OVERRIDE_H

#include <stdint.h>

#include "base/err.h"
#include "session/session.h"

struct override {
	char profile[PROFILE_NAME_MAX + 1]; /* "" none */
	char image[PROFILE_NAME_MAX + 1]; /* only with a profile; "": the profile's own */
	char args[1024]; /* appended to the profile's; "" none */
	int drill; /* seconds, 0 none */
	int once;
	int64_t set_ms;
};

/* 1 if there is one, 0 if not, -1 unreadable. */
int override_read(struct err *err, const char *state, const uint8_t mac[6], struct override *out);
/* Durable. */
int override_write(
    struct err *err, const char *state, const uint8_t mac[6], const struct override *in);
/* 0 also if there was none. */
int override_remove(struct err *err, const char *state, const uint8_t mac[6]);
/* What was set before the session was minted and is one-shot goes: the whole of a `once` override, the
 * drill of any other. 1 if something went, 0, -1. */
int override_consume(struct err *err, const char *state, const struct session *session);

#endif
