/* SPDX-License-Identifier: MIT */
/* tls: https.h by BearSSL under libcurl. libcurl opens connections; who a server is, is decided in verify.c. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "https/https.h"
#include "seed.h"
#include "trust.h"
#include "verify.h"

enum {
	TLS_URL_MAX = 4608,
	TLS_LOOK_MS = 10,
};

/* Of this process; libcurl has a pointer to verify while it is connected. */
static struct {
	struct trust trust;
	struct verify verify;
	char name[CERT_NAME_MAX + 1];
	int64_t since;
	struct curl_slist *connect_to;
} tls;

int https_built(void)
{
	return 1;
}

int https_open(struct err *err)
{
	const char *path = getenv("LASTWORDS_CA");
	struct err first;

	trust_free(&tls.trust);
	seed_use(HTTPS_SEED);
	if (trust_read(&first, HTTPS_CA, &tls.trust) == 0)
		return 0;
	trust_free(&tls.trust);
	if (path && path[0] && trust_read(err, path, &tls.trust) == 0)
		return 0;
	if (!path || !path[0])
		*err = first;
	trust_free(&tls.trust);
	return err_prefix(err, "no CA for https");
}

void https_session(const char *name, const char *id)
{
	char time[19];
	int64_t ms;

	snprintf(tls.name, sizeof(tls.name), "%s", name);
	tls.since = 0;
	if (strnlen(id, 32) < 32)
		return;
	/* (session.h: MAC-TIME-…) */
	snprintf(time, sizeof(time), "%.18s", id + 13);
	if (clock_parse_compact(time, &ms) == 0)
		tls.since = ms / 1000;
}

/*
 * In a handshake by BearSSL this libcurl (7.88) waits for a timer, 0.2 to 1 s later, and not for the server: so it
 * is called again every 10 ms.
 */
int https_perform(void *curl)
{
	CURLM *multi = curl_multi_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;
	int running = 0, left;
	CURLMsg *result;

	if (!multi || curl_multi_add_handle(multi, curl) != CURLM_OK)
		goto out;
	while (curl_multi_perform(multi, &running) == CURLM_OK && running)
		if (curl_multi_poll(multi, NULL, 0, TLS_LOOK_MS, NULL) != CURLM_OK)
			break;
	result = curl_multi_info_read(multi, &left);
	if (result && result->msg == CURLMSG_DONE)
		code = result->data.result;
	curl_multi_remove_handle(multi, curl);
out:
	curl_multi_cleanup(multi);
	return (int)code;
}

size_t https_seed(uint8_t seed[HTTPS_SEED_SIZE])
{
	seed_make(seed, HTTPS_SEED_SIZE);
	return HTTPS_SEED_SIZE;
}

/* libcurl calls it when its client is set up, before the handshake; sslctx: br_ssl_client_context. */
static CURLcode tls_setup(CURL *curl, void *sslctx, void *arg)
{
	br_ssl_client_context *client = sslctx;
	uint8_t random[32];

	(void)curl;
	(void)arg;
	br_ssl_engine_set_x509(&client->eng, &tls.verify.vtable);
	seed_make(random, sizeof(random));
	br_ssl_engine_inject_entropy(&client->eng, random, sizeof(random));
	explicit_bzero(random, sizeof(random));
	return CURLE_OK;
}

/*
 * The server is known by a name: it is asked under that, at the address in url. out: the URL to ask for. 0/-1.
 */
static int tls_rename(struct err *err, CURL *curl, const char *host, uint16_t port,
    const char *path, char *out, size_t size)
{
	char to[2 * CERT_NAME_MAX + 40];
	const char *open = strchr(host, ':') ? "[" : "", *close = open[0] ? "]" : "";

	if ((size_t)snprintf(out, size, "https://%s:%u%s", tls.name, port, path) >= size)
		return err_set(err, "the URL is too long");
	snprintf(to, sizeof(to), "%s:%u:%s%s%s:%u", tls.name, port, open, host, close, port);
	curl_slist_free_all(tls.connect_to);
	tls.connect_to = curl_slist_append(NULL, to);
	if (!tls.connect_to)
		return err_set(err, "out of memory");
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, tls.connect_to);
	return 0;
}

int https_use(struct err *err, void *curl, const char *url)
{
	char host[ADDRESS_HOST_MAX + 1], renamed[TLS_URL_MAX];
	uint16_t port = 443;
	const char *path;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, NULL);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	if (strncmp(url, "https:", 6) != 0)
		return 0;
	if (tls.trust.count == 0)
		return err_set(err, "https without a CA in the image");
	if (address_split_url(err, url, "https", host, &port, &path))
		return -1;
	verify_begin(&tls.verify, &tls.trust, tls.name, host, tls.since);
	if (tls.name[0]) {
		if (tls_rename(err, curl, host, port, path, renamed, sizeof(renamed)))
			return -1;
		curl_easy_setopt(curl, CURLOPT_URL, renamed);
	}
	/* libcurl's own verification knows no addresses and no time but the clock's: verify.c does it all. */
	if (curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, tls_setup) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK)
		return err_set(err, "this libcurl has no BearSSL");
	return 0;
}
