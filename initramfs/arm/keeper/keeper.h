/* SPDX-License-Identifier: MIT */
/*
 * keeper: what the keeper does next. Pure: it gets the network as it is now (view) and the time,
 * and returns one order; the caller carries it out and reports the outcome. So every sequence of
 * events can be tried in a unit test.
 *
 *   there is a route, and no session yet (arm/open.h)              ->  open one
 *   the OS raises a NIC with an address and a route to the server  ->  provoke ARP or NDP for the next hop
 *   the next hop's MAC is known                                    ->  start netconsole
 *   netconsole runs, or cannot, or has been waited for enough      ->  call the server ("running")
 *   another interface, address or next hop leads to the server,
 *   or the interface was enslaved or went away                     ->  start netconsole again
 *   the capture kernel was unloaded or replaced (keeper_changed)   ->  call the server again
 *   acknowledged, and the session has a script                     ->  run it, once
 *   acknowledged, and the session has a drill                      ->  drill once, at its time
 *
 * The NIC is never touched before the OS has raised it (udev cannot rename a NIC that is up).
 */
#ifndef LASTWORDS_ARM_KEEPER_H
#define LASTWORDS_ARM_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "arm/netconsole.h"
#include "view.h"

enum { /* ms */
	KEEPER_GRACE =
	    10000, /* another NIC's route, or a link-local address, is not used: better ones may be coming */
	KEEPER_PATIENCE = 10000, /* from the first usable route to a call without netconsole */
	/* the longest pauses between two tries */
	KEEPER_START_PAUSE = 60000,
	KEEPER_CALL_PAUSE = 300000,
	KEEPER_PROVOKE_PAUSE = 5000,
};

struct keeper_retry {
	unsigned fails; /* in a row */
	int64_t at; /* the time of the next try, ms */
};

struct keeper {
	/* set by keeper_begin and keeper_aim */
	int has_session;
	int use_netconsole;
	struct in6_addr server; /* base/ip.h: the target of the view's route */
	int has_mac;
	uint8_t mac[6]; /* of the NIC that booted */
	int drill, script; /* seconds, 0 none */
	/* the state: times in ms, -1 never */
	int runs; /* netconsole, */
	struct netconsole_target target; /* on this, */
	int stopped; /* but the kernel took it off its interface */
	char why[200]; /* why it does not run */
	int64_t network_since; /* the first usable route */
	struct keeper_retry open, provoke, start, call;
	int acknowledged; /* by the server: running, */
	int reported_netconsole; /* and that netconsole is on */
	int unreported_change; /* of the capture kernel */
	int reporting_netconsole, reporting_change; /* by the call under way */
	int64_t drill_at;
	int drilled, scripted;
};

enum keeper_action {
	KEEPER_WAIT,
	KEEPER_PROVOKE, /* make the kernel ask for target.hop's MAC on target.index */
	KEEPER_START, /* netconsole on target, ending the present one first; then keeper_started */
	KEEPER_OPEN, /* a session; then keeper_opened */
	KEEPER_CALL, /* report to the server; then keeper_called */
	KEEPER_SCRIPT, /* run the session's script */
	KEEPER_DRILL /* panic */
};

struct keeper_order {
	enum keeper_action action;
	struct netconsole_target target;
	int64_t wake; /* the latest time of the next keeper_step; -1: when the network changes */
};

/*
 * mac: of the NIC that booted, NULL if unknown. Without a session netconsole starts only after a
 * first try to open one.
 */
void keeper_begin(struct keeper *keeper, int has_session, int use_netconsole,
    const struct in6_addr *server, const uint8_t *mac, int drill, int script);

/* The next order. busy: a call is under way, and no other one begins. */
void keeper_step(struct keeper *keeper, const struct view *view, int busy, int64_t now,
    struct keeper_order *order);

/* Every link message that arrives, so that a quick enslave and release is not missed. */
void keeper_link(struct keeper *keeper, const struct netlink_link *link);
/* The capture kernel was unloaded or replaced, which is to be reported. */
void keeper_changed(struct keeper *keeper);

/* Outcomes of orders. why: the failure, copied; NULL: netconsole runs on target. */
void keeper_started(
    struct keeper *keeper, const struct netconsole_target *target, const char *why, int64_t now);
void keeper_called(struct keeper *keeper, int acknowledged, int64_t now);
/*
 * After a good one, keeper_aim sets what the session has; other: netconsole's server is another
 * now.
 */
void keeper_opened(struct keeper *keeper, int good, int64_t now);
void keeper_aim(struct keeper *keeper, int use_netconsole, const struct in6_addr *server, int other,
    int drill, int script);

#endif
