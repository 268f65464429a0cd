/* SPDX-License-Identifier: MIT */
/*
 * netconsole: starts netconsole in the running kernel, with what was held open before the OS
 * emptied the rootfs.
 *
 *   netconsole is                          way
 *   a module, not loaded                   NETCONSOLE_MODULE   loaded with its parameter; this
 *                                          sends the whole kernel log from its first line
 *   loaded by us or by our command line    NETCONSOLE_RELOAD   unloaded, then as above, so that
 *                                          no line comes twice; configfs if it is in use
 *   built in, or loaded by the OS          NETCONSOLE_CONFIGFS a target of ours; sends new lines
 *                                          only
 *   missing                                NETCONSOLE_NONE
 *
 * The console log level is raised to 8 (everything) where it is lower, so that a gap in the
 * sequence numbers is always a loss: netconsole obeys the one level that all consoles share,
 * `quiet` sets it to 4, and the call trace of an oops is printed at level 4. A serial console then
 * shows those messages too. Source: Documentation/networking/netconsole.rst.
 */
#ifndef LASTWORDS_ARM_NETCONSOLE_H
#define LASTWORDS_ARM_NETCONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "modules.h"
#include "sys.h"

enum {
	NETCONSOLE_IFNAME = 16, /* IFNAMSIZ */
	NETCONSOLE_PARAM_MAX =
	    160, /* of the module's parameter with its NUL; the kernel's limit is 256 */
	NETCONSOLE_LEVEL = 8,
};

/* Where the packets leave this machine. */
struct netconsole_target {
	int index; /* of the interface */
	char name[NETCONSOLE_IFNAME];
	struct in6_addr source; /* IPv4 or IPv6 (base/ip.h), as the server's */
	struct in6_addr hop; /* who gets the frame: the server itself or the gateway */
	uint8_t mac[6]; /* of hop */
};

/* Where they go. */
struct netconsole_server {
	struct in6_addr address; /* base/ip.h */
	uint16_t port; /* host byte order */
	int extended; /* the format with sequence numbers */
};

/* "10.77.0.1:6666" or "[fd00::1]:6666" with format "extended" ("" is that too) or "basic". 0/-1. Pure. */
int netconsole_parse_server(
    struct err *err, const char *text, const char *format, struct netconsole_server *server);
/*
 * 1 if the kernel of this release (uname -r) has the extended format (Linux 4.4), or the release is
 * unreadable. Pure.
 */
int netconsole_is_extended(const char *release);

enum netconsole_way { NETCONSOLE_NONE, NETCONSOLE_MODULE, NETCONSOLE_RELOAD, NETCONSOLE_CONFIGFS };
/*
 * in_kernel: /sys/module/netconsole is there; ours: we loaded it, or our command line did; have:
 * its module is in the overlay. Pure.
 */
enum netconsole_way netconsole_choose_way(int in_kernel, int ours, int have);

/*
 * "netconsole=+6665@10.0.2.15/eth0,6666@10.0.2.2/52:55:0a:00:02:02", IPv6 addresses without brackets. -1 for an
 * interface name that would end early in it (the kernel allows ',' in names), and for a MAC that is not one host's:
 * zero, or broadcast or multicast, which would send every log line to the whole subnet. Pure.
 */
int netconsole_param(struct err *err, const struct netconsole_target *target,
    const struct netconsole_server *server, char out[NETCONSOLE_PARAM_MAX]);

/*
 * 1 if netconsole's lines are sent by a thread of the kernel, which does not run any more in a panic
 * (server/boot/channels.h): a line "netcon…" of text, /proc/consoles, has an N in its flags; 0; -1: there is no such
 * line. Pure. Source: fs/proc/consoles.c.
 */
int netconsole_is_threaded(const char *text);

struct netconsole {
	struct modules modules; /* netconsole and what it depends on */
	int ours; /* we loaded it, or our command line did */
	int configfs; /* a mount of configfs of our own, -1 none yet */
	const char *target; /* its directory there, "" unknown */
};

/* Opens the modules in dir; early: our command line has started netconsole already. */
void netconsole_hold(struct netconsole *netconsole, const char *dir, int early);
/*
 * Starts netconsole on target, ending what ran before; each packet then has the session and, where the kernel can
 * (6.9, 6.13 and later), its release, CPU, task and number. 0/-1. May take some seconds.
 */
int netconsole_start(struct err *err, struct netconsole *netconsole, const struct sys *sys,
    const struct netconsole_target *target, const struct netconsole_server *server,
    const char *session);
/* 1 if it is there, but off: since its card's driver came back (before Linux 7.0). */
int netconsole_is_off(const struct netconsole *netconsole);

#endif
