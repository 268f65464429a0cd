/* SPDX-License-Identifier: MIT */
/* keeper: what the keeper does next; see keeper.h. Pure. */
#include "keeper.h"

#include <stdio.h>
#include <string.h>

void arm_keeper_begin(
    struct arm_keeper *keeper, int wants_netconsole, uint32_t server, const uint8_t *mac, int drill)
{
	memset(keeper, 0, sizeof(*keeper));
	keeper->wants_netconsole = wants_netconsole;
	keeper->server = server;
	keeper->drill = drill;
	if (mac) {
		keeper->has_mac = 1;
		memcpy(keeper->mac, mac, 6);
	}
	keeper->network_since = -1;
	keeper->drill_at = -1;
	snprintf(keeper->why, sizeof(keeper->why), "%s",
	    wants_netconsole ? "no route to the netconsole target yet" : "off");
}

static void keeper_wake(struct arm_order *order, int64_t at)
{
	if (order->wake < 0 || at < order->wake)
		order->wake = at;
}

static int64_t keeper_pause(unsigned fails, int64_t first, int64_t most)
{
	for (; fails > 1 && first < most; fails--)
		first *= 2;
	return first < most ? first : most;
}

/*
 * Where netconsole should run now: 1 and the target (MAC only if the view has it), 0 not yet. The
 * kernel puts no route on an enslaved interface's own address for long, but for that moment the
 * master is what counts.
 */
static int keeper_choose(
    struct arm_keeper *keeper, const struct arm_view *view, int64_t now, struct arm_order *order)
{
	const struct arm_route *route = &view->route;
	const struct arm_link *link = view->has_route ? arm_view_link(view, route->index) : NULL;
	struct arm_target *target = &order->target;

	for (int depth = 0; link && link->master && depth < ARM_VIEW_DEPTH; depth++) {
		const struct arm_link *master = arm_view_link(view, link->master);

		if (!master || !master->running)
			return 0; /* a slave itself cannot carry netconsole */
		link = master;
	}
	if (!link || !link->running || link->loopback || !route->source)
		return 0;
	if (keeper->network_since < 0)
		keeper->network_since = now;
	if (keeper->has_mac && !arm_view_is_boot(view, keeper->mac, link->index) &&
	    now - keeper->network_since < ARM_KEEPER_GRACE) {
		keeper_wake(order, keeper->network_since + ARM_KEEPER_GRACE);
		return 0;
	}
	target->index = link->index;
	memcpy(target->name, link->name, sizeof(target->name));
	target->source = route->source;
	target->hop = route->gateway ? route->gateway : keeper->server;
	if (view->has_hop)
		memcpy(target->mac, view->hop, 6);
	return 1;
}

static int keeper_netconsole(
    struct arm_keeper *keeper, const struct arm_view *view, int64_t now, struct arm_order *order)
{
	const struct arm_target *is = &keeper->target, *want = &order->target;
	int same;

	if (keeper->runs) {
		const struct arm_link *link = arm_view_link(view, is->index);

		if (!link)
			keeper->stopped = 1;
		else
			arm_keeper_link(keeper, link);
	}
	if (!keeper_choose(keeper, view, now, order))
		return 0;
	same = keeper->runs && !keeper->stopped && is->index == want->index &&
	       is->source == want->source && is->hop == want->hop;
	if (same && (!view->has_hop || memcmp(is->mac, want->mac, 6) == 0))
		return 0;
	if (now < keeper->start_at) {
		keeper_wake(order, keeper->start_at);
		return 0;
	}
	if (view->has_hop) {
		order->want = ARM_START;
		return 1;
	}
	if (!keeper->runs)
		snprintf(keeper->why, sizeof(keeper->why), "the next hop does not answer ARP");
	if (now < keeper->provoke_at) {
		keeper_wake(order, keeper->provoke_at);
		return 0;
	}
	keeper->provokes++;
	keeper->provoke_at = now + keeper_pause(keeper->provokes, 50, ARM_KEEPER_PROVOKE_PAUSE);
	order->want = ARM_PROVOKE;
	return 1;
}

static int keeper_wants_call(struct arm_keeper *keeper, int64_t now, struct arm_order *order)
{
	int settled = keeper->runs || !keeper->wants_netconsole || keeper->start_fails > 0;

	if (keeper->acknowledged && !keeper->news && (keeper->told_netconsole || !keeper->runs))
		return 0;
	if (keeper->network_since < 0)
		return 0;
	if (!settled && now - keeper->network_since < ARM_KEEPER_PATIENCE) {
		keeper_wake(order, keeper->network_since + ARM_KEEPER_PATIENCE);
		return 0;
	}
	if (now < keeper->call_at) {
		keeper_wake(order, keeper->call_at);
		return 0;
	}
	return 1;
}

/* 1: the order is made. */
static int keeper_open(struct arm_keeper *keeper, const struct arm_view *view, int calling,
    int64_t now, struct arm_order *order)
{
	if (calling || !keeper_choose(keeper, view, now, order))
		return 0;
	if (now < keeper->open_at) {
		keeper_wake(order, keeper->open_at);
		return 0;
	}
	order->want = ARM_OPEN;
	return 1;
}

void arm_keeper_step(struct arm_keeper *keeper, const struct arm_view *view, int calling,
    int64_t now, struct arm_order *order)
{
	memset(order, 0, sizeof(*order));
	order->wake = -1;
	if (keeper->unopened) {
		if (keeper_open(keeper, view, calling, now, order))
			return;
		if (keeper->wants_netconsole && keeper->open_fails > 0)
			keeper_netconsole(keeper, view, now, order);
		return;
	}
	if (keeper->wants_netconsole) {
		if (keeper_netconsole(keeper, view, now, order))
			return;
	} else {
		keeper_choose(keeper, view, now, order);
	}
	if (!calling && keeper_wants_call(keeper, now, order)) {
		order->want = ARM_CALL;
		keeper->telling = keeper->runs;
		keeper->telling_news = keeper->news;
		return;
	}
	if (keeper->drill_at >= 0 && !keeper->drilled) {
		if (now >= keeper->drill_at) {
			keeper->drilled = 1;
			order->want = ARM_DRILL;
			return;
		}
		keeper_wake(order, keeper->drill_at);
	}
}

void arm_keeper_link(struct arm_keeper *keeper, const struct arm_link *link)
{
	/* netconsole lets go of an interface that is enslaved or unregistered (drivers/net/netconsole.c) */
	if (keeper->runs && link->index == keeper->target.index && (link->gone || link->master))
		keeper->stopped = 1;
}

void arm_keeper_news(struct arm_keeper *keeper)
{
	keeper->news = 1;
	keeper->telling_news = 0; /* a call under way does not know it yet */
}

void arm_keeper_started(
    struct arm_keeper *keeper, const struct arm_target *target, const char *why, int64_t now)
{
	keeper->stopped = 0;
	keeper->provokes = 0;
	if (why) {
		keeper->runs = 0;
		keeper->start_fails++;
		keeper->start_at =
		    now + keeper_pause(keeper->start_fails, 1000, ARM_KEEPER_START_PAUSE);
		snprintf(keeper->why, sizeof(keeper->why), "%s", why);
		return;
	}
	keeper->runs = 1;
	keeper->start_fails = 0;
	keeper->start_at =
	    now + 1000; /* an interface that flaps restarts it once a second at most */
	keeper->target = *target;
	keeper->why[0] = '\0';
}

void arm_keeper_unopened(struct arm_keeper *keeper)
{
	keeper->unopened = 1;
}

void arm_keeper_opened(struct arm_keeper *keeper, int good, int64_t now)
{
	if (good) {
		keeper->unopened = 0;
		return;
	}
	keeper->open_fails++;
	keeper->open_at = now + keeper_pause(keeper->open_fails, 1000, ARM_KEEPER_CALL_PAUSE);
}

void arm_keeper_aim(
    struct arm_keeper *keeper, int wants_netconsole, uint32_t server, int another, int drill)
{
	if (!wants_netconsole && !keeper->runs)
		snprintf(keeper->why, sizeof(keeper->why), "off");
	keeper->wants_netconsole = wants_netconsole;
	keeper->server = server;
	keeper->drill = drill;
	if (another)
		keeper->stopped = keeper->runs;
}

void arm_keeper_called(struct arm_keeper *keeper, int acknowledged, int64_t now)
{
	if (!acknowledged) {
		keeper->call_fails++;
		keeper->call_at =
		    now + keeper_pause(keeper->call_fails, 1000, ARM_KEEPER_CALL_PAUSE);
		return;
	}
	keeper->call_fails = 0;
	keeper->call_at = now;
	if (!keeper->acknowledged && keeper->drill > 0)
		keeper->drill_at = now + (int64_t)keeper->drill * 1000;
	keeper->acknowledged = 1;
	keeper->told_netconsole |= keeper->telling;
	if (keeper->telling_news)
		keeper->news = keeper->telling_news = 0;
}
