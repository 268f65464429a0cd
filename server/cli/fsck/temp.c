/* SPDX-License-Identifier: MIT */
/* temp: the names of temporary files; see fsck.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/num.h"
#include "fsck.h"

int temp_is(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, ".upload-", 8) == 0 || strncmp(name, "lighttpd-upload-", 16) == 0 ||
	    name[strlen(name) - 1] == '~')
		return 1;
	return dot && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1) &&
	       (name[0] == '.' || strncmp(name, "key.", 4) == 0 || strncmp(name, "own.", 4) == 0 ||
		   strncmp(name, "server.id.", 10) == 0 || strstr(name, ".pub."));
}

enum temp_writer temp_writer(const char *name)
{
	const char *digits = strrchr(name, '.');
	struct err ignored;
	uint64_t pid;

	if (!digits)
		return TEMP_UNKNOWN;
	digits = strncmp(name, ".upload-", 8) == 0 ? name + 8 : digits + 1;
	if (num_u64(&ignored, "pid", digits, strspn(digits, "0123456789"), 1, 1 << 30, &pid))
		return TEMP_UNKNOWN;
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH ? TEMP_ALIVE : TEMP_DEAD;
}
