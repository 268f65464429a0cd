/* SPDX-License-Identifier: MIT */
/* cmdline: the OS's init on the command line, and the capture kernel's own line. */
#include "arm/cmdline.h"

#include "tap.h"

static void init_is(const char *cmdline, const char *want, const char *name)
{
	char out[64];

	cmdline_init(cmdline, out, sizeof(out));
	is(out, want, name);
}

static void get_is(const char *cmdline, const char *want, const char *name)
{
	char out[16];
	long len = cmdline_get(cmdline, "a", NULL, out, sizeof(out));

	if (want)
		is(len < 0 ? "(none)" : out, want, name);
	else
		is_num(len, -1, name);
}

static void capture(void)
{
	struct cmdline_capture args = {
	    .os = "root=/dev/nfs quiet console=tty0 intel_iommu=on pci=noaer,nomsi nolapic "
		  "dyndbg=\"file a.c +p\" -- intel_iommu=off",
	    .console = "ttyS1,115200n8",
	    .nic = "52:54:00:a1:b2:c3",
	    .panic = 7,
	};
	struct err err = {""};
	static char many[4096];
	size_t len;
	char out[1536];
	int fits = 1;

	is_num(cmdline_capture(&err, &args, out, sizeof(out)), 0, "capture: the line is made");
	ok(strstr(out, "nr_cpus=1 reset_devices irqpoll") > strstr(out, "nolapic"),
	    "capture: our own words come last");
	ok(strstr(out, " panic=7") != NULL, "capture: a panic of its own reboots");
	ok(strstr(out, " console=ttyS1,115200n8") != NULL, "capture: the console is carried over");
	ok(strstr(out, " lastwords.nic=52:54:00:a1:b2:c3 ") != NULL,
	    "capture: the small kernel is given the NIC that booted");
	ok(strstr(out, "intel_iommu=on pci=noaer,nomsi nolapic ") != NULL,
	    "capture: words on hardware are carried over, in order");
	ok(!strstr(out, "root=") && !strstr(out, "tty0") && !strstr(out, "dyndbg"),
	    "capture: words that harm a capture are left out");
	ok(!strstr(out, "intel_iommu=off"), "capture: words after -- are left out");
	args.panic = 0;
	args.console = "";
	args.nic = "52:54:00:a1 init=/x";
	args.os = "";
	is_num(cmdline_capture(&err, &args, out, sizeof(out)), 0,
	    "capture: a line without console is made");
	ok(strstr(out, " panic=1") && !strstr(out, "console="),
	    "capture: panic=0, which would hang, becomes 1");
	ok(!strstr(out, "lastwords.nic") && !strstr(out, "init=/x"),
	    "capture: what is no MAC is left out");
	args.console = "ttyS0 init=/bin/sh";
	is_num(cmdline_capture(&err, &args, out, sizeof(out)), -1,
	    "capture: a console of two words is refused");
	args.console = "";
	for (size_t size = 1; size < 460; size++)
		fits &= cmdline_capture(&err, &args, out, size) != 0 || strlen(out) < size;
	ok(fits, "capture: no line is longer than its room");
	args.os =
	    "ro reboot=pci ixgbe.allow_unsupported_sfp=1 myword crashkernel=192M rootwait "
	    "\"acpi_osi=!Windows 2012\" \"console=tty1 x\" hugepages=512 rotate=1 panic_on_warn=1";
	is_num(
	    cmdline_capture(&err, &args, out, sizeof(out)), 0, "capture: the OS's words are kept");
	ok(strstr(out, "reboot=pci ixgbe.allow_unsupported_sfp=1 \"acpi_osi=!Windows 2012\" "
		       "myword rotate=1 nr_cpus=1 ") == out,
	    "capture: hardware and drivers' options come first, quoted words stay whole: %s", out);
	for (size_t i = 0; i < sizeof(many) - 8; i += 8)
		memcpy(many + i, "word=12 ", 8);
	memcpy(many + sizeof(many) - 40, " pci=noaer", 10);
	args.os = many;
	is_num(cmdline_capture(&err, &args, out, sizeof(out)), 0,
	    "capture: words that do not fit do not keep a machine from being armed");
	ok(strlen(out) < sizeof(out) && strstr(out, "pci=noaer") == out &&
		strstr(out, "rdinit=/init"),
	    "capture: hardware and our own words are kept when not everything fits");
	len = 0;
	for (const char *word = out; (word = strstr(word, "word=12 ")); word += 8)
		len++;
	ok(len > 0 && len <= 20, "capture: init gets no more words than the kernel allows (%zu)",
	    len);
}

/* Whether nothing of the OS's words reaches the capture kernel. */
static void dropped(const char *os, const char *name)
{
	struct cmdline_capture args = {.os = os, .console = "", .nic = "", .panic = 10};
	struct err err = {""};
	char out[1536];

	if (!ok(cmdline_capture(&err, &args, out, sizeof(out)) == 0 &&
		    strncmp(out, "nr_cpus=1 ", 10) == 0,
		"capture: %s", name))
		printf("# got: %s\n", out);
}

static void harmful(void)
{
	dropped("a=\"b c", "an open quote, which would take in our own words, is left out");
	dropped("\"--\" a=1", "words after -- in quotes are left out");
	dropped("add_efi_memmap efi_fake_mem=1G@4G:0x10000 memmap=exactmap mem=4G",
	    "words that would give it the dead kernel's memory are left out");
	dropped("movable_node cma_pernuma=64M numa_cma=0:1G kho=on dhash_entries=9999999 "
		"hugetlb_cma=4G",
	    "words that use up its memory are left out");
	dropped("resume=/dev/sda resumewait resumedelay=9 hibernate=1 rootwait=5 md=0,/dev/sda "
		"raid=part dm-mod.create=x",
	    "words that start the OS's disks are left out");
	dropped("noirqdebug nosoftlockup unknown_nmi_panic pause_on_oops=10 panic_on_warn",
	    "words that undo our own or end a capture are left out");
	dropped("fail_page_alloc=1,1,1,1 failslab=1,1,1,1 boot_delay=100 fips=1 ima_policy=tcb",
	    "words that cost it time or make faults are left out");
	dropped("log-buf-len=64M slub-debug", "a dash in a name is an underscore");
}

int main(void)
{
	init_is("ro quiet", "/init", "without rdinit= it is /init");
	init_is("rdinit=/lastwords/arm", "/init", "our own rdinit= does not count");
	init_is("rdinit=/other ro rdinit=/lastwords/arm", "/other",
	    "an earlier rdinit= of the OS counts");
	init_is(
	    "rdinit=/a rdinit=/b rdinit=/lastwords/arm", "/b", "the last rdinit= of the OS counts");
	init_is(
	    "rdinit=/lastwords/arm -- rdinit=/x", "/init", "an rdinit= after -- does not count");
	init_is("rdinit=x rdinit=/lastwords/arm", "/init", "a relative rdinit= does not count");
	init_is("xrdinit=/x", "/init", "a longer word that ends in rdinit= does not count");
	init_is("rdinit=/0123456789012345678901234567890123456789012345678901234567890123456789",
	    "/init", "an rdinit= that does not fit does not count");
	get_is("a=1 a=2", "2", "the last of equal keys counts");
	get_is("a=\"b c\"  d", "b c", "quotes join words of a value");
	get_is("\"a=b c\" d", "b c", "quotes may be around the whole word");
	get_is("a=\"b c", "b c", "an open quote goes on to the end");
	get_is("a= x", "", "a value may be empty");
	get_is("a", NULL, "a word without = has no value");
	get_is("", NULL, "an empty line has no value");
	get_is("a=0123456789012345", NULL, "a value that does not fit is not returned");
	get_is("ab=1", NULL, "a longer key does not count");
	capture();
	harmful();
	return tap_done();
}
