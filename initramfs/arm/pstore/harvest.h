/* SPDX-License-Identifier: MIT */
/*
 * harvest: when the records of pstore are read and sent, and sent again. It sends nothing itself:
 * the keeper's calls do.
 *
 * They are read at once where the kernel has a backend, or the overlay has one for it; else as soon
 * as the OS has loaded one. The keeper's first call brings them; what the server did not store
 * then, and what was read later, is sent by calls for pstore alone.
 */
#ifndef LASTWORDS_ARM_PSTORE_HARVEST_H
#define LASTWORDS_ARM_PSTORE_HARVEST_H

#include <stdint.h>

#include "arm/modules.h"
#include "arm/sys.h"
#include "pstore.h"

enum {
	HARVEST_LOOK_MS = 5000, /* between two looks for a backend, */
	HARVEST_LOOK_END_MS = 300000, /* until the machine has been up for this long */
	HARVEST_SEND_MS = 30000, /* between two calls for pstore alone, */
	HARVEST_TRIES = 20, /* this many at most */
};

struct harvest {
	struct pstore pstore; /* what was read and is not stored yet */
	int64_t look_at; /* sys_now() of the next look for a backend; -1: none */
	int64_t send_at; /* of the next call for pstore alone; -1: none */
	int tries;
};

void harvest_init(struct harvest *harvest);
/* Loads a backend of modules if the kernel has none, and reads the records. */
void harvest_begin(struct harvest *harvest, const struct modules *modules, const struct sys *sys,
    const char *cmdline);
/* Forgets all: the profile has pstore = off. */
void harvest_drop(struct harvest *harvest);

/*
 * Looks for a backend that the OS has loaded, when it is time. Not while a call is under way.
 * acknowledged: the keeper's first call is over, and will not bring what is found.
 */
void harvest_look(struct harvest *harvest, const struct sys *sys, int acknowledged, int64_t now);
/* 1, once: it is time to make a call for pstore alone. */
int harvest_is_due(struct harvest *harvest, int64_t now);
/* A call was acknowledged: all records that there were are stored. */
void harvest_sent(struct harvest *harvest, const struct sys *sys);
/* A call did not bring all, and no other one will by itself: one for pstore alone is due later. */
void harvest_failed(struct harvest *harvest, const struct sys *sys, const char *why, int64_t now);
/* When harvest_look or harvest_is_due is to be called next, without a call under way; -1: never. */
int64_t harvest_wake(const struct harvest *harvest);

#endif
