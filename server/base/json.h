/* SPDX-License-Identifier: MIT */
/*
 * json: writes objects (RFC 8259). Pure. Bytes that are not UTF-8 become U+FFFD; controls (C0, C1, DEL)
 * and marks of text direction are written as \uXXXX. Text that does not fit sets out->overflow (kv.h).
 */
#ifndef LASTWORDS_BASE_JSON_H
#define LASTWORDS_BASE_JSON_H

#include "kv.h"

/* Bytes of the UTF-8 character (RFC 3629, table of section 4) that begins text, which has len bytes; 0: none. */
size_t json_utf8(const char *text, size_t len);

void json_text(struct kv_out *out, const char *text);
/* "key": with a comma before it unless it is the first of its object. */
void json_key(struct kv_out *out, const char *key);
void json_pair(struct kv_out *out, const char *key, const char *value);
/* As json_pair; writes nothing if value is NULL or "". */
void json_known(struct kv_out *out, const char *key, const char *value);
/* Writes nothing if value is below 0. */
void json_number(struct kv_out *out, const char *key, long long value);

#endif
