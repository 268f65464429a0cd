/* SPDX-License-Identifier: MIT */
/* keeper: what it orders as the OS's network changes; view: which interfaces are of which card. */
#include "arm/keeper/keeper.h"

#include "tap.h"

/* ::ffff:10.0.0.N */
#define ADDRESS(n)                                                                                 \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, n              \
			}                                                                          \
		}                                                                                  \
	}
static const struct in6_addr server = ADDRESS(1), gateway = ADDRESS(2), source = ADDRESS(15),
			     other_source = ADDRESS(16), none;

static const uint8_t boot_mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
static const uint8_t bond_mac[6] = {2, 0, 0, 0, 0, 9};
static const uint8_t hop_mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};

static struct keeper keeper;
static struct view view;
static struct keeper_order order;

static struct netlink_link *add_link(int index, const char *name, const uint8_t *mac, int running)
{
	struct netlink_link *link = &view.link[view.link_count++];

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
	view.route.source = source;
	view.route.gateway = gateway;
}

static void set_hop(void)
{
	view.has_hop = 1;
	memcpy(view.hop, hop_mac, 6);
}

static void fresh(int netconsole, int drill)
{
	memset(&view, 0, sizeof(view));
	keeper_begin(&keeper, 1, netconsole, &server, boot_mac, drill, 0);
}

static enum keeper_action step(int64_t now)
{
	keeper_step(&keeper, &view, 0, now, &order);
	return order.action;
}

/* Boot NIC eth0 up with route and hop; netconsole started at `now`. */
static void started(int64_t now)
{
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	is_num(step(now), KEEPER_START, "netconsole starts when the hop is known");
	keeper_started(&keeper, &order.target, NULL, now);
}

static void plain(void)
{
	fresh(1, 3);
	is_num(step(0), KEEPER_WAIT, "without a network it waits");
	is_num(order.wake, -1, "it waits for the network only");
	add_link(2, "eth0", boot_mac, 0);
	is_num(step(10), KEEPER_WAIT, "a NIC that is down: it waits");
	set_route(2);
	is_num(step(20), KEEPER_WAIT, "a route on a NIC without carrier: it waits");
	view.link[0].running = 1;
	is_num(step(100), KEEPER_PROVOKE, "an unknown next hop is provoked");
	ok(ip_is_same(&order.target.hop, &gateway), "the gateway is the next hop");
	is(order.target.name, "eth0", "it is provoked on its interface");
	is_num(step(101), KEEPER_WAIT, "it is not provoked again at once");
	is_num(order.wake, 150, "it is provoked again after 50 ms");
	set_hop();
	is_num(step(120), KEEPER_START, "netconsole starts on a known hop");
	ok(memcmp(order.target.mac, hop_mac, 6) == 0 && ip_is_same(&order.target.source, &source),
	    "netconsole has the hop's MAC and our address");
	keeper_started(&keeper, &order.target, NULL, 130);
	is_num(step(131), KEEPER_CALL, "once netconsole runs the server is called");
	keeper_called(&keeper, 0, 1000);
	is_num(step(1001), KEEPER_WAIT, "an unacknowledged call is not repeated at once");
	is_num(order.wake, 2000, "it is repeated after a second");
	is_num(step(2000), KEEPER_CALL, "the call is repeated in time");
	keeper_called(&keeper, 0, 2000);
	step(2001);
	is_num(order.wake, 4000, "the pause between calls grows");
	step(4000);
	keeper_called(&keeper, 1, 5000);
	is_num(step(5001), KEEPER_WAIT, "an acknowledged call is not repeated");
	is_num(order.wake, 8000, "the drill is due 3 s after that");
	is_num(step(8000), KEEPER_DRILL, "the drill is ordered in time");
	is_num(step(9000), KEEPER_WAIT, "the drill is ordered once");
	is_num(order.wake, -1, "nothing is to be done after the drill");
}

static void changes(void)
{
	fresh(1, 0);
	started(0);
	step(1);
	keeper_called(&keeper, 1, 2);
	snprintf(view.link[0].name, NETCONSOLE_IFNAME, "enp0s3");
	is_num(step(5000), KEEPER_WAIT, "a renamed interface is no change");
	view.has_hop = 0;
	is_num(step(5100), KEEPER_WAIT, "a neighbour that aged out is no change");
	set_hop();
	view.has_route = 0;
	is_num(step(5200), KEEPER_WAIT, "a route that is gone is no change");
	set_route(2);
	view.route.source = other_source;
	is_num(step(5300), KEEPER_START, "netconsole starts again on another address");
	keeper_started(&keeper, &order.target, NULL, 5300);
	view.hop[5] ^= 1;
	is_num(step(5400), KEEPER_WAIT, "netconsole starts at most once a second");
	is_num(order.wake, 6300, "the next start is a second after the last");
	is_num(step(6300), KEEPER_START, "netconsole starts again on another next hop");
	keeper_started(&keeper, &order.target, NULL, 6300);
	is_num(step(9000), KEEPER_WAIT, "without a change it waits");
	view.link[0].gone = 1;
	keeper_link(&keeper, &view.link[0]);
	view.link[0].gone = 0;
	is_num(step(9100), KEEPER_START, "an interface gone and back: netconsole starts again");
	keeper_started(&keeper, &order.target, "no such device", 9100);
	is_num(step(9200), KEEPER_WAIT, "a failed start is not repeated at once");
	is_num(order.wake, 10100, "a failed start is repeated after a second");
	is_num(step(10100), KEEPER_START, "a failed start is repeated in time");
}

static void bond(void)
{
	struct netlink_link *slave;

	fresh(1, 0);
	started(0);
	slave = &view.link[0];
	slave->master = 9;
	slave->has_permanent = 1;
	memcpy(slave->permanent, boot_mac, 6);
	memcpy(slave->mac, bond_mac, 6);
	add_link(9, "bond0", bond_mac, 0);
	is_num(step(5000), KEEPER_CALL, "netconsole does not start on a slave");
	ok(keeper.stopped, "enslaving stops netconsole");
	keeper_called(&keeper, 1, 5000);
	view.link[1].running = 1;
	set_route(9);
	is_num(step(6000), KEEPER_START, "once the bond is up netconsole starts");
	is(order.target.name, "bond0", "netconsole runs on the bond");
	ok(view_is_boot(&view, boot_mac, 9), "the bond has the boot NIC");
	set_route(2);
	is_num(step(6000), KEEPER_START, "a route on the slave starts netconsole");
	is(order.target.name, "bond0", "a route on the slave counts for the bond");
	add_link(12, "bond0.7", bond_mac, 1)->below = 9;
	ok(view_is_boot(&view, boot_mac, 12), "a VLAN on the bond has the boot NIC");
	ok(memcmp(view_card(&view, 12)->permanent, boot_mac, 6) == 0,
	    "the card below a VLAN on a bond is the slave");
	add_link(1, "eth9", bond_mac, 1)->master = 9;
	is_num(view_card(&view, 9)->index, 2, "a slave with a permanent address comes first");
	view.link[view.link_count - 1].has_permanent = 1;
	is_num(view_card(&view, 9)->index, 1, "the first of two such slaves is the card");
	is_num(view_card(&view, 2)->index, 2, "a card without a stack is its own");
	ok(!view_card(&view, 77), "an unknown index has no card");
	view.link[0].below = 9; /* no real machine */
	ok(view_card(&view, 12) != NULL, "a loop of lower interfaces ends");
	view.link[0].below = 0;
	view.link[1].master = 2; /* no real machine */
	ok(!view_is_boot(&view, boot_mac, 77), "a loop of masters ends");
}

/* Pauses grow up to their limits, and a success ends them. */
static void pauses(void)
{
	fresh(1, 0);
	for (int i = 0; i < 40; i++)
		keeper_called(&keeper, 0, 0);
	is_num(keeper.call.at, KEEPER_CALL_PAUSE, "the pause between calls has a limit");
	keeper_called(&keeper, 1, 500);
	is_num(keeper.call.at, 500, "after an acknowledged call there is no pause");
	keeper_called(&keeper, 0, 600);
	is_num(keeper.call.at, 1600, "after an acknowledged call the pauses begin again");
	started(0);
	is_num(keeper.start.at, 1000, "the next start is a second later at least");
	for (int i = 0; i < 40; i++)
		keeper_started(&keeper, &order.target, "no such device", 0);
	is_num(keeper.start.at, KEEPER_START_PAUSE, "the pause between starts has a limit");
	is(keeper.why, "no such device", "the reason is kept");
	keeper.provoke.fails = 7;
	keeper_started(&keeper, &order.target, NULL, 0);
	is(keeper.why, "", "a start ends the reason");
	is_num(keeper.provoke.fails, 0, "a start ends the pauses between probes");
	keeper_started(&keeper, &order.target, "again", 100);
	is_num(keeper.start.at, 1100, "after a start the pauses begin again");
}

/* What a route has to be, and which change of it starts netconsole again. */
static void routes(void)
{
	struct netlink_link other = {.index = 7, .gone = 1};

	fresh(1, 0);
	add_link(2, "eth0", boot_mac, 1)->loopback = 1;
	set_route(2);
	is_num(step(0), KEEPER_WAIT, "a route on the loopback does not count");
	view.link[0].loopback = 0;
	view.route.source = none;
	is_num(step(1), KEEPER_WAIT, "a route without an address of ours does not count");
	view.route.source = source;
	view.route.gateway = none;
	is_num(step(2), KEEPER_PROVOKE, "a route without gateway counts");
	ok(ip_is_same(&order.target.hop, &server), "without a gateway the server is the next hop");
	set_hop();
	is_num(step(3), KEEPER_START, "netconsole starts without a gateway");
	keeper_started(&keeper, &order.target, "no such device", 3);
	is_num(step(4), KEEPER_CALL, "a failed start is reported without further patience");
	keeper_called(&keeper, 1, 5);
	is_num(step(1003), KEEPER_START, "the failed start is repeated");
	keeper_started(&keeper, &order.target, NULL, 1003);
	step(1004);
	keeper_called(&keeper, 1, 1005);
	keeper_link(&keeper, &other);
	is_num(step(3000), KEEPER_WAIT, "another interface that went away is no change");
	view.route.gateway = gateway;
	is_num(step(3000), KEEPER_START, "netconsole starts again on another gateway");
	keeper_started(&keeper, &order.target, NULL, 3000);
	add_link(3, "eth1", boot_mac, 1);
	view.route.index = 3;
	is_num(step(20000), KEEPER_START, "netconsole starts again on another interface");
	keeper_started(&keeper, &order.target, NULL, 20000);
	view.link_count = 1;
	is_num(step(21000), KEEPER_WAIT, "an interface that is missing: it waits");
	view.link_count = 2;
	is_num(step(22000), KEEPER_START, "an interface that was missing: netconsole starts again");
	keeper_started(&keeper, &order.target, NULL, 22000);
	is_num(step(24000), KEEPER_WAIT, "after that nothing is to be done");

	memset(&view, 0, sizeof(view));
	keeper_begin(&keeper, 1, 1, &server, NULL, 0, 0);
	add_link(3, "eth1", bond_mac, 1);
	set_route(3);
	is_num(step(0), KEEPER_PROVOKE, "if the boot NIC is unknown any NIC will do");
}

static void cards(void)
{
	fresh(1, 0);
	add_link(3, "eth1", bond_mac, 1)->has_mac = 0;
	memcpy(view.link[0].permanent, boot_mac, 6);
	memcpy(view.link[0].mac, boot_mac, 6);
	ok(!view_is_boot(&view, boot_mac, 3), "an address that was not reported does not count");
	add_link(5, "eth2", boot_mac, 1);
	add_link(4, "eth3", boot_mac, 1);
	ok(view_is_boot(&view, boot_mac, 4) && !view_is_boot(&view, boot_mac, 5),
	    "if two NICs have the address the one with the lowest index booted");
	view.link[1].has_permanent = view.link[2].has_permanent = 1;
	memcpy(view.link[1].permanent, boot_mac, 6);
	memcpy(view.link[2].permanent, boot_mac, 6);
	view.link[1].below = 4;
	ok(view_is_boot(&view, boot_mac, 4), "a VLAN's permanent address does not count");
}

static void another(void)
{
	fresh(1, 0);
	add_link(3, "eth1", bond_mac, 1);
	add_link(2, "eth0", boot_mac, 0);
	set_route(3);
	set_hop();
	is_num(step(100), KEEPER_WAIT, "another NIC first: it waits for the boot NIC");
	is_num(order.wake, 100 + KEEPER_GRACE, "it waits for the boot NIC 10 s");
	is_num(step(100 + KEEPER_GRACE), KEEPER_START, "after that the other NIC is used");
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
		case KEEPER_PROVOKE:
			provokes++;
			break;
		case KEEPER_CALL:
			calls++;
			keeper_called(&keeper, 1, now);
			break;
		default:
			now = order.wake > now ? order.wake : now + 1;
			break;
		}
	}
	ok(now >= 60000, "a silent next hop causes no busy loop");
	ok(provokes > 10 && provokes < 30,
	    "a silent next hop is provoked 10 to 30 times a minute: %d", provokes);
	is_num(calls, 1, "the server is called without netconsole");
	is(keeper.why, "the next hop does not answer ARP or NDP", "the reason is the silent hop");
	set_hop();
	is_num(step(now + KEEPER_PROVOKE_PAUSE), KEEPER_START,
	    "netconsole starts when the hop answers");
	keeper_started(&keeper, &order.target, NULL, now + 1);
	is_num(step(now + 2), KEEPER_CALL, "that netconsole runs is reported");
	keeper_called(&keeper, 1, now + 2);
	is_num(step(now + 3), KEEPER_WAIT, "that netconsole runs is reported once");
}

static void off(void)
{
	fresh(0, 0);
	add_link(2, "eth0", boot_mac, 1);
	is_num(step(0), KEEPER_WAIT, "netconsole off, no route: it waits");
	set_route(2);
	is_num(step(1), KEEPER_CALL, "netconsole off: a route is enough for the call");
	keeper_step(&keeper, &view, 1, 2, &order);
	is_num(order.action, KEEPER_WAIT, "no call begins during another one");
	keeper_called(&keeper, 1, 3);
	is_num(step(4), KEEPER_WAIT, "after the call it waits");
	is(keeper.why, "off", "the reason is that netconsole is off");
}

static void no_session(void)
{
	fresh(0, 0);
	keeper.has_session = 0;
	is_num(step(0), KEEPER_WAIT, "no session, no network: it waits");
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	is_num(step(10), KEEPER_OPEN, "with a route a session is opened");
	keeper_step(&keeper, &view, 1, 11, &order);
	is_num(order.action, KEEPER_WAIT, "no session is opened during a call");
	keeper_opened(&keeper, 0, 20);
	is_num(step(21), KEEPER_WAIT, "a refused session is not asked for at once");
	is_num(order.wake, 1020, "a refused session is asked for after a second");
	is_num(step(1020), KEEPER_OPEN, "a refused session is asked for again");
	keeper_opened(&keeper, 1, 1030);
	keeper_aim(&keeper, 1, &server, 1, 2, 0);
	ok(!keeper.stopped, "netconsole that does not run has not stopped");
	is_num(step(1031), KEEPER_PROVOKE, "with the session the hop is provoked");
	set_hop();
	is_num(step(1040), KEEPER_START, "with the session netconsole starts");
	keeper_started(&keeper, &order.target, NULL, 1040);
	is_num(step(1041), KEEPER_CALL, "with the session the server is called");
	keeper_called(&keeper, 1, 1050);
	step(1051);
	is_num(order.wake, 3050, "the session's drill counts");
	keeper_called(&keeper, 1, 2000);
	step(2001);
	is_num(order.wake, 3050, "a further call does not move the drill");

	fresh(1, 0);
	keeper.has_session = 0;
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	is_num(step(0), KEEPER_OPEN, "the session comes before the target of the command line");
	keeper_step(&keeper, &view, 1, 1, &order);
	is_num(order.action, KEEPER_WAIT, "netconsole waits for the first reply");
	keeper_opened(&keeper, 0, 10);
	is_num(step(11), KEEPER_START, "while the server is down netconsole starts");
	keeper_started(&keeper, &order.target, NULL, 12);
	is_num(step(13), KEEPER_WAIT, "without a session no call is made");
	is_num(step(1010), KEEPER_OPEN, "the session is asked for again");
	keeper_opened(&keeper, 1, 1020);
	keeper_aim(&keeper, 1, &server, 1, 0, 0);
	is_num(step(1021), KEEPER_START, "with another target netconsole starts again");
	keeper_started(&keeper, &order.target, NULL, 1030);
	is_num(step(1040), KEEPER_CALL, "after that the server is called");

	fresh(1, 0);
	keeper_aim(&keeper, 0, &server, 0, 0, 0);
	is(keeper.why, "off", "a session without netconsole turns it off");

	fresh(0, 0);
	keeper.has_session = 0;
	add_link(3, "eth1", bond_mac, 1);
	set_route(3);
	is_num(step(0), KEEPER_WAIT, "no session: it waits for the boot NIC");
	is_num(step(KEEPER_GRACE), KEEPER_OPEN, "after that the other NIC opens the session");
}

static void scripts(void)
{
	fresh(1, 3);
	keeper.script = 60;
	started(1000);
	ok(step(1100) == KEEPER_CALL, "a session with a script: running is reported first");
	ok(step(1110) != KEEPER_SCRIPT, "the script is not run before that is acknowledged");
	keeper_called(&keeper, 0, 1200);
	ok(step(1300) == KEEPER_WAIT, "nor when it is not acknowledged");
	step(2200);
	keeper_called(&keeper, 1, 2300);
	ok(step(2300) == KEEPER_SCRIPT, "the script is run as soon as it is acknowledged");
	is_num(step(2301), KEEPER_WAIT, "the script is run once");
	keeper_changed(&keeper);
	step(2400);
	keeper_called(&keeper, 1, 2500);
	is_num(step(2600), KEEPER_WAIT, "a further call does not run it again");
	is_num(step(5400), KEEPER_DRILL, "a drill comes in its time nevertheless");

	fresh(0, 0);
	keeper.has_session = 0;
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	step(0);
	keeper_opened(&keeper, 1, 10);
	keeper_aim(&keeper, 0, &server, 0, 0, 60);
	is_num(step(20), KEEPER_CALL, "a session that the keeper opens may have a script too");
	keeper_called(&keeper, 1, 30);
	is_num(step(40), KEEPER_SCRIPT, "which is run");
}

static void changed(void)
{
	fresh(1, 0);
	started(1000);
	ok(step(1100) == KEEPER_CALL, "running is reported");
	keeper_called(&keeper, 1, 1200);
	ok(step(1300) == KEEPER_WAIT, "nothing more is reported");
	keeper_changed(&keeper);
	ok(step(1400) == KEEPER_CALL, "a changed capture kernel is reported at once");
	keeper_called(&keeper, 0, 1500);
	ok(step(1600) == KEEPER_WAIT && order.wake == 2500,
	    "an unacknowledged change is reported later");
	ok(step(2500) == KEEPER_CALL, "an unacknowledged change is reported again");
	keeper_changed(&keeper);
	keeper_called(&keeper, 1, 2600);
	ok(step(2700) == KEEPER_CALL, "a change during a call is reported by the next");
	keeper_called(&keeper, 1, 2800);
	ok(step(2900) == KEEPER_WAIT, "a reported change is not reported again");
}

/* IPv6: the link-local address is there at once, the routers' a second later. */
static void link_local(void)
{
	fresh(1, 0);
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	ip_parse("fe80::5054:ff:fea1:b2c3", &view.route.source);
	ip_parse("fe80::1", &view.route.gateway);
	is_num(step(0), KEEPER_WAIT, "with a link-local address the keeper waits");
	is_num(order.wake, KEEPER_GRACE, "for some seconds");
	ip_parse("fd00::15", &view.route.source);
	is_num(step(1000), KEEPER_START, "with another one netconsole starts");
	ok(ip_is_link_local(&order.target.hop), "a router's link-local address is the next hop");
	fresh(1, 0);
	add_link(2, "eth0", boot_mac, 1);
	set_route(2);
	set_hop();
	ip_parse("fe80::5054:ff:fea1:b2c3", &view.route.source);
	step(0);
	is_num(step(KEEPER_GRACE), KEEPER_START, "a room that has no other address can do with it");
}

int main(void)
{
	no_session();
	plain();
	changes();
	bond();
	pauses();
	routes();
	cards();
	another();
	no_hop();
	link_local();
	off();
	changed();
	scripts();
	return tap_done();
}
