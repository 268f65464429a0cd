/* SPDX-License-Identifier: MIT */
/*
 * redfish_http: requests to a Redfish service, by libcurl: Basic authentication (sessions run out on many
 * BMCs), TLS verified unless the target says otherwise, no proxy, size and time limited. A redirect is
 * followed on the same server only, because the password goes with it.
 */
#ifndef TARGET_REDFISH_HTTP_H
#define TARGET_REDFISH_HTTP_H

#include <curl/curl.h>
#include <jansson.h>

#include "redfish_text.h"

enum {
	REDFISH_REPLY_MAX = 1 << 20,
	REDFISH_SECONDS = 30,
	REDFISH_ETAG_MAX = 128,
	REDFISH_LOCATION_MAX = 640
};

struct redfish_http {
	const struct config_target *target;
	CURL *curl;
	char base[320]; /* SCHEME://HOST:PORT */
	char etag[REDFISH_ETAG_MAX], location[REDFISH_LOCATION_MAX]; /* of the last reply; "" */
	char *reply; /* malloc'ed */
	size_t len, room;
	char detail[CURL_ERROR_SIZE];
};

/* 0/-1. Close it in either case. */
int redfish_http_open(
    struct err *err, struct redfish_http *http, const struct config_target *target);
void redfish_http_close(struct redfish_http *http);

/*
 * Sends a request; body and match (If-Match) may be NULL. A server that is busy (503) is asked again
 * a few times. The status, and in *object (may be NULL) the reply if it is a JSON object, which the caller
 * releases; or -1: no reply.
 */
long redfish_http_send(struct err *err, struct redfish_http *http, const char *method,
    const char *path, const char *body, const char *match, json_t **object);
/* A GET that must be answered with an object; NULL: err has the reason. */
json_t *redfish_http_get(struct err *err, struct redfish_http *http, const char *path);
/* Sets err to what a status other than 2xx means, with the service's own words. */
void redfish_http_reason(
    struct err *err, const struct redfish_http *http, long status, const json_t *object);

#endif
