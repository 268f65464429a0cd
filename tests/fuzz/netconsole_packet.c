/* SPDX-License-Identifier: MIT */
/*
 * One netconsole packet of a stranger's: whatever it is, its parts lie inside it, and every line made
 * of it is printable and of bounded length.
 */
#include <stdint.h>
#include <stdlib.h>

#include "collector/wire/netconsole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(void *arg, const char *text, size_t len)
{
	(void)arg;
	if (len > NETCONSOLE_LINE_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\t')
			abort();
	netconsole_line_usec(text, len);
}

static void check_inside(const uint8_t *data, size_t size, const char *part, size_t len)
{
	const char *begin = (const char *)data;

	if (len && (part < begin || len > size || part + len > begin + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netconsole_packet packet;
	struct netconsole_line line;

	netconsole_parse((const char *)data, size, &packet);
	check_inside(data, size, packet.body, packet.body_len);
	check_inside(data, size, packet.release, packet.release_len);
	check_inside(data, size, packet.caller, packet.caller_len);
	if (packet.fragment && (packet.total == 0 || packet.total > NETCONSOLE_BODY_MAX ||
				   packet.offset + packet.body_len > packet.total))
		abort();
	netconsole_line_init(&line, check_line, NULL);
	netconsole_render(&line, &packet);
	return 0;
}
