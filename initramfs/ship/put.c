/* SPDX-License-Identifier: MIT */
/* put: one try to store a packed log by HTTP; see put.h. All waiting is bounded by the caller. */
#include "put.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/levels.h"
#include "https/https.h"

enum {
	PUT_STALL_SECONDS = 15,
	PUT_HANDSHAKE_MS = 4000, /* of TLS, which is a part of connecting */
};

struct put {
	CURL *curl;
	const struct put_request *request;
	size_t pos; /* of the pack: what was sent */
	char answer[256]; /* the beginning of the body */
	size_t answer_len;
};

int put_word_ok(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++) {
		char c = text[n];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return 0;
	}
	return n > 0 && n <= 200;
}

struct put *put_open(struct err *err, const struct put_request *request)
{
	struct put *put = calloc(1, sizeof(*put));

	if (!put) {
		err_set(err, "no memory for an HTTP client");
		return NULL;
	}
	put->request = request;
	if (curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK)
		put->curl = curl_easy_init();
	if (!put->curl) {
		err_set(err, "no memory for an HTTP client");
		free(put);
		return NULL;
	}
	return put;
}

void put_close(struct put *put)
{
	if (!put)
		return;
	curl_easy_cleanup(put->curl);
	curl_global_cleanup();
	free(put);
}

static size_t put_send(char *buf, size_t size, size_t count, void *arg)
{
	struct put *put = arg;

	return pack_read(put->request->pack, &put->pos, buf, size * count);
}

/* libcurl calls this to send the body again (when a connection that it kept was closed). */
static int put_seek(void *arg, curl_off_t offset, int origin)
{
	struct put *put = arg;

	if (origin != SEEK_SET || offset != 0)
		return CURL_SEEKFUNC_CANTSEEK;
	put->pos = 0;
	return CURL_SEEKFUNC_OK;
}

static size_t put_receive(char *text, size_t size, size_t count, void *arg)
{
	struct put *put = arg;
	size_t len = size * count, room = sizeof(put->answer) - 1 - put->answer_len;
	size_t n = len < room ? len : room;

	memcpy(put->answer + put->answer_len, text, n);
	put->answer_len += n;
	put->answer[put->answer_len] = '\0';
	return len; /* a longer answer is received and dropped, within the time limits */
}

/* 0/-1; the list is freed by the caller in either case. */
static int put_header(struct curl_slist **headers, const char *name, const char *value)
{
	char line[LEVELS_TEXT + 32];
	struct curl_slist *more;
	int n = snprintf(line, sizeof(line), "%s: %s", name, value);

	if (n < 0 || (size_t)n >= sizeof(line))
		return -1;
	more = curl_slist_append(*headers, line);
	if (!more)
		return -1;
	*headers = more;
	return 0;
}

/* The beginning of the file's first line, and the memory that is free and in all, kB. "" without a file. */
static void put_facts(const char *path, char out[PUT_FACTS_MAX])
{
	unsigned long total = 0, available = 0;
	char line[80];
	size_t len = 0;
	FILE *file = fopen(path, "re");
	int c;

	while (file && (c = getc(file)) >= ' ' && len < PUT_FACTS_MAX - 48)
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || strchr(" =._:-", c))
			out[len++] = (char)c;
	out[len] = '\0';
	if (file)
		fclose(file);
	file = len > 0 ? fopen("/proc/meminfo", "re") : NULL;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemTotal: %lu", &total) != 1)
			sscanf(line, "MemAvailable: %lu", &available);
	if (!file)
		return;
	fclose(file);
	snprintf(out + len, PUT_FACTS_MAX - len, " free=%lu total=%lu", available, total);
}

static int put_headers(
    const struct put_request *request, unsigned try_number, struct curl_slist **headers)
{
	char bearer[220], exit_code[16], holes[24], number[16], facts[PUT_FACTS_MAX] = "";

	snprintf(bearer, sizeof(bearer), "Bearer %s", request->token);
	snprintf(exit_code, sizeof(exit_code), "%d", request->exit_code);
	snprintf(holes, sizeof(holes), "%llu", (unsigned long long)request->holes);
	snprintf(number, sizeof(number), "%u", try_number);
	*headers = NULL;
	if (put_header(headers, "Authorization", bearer) ||
	    put_header(headers, "Content-Type", "text/plain") ||
	    put_header(headers, "Content-Encoding", "gzip") ||
	    put_header(headers, "Lastwords-Exit", exit_code) ||
	    put_header(headers, "Lastwords-Holes", holes) ||
	    put_header(headers, "Lastwords-Try", number) ||
	    put_header(headers, "Expect", "")) /* do not wait for 100 Continue */
		return -1;
	if (request->facts)
		put_facts(request->facts, facts);
	if (facts[0] && put_header(headers, "Lastwords-Capture", facts))
		return -1;
	if (request->channel && put_header(headers, "Lastwords-Channel", request->channel))
		return -1;
	if (request->more && put_header(headers, "Lastwords-More", request->more))
		return -1;
	/* (the log is worth more than its colours) */
	if (request->levels && request->levels[0])
		put_header(headers, "Lastwords-Levels", request->levels);
	if (request->release[0] && put_header(headers, "Lastwords-Release", request->release))
		return -1;
	if (request->build_id[0] && put_header(headers, "Lastwords-Build-Id", request->build_id))
		return -1;
	return 0;
}

/* The result of an answer, whose text is used up to its first byte that is not printing ASCII. */
static void put_judge(struct put *put, struct put_result *result)
{
	const char *want = put->request->pack->sha256;

	for (size_t i = 0; i < put->answer_len; i++) {
		if (put->answer[i] < 0x20 || put->answer[i] > 0x7e)
			put->answer[i] = '\0';
	}
	if (result->status == 200 || result->status == 201) {
		if (put->answer_len >= 64 && strncmp(put->answer, want, 64) == 0) {
			result->stored = 1;
			return;
		}
		result->outcome = RETRY_MISMATCH;
		snprintf(result->why, sizeof(result->why),
		    "the server stored something else: \"%.64s\" is not %s", put->answer, want);
		return;
	}
	result->outcome = result->status >= 500 || result->status == 408 || result->status == 429
			      ? RETRY_FAILED
			      : RETRY_REFUSED;
	snprintf(result->why, sizeof(result->why), "HTTP %ld: %.120s", result->status, put->answer);
}

static void put_failed(struct put *put, CURLcode rc, const char *detail, struct put_result *result)
{
	curl_off_t connected = 0;
	long code = 0;

	curl_easy_getinfo(put->curl, CURLINFO_OS_ERRNO, &code);
	result->outcome = RETRY_FAILED;
	if (rc == CURLE_COULDNT_CONNECT && (code == ENETUNREACH || code == ENETDOWN ||
					       code == EADDRNOTAVAIL || code == EHOSTUNREACH))
		result->outcome = RETRY_NO_NETWORK;
	curl_easy_getinfo(put->curl, CURLINFO_CONNECT_TIME_T, &connected);
	if (rc == CURLE_OPERATION_TIMEDOUT && connected == 0)
		result->outcome = RETRY_SILENT;
	/* (a certificate that is refused now will be in a second) */
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ||
	    rc == CURLE_PEER_FAILED_VERIFICATION)
		result->outcome = RETRY_REFUSED;
	if (rc == CURLE_COULDNT_CONNECT && code > 0)
		detail = strerror((int)code); /* shorter than libcurl's, with the reason */
	snprintf(result->why, sizeof(result->why), "%.180s",
	    detail[0] ? detail : curl_easy_strerror(rc));
}

void put_try(struct put *put, const char *url, unsigned try_number, unsigned connect_ms,
    unsigned timeout_ms, struct put_result *result)
{
	char target[700], detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURL *curl = put->curl;
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	struct err err;
	int n;

	memset(result, 0, sizeof(*result));
	result->outcome = RETRY_FAILED;
	n = snprintf(target, sizeof(target), "%s/crash/%s", url, put->request->session);
	if (n < 0 || (size_t)n >= sizeof(target)) {
		result->outcome = RETRY_REFUSED;
		snprintf(result->why, sizeof(result->why), "the URL is too long");
		return;
	}
	if (https_use(&err, curl, target)) {
		result->outcome = RETRY_REFUSED;
		snprintf(result->why, sizeof(result->why), "%.180s", err.msg);
		return;
	}
	if (strncmp(url, "https:", 6) == 0 && connect_ms + PUT_HANDSHAKE_MS <= timeout_ms)
		connect_ms += PUT_HANDSHAKE_MS;
	put->answer_len = 0;
	put->answer[0] = '\0';
	put->pos = 0;
	if (put_headers(put->request, try_number, &headers) == 0) {
		curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(
		    curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)put->request->pack->len);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, put_send);
		curl_easy_setopt(curl, CURLOPT_READDATA, put);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, put_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, put);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, put_receive);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, put);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
		curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
		curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 4096L);
		curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
		/* a stalled server must not use up the time of another try */
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)PUT_STALL_SECONDS);
		rc = (CURLcode)https_perform(curl);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	}
	curl_slist_free_all(headers);
	if (rc == CURLE_OK || (rc != CURLE_OPERATION_TIMEDOUT && put->answer_len > 0))
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result->status);
	if (result->status)
		put_judge(put, result);
	else
		put_failed(put, rc, detail, result);
}
