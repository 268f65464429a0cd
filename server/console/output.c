/* SPDX-License-Identifier: MIT */
/* output: see output.h. */
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "screens.h"
#include "store/journal.h"
#include "store/layout.h"

static int64_t output_usec(void)
{
	return clock_now() * 1000;
}

static void output_warn(const struct output *output, const struct err *err)
{
	fprintf(stderr, "lastwords-console: %s: %s\n", output->name, err->msg);
}

void output_init(
    struct output *output, const struct config *config, const char *name, const int *disk_full)
{
	memset(output, 0, sizeof(*output));
	output->config = config;
	output->name = name;
	output->disk_full = disk_full;
	transcript_init(&output->transcript);
	watch_init(&output->watch);
}

/* --- the transcript --- */

/* STATE/consoles/NAME, or the session's directory. 0/-1. */
static int output_dir(struct err *err, const struct output *output, char dir[FILE_PATH_MAX])
{
	const char *state = output->config->state;
	char parent[FILE_PATH_MAX];
	struct session session;

	if (output->session[0])
		return session_parse(err, output->session, strlen(output->session), &session)
			   ? -1
			   : layout_session_dir(err, state, &session, LAYOUT_LAZY, dir);
	if (file_path(err, state, LAYOUT_CONSOLES, parent) ||
	    file_path(err, parent, output->name, dir))
		return -1;
	mkdir(parent, 0750);
	mkdir(dir, 0750);
	return 0;
}

/* Opens the transcript if it is not open; after a failure not at once again. */
static void output_open(struct output *output)
{
	int64_t now = clock_monotonic();
	char dir[FILE_PATH_MAX];
	struct err err;

	if (output->transcript.log >= 0 || now < output->open_at)
		return;
	if (output_dir(&err, output, dir) || transcript_open(&err, &output->transcript, dir)) {
		output->open_at = now + OUTPUT_CHECK_MS;
		output_warn(output, &err);
	}
}

void output_mark(struct output *output, const char *text)
{
	struct err err;

	if (*output->disk_full)
		return;
	output_open(output);
	if (transcript_mark(&err, &output->transcript, text, output_usec()))
		output_warn(output, &err);
}

/* Bytes that the disk did not take are counted, and marked when it takes others. */
static void output_store(struct output *output, const char *bytes, size_t len)
{
	char text[80];
	struct err err;

	if (*output->disk_full) {
		output->unstored += len;
		return;
	}
	output_open(output);
	if (output->unstored > 0) {
		snprintf(text, sizeof(text), "%llu bytes of the console not stored: no room",
		    (unsigned long long)output->unstored);
		if (transcript_mark(&err, &output->transcript, text, output->byte_usec)) {
			output->unstored += len;
			return;
		}
		output->unstored = 0;
	}
	if (transcript_write(&err, &output->transcript, bytes, len, output->byte_usec)) {
		if (output->unstored == 0)
			output_warn(output, &err);
		output->unstored += len;
	}
}

/* --- deaths --- */

static void output_died(struct output *output)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	output->death_at = 0;
	if (!output->session[0])
		return;
	journal_begin(&out, line, sizeof(line), clock_now(), "died", output->session);
	kv_out_pair(&out, ' ', "channel", "console");
	kv_out_pair(&out, ' ', "line", output->watch.death);
	if (journal_append(&err, output->config->state, &out)) {
		output_warn(output, &err);
		output->death_at = clock_monotonic(); /* again, once there is room */
	}
}

/* --- sessions --- */

/* What it prints belongs to this session from now on. */
static void output_switch(struct output *output, const struct session *session)
{
	if (output->death_at)
		output_died(output); /* it was the session's before */
	transcript_close(&output->transcript);
	memcpy(output->session, session->id, strlen(session->id) + 1);
	output->session_ms = session->time_ms;
	output->session_bytes = 0;
	output->death_at = 0;
	output->open_at = 0;
	watch_init(&output->watch);
}

int64_t output_resume(struct output *output, const struct session *session)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;
	int64_t age;

	if (session)
		output_switch(output, session);
	if (output_dir(&ignored, output, dir) || file_path(&ignored, dir, "console.log", path) ||
	    stat(path, &st) || st.st_size == 0)
		return -1;
	age = clock_now() - clock_of(&st.st_mtim);
	return age > 0 ? age : 0;
}

/* Leaves the session: where its transcript is, "" if it is not open. */
static void output_leave(const struct output *output, char dir[FILE_PATH_MAX])
{
	dir[0] = '\0';
	if (output->transcript.log >= 0)
		memcpy(dir, output->transcript.dir, sizeof(output->transcript.dir));
}

void output_follow(struct output *output, const struct session *session)
{
	char dir[FILE_PATH_MAX];
	struct err err;

	if (strcmp(output->session, session->id) == 0)
		return;
	if (!output->before.session[0] && output->session[0]) {
		memcpy(output->before.session, output->session, sizeof(output->session));
		output->before.watch = output->watch;
		output->before.at = clock_monotonic();
	}
	output_leave(output, dir);
	output_switch(output, session);
	output_open(output);
	if (dir[0] && output->transcript.log >= 0 && output->transcript.size == 0 &&
	    !*output->disk_full && screens_copy(&err, dir, &output->transcript))
		output_warn(output, &err);
	output->before.screens = output->transcript.size;
}

/* The kernel before still prints: the request was not its machine's. What has come since is the old session's. */
static void output_return(struct output *output)
{
	const struct output_before before = output->before;
	char dir[FILE_PATH_MAX];
	struct session session;
	struct err err;

	output->before.session[0] = '\0';
	if (session_parse(&err, before.session, strlen(before.session), &session))
		return;
	output_leave(output, dir);
	output_switch(output, &session);
	output->watch = before.watch;
	output_open(output);
	if (dir[0] && screens_move(&err, dir, before.screens, &output->transcript))
		output_warn(output, &err);
}

void output_armed(struct output *output, const struct session *session)
{
	if (session->time_ms > output->session_ms)
		output_follow(output, session);
	if (strcmp(session->id, output->session) == 0)
		output->before.session[0] = '\0';
}

/* --- the whole --- */

void output_bytes(struct output *output, const char *bytes, size_t len, int64_t now)
{
	int died;

	output->bytes += len;
	output->session_bytes += len;
	output->byte_at = now;
	output->byte_usec = output_usec();
	died = watch_bytes(&output->watch, bytes, len);
	if (output->before.session[0] &&
	    output->watch.stamp_usec / 1000 > now - output->before.at + OUTPUT_BOOT_MS) {
		output_return(output);
		died = watch_bytes(&output->watch, bytes, len);
	}
	output_store(output, bytes, len);
	if (died)
		output->death_at = now;
}

void output_tick(struct output *output, int64_t now)
{
	if (now >= output->check_at) {
		output->check_at = now + OUTPUT_CHECK_MS;
		/* (only bytes make it again: a session that was pruned stays so) */
		if (transcript_is_gone(&output->transcript))
			transcript_close(&output->transcript);
	}
	if (output->death_at &&
	    (now - output->byte_at > OUTPUT_QUIET_MS || now - output->death_at > OUTPUT_REPORT_MS))
		output_died(output);
}

void output_close(struct output *output)
{
	if (output->death_at)
		output_died(output);
	transcript_close(&output->transcript);
}
