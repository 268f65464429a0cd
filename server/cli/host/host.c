/* SPDX-License-Identifier: MIT */
/* host: what commands ask of the host they run on; see host.h. */
#include "host.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

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
