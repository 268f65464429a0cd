/* SPDX-License-Identifier: MIT */
/* netcast: records as netconsole packets; see netcast.h. Has no socket and no clock. */
#include "netcast.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/hex.h"
#include "render.h"

enum { NETCAST_WARNING = 4 };

void netcast_init(
    struct netcast *cast, int (*send)(void *arg, const char *packet, size_t len), void *arg)
{
	memset(cast, 0, sizeof(*cast));
	cast->send = send;
	cast->arg = arg;
}

static void netcast_send(struct netcast *cast, const char *packet, size_t len)
{
	cast->packets++;
	if (cast->send(cast->arg, packet, len))
		cast->failed++;
}

void netcast_session(struct netcast *cast, const char *session)
{
	char packet[256];
	int n = snprintf(packet, sizeof(packet), "lastwords.session=%.200s\n", session);

	netcast_send(cast, packet, (size_t)n);
}

void netcast_note(struct netcast *cast, const char *text)
{
	char packet[512];
	int n = snprintf(packet, sizeof(packet), "[lastwords: %.400s]\n", text);

	for (int i = 0; i < n - 1; i++)
		if (packet[i] < 0x20 || packet[i] > 0x7e)
			packet[i] = '?';
	netcast_send(cast, packet, (size_t)n);
}

/* A text as the kernel escapes it, and a newline. Returns the length. */
static size_t netcast_escape(char *body, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 5 <= size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			body[n++] = (char)c;
			continue;
		}
		body[n++] = '\\';
		body[n++] = 'x';
		hex_text(&c, 1, body + n); /* its NUL has room: n + 5 <= size */
		n += 2;
	}
	body[n++] = '\n';
	return n;
}

/* Sends the body, in as many packets as it takes; header is without its ';'. */
static void netcast_fragments(struct netcast *cast, const char *header, size_t len)
{
	char packet[NETCAST_PACKET + 1];
	int n = snprintf(packet, sizeof(packet), "%s;", header);
	size_t head = (size_t)n;

	if (head + len <= NETCAST_PACKET) {
		memcpy(packet + head, cast->body, len);
		netcast_send(cast, packet, head + len);
		return;
	}
	for (size_t at = 0; at < len;) {
		size_t part;

		n = snprintf(packet, sizeof(packet), "%s,ncfrag=%zu/%zu;", header, at, len);
		head = (size_t)n;
		part = NETCAST_PACKET - head < len - at ? NETCAST_PACKET - head : len - at;
		memcpy(packet + head, cast->body + at, part);
		netcast_send(cast, packet, head + part);
		at += part;
	}
}

static int netcast_record(void *arg, const struct klog_record *record)
{
	struct netcast *cast = arg;
	unsigned prio = record->level < 0
			    ? NETCAST_WARNING
			    : (unsigned)record->facility << 3 | (unsigned)record->level;
	char header[160], caller[24] = "";
	size_t len = netcast_escape(cast->body, sizeof(cast->body), record->text + record->stamp,
	    record->len - record->stamp);

	if (record->has_caller)
		snprintf(caller, sizeof(caller), ",caller=%c%u",
		    record->caller & 0x80000000 ? 'C' : 'T', record->caller & 0x7fffffff);
	snprintf(header, sizeof(header), "%u,%llu,%llu,%c%s", prio, (unsigned long long)record->seq,
	    (unsigned long long)(record->has_time ? record->ts_nsec / 1000 : 0),
	    record->flags & KLOG_NO_PREFIX ? '+' : '-', caller);
	netcast_fragments(cast, header, len);
	return 0;
}

/* A hole has no number of its own: the collector finds it by the missing numbers; this is the reason. */
static int netcast_hole(void *arg, const struct klog_hole *hole)
{
	struct netcast *cast = arg;
	char text[200];
	size_t n = render_hole_text(hole, text, sizeof(text) - 1);

	text[n++] = '\n';
	netcast_send(cast, text, n);
	return 0;
}

struct klog_sink netcast_sink(struct netcast *cast)
{
	return (struct klog_sink){netcast_record, netcast_hole, cast};
}

int netcast_address(struct err *err, const char *text, struct sockaddr_storage *to, socklen_t *len)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 0;

	if (address_split(err, text, host, &port))
		return -1;
	if (port == 0)
		return err_set(err, "\"%.80s\" has no port; write ADDRESS:PORT", text);
	return address_numeric(err, host, port, to, len);
}
