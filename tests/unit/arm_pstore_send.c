/* SPDX-License-Identifier: MIT */
/*
 * pstore_send: a server that takes a connection and never replies costs no more time than allowed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arm/pstore/send.h"
#include "arm/sys.h"
#include "tap.h"

enum { LIMIT_MS = 400 };

static struct pstore_part parts[3];
static struct pstore pstore = {.dir = -1, .part = parts};

static void record(unsigned int crash)
{
	static char text[] = "<4>[    1.0] the end\n";
	struct pstore_part *part = &pstore.part[pstore.count++];

	part->data = text;
	part->len = part->size = sizeof(text) - 1;
	part->part = 1;
	part->crash = crash;
	pstore.crashes = crash + 1;
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
	for (unsigned int crash = 0; crash < 3; crash++)
		record(crash);
	begin = sys_now();
	is_num(pstore_send(&err, &pstore, url, &conf, begin + LIMIT_MS), -1, "nothing is stored");
	begin = sys_now() - begin;
	ok(begin >= LIMIT_MS / 2 && begin < 10 * LIMIT_MS, "it ends within the time limit: %lld ms",
	    (long long)begin);
	ok(strstr(err.msg, "imed out") != NULL, "the reason is given: %s", err.msg);
	is_num(
	    pstore_send(&err, &pstore, url, &conf, sys_now()), -1, "without time there is no try");
	is(err.msg, "pstore: no time left to send it", "the lack of time is the reason");
	ok(pstore_send_ms(&pstore) < 10, "short records get no more time");
	parts[0].len = PSTORE_CRASH_MAX;
	ok(pstore_send_ms(&pstore) > 60000 && pstore_send_ms(&pstore) < 70000,
	    "a long record gets more time");
	close(fd);
	return tap_done();
}
