/* SPDX-License-Identifier: MIT */
/* command_line: the order, the " -- ", the limit, and what may stand in args. */
#include "boot/command_line.h"

#include "tap.h"

static char out[COMMAND_LINE_MAX];

static const char *build(const char *args, const char *more)
{
	struct command_line in = {
	    .initrds = "initrd=os",
	    .args = args,
	    .more = more,
	    .console = "ttyS0",
	    .crashkernel = "192M",
	    .session = "ID",
	    .arm = 1,
	    .panic = 10,
	};
	struct err err;

	return command_line_build(&err, &in, out) ? NULL : out;
}

#define FIRST "initrd=os rdinit=/lastwords/arm lastwords.session=ID "
#define OURS "console=ttyS0 crashkernel=192M oops=panic panic=10"

static int allowed(const char *args)
{
	struct err err;

	return command_line_args_ok(&err, args) == 0;
}

int main(void)
{
	struct command_line plain = {
	    .initrds = "", .args = "", .more = "", .console = "", .crashkernel = ""};
	char args[2100];
	struct err err;
	size_t room;

	is(build("ro  quiet\t\n", ""), FIRST "ro quiet " OURS, "ours come behind");
	is(build("ro -- single x", ""), FIRST "ro " OURS " -- single x", "and before --");
	is(build("ro -- single", "debug -- 3"), FIRST "ro debug " OURS " -- single 3",
	    "of two -- one is left");
	is(build("ro --", "debug"), FIRST "ro debug " OURS " --", "an empty rest");
	is(build("--x", ""), FIRST "--x " OURS, "--x is no --");
	is(build("single rdinit=/sbin/own ro", ""),
	    "initrd=os rdinit=/sbin/own rdinit=/lastwords/arm lastwords.session=ID single ro " OURS,
	    "the OS's rdinit= before ours, its words for init behind both");
	plain.switches = "log_buf_len=4M printk.time=1";
	plain.args = "ro -- 3";
	ok(command_line_build(&err, &plain, out) == 0, "switches");
	is(out, "ro log_buf_len=4M printk.time=1 -- 3", "stand behind the OS's own, before --");
	plain.switches = plain.args = "";
	ok(command_line_build(&err, &plain, out) == 0 && out[0] == '\0', "nothing gives nothing");
	plain.crashkernel = "256M,high 72M,low";
	ok(command_line_build(&err, &plain, out) == 0, "a pair of crashkernel sizes");
	is(out, "crashkernel=256M,high crashkernel=72M,low", "a pair becomes two arguments");
	plain.crashkernel = "";
	room = COMMAND_LINE_MAX - 1 - strlen(FIRST " " OURS);
	memset(args, 'x', room);
	args[room] = '\0';
	ok(build(args, "") && strlen(out) == COMMAND_LINE_MAX - 1, "as long as it may be");
	memset(args, 'x', room + 1);
	args[room + 1] = '\0';
	ok(!build(args, ""), "one more is refused");
	memset(args, 'x', room);
	memcpy(args, "i=${ip} ", 8);
	args[room] = '\0';
	ok(!build(args, ""), "what iPXE will put in for ${ip} counts");

	ok(allowed("root=/dev/nfs ro a=b;c x||y a#b") && allowed("") && allowed(" \n"),
	    "usual ones");
	ok(allowed("ip=${ip}::${gateway}:${netmask} BOOTIF=01-${netX/mac:hexhyp} ${net0/ip}"),
	    "addresses");
	ok(!allowed("a ; b") && !allowed("a || b") && !allowed("&&") && !allowed("a && b"),
	    "operators");
	ok(!allowed("#a") && !allowed("a #b"), "comments");
	ok(!allowed("a=\"b\"") && !allowed("a\\") && !allowed("a\\ b") && !allowed("a\x01") &&
		!allowed("\xc3\xa4"),
	    "quotes, backslashes, other bytes");
	ok(!allowed("${product}") && !allowed("${smbios/1.4.0.0}") && !allowed("x${") &&
		!allowed("${ip") && !allowed("${}") && !allowed("${netX/product}") &&
		!allowed("${ip:string}") && !allowed("${hostname}"),
	    "texts of strangers");
	return tap_done();
}
