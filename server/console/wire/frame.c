/* SPDX-License-Identifier: MIT */
/* frame: see frame.h. */
#include "frame.h"

#include <string.h>

int frame_take(const char *buffer, size_t len, struct frame *frame)
{
	const unsigned char *head = (const unsigned char *)buffer;
	size_t size;

	if (len == 0)
		return 0;
	if (!head[0] || !strchr("ODBWSE", head[0]))
		return -1;
	if (len < FRAME_HEAD)
		return 0;
	size = (size_t)head[1] << 8 | head[2];
	if (size > FRAME_MAX)
		return -1;
	if (len < FRAME_HEAD + size)
		return 0;
	frame->type = head[0];
	frame->text = buffer + FRAME_HEAD;
	frame->len = size;
	return (int)(FRAME_HEAD + size);
}

size_t frame_put(char out[FRAME_WHOLE_MAX], enum frame_type type, const char *text, size_t len)
{
	if (len > FRAME_MAX)
		len = FRAME_MAX;
	out[0] = (char)type;
	out[1] = (char)(len >> 8);
	out[2] = (char)(len & 255);
	if (len > 0)
		memcpy(out + FRAME_HEAD, text, len);
	return FRAME_HEAD + len;
}
