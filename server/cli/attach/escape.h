/* SPDX-License-Identifier: MIT */
/*
 * escape: the keys of `lastwords console`: what is for the machine, and what is for us. As ipmitool's: '~' after
 * Enter begins an escape.
 *
 *   ~.   end          ~B  send a break          ~S KEY  SysRq: a break, then KEY
 *   ~w   write        ~?  list these            ~^Z  suspend          ~~  send a ~
 *
 * Any other key after the '~' is sent with it. Pure.
 */
#ifndef LASTWORDS_CLI_ATTACH_ESCAPE_H
#define LASTWORDS_CLI_ATTACH_ESCAPE_H

#include <stddef.h>

enum escape_action {
	ESCAPE_SEND, /* send out: 0 to 2 bytes */
	ESCAPE_BREAK,
	ESCAPE_SYSRQ, /* send a break, then out: 1 byte */
	ESCAPE_WRITE,
	ESCAPE_HELP,
	ESCAPE_SUSPEND,
	ESCAPE_END,
};

struct escape {
	int state; /* of the parser; 0: after Enter, or at the start */
};

enum escape_action escape_take(struct escape *escape, char key, char out[2], size_t *len);

#endif
