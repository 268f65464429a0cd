/* SPDX-License-Identifier: MIT */
/* collector: opening, and the loop; see collector.h. status.c writes its counts. */
#include "collector.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "boot/attempts.h"

enum {
	ROUNDS = 16, /* batches of one socket before the others have their turn */
	TICK_MS = 20, /* what has waited long enough is looked for this often */
	IDLE_MS = 500,
	SHUT = -1, /* poll ignores such a descriptor */
	EVENTS_RETRY_MS = 1000,
	FINISH_MS = 1000, /* for lines that are still to be forwarded at the end */
};

static void collector_look_at_clock(struct collector *collector)
{
	collector->now = clock_monotonic();
	collector->utc = clock_now();
}

/* --- events ----------------------------------------------------------------------------------------- */

/* Writes the events of the turn; after a failure, every EVENTS_RETRY_MS. */
static void collector_write_events(struct collector *collector)
{
	struct err err;
	size_t done;

	if (collector->events_len == 0 || collector->now < collector->events_retry_at)
		return;
	if (journal_append_lines(
		&err, collector->state, collector->events, collector->events_len, &done)) {
		if (collector->events_retry_at == 0)
			collector->warn(err.msg);
		collector->events_retry_at = collector->now + EVENTS_RETRY_MS;
	} else {
		collector->events_retry_at = 0;
	}
	collector->events_len -= done;
	memmove(collector->events, collector->events + done, collector->events_len);
	if (done)
		indexer_ring(&collector->indexer);
}

/* The session's netconsole, which its OS has started, was heard: the machine is in no boot loop, even if its
 * "running" never arrives. A netconsole that starts early proves nothing about the OS. */
static void collector_heard(struct collector *collector, const char *id)
{
	const struct config_profile *profile;
	struct session session;
	struct err err;

	if (session_parse(&err, id, strlen(id), &session))
		return;
	profile = config_profile(collector->config, session.profile);
	if (profile && profile->netconsole_early)
		return;
	if (attempts_hush(&err, collector->state, session.mac, session.time_ms))
		collector->warn(err.msg);
}

static void collector_event(
    void *arg, const char *event, const char *session, const char *key, const char *value)
{
	struct collector *collector = arg;
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	if (session_id_is_probe(session))
		return;
	if (!newcomers_may_tell(&collector->sources.shared.newcomers, collector->state, session,
		collector->utc, logfiles_disk(collector->logs) == LOGFILES_ROOM)) {
		collector->events_dropped++;
		return;
	}
	journal_begin(&out, line, sizeof(line) - 1, collector->utc, event, session);
	kv_out_pair(&out, ' ', key, value);
	if (!out.overflow && collector->events_len + out.len + 1 > sizeof(collector->events))
		collector_write_events(collector);
	if (out.overflow || collector->events_len + out.len + 1 > sizeof(collector->events)) {
		collector->events_dropped++;
		return;
	}
	memcpy(collector->events + collector->events_len, line, out.len);
	collector->events_len += out.len;
	collector->events[collector->events_len++] = '\n';
	/* A binding can wait for the end of the turn, a crash cannot. */
	if (strcmp(event, "bound") != 0)
		collector_write_events(collector);
	else
		collector_heard(collector, session);
}

/* To the syslog server. */
static void collector_line(
    void *arg, const char *address, const char *session, const struct stream_line *line)
{
	struct collector *collector = arg;
	struct forward_line out = {.utc = collector->utc,
	    .prio = line->prio < 0 ? FORWARD_PRIO_UNKNOWN : (unsigned int)line->prio,
	    .host = address,
	    .session = session,
	    .text = line->text,
	    .len = line->len};
	struct session parsed;
	struct err ignored;
	char mac[18];

	if (session_id_is_probe(session))
		return;
	if (session[0] && session_parse(&ignored, session, strlen(session), &parsed) == 0) {
		mac_format(parsed.mac, mac);
		out.host = mac;
	}
	forward_line(&collector->forward, &out);
}

/* The newest session of the address, if the kernel can be that boot's: it started at most ten minutes
 * (firmware, download) after the boot request. */
static int collector_guess(
    void *arg, const char *address, int64_t boot_ms, char id[SESSION_ID_MAX + 1])
{
	const int64_t minute = 60000;
	struct collector *collector = arg;
	struct session session;
	struct err err;

	if (!collector->indexer.open ||
	    db_session_by_address(
		&err, collector->indexer.update.db, address, boot_ms + minute, id) <= 0 ||
	    session_keys_verify(&err, &collector->keys, id, strlen(id), &session))
		return 0;
	return session.time_ms >= boot_ms - 10 * minute;
}

static void collector_closing(void *arg, struct logfile *log)
{
	struct collector *collector = arg;

	indexer_closing(&collector->indexer, log);
}

/* --- opening ---------------------------------------------------------------------------------------- */

static int collector_lock(struct err *err, struct collector *collector)
{
	collector->lock = layout_lock(err, collector->state, "collector.lock");
	if (collector->lock < 0 && errno == EWOULDBLOCK)
		err_set(err, "another collector runs on %s", collector->state);
	return collector->lock < 0 ? -1 : 0;
}

int collector_listen(
    struct err *err, struct collector *collector, const char *const *listen, size_t listen_count)
{
	memset(collector, 0, sizeof(*collector));
	collector->bell = collector->lock = collector->signals = -1;
	linefiles_raise_limit();
	for (; collector->receive_count < listen_count; collector->receive_count++) {
		if (receive_open(err, listen[collector->receive_count],
			&collector->receive[collector->receive_count])) {
			collector_close(collector);
			return -1;
		}
	}
	return 0;
}

/* What a killed collector left in the spool goes to the logs. */
static void collector_recover(struct collector *collector)
{
	char text[100];
	uint64_t lines;
	struct err err;

	if (logfiles_recover(&err, collector->logs, collector->now, &lines)) {
		collector->warn(err.msg);
	} else if (lines) {
		snprintf(text, sizeof(text),
		    "%llu lines of a killed collector were written to their logs",
		    (unsigned long long)lines);
		collector->warn(text);
	}
}

int collector_open(struct err *err, struct collector *collector, const struct config *config,
    void (*warn)(const char *text))
{
	const char *state = config->state;
	struct source_env env = {
	    .keys = &collector->keys,
	    .arg = collector,
	    .guess = collector_guess,
	    .event = collector_event,
	    .line = config->forward[0] ? collector_line : NULL,
	};
	char path[FILE_PATH_MAX];
	sigset_t set;

	collector->config = config;
	collector->warn = warn;
	if (snprintf(collector->state, sizeof(collector->state), "%s", state) >=
	    (int)sizeof(collector->state))
		return err_set(err, "%s: path too long", state);
	collector->from_count =
	    config_subnets(err, config->netconsole_from, collector->from, CONFIG_SUBNETS_MAX);
	if (collector->from_count < 0 || layout_make(err, state) ||
	    collector_lock(err, collector) || session_keys_load(err, state, 1, &collector->keys) ||
	    file_path(err, state, "run/collector.sock", path))
		return -1;
	collector->bell = bell_open(err, path);
	if (collector->bell < 0)
		return -1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	collector->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (collector->signals < 0)
		return err_errno(err, "signalfd");
	collector_look_at_clock(collector);
	collector->started_ms = collector->utc;
	collector->logs = logfiles_new(state, collector_closing, collector);
	if (!collector->logs)
		return err_set(err, "out of memory");
	indexer_init(&collector->indexer, config, collector->logs, warn);
	collector_recover(collector);
	sources_init(&collector->sources, state, collector->logs, &env);
	pruner_init(&collector->pruner, config, collector->now);
	if (forward_init(err, &collector->forward, config->forward, warn))
		return -1;
	return hook_init(err, &collector->hook, state, config->hook, config->hook_timeout,
	    config->hook_wait, collector, collector_event, warn);
}

int collector_drop_privileges(struct err *err, const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return err_set(err, "no user %s", user);
	if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) || setuid(pw->pw_uid))
		return err_errno(err, "cannot become %s", user);
	if (pw->pw_uid != 0 && setuid(0) == 0)
		return err_set(err, "could become root again");
	return 0;
}

void collector_close(struct collector *collector)
{
	hook_close(&collector->hook);
	forward_close(&collector->forward);
	logfiles_free(collector->logs);
	collector->logs = NULL;
	for (size_t i = 0; i < collector->receive_count; i++)
		close(collector->receive[i].fd);
	collector->receive_count = 0;
	if (collector->bell >= 0)
		close(collector->bell);
	if (collector->signals >= 0)
		close(collector->signals);
	if (collector->lock >= 0)
		close(collector->lock);
	collector->bell = collector->signals = collector->lock = -1;
}

/* --- running ---------------------------------------------------------------------------------------- */

/* Is the sender in one of netconsole_from's subnets? */
static int collector_accepts(const struct collector *collector, const struct sockaddr *from)
{
	uint8_t address[16] = {[10] = 0xff, [11] = 0xff};

	if (collector->from_count == 0)
		return 1;
	if (from->sa_family == AF_INET6)
		memcpy(address, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
	else
		memcpy(
		    address + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	for (int i = 0; i < collector->from_count; i++)
		if (config_subnet_holds(&collector->from[i], address))
			return 1;
	return 0;
}

static void collector_coming(void *arg, const struct sockaddr_storage *from, size_t count)
{
	struct collector *collector = arg;

	sources_prefetch(&collector->sources, from, count);
}

static void collector_got(void *arg, const struct sockaddr *from, const char *buf, size_t len)
{
	struct collector *collector = arg;

	collector->packets++;
	collector->bytes += len;
	if (!collector_accepts(collector, from)) {
		collector->refused++;
		return;
	}
	sources_packet(&collector->sources, from, buf, len, collector->now, collector->utc);
}

static void collector_late(void *arg, const char *session, const char *event)
{
	collector_event(arg, event, session, "by", "time");
}

/* What did not happen in time becomes an event; the index has it then, and does not report it again. */
static void collector_watch(struct collector *collector)
{
	struct err err;

	/* Not before the index has all of the journal. */
	if (collector->now < collector->watch_at || !collector->indexer.open ||
	    collector->indexer.rung || collector->events_len)
		return;
	collector->watch_at = collector->now + COLLECTOR_WATCH_MS;
	db_late(&err, collector->indexer.update.db, collector->utc, collector_late, collector);
}

/* Without room, lines wait in memory, and are dropped then, instead of filling the disk. */
static void collector_disk(struct collector *collector)
{
	const struct pruner *pruner = &collector->pruner;
	unsigned long long mb, floor;
	char text[240];
	int full;

	if (!pruner_step(&collector->pruner, collector->now))
		return;
	logfiles_set_disk(collector->logs, pruner->disk);
	mb = pruner->disk_free >> 20;
	floor = pruner->floor >> 20;
	full = pruner->disk == LOGFILES_FULL;
	if (pruner->disk == LOGFILES_ROOM)
		snprintf(text, sizeof(text), "%llu MB are free again (disk_floor is %llu MB)", mb,
		    floor);
	else
		snprintf(text, sizeof(text),
		    "only %llu MB are free, %s disk_floor (%llu MB): %s not written; free some space",
		    mb, full ? "less than half of" : "hardly more than", floor,
		    full ? "uploads are refused and kernel lines are"
			 : "lines of senders without a session are");
	collector->warn(text);
	collector_event(collector, "event", "-", "text", text);
}

/* Receives what is there. 1 if there may be more; nap_ms: how long the next packets may gather. */
static int collector_receive(struct collector *collector, int *nap_ms)
{
	const struct receive_sink sink = {
	    .arg = collector, .coming = collector_coming, .got = collector_got};
	const uint64_t before = collector->packets;
	int more = 0;

	*nap_ms = RECEIVE_NAP_MAX_MS;

	for (size_t i = 0; i < collector->receive_count; i++) {
		int n = RECEIVE_BATCH;

		for (int round = 0; round < ROUNDS && n == RECEIVE_BATCH; round++)
			n = receive_batch(&collector->receive[i], &sink);
		more |= n == RECEIVE_BATCH;
		if (collector->receive[i].nap_ms < *nap_ms)
			*nap_ms = collector->receive[i].nap_ms;
	}
	if (more || collector->packets == before)
		*nap_ms = 0;
	return more;
}

/* Waits for the next turn. For nap_ms (0: not) packets gather in the sockets, so that one wake-up brings many
 * of them. 1 if there may be packets, 0 if not, -1. */
static int collector_wait(
    struct collector *collector, struct pollfd *fds, nfds_t count, int timeout, int nap_ms)
{
	int ready = nap_ms > 0;

	for (size_t i = 0; i < collector->receive_count; i++)
		fds[i].fd = nap_ms ? SHUT : collector->receive[i].fd;
	if (poll(fds, count, nap_ms && nap_ms < timeout ? nap_ms : timeout) < 0 && errno != EINTR)
		return -1;
	collector_look_at_clock(collector);
	for (size_t i = 0; i < collector->receive_count; i++)
		ready |= fds[i].revents != 0;
	return ready;
}

int collector_run(struct err *err, struct collector *collector)
{
	const struct logfiles_counts *logs = logfiles_counts(collector->logs);
	struct pollfd fds[COLLECTOR_LISTEN_MAX + 2];
	nfds_t count = 0;
	int timeout = 0, nap_ms = 0;
	uint64_t write_errors = 0;
	int64_t tick_at = 0;
	int left = 0; /* the last tick has more to do */

	for (; count < collector->receive_count; count++)
		fds[count] = (struct pollfd){.fd = SHUT, .events = POLLIN};
	fds[count++] = (struct pollfd){.fd = collector->bell, .events = POLLIN};
	fds[count++] = (struct pollfd){.fd = collector->signals, .events = POLLIN};
	for (;;) {
		int ready = collector_wait(collector, fds, count, timeout, nap_ms);
		int waits, more = 0, forwarding;

		if (ready < 0)
			return err_errno(err, "poll");
		if (fds[count - 1].revents)
			break;
		nap_ms = 0;
		if (ready)
			more = collector_receive(collector, &nap_ms);
		logfiles_turn(collector->logs, collector->now);
		if (left || collector->now >= tick_at) {
			int sources =
			    sources_tick(&collector->sources, collector->now, collector->utc);
			int writing = logfiles_tick(collector->logs, collector->now);

			left = sources == 2 || writing == 2;
			waits = sources || writing;
			tick_at = collector->now + TICK_MS;
		} else {
			waits = 1;
		}
		more |= left;
		if (write_errors == 0 && logs->write_errors)
			collector->warn(logfiles_error(collector->logs)->msg);
		write_errors = logs->write_errors;
		collector_write_events(collector);
		if (fds[count - 2].revents && bell_clear(collector->bell))
			indexer_ring(&collector->indexer);
		more |= indexer_step(&collector->indexer, collector->now);
		waits |= indexer_is_merging(&collector->indexer);
		more |= hook_step(&collector->hook, collector->now, collector->utc);
		forwarding = forward_step(&collector->forward, collector->now);
		waits |= forwarding == 1;
		more |= forwarding == 2;
		collector_watch(collector);
		collector_disk(collector);
		waits |= collector_tally(collector);
		collector_write_status(collector, 0);
		collector_write_metrics(collector, 0);
		timeout = more ? 0 : waits ? TICK_MS : IDLE_MS;
	}
	/* Packets that have arrived are still received. */
	for (int i = 0; i < 1000 && collector_receive(collector, &nap_ms); i++)
		;
	sources_finish(&collector->sources, collector->now, collector->utc);
	logfiles_flush(collector->logs, collector->now);
	for (int i = 0; i < FINISH_MS / 10 && forward_step(&collector->forward, collector->now);
	     i++) {
		usleep(10000);
		collector_look_at_clock(collector);
	}
	collector->events_retry_at = 0;
	collector_write_events(collector);
	indexer_finish(&collector->indexer, collector->now);
	collector_write_status(collector, 1);
	collector_write_metrics(collector, 1);
	return 0;
}
