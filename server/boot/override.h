/* SPDX-License-Identifier: MIT */
/*
 * override: what a person has set for one machine, which wins over rules.
 *
 * STATE/machines/MAC is a metadata file (kv.h): profile, image (instead of that profile's), args, drill
 * (seconds from "running" to a panic that the machine does to itself), script (seconds that a script may run
 * inside the machine: its text is STATE/machines/MAC.script), both always for one boot only, once (1:
 * the rest is gone after one boot as well), set (time). One-shot means one boot: ingest consumes it at the
 * acknowledged "running" or an upload of a session that was requested after it was set, never at a request.
 * Then the script is moved to the session's directory, as OVERRIDE_SESSION_SCRIPT: the machine fetches it
 * after "running".
 */
#ifndef LASTWORDS_BOOT_OVERRIDE_H
#define LASTWORDS_BOOT_OVERRIDE_H

#include <stdint.h>

#include "base/err.h"
#include "session/session.h"

enum { OVERRIDE_SCRIPT_MAX = 1 << 20, OVERRIDE_SCRIPT_S = 3600 };
#define OVERRIDE_SESSION_SCRIPT "script.sh"

struct override {
	char profile[PROFILE_NAME_MAX + 1]; /* "" none */
	char image[PROFILE_NAME_MAX + 1]; /* only with a profile; "": the profile's own */
	char args[1024]; /* appended to the profile's; "" none */
	int drill; /* seconds, 0 none */
	int script; /* its time limit, seconds, at most a day (usually OVERRIDE_SCRIPT_S); 0 none */
	int once;
	int64_t set_ms;
};

/* 1 if there is one, 0 if not, -1 unreadable. */
int override_read(struct err *err, const char *state, const uint8_t mac[6], struct override *out);
/* Durable. A script that in->script does not name any more is removed. */
int override_write(
    struct err *err, const char *state, const uint8_t mac[6], const struct override *in);
/* The same with a new script, whose time limit is in->script: of override_script_read. */
int override_write_script(struct err *err, const char *state, const uint8_t mac[6],
    const struct override *in, const char *text, size_t len);
/*
 * Reads a person's script: a regular file with 1 to OVERRIDE_SCRIPT_MAX bytes ("-": standard input). malloc'ed,
 * the caller frees; NULL.
 */
char *override_script_read(struct err *err, const char *path, size_t *len);
/*
 * Opens the script of a session: its own copy, else what is set for its machine and is meant for it. The
 * descriptor and its size; -1 with errno (ENOENT: it has none).
 */
int override_script_open(
    struct err *err, const char *state, const struct session *session, uint64_t *size);
/* 0 also if nothing was set. */
int override_remove(struct err *err, const char *state, const uint8_t mac[6]);
/* What was set before the session was minted and is one-shot goes: the whole of a `once` override, the
 * drill and script of any other. 1 if something went, 0, -1. */
int override_consume(struct err *err, const char *state, const struct session *session);

#endif
