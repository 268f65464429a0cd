/* SPDX-License-Identifier: MIT */
/*
 * pxelinux: the older way to load a kernel, for profiles with loader = "pxelinux":
 *
 *   GET …/pxelinux/pxelinux.cfg/01-52-54-00-a1-b2-c3           what pxelinux asks for by itself
 *   GET …/pxelinux/pxelinux.cfg/PROFILE/01-52-54-00-a1-b2-c3   when our iPXE script has started it
 *
 * The answer is a configuration of pxelinux (syslinux wiki, "SYSLINUX" and "Menu"): SERIAL as the
 * profile's console, one LABEL, or menu.c32 with the profiles for menu = true, and APPEND with what
 * lets lastwords-arm open the session (open.h), since pxelinux can say nothing of a machine but
 * its MAC. Any profile can be loaded so. Its other questions (UUID, address, default) get 404.
 *
 * Values come from the configuration and a MAC only; no stranger's text is in the answer.
 */
#ifndef LASTWORDS_CGI_BOOT_PXELINUX_H
#define LASTWORDS_CGI_BOOT_PXELINUX_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"
#include "config/config.h"

/* name is the path behind pxelinux.cfg/. 200 with the configuration, or 404/503 with a reason. */
void pxelinux_answer(struct site *site, const struct request *request, const char *name,
    int64_t now_ms, struct reply *reply);

/* "ttyS1,115200n8" as pxelinux's "SERIAL 1 115200"; "" for a console that is no ttyS. Pure. */
enum { PXELINUX_SERIAL_MAX = 32 };
void pxelinux_serial(const char *console, char out[PXELINUX_SERIAL_MAX]);

#endif
