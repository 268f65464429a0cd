/* SPDX-License-Identifier: MIT */
/* demo: stages are reached by what was really seen, in any order, and not without it. */
#include "tap.h"
#include "tests/demo/stage.h"

#define FIRST "525400a1b2c3-20261121T093612123-lab-5f3a9c01"
#define SECOND "525400a1b2c3-20261121T093712123-lab-11111111"

static void journal(struct demo *demo, const char *text)
{
	struct journal_entry entry;
	char line[512];

	snprintf(line, sizeof(line), "2026-11-21T09:36:12.123Z %s", text);
	if (journal_parse(line, strlen(line), &entry))
		ok(0, "not a journal line: %s", text);
	else
		demo_journal(demo, &entry);
}

static void console(struct demo *demo, const char *text)
{
	demo_console(demo, text, strlen(text), 1000);
}

int main(void)
{
	static struct demo demo;
	static const char serial[] =
	    "\033[1miPXE 1.0.0 -- Open\r\n[ 0.0] Linux version 6.1\r\n"
	    "[ 1.0] lastwords: armed x\r\nlastwords: capture kernel up, 1 s\r\n";

	console(&demo, "iPXE 1.0.0");
	ok(!demo.at_ms[DEMO_FIRMWARE], "half a line is not yet seen");
	console(&demo, serial);
	ok(demo.at_ms[DEMO_FIRMWARE] && demo.at_ms[DEMO_KERNEL],
	    "firmware and kernel by the console");
	ok(demo.at_ms[DEMO_ARMED] && demo.at_ms[DEMO_CAPTURE], "armed and capture by the console");
	is(demo.note[DEMO_KERNEL], "Linux version 6.1", "the note is the rest of the line");
	journal(&demo, "running " FIRST " interface=eth0");
	ok(!demo.at_ms[DEMO_RUNNING], "an event of a session that nobody requested");
	journal(&demo, "requested " FIRST " product=x");
	journal(&demo, "running " FIRST " interface=eth0 address=10.0.2.15 netconsole=on");
	is(demo.note[DEMO_RUNNING], "10.0.2.15 on eth0, netconsole on", "running");
	journal(&demo, "requested " SECOND " product=x");
	ok(!demo.at_ms[DEMO_REBOOTED],
	    "a second request before the dmesg is no reboot after a crash");
	journal(&demo, "died " FIRST " line=BUG");
	journal(&demo, "uploaded " FIRST " bytes=7 channel=http sha256=00112233445566778899");
	ok(!demo_complete(&demo), "not complete without the reboot");
	journal(&demo, "requested " SECOND " product=x");
	ok(demo_complete(&demo), "complete");
	return tap_done();
}
