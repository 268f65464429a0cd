/* SPDX-License-Identifier: MIT */
/*
 * wire: a bad cable with a switch at its end, for tests: between a tap and QEMU's `-netdev dgram`.
 *
 *   wire TAP OURS THEIRS CONTROL
 *
 * OURS, THEIRS: paths of the two Unix datagram sockets (QEMU's remote and local). CONTROL is a file,
 * looked at ten times a second, of words: loss=N (so many of a hundred frames are dropped, each way,
 * by a generator with a fixed seed), vlan=N (frames tagged N are taken too, their tag comes off, and
 * answers get it as long as the machine speaks with it), tagged (and no others are). Ends on SIGTERM
 * and prints what it did. Tags: IEEE 802.1Q, 0x8100 and the id behind the two addresses.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <linux/if_tun.h>

enum { FRAME_MAX = 65536, ADDRESSES = 12, TAG = 4, LOOK_MS = 100 };

static struct wire {
	unsigned loss, vlan;
	int only_tagged, speaks_tagged;
	unsigned noise;
	unsigned long frames, dropped, tagged, refused;
} wire = {.noise = 1};

static volatile sig_atomic_t over;

static void wire_end(int sig)
{
	(void)sig;
	over = 1;
}

static void wire_control(const char *path)
{
	char text[200], *rest = text, *word;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	wire.loss = 0;
	wire.vlan = 0;
	wire.only_tagged = 0;
	while ((word = strsep(&rest, " \n")) != NULL) {
		if (strncmp(word, "loss=", 5) == 0)
			wire.loss = (unsigned)strtoul(word + 5, NULL, 10);
		else if (strncmp(word, "vlan=", 5) == 0)
			wire.vlan = (unsigned)strtoul(word + 5, NULL, 10);
		else if (strcmp(word, "tagged") == 0)
			wire.only_tagged = 1;
	}
}

static int wire_drops(void)
{
	wire.frames++;
	wire.noise = wire.noise * 1103515245 + 12345;
	if (wire.noise / 65536 % 100 >= wire.loss)
		return 0;
	wire.dropped++;
	return 1;
}

/* What the machine sent; the new length, 0: not taken. */
static size_t wire_in(unsigned char *frame, size_t len)
{
	int tagged;

	if (len < ADDRESSES + TAG || wire_drops())
		return 0;
	tagged = wire.vlan && frame[12] == 0x81 && frame[13] == 0 &&
		 ((frame[14] & 15u) << 8 | frame[15]) == wire.vlan;
	if (wire.only_tagged && !tagged) {
		wire.refused++;
		return 0;
	}
	wire.speaks_tagged = tagged;
	if (!tagged)
		return len;
	wire.tagged++;
	memmove(frame + ADDRESSES, frame + ADDRESSES + TAG, len - ADDRESSES - TAG);
	return len - TAG;
}

/* What goes to it; frame has room for a tag. */
static size_t wire_out(unsigned char *frame, size_t len)
{
	if (len < ADDRESSES + 2 || wire_drops())
		return 0;
	if (!wire.only_tagged && !(wire.vlan && wire.speaks_tagged))
		return len;
	memmove(frame + ADDRESSES + TAG, frame + ADDRESSES, len - ADDRESSES);
	frame[12] = 0x81;
	frame[13] = 0;
	frame[14] = (unsigned char)(wire.vlan >> 8);
	frame[15] = (unsigned char)wire.vlan;
	return len + TAG;
}

static struct sockaddr_un wire_path(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	return at;
}

int main(int argc, char **argv)
{
	static unsigned char frame[FRAME_MAX + TAG];
	struct sigaction end = {.sa_handler = wire_end};
	struct sockaddr_un ours, theirs;
	struct ifreq name = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	struct pollfd ready[2] = {{.events = POLLIN}, {.events = POLLIN}};
	time_t looked = 0;

	if (argc != 5)
		return 2;
	ours = wire_path(argv[2]);
	theirs = wire_path(argv[3]);
	snprintf(name.ifr_name, sizeof(name.ifr_name), "%s", argv[1]);
	ready[0].fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	ready[1].fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ready[0].fd < 0 || ioctl(ready[0].fd, TUNSETIFF, &name) || ready[1].fd < 0 ||
	    bind(ready[1].fd, (struct sockaddr *)&ours, sizeof(ours))) {
		perror("wire");
		return 1;
	}
	sigaction(SIGTERM, &end, NULL);
	while (!over) {
		struct timespec now;
		ssize_t n;
		size_t len;

		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec * 10 + now.tv_nsec / 100000000 != looked) {
			looked = now.tv_sec * 10 + now.tv_nsec / 100000000;
			wire_control(argv[4]);
		}
		if (poll(ready, 2, LOOK_MS) <= 0)
			continue;
		if (ready[1].revents && (n = recv(ready[1].fd, frame, FRAME_MAX, 0)) > 0 &&
		    (len = wire_in(frame, (size_t)n)) > 0 &&
		    write(ready[0].fd, frame, len) != (ssize_t)len)
			wire.refused++;
		if (ready[0].revents && (n = read(ready[0].fd, frame, FRAME_MAX)) > 0 &&
		    (len = wire_out(frame, (size_t)n)) > 0)
			/* nobody there yet, or any more: as with a cable */
			(void)!sendto(ready[1].fd, frame, len, MSG_DONTWAIT,
			    (struct sockaddr *)&theirs, sizeof(theirs));
	}
	printf("%lu frames, %lu dropped, %lu came tagged, %lu untagged refused\n", wire.frames,
	    wire.dropped, wire.tagged, wire.refused);
	return 0;
}
