/* SPDX-License-Identifier: MIT */
/* What the keeper does for a panic to be seen: netconsole's thread, the watchdog, the end of an oops, MOR. */
#include "arm/keeper/oops.h"
#include "arm/keeper/watchdog.h"
#include "arm/netconsole.h"
#include "arm/pstore/backend.h"

#include <limits.h>

#include "tap.h"

static void test_threaded(void)
{
	is_num(netconsole_is_threaded("ttyS0                -W- (EC Np a)    4:64\n"
				      "netcon_ext0          -W- (E  Np  )\n"),
	    1, "7.2: an N in the flags of netconsole's line is a thread");
	is_num(netconsole_is_threaded("ttyS0 -W- (EC p a) 4:64\nnetcon_ext0 -W- (E   p  )\n"), 0,
	    "6.12: no N, no thread");
	is_num(netconsole_is_threaded("netcon0 -W- (E  p  )\n"), 0, "6.1: no thread");
	is_num(netconsole_is_threaded("ttyS0 -W- (EC Np a) 4:64\n"), -1,
	    "the N of another console does not count");
	is_num(netconsole_is_threaded(""), -1, "without netconsole it is unknown");
	is_num(netconsole_is_threaded("netconN"), -1, "a line without flags is none");
}

static void test_watchdog(void)
{
	is_num(watchdog_judge("i6300ESB timer", "inactive", "0"), WATCHDOG_UNUSED,
	    "a hardware watchdog that nobody uses");
	is_num(watchdog_judge("iTCO_wdt", "active", "1"), WATCHDOG_USED, "one that the OS uses");
	is_num(watchdog_judge("iTCO_wdt", "inactive", "1"), WATCHDOG_NO,
	    "one that could not be stopped again is left alone");
	is_num(watchdog_judge("Software Watchdog", "active", "0"), WATCHDOG_NO,
	    "softdog stops with the panic");
	is_num(watchdog_judge("", "", ""), WATCHDOG_NO, "no device");
	is_num(watchdog_feed_ms(30), 5000, "a device of 30 s is fed every 5 s");
	is_num(watchdog_feed_ms(0), 5000, "so is one that does not tell its limit");
	is_num(watchdog_feed_ms(15), 5000, "one of 15 s thrice in it");
	is_num(watchdog_feed_ms(5), 1666, "so is one of 5 s, before it bites");
	is_num(watchdog_feed_ms(4), -1, "a shorter one is left alone");
	is_num(watchdog_feed_ms(INT_MAX), 5000, "a very long one is fed every 5 s");
}

static void test_oops(void)
{
	struct oops oops;

	oops_init(&oops);
	oops_line(&oops, "4,10,1,-;------------[ cut here ]------------", 100);
	oops_line(&oops, "4,11,1,-;WARNING: CPU: 0 PID: 1 at x", 100);
	oops_line(&oops, "4,12,1,-;---[ end trace 0000000000000000 ]---", 100);
	is_num(oops.at, -1, "a warning is no oops");
	oops_line(&oops, "12,13,1,-;Oops: 0002 [#1] by a program", 100);
	is_num(oops.at, -1, "a program cannot make one up");
	oops_line(&oops, "4,14,1,-;Oops: Oops: 0002 [#1] SMP NOPTI", 1000);
	is_num(oops.at, 1000 + OOPS_CUT_MS, "an oops that does not end is ended");
	oops_line(&oops, "4,15,1,-;RIP: 0010:f+0x1/0x2", 1100);
	is_num(oops.at, 1000 + OOPS_CUT_MS, "its lines change nothing");
	oops_line(&oops, "4,16,1,-;---[ end trace 0000000000000000 ]---", 1200);
	is_num(oops.at, 1200 + OOPS_SENT_MS, "its end leaves time to send it");
	oops_init(&oops);
	oops_line(&oops, "0,14,1,-;Internal error: Oops: 0000000096000005 [#12] SMP", 5);
	is_num(oops.at, 5 + OOPS_CUT_MS, "an oops of arm64");
	oops_init(&oops);
	oops_line(&oops, "4,14,1,-;[#] [#x] [#1", 5);
	oops_line(&oops, "no record", 5);
	is_num(oops.at, -1, "what only looks like it is none");
}

static void test_mor(void)
{
	static const uint8_t on[5] = {7, 0, 0, 0, 1}, off[5] = {7, 0, 0, 0, 0};

	ok(backend_is_cleared(on, 5), "MOR set: memory is lost at the reset");
	ok(!backend_is_cleared(off, 5), "MOR not set: it stays");
	ok(!backend_is_cleared(on, 4), "a variable without its byte says nothing");
}

int main(void)
{
	test_threaded();
	test_watchdog();
	test_oops();
	test_mor();
	return tap_done();
}
