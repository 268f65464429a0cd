/* SPDX-License-Identifier: MIT */
/*
 * config: the configuration file; its syntax and keys are in lastwords.conf(5). config_load reads one
 * file and touches nothing else; config_check looks at what it names.
 *
 * Every error is "FILE:LINE: problem; suggested fix". A profile without an image is there to be
 * inherited from; nothing boots it. Rules are tried in order; the first of which every given glob
 * (fnmatch, case-folded) matches wins.
 */
#ifndef LASTWORDS_CONFIG_H
#define LASTWORDS_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "base/address.h"
#include "base/disk.h"
#include "base/err.h"
#include "boot/channels.h"
#include "boot/image.h"
#include "session/session.h"

enum { CONFIG_KEYS_MAX = 32, CONFIG_TARGETS_MAX = 4096 };

enum config_format { FORMAT_OFF, FORMAT_BASIC, FORMAT_EXTENDED };
enum config_loader { LOADER_IPXE, LOADER_PXELINUX };
enum config_autopsy { CONFIG_AUTOPSY_OFF, CONFIG_AUTOPSY_ON, CONFIG_AUTOPSY_FULL };
enum config_driver { DRIVER_IPMI, DRIVER_REDFISH, DRIVER_QEMU, DRIVER_COMMAND };
enum config_privilege { PRIVILEGE_ADMINISTRATOR, PRIVILEGE_OPERATOR, PRIVILEGE_USER };
/* Of which sessions the centre gets the logs. */
enum config_logs { LOGS_CRASHED, LOGS_ALL, LOGS_NONE };
enum config_after { AFTER_REBOOT, AFTER_HALT, AFTER_SHELL };
enum config_oops { OOPS_PANIC, OOPS_REPORT };

/* Where a section, and each key that it was given, stands in the file. First in each section's struct. */
struct config_section {
	const struct config_key *keys; /* keys.h */
	int line;
	int key_line
	    [CONFIG_KEYS_MAX]; /* 0: not given; of an inherited one where the parent has it */
};

/* In all of them "" stands for none, or for the default that lastwords.conf(5) describes. */
struct config_profile {
	struct config_section at;
	char name[PROFILE_NAME_MAX + 1];
	const char *from, *image, *args, *console, *capture, *crashkernel, *log_buf_len;
	const char *netconsole_target, *netconsole_device;
	const char *netconsole_mac; /* "": that of the next hop */
	enum config_format netconsole;
	enum config_after after;
	enum config_autopsy autopsy;
	enum config_loader loader;
	int panic, deadline, menu_timeout; /* seconds */
	int vlan; /* 0: none */
	enum config_oops oops; /* of an unarmed machine */
	int netconsole_early, pstore, pstore_memory, pstore_armed, watchdog, stay_armed; /* 0, 1 */
	int timestamps, backtraces, bmc, menu; /* 0, 1 */
};

/* What a rule may match. */
enum config_match {
	MATCH_PRODUCT,
	MATCH_MANUFACTURER,
	MATCH_SERIAL,
	MATCH_ASSET,
	MATCH_UUID,
	MATCH_MAC,
	MATCH_ARCH,
	MATCH_PLATFORM,
	MATCH_CLIENT, /* the machine's address; a glob or ADDRESS/BITS */
	MATCH_COUNT
};
/* Its name, as the file and requests use it. */
const char *config_match_name(enum config_match match);

struct config_rule {
	struct config_section at;
	const char *glob[MATCH_COUNT]; /* NULL: anything */
	const char *profile;
};

/* A machine that we can switch. Secrets are in files of their own. */
struct config_target {
	struct config_section at;
	char name[PROFILE_NAME_MAX + 1];
	const char *mac; /* by which it boots, as given */
	uint8_t address[6]; /* the same */
	enum config_driver driver;
	const char *host, *url; /* of the BMC: ipmi; redfish */
	const char *user, *password_file;
	const char *ca; /* certificates that verify url; "": the system's */
	int verify; /* 0, 1 */
	int cipher; /* 0: suite 17, then 3 */
	enum config_privilege privilege;
	const char *workarounds; /* of libipmiconsole, by its names, separated by commas */
	int sol; /* 0, 1: its console is logged */
	const char *console; /* where, if the driver has no console of its own */
	const char *on, *off, *reset, *nmi, *status, *pxe; /* shell commands; "": it cannot */
	const char *program, *args; /* of QEMU */
	int pause; /* seconds between two calls to one BMC */
	int wait; /* seconds until a change of power must be seen */
};

/*
 * HTTPS, at an address of its own next to that of HTTP, or instead of it. Who is given which URL:
 * cgi/http/base.h.
 */
struct config_tls {
	struct config_section at; /* line 0: the file has no tls section */
	const char *listen;
	const char *cert,
	    *key; /* files, PEM: the certificate and those that lead to the CA; its key */
	const char *name; /* in the certificate, by which machines verify it; "": see base/cert.h */
	int only; /* 0, 1: no HTTP */
};

struct config {
	struct config_section at;
	struct config_tls tls;
	char *file; /* as it was opened; all texts live behind it */
	char *words; /* … beginning here */
	const char *listen, *netconsole, *netconsole_from, *state, *images, *firmware, *hook,
	    *forward, *web;
	const char *central, *central_password_file; /* PostgreSQL, as libpq takes it; "": none */
	const char *unknown, *fallback;
	const char *url, *url2, *url3; /* without trailing slash; url2 and url3 numeric */
	int loop_boots, loop_minutes;
	int shed_after, hook_timeout, hook_wait; /* seconds */
	int keep_days, keep_days_crash; /* 0: for ever */
	uint64_t upload_max, keep_size, keep_size_machine; /* bytes; 0: no limit */
	uint64_t disk_floor; /* bytes; 0: none; DISK_FLOOR_AUTO */
	enum config_logs central_logs;
	int keep_until_central; /* 0, 1 */
	int disk_wait; /* seconds of less than disk_floor until sessions are removed for it */
	size_t profile_count, rule_count, target_count;
	size_t profile_room, rule_room, target_room;
	struct config_profile *profiles;
	struct config_rule *rules;
	struct config_target *targets;
};

/*
 * The file to read: path if given, else $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf.
 */
const char *config_path(const char *path);
/* 0, or -1 with config empty. Free with config_free. */
int config_load(struct err *err, const char *path, struct config *config);
/* The same of the text of a file called path. Pure. */
int config_parse(struct err *err, const char *path, const char *text, struct config *config);
void config_free(struct config *config);
/* The line where key was given, else where the section begins. */
int config_line(const struct config_section *section, const char *key);

/*
 * The kernel arguments that the profile's log_buf_len, timestamps, backtraces, bmc, pstore_memory and
 * pstore_armed stand for, of the kernel of this release ("" unknown), separated by spaces; "" if there are none.
 * Source: admin-guide/kernel-parameters, admin-guide/ramoops and admin-guide/sysctl/kernel (sysctl.* on the
 * command line: Linux 5.8; older kernels ignore it).
 */
enum { CONFIG_SWITCHES_MAX = 1024 };
void config_switches(
    const struct config_profile *profile, const char *release, char out[CONFIG_SWITCHES_MAX]);
/* 1 if a machine of this profile has a region of memory for ramoops. */
int config_has_region(const struct config_profile *profile, const char *release);
/*
 * Which channels can carry a panic of a machine that boots by this profile, with its image. mac: of the machine;
 * NULL: any, whose console counts as logged if that of some target is.
 */
void config_channels(const struct config *config, const struct config_profile *profile,
    const struct image *image, const uint8_t *mac, struct channels *channels);

/* 1 if the server speaks HTTPS. */
int config_has_tls(const struct config *config);
/* 1 if the address of the pages is one that only this host reaches. */
int config_web_is_local(const struct config *config);
/* NULL if there is no profile of that name. */
const struct config_profile *config_profile(const struct config *config, const char *name);
/* The target of that name, or of that MAC in any form; NULL: unknown. */
const struct config_target *config_target(const struct config *config, const char *name);
/* 1 if the target's console is to be logged. */
int config_target_has_console(const struct config_target *target);
/* The first rule that matches the identity (values may be NULL), or NULL. */
const struct config_rule *config_choose(
    const struct config *config, const char *const identity[MATCH_COUNT]);

/* The first field in which the identity does not match the rule; MATCH_COUNT if it matches. */
enum config_match config_mismatch(
    const struct config_rule *rule, const char *const identity[MATCH_COUNT]);
/* As config_profile, but NULL also if it has no image. */
const struct config_profile *config_bootable(const struct config *config, const char *name);
/* A glob, or ADDRESS/BITS with an IPv4 or IPv6 address. */
int config_subnet_ok(struct err *err, const char *text);

/* The first bits of an address; IPv4 as ::ffff:a.b.c.d. */
struct config_subnet {
	uint8_t address[16];
	int bits;
};
enum { CONFIG_SUBNETS_MAX = 64 };
/*
 * Takes a list apart: each ADDRESS/BITS or ADDRESS; between them blanks, commas, quotes, brackets. Fills
 * the first max of out; returns how many there are (0 for ""), at most CONFIG_SUBNETS_MAX, or -1.
 */
int config_subnets(struct err *err, const char *list, struct config_subnet *out, int max);
int config_subnet_holds(const struct config_subnet *subnet, const uint8_t address[16]);

/*
 * Looks for what would go wrong on a machine: missing images or files of them, a crashkernel smaller
 * than the image needs, a command line over COMMAND_LINE_MAX, arguments that do not do what they seem
 * to (panic_on_oops=1). Prints "FILE:LINE: problem; suggested fix" for each on out; returns how many.
 * Lines "FILE:LINE: warning: …" are not counted.
 */
int config_check(const struct config *config, FILE *out);
/* The same of the pages only; of the profiles only, without their channels. */
int config_check_web(const struct config *config, FILE *out);
int config_check_profiles(const struct config *config, FILE *out);
/* Warns of profiles of which no channel surely carries a panic, or netconsole does not where one may expect it. */
int config_check_channels(const struct config *config, FILE *out);

#endif
