/* SPDX-License-Identifier: MIT */
/* life: the keeper's main loop; see life.h. It sleeps in poll(2) between changes of the network. */
#include "life.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arm/load.h"
#include "arm/pstore/backend.h"
#include "arm/pstore/harvest.h"
#include "base/address.h"
#include "base/mac.h"
#include "base/num.h"
#include "call.h"
#include "https/https.h"
#include "keeper.h"
#include "net.h"
#include "oops.h"
#include "script.h"
#include "watchdog.h"

enum { /* ms */
	/* Changes come in bursts: look once they are over, and less often while netconsole runs. */
	LIFE_BURST_MS = 20,
	LIFE_CALM_MS = 1000,
	/* An OS's own kdump service comes within minutes of the boot, if at all. */
	LIFE_WATCH_MS = 10000,
	LIFE_WATCH_LATER_MS = 60000,
	LIFE_WATCH_EARLY_MS = 600000,
	LIFE_SLEEP_MAX_MS = 3600000,
};

/* The keeper's own. */
struct run {
	struct life *life;
	struct keeper keeper;
	struct view view;
	struct netconsole_server server; /* netconsole's */
	struct call call;
	struct harvest harvest;
	pid_t script; /* the process that runs the session's script; 0 none */
	struct session_conf opened; /* a session that the keeper has opened itself */
	int64_t watch_at; /* sys_now() of the next look at the capture kernel, -1 none */
	struct watchdog watchdog;
	struct oops oops;
};

static void run_start(struct run *run, const struct netconsole_target *target)
{
	struct life *life = run->life;
	struct keeper *keeper = &run->keeper;
	struct err err = {""};
	int again = keeper->runs;

	if (netconsole_start(
		&err, &life->netconsole, &life->sys, target, &run->server, life->conf->session)) {
		if (keeper->start.fails < 3)
			sys_log(life->sys.kmsg, 4, "no netconsole: %s", err.msg);
		keeper_started(keeper, target, err.msg, sys_now());
		return;
	}
	keeper_started(keeper, target, NULL, sys_now());
	sys_log(life->sys.kmsg, 5, "netconsole %s on %s, lastwords.session=%s",
	    again ? "again" : "runs", target->name, life->conf->session);
}

/* 1 if netconsole's lines are sent by a thread; 0 not, -1 it does not run. */
static int run_is_threaded(const struct sys *sys)
{
	char text[2048];

	return sys_read_at(sys->proc, "consoles", text, sizeof(text)) > 0
		   ? netconsole_is_threaded(text)
		   : -1;
}

/* kernel.panic, -1 unknown. */
static int run_panic(const struct sys *sys)
{
	char text[16];
	struct err ignored;
	int seconds;

	return sys_read_at(sys->proc, "sys/kernel/panic", text, sizeof(text)) > 0 &&
		       num_int(&ignored, "panic", text, 0, INT32_MAX, &seconds) == 0
		   ? seconds
		   : -1;
}

static void run_call(struct run *run)
{
	struct life *life = run->life;
	int threaded = run_is_threaded(&life->sys);
	const struct view *view = &run->view;
	const struct netlink_link *link = view_link(view, view->route.index);
	char body[CALL_BODY_MAX], address[IP_TEXT] = "", backend[BACKEND_NAME_MAX];
	struct timespec up = {0};
	struct utsname system;
	struct kv_out out;
	struct err err;
	struct call_report report = {
	    .armed = life->armed,
	    .why = life->why,
	    .crashkernel = load_reserved(&life->sys),
	    .capture = life->capture,
	    .ms = life->ms,
	    .release = uname(&system) == 0 ? system.release : "",
	    .interface = link ? link->name : "",
	    .address = address,
	    .netconsole = run->keeper.runs ? "on" : run->keeper.why,
	    .consoles = threaded < 0 ? ""
			: threaded   ? "threaded"
				     : "direct",
	    .panic = run_panic(&life->sys),
	    .pstore = backend,
	    .watchdog = run->watchdog.identity,
	};

	if (view->has_route)
		ip_text(&view->route.source, address);
	backend_name(&life->sys, backend);
	clock_gettime(CLOCK_BOOTTIME, &up);
	report.uptime = up.tv_sec;
	kv_out_init(&out, body, sizeof(body));
	call_body(&report, &out);
	if (call_begin(&err, &run->call, life->conf, body, &run->harvest.pstore))
		keeper_called(&run->keeper, 0, sys_now());
}

/*
 * Sets run->server, netconsole's, and *address, the target of the view's route, from the session. 1
 * if netconsole is to run; 0 if it is off or cannot (then why is in err, "" if it is off).
 */
static int run_aim(struct run *run, struct err *err, struct in6_addr *address)
{
	const struct session_conf *conf = run->life->conf;
	struct netconsole_server *server = &run->server;
	char host[ADDRESS_HOST_MAX + 1];
	struct utsname system;
	uint16_t port;
	struct err bad;

	err->msg[0] = '\0';
	if (conf->netconsole[0] &&
	    netconsole_parse_server(err, conf->netconsole, conf->format, server) == 0) {
		if (uname(&system) == 0 && !netconsole_is_extended(system.release))
			server->extended = 0;
		*address = server->address;
		return 1;
	}
	if (err->msg[0])
		sys_log(run->life->sys.kmsg, 4, "no netconsole: %s", err->msg);
	if (address_split_url(&bad, conf->url[0], "http", host, &port, NULL) ||
	    ip_parse(host, address))
		sys_log(run->life->sys.kmsg, 4, "url %.80s has no numeric host", conf->url[0]);
	return 0;
}

/* Asks for a session, under the MAC of the NIC that has the route where no other is known. */
static void run_open(struct run *run)
{
	const struct session_conf *conf = run->life->conf;
	const struct view *view = &run->view;
	const struct netlink_link *link = view_card(view, view->route.index);
	char query[SESSION_CONF_MAX], address[IP_TEXT] = "", mac[18] = "";
	struct err err;

	if (!conf->mac[0] && link)
		mac_format(link->has_permanent ? link->permanent : link->mac, mac);
	ip_text(&view->route.source, address);
	snprintf(query, sizeof(query), "%s%s%s&%s=%s", conf->open, mac[0] ? "&mac=" : "", mac,
	    ip_is_four(&view->route.source) ? "ip" : "ip6", address);
	if (call_open(&err, &run->call, conf->url[0], query))
		keeper_opened(&run->keeper, 0, sys_now());
}

/* The server's reply to that. */
static void run_opened(struct run *run)
{
	struct life *life = run->life;
	struct keeper *keeper = &run->keeper;
	struct session_conf *opened = &run->opened;
	struct netconsole_server before = run->server;
	struct err err = {""};
	struct in6_addr address = {0};
	int bad = call_end(&err, &run->call) != CALL_DONE, use;

	if (!bad)
		bad = session_conf_parse(
		    &err, "the server's reply", run->call.said, strlen(run->call.said), opened);
	if (!bad && !opened->session[0])
		bad = err_set(&err, "the server's reply has no session");
	if (bad && (keeper->open.fails == 0 || keeper->open.fails == 5))
		sys_log(life->sys.kmsg, 4, "no session: %s; trying again", err.msg);
	keeper_opened(keeper, !bad, sys_now());
	if (bad)
		return;
	life->conf = opened;
	https_session(opened->tls_name, opened->session);
	sys_log(life->sys.kmsg, 5, "opened lastwords.session=%s", opened->session);
	if (opened->stay_armed && life->armed)
		load_lock(&life->sys);
	if (run->watchdog.number < 0)
		watchdog_begin(&run->watchdog, opened->watchdog && !life->armed);
	life_survive_oops(life);
	if (!opened->pstore)
		harvest_drop(&run->harvest);
	use = run_aim(run, &err, &address);
	keeper_aim(keeper, use, &address,
	    !ip_is_same(&before.address, &run->server.address) || before.port != run->server.port ||
		before.extended != run->server.extended,
	    opened->drill, opened->script);
}

/* Looks at the loaded capture kernel, when it is time. */
static void run_watch(struct run *run)
{
	static const char *const texts[] = {
	    [WATCH_UNLOADED] = "the capture kernel was unloaded by the OS",
	    [WATCH_REPLACED] = "the capture kernel was replaced by the OS's own"};
	struct life *life = run->life;
	int64_t now = sys_now();
	enum watch_state state;

	if (run->watch_at < 0 || now < run->watch_at)
		return;
	state = watch_look(&life->watch, &life->sys);
	if (state == WATCH_OURS) {
		run->watch_at =
		    now + (now < LIFE_WATCH_EARLY_MS ? LIFE_WATCH_MS : LIFE_WATCH_LATER_MS);
		return;
	}
	run->watch_at = -1;
	life->armed = 0;
	life->why = texts[state];
	sys_log(life->sys.kmsg, 4, "not armed any more: %s; stay_armed = \"on\" forbids that",
	    life->why);
	keeper_changed(&run->keeper);
}

/*
 * A machine that is not armed, and whose netconsole would lose a panic: a watchdog may end it. Begins to look once
 * the server knows that the machine runs, and reports what it found.
 */
static void run_watchdog(struct run *run)
{
	const struct life *life = run->life;
	const struct sys *sys = &life->sys;

	if (run->watchdog.at < 0 || !run->keeper.acknowledged)
		return;
	if (run->watchdog.number < 0 &&
	    (load_is_loaded(sys) || run_is_threaded(sys) != 1 || run_panic(sys) == 0)) {
		run->watchdog.at = sys_now() + WATCHDOG_LOOK_MS;
		return;
	}
	if (!watchdog_step(&run->watchdog, sys, life->conf->panic, sys_now()))
		return;
	watchdog_catch_term(&run->watchdog, sys, life->conf->panic);
	keeper_changed(&run->keeper);
}

/* How many oopses this kernel has survived; before 6.2, which do not count them, 1 for any. */
static long life_oopses(const struct sys *sys)
{
	char text[32];

	sys_read_at(sys->sysfs, "kernel/oops_count", text, sizeof(text));
	if (text[0])
		return strtol(text, NULL, 10);
	sys_read_at(sys->proc, "sys/kernel/tainted", text, sizeof(text));
	return strtol(text, NULL, 10) >> 7 & 1; /* TAINT_DIE */
}

void life_survive_oops(struct life *life)
{
	if (life->armed || !life->conf->oops_report || life->oops_kmsg >= 0 ||
	    lseek(life->kmsg_in, 0, SEEK_END) < 0)
		return;
	life->oops_kmsg = life->kmsg_in;
	life->oops_before = life_oopses(&life->sys);
	sys_write_at(life->sys.proc, "sys/kernel/panic_on_oops", "0\n");
}

/* Reads what came into the kernel log. */
static void run_oops(struct run *run)
{
	const struct life *life = run->life;
	char record[1024];
	ssize_t n;

	if (life->oops_kmsg < 0)
		return;
	for (int i = 0; i < 1000; i++) {
		n = read(life->oops_kmsg, record, sizeof(record) - 1);
		if (n < 0 &&
		    errno != EPIPE) /* EPIPE: records were overwritten before they were read */
			break;
		record[n > 0 ? n : 0] = '\0';
		oops_line(&run->oops, record, sys_now());
	}
	if (run->oops.at < 0 || sys_now() < run->oops.at)
		return;
	/* (a program's name in one of the kernel's lines can look like an oops) */
	if (life_oopses(&life->sys) <= life->oops_before) {
		oops_init(&run->oops);
		return;
	}
	sys_log(life->sys.kmsg, 2, "an oops was reported: restarting, as the profile has it");
	poll(NULL, 0, LIFE_CALM_MS);
	sys_write_at(life->sys.proc, "sys/kernel/sysrq", "1\n");
	sys_write_at(life->sys.proc, "sysrq-trigger", "b");
	oops_init(&run->oops);
}

/* (Not during a call: its child has a copy of the records, and its end drops ours.) */
static void run_harvest(struct run *run)
{
	struct life *life = run->life;
	struct err err = {""};

	harvest_look(&run->harvest, &life->sys, run->keeper.acknowledged, sys_now());
	if (harvest_is_due(&run->harvest, sys_now()) &&
	    call_begin(&err, &run->call, life->conf, NULL, &run->harvest.pstore))
		harvest_failed(&run->harvest, &life->sys, err.msg, sys_now());
}

static void run_drill(const struct run *run)
{
	const struct sys *sys = &run->life->sys;

	sys_log(sys->kmsg, 2, "drill: panic by request");
	/* /proc/sysrq-trigger obeys root whatever kernel.sysrq is; the sysctl is for odd kernels */
	sys_write_at(sys->proc, "sys/kernel/sysrq", "1\n");
	sys_write_at(sys->proc, "sysrq-trigger", "c");
	sys_log(sys->kmsg, 3, "drill: the kernel did not obey sysrq c");
}

static void run_script(struct run *run)
{
	const struct sys *sys = &run->life->sys;
	struct err err;

	sys_log(sys->kmsg, 5, "script: the server has one for this boot");
	run->script = script_begin(&err, sys, run->life->conf);
	if (run->script < 0)
		sys_log(sys->kmsg, 4, "script: %s", err.msg);
}

static void run_called(struct run *run)
{
	const struct sys *sys = &run->life->sys;
	struct keeper *keeper = &run->keeper;
	struct err err = {""};
	enum call_result result = call_end(&err, &run->call);

	if (result == CALL_DONE)
		harvest_sent(&run->harvest, sys);
	else if (result == CALL_PSTORE_LEFT || run->call.kind == CALL_PSTORE)
		harvest_failed(&run->harvest, sys, err.msg, sys_now());
	if (run->call.kind == CALL_PSTORE)
		return;
	if (result == CALL_FAILED && (keeper->call.fails == 0 || keeper->call.fails == 5))
		sys_log(sys->kmsg, 4, "callback: %s; trying again", err.msg);
	if (result != CALL_FAILED && !keeper->acknowledged) {
		sys_log(sys->kmsg, 5, "running, acknowledged by the server");
		/* From here SIGTERM may end us: what we started stays in the kernel. */
		signal(SIGTERM, SIG_DFL);
	}
	keeper_called(keeper, result != CALL_FAILED, sys_now());
}

/* Ends the call that is under way, when it is over. */
static void run_end_call(struct run *run)
{
	struct pollfd ready = {.fd = run->call.fd, .events = POLLIN};

	if (run->call.pid == 0 || (sys_now() < run->call.end && poll(&ready, 1, 0) <= 0))
		return;
	if (run->call.kind == CALL_OPEN)
		run_opened(run);
	else
		run_called(run);
}

/* The earlier of two times; -1: never. */
static int64_t run_earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Sleeps until the network changes, the call ends, or `wake` (-1: no limit). Drains what came. */
static void run_sleep(struct run *run, int net, int64_t wake)
{
	const struct call *call = &run->call;
	struct pollfd ready[] = {{.fd = net, .events = POLLIN}, {.fd = call->fd, .events = POLLIN},
	    {.fd = run->life->oops_kmsg, .events = POLLIN}};
	int calm = run->keeper.runs && !run->keeper.stopped && call->fd < 0;
	int64_t left;

	wake = run_earlier(wake, run->watch_at);
	wake = run_earlier(wake, run->oops.at);
	if (run->keeper.acknowledged)
		wake = run_earlier(wake, run->watchdog.at);
	wake = run_earlier(wake, call->pid > 0 ? call->end : harvest_wake(&run->harvest));
	left = wake < 0 ? -1 : wake - sys_now();
	if (wake >= 0 && left < 0)
		left = 0;
	poll(ready, sizeof(ready) / sizeof(ready[0]),
	    (int)(left > LIFE_SLEEP_MAX_MS ? LIFE_SLEEP_MAX_MS : left));
	if (ready[0].revents) {
		poll(NULL, 0, calm ? LIFE_CALM_MS : LIFE_BURST_MS);
		net_drain(net, &run->keeper);
	}
}

static void run_begin(struct run *run)
{
	struct life *life = run->life;
	const struct session_conf *conf = life->conf;
	struct in6_addr address = {0};
	uint8_t mac[6];
	struct err err, no_mac;
	int use = run_aim(run, &err, &address);

	keeper_begin(&run->keeper, conf->session[0] != '\0', use, &address,
	    mac_parse(&no_mac, conf->mac, mac) == 0 ? mac : NULL, conf->drill, conf->script);
	if (err.msg[0])
		snprintf(run->keeper.why, sizeof(run->keeper.why), "%.199s", err.msg);
	harvest_init(&run->harvest);
	if (conf->pstore)
		harvest_begin(&run->harvest, &life->backends, &life->sys, life->cmdline);
	modules_release(&life->backends);
	run->watch_at = life->armed ? 0 : -1;
	watchdog_begin(&run->watchdog, conf->watchdog && !life->armed);
	oops_init(&run->oops);
}

void life_run(struct life *life)
{
	static struct run run;
	int net = net_open();

	if (net < 0) {
		sys_log(life->sys.kmsg, 4, "no netlink: no netconsole, no callback");
		if (life->oops_kmsg >= 0) /* nobody will end an oops */
			sys_write_at(life->sys.proc, "sys/kernel/panic_on_oops", "1\n");
		return;
	}
	run.life = life;
	run.call.fd = -1;
	run_begin(&run);
	for (;;) {
		struct keeper_order order;

		run_end_call(&run);
		if (run.script > 0 && waitpid(run.script, NULL, WNOHANG) > 0)
			run.script = 0;
		if (run.call.pid == 0)
			run_harvest(&run);
		run_watch(&run);
		run_watchdog(&run);
		run_oops(&run);
		if (run.keeper.runs && netconsole_is_off(&life->netconsole))
			run.keeper.stopped = 1;
		net_look(&run.view, &run.keeper.server);
		keeper_step(&run.keeper, &run.view, run.call.pid > 0, sys_now(), &order);
		switch (order.action) {
		case KEEPER_PROVOKE:
			net_provoke(&order.target);
			break;
		case KEEPER_START:
			run_start(&run, &order.target);
			break;
		case KEEPER_OPEN:
			run_open(&run);
			break;
		case KEEPER_CALL:
			run_call(&run);
			break;
		case KEEPER_SCRIPT:
			run_script(&run);
			break;
		case KEEPER_DRILL:
			run_drill(&run);
			break;
		case KEEPER_WAIT:
			run_sleep(&run, net, order.wake);
			break;
		}
	}
}
