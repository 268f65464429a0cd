/* SPDX-License-Identifier: MIT */
/*
 * decide: which profile a machine gets (override, rules, the guard against boot loops), and its
 * session; whatever the answer then looks like: a script, session.conf, pxelinux's menu. It says
 * nothing to the machine itself.
 */
#ifndef LASTWORDS_CGI_BOOT_DECIDE_H
#define LASTWORDS_CGI_BOOT_DECIDE_H

#include <stdint.h>

#include "boot/attempts.h"
#include "boot/override.h"
#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"
#include "choice.h"
#include "config/config.h"
#include "identity.h"
#include "session/session.h"

/* One request's way to its answer. */
struct decision {
	struct site *site;
	const struct request *request;
	struct reply *reply;
	int64_t now_ms;
	struct identity identity;
	struct override override; /* zeroed if nothing is set */
	struct attempts attempts; /* since the machine last ran */
	struct choice choice; /* of a menu; zeroed where it does not count */
	const struct config_profile *profile;
	/* Where the override changes the profile: profile points here. */
	struct config_profile changed;
	char rule[48]; /* what chose it: override, line N, unknown, fallback, menu, asked */
	const char *loader; /* what booted the machine, if not our script; NULL */
	struct session session;
	char token[SESSION_TOKEN_MAX + 1];
	int has_session;
	int silent; /* the request is not recorded: too many of strangers, or a full disk */
};

/* All zero but for who asks. */
void decide_begin(struct decision *d, struct site *site, const struct request *request,
    int64_t now_ms, struct reply *reply);
/*
 * Sets override, profile and rule; profile stays NULL if nobody is responsible for the machine.
 * Needs a loaded site and identity.has_mac. unproven: the loader has no token, so that attempts
 * without one (decide_count) count as a boot loop too, except where a person has set something.
 * Never fails: what cannot be read is a warning.
 */
void decide(struct decision *d, int unproven);
/* The same without the guard, of a boot that was decided and counted before. */
void decide_again(struct decision *d);
/*
 * 1 if a person has set a profile for the machine, or it gets the fallback to come out of a boot loop:
 * then no menu asks, and nobody else's wish counts.
 */
int decide_fixed(const struct decision *d);
/*
 * 1 if nothing may be recorded or used up, and no key is used: for `lastwords explain`, a request with dry=1, and the
 * MAC of no machine (session/session.h). Such a request gets nothing that one without dry would not get.
 */
int decide_is_dry(const struct decision *d);
/* Mints the session, if there is a key (has_session); in a dry run one that is worth nothing. */
void decide_mint(struct decision *d);
/*
 * An unproven attempt (boot/attempts.h); not counted if the server's neighbour table has another MAC
 * for the client.
 */
void decide_count(struct decision *d);
/* An event of the session, for people, where its address and MAC cannot belong together (address.h). */
void decide_address(struct decision *d);
/* A line of the journal about this request, if it may be written (boot/quota.h); why may be NULL. */
void decide_journal(struct decision *d, const char *event, const char *why);

#endif
