/* SPDX-License-Identifier: MIT */
/* address: hosts, ports and URLs as text; see address.h. Pure. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "num.h"

#define ADDRESS_NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
#define ADDRESS_V6 "0123456789abcdefABCDEF:."

/* As address_split, of the first len bytes of text. */
static int address_split_part(
    struct err *err, const char *text, size_t len, char host[ADDRESS_HOST_MAX + 1], uint16_t *port)
{
	int brackets = len > 0 && text[0] == '[';
	const char *start = text + brackets;
	size_t host_len = strspn(start, brackets ? ADDRESS_V6 : ADDRESS_NAME);
	const char *rest = start + host_len, *end = text + len;
	uint64_t number;

	if (host_len == 0 || host_len > ADDRESS_HOST_MAX ||
	    (brackets && (rest == end || *rest++ != ']')) || (rest < end && *rest != ':'))
		return err_set(err,
		    "\"%.*s\" is not an address; use HOST, HOST:PORT or [IPV6]:PORT",
		    (int)(len < 60 ? len : 60), text);
	if (rest < end) {
		if (num_u64(err, "port", rest + 1, (size_t)(end - rest - 1), 1, 65535, &number))
			return -1;
		*port = (uint16_t)number;
	}
	memcpy(host, start, host_len);
	host[host_len] = '\0';
	return 0;
}

int address_split(
    struct err *err, const char *text, char host[ADDRESS_HOST_MAX + 1], uint16_t *port)
{
	return address_split_part(err, text, strlen(text), host, port);
}

int address_split_url(struct err *err, const char *url, const char *scheme,
    char host[ADDRESS_HOST_MAX + 1], uint16_t *port, const char **path)
{
	size_t len = strlen(scheme);
	const char *authority = url + len + 3;

	if (strncmp(url, scheme, len) != 0 || strncmp(url + len, "://", 3) != 0)
		return err_set(err, "\"%.80s\" does not begin with %s://", url, scheme);
	len = strcspn(authority, "/");
	if (path)
		*path = authority + len;
	return address_split_part(err, authority, len, host, port);
}

int address_numeric(struct err *err, const char *host, uint16_t port,
    struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		*len = sizeof(*in);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
		return 0;
	}
	return err_set(err, "\"%.60s\" is not a numeric address", host);
}

int address_unix(struct err *err, const char *path, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path))
		return err_set(err,
		    "%s: a socket's path has at most %zu bytes; choose a shorter state", path,
		    sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}
