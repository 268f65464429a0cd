/* SPDX-License-Identifier: MIT */
/*
 * web_conf: the lighttpd of the pages (web in lastwords.conf(5)): its configuration, made from
 * etc/lighttpd-web.conf.in, and the file of those who may log in.
 *
 * It speaks HTTPS where the configuration has tls and the address is not a loopback one, which only this host
 * and its proxies reach.
 */
#ifndef LASTWORDS_CLI_SERVE_WEB_CONF_H
#define LASTWORDS_CLI_SERVE_WEB_CONF_H

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"

#define WEB_USERS "users" /* in STATE */

/* 1 if the pages are served by HTTPS. */
int web_conf_is_tls(const struct config *config);

struct web_conf {
	const struct config *config;
	const char *conf_file; /* lastwords.conf, absolute */
	const char *run, *logs; /* directories, absolute */
};

/* Writes RUN/lighttpd-web.conf; its path to path. 0/-1. */
int web_conf_write(struct err *err, const struct web_conf *conf, char path[FILE_PATH_MAX]);

#endif
