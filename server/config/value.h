/* SPDX-License-Identifier: MIT */
/*
 * value: what a value of lastwords.conf may be, by its kind; only file.c uses it. It must
 * not look at other values, nor at what a value names: check.c does.
 */
#ifndef LASTWORDS_CONFIG_VALUE_H
#define LASTWORDS_CONFIG_VALUE_H

#include "base/err.h"

/* "may be empty": "" is allowed and means what lastwords.conf(5) says of the key */
enum config_kind {
	KIND_TEXT, /* anything but "" */
	KIND_ADDRESS, /* HOST:PORT */
	KIND_URL, /* http:// or https://, over IPv4; may be empty */
	KIND_SERVER, /* the same with a numeric host, also IPv6; may be empty */
	KIND_SIZE, /* bytes, over 0 */
	KIND_NAME, /* a profile's, an image's */
	KIND_ARGS, /* of the kernel */
	KIND_CONSOLE, /* as console= has it; may be empty */
	KIND_TARGET, /* IPV4:PORT; may be empty */
	KIND_CRASHKERNEL, /* as crashkernel= has it; may be empty */
	KIND_FORMAT, /* extended, basic, off */
	KIND_AFTER, /* reboot, halt, shell */
	KIND_LOADER, /* ipxe, pxelinux */
	KIND_PANIC, /* seconds, up to a day */
	KIND_TIMEOUT, /* seconds, 1 to 3600 */
	KIND_FORWARD, /* udp://HOST:PORT or tcp://HOST:PORT, the port may be missing; may be empty */
	KIND_DEADLINE, /* seconds, 10 to a day */
	KIND_CLIENT, /* a glob or a subnet */
	KIND_BUFFER, /* 64K to 1G; may be empty */
	KIND_SWITCH, /* on, off */
	KIND_VLAN, /* 0 to 4094 */
	KIND_DEVICE, /* a network card */
	KIND_MAC, /* or broadcast; may be empty */
	KIND_BOOL, /* true, false */
	KIND_COUNT, /* 1 to 60 */
	KIND_DAYS, /* 0 to 36500 */
	KIND_LIMIT, /* bytes, also 0 */
	KIND_FLOOR, /* the same, or auto */
	KIND_PAUSE, /* seconds, 0 to 3600 */
};

/* 0, or -1 with what is wrong and the mend. */
int config_value_ok(struct err *err, enum config_kind kind, const char *value);

#endif
