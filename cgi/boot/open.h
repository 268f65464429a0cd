/* SPDX-License-Identifier: MIT */
/*
 * open: a session for a machine that another boot server has booted (rdinit=/lastwords/arm
 * lastwords.url=…), or pxelinux, which cannot say who a machine is:
 *
 *   GET …/session/open?mac=…&boot=HEX&[profile=NAME&]producthex=…   session.conf (session/conf.h)
 *
 * The rest of the query is as boot.ipxe sends it (identity.h), and the profile is chosen in the same
 * way; profile= is what the other server's command line says, and wins over the rules, but not over
 * what a person has set. The same boot= gets the same session again. Who asks is trusted as much as
 * who asks for a script: whoever can reach the boot network gets a new session in a machine's name,
 * but never the token of one that is there.
 */
#ifndef LASTWORDS_CGI_BOOT_OPEN_H
#define LASTWORDS_CGI_BOOT_OPEN_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

/* 200 with the text; 400, 404 (nobody is responsible for this machine) or 503 with a reason. */
void open_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply);

#endif
