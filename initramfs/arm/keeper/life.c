/* SPDX-License-Identifier: MIT */
/* life: the keeper's life; see life.h. It sleeps in poll(2) between changes of the network. */
#include "life.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "arm/load.h"
#include "call.h"
#include "keeper.h"
#include "net.h"

/* Changes come in bursts: look once they are over, and rarely where all is well already. */
enum { LIFE_SETTLE_MS = 20, LIFE_CALM_MS = 1000 };
/* An OS's own kdump service comes within minutes of the boot, if at all. */
enum { LIFE_WATCH_MS = 10000, LIFE_WATCH_LATER_MS = 60000, LIFE_WATCH_EARLY_MS = 600000 };

static void life_start(struct arm_life *life, struct arm_keeper *keeper,
    const struct arm_target *target, const struct arm_server *server)
{
	struct err err = {""};
	int again = keeper->runs;

	if (arm_console_start(&err, &life->console, &life->hold, target, server)) {
		if (keeper->start_fails < 3)
			arm_say(life->hold.kmsg, 4, "no netconsole: %s", err.msg);
		arm_keeper_started(keeper, target, err.msg, arm_now());
		return;
	}
	arm_keeper_started(keeper, target, NULL, arm_now());
	arm_say(life->hold.kmsg, 5, "netconsole %s on %s, lastwords.session=%s",
	    again ? "again" : "runs", target->name, life->conf->session);
}

static void life_call(struct arm_life *life, const struct arm_keeper *keeper,
    const struct arm_view *view, struct arm_call *call)
{
	const struct arm_link *link = arm_view_link(view, view->route.index);
	char body[ARM_CALL_BODY_MAX], address[INET_ADDRSTRLEN] = "";
	struct timespec up = {0};
	struct utsname system;
	struct kv_out out;
	struct err err;
	struct arm_report report = {
	    .armed = life->armed,
	    .why = life->why,
	    .crashkernel = arm_load_reserved(&life->hold),
	    .capture = life->capture,
	    .ms = life->ms,
	    .release = uname(&system) == 0 ? system.release : "",
	    .interface = link ? link->name : "",
	    .address = address,
	    .netconsole = keeper->runs ? "on" : keeper->why,
	};

	if (view->has_route)
		inet_ntop(AF_INET, &view->route.source, address, sizeof(address));
	clock_gettime(CLOCK_BOOTTIME, &up);
	report.uptime = up.tv_sec;
	kv_out_init(&out, body, sizeof(body));
	arm_call_body(&report, &out);
	arm_call_begin(&err, call, life->conf, body, &life->harvest.pstore);
}

/*
 * Whom the view's route is for, and where netconsole goes, as the session says. 1 if netconsole is
 * wanted and can be; else why it cannot is in err, "" where it is off.
 */
static int life_aim(
    struct arm_life *life, struct err *err, uint32_t *address, struct arm_server *server)
{
	const struct session_conf *conf = life->conf;
	int wants = conf->netconsole[0] != '\0';
	struct utsname system;
	struct err bad;

	err->msg[0] = '\0';
	if (wants && arm_server_parse(err, conf->netconsole, conf->format, server)) {
		arm_say(life->hold.kmsg, 4, "no netconsole: %s", err->msg);
		wants = 0;
	}
	if (wants && uname(&system) == 0 && !arm_release_extended(system.release))
		server->extended = 0;
	*address = wants ? server->address : 0;
	if (!wants && arm_url_address(&bad, conf->url[0], address))
		arm_say(life->hold.kmsg, 4, "%s", bad.msg);
	return wants;
}

/* The same once there is a session, which may say otherwise than the command line. */
static void life_aim_again(
    struct arm_life *life, struct arm_keeper *keeper, struct arm_server *server)
{
	struct arm_server before = *server;
	struct err err;
	uint32_t address;
	int wants = life_aim(life, &err, &address, server);

	arm_keeper_aim(keeper, wants, address,
	    before.address != server->address || before.port != server->port ||
		before.extended != server->extended,
	    life->conf->drill);
}

/* Asks for a session, as the machine of the NIC that the route is on where nothing else is known. */
static void life_open(struct arm_life *life, const struct arm_view *view, struct arm_call *call)
{
	const struct arm_link *link = arm_view_card(view, view->route.index);
	char query[SESSION_CONF_MAX], address[INET_ADDRSTRLEN] = "", mac[ARM_MAC_TEXT] = "";
	struct err err;

	if (!life->conf->mac[0] && link)
		arm_mac_text(link->has_permanent ? link->permanent : link->mac, '-', mac);
	inet_ntop(AF_INET, &view->route.source, address, sizeof(address));
	snprintf(query, sizeof(query), "%s%s%s&ip=%s", life->conf->open, mac[0] ? "&mac=" : "", mac,
	    address);
	arm_call_open(&err, call, life->conf->url[0], query);
}

/* The server's answer. 1: there is a session from now on. */
static int life_opened(struct arm_life *life, struct arm_keeper *keeper, struct arm_call *call)
{
	struct session_conf *opened = &life->opened;
	struct err err = {""};
	int bad = arm_call_end(&err, call);

	if (!bad)
		bad = session_conf_parse(
		    &err, "the server's answer", call->said, strlen(call->said), opened);
	if (!bad && !opened->session[0])
		bad = err_set(&err, "the server's answer has no session");
	if (bad && (keeper->open_fails == 0 || keeper->open_fails == 5))
		arm_say(life->hold.kmsg, 4, "no session: %s; trying on", err.msg);
	arm_keeper_opened(keeper, !bad, arm_now());
	if (bad)
		return 0;
	life->conf = opened;
	arm_say(life->hold.kmsg, 5, "opened lastwords.session=%s", opened->session);
	if (opened->stay_armed && life->armed)
		arm_load_lock(&life->hold);
	if (!opened->pstore)
		arm_harvest_drop(&life->harvest);
	return 1;
}

/* Looks after the loaded capture kernel, and says when to look again; -1: never, there is none. */
static int64_t life_watch(struct arm_life *life, struct arm_keeper *keeper)
{
	static const char *const texts[] = {
	    [WATCH_UNLOADED] = "the capture kernel was unloaded by the OS",
	    [WATCH_REPLACED] = "the capture kernel was replaced by the OS's own"};
	int64_t now = arm_now();
	enum arm_watch_news news;

	if (!life->armed)
		return -1;
	news = arm_watch_look(&life->watch, &life->hold);
	if (news == WATCH_OURS)
		return now + (now < LIFE_WATCH_EARLY_MS ? LIFE_WATCH_MS : LIFE_WATCH_LATER_MS);
	life->armed = 0;
	life->why = texts[news];
	arm_say(life->hold.kmsg, 4, "not armed any more: %s; stay_armed = \"on\" forbids that",
	    life->why);
	arm_keeper_news(keeper);
	return -1;
}

/* (A call under way has a copy of what was read, and its end would drop what came since.) */
static void life_harvest(
    struct arm_life *life, const struct arm_keeper *keeper, struct arm_call *call)
{
	struct arm_harvest *harvest = &life->harvest;
	struct err err = {""};

	arm_harvest_look(harvest, &life->hold, keeper->acknowledged, arm_now());
	if (arm_harvest_is_due(harvest, arm_now()) &&
	    arm_call_begin(&err, call, life->conf, NULL, &harvest->pstore))
		arm_harvest_called(harvest, &life->hold, -1, 1, err.msg, arm_now());
}

static void life_drill(const struct arm_life *life)
{
	arm_say(life->hold.kmsg, 2, "drill: panic by request");
	/* /proc/sysrq-trigger obeys root whatever kernel.sysrq says; the sysctl is for odd kernels */
	arm_write_at(life->hold.proc, "sys/kernel/sysrq", "1\n");
	arm_write_at(life->hold.proc, "sysrq-trigger", "c");
	arm_say(life->hold.kmsg, 3, "drill: the kernel did not take sysrq c");
}

static void life_called(struct arm_life *life, struct arm_keeper *keeper, struct arm_call *call)
{
	struct err err = {""};
	int rc = arm_call_end(&err, call), bad = rc < 0;

	arm_harvest_called(&life->harvest, &life->hold, rc, !call->body, err.msg, arm_now());
	if (!call->body) /* it was for pstore alone */
		return;
	if (bad && (keeper->call_fails == 0 || keeper->call_fails == 5))
		arm_say(life->hold.kmsg, 4, "callback: %s; trying on", err.msg);
	if (!bad && !keeper->acknowledged) {
		arm_say(life->hold.kmsg, 5, "running, the server knows");
		/* from here a polite end is in order: what we started stays in the kernel */
		signal(SIGTERM, SIG_DFL);
	}
	arm_keeper_called(keeper, !bad, arm_now());
}

/*
 * Sleeps until the network changes, the call ends, or wake (-1: no limit). A call's own end counts
 * as well. Drains what came.
 */
static void life_sleep(
    int net, struct arm_keeper *keeper, const struct arm_call *call, int64_t wake)
{
	struct pollfd ready[2] = {
	    {.fd = net, .events = POLLIN}, {.fd = call->fd, .events = POLLIN}};
	int64_t now = arm_now(), left = -1;

	if (call->fd >= 0 && (wake < 0 || call->end < wake))
		wake = call->end;
	if (wake >= 0)
		left = wake > now ? wake - now : 0;
	if (left > 3600000)
		left = 3600000;
	poll(ready, 2, (int)left);
	if (ready[0].revents) {
		int pause = keeper->runs && !keeper->stopped && call->fd < 0 ? LIFE_CALM_MS
									     : LIFE_SETTLE_MS;

		poll(NULL, 0, pause);
		arm_net_drain(net, keeper);
	}
}

static int life_call_is_over(const struct arm_call *call)
{
	struct pollfd ready = {.fd = call->fd, .events = POLLIN};

	return call->pid > 0 && (arm_now() >= call->end || poll(&ready, 1, 0) > 0);
}

static void life_wake(struct arm_order *order, int64_t at)
{
	if (at >= 0 && (order->wake < 0 || at < order->wake))
		order->wake = at;
}

void arm_life_run(struct arm_life *life)
{
	static struct arm_view view;
	struct arm_call call = {.fd = -1};
	struct arm_server server = {0};
	struct arm_harvest *harvest = &life->harvest;
	struct arm_keeper keeper;
	struct err err = {""};
	uint32_t address = 0;
	uint8_t mac[6];
	int wants;
	int64_t watch_at = life->armed ? 0 : -1;
	int net = arm_net_open();

	if (net < 0) {
		arm_say(life->hold.kmsg, 4, "no netlink: no netconsole, no callback");
		return;
	}
	wants = life_aim(life, &err, &address, &server);
	arm_keeper_begin(&keeper, wants, address,
	    arm_mac_parse(life->conf->mac, mac) == 0 ? mac : NULL, life->conf->drill);
	if (!wants && life->conf->netconsole[0])
		snprintf(keeper.why, sizeof(keeper.why), "%.199s", err.msg);
	if (!life->conf->session[0])
		arm_keeper_unopened(&keeper);
	arm_harvest_init(harvest);
	if (life->conf->pstore)
		arm_harvest_begin(harvest, &life->backend, &life->hold, life->cmdline);
	arm_modules_release(&life->backend);
	for (;;) {
		struct arm_order order;

		if (life_call_is_over(&call)) {
			if (!call.open)
				life_called(life, &keeper, &call);
			else if (life_opened(life, &keeper, &call))
				life_aim_again(life, &keeper, &server);
		}
		if (call.pid == 0)
			life_harvest(life, &keeper, &call);
		if (watch_at >= 0 && arm_now() >= watch_at)
			watch_at = life_watch(life, &keeper);
		arm_net_look(&view, keeper.server);
		arm_keeper_step(&keeper, &view, call.pid > 0, arm_now(), &order);
		switch (order.want) {
		case ARM_PROVOKE:
			arm_net_provoke(&order.target);
			continue; /* the keeper says when to look again, or what else is due */
		case ARM_START:
			life_start(life, &keeper, &order.target, &server);
			continue;
		case ARM_OPEN:
			life_open(life, &view, &call);
			if (call.pid == 0)
				arm_keeper_opened(&keeper, 0, arm_now());
			continue;
		case ARM_CALL:
			life_call(life, &keeper, &view, &call);
			if (call.pid == 0)
				arm_keeper_called(&keeper, 0, arm_now());
			continue;
		case ARM_DRILL:
			life_drill(life);
			continue;
		case ARM_WAIT:
			break;
		}
		if (call.pid == 0)
			life_wake(&order, arm_harvest_wake(harvest));
		life_wake(&order, watch_at);
		life_sleep(net, &keeper, &call, order.wake);
	}
}
