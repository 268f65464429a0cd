/* SPDX-License-Identifier: MIT */
/* http: see http.h. */
#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "doctor.h"

void http_base(const struct doctor *doctor, char base[HTTP_BASE_MAX])
{
	const struct config *config = doctor->config;
	const char *const url = doctor->here.server[0] ? doctor->here.url : config->url;
	const int https = config_has_tls(config) && config->tls.only;
	char host[ADDRESS_HOST_MAX + 1] = "";
	uint16_t port = https ? 8443 : 8080;
	struct err ignored;
	int six;

	if (url[0] && (!https || strncmp(url, "https:", 6) == 0)) {
		snprintf(base, HTTP_BASE_MAX, "%s", url);
		return;
	}
	(void)address_split(&ignored, https ? config->tls.listen : config->listen, host, &port);
	six = strchr(host, ':') != NULL;
	if (!host[0] || strcmp(host, "0.0.0.0") == 0)
		snprintf(host, sizeof(host), "%s",
		    doctor->here.server[0] ? doctor->here.server : "127.0.0.1");
	else if (strcmp(host, "::") == 0)
		snprintf(host, sizeof(host), "::1");
	snprintf(base, HTTP_BASE_MAX, "%s://%s%s%s:%u", https ? "https" : "http", six ? "[" : "",
	    host, six ? "]" : "", port);
}

/* --- one request -------------------------------------------------------------------------------------- */

static size_t http_receive(char *data, size_t size, size_t count, void *arg)
{
	struct http_reply *reply = arg;

	(void)size; /* 1 */
	if (count > HTTP_BODY_MAX - reply->len)
		return 0;
	memcpy(reply->body + reply->len, data, count);
	reply->len += count;
	reply->body[reply->len] = '\0';
	return count;
}

static CURL *http_open(
    struct err *err, const struct doctor *doctor, const char *url, struct http_reply *reply)
{
	CURL *curl = curl_easy_init();

	memset(reply, 0, sizeof(*reply));
	if (!curl) {
		err_set(err, "libcurl cannot be started");
		return NULL;
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)DOCTOR_HTTP_S);
	if (config_has_tls(doctor->config))
		curl_easy_setopt(curl, CURLOPT_CAINFO, doctor->config->tls.cert);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "lastwords-doctor");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, http_receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	return curl;
}

static int http_run(struct err *err, CURL *curl, struct http_reply *reply)
{
	char detail[CURL_ERROR_SIZE] = "";
	curl_off_t size = -1;
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
		curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
		reply->size = size;
	}
	curl_easy_cleanup(curl);
	return rc == CURLE_OK ? 0 : err_set(err, "%s", detail[0] ? detail : curl_easy_strerror(rc));
}

int http_get(
    struct err *err, const struct doctor *doctor, const char *url, struct http_reply *reply)
{
	CURL *curl = http_open(err, doctor, url, reply);

	return curl ? http_run(err, curl, reply) : -1;
}

int http_head(
    struct err *err, const struct doctor *doctor, const char *url, struct http_reply *reply)
{
	CURL *curl = http_open(err, doctor, url, reply);

	if (!curl)
		return -1;
	curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	return http_run(err, curl, reply);
}

int http_put(struct err *err, const struct doctor *doctor, const char *url, const char *token,
    const char *text, size_t len, struct http_reply *reply)
{
	CURL *curl = http_open(err, doctor, url, reply);
	struct curl_slist *headers;
	char line[sizeof("Authorization: Bearer ") + SESSION_TOKEN_MAX];
	int rc;

	if (!curl)
		return -1;
	snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
	headers = curl_slist_append(NULL, line);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
	rc = http_run(err, curl, reply);
	curl_slist_free_all(headers);
	explicit_bzero(line, sizeof(line));
	return rc;
}
