/* SPDX-License-Identifier: MIT */
/*
 * target: one netconsole target, and its texts. Pure.
 * Source: Documentation/networking/netconsole.rst.
 */
#ifndef LASTWORDS_ARM_TARGET_H
#define LASTWORDS_ARM_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { ARM_NAME_MAX = 16 }; /* IFNAMSIZ */

struct arm_target {
	int index; /* of the interface */
	char name[ARM_NAME_MAX];
	uint32_t source; /* IPv4 addresses in network byte order */
	uint32_t hop; /* who gets the frame: the target itself or the gateway */
	uint8_t mac[6]; /* of hop */
};

struct arm_server {
	uint32_t address; /* network byte order */
	uint16_t port; /* host byte order */
	int extended;
};

/* "10.77.0.1:6666" with format "extended" or "basic" (and "" is extended). 0/-1. */
int arm_server_parse(
    struct err *err, const char *text, const char *format, struct arm_server *server);
/* The numeric IPv4 host of "http://10.77.0.1:8080[/…]". 0/-1. */
int arm_url_address(struct err *err, const char *url, uint32_t *address);

/* "52:54:00:a1:b2:c3", no broadcast, multicast or zero address. 0/-1. */
int arm_mac_parse(const char *text, uint8_t mac[6]);
/* The same text, with this separator. */
enum { ARM_MAC_TEXT = 18 };
void arm_mac_text(const uint8_t mac[6], char separator, char text[ARM_MAC_TEXT]);

/*
 * Whether the kernel of this release (uname -r) knows the extended format: from 4.4 on. One that
 * cannot be read is new.
 */
int arm_release_extended(const char *release);

/*
 * How netconsole is started in a running kernel whose card is up, be its driver built in or a module:
 *
 *   netconsole is                        way
 *   a module of ours, not loaded         ARM_WAY_MODULE   loaded with the parameter; replays the log
 *   loaded by us, or by our command line ARM_WAY_RELOAD   unloaded, then as above; configfs if held
 *   built in, or loaded by the OS        ARM_WAY_CONFIGFS a target of its own there; replays nothing
 *   not there at all                     ARM_WAY_NONE
 *
 * (The kernel's own netconsole= needs the card before any of this: lastwords-boot puts it on the
 * command line where a profile asks for it.)
 */
enum arm_way { ARM_WAY_NONE, ARM_WAY_MODULE, ARM_WAY_RELOAD, ARM_WAY_CONFIGFS };
/* in_kernel: /sys/module/netconsole is there; ours: as above; have: its .ko is in the overlay. */
enum arm_way arm_target_way(int in_kernel, int ours, int have);

/* Room for the module's parameter and its NUL; the kernel's own limit is 256. */
enum { ARM_PARAM_MAX = 128 };
/*
 * "netconsole=+6665@10.0.2.15/eth0,6666@10.0.2.2/52:55:0a:00:02:02". -1 for an interface name with
 * a character that would end it (the kernel allows ',' in names), or a MAC that is none of one host:
 * zero or broadcast or multicast, which would hand every log line to the whole subnet.
 */
int arm_target_param(struct err *err, const struct arm_target *target,
    const struct arm_server *server, char out[ARM_PARAM_MAX]);

#endif
