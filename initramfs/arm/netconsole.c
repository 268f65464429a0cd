/* SPDX-License-Identifier: MIT */
/* netconsole: starts netconsole in the running kernel; see netconsole.h. */
#include "netconsole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/num.h"

enum {
	NETCONSOLE_SOURCE_PORT = 6665,
	NETCONSOLE_SYSLOG_LEVEL =
	    8, /* SYSLOG_ACTION_CONSOLE_LEVEL of syslog(2); musl has no name for it */
};
#define NETCONSOLE_CONFIGFS_DIR "netconsole/lastwords"
/* The target of the module's parameter appears where a directory of this name is made (Linux 6.7). */
#define NETCONSOLE_PARAM_DIR "netconsole/cmdline0"

int netconsole_parse_server(
    struct err *err, const char *text, const char *format, struct netconsole_server *server)
{
	char host[ADDRESS_HOST_MAX + 1];

	server->port = 0;
	if (address_split(err, text, host, &server->port) || !server->port ||
	    ip_parse(host, &server->address))
		return err_set(
		    err, "netconsole target %.60s is not IPV4:PORT or [IPV6]:PORT", text);
	if (strcmp(format, "basic") != 0 && strcmp(format, "extended") != 0 && format[0])
		return err_set(
		    err, "netconsole format %.20s is neither extended nor basic", format);
	server->extended = strcmp(format, "basic") != 0;
	return 0;
}

int netconsole_is_extended(const char *release)
{
	static const char digits[] = "0123456789";
	size_t len = strspn(release, digits);
	const char *minor_at = release + len + 1;
	uint64_t major, minor;
	struct err err;

	if (release[len] != '.' || num_u64(&err, "release", release, len, 0, 9999, &major) ||
	    num_u64(&err, "release", minor_at, strspn(minor_at, digits), 0, 9999, &minor))
		return 1;
	return major > 4 || (major == 4 && minor >= 4);
}

enum netconsole_way netconsole_choose_way(int in_kernel, int ours, int have)
{
	if (!in_kernel)
		return have ? NETCONSOLE_MODULE : NETCONSOLE_NONE;
	return ours && have ? NETCONSOLE_RELOAD : NETCONSOLE_CONFIGFS;
}

int netconsole_param(struct err *err, const struct netconsole_target *target,
    const struct netconsole_server *server, char out[NETCONSOLE_PARAM_MAX])
{
	char source[IP_TEXT], remote[IP_TEXT], mac[18];
	uint8_t one_host[6];
	int n;

	if (!target->name[0] || strpbrk(target->name, ",/@ \t\n\""))
		return err_set(err, "netconsole takes no interface named \"%s\"", target->name);
	mac_format(target->mac, mac);
	if (mac_parse(err, mac, one_host))
		return err_prefix(err, "next hop");
	ip_text(&target->source, source);
	ip_text(&server->address, remote);
	n = snprintf(out, NETCONSOLE_PARAM_MAX, "netconsole=%s%d@%s/%s,%u@%s/%s",
	    server->extended ? "+" : "", NETCONSOLE_SOURCE_PORT, source, target->name,
	    (unsigned)server->port, remote, mac);
	return n < NETCONSOLE_PARAM_MAX ? 0 : err_set(err, "netconsole parameter too long");
}

void netconsole_hold(struct netconsole *netconsole, const char *dir, int early)
{
	modules_hold(&netconsole->modules, dir);
	netconsole->ours = early;
	netconsole->configfs = -1;
	netconsole->target = "";
}

int netconsole_is_threaded(const char *text)
{
	int found = -1;

	for (; text; text = strchr(text, '\n'), text += text != NULL) {
		size_t len = strcspn(text, "\n");
		const char *open = memchr(text, '(', len);
		const char *end = open ? memchr(open, ')', len - (size_t)(open - text)) : NULL;

		if (strncmp(text, "netcon", 6) != 0 || !end)
			continue;
		if (memchr(open, 'N', (size_t)(end - open)))
			return 1;
		found = 0;
	}
	return found;
}

static void netconsole_raise_level(const struct sys *sys)
{
	char text[64];
	struct err err;
	uint64_t level;

	if (sys_read_at(sys->proc, "sys/kernel/printk", text, sizeof(text)) > 0 &&
	    num_u64(&err, "printk", text, strcspn(text, " \t"), 0, INT32_MAX, &level) == 0 &&
	    level >= NETCONSOLE_LEVEL)
		return;
	klogctl(NETCONSOLE_SYSLOG_LEVEL, NULL, NETCONSOLE_LEVEL);
}

/* The way that was used: NETCONSOLE_MODULE, done; NETCONSOLE_CONFIGFS, still to be done; or -1. */
static int netconsole_by_module(
    struct err *err, struct netconsole *netconsole, const struct sys *sys, const char *param)
{
	const struct modules *modules = &netconsole->modules;
	int own = modules_find(modules, "netconsole");
	enum netconsole_way way = netconsole_choose_way(
	    faccessat(sys->sysfs, "module/netconsole", F_OK, 0) == 0, netconsole->ours, own >= 0);

	if (way == NETCONSOLE_NONE)
		return err_set(err, "no netconsole module for this kernel in the overlay");
	/* One that is built in cannot be unloaded, nor one in which the OS has made targets. */
	if (way == NETCONSOLE_RELOAD && syscall(SYS_delete_module, "netconsole", O_NONBLOCK) != 0)
		way = NETCONSOLE_CONFIGFS;
	if (way == NETCONSOLE_CONFIGFS)
		return way;
	netconsole->ours = 0;
	for (int i = 0; i < own; i++)
		modules_insert(modules, i, "");
	switch (modules_insert(modules, own, param)) {
	case 0:
		netconsole->ours = 1;
		return NETCONSOLE_MODULE;
	case 1:
		return NETCONSOLE_CONFIGFS;
	default:
		return err_errno(err, "loading netconsole %s", param);
	}
}

static int netconsole_set(struct err *err, int dir, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), NETCONSOLE_CONFIGFS_DIR "/%s", name);
	if (sys_write_at(dir, path, value))
		return err_errno(err, "configfs netconsole: %s=%s", name, value);
	return 0;
}

/* configfs, or -1 with errno. */
static int netconsole_mount(struct netconsole *netconsole)
{
	if (netconsole->configfs < 0)
		netconsole->configfs = sys_mount("configfs");
	return netconsole->configfs;
}

/* 1 if the target of our module's parameter can be reached through configfs. */
static int netconsole_find_param_target(int dir)
{
	char text[8];

	if (mkdirat(dir, NETCONSOLE_PARAM_DIR, 0755) && errno != EEXIST)
		return 0;
	if (sys_read_at(dir, NETCONSOLE_PARAM_DIR "/enabled", text, sizeof(text)) > 0 &&
	    text[0] == '1')
		return 1;
	unlinkat(dir, NETCONSOLE_PARAM_DIR, AT_REMOVEDIR); /* an older kernel made a new one */
	return 0;
}

/*
 * What each packet has behind its line. Source: Documentation/networking/netconsole.rst; the formats are in
 * collector/wire/netconsole.h. What a kernel does not have is left out.
 */
static void netconsole_describe(struct netconsole *netconsole, const char *session)
{
	static const char *const more[] = {
	    "release_enabled", "cpu_nr_enabled", "taskname_enabled", "msgid_enabled"};
	int dir = netconsole_mount(netconsole);
	char path[128];

	if (dir < 0)
		return;
	if (!netconsole->target[0] && netconsole_find_param_target(dir))
		netconsole->target = NETCONSOLE_PARAM_DIR;
	if (!netconsole->target[0])
		return;
	snprintf(path, sizeof(path), "%s/userdata/lastwords.session", netconsole->target);
	if (session[0] && (mkdirat(dir, path, 0755) == 0 || errno == EEXIST)) {
		snprintf(
		    path, sizeof(path), "%s/userdata/lastwords.session/value", netconsole->target);
		sys_write_at(dir, path, session);
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		snprintf(path, sizeof(path), "%s/userdata/%s", netconsole->target, more[i]);
		sys_write_at(dir, path, "1");
	}
}

int netconsole_is_off(const struct netconsole *netconsole)
{
	char path[96], text[8];

	if (netconsole->configfs < 0 || !netconsole->target[0])
		return 0;
	snprintf(path, sizeof(path), "%s/enabled", netconsole->target);
	return sys_read_at(netconsole->configfs, path, text, sizeof(text)) > 0 && text[0] == '0';
}

static int netconsole_by_configfs(struct err *err, struct netconsole *netconsole,
    const struct netconsole_target *target, const struct netconsole_server *server)
{
	char source[IP_TEXT], remote[IP_TEXT], port[8], mac[18];
	int dir;

	dir = netconsole_mount(netconsole);
	if (dir < 0)
		return err_errno(err, "mounting configfs");
	if (mkdirat(dir, NETCONSOLE_CONFIGFS_DIR, 0755) && errno != EEXIST)
		return err_errno(err, "configfs netconsole target");
	/* (refused where it is off already) */
	sys_write_at(dir, NETCONSOLE_CONFIGFS_DIR "/enabled", "0\n");
	ip_text(&target->source, source);
	ip_text(&server->address, remote);
	snprintf(port, sizeof(port), "%u", (unsigned)server->port);
	mac_format(target->mac, mac);
	if (netconsole_set(err, dir, "dev_name", target->name) ||
	    netconsole_set(err, dir, "local_ip", source) ||
	    netconsole_set(err, dir, "remote_ip", remote) ||
	    netconsole_set(err, dir, "remote_port", port) ||
	    netconsole_set(err, dir, "remote_mac", mac) ||
	    netconsole_set(err, dir, "extended", server->extended ? "1" : "0") ||
	    netconsole_set(err, dir, "enabled", "1"))
		return -1;
	return 0;
}

/* The directory of the parameter's target would keep the module from being unloaded. */
static void netconsole_let_go(struct netconsole *netconsole)
{
	if (netconsole->configfs >= 0 && strcmp(netconsole->target, NETCONSOLE_PARAM_DIR) == 0) {
		unlinkat(netconsole->configfs, NETCONSOLE_PARAM_DIR "/userdata/lastwords.session",
		    AT_REMOVEDIR);
		unlinkat(netconsole->configfs, NETCONSOLE_PARAM_DIR, AT_REMOVEDIR);
	}
	netconsole->target = "";
}

int netconsole_start(struct err *err, struct netconsole *netconsole, const struct sys *sys,
    const struct netconsole_target *target, const struct netconsole_server *server,
    const char *session)
{
	char param[NETCONSOLE_PARAM_MAX];
	int way;

	if (netconsole_param(err, target, server, param))
		return -1;
	netconsole_raise_level(sys);
	netconsole_let_go(netconsole);
	way = netconsole_by_module(err, netconsole, sys, param);
	if (way < 0)
		return -1;
	if (way == NETCONSOLE_CONFIGFS) {
		if (netconsole_by_configfs(err, netconsole, target, server))
			return -1;
		netconsole->target = NETCONSOLE_CONFIGFS_DIR;
	}
	if (server->extended)
		netconsole_describe(netconsole, session);
	return 0;
}
