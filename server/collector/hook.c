/* SPDX-License-Identifier: MIT */
/* hook: one program run for each new crash; see hook.h. */
#include "hook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/known.h"

/* --- the position ------------------------------------------------------------------------------------ */

static int hook_nothing(void *arg, struct journal_entry *entry)
{
	(void)arg;
	(void)entry;
	return 0;
}

static int hook_save(struct err *err, struct hook *hook)
{
	char text[128];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '\n', "file", hook->pos.file);
	kv_out_num(&out, '\n', "offset", (unsigned long long)hook->pos.offset);
	kv_out_raw(&out, "\n");
	if (file_write(err, hook->state, "hook.pos", text, out.len))
		return -1;
	hook->saved = hook->pos;
	return 0;
}

static int hook_load(struct err *err, struct hook *hook)
{
	char path[FILE_PATH_MAX], text[256];
	const char *file;
	struct err ignored;
	uint64_t offset;
	struct kv kv;

	if (file_path(err, hook->state, "hook.pos", path))
		return -1;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv) == 0 &&
	    (file = kv_get(&kv, "file")) != NULL && strlen(file) < sizeof(hook->pos.file) &&
	    (offset = kv_u64(&kv, "offset", INT64_MAX, UINT64_MAX)) != UINT64_MAX) {
		snprintf(hook->pos.file, sizeof(hook->pos.file), "%s", file);
		hook->pos.offset = (int64_t)offset;
		hook->saved = hook->pos;
		return 0;
	}
	/* First configured: older crashes do not count. */
	if (journal_read(err, hook->state, &hook->pos, hook_nothing, NULL) < 0)
		return -1;
	return hook_save(err, hook);
}

int hook_init(struct err *err, struct hook *hook, const char *state, const char *program,
    int timeout, int wait, void *arg,
    void (*event)(
	void *arg, const char *event, const char *session, const char *key, const char *value),
    void (*warn)(const char *text))
{
	char path[FILE_PATH_MAX];

	memset(hook, 0, sizeof(*hook));
	if (snprintf(hook->state, sizeof(hook->state), "%s", state) >= (int)sizeof(hook->state) ||
	    snprintf(hook->program, sizeof(hook->program), "%s", program) >=
		(int)sizeof(hook->program))
		return err_set(err, "hook: path too long");
	hook->timeout = timeout;
	hook->wait = wait;
	hook->arg = arg;
	hook->event = event;
	hook->warn = warn;
	if (!program[0]) {
		/* If a hook is configured later, it begins with the crashes from then on. */
		if (file_path(err, state, "hook.pos", path) == 0)
			unlink(path);
		return 0;
	}
	hook->jobs = calloc(HOOK_QUEUE_MAX, sizeof(*hook->jobs));
	if (!hook->jobs)
		return err_set(err, "hook: out of memory");
	return hook_load(err, hook);
}

void hook_close(struct hook *hook)
{
	free(hook->jobs);
	memset(hook, 0, sizeof(*hook));
}

/* --- the queue --------------------------------------------------------------------------------------- */

static struct hook_job *hook_find(struct hook *hook, const char *id)
{
	for (size_t i = 0; i < hook->count; i++)
		if (strcmp(hook->jobs[i].id, id) == 0)
			return &hook->jobs[i];
	return NULL;
}

static void hook_drop(struct hook *hook, struct hook_job *job)
{
	hook->newcomers -= job->newcomer != 0;
	*job = hook->jobs[--hook->count];
}

/* A time of the real clock by the monotonic one; never further off than the longest wait. */
static int64_t hook_due(const struct hook *hook, int64_t utc)
{
	int64_t left = utc - hook->utc, most = hook_backoff(HOOK_TRIES);

	if (most < 1000 * (int64_t)hook->wait)
		most = 1000 * (int64_t)hook->wait;
	if (left < 0)
		left = 0;
	return hook->now + (left < most ? left : most);
}

/* How long a crash waits for its upload. While a capture kernel is at work, that is a matter of its deadline. */
static int64_t hook_wait_ms(const struct hook *hook, const struct journal_entry *entry)
{
	const char *channel = kv_get(&entry->kv, "channel");
	int64_t wait = 1000 * (int64_t)hook->wait;

	return channel && strcmp(channel, "capture") == 0 && wait < HOOK_CAPTURE_MS
		   ? HOOK_CAPTURE_MS
		   : wait;
}

/* NULL: too many crashes of new machines wait. */
static struct hook_job *hook_new(struct hook *hook, const char *id)
{
	struct hook_job *job = &hook->jobs[hook->count];

	*job = (struct hook_job){.newcomer = !known_session(hook->state, id, hook->utc)};
	if (job->newcomer && hook->newcomers == HOOK_NEWCOMERS) {
		hook->passed_over++;
		return NULL;
	}
	hook->newcomers += (size_t)job->newcomer;
	hook->count++;
	snprintf(job->id, sizeof(job->id), "%s", id);
	return job;
}

static void hook_report_passed_over(struct hook *hook)
{
	char text[120];

	if (!hook->passed_over || hook->now < hook->told_at)
		return;
	snprintf(text, sizeof(text),
	    "the hook did not run for %llu crashes: %d crashes of new machines were waiting",
	    (unsigned long long)hook->passed_over, (int)HOOK_NEWCOMERS);
	hook->passed_over = 0;
	hook->told_at = hook->now + HOOK_TELL_MS;
	hook->event(hook->arg, "event", "-", "text", text);
}

/* 1 if job goes before first (NULL none). */
static int hook_goes_first(const struct hook_job *job, const struct hook_job *first)
{
	if (first && job->newcomer != first->newcomer)
		return first->newcomer;
	return !first || job->due < first->due;
}

static int hook_entry(void *arg, struct journal_entry *entry)
{
	struct hook *hook = arg;
	int uploaded = strcmp(entry->event, "uploaded") == 0;
	struct hook_outcome outcome;
	struct session session;
	struct hook_job *job;
	const char *more;
	struct err ignored;

	hook->left--;
	if ((!uploaded && strcmp(entry->event, "died") != 0) || entry->session[0] == '-' ||
	    strcmp(entry->session, hook->running) == 0)
		return hook->left <= 0;
	job = hook_find(hook, entry->session);
	if (!job) {
		if (session_parse(&ignored, entry->session, strlen(entry->session), &session) ||
		    hook_outcome_read(hook->state, &session, &outcome) ||
		    outcome.result == HOOK_DONE || outcome.result == HOOK_GAVE_UP)
			return hook->left <= 0;
		job = hook_new(hook, session.id);
		if (!job)
			return hook->left <= 0;
		job->tries = outcome.tries;
		job->due = outcome.result == HOOK_FAILED
			       ? hook_due(hook, outcome.next_ms)
			       : hook_due(hook, entry->time_ms + hook_wait_ms(hook, entry));
	}
	/* With an autopsy on its way the hook waits for it, as long as it may take at most. */
	more = kv_get(&entry->kv, "more");
	if (uploaded && job->tries == 0)
		job->due = more && strcmp(more, "autopsy") == 0
			       ? hook_due(hook, entry->time_ms + HOOK_AUTOPSY_MS)
			       : hook->now;
	return hook->count == HOOK_QUEUE_MAX || hook->left <= 0;
}

static void hook_report_failure(
    struct hook *hook, const char *id, const char *how, int tries, int last)
{
	char text[200];

	snprintf(text, sizeof(text), "hook failed (%s), try %d of %d%s", how, tries,
	    (int)HOOK_TRIES, last ? ", given up" : "");
	hook->event(hook->arg, "event", id, "text", text);
}

/* A try is over; its result is in hook.meta. */
static void hook_ended(struct hook *hook, const char *id)
{
	struct hook_job *job = hook_find(hook, id);
	struct hook_outcome outcome;
	struct session session;
	struct err ignored;

	hook->runs++;
	if (!job)
		return;
	if (session_parse(&ignored, id, strlen(id), &session) ||
	    hook_outcome_read(hook->state, &session, &outcome) || outcome.result == HOOK_DONE) {
		hook_drop(hook, job);
		return;
	}
	hook->failures++;
	if (outcome.result == HOOK_GAVE_UP) {
		hook->given_up++;
		hook_report_failure(hook, id, outcome.how, outcome.tries, 1);
		hook_drop(hook, job);
		return;
	}
	if (outcome.result == HOOK_FAILED) {
		hook_report_failure(hook, id, outcome.how, outcome.tries, 0);
		job->due = hook_due(hook, outcome.next_ms);
	} else {
		/* It was killed, or could not write its result (the disk is full). */
		hook_report_failure(hook, id, "its runner was stopped", job->tries + 1, 0);
		job->due = hook->now + hook_backoff(job->tries + 1);
	}
	job->tries = outcome.tries;
}

static void hook_start(struct hook *hook)
{
	struct hook_job *first = NULL;
	struct session session;
	struct err err;
	pid_t pid;

	for (size_t i = 0; i < hook->count; i++)
		if (hook->jobs[i].due <= hook->now && hook_goes_first(&hook->jobs[i], first))
			first = &hook->jobs[i];
	if (!first)
		return;
	if (session_parse(&err, first->id, strlen(first->id), &session)) {
		hook_drop(hook, first);
		return;
	}
	pid = hook_run_start(
	    &err, hook->state, &session, hook->program, hook->timeout, first->tries + 1);
	if (pid > 0) {
		hook->pid = pid;
		memcpy(hook->running, first->id, sizeof(hook->running));
		hook->faulty = 0;
		return;
	}
	if (pid < 0 && !hook->faulty) {
		hook->warn(err.msg);
		hook->faulty = 1;
	}
	first->due = hook->now + HOOK_LOOK_MS;
}

int hook_step(struct hook *hook, int64_t now, int64_t utc)
{
	struct err err;
	long n = 0;

	hook->now = now;
	hook->utc = utc;
	if (!hook->program[0])
		return 0;
	if (hook->pid && waitpid(hook->pid, NULL, WNOHANG) != 0) {
		hook->pid = 0;
		hook_ended(hook, hook->running);
		hook->running[0] = '\0';
		hook->look_at = now;
	}
	if (now < hook->look_at)
		return 0;
	hook->look_at = now + HOOK_LOOK_MS;
	/* A runner of the last collector may be at work on one of these. */
	if (!hook->pid && hook_run_busy(hook->state))
		return 0;
	hook->left = HOOK_ENTRIES;
	if (hook->count < HOOK_QUEUE_MAX)
		n = journal_read(&err, hook->state, &hook->pos, hook_entry, hook);
	hook_report_passed_over(hook);
	if (!hook->pid)
		hook_start(hook);
	if (hook->left <= 0)
		hook->look_at = now;
	if (hook->count == 0 && n >= 0 && now >= hook->save_at &&
	    (hook->pos.offset != hook->saved.offset ||
		strcmp(hook->pos.file, hook->saved.file) != 0))
		hook->save_at = now + (hook_save(&err, hook) ? HOOK_LOOK_MS : HOOK_SAVE_MS);
	return hook->look_at == now;
}
