/* SPDX-License-Identifier: MIT */
/*
 * packet-pace PORT SOURCES PACKETS RATE [IDS [wait]]: sends PACKETS extended netconsole records of a usual
 * length to 127.0.0.1:PORT, RATE a second (0: as fast as it goes), in turn from SOURCES addresses
 * 127.1.x.y, each numbered from 1 without a gap. With IDS, a file of session ids, the first record
 * of source N has the id of line N in a command line. With wait, it pauses when every source has sent its
 * first record: prints "first", and goes on after a line on stdin. Prints "sent N seconds S" (without the
 * pause). It must not depend on the receiver: every one gets the same packets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

enum { BATCH = 32, SIZE = 256, ID_SIZE = 128, SOURCES_MAX = 120000 };

static int64_t pace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void pace_wait(int64_t until)
{
	struct timespec at = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static long pace_number(const char *text, long max)
{
	return number_arg("packet-pace", text, max);
}

int main(int argc, char **argv)
{
	static char text[BATCH][SIZE], ids[SOURCES_MAX][ID_SIZE];
	static union {
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control[BATCH];
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in from = {.sin_family = AF_INET};
	long sources, packets, rate, sent = 0;
	int64_t began;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc < 5 || argc > 7 || fd < 0) {
		fprintf(stderr, "usage: packet-pace PORT SOURCES PACKETS RATE [IDS [wait]]\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)pace_number(argv[1], 65535));
	sources = pace_number(argv[2], SOURCES_MAX);
	packets = pace_number(argv[3], 1000000000);
	rate = pace_number(argv[4], 100000000);
	if (sources < 1 || bind(fd, (struct sockaddr *)&from, sizeof(from)))
		return 2;
	if (argc >= 6) {
		FILE *in = fopen(argv[5], "r");

		for (long i = 0; i < sources; i++) {
			if (!in || !fgets(ids[i], ID_SIZE, in)) {
				fprintf(stderr, "packet-pace: %s: too few ids\n", argv[5]);
				return 2;
			}
			ids[i][strcspn(ids[i], "\n")] = '\0';
		}
		fclose(in);
	}
	memset(msg, 0, sizeof(msg));
	began = pace_now();
	while (sent < packets) {
		long until = argc == 7 && sent < sources && sources < packets ? sources : packets;
		int n = until - sent < BATCH ? (int)(until - sent) : BATCH, done = 0;

		for (int i = 0; i < n; i++) {
			long source = (sent + i) % sources, seq = (sent + i) / sources + 1;
			struct msghdr *hdr = &msg[i].msg_hdr;
			struct in_pktinfo info = {
			    .ipi_spec_dst.s_addr = htonl((uint32_t)(0x7f010000 + source + 1))};
			struct cmsghdr *cmsg;
			int len;

			if (seq == 1 && argc >= 6)
				len = snprintf(text[i], SIZE,
				    "6,1,1000,-;Command line: quiet lastwords.session=%s\n",
				    ids[source]);
			else
				len = snprintf(text[i], SIZE,
				    "6,%ld,%ld,-;e1000 0000:00:03.0 eth0: line %ld of source %ld, "
				    "of a "
				    "usual length\n",
				    seq, seq * 1000, seq, source);
			iov[i] = (struct iovec){.iov_base = text[i], .iov_len = (size_t)len};
			*hdr = (struct msghdr){.msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = &iov[i],
			    .msg_iovlen = 1,
			    .msg_control = &control[i],
			    .msg_controllen = sizeof(control[i])};
			cmsg = CMSG_FIRSTHDR(hdr);
			cmsg->cmsg_level = IPPROTO_IP;
			cmsg->cmsg_type = IP_PKTINFO;
			cmsg->cmsg_len = CMSG_LEN(sizeof(info));
			memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		}
		while (done < n) {
			int rc = sendmmsg(fd, msg + done, (unsigned int)(n - done), 0);

			if (rc < 0 && errno != ECONNREFUSED && errno != EINTR) {
				perror("packet-pace: sendmmsg");
				return 1;
			}
			if (rc > 0)
				done += rc;
		}
		sent += n;
		if (rate)
			pace_wait(began + sent * 1000000000 / rate);
		if (argc == 7 && sent == sources) {
			int64_t paused = pace_now();
			char line[16];

			printf("first\n");
			fflush(stdout);
			if (!fgets(line, sizeof(line), stdin))
				return 1;
			began += pace_now() - paused;
		}
	}
	printf("sent %ld seconds %.3f\n", sent, (double)(pace_now() - began) / 1e9);
	return 0;
}
