/* SPDX-License-Identifier: MIT */
/* reply: an answer in the making; see reply.h. Pure. */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

void reply_init(struct reply *reply)
{
	reply->status = 200;
	reply->type = "text/plain";
	reply->retry_after = 0;
	reply->has_file = 0;
	reply->warning.msg[0] = '\0';
	kv_out_init(&reply->out, reply->body, sizeof(reply->body));
}

void reply_error(struct reply *reply, int status, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	reply->status = status;
	reply->type = "text/plain";
	kv_out_init(&reply->out, reply->body, sizeof(reply->body));
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	kv_out_raw(&reply->out, line);
	kv_out_raw(&reply->out, "\n");
}

void reply_warn(struct reply *reply, const struct err *err)
{
	if (reply->warning.msg[0])
		err_prefix(&reply->warning, "%s; and", err->msg);
	else
		reply->warning = *err;
}

void reply_add(struct reply *reply, const char *fmt, ...)
{
	struct kv_out *out = &reply->out;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out->buf + out->len, out->size - out->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= out->size - out->len) {
		out->buf[out->len] = '\0';
		out->overflow = 1;
	} else if (!out->overflow) {
		out->len += (size_t)n;
	}
}

void reply_put(struct reply *reply, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, reply);
	while ((text = va_arg(ap, const char *)) != NULL)
		kv_out_raw(&reply->out, text);
	va_end(ap);
}

void reply_words(struct reply *reply, const char *text)
{
	static const char blanks[] = " \t\r\n";
	size_t len;

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		len = strcspn(text, blanks);
		reply_add(reply, " %.*s", (int)len, text);
		text += len;
	}
}

void reply_hex(struct reply *reply, const char *text)
{
	char pair[3];

	for (; *text; text++) {
		hex_text((const uint8_t *)text, 1, pair);
		kv_out_raw(&reply->out, pair);
	}
}

const char *reply_reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 201:
		return "Created";
	case 303:
		return "See Other";
	case 304:
		return "Not Modified";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 411:
		return "Length Required";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 500:
		return "Internal Server Error";
	case 503:
		return "Service Unavailable";
	case 507:
		return "Insufficient Storage";
	default:
		return "Error";
	}
}

size_t reply_head(const struct reply *reply, char head[REPLY_HEAD_MAX])
{
	char after[40] = "";
	int n;

	if (reply->retry_after)
		snprintf(after, sizeof(after), "Retry-After: %d\r\n", reply->retry_after);
	n = snprintf(head, REPLY_HEAD_MAX,
	    "Status: %d %s\r\nContent-Type: %s\r\nContent-Length: %llu\r\n"
	    "Cache-Control: no-store\r\n%s%s\r\n",
	    reply->status, reply_reason(reply->status), reply->type,
	    (unsigned long long)(reply->out.len + (reply->has_file ? reply->file_len : 0)),
	    reply->status == 401 ? "WWW-Authenticate: Bearer\r\n" : "", after);

	return n < REPLY_HEAD_MAX ? (size_t)n : REPLY_HEAD_MAX - 1;
}
