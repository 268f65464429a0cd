/* SPDX-License-Identifier: MIT */
/* attach: see attach.h. */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/kv.h"
#include "base/num.h"
#include "console/wire/frame.h"
#include "store/layout.h"

enum { REPLAY_MAX = ATTACH_QUEUE_MAX / 2 }; /* bytes */

struct attach_client {
	int fd;
	struct console *console; /* NULL: not opened yet */
	int writes, ended; /* ended: it is closed once its queue is empty */
	char in[2 * FRAME_WHOLE_MAX];
	size_t in_len;
	char held[FRAME_MAX]; /* for the machine, which has not taken it yet */
	size_t held_len;
	char *out; /* what waits for it */
	size_t out_len, out_room;
};

/* It is closed at the next turn, whatever waits for it. */
static void client_drop(struct attach_client *client)
{
	client->ended = 1;
	client->out_len = 0;
}

static void client_free(struct attach_client *client)
{
	close(client->fd);
	free(client->out);
	free(client);
}

static void client_put(
    struct attach_client *client, enum frame_type type, const char *text, size_t len)
{
	char frame[FRAME_WHOLE_MAX];

	do {
		size_t piece = len < FRAME_MAX ? len : FRAME_MAX;
		size_t size = frame_put(frame, type, text, piece);

		if (client->out_len + size > client->out_room) {
			size_t room = 2 * (client->out_len + size);
			char *grown =
			    room > 2 * ATTACH_QUEUE_MAX ? NULL : realloc(client->out, room);

			if (!grown) {
				client_drop(client);
				return;
			}
			client->out = grown;
			client->out_room = room;
		}
		memcpy(client->out + client->out_len, frame, size);
		client->out_len += size;
		text += piece;
		len -= piece;
	} while (len > 0);
}

static void client_say(struct attach_client *client, enum frame_type type, const char *text)
{
	client_put(client, type, text, strlen(text));
	client->ended |= type == FRAME_END;
}

static void client_say_state(struct attach_client *client)
{
	const struct console *console = client->console;
	const enum source_state state = console->source.state;
	char text[300];

	snprintf(text, sizeof(text), "%s: %s%s%s", console->target->name, console_state_name(state),
	    state >= SOURCE_LOST && console->why[0] ? ": " : "",
	    state >= SOURCE_LOST ? console->why : "");
	client_say(client, FRAME_STATUS, text);
}

/* The last lines of what the console has printed. */
static void client_replay(struct attach_client *client, uint64_t lines)
{
	struct transcript_reader reader;
	char bytes[FRAME_MAX];
	struct err ignored;
	uint64_t at;
	ssize_t n;

	if (transcript_read_open(&ignored, &reader, client->console->output.transcript.dir) == 0) {
		at = transcript_last(&reader, lines, REPLAY_MAX);
		while ((n = transcript_read(&reader, at, bytes, sizeof(bytes))) > 0) {
			client_put(client, FRAME_DATA, bytes, (size_t)n);
			at += (uint64_t)n;
		}
	}
	transcript_read_close(&reader);
}

static void client_write(struct attach *attach, struct attach_client *client)
{
	for (size_t i = 0; i < attach->count; i++) {
		struct attach_client *other = attach->client[i];

		if (other == client || other->console != client->console || !other->writes)
			continue;
		other->writes = 0;
		client_say(other, FRAME_STATUS, "another client writes now; you read on");
	}
	client->writes = 1;
	client_say(client, FRAME_STATUS, "you are the writer");
}

static int client_has_writer(const struct attach *attach, const struct console *console)
{
	int writer;

	attach_watchers(attach, console, &writer);
	return writer;
}

static void client_open(
    struct attach *attach, struct attach_client *client, const char *text, size_t len)
{
	char buf[FRAME_MAX + 1];
	const char *name;
	struct kv kv;

	memcpy(buf, text, len);
	kv_parse(&kv, buf, len, '&');
	name = kv_get(&kv, "target");
	client->console = name ? attach->find(attach->arg, name) : NULL;
	if (!client->console) {
		client_say(
		    client, FRAME_END, "no console of that name; set sol or console in its target");
		return;
	}
	client_replay(client, kv_u64(&kv, "lines", ATTACH_LINES_MAX, 0));
	client_say_state(client);
	if (kv_u64(&kv, "write", 1, 0) && client_has_writer(attach, client->console))
		client_say(client, FRAME_STATUS, "another client writes; you read (~w: write)");
	else if (kv_u64(&kv, "write", 1, 0))
		client_write(attach, client);
	if (kv_u64(&kv, "steal", 1, 0))
		console_steal(client->console);
}

/* Gives the machine what is held for it; drops that if the console is not up, or the client no longer writes. */
static void client_flush(struct attach_client *client)
{
	struct source *source = &client->console->source;
	size_t taken;

	if (client->held_len == 0)
		return;
	if (source->state != SOURCE_UP || !client->writes) {
		client->held_len = 0;
		client_say(client, FRAME_STATUS, "the console is not up; what you typed is lost");
		return;
	}
	taken = source->kind->write(source, client->held, client->held_len);
	client->held_len -= taken;
	memmove(client->held, client->held + taken, client->held_len);
}

static void client_frame(
    struct attach *attach, struct attach_client *client, const struct frame *frame)
{
	struct console *console = client->console;

	if (frame->type == FRAME_OPEN && !console) {
		client_open(attach, client, frame->text, frame->len);
		return;
	}
	if (!console) {
		client_say(client, FRAME_END, "not understood");
		return;
	}
	if (frame->type == FRAME_WRITE)
		client_write(attach, client);
	if (!client->writes || console->source.fd < 0)
		return;
	if (frame->type == FRAME_DATA) {
		memcpy(client->held, frame->text, frame->len);
		client->held_len = frame->len;
		client_flush(client);
	}
	if (frame->type == FRAME_BREAK && console->source.kind->send_break(&console->source))
		client_say(client, FRAME_STATUS, "this console cannot send a break");
}

/* Does what the client's frames say, as far as the machine takes them. 0, or -1: it is no client. */
static int client_take(struct attach *attach, struct attach_client *client)
{
	size_t at = 0;
	struct frame frame;
	int size = 0;

	while (!client->ended && client->held_len == 0 &&
	       (size = frame_take(client->in + at, client->in_len - at, &frame)) > 0) {
		client_frame(attach, client, &frame);
		at += (size_t)size;
	}
	client->in_len -= at;
	memmove(client->in, client->in + at, client->in_len);
	return size < 0 ? -1 : 0;
}

/* Reads what a client has sent. 0, or -1: it has gone. */
static int client_read(struct attach *attach, struct attach_client *client)
{
	ssize_t n =
	    read(client->fd, client->in + client->in_len, sizeof(client->in) - client->in_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	client->in_len += (size_t)n;
	return client_take(attach, client);
}

/* Sends what waits. 0, or -1: it has gone, or this was its end. */
static int client_send(struct attach_client *client)
{
	ssize_t n;

	if (client->out_len > 0) {
		n = send(client->fd, client->out, client->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0) {
			client->out_len -= (size_t)n;
			memmove(client->out, client->out + n, client->out_len);
		}
	}
	return client->ended && client->out_len == 0 ? -1 : 0;
}

static void attach_accept(struct attach *attach)
{
	int fd = accept4(attach->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct attach_client *client;

	if (fd < 0)
		return;
	client = attach->count < ATTACH_CLIENTS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (!client) {
		close(fd);
		return;
	}
	client->fd = fd;
	attach->client[attach->count++] = client;
}

int attach_listen(struct err *err, struct attach *attach, const char *state)
{
	struct sockaddr_un address;
	char run[FILE_PATH_MAX];

	if (file_path(err, state, LAYOUT_RUN, run) ||
	    file_path(err, run, "console.sock", attach->path) ||
	    address_unix(err, attach->path, &address))
		return -1;
	attach->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (attach->fd < 0)
		return err_errno(err, "%s", attach->path);
	if (connect(attach->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		attach_close(attach);
		return err_set(err, "%s: another lastwords-console runs", attach->path);
	}
	unlink(attach->path);
	if (bind(attach->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chmod(attach->path, 0600) || listen(attach->fd, 16)) {
		err_errno(err, "%s", attach->path);
		attach_close(attach);
		return -1;
	}
	return 0;
}

size_t attach_poll(const struct attach *attach, struct pollfd *poll)
{
	poll[0] = (struct pollfd){.fd = attach->fd, .events = POLLIN};
	for (size_t i = 0; i < attach->count; i++)
		poll[i + 1] = (struct pollfd){.fd = attach->client[i]->fd,
		    .events = (short)((attach->client[i]->held_len > 0 ? 0 : POLLIN) |
				      (attach->client[i]->out_len > 0 ? POLLOUT : 0))};
	return 1 + attach->count;
}

void attach_work(struct attach *attach, const struct pollfd *poll, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < attach->count; i++) {
		struct attach_client *client = attach->client[i];
		short ready = i + 1 < count ? poll[i + 1].revents : 0;

		if (client->held_len > 0) {
			client_flush(client);
			if (client->held_len == 0 && client_take(attach, client))
				client_drop(client);
		}
		if ((ready & (POLLIN | POLLERR) && client_read(attach, client)) ||
		    (ready & POLLHUP && !(ready & POLLIN)) || client_send(client))
			client_free(client);
		else
			attach->client[kept++] = client;
	}
	attach->count = kept;
	if (poll[0].revents)
		attach_accept(attach);
}

void attach_news(
    struct attach *attach, const struct console *console, const char *bytes, size_t len)
{
	for (size_t i = 0; i < attach->count; i++) {
		struct attach_client *client = attach->client[i];

		if (client->console != console || client->ended)
			continue;
		if (len == 0)
			client_say_state(client);
		else if (client->out_len + len > ATTACH_QUEUE_MAX)
			client_drop(client); /* it does not read */
		else
			client_put(client, FRAME_DATA, bytes, len);
	}
}

size_t attach_watchers(const struct attach *attach, const struct console *console, int *writer)
{
	size_t count = 0;

	*writer = 0;
	for (size_t i = 0; i < attach->count; i++) {
		if (attach->client[i]->console != console || attach->client[i]->ended)
			continue;
		count++;
		*writer |= attach->client[i]->writes;
	}
	return count;
}

void attach_close(struct attach *attach)
{
	for (size_t i = 0; i < attach->count; i++)
		client_free(attach->client[i]);
	attach->count = 0;
	if (attach->fd >= 0)
		close(attach->fd);
	attach->fd = -1;
}
