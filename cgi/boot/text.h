/* SPDX-License-Identifier: MIT */
/*
 * text: what of a request may stand in an iPXE script, for script.c and menu.c. A stranger's text gets
 * into a script by text_harmless only, or as hex. Pure.
 */
#ifndef LASTWORDS_CGI_BOOT_TEXT_H
#define LASTWORDS_CGI_BOOT_TEXT_H

#include <stddef.h>

#include "cgi/http/reply.h"
#include "identity.h"

/* At most max (and 511) bytes of text, made harmless: [A-Za-z0-9 .,:_/()+@=-], the rest as '?'. */
void text_harmless(struct reply *reply, const char *text, size_t max);
/* MAC and product of the machine, for people. */
void text_who(struct reply *reply, const struct identity *identity);
/* The parameters "&ip=…&netmask=…&gateway=…&ip6=…&gateway6=…&len6=…", as far as they are known. */
void text_address(struct reply *reply, const struct identity *identity);
/* The URL of the same request again, below base; SMBIOS strings in hex. */
void text_request(struct reply *reply, const char *base, const struct identity *identity);

#endif
