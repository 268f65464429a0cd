/* SPDX-License-Identifier: MIT */
/* keys: the keys of lastwords.conf and their values; see keys.h. Pure. */
#include "keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/ip.h"
#include "base/mac.h"
#include "base/num.h"
#include "boot/command_line.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DAY 86400 /* seconds */

#define KEY(type, name, kind, fallback, help)                                                      \
	{                                                                                          \
#name, KIND_##kind, fallback, offsetof(struct type, name), help, 0, 0              \
	}
#define NUMBER(type, name, min, max, fallback, help)                                               \
	{                                                                                          \
#name, KIND_NUMBER, fallback, offsetof(struct type, name), help, min, max          \
	}
#define GLOB(name, match, kind, help)                                                              \
	{                                                                                          \
		name, KIND_##kind, NULL, offsetof(struct config_rule, glob[match]), help, 0, 0     \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* clang-format off */
const struct config_key config_server_keys[] = {
    KEY(config, listen, HOST_PORT, "0.0.0.0:8080", "HOST:PORT, such as 0.0.0.0:8080"),
    KEY(config, netconsole, HOST_PORT, "0.0.0.0:6666", "HOST:PORT, such as 0.0.0.0:6666"),
    KEY(config, netconsole_from, SUBNETS, "", "subnets such as 10.77.0.0/16, fd00:77::/64"),
    KEY(config, url, URL, "", "a URL such as http://10.77.0.1:8080/"),
    KEY(config, url2, SERVER, "", "a URL with a numeric address, such as http://10.77.0.2:8080"),
    KEY(config, url3, SERVER, "", "a URL with a numeric address, such as http://10.77.0.3:8080"),
    KEY(config, state, PATH, "/var/lib/lastwords", "a directory; else remove the line"),
    KEY(config, images, PATH, "", "a directory"),
    KEY(config, firmware, PATH, "", "a directory"),
    KEY(config, upload_max, SIZE, "64M", "a size above 0, such as 64M"),
    NUMBER(config, keep_days, 0, 36500, "0", "days, or 0 to keep all"),
    NUMBER(config, keep_days_crash, 0, 36500, "0", "days, or 0 to keep all"),
    KEY(config, keep_size, LIMIT, "0", "a size such as 20G, or 0 for no limit"),
    KEY(config, keep_size_machine, LIMIT, "0", "a size such as 1G, or 0 for no limit"),
    KEY(config, disk_floor, FLOOR, "auto", "auto, a size such as 1G, or 0 for no floor"),
    NUMBER(config, disk_wait, 0, 86400, "600", "seconds"),
    KEY(config, unknown, NAME, "wait", "wait, exit or the name of a profile"),
    KEY(config, web, HOST_PORT, "", "HOST:PORT, such as 127.0.0.1:8081"),
    KEY(config, central, CONNINFO, "", "words such as host=db1,db2 dbname=lastwords user=room1"),
    KEY(config, central_password_file, PATH, "", "a file whose first line is the password"),
    KEY(config, central_logs, WORD, "crashed", "crashed|all|none"),
    KEY(config, keep_until_central, WORD, "false", "false|true"),
    KEY(config, forward, FORWARD, "", "udp://HOST:PORT or tcp://HOST:PORT"),
    KEY(config, hook, PATH, "", "a program"),
    NUMBER(config, hook_timeout, 1, 3600, "60", "seconds"),
    NUMBER(config, hook_wait, 0, DAY, "60", "seconds"),
    KEY(config, fallback, NAME, "", "the name of a profile"),
    NUMBER(config, loop_boots, 1, 60, "5", "a number of boots"),
    NUMBER(config, loop_minutes, 1, 60, "30", "minutes"),
    NUMBER(config, shed_after, 0, 3600, "10", "seconds, or 0 for no limit"),
    END,
};
const struct config_key config_profile_keys[] = {
    KEY(config_profile, from, NAME, "", "the name of a profile"),
    KEY(config_profile, image, NAME, "", "the name of an image: at most 32 of a-z 0-9 _ - ."),
    KEY(config_profile, args, ARGS, "", "kernel arguments"),
    KEY(config_profile, console, CONSOLE, "", "one console as in ttyS0,115200n8; put others into args"),
    KEY(config_profile, netconsole, WORD, "extended", "off|basic|extended"),
    KEY(config_profile, netconsole_target, TARGET, "", "ADDRESS:PORT, such as 10.77.0.1:6666 or [fd00::1]:6666"),
    KEY(config_profile, netconsole_early, WORD, "false", "false|true"),
    KEY(config_profile, netconsole_device, DEVICE, "eth0", "a network card's name, such as eth0"),
    KEY(config_profile, netconsole_mac, MAC, "", "a MAC address or broadcast"),
    KEY(config_profile, capture, NAME, "stock", "stock or small"),
    KEY(config_profile, crashkernel, CRASHKERNEL, "", "a size such as 192M"),
    NUMBER(config_profile, panic, 0, DAY, "10", "seconds"),
    KEY(config_profile, after, WORD, "reboot", "reboot|halt|shell"),
    NUMBER(config_profile, deadline, 10, DAY, "300", "seconds"),
    KEY(config_profile, autopsy, WORD, "on", "off|on|full"),
    KEY(config_profile, pstore, WORD, "on", "off|on"),
    KEY(config_profile, pstore_memory, WORD, "on", "off|on"),
    KEY(config_profile, pstore_armed, WORD, "false", "false|true"),
    KEY(config_profile, watchdog, WORD, "on", "off|on"),
    KEY(config_profile, oops, WORD, "panic", "panic|report"),
    KEY(config_profile, stay_armed, WORD, "on", "off|on"),
    KEY(config_profile, log_buf_len, BUFFER, "", "a size from 64K to 1G, such as 4M"),
    KEY(config_profile, timestamps, WORD, "off", "off|on"),
    KEY(config_profile, backtraces, WORD, "off", "off|on"),
    KEY(config_profile, bmc, WORD, "off", "off|on"),
    NUMBER(config_profile, vlan, 0, 4094, "0", "the id of a VLAN, or 0 for none"),
    KEY(config_profile, menu, WORD, "false", "false|true"),
    NUMBER(config_profile, menu_timeout, 0, 3600, "20", "seconds, or 0 to wait for a choice"),
    KEY(config_profile, loader, WORD, "ipxe", "ipxe|pxelinux"),
    END,
};
const struct config_key config_rule_keys[] = {
    GLOB("product", MATCH_PRODUCT, TEXT, "a glob"),
    GLOB("manufacturer", MATCH_MANUFACTURER, TEXT, "a glob"),
    GLOB("serial", MATCH_SERIAL, TEXT, "a glob"),
    GLOB("asset", MATCH_ASSET, TEXT, "a glob"),
    GLOB("uuid", MATCH_UUID, TEXT, "a glob"),
    GLOB("mac", MATCH_MAC, MAC_GLOB, "a glob such as 52:54:00:*"),
    GLOB("arch", MATCH_ARCH, TEXT, "a glob"),
    GLOB("platform", MATCH_PLATFORM, TEXT, "a glob"),
    GLOB("client", MATCH_CLIENT, CLIENT, "a subnet as 10.77.0.0/16, or a glob as 10.77.*"),
    KEY(config_rule, profile, NAME, NULL, "the name of a profile"),
    END,
};
const struct config_key config_target_keys[] = {
    KEY(config_target, mac, MACHINE, NULL, "a MAC address such as 52:54:00:aa:00:01"),
    KEY(config_target, driver, WORD, "ipmi", "ipmi|redfish|qemu|command"),
    KEY(config_target, host, HOST, "", "HOST or HOST:PORT, such as 10.77.1.1"),
    KEY(config_target, url, WEB, "", "a URL such as https://10.77.1.1"),
    KEY(config_target, user, TEXT, "", "a user of the BMC"),
    KEY(config_target, password_file, PATH, "", "a file whose first line is the password"),
    KEY(config_target, ca, PATH, "", "a file of certificates"),
    KEY(config_target, verify, WORD, "true", "false|true"),
    NUMBER(config_target, cipher, 0, 17, "0", "a cipher suite, or 0 for 17, then 3"),
    KEY(config_target, privilege, WORD, "administrator", "administrator|operator|user"),
    KEY(config_target, workarounds, TEXT, "", "words such as opensesspriv,solpayloadsize"),
    KEY(config_target, sol, WORD, "false", "false|true"),
    KEY(config_target, console, TEXT, "", "unix:PATH, pipe:PATH, tcp:HOST:PORT, telnet:HOST:PORT or tty:PATH"),
    KEY(config_target, on, TEXT, "", "a shell command"),
    KEY(config_target, off, TEXT, "", "a shell command"),
    KEY(config_target, reset, TEXT, "", "a shell command"),
    KEY(config_target, nmi, TEXT, "", "a shell command"),
    KEY(config_target, status, TEXT, "", "a shell command that prints on or off"),
    KEY(config_target, pxe, TEXT, "", "a shell command"),
    KEY(config_target, program, TEXT, "qemu-system-x86_64", "QEMU's program"),
    KEY(config_target, args, TEXT, "", "arguments of QEMU"),
    NUMBER(config_target, pause, 0, 60, "1", "seconds"),
    NUMBER(config_target, wait, 1, 600, "60", "seconds"),
    END,
};
const struct config_key config_tls_keys[] = {
    KEY(config_tls, listen, HOST_PORT, "0.0.0.0:8443", "HOST:PORT, such as 0.0.0.0:8443"),
    KEY(config_tls, cert, PATH, NULL, "a file of certificates (PEM)"),
    KEY(config_tls, key, PATH, NULL, "a file with the private key (PEM)"),
    KEY(config_tls, name, DNS_NAME, "", "a name in the certificate, such as boot.example.org"),
    KEY(config_tls, only, WORD, "false", "false|true"),
    END,
};
/* clang-format on */

#define COUNT(keys) (sizeof(keys) / sizeof((keys)[0]))
_Static_assert(COUNT(config_server_keys) <= CONFIG_KEYS_MAX, "CONFIG_KEYS_MAX");
_Static_assert(COUNT(config_profile_keys) <= CONFIG_KEYS_MAX, "CONFIG_KEYS_MAX");
_Static_assert(COUNT(config_target_keys) <= CONFIG_KEYS_MAX, "CONFIG_KEYS_MAX");

const char *config_match_name(enum config_match match)
{
	return config_rule_keys[match].name;
}

static int check_charset(struct err *err, const char *text, const char *allowed, size_t max)
{
	size_t len = strspn(text, allowed);

	if (text[len])
		return err_set(err, "\"%.60s\" has a character that is not allowed", text);
	return len > max ? err_set(err, "longer than %zu bytes", max) : 0;
}

/* A link-local address needs the name that each machine gives its card. */
static int check_reachable(struct err *err, const char *host)
{
	struct in6_addr ip;

	if (ip_parse(host, &ip) == 0 && ip_is_link_local(&ip))
		return err_set(err,
		    "%.45s is link-local, which machines cannot use; give the server a unique local address (fd00::/8)",
		    host);
	return 0;
}

static int check_host_port(struct err *err, enum config_kind kind, const char *text)
{
	char host[ADDRESS_HOST_MAX + 1];
	struct sockaddr_storage address;
	uint16_t port = 0;
	socklen_t len;

	if (address_split(err, text, host, &port))
		return -1;
	if (!port)
		return err_set(err, "\"%.60s\" has no port", text);
	if (kind == KIND_HOST_PORT)
		return 0;
	if (address_numeric(err, host, port, &address, &len))
		return -1;
	return check_reachable(err, host);
}

static int check_url(struct err *err, enum config_kind kind, const char *text)
{
	const char *scheme = strncmp(text, "https:", 6) == 0 ? "https" : "http";
	char host[ADDRESS_HOST_MAX + 1];
	struct sockaddr_storage address;
	const char *path;
	uint16_t port;
	socklen_t len;

	if (kind == KIND_FORWARD)
		scheme = strncmp(text, "tcp:", 4) == 0 ? "tcp" : "udp";
	if (address_split_url(err, text, scheme, host, &port, &path))
		return -1;
	if (kind == KIND_WEB)
		return 0;
	if (kind == KIND_FORWARD)
		return path[0] ? err_set(err, "\"%.60s\" has a path", text) : 0;
	if (check_charset(err, path, LETTERS DIGITS "/._~-", 490))
		return err_prefix(err, "path");
	if (kind == KIND_SERVER && address_numeric(err, host, 0, &address, &len))
		return -1;
	return check_reachable(err, host);
}

static int check_host(struct err *err, const char *text)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;

	return address_split(err, text, host, &port);
}

/* The last word of text if it is "SIZE,cma", else NULL. */
static const char *crashkernel_cma(const char *text)
{
	const char *blank = strrchr(text, ' '), *word = blank ? blank + 1 : text;
	size_t len = strlen(word);

	return len > 4 && strcmp(word + len - 4, ",cma") == 0 ? word : NULL;
}

/* One of the kernel's forms, or the pair "SIZE,high SIZE,low", which becomes two arguments. */
static int check_reservation(struct err *err, const char *text)
{
	const char *low = strchr(text, ' '), *high = strstr(text, ",high");
	size_t len = strlen(text);

	if (!strchr(DIGITS, text[0]) || (low && !strchr(DIGITS, low[1])))
		return err_set(err, "\"%.40s\" is not a size", text);
	if (low && (!high || high + strlen(",high") != low || strchr(low + 1, ' ') ||
		       strcmp(text + len - 4, ",low") != 0))
		return err_set(
		    err, "\"%.40s\": two sizes must be a pair as in 256M,high 72M,low", text);
	if (!low && len >= 4 && strcmp(text + len - 4, ",low") == 0)
		return err_set(err,
		    "\"%.40s\" alone reserves no memory for the capture kernel; write 256M,high %.40s",
		    text, text);
	return check_charset(err, text, LETTERS DIGITS ":,@- ", 120);
}

/* A reservation, and behind it perhaps "SIZE,cma". */
static int check_crashkernel(struct err *err, const char *text)
{
	const char *cma = crashkernel_cma(text);
	char reservation[128];

	if (!cma)
		return check_reservation(err, text);
	if (cma == text)
		return err_set(err,
		    "\"%.40s\" alone reserves no memory for the capture kernel; write 192M %.40s",
		    text, text);
	if (!strchr(DIGITS, cma[0]) || strlen(text) >= sizeof(reservation))
		return err_set(err, "\"%.40s\" is not a size", cma);
	snprintf(reservation, sizeof(reservation), "%.*s", (int)(cma - 1 - text), text);
	return check_reservation(err, reservation);
}

static int check_buffer(struct err *err, const char *text)
{
	uint64_t size;

	if (num_size(err, "size", text, strlen(text), &size) || size < 65536 || size > 1 << 30)
		return err_set(err, "\"%.40s\" is not such a size", text);
	return 0;
}

/* Words key=value. The file can be read by everybody, so that it must have no password. */
static int check_conninfo(struct err *err, const char *text)
{
	static const char *const secret[] = {"password", "sslpassword"};
	const char *equals = strchr(text, '=');

	if (!equals || strstr(text, "://"))
		return err_set(err, "\"%.40s\" is not of that form", text);
	for (const char *at = text; (equals = strchr(at, '=')) != NULL; at = equals + 1) {
		const char *end = equals, *word;

		while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		for (word = end; word > at && !strchr(" \t'", word[-1]);)
			word--;
		for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
			if ((size_t)(end - word) == strlen(secret[i]) &&
			    strncmp(word, secret[i], strlen(secret[i])) == 0)
				return err_set(err,
				    "it has a password, which everybody can read here; put it into central_password_file");
	}
	return 0;
}

static int check_text(struct err *err, enum config_kind kind, const char *text)
{
	uint8_t mac[6];
	int count;

	if (!text[0])
		return err_set(err, "empty");
	switch (kind) {
	case KIND_NAME:
		return profile_name_ok(text) ? 0 : err_set(err, "\"%.40s\" is not a name", text);
	case KIND_HOST_PORT:
	case KIND_TARGET:
		return check_host_port(err, kind, text);
	case KIND_URL:
	case KIND_SERVER:
	case KIND_FORWARD:
	case KIND_WEB:
		return check_url(err, kind, text);
	case KIND_ARGS:
		return command_line_args_ok(err, text);
	case KIND_CONSOLE:
		return check_charset(err, text, LETTERS DIGITS ",:._/-", 120);
	case KIND_CRASHKERNEL:
		return check_crashkernel(err, text);
	case KIND_BUFFER:
		return check_buffer(err, text);
	case KIND_DEVICE:
		return check_charset(err, text, LETTERS DIGITS "._-", 15);
	case KIND_MAC:
		return strcmp(text, "broadcast") == 0 ? 0 : mac_parse(err, text, mac);
	case KIND_MACHINE:
		return mac_parse(err, text, mac);
	case KIND_HOST:
		return check_host(err, text);
	case KIND_CLIENT:
		return config_subnet_ok(err, text);
	case KIND_CONNINFO:
		return check_conninfo(err, text);
	case KIND_DNS_NAME:
		return check_charset(err, text, LETTERS DIGITS ".-", 253);
	case KIND_SUBNETS:
		count = config_subnets(err, text, NULL, 0);
		return count == 0 ? err_set(err, "empty") : count < 0 ? -1 : 0;
	default:
		return 0;
	}
}

/* Brings text into the form in which its kind is kept. */
static void keep_text(enum config_kind kind, const char *path, char *text)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0, len = strlen(text);

	if (kind == KIND_PATH && text[0] && text[0] != '/') {
		memmove(text + dir, text, len + 1);
		memcpy(text, path, dir);
	}
	if (kind == KIND_URL || kind == KIND_SERVER || kind == KIND_WEB)
		while (len > 0 && text[len - 1] == '/')
			text[--len] = '\0';
	if (kind == KIND_MAC_GLOB && !strchr(text, '['))
		for (; *text; text++)
			if (*text == '-')
				*text = ':';
}

/* Which of the words "a|b|c" it is, from 0. 0/-1. */
static int word_find(struct err *err, const char *words, const char *word, int *out)
{
	for (int n = 0; *words; n++) {
		size_t len = strcspn(words, "|");

		*out = n;
		if (strlen(word) == len && strncmp(words, word, len) == 0)
			return 0;
		words += len + (words[len] == '|');
	}
	return err_set(err, "\"%.40s\" is unknown", word);
}

static int value_set(struct err *err, const struct config_key *key, const char *value, void *place)
{
	uint64_t *size = place;

	switch (key->kind) {
	case KIND_NUMBER:
		return num_int(err, key->name, value, key->min, key->max, place)
			   ? err_set(err, "\"%.40s\" is not a number from %d to %d", value,
				 key->min, key->max)
			   : 0;
	case KIND_WORD:
		return word_find(err, key->help, value, place);
	case KIND_FLOOR:
	case KIND_LIMIT:
	case KIND_SIZE:
		*size = DISK_FLOOR_AUTO;
		if (key->kind == KIND_FLOOR && strcmp(value, "auto") == 0)
			return 0;
		if (num_size(err, key->name, value, strlen(value), size))
			return err_set(err, "\"%.40s\" is not a size", value);
		return key->kind == KIND_SIZE && *size == 0 ? err_set(err, "0 is too small") : 0;
	default:
		*(const char **)place = value;
		return 0;
	}
}

int config_section_set(struct err *err, struct config_section *section,
    const struct config_key *key, const char *path, char *value, int line)
{
	int is_default = key->fallback && strcmp(value, key->fallback) == 0;
	char help[100] = "";
	struct err problem;
	size_t len = 0;

	section->key_line[key - section->keys] = line;
	if (key->kind < KIND_NUMBER && !is_default && check_text(&problem, key->kind, value))
		goto fail;
	keep_text(key->kind, path, value);
	if (value_set(&problem, key, value, (char *)section + key->place) == 0)
		return 0;
fail:
	if (strstr(problem.msg, "; ")) /* it has a fix of its own */
		return err_set(err, "%s: %s", key->name, problem.msg);
	for (const char *c = key->help; *c && len < sizeof(help); c++)
		len +=
		    (size_t)snprintf(help + len, sizeof(help) - len, *c == '|' ? " or " : "%c", *c);
	return err_set(err, "%s: %s; it must be %s", key->name, problem.msg, help);
}

void config_section_init(struct config_section *section, const struct config_key *keys, int line)
{
	struct err never;

	section->keys = keys;
	section->line = line;
	for (const struct config_key *key = keys; key->name; key++)
		if (key->fallback)
			value_set(&never, key, key->fallback, (char *)section + key->place);
}

const struct config_key *config_section_find(const struct config_section *section, const char *name)
{
	for (const struct config_key *key = section->keys; key->name; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

void config_section_inherit(struct config_section *section, const struct config_section *parent)
{
	for (const struct config_key *key = section->keys; key->name; key++) {
		size_t n = (size_t)(key - section->keys);
		size_t size = key->kind < KIND_NUMBER ? sizeof(char *)
			      : key->kind < KIND_SIZE ? sizeof(int)
						      : sizeof(uint64_t);

		if (section->key_line[n] || !parent->key_line[n])
			continue;
		section->key_line[n] = parent->key_line[n];
		memcpy((char *)section + key->place, (const char *)parent + key->place, size);
	}
}

int config_line(const struct config_section *section, const char *name)
{
	const struct config_key *key = config_section_find(section, name);
	int line = key ? section->key_line[key - section->keys] : 0;

	return line ? line : section->line;
}

int config_fail(struct err *err, const struct config *config, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return err_prefix(err, "%s:%d", config->file, line);
}
