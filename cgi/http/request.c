/* SPDX-License-Identifier: MIT */
/* request: what a web server hands a CGI; see request.h. Pure but for the variables it is given. */
#include "request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/num.h"

static const char *request_text(const struct request *request, const char *name)
{
	const char *value = request->variable(name);

	return value ? value : "";
}

/* The path as it was asked for if the server tells, else what it has taken it apart into. */
static void request_path(struct request *request)
{
	const char *uri = request_text(request, "REQUEST_URI");
	size_t len;

	if (strncmp(uri, "http://", 7) == 0) /* absolute form, RFC 9112 */
		uri = uri[7 + strcspn(uri + 7, "/")] ? uri + 7 + strcspn(uri + 7, "/") : "/";
	len = strcspn(uri, "?#");
	if (len > 0) {
		if (len > REQUEST_PATH_MAX)
			len = REQUEST_PATH_MAX;
		memcpy(request->path, uri, len);
		request->path[len] = '\0';
	} else {
		snprintf(request->path, sizeof(request->path), "%s%s",
		    request_text(request, "SCRIPT_NAME"), request_text(request, "PATH_INFO"));
	}
}

void request_init(struct request *request, const char *(*variable)(const char *name))
{
	const char *length, *https;
	uint64_t bytes;
	struct err err;

	memset(request, 0, sizeof(*request));
	request->variable = variable;
	request->method = request_text(request, "REQUEST_METHOD");
	if (!request->method[0])
		request->method = "GET"; /* a shell */
	request_path(request);
	request->query = request_text(request, "QUERY_STRING");
	request->host = request_text(request, "HTTP_HOST");
	https = request_text(request, "HTTPS");
	request->scheme = https[0] && strcmp(https, "off") != 0 ? "https" : "http";
	request->remote = request_text(request, "REMOTE_ADDR");
	request->server = request_text(request, "SERVER_ADDR");
	request->port = request_text(request, "SERVER_PORT");
	request->agent = request_text(request, "HTTP_USER_AGENT");
	request->authorization = request_text(request, "HTTP_AUTHORIZATION");
	request->token = request_text(request, "HTTP_LASTWORDS_TOKEN");
	request->encoding = request_text(request, "HTTP_CONTENT_ENCODING");
	request->type = request_text(request, "CONTENT_TYPE");
	request->chunked =
	    strcasecmp(request_text(request, "HTTP_TRANSFER_ENCODING"), "chunked") == 0;
	length = request_text(request, "CONTENT_LENGTH");
	if (!length[0])
		request->length = -1;
	else if (num_u64(&err, "Content-Length", length, strlen(length), 0, INT64_MAX, &bytes))
		request->length = -2;
	else
		request->length = (int64_t)bytes;
}

void request_query(const char *query, char buf[REQUEST_QUERY_MAX + 1], struct kv *kv)
{
	size_t len = strnlen(query, REQUEST_QUERY_MAX);

	memcpy(buf, query, len);
	kv_parse(kv, buf, len, '&');
}

static int is_numeric(const char *host)
{
	struct sockaddr_storage address;
	socklen_t len;
	struct err err;

	return address_numeric(&err, host, 0, &address, &len) == 0;
}

int request_base(
    const struct request *request, const char *tail, int numeric, char base[REQUEST_BASE_MAX])
{
	static const char path_ok[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-";
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;
	const char *end = strstr(request->path, tail);
	struct err err;
	size_t prefix = 0;
	int n;

	for (const char *next = end; next; next = strstr(next + 1, tail))
		end = next; /* the last one */
	if (end)
		prefix = (size_t)(end - request->path);
	while (prefix > 0 && request->path[prefix - 1] == '/')
		prefix--;
	if (prefix > 200 || request->path[0] != '/' || strspn(request->path, path_ok) < prefix)
		prefix = 0;
	if (!request->host[0] || address_split(&err, request->host, host, &port) ||
	    (numeric && !is_numeric(host))) {
		port = 0;
		if (!is_numeric(request->server))
			return -1;
		snprintf(host, sizeof(host), "%s", request->server);
		if (request->port[0] && num_port(&err, "port", request->port, &port))
			return -1;
	}
	n = snprintf(base, REQUEST_BASE_MAX, "%s://%s%s%s", request->scheme,
	    strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "");
	if (port && port != (strcmp(request->scheme, "https") == 0 ? 443 : 80))
		n += snprintf(base + n, REQUEST_BASE_MAX - (size_t)n, ":%u", port);
	snprintf(base + n, REQUEST_BASE_MAX - (size_t)n, "%.*s", (int)prefix, request->path);
	return 0;
}

const char *request_path_after(const struct request *request, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (const char *at = strchr(request->path, '/'); at; at = strchr(at + 1, '/'))
		if (strncmp(at + 1, name, len) == 0 && at[1 + len] == '/')
			found = at + 2 + len;
	return found;
}
