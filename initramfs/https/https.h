/* SPDX-License-Identifier: MIT */
/*
 * https: HTTPS for the programs of a booted or crashed machine, by libcurl. A program is linked with one of
 * two: none.c, which refuses https, or the folder tls/, with BearSSL (lastwords-arm-tls, lastwords-dmesg-tls:
 * `lastwords image --tls`). Who does not use HTTPS so pays nothing for it.
 *
 * A machine trusts the CA of its image and nobody else. It knows a server's address, not its name: the
 * certificate is verified for that address (an iPAddress in its subjectAltName), or for the name that
 * session.conf gives (tls-name), which is then sent too (SNI, Host).
 *
 * Its clock is not trusted: after a crash, or with an empty battery, it may show any time. What is sure is that the
 * session has begun: a certificate that had expired by then is refused, one that is "not yet" valid, which may only
 * be younger than the session, is not. The CA's own dates are not looked at.
 *
 * One set of these for a process, one request at a time.
 */
#ifndef HTTPS_HTTPS_H
#define HTTPS_HTTPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Where overlay and capture initramfs have them. */
#define HTTPS_CA "/lastwords/ca.pem"
#define HTTPS_SEED "/lastwords/seed"

/* Random bytes that arm gives to a capture kernel, which has no entropy of its own: of one use. */
enum { HTTPS_SEED_SIZE = 64 };

/* 1: this program speaks HTTPS. */
int https_built(void);
/*
 * Reads the CA's certificates (PEM): HTTPS_CA, or $LASTWORDS_CA if that file is missing. Credits what is in HTTPS_SEED to
 * the kernel's generator, and removes it. Without TLS it does nothing. 0/-1.
 */
int https_open(struct err *err);
/* The session: tls-name of session.conf, "" none; and its id, by which time is known, "" none. Both are kept. */
void https_session(const char *name, const char *id);
/*
 * Makes the next request of curl, a CURL *, one of url, http or https; also how its certificate is verified. 0, or -1:
 * the request must not be made.
 */
int https_use(struct err *err, void *curl, const char *url);
/* curl_easy_perform of that request; returns its CURLcode. */
int https_perform(void *curl);
/* New random bytes for HTTPS_SEED. How many were made: 0 without TLS. Never waits. */
size_t https_seed(uint8_t seed[HTTPS_SEED_SIZE]);
/* Runs the program if name is one of TLS's own (lastwords-call); else -1. */
int https_main(const char *name, int argc, char **argv);

#endif
