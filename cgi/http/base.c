/* SPDX-License-Identifier: MIT */
/* base: under which URL a machine reaches this server; see base.h. */
#include "base.h"

#include <stdio.h>
#include <string.h>

#include "base/cert.h"

static int is_https(const char *url)
{
	return strncmp(url, "https:", 6) == 0;
}

/* "SCHEME://" and the host of url, with the port of listen. 0/-1. */
static int base_at(struct err *err, const char *url, const char *scheme, const char *listen,
    char base[REQUEST_BASE_MAX])
{
	char host[ADDRESS_HOST_MAX + 1], ignored[ADDRESS_HOST_MAX + 1];
	const char *open, *close;
	uint16_t port = 0;

	if (address_split_url(err, url, is_https(url) ? "https" : "http", host, &port, NULL) ||
	    address_split(err, listen, ignored, &port))
		return -1;
	open = strchr(host, ':') ? "[" : "";
	close = open[0] ? "]" : "";
	if (port == (strcmp(scheme, "https") == 0 ? 443 : 80))
		snprintf(base, REQUEST_BASE_MAX, "%s://%s%s%s", scheme, open, host, close);
	else
		snprintf(base, REQUEST_BASE_MAX, "%s://%s%s%s:%u", scheme, open, host, close, port);
	return 0;
}

int base_of_script(const struct site *site, const struct request *request, const char *tail,
    char base[REQUEST_BASE_MAX])
{
	const char *url = site->loaded ? site->config.url : "";
	int asked_https = strcmp(request->scheme, "https") == 0;

	/* (no token of an HTTPS script may be sent over HTTP) */
	if (url[0] &&
	    !(site->loaded && config_has_tls(&site->config) && asked_https && !is_https(url))) {
		snprintf(base, REQUEST_BASE_MAX, "%s", url);
		return 0;
	}
	return request_base(request, tail, 0, base);
}

int base_of_session(struct err *err, const struct site *site, const struct request *request,
    const char *tail, int tls, char base[REQUEST_BASE_MAX])
{
	const struct config *config = &site->config;
	char known[REQUEST_BASE_MAX];

	if (site->url[0])
		snprintf(known, sizeof(known), "%s", site->url);
	else if (request_base(request, tail, 1, known))
		return err_set(err, "the server's own address is not known; set url");
	if (config->tls.only && !tls)
		return err_set(err,
		    "the image has no TLS, and the server answers HTTPS only; make it with lastwords image --tls");
	if (!config_has_tls(config) || is_https(known) == (tls != 0)) {
		snprintf(base, REQUEST_BASE_MAX, "%s", known);
		return 0;
	}
	return tls ? base_at(err, known, "https", config->tls.listen, base)
		   : base_at(err, known, "http", config->listen, base);
}

void base_tls_name(const struct site *site, const char *base, char name[ADDRESS_HOST_MAX + 1])
{
	const struct config_tls *tls = &site->config.tls;
	char host[ADDRESS_HOST_MAX + 1];
	uint8_t der[CERT_DER_MAX];
	struct cert cert;
	uint16_t port;
	struct err err;

	_Static_assert((int)CERT_NAME_MAX == (int)ADDRESS_HOST_MAX, "one buffer for both");
	name[0] = '\0';
	if (!is_https(base) || !config_has_tls(&site->config))
		return;
	if (tls->name[0])
		snprintf(name, ADDRESS_HOST_MAX + 1, "%s", tls->name);
	else if (address_split_url(&err, base, "https", host, &port, NULL) == 0 &&
		 cert_read_file(&err, tls->cert, der, &cert) == 0)
		(void)cert_name_for(&err, &cert, host, name);
}
