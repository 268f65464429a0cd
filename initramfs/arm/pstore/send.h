/* SPDX-License-Identifier: MIT */
/* send: uploads what pstore has, and removes there what the server has stored. */
#ifndef LASTWORDS_ARM_PSTORE_SEND_H
#define LASTWORDS_ARM_PSTORE_SEND_H

#include <stdint.h>

#include "base/err.h"
#include "pstore.h"
#include "session/conf.h"

/*
 * Sends every crash to url as an upload of conf's session with Lastwords-Channel: pstore, and
 * removes its records once the server has replied with the SHA-256 of what was sent; until end
 * (sys_now()). 0, or -1: not all.
 */
int pstore_send(struct err *err, const struct pstore *pstore, const char *url,
    const struct session_conf *conf, int64_t end);
/* The time that a call gets for the length of what there is to be sent, in addition to its usual. */
int64_t pstore_send_ms(const struct pstore *pstore);

#endif
