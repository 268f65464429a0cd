/* SPDX-License-Identifier: MIT */
/* serial: see serial.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "power.h"
#include "serial.h"
#include "sol.h"

enum { RETRY_MS = 100, READ_MAX = 1024 };

/* Telnet (RFC 854). */
enum { IAC = 255, SB = 250, SE = 240, WILL = 251, DONT = 254, BREAK = 243 };

enum telnet_state { TELNET_DATA, TELNET_IAC, TELNET_OPTION, TELNET_SUB, TELNET_SUB_IAC };

/* --- the ring --- */

static void ring_put(struct bmc *bmc, const uint8_t *data, size_t len)
{
	struct serial *s = &bmc->serial;

	for (size_t i = 0; i < len; i++) {
		bmc->serial_bytes++;
		if (bmc->faults.serial_drop &&
		    bmc->serial_bytes % (unsigned long)bmc->faults.serial_drop == 0)
			continue;
		if (!s->ring)
			continue;
		if (s->len == SERIAL_RING) {
			bmc->sol.overrun = 1;
			continue;
		}
		s->ring[(s->start + s->len++) % SERIAL_RING] = data[i];
	}
	if (s->ring && s->len)
		sol_gather(bmc);
}

size_t serial_read(struct bmc *bmc, uint8_t *data, size_t len)
{
	struct serial *s = &bmc->serial;
	size_t n = 0;

	while (s->ring && s->len && n < len) {
		data[n++] = s->ring[s->start];
		s->start = (s->start + 1) % SERIAL_RING;
		s->len--;
	}
	if (s->connected && n && s->len + n > SERIAL_RING - READ_MAX)
		loop_change(&s->watch, EPOLLIN | (s->out_len ? EPOLLOUT : 0));
	return n;
}

void serial_attach(struct bmc *bmc)
{
	struct serial *s = &bmc->serial;

	if (!s->ring)
		s->ring = malloc(SERIAL_RING);
	s->start = s->len = 0;
}

void serial_detach(struct bmc *bmc)
{
	struct serial *s = &bmc->serial;

	free(s->ring);
	s->ring = NULL;
	s->len = 0;
	if (s->connected)
		loop_change(&s->watch, EPOLLIN | (s->out_len ? EPOLLOUT : 0));
}

/* --- the socket --- */

static void disconnect(struct bmc *bmc, const char *why)
{
	struct serial *s = &bmc->serial;

	if (s->connected)
		bmc_note(bmc, "serial line lost: %s", why);
	loop_end(&s->watch);
	free(s->out);
	s->out = NULL;
	s->out_len = 0;
	s->connected = 0;
	s->telnet_state = TELNET_DATA;
	s->retry_at = clock_monotonic() + RETRY_MS;
	bmc_wake(bmc, s->retry_at);
}

/* Takes the telnet commands out of what came; the new length. */
static size_t strip_telnet(struct serial *s, uint8_t *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i];

		switch (s->telnet_state) {
		case TELNET_DATA:
			if (c == IAC)
				s->telnet_state = TELNET_IAC;
			else
				data[n++] = c;
			break;
		case TELNET_IAC:
			if (c == IAC)
				data[n++] = c;
			s->telnet_state = c >= WILL && c <= DONT ? TELNET_OPTION
					  : c == SB              ? TELNET_SUB
								 : TELNET_DATA;
			break;
		case TELNET_OPTION:
			s->telnet_state = TELNET_DATA;
			break;
		case TELNET_SUB:
			if (c == IAC)
				s->telnet_state = TELNET_SUB_IAC;
			break;
		default:
			s->telnet_state = c == SE ? TELNET_DATA : TELNET_SUB;
		}
	}
	return n;
}

static void flush_out(struct bmc *bmc)
{
	struct serial *s = &bmc->serial;
	ssize_t n = send(s->watch.fd, s->out, s->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return;
	s->out_len -= (size_t)n;
	memmove(s->out, s->out + n, s->out_len);
	if (!s->out_len)
		loop_change(&s->watch, EPOLLIN);
}

static void on_ready(struct watch *watch, uint32_t events)
{
	struct bmc *bmc = watch->owner;
	struct serial *s = &bmc->serial;
	uint8_t data[READ_MAX];
	ssize_t n;

	if (!s->connected) {
		int error = 0;
		socklen_t len = sizeof(error);

		getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			disconnect(bmc, strerror(error));
			return;
		}
		s->connected = 1;
		bmc_note(bmc, "serial line connected");
		loop_change(watch, EPOLLIN);
		return;
	}
	if (events & EPOLLOUT && s->out_len)
		flush_out(bmc);
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (s->ring && s->len > SERIAL_RING - READ_MAX && !(events & (EPOLLHUP | EPOLLERR))) {
		/* waits until serial_read has made room */
		loop_change(watch, s->out_len ? EPOLLOUT : 0);
		return;
	}
	n = recv(watch->fd, data, sizeof(data), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		disconnect(bmc, n ? strerror(errno) : "closed");
		return;
	}
	if (n > 0)
		ring_put(bmc, data, options.telnet ? strip_telnet(s, data, (size_t)n) : (size_t)n);
}

/* "unix:PATH": each '%' of PATH is the BMC's number. */
static int unix_address(struct err *err, int number, struct sockaddr_un *at)
{
	size_t len = 0;

	at->sun_family = AF_UNIX;
	for (const char *p = options.serial + 5; *p; p++) {
		size_t room = sizeof(at->sun_path) - len;
		int n = *p == '%' ? snprintf(at->sun_path + len, room, "%d", number)
				  : snprintf(at->sun_path + len, room, "%c", *p);

		if (n < 0 || (size_t)n >= room)
			return err_set(err, "--serial: path too long");
		len += (size_t)n;
	}
	return 0;
}

static int serial_address(struct err *err, int number, struct sockaddr_storage *at, socklen_t *len)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;

	memset(at, 0, sizeof(*at));
	if (strncmp(options.serial, "unix:", 5) == 0) {
		*len = sizeof(struct sockaddr_un);
		return unix_address(err, number, (struct sockaddr_un *)at);
	}
	if (strncmp(options.serial, "tcp:", 4) != 0)
		return err_set(err, "--serial: use unix:PATH or tcp:HOST:PORT");
	if (address_split(err, options.serial + 4, host, &port))
		return err_prefix(err, "--serial");
	if (!port || port + number > 65535)
		return err_set(err, "--serial: invalid port; use 1 to 65535, with --count in mind");
	return address_numeric(err, host, (uint16_t)(port + number), at, len);
}

int serial_check(struct err *err)
{
	struct sockaddr_storage at;
	socklen_t len;

	return options.serial ? serial_address(err, options.count - 1, &at, &len) : 0;
}

static void try_connect(struct bmc *bmc)
{
	struct serial *s = &bmc->serial;
	struct sockaddr_storage at = {0};
	socklen_t len = 0;
	struct err err;

	s->watch.owner = bmc;
	s->watch.ready = on_ready;
	if (serial_address(&err, bmc->number, &at, &len))
		return;
	s->watch.fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->watch.fd < 0 ||
	    (connect(s->watch.fd, (struct sockaddr *)&at, len) && errno != EINPROGRESS) ||
	    loop_add(&err, &s->watch, EPOLLOUT))
		disconnect(bmc, strerror(errno));
}

/* Bytes that go out as they are, all or none of them. 0/-1. */
static int queue_out(struct serial *s, const uint8_t *data, size_t len)
{
	if (!s->out)
		s->out = malloc(SERIAL_OUT);
	if (!s->out || SERIAL_OUT - s->out_len < len)
		return -1;
	memcpy(s->out + s->out_len, data, len);
	s->out_len += len;
	return 0;
}

static void send_out(struct bmc *bmc)
{
	flush_out(bmc);
	if (bmc->serial.out_len)
		loop_change(&bmc->serial.watch, EPOLLIN | EPOLLOUT);
}

static size_t socket_write(struct bmc *bmc, const uint8_t *data, size_t len)
{
	struct serial *s = &bmc->serial;
	size_t taken = 0;

	/* without a connection, what is written is lost */
	if (!s->connected)
		return len;
	while (taken < len) {
		uint8_t pair[2] = {data[taken], IAC};

		if (queue_out(s, pair, options.telnet && data[taken] == IAC ? 2 : 1))
			break;
		taken++;
	}
	send_out(bmc);
	return taken;
}

/* --- our own machine --- */

void serial_print(struct bmc *bmc, const char *text)
{
	if (!options.serial && !bmc->faults.sol_stalled)
		ring_put(bmc, (const uint8_t *)text, strlen(text));
}

static void echo(struct bmc *bmc, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && bmc->power.on; i++) {
		if (data[i] == '\r')
			ring_put(bmc, (const uint8_t *)"\r\n", 2);
		else
			ring_put(bmc, data + i, 1);
	}
}

static void chatter(struct bmc *bmc, int64_t now)
{
	struct serial *s = &bmc->serial;
	char line[96];

	if (now >= s->chatter_at) {
		s->chatter_at += 60000 / options.chatter;
		if (s->chatter_at < now)
			s->chatter_at = now;
		snprintf(line, sizeof(line), "[%5lld.%06d] chatter: machine %d, line %lu\r\n",
		    (long long)now / 1000, (int)(now % 1000) * 1000, bmc->number, ++s->lines);
		if (bmc->power.on)
			serial_print(bmc, line);
	}
	bmc_wake(bmc, s->chatter_at);
}

/* --- both --- */

size_t serial_write(struct bmc *bmc, const uint8_t *data, size_t len)
{
	if (bmc->faults.sol_stalled)
		return len;
	if (options.serial)
		return socket_write(bmc, data, len);
	echo(bmc, data, len);
	return len;
}

void serial_break(struct bmc *bmc)
{
	static const uint8_t telnet_break[] = {IAC, BREAK};

	bmc_note(bmc, "break");
	if (options.break_program)
		power_spawn(bmc, options.break_program, "break");
	else if (!options.serial)
		serial_print(bmc, "<BREAK>\r\n");
	else if (options.telnet && bmc->serial.connected &&
		 queue_out(&bmc->serial, telnet_break, sizeof(telnet_break)) == 0)
		send_out(bmc);
	else
		bmc_note(bmc, "break: lost, the line cannot carry it");
}

void serial_open(struct bmc *bmc)
{
	bmc->serial.watch.fd = -1;
	/* not all at the same moment */
	bmc->serial.chatter_at =
	    clock_monotonic() +
	    (options.chatter ? 60000 / options.chatter * bmc->number / options.count : 0);
}

void serial_tick(struct bmc *bmc, int64_t now)
{
	struct serial *s = &bmc->serial;

	if (!options.serial) {
		if (options.chatter)
			chatter(bmc, now);
		return;
	}
	if (s->watch.fd >= 0)
		return;
	if (now >= s->retry_at)
		try_connect(bmc);
	else
		bmc_wake(bmc, s->retry_at);
}

void serial_close(struct bmc *bmc)
{
	loop_end(&bmc->serial.watch);
	free(bmc->serial.ring);
	free(bmc->serial.out);
}
