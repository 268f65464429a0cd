/* SPDX-License-Identifier: MIT */
/* arm_pstore_send: a server that takes a connection and never answers costs no more than was given. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arm/pstore/pstore.h"
#include "arm/sys.h"
#include "tap.h"

enum { LIMIT_MS = 400 };

static struct arm_pstore pstore = {.dir = -1};

static void record(unsigned int death)
{
	static char text[] = "<4>[    1.0] the end\n";
	struct arm_pstore_part *part = &pstore.part[pstore.count++];

	part->data = text;
	part->len = sizeof(text) - 1;
	part->part = 1;
	part->death = death;
	pstore.deaths = death + 1;
}

int main(void)
{
	struct session_conf conf = {.session = "s", .token = "t"};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	struct err err = {""};
	char url[64];
	int64_t begin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		return 1;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	for (unsigned int death = 0; death < 3; death++)
		record(death);
	begin = arm_now();
	is_num(arm_pstore_send(&err, &pstore, url, &conf, begin + LIMIT_MS), -1, "not stored");
	begin = arm_now() - begin;
	ok(begin >= LIMIT_MS / 2 && begin < 10 * LIMIT_MS, "within the time given: %lld ms",
	    (long long)begin);
	ok(strstr(err.msg, "imed out") != NULL, "and it is said why: %s", err.msg);
	is_num(arm_pstore_send(&err, &pstore, url, &conf, arm_now()), -1, "no time: no try");
	ok(err.msg[0] != '\0', "%s", err.msg);
	close(fd);
	return tap_done();
}
