/* SPDX-License-Identifier: MIT */
/*
 * json: the few lines of RFC 8259 that writing needs. Pure. Text is UTF-8, bytes that are none become
 * U+FFFD; what does not fit is remembered in out->overflow (kv.h).
 */
#ifndef LASTWORDS_BASE_JSON_H
#define LASTWORDS_BASE_JSON_H

#include "kv.h"

void json_string(struct kv_out *out, const char *text);
/* "key": with a comma in front unless an object has just begun. */
void json_key(struct kv_out *out, const char *key);
void json_pair(struct kv_out *out, const char *key, const char *value);
/* As json_pair; nothing if value is NULL or "". */
void json_known(struct kv_out *out, const char *key, const char *value);
/* Nothing if it is below 0. */
void json_number(struct kv_out *out, const char *key, long long value);

#endif
