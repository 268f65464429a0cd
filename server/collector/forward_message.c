/* SPDX-License-Identifier: MIT */
/* forward_message: a kernel line as RFC 5424; see forward_message.h. */
#include "forward_message.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "session/session.h"

enum { PRIO_MAX = 191, COUNT_MAX = 5 /* "8187 " */ };

size_t forward_message_format(
    const struct forward_line *line, int counted, char out[FORWARD_MESSAGE_MAX])
{
	char head[64 + 256 + SESSION_ID_MAX], count[16], when[25];
	size_t len = line->len, head_len, count_len = 0;
	int n;

	clock_format(line->utc, when);
	n = snprintf(head, sizeof(head), "<%u>1 %s %.255s kernel %s netconsole - ",
	    line->prio > PRIO_MAX ? (unsigned int)FORWARD_PRIO_UNKNOWN : line->prio, when,
	    line->host, line->session && line->session[0] ? line->session : "-");
	head_len = (size_t)n < sizeof(head) ? (size_t)n : sizeof(head) - 1;
	if (len > FORWARD_MESSAGE_MAX - COUNT_MAX - head_len)
		len = FORWARD_MESSAGE_MAX - COUNT_MAX - head_len;
	if (counted) {
		count_len = (size_t)snprintf(count, sizeof(count), "%zu ", head_len + len);
		memcpy(out, count, count_len);
	}
	memcpy(out + count_len, head, head_len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line->text[i];

		out[count_len + head_len + i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	return count_len + head_len + len;
}
