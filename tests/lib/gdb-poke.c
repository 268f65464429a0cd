/* SPDX-License-Identifier: MIT */
/*
 * gdb-poke: makes the kernel of a QEMU machine fail where it is, through QEMU's gdb stub.
 *
 *   gdb-poke SOCKET hang|loop|die
 *
 * Waits until the (one) CPU is in the kernel, then writes an instruction where it is: a jump to itself
 * with interrupts off (hang) or where they are on (loop), or an undefined one (die). SOCKET is that of
 * `-gdb unix:SOCKET,server=on,wait=off`. x86-64 only; for tests, it trusts its peer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { REGS_RIP = 128 * 2, REGS_FLAGS = 136 * 2, POKE_TRIES = 500 }; /* hex digits in 'g' */
enum { INTERRUPTS = 0x200 }; /* the flag that they are on */

static int poke_connect(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("gdb-poke: connect");
		exit(1);
	}
	return fd;
}

static char poke_byte(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1) {
		fprintf(stderr, "gdb-poke: the stub hung up\n");
		exit(1);
	}
	return c;
}

/* One packet there and its answer back (without frame and sum). */
static void poke_ask(int fd, const char *text, char *answer, size_t size)
{
	static char packet[8192];
	unsigned char sum = 0;
	size_t n = 0;
	char c;

	for (const char *p = text; *p; p++)
		sum = (unsigned char)(sum + *p);
	snprintf(packet, sizeof(packet), "$%s#%02x", text, sum);
	if (write(fd, packet, strlen(packet)) != (ssize_t)strlen(packet))
		exit(1);
	do {
		while (poke_byte(fd) != '$')
			;
		for (n = 0; (c = poke_byte(fd)) != '#';)
			if (n + 1 < size)
				answer[n++] = c;
		answer[n] = '\0';
		poke_byte(fd);
		poke_byte(fd);
		if (write(fd, "+", 1) != 1)
			exit(1);
	} while (answer[0] == 'T' && text[0] != '?'); /* a late note that it stopped */
}

/* Little-endian hex bytes. */
static unsigned long long poke_number(const char *hex, int bytes)
{
	unsigned long long value = 0;

	for (int i = bytes - 1; i >= 0; i--) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		value = value << 8 | strtoul(two, NULL, 16);
	}
	return value;
}

int main(int argc, char **argv)
{
	static char regs[8000], set[8002], answer[8000], write_code[80];
	struct timespec pause = {.tv_nsec = 7000000};
	const char *code;
	int fd;

	if (argc != 3)
		return 2;
	code = strcmp(argv[2], "die") == 0 ? "0f0b" : "ebfe";
	alarm(60);
	for (int i = 0; i < POKE_TRIES; i++) {
		unsigned long long rip;
		unsigned flags;

		fd = poke_connect(argv[1]); /* which stops the machine */
		poke_ask(fd, "?", answer, sizeof(answer));
		poke_ask(fd, "g", regs, sizeof(regs));
		if (strlen(regs) < REGS_FLAGS + 8)
			return 1;
		rip = poke_number(regs + REGS_RIP, 8);
		flags = (unsigned)poke_number(regs + REGS_FLAGS, 4);
		if (rip >> 63 && (strcmp(argv[2], "loop") != 0 || flags & INTERRUPTS)) {
			snprintf(write_code, sizeof(write_code), "M%llx,2:%s", rip, code);
			poke_ask(fd, write_code, answer, sizeof(answer));
			if (strcmp(answer, "OK") == 0 && strcmp(argv[2], "hang") == 0) {
				flags &= ~(unsigned)INTERRUPTS;
				snprintf(set, sizeof(set), "G%s", regs);
				snprintf(answer, sizeof(answer), "%02x%02x%02x%02x", flags & 255,
				    flags >> 8 & 255, flags >> 16 & 255, flags >> 24);
				memcpy(set + 1 + REGS_FLAGS, answer, 8);
				poke_ask(fd, set, answer, sizeof(answer));
			}
			printf("%s at %llx: %s\n", argv[2], rip, answer);
			poke_ask(fd, "D", regs, sizeof(regs));
			return strcmp(answer, "OK") == 0 ? 0 : 1;
		}
		poke_ask(fd, "D", answer, sizeof(answer));
		close(fd);
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "gdb-poke: the CPU was never seen in the kernel\n");
	return 1;
}
