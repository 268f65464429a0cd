/* SPDX-License-Identifier: MIT */
/*
 * conf: what a booted machine is told about its session: /lastwords/session.conf.
 *
 * lastwords-boot writes it into the session archive (a newc cpio), lastwords-arm reads and unlinks
 * it, hands it on inside the capture initramfs as /session.conf, where the capture init (sh) and
 * lastwords-dmesg read it. A metadata file (kv.h), keys:
 *
 *   session   the id                         token   the secret
 *   open      of a machine that another server booted, instead of both: the query to ask
 *             url/session/open with, as it is (arm/open.h); the answer is a file of this form
 *   url       base URL with a numeric host and no trailing slash: http://10.77.0.1:8080; url2, url3:
 *             further servers, tried in order
 *   mac       52:54:00:a1:b2:c3, the NIC that booted
 *   vlan      1-4094, the tag under which it reaches the server (absent: none)
 *   address   10.77.0.20/24 (may be absent)  gateway  10.77.0.1 (may be absent)
 *   netconsole  10.77.0.1:6666 (absent: off) format   extended, basic
 *   early     on: the kernel's command line has started netconsole already (absent: it has not)
 *   console   ttyS0,115200n8 (may be absent) the OS's, for the capture kernel as well
 *   capture   stock                          crashkernel  192M, as asked for (absent: do not arm)
 *   need-stock, need-small  bytes that each capture kernel of the image needs reserved (absent: unknown)
 *   panic     seconds                        after    reboot, halt, shell
 *   deadline  seconds from the start of the capture kernel to AFTER
 *   pstore    on: send what the firmware kept of the boot before (absent: leave it alone)
 *   stay-armed  on: nobody may load another capture kernel (absent: whoever may)
 *   drill     seconds from "running" to a self-made panic (absent: none)
 *
 * What machines say back, authenticated by "Authorization: Bearer TOKEN", all over HTTP at url:
 *   POST /callback/SESSION   body key=value&…: event=running armed=yes|no why= crashkernel= capture=
 *                            ms= release= interface= address= netconsole= (journal.h). 200 "ok".
 *   GET  /callback/SESSION?token=TOKEN&event=not-armed&why=…   the same for iPXE, which can only GET
 *   PUT|POST /crash/SESSION  the dmesg; 201 and a body "SHA256-HEX\n" of the stored (decompressed)
 *                            bytes, 200 the same for the same bytes again.
 *                            Lastwords-Release, Lastwords-Build-Id (hex), Lastwords-Exit (0, 3),
 *                            Lastwords-Holes, Lastwords-Try.
 *                            Lastwords-Channel: pstore: of the boot before; Lastwords-Died, its session.
 */
#ifndef LASTWORDS_SESSION_CONF_H
#define LASTWORDS_SESSION_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"

enum { SESSION_CONF_MAX = 4096, SESSION_CONF_URLS = 3 };

struct session_conf {
	char text[SESSION_CONF_MAX]; /* the strings below point in here; "" where absent */
	struct kv kv;
	const char *session, *token, *open, *mac, *address, *gateway, *netconsole, *format,
	    *console, *capture, *crashkernel, *after;
	const char *need_stock, *need_small;
	const char *url[SESSION_CONF_URLS];
	size_t url_count;
	int panic, deadline, drill; /* seconds; drill 0: none */
	int pstore, stay_armed, early;
};

/*
 * 0, or -1: unreadable, or without url or without session and token (or open), or with a number
 * that is none.
 */
int session_conf_read(struct err *err, const char *path, struct session_conf *conf);
/* The same of len bytes of text, which is copied; name is for messages. */
int session_conf_parse(
    struct err *err, const char *name, const char *text, size_t len, struct session_conf *conf);

#endif
