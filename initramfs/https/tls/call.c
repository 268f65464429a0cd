/* SPDX-License-Identifier: MIT */
/*
 * call: lastwords-call, for the capture initramfs' init, whose wget knows no CA:
 *
 *	lastwords-call URL [BODY]     GET, or POST of BODY, in at most 5 s; the reply's body on stdout
 *	lastwords-call --check        can the CA's certificates be read? (image.sh asks)
 *
 * /session.conf has token and tls-name. Exit: 0 the status was 200 or 201, 1 not, 2 usage.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "https/https.h"
#include "session/conf.h"

enum { CALL_MS = 5000 };

static const char program[] = "lastwords-call";

static int call_send(
    struct err *err, const struct session_conf *conf, const char *url, const char *body)
{
	char bearer[256], reason[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	CURL *curl = curl_easy_init();
	long status = 0;

	if (!curl)
		return err_set(err, "libcurl does not start");
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", conf->token);
	if (conf->token[0])
		headers = curl_slist_append(NULL, bearer);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	if (body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	if (https_use(err, curl, url) == 0) {
		code = (CURLcode)https_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		if (code != CURLE_OK)
			err_set(err, "%s", reason[0] ? reason : curl_easy_strerror(code));
		else if (status != 200 && status != 201)
			err_set(err, "HTTP status %ld", status);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return code == CURLE_OK && (status == 200 || status == 201) ? 0 : -1;
}

int https_main(const char *name, int argc, char **argv)
{
	static struct session_conf conf;
	struct err err;

	if (strcmp(name, program) != 0)
		return -1;
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s URL [BODY]\n", program);
		return 2;
	}
	if (strcmp(argv[1], "--check") == 0) {
		if (https_open(&err) == 0)
			return 0;
		err_print(program, &err);
		return 1;
	}
	if (session_conf_read(&err, "/session.conf", &conf) == 0) {
		(void)https_open(&err);
		https_session(conf.tls_name, conf.session);
		if (call_send(&err, &conf, argv[1], argc == 3 ? argv[2] : NULL) == 0)
			return fflush(stdout) ? 1 : 0;
	}
	err_print(program, &err);
	return 1;
}
