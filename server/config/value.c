/* SPDX-License-Identifier: MIT */
/* value: one value of lastwords.conf, by itself; see value.h. Pure. */
#include "value.h"

#include <string.h>

#include "base/num.h"
#include "boot/command_line.h"
#include "config.h"

static int value_url(struct err *err, const char *value)
{
	char host[ADDRESS_HOST_MAX + 1], authority[ADDRESS_HOST_MAX + 16];
	const char *rest = value;
	uint16_t port;
	size_t len;

	if (!value[0])
		return 0;
	if (strncmp(value, "http://", 7) == 0)
		rest += 7;
	else if (strncmp(value, "https://", 8) == 0)
		rest += 8;
	else
		return err_set(err, "must begin with http:// or https://");
	len = strcspn(rest, "/");
	if (len == 0 || len >= sizeof(authority))
		return err_set(err, "needs a host, as in http://10.0.0.1:8080/");
	memcpy(authority, rest, len);
	authority[len] = '\0';
	if (address_split(err, authority, host, &port))
		return -1;
	rest += len;
	if (strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-") !=
	    strlen(rest))
		return err_set(err, "its path may only have letters, digits and /._~-");
	return strlen(value) > 500 ? err_set(err, "too long; at most 500 bytes") : 0;
}

/* Machines boot, call and send netconsole over IPv4. */
static int value_boot_url(struct err *err, const char *value)
{
	const char *host = strstr(value, "://");

	if (value_url(err, value))
		return -1;
	if (host && host[3] == '[')
		return err_set(err, "machines boot over IPv4; give an IPv4 address here, an IPv6 "
				    "one as url2 or url3");
	return 0;
}

static int value_address(struct err *err, const char *value, int host_only_numeric)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;

	if (address_split(err, value, host, &port))
		return -1;
	if (!port)
		return err_set(err, "needs a port, as in \"10.77.0.1:6666\"");
	if (host_only_numeric && strspn(host, "0123456789abcdefABCDEF:.") != strlen(host))
		return err_set(err, "needs a numeric address, as in \"10.77.0.1:6666\"");
	return 0;
}

static int value_forward(struct err *err, const char *value)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port;

	if (!value[0])
		return 0;
	if (strncmp(value, "udp://", 6) != 0 && strncmp(value, "tcp://", 6) != 0)
		return err_set(err,
		    "\"%.40s\" begins with neither udp:// nor tcp://, as in udp://10.77.0.9:514",
		    value);
	return address_split(err, value + 6, host, &port);
}

/* A crashed machine resolves no names. */
static int value_server(struct err *err, const char *value)
{
	const char *host = strstr(value, "://");
	size_t len;

	if (!value[0])
		return 0;
	if (value_url(err, value))
		return -1;
	host += 3;
	len = host[0] == '[' ? strcspn(host, "]") : strspn(host, "0123456789.");
	if (host[len] && host[len] != ']' && host[len] != ':' && host[len] != '/')
		return err_set(err, "needs a numeric address, as in http://10.77.0.2:8080");
	return 0;
}

static int value_either(struct err *err, const char *value, const char *a, const char *b)
{
	if (strcmp(value, a) == 0 || strcmp(value, b) == 0)
		return 0;
	return err_set(err, "\"%.40s\"; it must be %s or %s", value, a, b);
}

static int value_among(
    struct err *err, const char *value, const char *a, const char *b, const char *c)
{
	if (strcmp(value, a) == 0 || strcmp(value, b) == 0 || strcmp(value, c) == 0)
		return 0;
	return err_set(err, "\"%.40s\"; it must be %s, %s or %s", value, a, b, c);
}

static int value_charset(struct err *err, const char *value, const char *more, const char *mend)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (const char *c = value; *c; c++)
		if (!strchr(letters, *c) && !strchr(more, *c))
			return err_set(err, "\"%.60s\"; %s", value, mend);
	return strlen(value) > 120 ? err_set(err, "too long; at most 120 bytes") : 0;
}

/* The kernel takes what it likes and says nothing: 64 kB to 1 GB (it rounds up to a power of two). */
static int value_buffer(struct err *err, const char *value)
{
	uint64_t size;

	if (!value[0])
		return 0;
	if (num_size(err, "size", value, strlen(value), &size))
		return err_set(err, "\"%.40s\" is not a size; write it as 4M", value);
	if (size < 65536 || size > (1 << 30))
		return err_set(err, "\"%.40s\"; it must be from 64K to 1G", value);
	return 0;
}

int config_value_ok(struct err *err, enum config_kind kind, const char *value)
{
	uint64_t size;
	uint8_t mac[6];
	int number;

	switch (kind) {
	case KIND_TEXT:
		return value[0] ? 0 : err_set(err, "empty; give a value or remove the line");
	case KIND_ADDRESS:
		return value_address(err, value, 0);
	case KIND_URL:
		return value_boot_url(err, value);
	case KIND_SERVER:
		return value_server(err, value);
	case KIND_SIZE:
		if (num_size(err, "size", value, strlen(value), &size))
			return err_set(err, "\"%.40s\" is not a size; write it as 64M", value);
		return size ? 0 : err_set(err, "0 would refuse every upload; write it as 64M");
	case KIND_NAME:
		return profile_name_ok(value) ? 0
					      : err_set(err,
						    "\"%.40s\" is not a name; use at most %d of "
						    "a-z 0-9 _ - .",
						    value, PROFILE_NAME_MAX);
	case KIND_ARGS:
		return command_line_args_ok(err, value);
	case KIND_CONSOLE:
		return value_charset(err, value, ",:._/-",
		    "one console as in \"ttyS0,115200n8\"; put further console= into args");
	case KIND_TARGET:
		if (value[0] == '[')
			return err_set(
			    err, "netconsole is sent over IPv4, as to \"10.77.0.1:6666\"");
		return value[0] ? value_address(err, value, 1) : 0;
	case KIND_CRASHKERNEL:
		if (value[0] && !(value[0] >= '0' && value[0] <= '9'))
			return err_set(err, "\"%.40s\" is not a size; write it as 192M", value);
		return value_charset(err, value, ":,@-", "not a size; write it as 192M");
	case KIND_FORMAT:
		return value_among(err, value, "extended", "basic", "off");
	case KIND_AFTER:
		return value_among(err, value, "reboot", "halt", "shell");
	case KIND_LOADER:
		return value_either(err, value, "ipxe", "pxelinux");
	case KIND_PANIC:
		return num_int(err, "seconds", value, 0, 86400, &number);
	case KIND_FORWARD:
		return value_forward(err, value);
	case KIND_TIMEOUT:
		return num_int(err, "seconds", value, 1, 3600, &number);
	case KIND_DEADLINE:
		return num_int(err, "seconds", value, 10, 86400, &number);
	case KIND_BOOL:
		return value_either(err, value, "true", "false");
	case KIND_COUNT:
		return num_int(err, "number", value, 1, 60, &number);
	case KIND_DAYS:
		return num_int(err, "days", value, 0, 36500, &number);
	case KIND_FLOOR:
		if (strcmp(value, "auto") == 0)
			return 0;
		/* fall through */
	case KIND_LIMIT:
		if (num_size(err, "size", value, strlen(value), &size))
			return err_set(
			    err, "\"%.40s\" is not a size; write it as 20G, or 0 for none", value);
		return 0;
	case KIND_PAUSE:
		return num_int(err, "seconds", value, 0, 3600, &number);
	case KIND_CLIENT:
		return config_subnet_ok(err, value);
	case KIND_BUFFER:
		return value_buffer(err, value);
	case KIND_SWITCH:
		return value_either(err, value, "on", "off");
	case KIND_VLAN:
		return num_int(err, "a VLAN's id", value, 0, 4094, &number);
	case KIND_DEVICE:
		if (value[0] && strlen(value) < 16 &&
		    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "._-") == strlen(value))
			return 0;
		return err_set(err, "\"%.40s\" is not a network card's name, such as eth0", value);
	case KIND_MAC:
		if (!value[0] || strcmp(value, "broadcast") == 0)
			return 0;
		return mac_parse(err, value, mac);
	}
	return 0;
}
