/* SPDX-License-Identifier: MIT */
/* keeper: what the keeper does next; see keeper.h. Pure. */
#include "keeper.h"

#include <stdio.h>
#include <string.h>

enum {
	KEEPER_PAUSE = 1000, /* after a first failure; it doubles with each further one */
	KEEPER_PROVOKE_FIRST = 50,
};

void keeper_begin(struct keeper *keeper, int has_session, int use_netconsole,
    const struct in6_addr *server, const uint8_t *mac, int drill, int script)
{
	memset(keeper, 0, sizeof(*keeper));
	keeper->has_session = has_session;
	keeper->use_netconsole = use_netconsole;
	keeper->server = *server;
	keeper->drill = drill;
	keeper->script = script;
	if (mac) {
		keeper->has_mac = 1;
		memcpy(keeper->mac, mac, 6);
	}
	keeper->network_since = -1;
	keeper->drill_at = -1;
	snprintf(keeper->why, sizeof(keeper->why), "%s",
	    use_netconsole ? "no route to the netconsole target yet" : "off");
}

static void keeper_wake(struct keeper_order *order, int64_t at)
{
	if (order->wake < 0 || at < order->wake)
		order->wake = at;
}

/* 1 if it is that time; else the order has it. */
static int keeper_is_due(int64_t at, int64_t now, struct keeper_order *order)
{
	if (now >= at)
		return 1;
	keeper_wake(order, at);
	return 0;
}

static void keeper_failed(struct keeper_retry *retry, int64_t now, int64_t first, int64_t most)
{
	int64_t pause = first;

	retry->fails++;
	for (unsigned i = 1; i < retry->fails && pause < most; i++)
		pause *= 2;
	retry->at = now + (pause < most ? pause : most);
}

/*
 * Where netconsole should run now: 1 and the target (its MAC only if the view has it), 0 not yet.
 * For a moment a route can be on an interface that is already enslaved: then the master counts.
 */
static int keeper_choose(
    struct keeper *keeper, const struct view *view, int64_t now, struct keeper_order *order)
{
	const struct netlink_route *route = &view->route;
	const struct netlink_link *link = view->has_route ? view_link(view, route->index) : NULL;
	struct netconsole_target *target = &order->target;

	/* a slave itself cannot carry netconsole */
	for (int depth = 0; link && link->master && depth < VIEW_DEPTH; depth++)
		link = view_link(view, link->master);
	if (!link || !link->running || link->loopback || ip_is_none(&route->source))
		return 0;
	if (keeper->network_since < 0)
		keeper->network_since = now;
	/* a link-local source: routers and DHCPv6 have not been heard yet */
	if (ip_is_link_local(&route->source) &&
	    !keeper_is_due(keeper->network_since + KEEPER_GRACE, now, order))
		return 0;
	if (keeper->has_mac && !view_is_boot(view, keeper->mac, link->index) &&
	    !keeper_is_due(keeper->network_since + KEEPER_GRACE, now, order))
		return 0;
	target->index = link->index;
	memcpy(target->name, link->name, sizeof(target->name));
	target->source = route->source;
	target->hop = ip_is_none(&route->gateway) ? keeper->server : route->gateway;
	if (view->has_hop)
		memcpy(target->mac, view->hop, 6);
	return 1;
}

/* 1: the order is made. */
static int keeper_netconsole(
    struct keeper *keeper, const struct view *view, int64_t now, struct keeper_order *order)
{
	const struct netconsole_target *is = &keeper->target, *next = &order->target;
	int same;

	if (keeper->runs) {
		const struct netlink_link *link = view_link(view, is->index);

		if (!link)
			keeper->stopped = 1;
		else
			keeper_link(keeper, link);
	}
	if (!keeper_choose(keeper, view, now, order))
		return 0;
	same = keeper->runs && !keeper->stopped && is->index == next->index &&
	       ip_is_same(&is->source, &next->source) && ip_is_same(&is->hop, &next->hop);
	if (same && (!view->has_hop || memcmp(is->mac, next->mac, 6) == 0))
		return 0;
	if (!keeper_is_due(keeper->start.at, now, order))
		return 0;
	if (view->has_hop) {
		order->action = KEEPER_START;
		return 1;
	}
	if (!keeper->runs)
		snprintf(
		    keeper->why, sizeof(keeper->why), "the next hop does not answer ARP or NDP");
	if (!keeper_is_due(keeper->provoke.at, now, order))
		return 0;
	keeper_failed(&keeper->provoke, now, KEEPER_PROVOKE_FIRST, KEEPER_PROVOKE_PAUSE);
	order->action = KEEPER_PROVOKE;
	return 1;
}

static int keeper_call(struct keeper *keeper, int64_t now, struct keeper_order *order)
{
	int resolved = keeper->runs || !keeper->use_netconsole || keeper->start.fails > 0;

	if (keeper->acknowledged && !keeper->unreported_change &&
	    (keeper->reported_netconsole || !keeper->runs))
		return 0;
	if (keeper->network_since < 0)
		return 0;
	if (!resolved && !keeper_is_due(keeper->network_since + KEEPER_PATIENCE, now, order))
		return 0;
	if (!keeper_is_due(keeper->call.at, now, order))
		return 0;
	order->action = KEEPER_CALL;
	keeper->reporting_netconsole = keeper->runs;
	keeper->reporting_change = keeper->unreported_change;
	return 1;
}

static int keeper_open(struct keeper *keeper, const struct view *view, int busy, int64_t now,
    struct keeper_order *order)
{
	if (busy || !keeper_choose(keeper, view, now, order) ||
	    !keeper_is_due(keeper->open.at, now, order))
		return 0;
	order->action = KEEPER_OPEN;
	return 1;
}

void keeper_step(struct keeper *keeper, const struct view *view, int busy, int64_t now,
    struct keeper_order *order)
{
	memset(order, 0, sizeof(*order));
	order->wake = -1;
	if (!keeper->has_session) {
		if (!keeper_open(keeper, view, busy, now, order) && keeper->use_netconsole &&
		    keeper->open.fails > 0)
			keeper_netconsole(keeper, view, now, order);
		return;
	}
	if (!keeper->use_netconsole)
		keeper_choose(keeper, view, now, order);
	else if (keeper_netconsole(keeper, view, now, order))
		return;
	if (!busy && keeper_call(keeper, now, order))
		return;
	if (keeper->acknowledged && keeper->script > 0 && !keeper->scripted) {
		keeper->scripted = 1;
		order->action = KEEPER_SCRIPT;
		return;
	}
	if (keeper->drill_at >= 0 && !keeper->drilled &&
	    keeper_is_due(keeper->drill_at, now, order)) {
		keeper->drilled = 1;
		order->action = KEEPER_DRILL;
	}
}

void keeper_link(struct keeper *keeper, const struct netlink_link *link)
{
	/*
	 * netconsole leaves an interface that is enslaved or unregistered
	 * (drivers/net/netconsole.c)
	 */
	if (keeper->runs && link->index == keeper->target.index && (link->gone || link->master))
		keeper->stopped = 1;
}

void keeper_changed(struct keeper *keeper)
{
	keeper->unreported_change = 1;
	keeper->reporting_change = 0; /* a call under way began before it */
}

void keeper_started(
    struct keeper *keeper, const struct netconsole_target *target, const char *why, int64_t now)
{
	keeper->stopped = 0;
	keeper->provoke.fails = 0;
	keeper->runs = !why;
	if (why) {
		keeper_failed(&keeper->start, now, KEEPER_PAUSE, KEEPER_START_PAUSE);
		snprintf(keeper->why, sizeof(keeper->why), "%s", why);
		return;
	}
	keeper->start.fails = 0;
	keeper->start.at = now + KEEPER_PAUSE; /* an interface may flap */
	keeper->target = *target;
	keeper->why[0] = '\0';
}

void keeper_opened(struct keeper *keeper, int good, int64_t now)
{
	keeper->has_session = good;
	if (!good)
		keeper_failed(&keeper->open, now, KEEPER_PAUSE, KEEPER_CALL_PAUSE);
}

void keeper_aim(struct keeper *keeper, int use_netconsole, const struct in6_addr *server, int other,
    int drill, int script)
{
	if (!use_netconsole && !keeper->runs)
		snprintf(keeper->why, sizeof(keeper->why), "off");
	keeper->use_netconsole = use_netconsole;
	keeper->server = *server;
	keeper->drill = drill;
	keeper->script = script;
	if (other)
		keeper->stopped = keeper->runs;
}

void keeper_called(struct keeper *keeper, int acknowledged, int64_t now)
{
	if (!acknowledged) {
		keeper_failed(&keeper->call, now, KEEPER_PAUSE, KEEPER_CALL_PAUSE);
		return;
	}
	keeper->call.fails = 0;
	keeper->call.at = now;
	if (!keeper->acknowledged && keeper->drill > 0)
		keeper->drill_at = now + (int64_t)keeper->drill * 1000;
	keeper->acknowledged = 1;
	keeper->reported_netconsole |= keeper->reporting_netconsole;
	if (keeper->reporting_change)
		keeper->unreported_change = keeper->reporting_change = 0;
}
