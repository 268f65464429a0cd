/* SPDX-License-Identifier: MIT */
/*
 * keys: every key of lastwords.conf, one table a section. The tables drive what may be given, the
 * defaults, inheritance and the suggested fix of each error; a unit test compares them with
 * lastwords.conf(5). A value is checked by itself here: how it fits the others is config.c's matter,
 * whether what it names exists is check.c's.
 */
#ifndef LASTWORDS_CONFIG_KEYS_H
#define LASTWORDS_CONFIG_KEYS_H

#include "config.h"

enum config_kind {
	/* const char *; an empty text is allowed where it is the default */
	KIND_TEXT,
	KIND_PATH, /* a relative one is taken from the file's directory */
	KIND_NAME, /* of a profile or an image: profile_name_ok */
	KIND_HOST_PORT,
	KIND_TARGET, /* ADDRESS:PORT, numeric; IPv6 in brackets, not link-local */
	KIND_URL, /* http or https; no link-local address; kept without trailing slashes */
	KIND_SERVER, /* the same with a numeric host: a crashed machine resolves no names */
	KIND_FORWARD, /* udp or tcp, without a path */
	KIND_ARGS, /* command_line_args_ok */
	KIND_CONSOLE,
	KIND_CRASHKERNEL,
	KIND_BUFFER, /* 64K to 1G: the kernel accepts any size and reports nothing */
	KIND_DEVICE,
	KIND_MAC, /* or "broadcast" */
	KIND_MAC_GLOB, /* kept with colons for dashes */
	KIND_CLIENT, /* a glob or a subnet */
	KIND_HOST, /* HOST or HOST:PORT, of a BMC */
	KIND_WEB, /* http or https, any host; kept without trailing slashes */
	KIND_MACHINE, /* the MAC address of a machine */
	KIND_DNS_NAME, /* of letters, digits, '.' and '-' */
	KIND_CONNINFO, /* libpq's words key=value, without a password */
	KIND_SUBNETS, /* config_subnets; may be given as [ … ], which is kept as it stands */
	/* int */
	KIND_NUMBER, /* min to max */
	KIND_WORD, /* which of the words in help */
	/* uint64_t, bytes */
	KIND_SIZE, /* not 0 */
	KIND_LIMIT,
	KIND_FLOOR, /* or "auto", DISK_FLOOR_AUTO */
};

struct config_key {
	const char *name;
	enum config_kind kind;
	const char *fallback; /* the default as text; NULL: none, and the value is NULL */
	size_t place; /* of the value, in the section's struct */
	const char *help; /* completes "it must be …"; KIND_WORD: "WORD|WORD" in the enum's order */
	int min, max;
};

/* Each ends with a key whose name is NULL. */
extern const struct config_key config_server_keys[]; /* of struct config */
extern const struct config_key config_profile_keys[];
extern const struct config_key config_rule_keys[]; /* begins with those of enum config_match */
extern const struct config_key config_target_keys[];
extern const struct config_key config_tls_keys[];

/* Begins a section of these keys at line, with every default; all else in its struct is zero. */
void config_section_init(struct config_section *section, const struct config_key *keys, int line);
/* NULL if the section has no such key. */
const struct config_key *config_section_find(
    const struct config_section *section, const char *name);
/*
 * Gives key the value that stands at line of the file path. value is kept, and has room for the
 * directory of path in front. 0, or -1 with "KEY: problem; suggested fix".
 */
int config_section_set(struct err *err, struct config_section *section,
    const struct config_key *key, const char *path, char *value, int line);
/* Copies, with their lines, the values that parent (of the same keys) was given and section was not. */
void config_section_inherit(struct config_section *section, const struct config_section *parent);

/* What every target needs, and its driver; no two have one MAC. 0/-1. */
int config_targets_agree(struct err *err, const struct config *config);

/* Sets "FILE:LINE: " and the message (printf form). Returns -1. */
int config_fail(struct err *err, const struct config *config, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/*
 * Reads a whole file into config, of which file is set, words has room for every text in it, and all
 * else is zero. 0/-1.
 */
int config_parse_text(struct err *err, const char *text, struct config *config);

#endif
