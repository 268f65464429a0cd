/* SPDX-License-Identifier: MIT */
/*
 * site: the configuration and key in force, across the requests of a FastCGI worker.
 *
 * A changed file is noticed at the next request, looked at once a second at most. If it is wrong
 * the old one stays in force, and site.error says why the new one is not.
 */
#ifndef LASTWORDS_CGI_HTTP_SITE_H
#define LASTWORDS_CGI_HTTP_SITE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "boot/table.h"
#include "config/config.h"
#include "image_cache.h"
#include "request.h"
#include "session/keys.h"
#include "store/journal.h"

struct site {
	const char *path; /* of the config file */
	int loaded; /* config is valid */
	int dry; /* nothing is recorded, no key is used: what would be answered, for people */
	struct config config;
	char url[REQUEST_BASE_MAX]; /* config.url with a numeric host; "" if none could be had */
	struct err error; /* why the file as it is now is not in force; "" it is */
	int has_key;
	struct session_keys keys;
	/* Open from one request to the next, all of config.state and config.images. */
	struct journal_writer journal;
	struct table attempts, quota;
	struct image_cache images;
	int arp; /* a socket to ask for neighbours with, -1 none */
	/* of the file that was read last */
	int64_t checked_ms;
	struct stat stat;
	int tried;
};

void site_init(struct site *site, const char *path);
void site_free(struct site *site);
/* Looks whether the file has changed; never fails, see loaded and error. */
void site_refresh(struct site *site, int64_t now_ms);
/* Makes sure of site.key, making STATE and the key where they are missing. Needs loaded. 0/-1. */
int site_key(struct err *err, struct site *site);

/* Opens one of the site's tables if it is not open; without STATE it stays empty. Needs loaded. 0/-1. */
int site_table(struct err *err, struct site *site, struct table *table);

#endif
