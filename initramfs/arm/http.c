/* SPDX-License-Identifier: MIT */
/* http: one request to the server; see http.h. */
#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "https/https.h"

enum { HTTP_REPLY_MAX = 65536 }; /* bytes; a longer reply is an error */

struct http_sink {
	struct http_reply *reply;
	const struct http_request *request;
	size_t seen;
};

static size_t http_keep(char *data, size_t size, size_t count, void *arg)
{
	struct http_sink *sink = arg;
	struct http_reply *reply = sink->reply;
	size_t len = size * count, room = sizeof(reply->text) - 1 - reply->len;

	sink->seen += len;
	if (sink->request->to_max)
		return sink->seen > sink->request->to_max
			   ? 0
			   : (size_t)write(sink->request->to, data, len);
	if (room > len)
		room = len;
	memcpy(reply->text + reply->len, data, room);
	reply->len += room;
	reply->text[reply->len] = '\0';
	return sink->seen > HTTP_REPLY_MAX ? 0 : len;
}

static struct curl_slist *http_headers(const struct http_request *request)
{
	char bearer[512];
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (request->token) {
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", request->token);
		list = curl_slist_append(list, bearer);
	}
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		list = curl_slist_append(list, request->headers[i]);
	return list;
}

int http_send(struct err *err, const struct http_request *request, struct http_reply *reply)
{
	char url[SESSION_CONF_MAX + 256], reason[CURL_ERROR_SIZE] = "";
	struct http_sink sink = {.reply = reply, .request = request};
	struct curl_slist *headers;
	CURLcode code;
	CURL *curl;

	reply->status = 0;
	reply->len = 0;
	reply->text[0] = '\0';
	if ((size_t)snprintf(url, sizeof(url), "%s%s", request->server, request->path) >=
	    sizeof(url))
		return err_set(err, "%s: the request is too long", request->server);
	curl = curl_easy_init();
	if (!curl)
		return err_set(err, "libcurl does not start");
	if (https_use(err, curl, url)) {
		curl_easy_cleanup(curl);
		return err_prefix(err, "%s", request->server);
	}
	headers = http_headers(request);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (request->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	}
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "lastwords-arm");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request->limit_ms);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, http_keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
	code = (CURLcode)https_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return err_set(
		    err, "%s: %s", request->server, reason[0] ? reason : curl_easy_strerror(code));
	if (reply->status != 200 && reply->status != 201)
		return err_set(err, "%s: HTTP status %ld", request->server, reply->status);
	return 0;
}
