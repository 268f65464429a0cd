/* SPDX-License-Identifier: MIT */
/* free-ports N: prints N ports that are free for TCP and UDP on this machine now, one a line. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int wanted = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1;
	int held[64];

	if (wanted < 1 || wanted > 32)
		return 2;
	/* All are held until the end, so that no port comes twice. */
	for (int got = 0; got < wanted;) {
		struct sockaddr_in address = {.sin_family = AF_INET};
		socklen_t len = sizeof(address);
		int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);

		if (tcp < 0 || udp < 0 || bind(tcp, (struct sockaddr *)&address, sizeof(address)) ||
		    getsockname(tcp, (struct sockaddr *)&address, &len))
			return 1;
		if (bind(udp, (struct sockaddr *)&address, sizeof(address)) == 0) {
			printf("%d\n", ntohs(address.sin_port));
			held[got++] = tcp;
			close(udp);
			continue;
		}
		close(tcp);
		close(udp);
	}
	(void)held;
	return 0;
}
