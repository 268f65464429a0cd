/* SPDX-License-Identifier: MIT */
/*
 * base: under which URL a machine reaches this server.
 *
 * Booting and the session are two things: iPXE boots, and knows HTTPS and our CA or does not; arm, keeper and capture
 * have TLS if the image was made with it (image.h, tls).
 *
 *   asked by     image           the script's URLs    url in session.conf
 *   HTTP         without TLS     HTTP                 HTTP
 *   HTTP         with TLS        HTTP                 HTTPS, if the server has it
 *   HTTPS        without TLS     HTTPS                HTTP; with only in tls: the machine boots unarmed, with
 *                                                     this reason in the script and in the journal
 *   HTTPS        with TLS        HTTPS                HTTPS
 *
 * So a machine boots in the way in which it asked, and HTTPS that does not work keeps no machine from booting over
 * HTTP. A server with only does not answer HTTP at all.
 *
 * The host is that of url in the configuration, else the one that was asked. url itself is used as it is where its
 * scheme is the one that is wanted, or the server has no tls (a proxy speaks HTTPS in its place).
 */
#ifndef LASTWORDS_CGI_HTTP_BASE_H
#define LASTWORDS_CGI_HTTP_BASE_H

#include "request.h"
#include "site.h"

/* Of the script. tail: request_base's. 0, or -1: nothing is known of the host (a shell). */
int base_of_script(const struct site *site, const struct request *request, const char *tail,
    char base[REQUEST_BASE_MAX]);
/* Of session.conf, with a numeric host; tls: the image has TLS. 0, or -1 with the reason. */
int base_of_session(struct err *err, const struct site *site, const struct request *request,
    const char *tail, int tls, char base[REQUEST_BASE_MAX]);
/*
 * By what name a machine verifies the server at base: "" if that is HTTP, or the certificate is for its address (or
 * cannot be read: then the machine decides by the address).
 */
void base_tls_name(const struct site *site, const char *base, char name[ADDRESS_HOST_MAX + 1]);

#endif
