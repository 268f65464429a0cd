/* SPDX-License-Identifier: MIT */
/*
 * target: where to send to, by session.conf (session/conf.h) and the options that override it.
 */
#ifndef SHIP_TARGET_H
#define SHIP_TARGET_H

#include "base/option.h"
#include "session/conf.h"

enum {
	TARGET_URLS = 3,
	TARGET_SECONDS = 120, /* without a deadline */
};

/* The options, as parsed; NULL: not given. */
struct target_options {
	const char *session_file, *session, *token;
	const char *url[TARGET_URLS];
	size_t urls;
	int seconds; /* 0: not given */
};

int target_option_url(struct err *err, void *target_options, const char *value);

/* The rows of a program's table. OPTIONS is its struct, which has a struct target_options named target. */
#define TARGET_ROWS(OPTIONS, what)                                                                 \
	{"--ship", NULL, "URL", OPTION_CALL, offsetof(OPTIONS, target),                            \
	    "send " what " to URL/crash/SESSION; up to 3 times", target_option_url},               \
	    {"--session", NULL, "FILE", OPTION_TEXT, offsetof(OPTIONS, target.session_file),       \
		"send it as configured in FILE (session.conf)", NULL},                             \
	    {"--id", NULL, "SESSION", OPTION_TEXT, offsetof(OPTIONS, target.session),              \
		"the session, if there is no FILE", NULL},                                         \
	    {"--token", NULL, "TOKEN", OPTION_TEXT, offsetof(OPTIONS, target.token),               \
		"its token (or environment LASTWORDS_TOKEN)", NULL},                               \
	{                                                                                          \
		"--deadline", NULL, "SECONDS", OPTION_SECONDS, offsetof(OPTIONS, target.seconds),  \
		    "how long HTTP is tried (default 120)", NULL                                   \
	}

struct target {
	const char *url[TARGET_URLS]; /* base URLs, trailing slashes allowed */
	size_t urls;
	const char *session, *token;
	const char *tls_name; /* of https servers, "" (session/conf.h) */
	int seconds; /* how long HTTP is tried */
};

/* 1 if the options ask for sending. */
int target_wanted(const struct target_options *options);
/*
 * Reads the session file, if one is given, into conf, which must outlive target. 0, or -1: session, token or
 * URLs are missing or unusable.
 */
int target_resolve(struct err *err, const struct target_options *options, struct session_conf *conf,
    struct target *target);

#endif
