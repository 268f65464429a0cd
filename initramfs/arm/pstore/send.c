/* SPDX-License-Identifier: MIT */
/* send: uploads what pstore has; see send.h. */
#include "send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arm/http.h"
#include "arm/sys.h"
#include "backend.h"
#include "base/digest.h"

enum {
	SEND_LIMIT_MS = 10000, /* for one upload, */
	SEND_BYTES_PER_MS = 128, /* and more for a long one: 1 Mbit/s is enough */
};

int64_t pstore_send_ms(const struct pstore *pstore)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < pstore->count; i++)
		bytes += (int64_t)pstore->part[i].len;
	return bytes / SEND_BYTES_PER_MS;
}

static int send_post(struct err *err, const struct http_request *request)
{
	static struct http_reply reply;
	char digest[DIGEST_TEXT];
	struct sha256_ctx hash;

	if (http_send(err, request, &reply))
		return err_prefix(err, "pstore");
	sha256_init(&hash);
	sha256_update(&hash, request->body_len, (const uint8_t *)request->body);
	digest_text(&hash, digest);
	if (strncmp(reply.text, digest, DIGEST_TEXT - 1) != 0)
		return err_set(err, "pstore: %s stored other bytes", request->server);
	return 0;
}

static int send_crash(struct err *err, const struct pstore *pstore, unsigned int crash,
    const char *url, const struct session_conf *conf, int64_t left)
{
	char path[256], time_header[64], died[PSTORE_ID_MAX], died_header[PSTORE_ID_MAX + 32];
	const char *headers[] = {
	    "Content-Type: text/plain", "Lastwords-Channel: pstore", time_header, NULL, NULL};
	struct http_request request = {
	    .server = url,
	    .path = path,
	    .token = conf->token,
	    .headers = headers,
	};
	char *text = pstore_text(pstore, crash, &request.body_len);
	int64_t time = 0, limit = SEND_LIMIT_MS + (int64_t)request.body_len / SEND_BYTES_PER_MS;
	int bad;

	if (!text)
		return err_set(err, "pstore: no memory for a record");
	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].crash == crash)
			time = pstore->part[i].time;
	request.body = text;
	request.limit_ms = (long)(left < limit ? left : limit);
	snprintf(path, sizeof(path), "/crash/%s", conf->session);
	snprintf(time_header, sizeof(time_header), "Lastwords-Crashtime: %lld", (long long)time);
	pstore_session(text, request.body_len, died);
	if (died[0]) {
		snprintf(died_header, sizeof(died_header), "Lastwords-Died: %s", died);
		headers[3] = died_header;
	}
	bad = send_post(err, &request);
	free(text);
	return bad;
}

int pstore_send(struct err *err, const struct pstore *pstore, const char *url,
    const struct session_conf *conf, int64_t end)
{
	int bad = 0;

	for (unsigned int crash = 0; crash < pstore->crashes; crash++) {
		int64_t left = end - sys_now();

		if (left <= 0)
			return bad ? -1 : err_set(err, "pstore: no time left to send it");
		if (send_crash(err, pstore, crash, url, conf, left))
			bad = -1;
		else
			backend_remove(pstore, crash);
	}
	return bad;
}
