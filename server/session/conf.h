/* SPDX-License-Identifier: MIT */
/*
 * conf: a booted machine's description of its session: /lastwords/session.conf.
 *
 * lastwords-boot writes it into the session archive (a newc cpio). lastwords-arm reads and unlinks it,
 * and puts it into the capture initramfs as /session.conf for the capture init (sh) and
 * lastwords-dmesg. A metadata file (kv.h) with the keys:
 *
 *   session   the id                         token   the secret
 *   open      instead of both, for a machine that another server booted: the query for
 *             url/session/open (arm/open.h); the reply is a file of this form
 *   url       base URL with a numeric host and no trailing slash: http://10.77.0.1:8080; url2, url3:
 *             further servers, tried in order
 *   tls-name  the name in the certificates of https servers (absent: they are for the addresses in url)
 *   mac       52:54:00:a1:b2:c3, the NIC that booted
 *   vlan      1-4094, the tag under which it reaches the server (absent: none)
 *   address   10.77.0.20/24 (may be absent)  gateway  10.77.0.1 (may be absent); IPv6 where url's host is
 *   netconsole  10.77.0.1:6666 (absent: off) format   extended, basic
 *   early     on: netconsole was started by the kernel's command line (absent: it was not)
 *   console   ttyS0,115200n8 (may be absent) the OS's, for the capture kernel as well
 *   capture   stock                          crashkernel  192M, as configured (absent: do not arm)
 *   need-stock, need-small  memory that each capture kernel of the image needs, bytes (absent: unknown)
 *   panic     seconds                        after    reboot, halt, shell
 *   deadline  seconds from the start of the capture kernel to AFTER
 *   autopsy   on, full: the capture kernel sends an autopsy after the log (absent: it does not)
 *   pstore    on: send what pstore has of the previous boot (absent: leave it alone)
 *   watchdog  on: an unarmed machine's keeper may use the hardware watchdog (absent: it may not)
 *   oops      report: an unarmed machine survives an oops until it is reported, then restarts (absent: it panics)
 *   stay-armed  on: no other capture kernel may be loaded (absent: it may)
 *   drill     seconds from "running" to a deliberate panic (absent: none)
 *   script    seconds that a script may run, which is fetched after "running" (absent: no script)
 *
 * What a machine sends to url, over HTTP, authenticated by "Authorization: Bearer TOKEN":
 *   POST /callback/SESSION   body key=value&…: event=running armed=yes|no why= crashkernel= capture=
 *                            ms= release= interface= address= netconsole= consoles= panic= pstore=
 *                            watchdog= (journal.h); event=died ago= of the capture kernel. 200 "ok".
 *   GET  /callback/SESSION?token=TOKEN&event=not-armed&why=…   the same for iPXE, which has only GET
 *   GET  /session/SESSION.script  the script: 200, or 404: no script
 *   PUT|POST /crash/SESSION  the dmesg. 201 with a body "SHA256-HEX\n" of the stored (decompressed)
 *                            bytes; 200 with the same body for the same bytes again.
 *                            Lastwords-Release, Lastwords-Build-Id (hex), Lastwords-Exit (0, 3),
 *                            Lastwords-Holes, Lastwords-Try.
 *                            Lastwords-Capture: nic= driver= up= link= (seconds of the capture kernel's
 *                            clock) free= total= (kB), separated by blanks.
 *                            Lastwords-Levels: the levels of the log's lines (base/levels.h).
 *                            Lastwords-More: autopsy: one will follow, so a hook may wait for it.
 *                            Lastwords-Channel: autopsy: not the log, but the autopsy; pstore: of the
 *                            previous boot, whose session is in Lastwords-Died; script: the output of the
 *                            script, with Lastwords-Status (exit status) or Lastwords-Signal, Lastwords-Why
 *                            (why it did not run, or was ended) and Lastwords-Ms.
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
	    *console, *capture, *crashkernel, *after, *autopsy, *tls_name;
	const char *need_stock, *need_small;
	const char *url[SESSION_CONF_URLS];
	size_t url_count;
	int panic, deadline, drill, script; /* seconds; drill, script 0: none */
	int pstore, stay_armed, early, watchdog, oops_report;
};

/*
 * 0, or -1: unreadable, no url, neither session and token nor open, or an invalid number.
 */
int session_conf_read(struct err *err, const char *path, struct session_conf *conf);
/* The same for len bytes of text, which is copied; name is for messages. */
int session_conf_parse(
    struct err *err, const char *name, const char *text, size_t len, struct session_conf *conf);

#endif
