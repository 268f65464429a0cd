/* SPDX-License-Identifier: MIT */
/* basic: basic packets into lines; see basic.h. */
#include "basic.h"

#include <stdlib.h>
#include <string.h>

enum { ECHOES = 64 };

struct stream_echo {
	uint64_t hash;
	int64_t at;
};

void stream_basic_init(struct stream_basic *basic)
{
	memset(basic, 0, sizeof(*basic));
	basic->usec = NETCONSOLE_NO_TIME;
}

void stream_basic_free(struct stream_basic *basic)
{
	free(basic->line);
	free(basic->echo);
	stream_basic_init(basic);
}

void stream_basic_restore(struct stream_basic *basic, uint64_t usec)
{
	basic->usec = usec;
	basic->any = 1;
}

/*
 * A whole record, of the same microsecond and text as one that came just now. (At time 0, before the kernel
 * has a clock, equal lines may well be two.)
 */
int stream_basic_is_echo(struct stream_basic *basic, const char *text, size_t len, int64_t now)
{
	uint64_t usec = netconsole_line_usec(text, len), hash = 0xcbf29ce484222325;
	uint32_t count = basic->echo_count < ECHOES ? basic->echo_count : ECHOES;

	if (usec == NETCONSOLE_NO_TIME || usec == 0 || text[len - 1] != '\n')
		return 0;
	if (!basic->echo && !(basic->echo = malloc(ECHOES * sizeof(*basic->echo))))
		return 0;
	/* FNV-1a */
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	for (uint32_t i = 0; i < count; i++)
		if (basic->echo[i].hash == hash && now - basic->echo[i].at <= STREAM_ECHO_MS)
			return 1;
	basic->echo[basic->echo_count++ % ECHOES] = (struct stream_echo){hash, now};
	return 0;
}

struct basic_call {
	struct stream_basic *basic;
	const struct stream_sink *sink;
};

static void basic_line(void *arg, const char *text, size_t len)
{
	struct basic_call *call = arg;
	struct stream_basic *basic = call->basic;
	uint64_t usec = netconsole_line_usec(text, len), last = basic->usec;
	const char *bracket = usec == NETCONSOLE_NO_TIME ? NULL : memchr(text, ']', len);
	size_t skip = bracket ? (size_t)(bracket - text) + 1 : netconsole_line_prio_len(text, len);
	int restart;

	restart = usec != NETCONSOLE_NO_TIME && last != NETCONSOLE_NO_TIME &&
		  usec + STREAM_SLACK_US < last;
	skip += skip < len && text[skip] == ' ';
	if (basic->any && len - skip > 14 && memcmp(text + skip, "Linux version ", 14) == 0)
		restart = 1;
	if (restart) {
		call->sink->restart(call->sink->arg);
		basic->usec = NETCONSOLE_NO_TIME;
		last = NETCONSOLE_NO_TIME;
	}
	if (usec != NETCONSOLE_NO_TIME && (last == NETCONSOLE_NO_TIME || usec > last))
		basic->usec = usec;
	basic->any = 1;
	call->sink->line(call->sink->arg,
	    &(struct stream_line){.text = text, .len = len, .usec = usec, .prio = STREAM_NO_PRIO});
}

void stream_basic_packet(struct stream_basic *basic, const char *text, size_t len, int64_t now,
    const struct stream_sink *sink)
{
	struct basic_call call = {.basic = basic, .sink = sink};
	struct netconsole_line line;
	char *waits;

	netconsole_line_init(&line, basic_line, &call);
	if (basic->len)
		memcpy(line.text, basic->line, basic->len);
	line.len = basic->len;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			netconsole_line_end(&line);
		else
			netconsole_line_byte(&line, (unsigned char)text[i]);
	}
	basic->len = line.len;
	if (line.len == 0) {
		free(basic->line);
		basic->line = NULL;
		return;
	}
	basic->since = now;
	waits = realloc(basic->line, line.len);
	if (!waits) {
		basic_line(&call, line.text, line.len);
		basic->len = 0;
		return;
	}
	basic->line = waits;
	memcpy(basic->line, line.text, line.len);
}

void stream_basic_end(struct stream_basic *basic, const struct stream_sink *sink)
{
	struct basic_call call = {.basic = basic, .sink = sink};

	if (basic->len == 0)
		return;
	basic_line(&call, basic->line, basic->len);
	free(basic->line);
	basic->line = NULL;
	basic->len = 0;
}
