/* SPDX-License-Identifier: MIT */
/* host: what commands ask of the host they run on; see host.h. */
#include "host.h"

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/install.h"

enum { SERVER_WAIT_MS = 5000 };

int host_collector_runs(const char *state)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	int fd, runs;

	if (file_path(&ignored, state, "run/collector.lock", path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	runs = flock(fd, LOCK_EX | LOCK_NB) != 0;
	close(fd);
	return runs;
}

int host_wait_for_server(struct err *err, const char *state)
{
	int64_t end = clock_monotonic() + SERVER_WAIT_MS;

	while (!host_collector_runs(state)) {
		if (clock_monotonic() >= end)
			return err_set(err, "no server runs on %s; start lastwords serve", state);
		clock_pause_us(100000);
	}
	return 0;
}

void host_firmware(const struct config *config, char path[FILE_PATH_MAX])
{
	char found[FILE_PATH_MAX], whole[PATH_MAX];
	struct err err;

	snprintf(path, FILE_PATH_MAX, "/usr/lib/ipxe");
	if (config->firmware[0]) {
		snprintf(path, FILE_PATH_MAX, "%s", config->firmware);
	} else if (install_find(&err, "../../lib/lastwords/ipxe/undionly.kpxe", found) == 0) {
		/* without the ".." of the path from an installed program */
		if (realpath(found, whole) && strlen(whole) < FILE_PATH_MAX) {
			*strrchr(whole, '/') = '\0';
			memcpy(path, whole, strlen(whole) + 1);
		}
	} else if (install_find(&err, "build/ipxe/current/undionly.kpxe", found) == 0) {
		*strrchr(found, '/') = '\0';
		memcpy(path, found, strlen(found) + 1);
	}
}

int host_resolve(struct err *err, const char *host, int family, char address[64])
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found = NULL;
	int rc = getaddrinfo(host, NULL, &hints, &found);

	if (rc)
		return err_set(err, "%s: %s", host, gai_strerror(rc));
	rc = getnameinfo(found->ai_addr, found->ai_addrlen, address, 64, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	return rc ? err_set(err, "%s: %s", host, gai_strerror(rc)) : 0;
}
