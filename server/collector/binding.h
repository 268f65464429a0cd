/* SPDX-License-Identifier: MIT */
/*
 * binding: how a stream is bound to a session: by the session id in a line, and by
 * streams/ADDRESS-PORT.bound (kv.h: session), which keeps it over a restart of the collector.
 */
#ifndef COLLECTOR_BINDING_H
#define COLLECTOR_BINDING_H

#include <netinet/in.h>
#include <stddef.h>

#include "session/keys.h"

/* Looks for "lastwords.session=ID" in a line. 1 if there is an id that this server, or another of the fleet, made. */
int binding_find_id(
    const char *text, size_t len, struct session_keys *keys, struct session *session);

/* "10.0.2.15" for ::ffff:10.0.2.15, else as inet_ntop has it. */
void binding_address(const struct in6_addr *address, char text[INET6_ADDRSTRLEN]);

/* Errors are ignored: the id will be seen or guessed again. */
void binding_remember(const char *state, const char *name, const char *session);
void binding_forget(const char *state, const char *name);
/* 1 and the id if there is one that this server made. */
int binding_recall(
    const char *state, const char *name, struct session_keys *keys, char id[SESSION_ID_MAX + 1]);

/* How many streams/NAME.log there are, without older parts of them; whether there is one of this name. */
size_t binding_count_unassigned(const char *state);
int binding_has_unassigned(const char *state, const char *name);

#endif
