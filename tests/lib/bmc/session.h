/* SPDX-License-Identifier: MIT */
/*
 * session: sessions of RMCP+: Open Session and RAKP 1 to 4 (IPMI 2.0, 13.17 to 13.24), the list of those
 * that are active, and their end. A client that does not finish its RAKP exchange has 10 s.
 */
#ifndef BMC_SESSION_H
#define BMC_SESSION_H

#include "bmc.h"

/* A payload of PAYLOAD_OPEN, PAYLOAD_RAKP1 or PAYLOAD_RAKP3. reply: empty, or what to answer. */
void session_open(struct bmc *bmc, const struct wire_packet *packet,
    const struct sockaddr_storage *peer, socklen_t peer_len, struct bytes *reply);
void session_rakp1(struct bmc *bmc, const struct wire_packet *packet, struct bytes *reply);
void session_rakp3(struct bmc *bmc, const struct wire_packet *packet, struct bytes *reply);

/* NULL: none, or not active */
struct session *session_find(struct bmc *bmc, uint32_t id);
struct session *session_by_handle(struct bmc *bmc, unsigned handle);
/* The index-th active one, from 1. */
struct session *session_by_index(struct bmc *bmc, unsigned index);
unsigned session_count(struct bmc *bmc);
int session_limit(const struct bmc *bmc);
/* The user's number on the wire. */
unsigned session_user_id(const struct session *session);

/* One that no client has, of the first user, from 192.0.2.7; NULL: no memory or no room. */
struct session *session_phantom(struct bmc *bmc);
/* 1: the number was not seen before. */
int session_take_seq(struct session *session, const struct wire_packet *packet);
/* Forgets it and its console, without a word to its client. */
void session_end(struct bmc *bmc, struct session *session, const char *why);
/* Ends those that time has run out for. */
void session_tick(struct bmc *bmc, int64_t now);

#endif
