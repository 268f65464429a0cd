/* SPDX-License-Identifier: MIT */
/* request: a query as JSON; see request.h. */
#include "request.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

/* --- members ----------------------------------------------------------------------------------------- */

enum { MEMBER_TEXT, MEMBER_TIME, MEMBER_NUMBER }; /* const char *, int64_t, int */

struct member {
	const char *name;
	int kind;
	size_t at;
};

#define MEMBER(name, kind, type, field)                                                            \
	{                                                                                          \
		name, kind, offsetof(struct type, field)                                           \
	}
#define TEXT(type, field) MEMBER(#field, MEMBER_TEXT, type, field)
#define TIME(type, field) MEMBER(#field, MEMBER_TIME, type, field)
#define NUMBER(type, field) MEMBER(#field, MEMBER_NUMBER, type, field)

static const struct member request_members[] = {
    TEXT(request, query),
    MEMBER("now", MEMBER_TIME, request, now_ms),
    TIME(request, until_ms),
    TIME(request, from),
    NUMBER(request, limit),
    NUMBER(request, count),
    TEXT(request, signature),
    TEXT(request, by),
    TEXT(request, a),
    TEXT(request, b),
    TEXT(request, session),
    TEXT(request, name),
    TEXT(request, mac),
    TEXT(request, event),
    {.name = NULL},
};

static const struct member filter_members[] = {
    TIME(query_filter, since_ms),
    TIME(query_filter, until_ms),
    TEXT(query_filter, signature),
    TEXT(query_filter, machine),
    TEXT(query_filter, release),
    TEXT(query_filter, profile),
    TEXT(query_filter, product),
    TEXT(query_filter, class),
    TEXT(query_filter, taint),
    TEXT(query_filter, module),
    TEXT(query_filter, tag),
    TEXT(query_filter, state),
    TEXT(query_filter, search),
    TEXT(query_filter, sort),
    NUMBER(query_filter, offset),
    NUMBER(query_filter, limit),
    NUMBER(query_filter, whole),
    {.name = NULL},
};

static const struct member list_members[] = {
    TEXT(query_list, like),
    TEXT(query_list, mac),
    TEXT(query_list, state),
    TIME(query_list, since_ms),
    TIME(query_list, until_ms),
    NUMBER(query_list, offset),
    NUMBER(query_list, limit),
    {.name = NULL},
};

static void members_encode(json_t *object, const struct member *member, const void *from)
{
	for (; member->name; member++) {
		const char *at = (const char *)from + member->at;
		const char *text;
		int64_t time_ms;
		int number;

		if (member->kind == MEMBER_TEXT) {
			memcpy(&text, at, sizeof(text));
			query_set_text(object, member->name, text);
			continue;
		}
		if (member->kind == MEMBER_TIME) {
			memcpy(&time_ms, at, sizeof(time_ms));
		} else {
			memcpy(&number, at, sizeof(number));
			time_ms = number;
		}
		if (time_ms)
			json_object_set_new(object, member->name, json_integer(time_ms));
	}
}

static const struct member *member_find(const struct member *member, const char *name)
{
	while (member->name && strcmp(member->name, name) != 0)
		member++;
	return member->name ? member : NULL;
}

/* One member's value into to. 0, or -1: of another kind. */
static int member_decode(const struct member *member, const json_t *value, void *to)
{
	char *at = (char *)to + member->at;
	int64_t number = json_integer_value(value);
	const char *text = json_string_value(value);
	int small = (int)number;

	if (member->kind == MEMBER_TEXT) {
		if (text)
			memcpy(at, &text, sizeof(text));
		return text ? 0 : -1;
	}
	if (!json_is_integer(value) ||
	    (member->kind == MEMBER_NUMBER && (number < 0 || number > INT_MAX)))
		return -1;
	if (member->kind == MEMBER_TIME)
		memcpy(at, &number, sizeof(number));
	else
		memcpy(at, &small, sizeof(small));
	return 0;
}

/* json_object_foreach, but for the objects in it. 0/-1. */
static int members_decode(
    struct err *err, const json_t *object, const struct member *members, void *to)
{
	const struct member *member;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (json_is_object(value))
			continue;
		member = member_find(members, name);
		if (!member)
			return err_set(err, "a request has no \"%.40s\"", name);
		if (member_decode(member, value, to))
			return err_set(err, "a request's \"%s\" is of another kind", member->name);
	}
	return 0;
}

/* --- requests ---------------------------------------------------------------------------------------- */

json_t *request_encode(const struct request *request)
{
	json_t *json = json_object(), *filter = json_object(), *list = json_object();

	members_encode(json, request_members, request);
	members_encode(filter, filter_members, &request->filter);
	members_encode(list, list_members, &request->list);
	if (json_object_size(filter))
		json_object_set(json, "filter", filter);
	if (json_object_size(list))
		json_object_set(json, "list", list);
	json_decref(filter);
	json_decref(list);
	return json;
}

int request_decode(struct err *err, const json_t *json, struct request *request)
{
	memset(request, 0, sizeof(*request));
	if (!json_is_object(json))
		return err_set(err, "a request is a JSON object");
	if (members_decode(err, json, request_members, request) ||
	    members_decode(
		err, json_object_get(json, "filter"), filter_members, &request->filter) ||
	    members_decode(err, json_object_get(json, "list"), list_members, &request->list))
		return -1;
	return request->query ? 0 : err_set(err, "a request has a \"query\"");
}
