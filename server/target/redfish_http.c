/* SPDX-License-Identifier: MIT */
/* redfish_http: requests to a Redfish service; see redfish_http.h. */
#include "redfish_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/array.h"
#include "base/clock.h"
#include "driver.h"

enum { HTTP_CONNECT_SECONDS = 10, HTTP_REDIRECTS = 3, HTTP_BUSY_TRIES = 3, HTTP_BUSY_SECONDS = 5 };

/* --- replies ------------------------------------------------------------------------------------------ */

static size_t http_receive(char *data, size_t size, size_t count, void *arg)
{
	struct redfish_http *http = arg;
	struct err ignored;
	char *more;

	(void)size; /* 1 */
	if (http->len + count > REDFISH_REPLY_MAX)
		return 0;
	more = array_grow(&ignored, http->reply, &http->room, http->len + count, 1);
	if (!more)
		return 0;
	http->reply = more;
	memcpy(http->reply + http->len, data, count);
	http->len += count;
	return count;
}

/* The value of a header line if it is this one; a longer one than fits counts as none. */
static void http_take(const char *line, size_t len, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	if (len < n || strncasecmp(line, name, n) != 0)
		return;
	line += n;
	len -= n;
	while (len > 0 && *line == ' ')
		line++, len--;
	while (len > 0 && strchr("\r\n ", line[len - 1]))
		len--;
	if (len < size)
		snprintf(out, size, "%.*s", (int)len, line);
}

static size_t http_header(char *data, size_t size, size_t count, void *arg)
{
	struct redfish_http *http = arg;

	(void)size; /* 1 */
	http_take(data, count, "etag:", http->etag, sizeof(http->etag));
	http_take(data, count, "location:", http->location, sizeof(http->location));
	return count;
}

/* --- opening ------------------------------------------------------------------------------------------ */

static int http_login(struct err *err, struct redfish_http *http)
{
	char password[TARGET_PASSWORD_MAX + 1];

	if (target_password(err, http->target, password))
		return -1;
	curl_easy_setopt(http->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(http->curl, CURLOPT_USERNAME, http->target->user);
	curl_easy_setopt(http->curl, CURLOPT_PASSWORD, password);
	explicit_bzero(password, sizeof(password));
	return 0;
}

int redfish_http_open(
    struct err *err, struct redfish_http *http, const struct config_target *target)
{
	const char *scheme = strncmp(target->url, "http:", 5) == 0 ? "http" : "https", *path;
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;

	memset(http, 0, sizeof(*http));
	http->target = target;
	if (address_split_url(err, target->url, scheme, host, &port, &path))
		return -1;
	snprintf(http->base, sizeof(http->base), "%.*s", (int)(path - target->url), target->url);
	http->curl = curl_easy_init();
	if (!http->curl)
		return err_set(err, "libcurl cannot be started");
	curl_easy_setopt(http->curl, CURLOPT_PROTOCOLS_STR, scheme);
	curl_easy_setopt(http->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(http->curl, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_SECONDS);
	curl_easy_setopt(http->curl, CURLOPT_TIMEOUT, (long)REDFISH_SECONDS);
	curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, http_receive);
	curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, http);
	curl_easy_setopt(http->curl, CURLOPT_HEADERFUNCTION, http_header);
	curl_easy_setopt(http->curl, CURLOPT_HEADERDATA, http);
	curl_easy_setopt(http->curl, CURLOPT_ERRORBUFFER, http->detail);
	if (target->ca[0])
		curl_easy_setopt(http->curl, CURLOPT_CAINFO, target->ca);
	curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYPEER, (long)target->verify);
	curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYHOST, target->verify ? 2L : 0L);
	return http_login(err, http);
}

void redfish_http_close(struct redfish_http *http)
{
	curl_easy_cleanup(http->curl);
	free(http->reply);
	memset(http, 0, sizeof(*http));
}

/* --- requests ----------------------------------------------------------------------------------------- */

static int http_unreached(struct err *err, const struct redfish_http *http, CURLcode rc)
{
	const char *detail = http->detail[0] ? http->detail : curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return err_set(
		    err, "no connection: %s; correct url, or look whether the BMC runs", detail);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, "no reply: %s; look whether the BMC runs", detail);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(err,
		    "its certificate cannot be verified: %s; set ca, or verify = \"false\"",
		    detail);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, "ca: %s; correct it", detail);
	case CURLE_WRITE_ERROR:
		return err_set(err, "its reply is longer than %d bytes", REDFISH_REPLY_MAX);
	default:
		return err_set(err, "no reply: %s", detail);
	}
}

static struct curl_slist *http_headers(const char *body, const char *match)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json"), *more;
	char line[REDFISH_ETAG_MAX + 16];

	more = list ? curl_slist_append(list, "OData-Version: 4.0") : NULL;
	if (more && body)
		more = curl_slist_append(list, "Content-Type: application/json");
	if (more && match) {
		snprintf(line, sizeof(line), "If-Match: %s", match);
		more = curl_slist_append(list, line);
	}
	if (!more)
		curl_slist_free_all(list);
	return more ? list : NULL;
}

/* One request; the status, or -1. */
static long http_once(struct err *err, struct redfish_http *http, const char *method,
    const char *path, const char *body, const char *match)
{
	struct curl_slist *headers = http_headers(body, match);
	char url[sizeof(http->base) + REDFISH_PATH_MAX];
	long status = -1;
	CURLcode rc;

	if (!headers)
		return err_set(err, "out of memory");
	snprintf(url, sizeof(url), "%s%s", http->base, path);
	http->len = 0;
	http->etag[0] = http->location[0] = http->detail[0] = '\0';
	curl_easy_setopt(http->curl, CURLOPT_URL, url);
	/* (POSTFIELDS would make a POST of a GET) */
	if (body)
		curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
	rc = curl_easy_perform(http->curl);
	curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (rc)
		return http_unreached(err, http, rc);
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Where a redirect leads, if that is on the same server. (CURLINFO_REDIRECT_URL has the user in it.) 0/-1. */
static int http_redirect(
    struct err *err, const struct redfish_http *http, char path[REDFISH_PATH_MAX])
{
	size_t len = strlen(http->base);
	const char *to = http->location;

	if (strncmp(to, http->base, len) == 0)
		to += len;
	if (redfish_path(to, path))
		return err_set(
		    err, "the BMC redirects to another server, which is not followed; correct url");
	return 0;
}

static int http_redirected(long status, const char *body)
{
	return status == 307 || status == 308 || (!body && (status == 301 || status == 302));
}

static void http_wait(const struct redfish_http *http)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &seconds);
	seconds = seconds < 1 ? 1 : seconds > HTTP_BUSY_SECONDS ? HTTP_BUSY_SECONDS : seconds;
	clock_pause_us((unsigned)seconds * 1000000);
}

long redfish_http_send(struct err *err, struct redfish_http *http, const char *method,
    const char *path, const char *body, const char *match, json_t **object)
{
	char at[REDFISH_PATH_MAX];
	int redirects = 0, busy = 0;
	struct err ignored;
	long status;

	if (object)
		*object = NULL;
	snprintf(at, sizeof(at), "%s", path);
	for (;;) {
		status = http_once(err, http, method, at, body, match);
		if (http_redirected(status, body) && redirects++ < HTTP_REDIRECTS) {
			if (http_redirect(err, http, at))
				return -1;
		} else if (status == 503 && ++busy < HTTP_BUSY_TRIES) {
			http_wait(http);
		} else {
			break;
		}
	}
	if (object && status > 0 && http->len)
		*object = redfish_parse(&ignored, http->reply, http->len);
	return status;
}

void redfish_http_reason(
    struct err *err, const struct redfish_http *http, long status, const json_t *object)
{
	char said[160];

	redfish_reason(object, said, sizeof(said));
	if (status == 401)
		err_set(err, "the BMC refused user or password; correct user, or %s",
		    http->target->password_file);
	else if (status == 403)
		err_set(err,
		    "the BMC refused it to this user: HTTP 403%s%s; give the user the right",
		    said[0] ? ", " : "", said);
	else if (status == 503)
		err_set(err, "the BMC is busy: HTTP 503%s%s; try again later", said[0] ? ", " : "",
		    said);
	else
		err_set(
		    err, "the BMC replied with HTTP %ld%s%s", status, said[0] ? ": " : "", said);
}

json_t *redfish_http_get(struct err *err, struct redfish_http *http, const char *path)
{
	json_t *object;
	long status = redfish_http_send(err, http, "GET", path, NULL, NULL, &object);

	if (status == 200) {
		if (!object)
			err_set(err,
			    "the BMC's reply to %s is not JSON; is url that of a Redfish service?",
			    path);
		return object;
	}
	if (status > 0)
		redfish_http_reason(err, http, status, object);
	if (status == 404)
		err_prefix(err, "%s", path);
	json_decref(object);
	return NULL;
}
