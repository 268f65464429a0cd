/* SPDX-License-Identifier: MIT */
/*
 * known: whether a machine was here before, so that strangers with made-up MACs cannot fill the disk up to where
 * logs are removed (base/disk.h). A machine is known if a person has set something for it, or if it has logs of a
 * session that began KNOWN_AFTER_MS ago or earlier; else it is new. The time is that of the session's id, which only
 * this server makes. Reads the names in one directory.
 *
 * It proves nothing about who asks: anyone on the boot network can send under a known machine's MAC.
 */
#ifndef LASTWORDS_BOOT_KNOWN_H
#define LASTWORDS_BOOT_KNOWN_H

#include <stdint.h>

enum { KNOWN_AFTER_MS = 24 * 3600 * 1000 };

/* 1 or 0 (new). */
int known_machine(const char *state, const uint8_t mac[6], int64_t now_ms);
/* The same of the machine of a session, by the session's id. What is no id ("-"), and the doctor's session, count as
 * known: neither stores a log. */
int known_session(const char *state, const char *id, int64_t now_ms);
/* 0 if it is known, else from when on at the latest (ms UTC). */
int64_t known_from(const char *state, const char *id, int64_t now_ms);

#endif
