/* SPDX-License-Identifier: MIT */
/* console: see console.h. */
#include "console.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/journal.h"

enum { READ_SIZE = 16384, READS_AT_ONCE = 4 };

const char *console_state_name(enum source_state state)
{
	static const char *const names[] = {"connecting", "up", "lost", "held", "refused"};

	return names[state];
}

static void console_warn(const struct console *console, const struct err *err)
{
	fprintf(stderr, "lastwords-console: %s: %s\n", console->target->name, err->msg);
}

static void console_event(struct console *console, const char *state, const char *why)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), clock_now(), "console", NULL);
	kv_out_pair(&out, ' ', "target", console->target->name);
	kv_out_pair(&out, ' ', "state", state);
	if (why[0])
		kv_out_pair(&out, ' ', "why", why);
	if (journal_append(&err, console->env->config->state, &out))
		console_warn(console, &err);
}

/* The journal gets a state that lasts, once. */
static void console_report(struct console *console, int64_t now)
{
	const enum source_state state = console->source.state;

	if (state == SOURCE_CONNECTING || state == console->reported || now < console->event_at ||
	    console->holder.pid)
		return;
	if (state == SOURCE_UP && console->reported == SOURCE_CONNECTING) {
		console->reported = state; /* as it should be: nothing to report */
		return;
	}
	console->reported = state;
	console->event_at = now + CONSOLE_EVENT_MS;
	console_event(console, console_state_name(state), state == SOURCE_UP ? "" : console->why);
}

/* --- its output --- */

/* A line of ours, for the transcript and for those who watch. */
static void console_mark(struct console *console, const char *text)
{
	char line[TRANSCRIPT_MARK_MAX + 32];
	int len =
	    snprintf(line, sizeof(line), "\r\n[lastwords: %.*s]\r\n", TRANSCRIPT_MARK_MAX, text);

	console->env->news(console->env->arg, console, line, (size_t)len);
	output_mark(&console->output, text);
}

/* Marks the gap that ended when the console came up. Gaps without a byte between them are one. */
static void console_mark_gap(struct console *console)
{
	char text[TRANSCRIPT_MARK_MAX];

	snprintf(text, sizeof(text), "console lost %lld s: %s",
	    (long long)((console->up_at - console->lost_at + 999) / 1000), console->lost_why);
	console->lost_at = 0;
	console->marked_bytes = console->output.bytes;
	console_mark(console, text);
}

void console_resume(struct console *console, const struct session *session)
{
	int64_t age = output_resume(&console->output, session);

	if (age < 0)
		return;
	console->lost_at = clock_monotonic() - age;
	console->marked_bytes = UINT64_MAX; /* never reached: it is marked when the console is up */
	snprintf(console->lost_why, sizeof(console->lost_why), "lastwords-console did not run");
}

/* The session runs: if the console has printed nothing of it, that is reported, once. */
static void console_running(struct console *console, const struct session *session, int64_t now)
{
	const struct output *output = &console->output;

	if (strcmp(session->id, output->session) != 0 || output->session_bytes > 0 ||
	    strcmp(session->id, console->silent) == 0 || console->source.state != SOURCE_UP)
		return;
	memcpy(console->silent, session->id, sizeof(console->silent));
	console->event_at = now + CONSOLE_EVENT_MS;
	console_event(console, "silent",
	    "the machine runs, and its console has printed nothing; check console in the profile, and "
	    "the firmware's port and speed");
}

void console_session(
    struct console *console, enum follow_event event, const struct session *session, int64_t now)
{
	if (event == FOLLOW_REQUESTED) {
		output_follow(&console->output, session);
		return;
	}
	output_armed(&console->output, session);
	if (event == FOLLOW_RUNNING)
		console_running(console, session, now);
}

/* --- the connection --- */

/* The pause until the next try, by the way the last one ended. */
static void console_pause(struct console *console, int64_t now)
{
	const enum source_state state = console->source.state;

	if (state == SOURCE_HELD || state == SOURCE_REFUSED) {
		console->try_at =
		    now + (state == SOURCE_HELD ? CONSOLE_HELD_MS : CONSOLE_REFUSED_MS);
		return;
	}
	console->try_at = now + console->pause_ms;
	if (strncmp(console->source.place, "unix:", 5) == 0 ||
	    strncmp(console->source.place, "pipe:", 5) == 0) {
		console->try_at = now + 1; /* at the next tick: that costs nothing */
		return;
	}
	console->pause_ms *= 2;
	if (console->pause_ms > CONSOLE_PAUSE_MAX_MS)
		console->pause_ms = CONSOLE_PAUSE_MAX_MS;
}

static void console_ended(struct console *console, const struct err *err, int was_up, int64_t now)
{
	source_close(&console->source);
	if (console->source.state != SOURCE_HELD)
		console->source.steal = 0;
	if (was_up && !console->lost_at) {
		console->lost_at = now;
		snprintf(console->lost_why, sizeof(console->lost_why), "%.199s", err->msg);
	}
	if (was_up && now - console->up_at > CONSOLE_STABLE_MS)
		console->pause_ms = CONSOLE_PAUSE_MS;
	snprintf(console->why, sizeof(console->why), "%.110s%s%s", err->msg,
	    console->source.state == SOURCE_HELD && console->holder.text[0] ? ": " : "",
	    console->source.state == SOURCE_HELD ? console->holder.text : "");
	console_pause(console, now);
	console->env->news(console->env->arg, console, NULL, 0);
}

static void console_came_up(struct console *console, int64_t now)
{
	console->up_at = now;
	console->holder.text[0] = '\0';
	console->holder.asked_at = 0;
	console->source.steal = 0;
	if (console->lost_at && console->output.bytes != console->marked_bytes)
		console_mark_gap(console);
	console->env->news(console->env->arg, console, NULL, 0);
}

static void console_connect(struct console *console, int64_t now)
{
	struct err err;

	console->try_at = 0;
	console->opened_at = now;
	if (source_open(&err, &console->source))
		console_ended(console, &err, 0, now);
	else if (console->source.state == SOURCE_UP)
		console_came_up(console, now);
}

/* One read. 1 if there may be more. */
static int console_read_once(struct console *console, int64_t now)
{
	const int was_up = console->source.state == SOURCE_UP;
	char bytes[READ_SIZE];
	struct err err;
	ssize_t n = console->source.kind->read(&err, &console->source, bytes, sizeof(bytes));

	if (n < 0) {
		console_ended(console, &err, was_up, now);
		return 0;
	}
	if (!was_up && console->source.state == SOURCE_UP)
		console_came_up(console, now);
	if (n == 0)
		return 0;
	if (console->lost_at)
		console_mark_gap(console);
	output_bytes(&console->output, bytes, (size_t)n, now);
	console->env->news(console->env->arg, console, bytes, (size_t)n);
	return console->source.fd >= 0;
}

int console_init(struct err *err, struct console *console, struct console_env *env,
    const struct config_target *target)
{
	memset(console, 0, sizeof(*console));
	console->target = target;
	console->env = env;
	console->pause_ms = CONSOLE_PAUSE_MS;
	console->reported = SOURCE_CONNECTING;
	console->try_at = 1;
	output_init(&console->output, env->config, target->name, &env->disk_full);
	return source_init(err, &console->source, env->config, target);
}

void console_read(struct console *console, int64_t now)
{
	for (int i = 0; i < READS_AT_ONCE && console->source.fd >= 0; i++)
		if (!console_read_once(console, now))
			break;
}

/* A connection that does not come up ends, and one that has ended is opened again. */
static void console_tick_source(struct console *console, int64_t now)
{
	struct err err;

	if (console->source.fd < 0 && console->try_at && now >= console->try_at)
		console_connect(console, now);
	if (source_waits(&console->source) && source_wait(&err, &console->source))
		console_ended(console, &err, 0, now);
	if (console->source.fd < 0 && !source_waits(&console->source))
		return;
	if (console->source.state == SOURCE_CONNECTING &&
	    now - console->opened_at > CONSOLE_CONNECT_MS) {
		console->source.state = SOURCE_LOST;
		err_set(&err, "no connection within %d s", CONSOLE_CONNECT_MS / 1000);
		console_ended(console, &err, 0, now);
	} else if (console->source.fd >= 0 && console->source.kind->tick) {
		console->source.kind->tick(&console->source, now);
	}
}

/* While another session holds it: who that is. */
static void console_tick_holder(struct console *console, int64_t now)
{
	const int asking = console->holder.pid != 0;

	if (console->source.state == SOURCE_HELD && console->source.kind == &source_sol &&
	    console->env->asking < CONSOLE_ASKING_MAX)
		holder_ask(
		    &console->holder, console->env->config->file, console->target->name, now);
	console->env->asking += (console->holder.pid != 0) - asking;
	if (!holder_answered(&console->holder))
		return;
	console->env->asking--;
	if (!console->holder.text[0] || console->source.state != SOURCE_HELD)
		return;
	snprintf(console->why, sizeof(console->why), "another session holds the console: %s",
	    console->holder.text);
	console->env->news(console->env->arg, console, NULL, 0);
}

void console_tick(struct console *console, int64_t now)
{
	console_tick_source(console, now);
	console_tick_holder(console, now);
	output_tick(&console->output, now);
	console_report(console, now);
}

void console_steal(struct console *console)
{
	if (console->source.state != SOURCE_HELD && console->source.state != SOURCE_CONNECTING)
		return;
	console->source.steal = 1;
	if (console->source.state == SOURCE_HELD)
		console->try_at = 1;
}

void console_close(struct console *console)
{
	source_close(&console->source);
	holder_close(&console->holder);
	output_close(&console->output);
}
