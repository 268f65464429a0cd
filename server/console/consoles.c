/* SPDX-License-Identifier: MIT */
/* consoles: see consoles.h. */
#include "consoles.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "store/layout.h"

enum { FILES_EACH = 8, FILES_SPARE = 512, STATUS_LINE_MAX = 1024 };

static void consoles_warn(const struct err *err)
{
	err_print("lastwords-console", err);
}

static void consoles_news(void *arg, struct console *console, const char *bytes, size_t len)
{
	struct consoles *consoles = arg;

	consoles->changed = 1;
	attach_news(&consoles->attach, console, bytes, len);
}

static struct console *consoles_find(void *arg, const char *name)
{
	struct consoles *consoles = arg;
	const struct config_target *target = config_target(consoles->config, name);

	for (size_t i = 0; i < consoles->count; i++)
		if (consoles->console[i].target == target)
			return &consoles->console[i];
	return NULL;
}

static struct console *consoles_of_machine(struct consoles *consoles, const uint8_t mac[6])
{
	for (size_t i = 0; i < consoles->count; i++)
		if (memcmp(consoles->console[i].target->address, mac, 6) == 0)
			return &consoles->console[i];
	return NULL;
}

static void consoles_session(void *arg, enum follow_event event, const struct session *session)
{
	struct console *console = consoles_of_machine(arg, session->mac);

	if (console)
		console_session(console, event, session, clock_monotonic());
}

/* A serial-over-LAN console has some five descriptors in the library. */
static void consoles_raise_files(size_t count)
{
	struct rlimit limit;
	rlim_t wanted = count * FILES_EACH + FILES_SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return;
	if (limit.rlim_max < wanted)
		wanted = limit.rlim_max;
	limit.rlim_cur = wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int consoles_signals(struct err *err)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, "signals") : fd;
}

static void consoles_add(struct consoles *consoles, const struct config_target *target)
{
	struct console *console = &consoles->console[consoles->count];
	struct session session;
	struct err err;

	if (console_init(&err, console, &consoles->env, target)) {
		err_prefix(&err, "target %s", target->name);
		consoles_warn(&err);
		return;
	}
	consoles->count++;
	console_resume(console,
	    follow_newest(consoles->config->state, target->address, &session) ? &session : NULL);
}

int consoles_open(struct err *err, struct consoles *consoles, const struct config *config)
{
	size_t wanted = 0;

	memset(consoles, 0, sizeof(*consoles));
	consoles->config = config;
	consoles->signals = consoles->attach.fd = -1;
	consoles->env =
	    (struct console_env){.config = config, .news = consoles_news, .arg = consoles};
	consoles->changed = 1;
	consoles->attach.find = consoles_find;
	consoles->attach.arg = consoles;
	for (size_t i = 0; i < config->target_count; i++)
		wanted += config_target_has_console(&config->targets[i]);
	consoles_raise_files(wanted);
	consoles->console = calloc(wanted + 1, sizeof(*consoles->console));
	consoles->poll = calloc(wanted + 2 + ATTACH_CLIENTS_MAX, sizeof(*consoles->poll));
	if (!consoles->console || !consoles->poll)
		return err_set(err, "out of memory");
	consoles->signals = consoles_signals(err);
	/* before the threads of the library, which inherit the signal mask */
	if (consoles->signals < 0 || layout_make(err, config->state) ||
	    attach_listen(err, &consoles->attach, config->state) || sol_start(err, wanted) ||
	    follow_init(err, &consoles->follow, config->state))
		return -1;
	consoles->follow.got = consoles_session;
	consoles->follow.arg = consoles;
	for (size_t i = 0; i < config->target_count; i++)
		if (config_target_has_console(&config->targets[i]))
			consoles_add(consoles, &config->targets[i]);
	return 0;
}

static void consoles_write_status(struct consoles *consoles)
{
	char line[STATUS_LINE_MAX], *text = NULL, run[FILE_PATH_MAX];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct kv_out kv;
	struct err err;
	int writer;

	for (size_t i = 0; out && i < consoles->count; i++) {
		const struct console *console = &consoles->console[i];

		kv_out_init(&kv, line, sizeof(line));
		kv_out_raw(&kv, console->target->name);
		kv_out_pair(&kv, ' ', "state", console_state_name(console->source.state));
		if (console->source.state >= SOURCE_LOST)
			kv_out_pair(&kv, ' ', "why", console->why);
		if (console->output.session[0])
			kv_out_pair(&kv, ' ', "session", console->output.session);
		kv_out_num(&kv, ' ', "bytes", console->output.bytes);
		kv_out_num(
		    &kv, ' ', "last", (unsigned long long)(console->output.byte_usec / 1000));
		kv_out_num(
		    &kv, ' ', "watchers", attach_watchers(&consoles->attach, console, &writer));
		kv_out_num(&kv, ' ', "writer", (unsigned long long)writer);
		fprintf(out, "%s\n", line);
	}
	if (!out || fclose(out) || file_path(&err, consoles->config->state, LAYOUT_RUN, run) ||
	    file_replace(&err, run, "console.status", text, len))
		fprintf(stderr, "lastwords-console: the status cannot be written\n");
	free(text);
}

/* What is not driven by descriptors. */
static void consoles_tick(struct consoles *consoles, int64_t now)
{
	const struct config *config = consoles->config;
	struct err err;

	consoles->tick_at = now + CONSOLES_TICK_MS;
	consoles->env.disk_full = disk_is_full(config->state, config->disk_floor, 0);
	if (follow_read(&err, &consoles->follow))
		consoles_warn(&err);
	for (size_t i = 0; i < consoles->count; i++)
		console_tick(&consoles->console[i], now);
	if (consoles->changed && now >= consoles->status_at) {
		consoles->changed = 0;
		consoles->status_at = now + CONSOLES_STATUS_MS;
		consoles_write_status(consoles);
	}
}

/* What to wait for: consoles, then signals, then clients. */
static size_t consoles_poll(struct consoles *consoles)
{
	size_t n = 0;

	for (size_t i = 0; i < consoles->count; i++) {
		const struct source *source = &consoles->console[i].source;

		consoles->poll[n++] = (struct pollfd){.fd = source->fd,
		    .events =
			(short)(source->state == SOURCE_CONNECTING && source->kind == &source_line
				    ? POLLOUT
				    : POLLIN)};
	}
	consoles->poll[n++] = (struct pollfd){.fd = consoles->signals, .events = POLLIN};
	return n + attach_poll(&consoles->attach, consoles->poll + n);
}

int consoles_run(struct err *err, struct consoles *consoles)
{
	for (;;) {
		size_t n = consoles_poll(consoles), mine = consoles->count + 1;
		int64_t now = clock_monotonic();
		int wait = now >= consoles->tick_at ? 0 : (int)(consoles->tick_at - now);

		if (poll(consoles->poll, n, wait) < 0 && errno != EINTR)
			return err_errno(err, "poll");
		if (consoles->poll[consoles->count].revents)
			return 0;
		now = clock_monotonic();
		for (size_t i = 0; i < consoles->count; i++)
			if (consoles->poll[i].fd >= 0 && consoles->poll[i].revents)
				console_read(&consoles->console[i], now);
		attach_work(&consoles->attach, consoles->poll + mine, n - mine);
		if (now >= consoles->tick_at)
			consoles_tick(consoles, now);
	}
}

/* A resolver still writes to the memory of one of them. */
static int consoles_look_up(struct consoles *consoles)
{
	for (size_t i = 0; i < consoles->count; i++)
		if (lookup_is_busy(&consoles->console[i].source.lookup))
			return 1;
	return 0;
}

void consoles_close(struct consoles *consoles)
{
	for (size_t i = 0; i < consoles->count; i++)
		console_close(&consoles->console[i]);
	if (consoles->console && consoles->count > 0)
		consoles_write_status(consoles);
	if (consoles->attach.fd >= 0) {
		attach_close(&consoles->attach);
		unlink(consoles->attach.path);
	}
	if (consoles->signals >= 0)
		close(consoles->signals);
	sol_stop();
	if (!consoles_look_up(consoles))
		free(consoles->console);
	free(consoles->poll);
}
