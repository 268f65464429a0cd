/* SPDX-License-Identifier: MIT */
/* program: see program.h. */
#include "program.h"

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

static void program_warn(const struct err *err)
{
	err_print("lastwords-console", err);
}

static void program_news(void *arg, struct console *console, const char *bytes, size_t len)
{
	struct program *program = arg;

	program->changed = 1;
	attach_news(&program->attach, console, bytes, len);
}

static struct console *program_find(void *arg, const char *name)
{
	struct program *program = arg;
	const struct config_target *target = config_target(program->config, name);

	for (size_t i = 0; i < program->count; i++)
		if (program->console[i].target == target)
			return &program->console[i];
	return NULL;
}

static struct console *program_of_machine(struct program *program, const uint8_t mac[6])
{
	for (size_t i = 0; i < program->count; i++)
		if (memcmp(program->console[i].target->address, mac, 6) == 0)
			return &program->console[i];
	return NULL;
}

static void program_requested(void *arg, const struct session *session)
{
	struct console *console = program_of_machine(arg, session->mac);

	if (console)
		console_follow(console, session);
}

static void program_running(void *arg, const struct session *session)
{
	struct console *console = program_of_machine(arg, session->mac);

	if (console)
		console_running(console, session->id, clock_monotonic());
}

/* A serial-over-LAN console has some five descriptors in the library. */
static void program_raise_files(size_t count)
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

static int program_signals(struct err *err)
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

static int program_has_console(const struct config_target *target)
{
	return target->sol || target->console[0];
}

static void program_add(struct program *program, const struct config_target *target)
{
	struct console *console = &program->console[program->count];
	struct session session;
	struct err err;

	if (console_init(&err, console, &program->env, target)) {
		err_prefix(&err, "target %s", target->name);
		program_warn(&err);
		return;
	}
	program->count++;
	if (follow_newest(program->config->state, target->address, &session))
		console_follow(console, &session);
}

int program_open(struct err *err, struct program *program, const struct config *config)
{
	size_t wanted = 0;

	memset(program, 0, sizeof(*program));
	program->config = config;
	program->signals = program->attach.fd = -1;
	program->env = (struct console_env){.config = config, .news = program_news, .arg = program};
	program->changed = 1;
	program->attach.find = program_find;
	program->attach.arg = program;
	for (size_t i = 0; i < config->target_count; i++)
		wanted += program_has_console(&config->targets[i]) != 0;
	program_raise_files(wanted);
	program->console = calloc(wanted + 1, sizeof(*program->console));
	program->poll = calloc(wanted + 2 + ATTACH_CLIENTS_MAX, sizeof(*program->poll));
	if (!program->console || !program->poll)
		return err_set(err, "out of memory");
	program->signals = program_signals(err);
	/* before the threads of the library, which inherit the signal mask */
	if (program->signals < 0 || layout_make(err, config->state) ||
	    attach_listen(err, &program->attach, config->state) || sol_start(err, wanted) ||
	    follow_init(err, &program->follow, config->state))
		return -1;
	program->follow.requested = program_requested;
	program->follow.running = program_running;
	program->follow.arg = program;
	for (size_t i = 0; i < config->target_count; i++)
		if (program_has_console(&config->targets[i]))
			program_add(program, &config->targets[i]);
	return 0;
}

static void program_write_status(struct program *program)
{
	char line[STATUS_LINE_MAX], *text = NULL, run[FILE_PATH_MAX];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct kv_out kv;
	struct err err;
	int writer;

	for (size_t i = 0; out && i < program->count; i++) {
		const struct console *console = &program->console[i];

		kv_out_init(&kv, line, sizeof(line));
		kv_out_raw(&kv, console->target->name);
		kv_out_pair(&kv, ' ', "state", console_state_name(console->source.state));
		if (console->source.state >= SOURCE_LOST)
			kv_out_pair(&kv, ' ', "why", console->why);
		if (console->session[0])
			kv_out_pair(&kv, ' ', "session", console->session);
		kv_out_num(&kv, ' ', "bytes", console->bytes);
		kv_out_num(&kv, ' ', "last", (unsigned long long)(console->byte_usec / 1000));
		kv_out_num(
		    &kv, ' ', "watchers", attach_watchers(&program->attach, console, &writer));
		kv_out_num(&kv, ' ', "writer", (unsigned long long)writer);
		fprintf(out, "%s\n", line);
	}
	if (!out || fclose(out) || file_path(&err, program->config->state, LAYOUT_RUN, run) ||
	    file_replace(&err, run, "console.status", text, len))
		fprintf(stderr, "lastwords-console: the status cannot be written\n");
	free(text);
}

/* What is not driven by descriptors. */
static void program_tick(struct program *program, int64_t now)
{
	const struct config *config = program->config;
	struct err err;

	program->tick_at = now + PROGRAM_TICK_MS;
	program->env.disk_full = disk_is_full(config->state, config->disk_floor, 0);
	if (follow_read(&err, &program->follow))
		program_warn(&err);
	for (size_t i = 0; i < program->count; i++)
		console_tick(&program->console[i], now);
	if (program->changed && now >= program->status_at) {
		program->changed = 0;
		program->status_at = now + PROGRAM_STATUS_MS;
		program_write_status(program);
	}
}

/* What to wait for: consoles, then signals, then clients. */
static size_t program_poll(struct program *program)
{
	size_t n = 0;

	for (size_t i = 0; i < program->count; i++) {
		const struct source *source = &program->console[i].source;

		program->poll[n++] = (struct pollfd){.fd = source->fd,
		    .events =
			(short)(source->state == SOURCE_CONNECTING && source->kind == &source_line
				    ? POLLOUT
				    : POLLIN)};
	}
	program->poll[n++] = (struct pollfd){.fd = program->signals, .events = POLLIN};
	return n + attach_poll(&program->attach, program->poll + n);
}

int program_run(struct err *err, struct program *program)
{
	for (;;) {
		size_t n = program_poll(program), mine = program->count + 1;
		int64_t now = clock_monotonic();
		int wait = now >= program->tick_at ? 0 : (int)(program->tick_at - now);

		if (poll(program->poll, n, wait) < 0 && errno != EINTR)
			return err_errno(err, "poll");
		if (program->poll[program->count].revents)
			return 0;
		now = clock_monotonic();
		for (size_t i = 0; i < program->count; i++)
			if (program->poll[i].fd >= 0 && program->poll[i].revents)
				console_read(&program->console[i], now);
		attach_work(&program->attach, program->poll + mine, n - mine);
		if (now >= program->tick_at)
			program_tick(program, now);
	}
}

void program_close(struct program *program)
{
	for (size_t i = 0; i < program->count; i++)
		console_close(&program->console[i]);
	if (program->console && program->count > 0)
		program_write_status(program);
	if (program->attach.fd >= 0) {
		attach_close(&program->attach);
		unlink(program->attach.path);
	}
	if (program->signals >= 0)
		close(program->signals);
	sol_stop();
	free(program->console);
	free(program->poll);
}
