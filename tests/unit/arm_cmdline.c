/* SPDX-License-Identifier: MIT */
/* arm_cmdline: the OS's init out of the command line, and the capture kernel's own line. */
#include "arm/cmdline.h"

#include "tap.h"

static void init_is(const char *cmdline, const char *want, const char *name)
{
	char out[64];

	arm_cmdline_init(cmdline, out, sizeof(out));
	is(out, want, name);
}

static void get_is(const char *cmdline, const char *want, const char *name)
{
	char out[16];
	long len = arm_cmdline_get(cmdline, "a", NULL, out, sizeof(out));

	if (want)
		is(len < 0 ? "(none)" : out, want, name);
	else
		is_num(len, -1, name);
}

static void capture(void)
{
	struct arm_capture_args args = {
	    .os = "root=/dev/nfs quiet console=tty0 intel_iommu=on pci=noaer,nomsi nolapic "
		  "dyndbg=\"file a.c +p\" -- intel_iommu=off",
	    .console = "ttyS1,115200n8",
	    .panic = 7,
	};
	struct err err = {""};
	char out[1536];

	is_num(arm_cmdline_capture(&err, &args, out, sizeof(out)), 0, "capture: made");
	ok(strstr(out, "nr_cpus=1 reset_devices irqpoll") == out, "capture: begins as it should");
	ok(strstr(out, " panic=7") != NULL, "capture: a panic of its own reboots");
	ok(strstr(out, " console=ttyS1,115200n8") != NULL, "capture: has the console");
	ok(strstr(out, " intel_iommu=on pci=noaer,nomsi nolapic") != NULL,
	    "capture: what describes hardware is carried over, in order");
	ok(!strstr(out, "root=") && !strstr(out, "tty0") && !strstr(out, "dyndbg"),
	    "capture: nothing else of the OS's");
	ok(!strstr(out, "intel_iommu=off"), "capture: nothing behind --");
	args.panic = 0;
	args.console = "";
	args.os = "";
	is_num(arm_cmdline_capture(&err, &args, out, sizeof(out)), 0, "capture: without console");
	ok(strstr(out, " panic=1") && !strstr(out, "console="), "capture: panic=0 would hang");
	args.console = "ttyS0 init=/bin/sh";
	is_num(arm_cmdline_capture(&err, &args, out, sizeof(out)), -1, "capture: one word only");
	args.console = "";
	for (size_t size = 1; size < 260; size++)
		if (arm_cmdline_capture(&err, &args, out, size) == 0 && strlen(out) >= size)
			ok(0, "capture: overflow at %zu", size);
	args.os = "pci=0123456789012345678901234567890123456789";
	arm_cmdline_capture(&err, &args, out, sizeof(out));
	is_num(arm_cmdline_capture(&err, &args, out, strlen(out)), -1, "capture: one byte short");
	is_num(arm_cmdline_capture(&err, &args, out, 300 + 60), 0, "capture: room enough");
}

int main(void)
{
	init_is("ro quiet", "/init", "no rdinit");
	init_is("rdinit=/lastwords/arm", "/init", "ours only");
	init_is("rdinit=/other ro rdinit=/lastwords/arm", "/other", "an OS's earlier one");
	init_is("rdinit=/a rdinit=/b rdinit=/lastwords/arm", "/b", "the last of the OS's");
	init_is("rdinit=/lastwords/arm -- rdinit=/x", "/init", "behind -- it is init's own");
	init_is("rdinit=x rdinit=/lastwords/arm", "/init", "a relative one is none");
	init_is("xrdinit=/x", "/init", "another word's end");
	init_is("rdinit=/0123456789012345678901234567890123456789012345678901234567890123456789",
	    "/init", "one that does not fit");
	get_is("a=1 a=2", "2", "the last counts");
	get_is("a=\"b c\"  d", "b c", "quotes join");
	get_is("\"a=b c\" d", "b c", "quotes around the whole word");
	get_is("a=\"b c", "b c", "an open quote runs to the end");
	get_is("a= x", "", "an empty value is one");
	get_is("a", NULL, "a word without =");
	get_is("", NULL, "an empty line");
	get_is("a=0123456789012345", NULL, "too long");
	get_is("ab=1", NULL, "a longer key");
	capture();
	return tap_done();
}
