/* SPDX-License-Identifier: MIT */
/*
 * redfish_text: what a Redfish service's replies say, and what it is sent. Pure. Source: DMTF DSP0266
 * (protocol), ComputerSystem v1 (schema). All of it is from the network: texts are cut and made printable
 * ASCII, paths are checked.
 */
#ifndef TARGET_REDFISH_TEXT_H
#define TARGET_REDFISH_TEXT_H

#include <jansson.h>

#include "target.h"

enum { REDFISH_PATH_MAX = 256, REDFISH_WORD_MAX = 32, REDFISH_LIST_MAX = 200 };

/* The reset types that are of use, as bits. */
enum redfish_reset {
	REDFISH_ON = 1,
	REDFISH_FORCE_ON = 2,
	REDFISH_FORCE_OFF = 4,
	REDFISH_FORCE_RESTART = 8,
	REDFISH_POWER_CYCLE = 16,
	REDFISH_NMI = 32,
};

/* A ComputerSystem. */
struct redfish_system {
	enum target_power power; /* unknown also while it changes */
	char reset[REDFISH_PATH_MAX]; /* where a reset is posted; "": it has none */
	char info[REDFISH_PATH_MAX]; /* the ActionInfo that lists the types; "" */
	unsigned types; /* of enum redfish_reset; 0: not listed here */
	char offers[REDFISH_LIST_MAX]; /* the types that are listed, for people */
	int pxe; /* 0: a list of boot devices without Pxe; else 1 */
	int uefi, legacy; /* 1: BootSourceOverrideMode can be set to it */
	char boot_target[REDFISH_WORD_MAX], boot_enabled[REDFISH_WORD_MAX];
	/* BootProgress.LastState (ComputerSystem 1.13): how far its boot came; "" not said */
	char progress[TARGET_PROGRESS_MAX];
};

/* Parses a reply; the caller releases it. NULL: not an object. */
json_t *redfish_parse(struct err *err, const char *text, size_t len);

/* Takes text if it is a path on the same server: "/…", not "//…", of characters that mean nothing else in a
 * URL. 0/-1. */
int redfish_path(const char *text, char path[REDFISH_PATH_MAX]);
/* "@odata.id" of the object's member name ("": of the object itself). 0, or -1: none, or not a path. */
int redfish_link(const json_t *object, const char *name, char path[REDFISH_PATH_MAX]);
/* The only member of a collection. 0/-1, also if there are several; then err lists them. */
int redfish_member(struct err *err, const json_t *collection, char path[REDFISH_PATH_MAX]);
/* 0, or -1: not a ComputerSystem. */
int redfish_system_read(struct err *err, const json_t *object, struct redfish_system *system);
/* Takes the reset types of an ActionInfo. */
void redfish_info_read(const json_t *object, struct redfish_system *system);

/* The ResetType for an action (on, off, reset, nmi), NULL if it has none. Where no types are listed, the
 * common one. */
const char *redfish_reset_type(const struct redfish_system *system, enum target_action action);
/* {"ResetType":"…"}; the caller frees. NULL: out of memory. */
char *redfish_reset_body(const char *type);
/* Boots from the network once; mode "UEFI", "Legacy", or NULL: not said. As above. */
char *redfish_boot_body(const char *mode);

/* Why a request was refused, from an error reply; "" if it does not say. */
void redfish_reason(const json_t *reply, char *out, size_t size);

#endif
