/* SPDX-License-Identifier: MIT */
/* netcast: records as netconsole packets; see netcast.h. Has no socket of its own, and no clock. */
#include "netcast.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
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

/* The kernel's escaping of a text, and its newline. Returns the length. */
static size_t netcast_escape(char *body, size_t size, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < len && n + 5 <= size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			body[n++] = (char)c;
			continue;
		}
		body[n++] = '\\';
		body[n++] = 'x';
		body[n++] = digits[c >> 4];
		body[n++] = digits[c & 15];
	}
	body[n++] = '\n';
	return n;
}

/* header has no ';' yet. */
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
	cast->last_seq = record->seq;
	snprintf(header, sizeof(header), "%u,%llu,%llu,%c%s", prio, (unsigned long long)record->seq,
	    (unsigned long long)(record->has_time ? record->ts_nsec / 1000 : 0),
	    record->flags & KLOG_NO_PREFIX ? '+' : '-', caller);
	netcast_fragments(cast, header, len);
	return 0;
}

/* A hole has no number of its own: the collector sees it by the numbers that lack, and reads why. */
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
	const char *colon = strrchr(text, ':');
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	char host[64];
	uint16_t port;
	size_t n;

	memset(to, 0, sizeof(*to));
	if (!colon)
		return err_set(err, "\"%.80s\" is no ADDRESS:PORT", text);
	if (num_port(err, "the netconsole port", colon + 1, &port))
		return -1;
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n >= sizeof(host))
		return err_set(err, "\"%.80s\" is no numeric address", text);
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		*len = sizeof(*in);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
		return 0;
	}
	return err_set(err, "\"%s\" is no numeric address", host);
}
