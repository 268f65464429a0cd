/* SPDX-License-Identifier: MIT */
/*
 * command_line: the booted kernel's command line, and what may stand in it.
 *
 *   [initrd=NAME …] [rdinit=THE-OS'S] [rdinit=/lastwords/arm] [lastwords.session=ID] OS-ARGS
 *   [SWITCHES] [console=C] [crashkernel=S] [oops=panic panic=N] [-- INIT-ARGS]
 *
 * Ours come behind the OS's own (where the kernel lets the last one count) and before a " -- " of
 * theirs. rdinit= comes first of all: the kernel forgets every word for init that stands before it
 * ("single", "3"; init/main.c, rdinit_setup), and arm takes the OS's own from the line. The session
 * stands early because netconsole replays this line cut at some 1000 bytes, and it is what binds
 * the stream. Pure. Source: the kernel's admin-guide/kernel-parameters, x86 COMMAND_LINE_SIZE (2048
 * with the NUL); iPXE's script rules (`;` `&&` `||` as tokens, `#` at a token's start, double
 * quotes, a backslash at the end, `${setting}`) for command_line_args_ok.
 */
#ifndef LASTWORDS_BOOT_COMMAND_LINE_H
#define LASTWORDS_BOOT_COMMAND_LINE_H

#include <stddef.h>

#include "base/err.h"

enum { COMMAND_LINE_MAX = 2048 }; /* bytes, with the NUL */

/*
 * What starts netconsole before the OS's init (netconsole_early), for switches; printf form: "+" for the
 * extended format or "", the machine's address, its card, the target's port and address, and the MAC of
 * the next hop there.
 */
#define COMMAND_LINE_EARLY "netconsole=%s6665@%s/%s,%u@%s/%s loglevel=8 net.ifnames=0"

struct command_line {
	const char *initrds; /* "initrd=a initrd=b" for EFI (and ignored elsewhere), or "" */
	const char *args, *more; /* the profile's and the override's; may be "" */
	const char *switches; /* the profile's (config_switches), NULL or "" none */
	const char *console, *crashkernel; /* "" none */
	const char *session; /* NULL none */
	int arm; /* oops=, panic= and rdinit= */
	int panic; /* seconds */
};

/* The line into out. -1 if it would not fit into COMMAND_LINE_MAX bytes with its NUL. */
int command_line_build(struct err *err, const struct command_line *in, char out[COMMAND_LINE_MAX]);

/*
 * 0 if args can be written into an iPXE script and will reach the kernel as they are: printable
 * ASCII, without double quotes, without a token that iPXE would act on, and with ${…} only for
 * what no stranger chooses the text of (addresses and MACs). -1 says what is wrong.
 */
int command_line_args_ok(struct err *err, const char *args);

#endif
