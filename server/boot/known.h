/* SPDX-License-Identifier: MIT */
/*
 * known: whether a machine was here before, so that strangers with made-up MACs cannot fill the disk up to where
 * logs are removed (base/disk.h): a machine is known if a person has set something for it, or if it has logs of a
 * session that began KNOWN_AFTER_MS ago or earlier. The time is that of the session's id, which only this server
 * makes. Reads the names in one directory.
 *
 * It proves nothing about who asks: anyone on the boot network can send under a known machine's MAC.
 */
#ifndef LASTWORDS_BOOT_KNOWN_H
#define LASTWORDS_BOOT_KNOWN_H

#include <stdint.h>

enum { KNOWN_AFTER_MS = 24 * 3600 * 1000 };

/* 1 or 0. */
int known_machine(const char *state, const uint8_t mac[6], int64_t now_ms);

#endif
