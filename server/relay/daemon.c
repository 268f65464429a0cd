/* SPDX-License-Identifier: MIT */
/*
 * daemon: the loop. Connected it sends what is new at once (inotify on the journal), then files, then history; without a
 * connection it tries again after a pause that grows. It may be killed at any point: what it has to remember is in the
 * centre (relay.h), so it catches no signal.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/layout.h"

enum {
	DAEMON_IDLE_MS = 1000, /* without news from inotify */
	DAEMON_GATHER_MS = 20, /* lines that follow each other go in one batch */
	DAEMON_FILES_MS = 2000,
	DAEMON_STATUS_MS = 5000,
	DAEMON_RING_MS = 60000,
	DAEMON_BYTES = 65536, /* of the first batch */
};

/* --- waiting --------------------------------------------------------------------------------------- */

static int daemon_watch(const char *state)
{
	char dir[FILE_PATH_MAX];
	struct err ignored;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd >= 0 && file_path(&ignored, state, LAYOUT_JOURNAL, dir) == 0)
		(void)inotify_add_watch(fd, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	return fd;
}

/* Until the journal has grown, or ms. */
static void daemon_wait(int watch, int ms)
{
	struct pollfd fd = {.fd = watch, .events = POLLIN};
	char events[4096];

	if (poll(&fd, watch >= 0, ms) <= 0)
		return;
	(void)poll(NULL, 0, DAEMON_GATHER_MS);
	while (read(watch, events, sizeof(events)) > 0)
		;
}

/* The pause before the next connection, by half of itself more or less. */
static int daemon_pause(struct relay *relay)
{
	int pause = relay->retry_ms;

	relay->retry_ms = pause * 2 < RELAY_PAUSE_MAX_MS ? pause * 2 : RELAY_PAUSE_MAX_MS;
	return pause / 2 + (int)((unsigned)random() % (unsigned)pause);
}

/* --- connected ------------------------------------------------------------------------------------- */

static int daemon_due(int64_t *at, int64_t now, int every)
{
	if (now < *at)
		return 0;
	*at = now + every;
	return 1;
}

/* What is due by the clock. 0/-1. */
static int daemon_timed(struct err *err, struct relay *relay, int64_t now)
{
	if (daemon_due(&relay->counters_at, now, RELAY_COUNTERS_MS) &&
	    counters_send(err, relay, clock_now()))
		return -1;
	if (daemon_due(&relay->ring_at, now, DAEMON_RING_MS) && ring_fetch(err, relay))
		return -1;
	if (daemon_due(&relay->status_at, now, DAEMON_STATUS_MS))
		status_write(relay);
	return 0;
}

/* A piece of each kind of work. How much there was; 0: nothing is to do; -1. */
static long daemon_work(struct err *err, struct relay *relay)
{
	int64_t now = clock_monotonic();
	long events = send_next(err, relay), history, files = 0;

	if (events < 0 || daemon_timed(err, relay, now))
		return -1;
	/* (one at a time, so that events never wait for more than a session's files) */
	if (now >= relay->files_at) {
		files = files_next(err, relay);
		if (files == 0)
			relay->files_at = now + DAEMON_FILES_MS;
	}
	history = files < 0 ? -1 : send_history(err, relay, now);
	return history < 0 ? -1 : events + files + history;
}

/* Work failed: what that means for the connection. */
static void daemon_failed(struct err *err, struct relay *relay)
{
	enum relay_state state = relay->pq.fault == PQ_READ_ONLY ? RELAY_READ_ONLY : RELAY_WAITING;

	/* The cursor is elsewhere (an answer was lost): ask at once. */
	if (strcmp(relay->pq.state, "LW005") == 0)
		relay->retry_ms = 1;
	pq_close(&relay->pq);
	send_look(relay);
	status_change(relay, state, err->msg);
}

static void daemon_step(struct relay *relay, int watch)
{
	struct err err;
	long done;

	if (!relay->pq.conn) {
		if (hello_connect(&err, relay)) {
			send_look(relay);
			status_write(relay);
			(void)poll(NULL, 0, daemon_pause(relay));
			return;
		}
		relay->files_at = relay->counters_at = relay->ring_at = 0;
	}
	relay->pq.fault = PQ_FINE;
	done = daemon_work(&err, relay);
	if (done < 0) {
		daemon_failed(&err, relay);
		(void)poll(NULL, 0, daemon_pause(relay));
		return;
	}
	relay->retry_ms = RELAY_PAUSE_MIN_MS;
	if (done == 0)
		daemon_wait(watch, DAEMON_IDLE_MS);
}

/* The second relay of one STATE waits until the first has ended. 0/-1. */
static int daemon_lock(struct err *err, const char *state)
{
	char path[FILE_PATH_MAX];
	int fd;

	if (layout_make(err, state) || file_path(err, state, LAYOUT_RUN "/relay.lock", path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	fprintf(stderr, "lastwords-relay: another relay runs for %s; this one waits\n", state);
	return flock(fd, LOCK_EX) ? err_errno(err, "%s", path) : 0;
}

int daemon_run(struct err *err, const struct config *config)
{
	static struct relay relay;
	int watch;

	relay.config = config;
	relay.since_ms = clock_now();
	relay.files_waiting = -1;
	relay.bytes_max = DAEMON_BYTES;
	relay.retry_ms = RELAY_PAUSE_MIN_MS;
	snprintf(relay.why, sizeof(relay.why), "not tried yet");
	srandom((unsigned)getpid() ^ (unsigned)clock_now());
	if (!config->central[0])
		return err_set(err, "%s: there is no key central", config->file);
	if (daemon_lock(err, config->state) || server_id_load(err, config->state, 1, relay.id))
		return -1;
	watch = daemon_watch(config->state);
	for (;;)
		daemon_step(&relay, watch);
}
