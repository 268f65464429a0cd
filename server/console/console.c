/* SPDX-License-Identifier: MIT */
/* console: see console.h. */
#include "console.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "screens.h"
#include "store/journal.h"
#include "store/layout.h"

enum { READ_SIZE = 16384, READS_AT_ONCE = 4 };

const char *console_state_name(enum source_state state)
{
	static const char *const names[] = {"connecting", "up", "lost", "held", "refused"};

	return names[state];
}

static int64_t console_usec(void)
{
	return clock_now() * 1000;
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

/* --- the transcript --- */

/* STATE/consoles/NAME, or the session's directory. 0/-1. */
static int console_dir(struct err *err, const struct console *console, char dir[FILE_PATH_MAX])
{
	const char *state = console->env->config->state;
	char parent[FILE_PATH_MAX];
	struct session session;

	if (console->session[0])
		return session_parse(err, console->session, strlen(console->session), &session)
			   ? -1
			   : layout_session_dir(err, state, &session, LAYOUT_LAZY, dir);
	if (file_path(err, state, LAYOUT_CONSOLES, parent) ||
	    file_path(err, parent, console->target->name, dir))
		return -1;
	mkdir(parent, 0750);
	mkdir(dir, 0750);
	return 0;
}

/* Opens the transcript if it is not open; after a failure not at once again. */
static void console_open_transcript(struct console *console)
{
	int64_t now = clock_monotonic();
	char dir[FILE_PATH_MAX];
	struct err err;

	if (console->transcript.log >= 0 || now < console->open_at)
		return;
	if (console_dir(&err, console, dir) || transcript_open(&err, &console->transcript, dir)) {
		console->open_at = now + CONSOLE_CHECK_MS;
		console_warn(console, &err);
	}
}

/* A line of ours, for the transcript and for whoever watches. */
static void console_mark(struct console *console, const char *text)
{
	char line[TRANSCRIPT_MARK_MAX + 32];
	struct err err;
	int len =
	    snprintf(line, sizeof(line), "\r\n[lastwords: %.*s]\r\n", TRANSCRIPT_MARK_MAX, text);

	console->env->news(console->env->arg, console, line, (size_t)len);
	if (!console->env->disk_full)
		console_open_transcript(console);
	if (!console->env->disk_full &&
	    transcript_mark(&err, &console->transcript, text, console_usec()))
		console_warn(console, &err);
}

/* Marks the gap that ended when the console came up. Gaps without a byte between them are one. */
static void console_mark_gap(struct console *console)
{
	char text[TRANSCRIPT_MARK_MAX];

	snprintf(text, sizeof(text), "console lost %lld s: %s",
	    (long long)((console->up_at - console->lost_at + 999) / 1000), console->lost_why);
	console->lost_at = 0;
	console->marked_bytes = console->bytes;
	console_mark(console, text);
}

/* Bytes that the disk did not take are counted, and marked when it takes others. */
static void console_store(struct console *console, const char *bytes, size_t len, int64_t usec)
{
	char text[80];
	struct err err;

	if (console->env->disk_full) {
		console->unstored += len;
		return;
	}
	console_open_transcript(console);
	if (console->unstored > 0) {
		snprintf(text, sizeof(text), "%llu bytes of the console not stored: no room",
		    (unsigned long long)console->unstored);
		if (transcript_mark(&err, &console->transcript, text, usec)) {
			console->unstored += len;
			return;
		}
		console->unstored = 0;
	}
	if (transcript_write(&err, &console->transcript, bytes, len, usec)) {
		if (console->unstored == 0)
			console_warn(console, &err);
		console->unstored += len;
	}
}

/* --- deaths --- */

static void console_died(struct console *console)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	console->death_at = 0;
	if (!console->session[0])
		return;
	journal_begin(&out, line, sizeof(line), clock_now(), "died", console->session);
	kv_out_pair(&out, ' ', "channel", "console");
	kv_out_pair(&out, ' ', "line", console->watch.death);
	if (journal_append(&err, console->env->config->state, &out)) {
		console_warn(console, &err);
		console->death_at = clock_monotonic(); /* again, once there is room */
	}
}

/* --- sessions --- */

/* What it prints belongs to this session from now on. */
static void console_switch(struct console *console, const struct session *session)
{
	if (console->death_at)
		console_died(console); /* it was this session's */
	transcript_close(&console->transcript);
	memcpy(console->session, session->id, strlen(session->id) + 1);
	console->session_ms = session->time_ms;
	console->session_bytes = 0;
	console->silent = 0;
	console->death_at = 0;
	console->open_at = 0;
	watch_init(&console->watch);
}

void console_resume(struct console *console, const struct session *session)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;
	int64_t age;

	if (session)
		console_switch(console, session);
	if (console_dir(&ignored, console, dir) || file_path(&ignored, dir, "console.log", path) ||
	    stat(path, &st) || st.st_size == 0)
		return;
	age = clock_now() - clock_of(&st.st_mtim);
	console->lost_at = clock_monotonic() - (age > 0 ? age : 0);
	console->marked_bytes = UINT64_MAX; /* none: it is marked when the console is up */
	snprintf(console->lost_why, sizeof(console->lost_why), "lastwords-console did not run");
}

void console_follow(struct console *console, const struct session *session)
{
	char dir[FILE_PATH_MAX] = "";
	struct err err;

	if (strcmp(console->session, session->id) == 0)
		return;
	if (!console->before.session[0] && console->session[0]) {
		memcpy(console->before.session, console->session, sizeof(console->session));
		console->before.watch = console->watch;
		console->before.at = clock_monotonic();
	}
	if (console->transcript.log >= 0)
		memcpy(dir, console->transcript.dir, sizeof(dir));
	console_switch(console, session);
	console_open_transcript(console);
	if (dir[0] && console->transcript.log >= 0 && console->transcript.size == 0 &&
	    !console->env->disk_full && screens_copy(&err, dir, &console->transcript))
		console_warn(console, &err);
	console->before.screens = console->transcript.size;
}

/* The kernel before still prints: the request was not its machine's, and what came since is the old session's. */
static void console_return(struct console *console)
{
	struct console_before before = console->before;
	char dir[FILE_PATH_MAX] = "";
	struct session session;
	struct err err;

	console->before.session[0] = '\0';
	if (session_parse(&err, before.session, strlen(before.session), &session))
		return;
	if (console->transcript.log >= 0)
		memcpy(dir, console->transcript.dir, sizeof(dir));
	console_switch(console, &session);
	console->watch = before.watch;
	console_open_transcript(console);
	if (dir[0] && screens_move(&err, dir, before.screens, &console->transcript))
		console_warn(console, &err);
}

void console_armed(struct console *console, const struct session *session)
{
	if (session->time_ms > console->session_ms)
		console_follow(console, session);
	if (strcmp(session->id, console->session) == 0)
		console->before.session[0] = '\0';
}

void console_running(struct console *console, const struct session *session, int64_t now)
{
	console_armed(console, session);
	if (strcmp(session->id, console->session) != 0 || console->session_bytes > 0 ||
	    console->silent || console->source.state != SOURCE_UP)
		return;
	console->silent = 1;
	console->event_at = now + CONSOLE_EVENT_MS;
	console_event(console, "silent",
	    "the machine runs, and its console has printed nothing; check console in the profile, and "
	    "the firmware's port and speed");
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
	if (console->lost_at && console->bytes != console->marked_bytes)
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
	int64_t usec = console_usec();
	int died;

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
	console->bytes += (uint64_t)n;
	console->session_bytes += (uint64_t)n;
	console->byte_at = now;
	console->byte_usec = usec;
	died = watch_bytes(&console->watch, bytes, (size_t)n);
	if (console->before.session[0] &&
	    console->watch.stamp_usec / 1000 > now - console->before.at + CONSOLE_BOOT_MS) {
		console_return(console);
		died = watch_bytes(&console->watch, bytes, (size_t)n);
	}
	console_store(console, bytes, (size_t)n, usec);
	if (died)
		console->death_at = now;
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
	transcript_init(&console->transcript);
	watch_init(&console->watch);
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
	if (console->source.fd < 0)
		return;
	if (console->source.state == SOURCE_CONNECTING &&
	    now - console->opened_at > CONSOLE_CONNECT_MS) {
		console->source.state = SOURCE_LOST;
		err_set(&err, "no connection within %d s", CONSOLE_CONNECT_MS / 1000);
		console_ended(console, &err, 0, now);
	} else if (console->source.kind->tick) {
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
	if (now >= console->check_at) {
		console->check_at = now + CONSOLE_CHECK_MS;
		/* (only bytes make it again: a session that was pruned stays so) */
		if (transcript_is_gone(&console->transcript))
			transcript_close(&console->transcript);
	}
	console_tick_source(console, now);
	console_tick_holder(console, now);
	if (console->death_at && (now - console->byte_at > CONSOLE_QUIET_MS ||
				     now - console->death_at > CONSOLE_REPORT_MS))
		console_died(console);
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
	if (console->death_at)
		console_died(console);
	source_close(&console->source);
	holder_close(&console->holder);
	transcript_close(&console->transcript);
}
