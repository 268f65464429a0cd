/* SPDX-License-Identifier: MIT */
/*
 * archive: the session archive, a gzipped newc cpio of the three entries
 *
 *   lastwords                 directory, 0755
 *   lastwords/session.conf    0600, what session/conf.h says
 *   lastwords/arm             symlink to /init, which the overlay replaces as its last entry
 *
 * It is gzipped (RFC 1952, stored without a time: the same input gives the same bytes) because EFI
 * joins initrds without padding, and a raw cpio behind an initrd of odd length does not unpack.
 * Source: the kernel's driver-api/early-userspace/buffer-format. Pure.
 */
#ifndef LASTWORDS_CGI_BOOT_ARCHIVE_H
#define LASTWORDS_CGI_BOOT_ARCHIVE_H

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"
#include "identity.h"
#include "session/session.h"

enum { ARCHIVE_MAX = 16384 }; /* bytes, more than any session.conf needs */

struct archive {
	const struct session *session;
	const char *token;
	const char *url; /* numeric host, no trailing slash */
	const char *tls_name; /* in the certificate, "" none */
	const char *url2, *url3; /* further ones; "": none */
	const char *netconsole; /* ADDRESS:PORT, "" off */
	const struct config_profile *profile;
	const struct identity *identity; /* for its address of url's family, prefix and gateway */
	uint64_t need_stock, need_small; /* bytes, 0 unknown */
	int drill, script; /* seconds, 0 none */
};

/* The text of session.conf. 0, or -1 if size is too small. */
int archive_conf(struct err *err, const struct archive *in, char *text, size_t size);
/* The archive with that file in it: *len bytes into out. 0/-1. */
int archive_build(struct err *err, const char *conf, unsigned char out[ARCHIVE_MAX], size_t *len);

#endif
