/* SPDX-License-Identifier: MIT */
/*
 * config: the configuration file (libconfuse syntax), lastwords.conf(5).
 *
 *   listen        = "0.0.0.0:8080"        # where lighttpd listens
 *   netconsole    = "0.0.0.0:6666"        # where the collector listens (UDP)
 *   url           = "http://10.77.0.1:8080/"  # how machines reach us; default: as they asked (Host)
 *   url2, url3    = "http://10.77.0.2:8080"   # servers that a crashed machine tries when url fails
 *   state         = "/var/lib/lastwords"
 *   images        = "/var/lib/lastwords/images"   # default: STATE/images
 *   firmware      = "/usr/lib/ipxe"       # directory of undionly.kpxe and snponly.efi; default: make ipxe's, else this
 *   upload_max    = "64M"                 # bytes, after decompression
 *   keep_days     = 90                    # sessions without a crash go after so long; 0 never
 *   keep_days_crash = 0                   # … those with one
 *   keep_size     = "20G"                 # all that is kept of sessions; 0 no limit
 *   keep_size_machine = "1G"              # … of one machine
 *   disk_floor    = "auto"                # bytes that stay free (disk.h); 0 none
 *   hook          = "/usr/local/bin/x"    # run once for each new crash; default: none
 *   hook_timeout  = 60                    # seconds until it is killed
 *   forward       = "udp://10.77.0.9:514" # kernel lines to a syslog server, udp:// or tcp://; default: none
 *   hook_wait     = 60                    # seconds that a crash without an upload waits for one
 *   unknown       = "wait"                # machine that no rule matches: wait, exit, or a profile's name
 *   fallback      = "rescue"              # profile of a machine that does not come up; "" none
 *   loop_boots    = 5                     # … that is after so many sessions that never ran
 *   loop_minutes  = 30                    # … in so many minutes
 *   shed_after    = 10                    # seconds that a machine may wait for its script; 0 any
 *
 *   profile debian {
 *     image       = "debian-12"           # directory under images (image.h)
 *     args        = "root=… ro"           # the OS's own arguments
 *     console     = "ttyS0,115200n8"      # "" = leave the console alone
 *     netconsole  = "extended"            # extended, basic, off
 *     netconsole_target = "10.77.0.1:6666"   # default: host of url, port of netconsole
 *     netconsole_early = false            # from the kernel's command line, before the OS's init
 *     netconsole_device = "eth0"          # … on this card, as the kernel names it
 *     netconsole_mac = ""                 # … to this MAC; default: the next hop's; "broadcast"
 *     capture     = "stock"               # which capture kernel of the image: stock, small
 *     crashkernel = "192M"                # "" = not armed
 *     panic       = 10                    # seconds, for panic= when there is no capture
 *     after       = "reboot"              # reboot, halt, shell: how a crashed machine ends
 *     vlan        = 7                     # the tag the crashed machine's packets need; 0 = none
 *     deadline    = 300                   # seconds from the capture kernel's start to AFTER
 *     pstore      = "on"                  # harvest what the firmware kept of the boot before
 *     stay_armed  = "on"                  # nobody else may load a capture kernel after arm
 *     log_buf_len = ""                    # the kernel's log buffer, such as "4M"
 *     timestamps  = "off"                 # printk.time=1
 *     backtraces  = "off"                 # of all CPUs, on oopses, lockups and hung tasks
 *     bmc         = "off"                 # the panic string into the BMC's event log
 *     menu        = true                  # iPXE asks which profile, and for arguments
 *     menu_timeout = 20                   # seconds, then it is this one; 0 waits
 *     loader      = "ipxe"                # ipxe, pxelinux: what loads the kernel
 *   }
 *   profile rescue {
 *     from        = "debian"              # all that is not given here is as there
 *     args        = "rescue"
 *   }
 *   rule { product = "PowerEdge R6*"  profile = "debian" }
 *   rule { mac = "52:54:00:*"  profile = "lab" }
 *   rule { client = "10.77.4.0/22"  profile = "lab" }
 *
 * A profile without an image is there to be inherited from; nothing boots it.
 * Rules are tried in order, the first of which every given glob (fnmatch, case-folded) matches wins.
 * Every error is "FILE:LINE: what, and the mend". Relative paths (state, images) are taken from the
 * config file's directory. ${…} in double quotes is refused: libconfuse would put the server's
 * environment there; in single quotes it is iPXE's to expand (command_line.h says which may be).
 * config_load reads one file and touches nothing else; config_check looks at the images.
 */
#ifndef LASTWORDS_CONFIG_H
#define LASTWORDS_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "base/address.h"
#include "base/disk.h"
#include "base/err.h"
#include "session/session.h"

enum { CONFIG_RULES_MAX = 1024, CONFIG_PROFILES_MAX = 256 };
enum { CONFIG_MORE_URLS = 2 };

enum config_format { FORMAT_OFF, FORMAT_BASIC, FORMAT_EXTENDED };
enum config_loader { LOADER_IPXE, LOADER_PXELINUX };
enum config_after { AFTER_REBOOT, AFTER_HALT, AFTER_SHELL };

struct config_profile {
	char name[PROFILE_NAME_MAX + 1];
	int line; /* in the file, for messages: of its first key */
	int image_line, args_line, capture_line, crashkernel_line; /* line where not given */
	/* image is "" in a profile that is only inherited from */
	char *image, *args, *console, *netconsole_target, *capture, *crashkernel;
	enum config_format netconsole;
	int netconsole_early;
	char *netconsole_device, *netconsole_mac; /* mac: "" the next hop's, "broadcast", or one */
	enum config_after after;
	int panic, deadline; /* seconds */
	char *log_buf_len; /* "" = the kernel's own */
	int pstore, stay_armed, timestamps, backtraces, bmc; /* switches, 0 or 1 */
	int vlan; /* 0: none */
	int menu; /* asks at the console which profile */
	int menu_timeout; /* seconds until it takes this one; 0 none */
	enum config_loader loader;
};

/* What a rule may match; config_match_names[] has their names as the file and requests use them. */
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
extern const char *const config_match_names[MATCH_COUNT];

struct config_rule {
	int line;
	char *glob[MATCH_COUNT]; /* NULL: anything */
	char *profile;
};

struct config {
	int unknown_line, fallback_line, disk_floor_line;
	char *file; /* as it was opened */
	char *listen, *netconsole, *state, *images, *unknown;
	char *firmware; /* "" = what is there (cli_firmware) */
	char *fallback; /* profile of a machine in a boot loop; "" none */
	int loop_boots,
	    loop_minutes; /* what a loop is: so many sessions that never ran in so long */
	char *url; /* without trailing slash; "" = as they asked */
	int shed_after; /* seconds, 0: a machine may wait for its script as long as it takes */
	char *hook, *forward; /* "" none */
	int hook_timeout, hook_wait; /* seconds */
	char *more_urls
	    [CONFIG_MORE_URLS]; /* url2, url3, numeric, without trailing slash; "" = none */
	uint64_t upload_max; /* bytes */
	int keep_days, keep_days_crash; /* 0: for ever */
	uint64_t keep_size, keep_size_machine; /* bytes; 0: no limit */
	uint64_t disk_floor; /* bytes; 0: none; DISK_FLOOR_AUTO */
	size_t profile_count, rule_count;
	struct config_profile *profiles;
	struct config_rule *rules;
};

/*
 * The file to read: path if given, else $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf.
 */
const char *config_path(const char *path);
/* 0, or -1 with "FILE:LINE: what, and the mend"; config is then empty. Free with config_free. */
int config_load(struct err *err, const char *path, struct config *config);
void config_free(struct config *config);

/*
 * The kernel arguments that the profile's log_buf_len, timestamps, backtraces and bmc stand for,
 * separated by spaces; "" if they are all off. Source: admin-guide/kernel-parameters and
 * admin-guide/sysctl/kernel (sysctl.* on the command line: Linux 5.8; older kernels ignore it).
 */
enum { CONFIG_SWITCHES_MAX = 512 };
void config_switches(const struct config_profile *profile, char out[CONFIG_SWITCHES_MAX]);

/* NULL if there is none of that name. */
const struct config_profile *config_profile(const struct config *config, const char *name);
/* The first rule that matches the identity (values may be NULL), or NULL. */
const struct config_rule *config_choose(
    const struct config *config, const char *const identity[MATCH_COUNT]);

/* The first of what the rule asks for that the identity does not match; MATCH_COUNT if it all does. */
enum config_match config_mismatch(
    const struct config_rule *rule, const char *const identity[MATCH_COUNT]);
/* Whether a machine can boot by it: defined and with an image. NULL otherwise. */
const struct config_profile *config_bootable(const struct config *config, const char *name);
/* A glob, or ADDRESS/BITS with an IPv4 or IPv6 address. */
int config_subnet_ok(struct err *err, const char *text);

/*
 * Looks for what would go wrong on a machine: missing images or files of them, an image without an
 * initrd, a profile that no one defines, crashkernel= smaller than the image needs, a command line
 * over COMMAND_LINE_MAX, an argument the kernel does not know for what is meant
 * (panic_on_oops=1). Prints one line each on out ("FILE:LINE: …"); returns how many. Lines
 * "FILE:LINE: warning: …" are not counted: what the capture kernel needs was never measured.
 */
int config_check(const struct config *config, FILE *out);

#endif
