/* SPDX-License-Identifier: MIT */
/*
 * tls: the server's certificate and its key (tls in lastwords.conf(5)): can they be used, and how lighttpd
 * gets them. The private key is read, compared and forgotten; nothing prints it.
 *
 * A lighttpd that speaks HTTPS includes a file that is made from etc/lighttpd-tls.conf.in: of mod_openssl,
 * for one of its addresses. So each lighttpd of this server gets it in the same way, by tls_write.
 */
#ifndef LASTWORDS_CLI_SERVE_TLS_H
#define LASTWORDS_CLI_SERVE_TLS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"

/*
 * 0 if this user can read certificate and key, and they belong together, and lighttpd's module is there;
 * *until: when the certificate expires, milliseconds since 1970. -1: why not; suggested fix.
 */
int tls_usable(struct err *err, const struct config *config, int64_t *until);
/*
 * Prints what is wrong, or soon will be, as config_check does, and returns how many faults: not usable, for
 * the server's user too; a key that others can read; expired, or within 30 days (a warning); not for the
 * name that machines verify; only, and a profile whose image has no TLS. 0 without tls.
 */
int tls_check(const struct config *config, FILE *out);

/*
 * Writes the file NAME into the directory run, for a lighttpd that listens at listen ("HOST:PORT", "[V6]:PORT"),
 * and its path to path. With listen NULL it is an empty one: no HTTPS. 0/-1.
 */
int tls_write(struct err *err, const struct config *config, const char *run, const char *name,
    const char *listen, char path[FILE_PATH_MAX]);

/* What certificate and key were, to notice a renewal. */
struct tls_seen {
	int64_t mark[2][4]; /* of both files: device, inode, size, mtime in ns; -1: not there */
};
/* 1 if they are other files than seen, which is updated. */
int tls_changed(const struct config *config, struct tls_seen *seen);

#endif
