/* SPDX-License-Identifier: MIT */
/* escape: see escape.h. */
#include "escape.h"

enum { STATE_START, STATE_LINE, STATE_TILDE, STATE_SYSRQ };

enum { CONTROL_Z = 26 };

static enum escape_action escape_tilde(struct escape *escape, char key, char out[2], size_t *len)
{
	escape->state = STATE_START;
	switch (key) {
	case '.':
		return ESCAPE_END;
	case 'B':
		return ESCAPE_BREAK;
	case 'S':
		escape->state = STATE_SYSRQ;
		return ESCAPE_SEND;
	case 'w':
		return ESCAPE_WRITE;
	case '?':
		return ESCAPE_HELP;
	case CONTROL_Z:
		return ESCAPE_SUSPEND;
	default:
		break;
	}
	out[(*len)++] = '~';
	if (key != '~')
		out[(*len)++] = key;
	escape->state = key == '\r' || key == '\n' ? STATE_START : STATE_LINE;
	return ESCAPE_SEND;
}

enum escape_action escape_take(struct escape *escape, char key, char out[2], size_t *len)
{
	*len = 0;
	if (escape->state == STATE_TILDE)
		return escape_tilde(escape, key, out, len);
	if (escape->state == STATE_START && key == '~') {
		escape->state = STATE_TILDE;
		return ESCAPE_SEND;
	}
	out[(*len)++] = key;
	if (escape->state == STATE_SYSRQ) {
		escape->state = STATE_START;
		return ESCAPE_SYSRQ;
	}
	escape->state = key == '\r' || key == '\n' ? STATE_START : STATE_LINE;
	return ESCAPE_SEND;
}
