/* SPDX-License-Identifier: MIT */
/* none: https.h for programs without TLS. */
#include <curl/curl.h>
#include <string.h>

#include "https.h"

int https_built(void)
{
	return 0;
}

int https_open(struct err *err)
{
	(void)err;
	return 0;
}

void https_session(const char *name, const char *id)
{
	(void)name;
	(void)id;
}

int https_use(struct err *err, void *curl, const char *url)
{
	if (strncmp(url, "https:", 6) == 0)
		return err_set(err, "no TLS in this image; make it with lastwords image --tls");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	return 0;
}

int https_perform(void *curl)
{
	return (int)curl_easy_perform(curl);
}

size_t https_seed(uint8_t seed[HTTPS_SEED_SIZE])
{
	(void)seed;
	return 0;
}

int https_main(const char *name, int argc, char **argv)
{
	(void)name;
	(void)argc;
	(void)argv;
	return -1;
}
