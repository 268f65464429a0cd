/* SPDX-License-Identifier: MIT */
/*
 * params: the query of a page, checked: each parameter that a page takes, by one table. Pure.
 *
 * A parameter that is empty counts as absent (a form sends all of its fields). "+" is a blank, as forms write it.
 */
#ifndef LASTWORDS_CGI_WEB_PARAMS_H
#define LASTWORDS_CGI_WEB_PARAMS_H

#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"
#include "query/query.h"

enum param {
	PARAM_SINCE,
	PARAM_UNTIL,
	PARAM_SEARCH,
	PARAM_SIGNATURE,
	PARAM_MACHINE,
	PARAM_RELEASE,
	PARAM_PROFILE,
	PARAM_PRODUCT,
	PARAM_CLASS,
	PARAM_TAINT,
	PARAM_MODULE,
	PARAM_TAG,
	PARAM_STATE, /* of a group */
	PARAM_SESSION_STATE,
	PARAM_LIKE,
	PARAM_SORT,
	PARAM_BY,
	PARAM_OFFSET,
	PARAM_LIMIT,
	PARAM_EVENT,
	PARAM_SESSION,
	PARAM_A,
	PARAM_B,
	PARAM_NAME, /* of a file */
	PARAM_FROM, /* a line's number */
	PARAM_LINES,
	PARAM_AFTER,
	PARAM_Q,
	PARAM_TO,
	PARAM_DONE, /* what an action did, for the page that follows it */
	PARAM_COUNT
};

#define PARAM_DONE_WORDS "mute|note|tag|untag|fixed|duplicate|keep|boot|power"

enum { PARAM_TO_MAX = 4095 }; /* bytes of a link to one of the pages, with its whole query */

/* A set of parameters: PARAM_BIT(PARAM_SINCE) | … */
#define PARAM_BIT(param) (1UL << (param))

struct params {
	const char *text[PARAM_COUNT]; /* as given, decoded; "" absent */
	int64_t since_ms, until_ms, from;
	int offset, limit, lines;
};

const char *param_name(enum param param);

/*
 * Reads kv, whose texts stay the caller's; dropped: what kv_parse left out. Those that are not in allowed, and
 * values that are not valid, are an error that names the parameter. 0/-1.
 */
int params_read(struct err *err, const struct kv *kv, size_t dropped, unsigned long allowed,
    int64_t now_ms, struct params *params);
void params_filter(const struct params *params, struct query_filter *filter);
void params_list(const struct params *params, struct query_list *list);

/*
 * The query with one parameter set to a value (NULL: left out) and without offset: "?a=b&c=d", or "" for none.
 * It is cut where it does not fit, between two parameters.
 */
void params_link(
    const struct params *params, enum param changed, const char *value, char *text, size_t size);

#endif
