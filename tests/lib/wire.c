/* SPDX-License-Identifier: MIT */
/*
 * wire: a bad cable with a switch at its end, for tests, between a tap and QEMU's `-netdev dgram`.
 *
 *   wire TAP OURS THEIRS CONTROL [LOG]
 *
 * OURS, THEIRS: paths of the two Unix datagram sockets (QEMU's remote and local). CONTROL is a file
 * of words, read ten times a second: loss=N (N % of the frames are dropped, each way, by a generator with a
 * fixed seed), vlan=N (frames with tag N pass too, without their tag, and answers get it while the machine
 * uses it), tagged (only frames with the tag pass). Ends on SIGTERM and prints its counts. Tags: IEEE
 * 802.1Q, 0x8100 and the id after the two addresses.
 *
 * port=N: loss, double, delay, reorder and hold are only for packets of the machine to this UDP port over
 * IPv4: double=N (N % come twice), delay=MS (all come MS later), reorder=N and hold=MS (N % come up to MS
 * later still, so that others overtake them). LOG gets a line for each packet to that port, in the order
 * in which they were sent:
 *
 *   COPIES DELAY LENGTH TEXT    copies given to the collector (0: dropped), milliseconds of the latest,
 *                               bytes of the payload, its first bytes
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MAX = 65536, ADDRESSES = 12, TAG = 4, LOOK_MS = 100, LATER_MAX = 8192, TOLD = 160 };

/* A frame on its way to the tap. */
struct later {
	struct later *next;
	int64_t due; /* ms */
	size_t len;
	unsigned char frame[];
};

static struct wire {
	unsigned loss, vlan, port, doubling, delay, reorder, hold;
	int only_tagged, speaks_tagged, tap;
	unsigned noise;
	unsigned long frames, dropped, tagged, refused;
	struct later *later; /* by due, ascending */
	size_t later_count;
	int64_t now;
	FILE *log;
} wire = {.noise = 1};

static volatile sig_atomic_t over;

static void wire_end(int sig)
{
	(void)sig;
	over = 1;
}

static void wire_control(const char *path)
{
	static const struct {
		const char *name;
		unsigned *value;
	} words[] = {{"loss", &wire.loss}, {"vlan", &wire.vlan}, {"port", &wire.port},
	    {"double", &wire.doubling}, {"delay", &wire.delay}, {"reorder", &wire.reorder},
	    {"hold", &wire.hold}};
	char text[200], *rest = text, *word;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	wire.only_tagged = 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*words[i].value = 0;
	while ((word = strsep(&rest, " \n")) != NULL) {
		char *value = strchr(word, '=');

		if (strcmp(word, "tagged") == 0)
			wire.only_tagged = 1;
		for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].name) == (size_t)(value - word) &&
			    strncmp(word, words[i].name, (size_t)(value - word)) == 0)
				*words[i].value = (unsigned)strtoul(value + 1, NULL, 10);
	}
}

/* So many times of a hundred. */
static int wire_chance(unsigned of_hundred)
{
	wire.noise = wire.noise * 1103515245 + 12345;
	return wire.noise / 65536 % 100 < of_hundred;
}

static int wire_drops(void)
{
	wire.frames++;
	if (wire.port || !wire_chance(wire.loss))
		return 0;
	wire.dropped++;
	return 1;
}

/* --- what goes to the port that is looked at ------------------------------------------------------- */

static void wire_send(const unsigned char *frame, size_t len)
{
	if (write(wire.tap, frame, len) != (ssize_t)len)
		wire.refused++;
}

static void wire_send_later(const unsigned char *frame, size_t len, unsigned ms)
{
	struct later **at = &wire.later;
	struct later *later;

	if (ms == 0 || wire.later_count == LATER_MAX || !(later = malloc(sizeof(*later) + len))) {
		wire_send(frame, len);
		return;
	}
	later->due = wire.now + ms;
	later->len = len;
	memcpy(later->frame, frame, len);
	while (*at && (*at)->due <= later->due)
		at = &(*at)->next;
	later->next = *at;
	*at = later;
	wire.later_count++;
}

static void wire_send_due(void)
{
	while (wire.later && wire.later->due <= wire.now) {
		struct later *later = wire.later;

		wire.later = later->next;
		wire.later_count--;
		wire_send(later->frame, later->len);
		free(later);
	}
}

/* The offset of the payload of a packet to the port; 0: it is another packet. */
static size_t wire_payload(const unsigned char *frame, size_t len)
{
	enum { ETHERNET = 14, IP = 20, UDP = 8 };
	size_t udp = ETHERNET + (len > ETHERNET ? (frame[ETHERNET] & 15u) * 4 : 0);

	if (!wire.port || len < ETHERNET + IP + UDP || frame[12] != 0x08 || frame[13] != 0x00 ||
	    frame[ETHERNET] >> 4 != 4 || frame[ETHERNET + 9] != IPPROTO_UDP || len < udp + UDP ||
	    ((unsigned)frame[udp + 2] << 8 | frame[udp + 3]) != wire.port)
		return 0;
	return udp + UDP;
}

static void wire_harm(const unsigned char *frame, size_t len, size_t payload)
{
	/* (always all the dice, so that one chance does not shift the others) */
	int dropped = wire_chance(wire.loss), doubled = wire_chance(wire.doubling);
	unsigned copies = dropped ? 0 : doubled ? 2 : 1, latest = 0;
	/* short frames are filled up: the datagram has its own length */
	size_t told = (size_t)frame[payload - 4] << 8 | frame[payload - 3];

	for (unsigned i = 0; i < 2; i++) {
		unsigned ms = wire.delay;

		if (wire_chance(wire.reorder)) {
			wire.noise = wire.noise * 1103515245 + 12345;
			ms += wire.noise / 65536 % (wire.hold + 1);
		}
		if (i < copies) {
			latest = ms > latest ? ms : latest;
			wire_send_later(frame, len, ms);
		}
	}
	wire.dropped += copies == 0;
	if (!wire.log)
		return;
	told -= told >= 8 ? 8 : told;
	fprintf(wire.log, "%u %u %zu ", copies, latest, told);
	for (size_t i = 0; i < told && i < TOLD && payload + i < len; i++)
		fputc(frame[payload + i] >= ' ' && frame[payload + i] < 0x7f ? frame[payload + i]
									     : '?',
		    wire.log);
	fputc('\n', wire.log);
	fflush(wire.log);
}

/* --- what comes and goes ---------------------------------------------------------------------------- */

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

static int64_t wire_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
	int64_t looked = 0;

	if (argc != 5 && argc != 6)
		return 2;
	if (argc == 6 && !(wire.log = fopen(argv[5], "w"))) {
		perror("wire: the log");
		return 1;
	}
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
	wire.tap = ready[0].fd;
	sigaction(SIGTERM, &end, NULL);
	while (!over) {
		int64_t wait = LOOK_MS;
		ssize_t n;
		size_t len, payload;

		wire.now = wire_now();
		if (wire.now / LOOK_MS != looked) {
			looked = wire.now / LOOK_MS;
			wire_control(argv[4]);
		}
		wire_send_due();
		if (wire.later && wire.later->due - wire.now < wait)
			wait = wire.later->due - wire.now;
		if (poll(ready, 2, (int)wait) <= 0)
			continue;
		wire.now = wire_now();
		if (ready[1].revents && (n = recv(ready[1].fd, frame, FRAME_MAX, 0)) > 0 &&
		    (len = wire_in(frame, (size_t)n)) > 0) {
			if ((payload = wire_payload(frame, len)) > 0)
				wire_harm(frame, len, payload);
			else
				wire_send(frame, len);
		}
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
