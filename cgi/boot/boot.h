/* SPDX-License-Identifier: MIT */
/*
 * boot: what a machine that asks to boot is answered.
 *
 *   GET …/boot?mac=…&product=…        an iPXE script (also …/cgi-bin/boot_ipxe.cgi?type=…&mac=…)
 *   GET …/session/ID.cpio?token=…&ip=…&netmask=…&gateway=…   the session archive
 *   GET …/session/open?mac=…&boot=…   session.conf itself, for a session that is not there yet
 *   GET …/pxelinux/pxelinux.cfg/…     a configuration for pxelinux (pxelinux.h)
 *
 * All comes from the query, the id, the configuration, the machine's override, the sessions it opened
 * (boot/opened.h) and its attempts (boot/attempts.h). The journal records the request; an error there
 * stops nothing. A script is always answered with 200: a machine at its firmware can do nothing with an
 * error. (An overloaded server answers with 503 and Retry-After in fastcgi.c, before it gets here.)
 */
#ifndef LASTWORDS_CGI_BOOT_H
#define LASTWORDS_CGI_BOOT_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

/* site has been refreshed for now_ms (milliseconds since 1970). Never fails. */
void boot_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply);

#endif
