/* SPDX-License-Identifier: MIT */
/* arm_keeper: what the keeper orders as the OS's network changes; arm_view: which card is which. */
#include "arm/keeper/keeper.h"

#include "tap.h"

enum { SERVER = 0x0100000a, GATEWAY = 0x0200000a, SOURCE = 0x0f00000a };

static const uint8_t boot_mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
static const uint8_t bond_mac[6] = {2, 0, 0, 0, 0, 9};
static const uint8_t hop_mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};

static struct arm_keeper keeper;
static struct arm_view view;
static struct arm_order order;

static struct arm_link *add_link(int index, const char *name, const uint8_t *mac, int running)
{
	struct arm_link *link = &view.link[view.link_count++];

	memset(link, 0, sizeof(*link));
	link->index = index;
	link->running = running;
	link->has_mac = 1;
	memcpy(link->mac, mac, 6);
	snprintf(link->name, sizeof(link->name), "%s", name);
	return link;
}

static void set_route(int index)
{
	view.has_route = 1;
	view.route.index = index;
	view.route.source = SOURCE;
	view.route.gateway = GATEWAY;
}

static void set_hop(void)
{
	view.has_hop = 1;
	memcpy(view.hop, hop_mac, 6);
}

static void fresh(int netconsole, int drill)
{
	memset(&view, 0, sizeof(view));
	arm_keeper_begin(&keeper, netconsole, SERVER, boot_mac, drill);
}

static enum arm_want step(int64_t now)
{
	arm_keeper_step(&keeper, &view, 0, now, &order);
	return order.want;
}

/* Boot NIC eth0 up with route and hop; netconsole started at `now`. */
static void started(int64_t now)
{
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	is_num(step(now), ARM_START, "start");
	arm_keeper_started(&keeper, &order.target, NULL, now);
}

static void plain(void)
{
	fresh(1, 3);
	is_num(step(0), ARM_WAIT, "nothing yet: wait");
	is_num(order.wake, -1, "for the network only");
	add_link(2, "eth0", boot_mac, 0);
	is_num(step(10), ARM_WAIT, "the NIC is down: wait");
	set_route(2);
	is_num(step(20), ARM_WAIT, "a route on a NIC without carrier: wait");
	view.link[0].running = 1;
	is_num(step(100), ARM_PROVOKE, "the next hop is not known: ask");
	is_num(order.target.hop, GATEWAY, "the gateway");
	is(order.target.name, "eth0", "on its interface");
	is_num(step(101), ARM_WAIT, "not again at once");
	is_num(order.wake, 150, "but soon");
	set_hop();
	is_num(step(120), ARM_START, "known: start");
	ok(memcmp(order.target.mac, hop_mac, 6) == 0 && order.target.source == SOURCE, "there");
	arm_keeper_started(&keeper, &order.target, NULL, 130);
	is_num(step(131), ARM_CALL, "it runs: call");
	arm_keeper_called(&keeper, 0, 1000);
	is_num(step(1001), ARM_WAIT, "not acknowledged: pause");
	is_num(order.wake, 2000, "of a second");
	is_num(step(2000), ARM_CALL, "call again");
	arm_keeper_called(&keeper, 0, 2000);
	step(2001);
	is_num(order.wake, 4000, "the pause grows");
	step(4000);
	arm_keeper_called(&keeper, 1, 5000);
	is_num(step(5001), ARM_WAIT, "acknowledged");
	is_num(order.wake, 8000, "the drill is due 3 s later");
	is_num(step(8000), ARM_DRILL, "drill");
	is_num(step(9000), ARM_WAIT, "once");
	is_num(order.wake, -1, "and nothing more");
}

static void changes(void)
{
	fresh(1, 0);
	started(0);
	step(1);
	arm_keeper_called(&keeper, 1, 2);
	snprintf(view.link[0].name, ARM_NAME_MAX, "enp0s3");
	is_num(step(5000), ARM_WAIT, "renamed: the kernel follows by itself");
	view.has_hop = 0;
	is_num(step(5100), ARM_WAIT, "a neighbour that aged out is no change");
	set_hop();
	view.has_route = 0;
	is_num(step(5200), ARM_WAIT, "no route for a while: leave it");
	set_route(2);
	view.route.source = SOURCE + 1;
	is_num(step(5300), ARM_START, "another address: again");
	arm_keeper_started(&keeper, &order.target, NULL, 5300);
	view.hop[5] ^= 1;
	is_num(step(5400), ARM_WAIT, "not more than once a second");
	is_num(order.wake, 6300, "but then");
	is_num(step(6300), ARM_START, "another next hop");
	arm_keeper_started(&keeper, &order.target, NULL, 6300);
	is_num(step(9000), ARM_WAIT, "quiet");
	view.link[0].gone = 1;
	arm_keeper_link(&keeper, &view.link[0]);
	view.link[0].gone = 0;
	is_num(step(9100), ARM_START, "gone and back between two looks: again");
	arm_keeper_started(&keeper, &order.target, "no such device", 9100);
	is_num(step(9200), ARM_WAIT, "failed: pause");
	is_num(order.wake, 10100, "of a second");
	is_num(step(10100), ARM_START, "try on");
}

static void bond(void)
{
	struct arm_link *slave;

	fresh(1, 0);
	started(0);
	slave = &view.link[0];
	slave->master = 9;
	slave->has_permanent = 1;
	memcpy(slave->permanent, boot_mac, 6);
	memcpy(slave->mac, bond_mac, 6);
	add_link(9, "bond0", bond_mac, 0);
	is_num(step(5000), ARM_CALL, "enslaved, the bond not up yet: no start on a slave");
	ok(keeper.stopped, "netconsole is known to have stopped");
	arm_keeper_called(&keeper, 1, 5000);
	view.link[1].running = 1;
	set_route(9);
	is_num(step(6000), ARM_START, "the bond is up");
	is(order.target.name, "bond0", "netconsole goes there");
	ok(arm_view_is_boot(&view, boot_mac, 9), "it is the boot NIC's");
	set_route(2);
	is_num(step(6000), ARM_START, "a route still on the slave");
	is(order.target.name, "bond0", "is taken for its master's");
	add_link(12, "bond0.7", bond_mac, 1)->below = 9;
	ok(arm_view_is_boot(&view, boot_mac, 12), "so is a VLAN on the bond");
	ok(memcmp(arm_view_card(&view, 12)->permanent, boot_mac, 6) == 0,
	    "the card below that VLAN is the slave, with its permanent address");
	add_link(1, "eth9", bond_mac, 1)->master = 9;
	is_num(arm_view_card(&view, 9)->index, 2, "not the slave that tells none");
	view.link[view.link_count - 1].has_permanent = 1;
	is_num(arm_view_card(&view, 9)->index, 1, "of two the first");
	is_num(arm_view_card(&view, 2)->index, 2, "a card is its own");
	ok(!arm_view_card(&view, 77), "nothing has none");
	view.link[0].below = 9; /* no real machine */
	ok(arm_view_card(&view, 12) != NULL, "a loop ends there, too");
	view.link[0].below = 0;
	view.link[1].master = 2; /* no real machine */
	ok(!arm_view_is_boot(&view, boot_mac, 77), "a loop of masters ends");
}

static void another(void)
{
	fresh(1, 0);
	add_link(3, "eth1", bond_mac, 1);
	add_link(2, "eth0", boot_mac, 0);
	set_route(3);
	set_hop();
	is_num(step(100), ARM_WAIT, "another NIC was first: wait for the one that booted");
	is_num(order.wake, 100 + ARM_KEEPER_GRACE, "for a while");
	is_num(step(100 + ARM_KEEPER_GRACE), ARM_START, "then take it");
}

static void no_hop(void)
{
	int64_t now = 0;
	int provokes = 0, calls = 0;

	fresh(1, 0);
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	for (int i = 0; i < 200 && now < 60000; i++) {
		switch (step(now)) {
		case ARM_PROVOKE:
			provokes++;
			break;
		case ARM_CALL:
			calls++;
			arm_keeper_called(&keeper, 1, now);
			break;
		default:
			now = order.wake > now ? order.wake : now + 1;
			break;
		}
	}
	ok(now >= 60000, "a silent next hop: no busy loop");
	ok(provokes > 10 && provokes < 30, "asked %d times in a minute", provokes);
	is_num(calls, 1, "the server is called all the same");
	is(keeper.why, "the next hop does not answer ARP", "and told why");
	set_hop();
	is_num(step(now + ARM_KEEPER_PROVOKE_PAUSE), ARM_START, "it answers at last");
	arm_keeper_started(&keeper, &order.target, NULL, now + 1);
	is_num(step(now + 2), ARM_CALL, "which the server is told");
	arm_keeper_called(&keeper, 1, now + 2);
	is_num(step(now + 3), ARM_WAIT, "once");
}

static void off(void)
{
	fresh(0, 0);
	add_link(2, "eth0", boot_mac, 1);
	is_num(step(0), ARM_WAIT, "no netconsole wanted, no route: wait");
	set_route(2);
	is_num(step(1), ARM_CALL, "a route is enough");
	arm_keeper_step(&keeper, &view, 1, 2, &order);
	is_num(order.want, ARM_WAIT, "not while a call is under way");
	arm_keeper_called(&keeper, 1, 3);
	is_num(step(4), ARM_WAIT, "done");
	is(keeper.why, "off", "netconsole=off");
}

static void unopened(void)
{
	fresh(0, 0);
	arm_keeper_unopened(&keeper);
	is_num(step(0), ARM_WAIT, "no session, no network: wait");
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	is_num(step(10), ARM_OPEN, "a route: open a session");
	arm_keeper_step(&keeper, &view, 1, 11, &order);
	is_num(order.want, ARM_WAIT, "one call at a time");
	arm_keeper_opened(&keeper, 0, 20);
	is_num(step(21), ARM_WAIT, "refused: later");
	is_num(order.wake, 1020, "in a second");
	is_num(step(1020), ARM_OPEN, "again");
	arm_keeper_opened(&keeper, 1, 1030);
	arm_keeper_aim(&keeper, 1, SERVER, 0, 2);
	is_num(step(1031), ARM_PROVOKE, "a session: netconsole");
	set_hop();
	is_num(step(1040), ARM_START, "starts");
	arm_keeper_started(&keeper, &order.target, NULL, 1040);
	is_num(step(1041), ARM_CALL, "and the server is told");
	arm_keeper_called(&keeper, 1, 1050);
	step(1051);
	is_num(order.wake, 3050, "the session's drill counts");

	fresh(1, 0);
	arm_keeper_unopened(&keeper);
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	is_num(step(0), ARM_OPEN, "a target on the command line: the session first, all the same");
	arm_keeper_opened(&keeper, 0, 10);
	is_num(step(11), ARM_START, "the server is down: netconsole without it");
	arm_keeper_started(&keeper, &order.target, NULL, 12);
	is_num(step(13), ARM_WAIT, "nobody to tell");
	is_num(step(1010), ARM_OPEN, "but again");
	arm_keeper_opened(&keeper, 1, 1020);
	arm_keeper_aim(&keeper, 1, SERVER, 1, 0);
	is_num(step(1021), ARM_START, "the session has another target: start again");
	arm_keeper_started(&keeper, &order.target, NULL, 1030);
	is_num(step(1040), ARM_CALL, "and tell");

	fresh(0, 0);
	arm_keeper_unopened(&keeper);
	add_link(3, "eth1", bond_mac, 1);
	set_route(3);
	is_num(step(0), ARM_WAIT, "a route on another NIC than the one that booted: wait a while");
	is_num(step(ARM_KEEPER_GRACE), ARM_OPEN, "then take it");
}

static void news(void)
{
	fresh(1, 0);
	started(1000);
	ok(step(1100) == ARM_CALL, "running is told");
	arm_keeper_called(&keeper, 1, 1200);
	ok(step(1300) == ARM_WAIT, "and that is all");
	arm_keeper_news(&keeper);
	ok(step(1400) == ARM_CALL, "news: told at once");
	arm_keeper_called(&keeper, 0, 1500);
	ok(step(1600) == ARM_WAIT && order.wake == 2500, "not acknowledged: again later");
	ok(step(2500) == ARM_CALL, "then again");
	arm_keeper_news(&keeper);
	arm_keeper_called(&keeper, 1, 2600);
	ok(step(2700) == ARM_CALL, "news that came during a call is told in the next");
	arm_keeper_called(&keeper, 1, 2800);
	ok(step(2900) == ARM_WAIT, "and then there is none");
}

int main(void)
{
	unopened();
	plain();
	changes();
	bond();
	another();
	no_hop();
	off();
	news();
	return tap_done();
}
