/* SPDX-License-Identifier: MIT */
/*
 * keeper: what the keeper does next. Pure: it is shown the network as it is now (arm_view) and
 * the time, and answers with one order; the caller carries it out and reports back. It never touches
 * the network, so every sequence of events can be tried in a unit test.
 *
 *   a session is yet to be opened (arm/open.h), and there is a route ->  open it
 *   the OS raises a NIC with an address and a route to the server   ->  provoke ARP for the next hop
 *   the next hop's MAC is known                                     ->  start netconsole
 *   netconsole runs, or cannot, or there is no waiting any longer   ->  call the server ("running")
 *   another interface, address or next hop leads to the server, or
 *   the interface was enslaved or went away                         ->  start netconsole again
 *   the capture kernel was unloaded or replaced (arm_keeper_news)   ->  call the server again
 *   acknowledged, and a drill was asked for                         ->  drill, once, after its seconds
 *
 * The OS's NIC is never touched before the OS has raised it (udev cannot rename a NIC that is up).
 */
#ifndef LASTWORDS_ARM_KEEPER_H
#define LASTWORDS_ARM_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "arm/target.h"
#include "view.h"

enum {
	/* ms that another NIC's route is not used, in case the boot NIC is still coming */
	ARM_KEEPER_GRACE = 10000,
	/* ms from the first usable route after which the server is called without netconsole */
	ARM_KEEPER_PATIENCE = 10000,
	/* ms between two tries, at most */
	ARM_KEEPER_START_PAUSE = 60000,
	ARM_KEEPER_CALL_PAUSE = 300000,
	ARM_KEEPER_PROVOKE_PAUSE = 5000,
};

struct arm_keeper {
	/* set by arm_keeper_begin */
	int wants_netconsole, has_mac, drill; /* drill: seconds, 0 none */
	uint32_t server; /* IPv4 in network byte order: whom the view's route is for */
	uint8_t mac[6]; /* of the NIC that booted */
	/* the rest is arm_keeper's own; times in ms, -1 never */
	int runs, stopped; /* netconsole; stopped: the kernel took it off its interface */
	struct arm_target target; /* while it runs */
	char why[200]; /* why it does not run */
	int64_t network_since, provoke_at, start_at, call_at, drill_at;
	unsigned provokes, start_fails, call_fails;
	int unopened; /* there is no session yet: nothing can be told */
	unsigned open_fails;
	int64_t open_at;
	int acknowledged, telling, told_netconsole, drilled; /* told: that netconsole is on */
	int news, telling_news; /* something to tell that is none of the network's */
};

enum arm_want {
	ARM_WAIT,
	ARM_PROVOKE, /* make the kernel ask for target.hop's MAC on target.index */
	ARM_START, /* netconsole on target, ending the present one first */
	ARM_OPEN, /* ask the server for a session; not again before arm_keeper_opened */
	ARM_CALL, /* tell the server; not again before arm_keeper_called */
	ARM_DRILL /* panic */
};

struct arm_order {
	enum arm_want want;
	struct arm_target target;
	int64_t wake; /* ask again at this time at the latest; -1: when the network changes */
};

/* mac is NULL where session.conf has none. */
void arm_keeper_begin(struct arm_keeper *keeper, int wants_netconsole, uint32_t server,
    const uint8_t *mac, int drill);

/* The next order. A call that is under way (calling) is not begun again. */
void arm_keeper_step(struct arm_keeper *keeper, const struct arm_view *view, int calling,
    int64_t now, struct arm_order *order);

/* After arm_keeper_begin: there is no session yet. netconsole waits for the first answer. */
void arm_keeper_unopened(struct arm_keeper *keeper);
/*
 * The answer to ARM_OPEN: good, or not. Once it is good, arm_keeper_aim says what the session wants,
 * as arm_keeper_begin; another: netconsole has another target now than it runs with.
 */
void arm_keeper_opened(struct arm_keeper *keeper, int good, int64_t now);
void arm_keeper_aim(
    struct arm_keeper *keeper, int wants_netconsole, uint32_t server, int another, int drill);

/* Every link message that arrives, so that a quick enslave and release is not missed. */
void arm_keeper_link(struct arm_keeper *keeper, const struct arm_link *link);

/* There is something new to tell the server. */
void arm_keeper_news(struct arm_keeper *keeper);

/* Outcomes of orders. why is copied; NULL: it worked. */
void arm_keeper_started(
    struct arm_keeper *keeper, const struct arm_target *target, const char *why, int64_t now);
void arm_keeper_called(struct arm_keeper *keeper, int acknowledged, int64_t now);

#endif
