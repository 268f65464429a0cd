/* SPDX-License-Identifier: MIT */
/* hook_run: the hook program in a process of its own; see hook_run.h. */
#include "hook_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/program.h"
#include "query/crash_fields.h"
#include "query/query.h"
#include "record/record.h"
#include "store/db.h"

static const char program_name[] = "lastwords-collector";

enum { HOOK_NICE = 10 }; /* the collector's own is raised, if it may be */

static const char *const result_names[] = {
    [HOOK_NONE] = "",
    [HOOK_RUNNING] = "running",
    [HOOK_DONE] = "done",
    [HOOK_FAILED] = "failed",
    [HOOK_GAVE_UP] = "gave-up",
};

int64_t hook_backoff(int tries)
{
	int64_t wait = HOOK_BACKOFF_MS;

	for (int i = 1; i < tries && i < HOOK_TRIES; i++)
		wait *= 4;
	return wait;
}

int hook_outcome_read(const char *state, const struct session *session, struct hook_outcome *out)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], text[1024];
	const char *value;
	struct err ignored;
	struct kv kv;

	memset(out, 0, sizeof(*out));
	if (layout_session_dir(&ignored, state, session, LAYOUT_LOOK, dir) || access(dir, F_OK) ||
	    file_path(&ignored, dir, "hook.meta", path))
		return -1;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	value = kv_get(&kv, "result");
	for (int i = HOOK_RUNNING; value && i <= HOOK_GAVE_UP; i++)
		if (strcmp(value, result_names[i]) == 0)
			out->result = (enum hook_result)i;
	out->tries = (int)kv_u64(&kv, "tries", 1000, 0);
	out->next_ms = (int64_t)kv_u64(&kv, "next", INT64_MAX, 0);
	value = kv_get(&kv, "how");
	snprintf(out->how, sizeof(out->how), "%s", value ? value : "");
	return 0;
}

static int run_write_outcome(struct err *err, const char *dir, const struct session *session,
    const struct hook_outcome *outcome)
{
	char text[1024];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '\n', "session", session->id);
	kv_out_pair(&out, '\n', "result", result_names[outcome->result]);
	kv_out_num(&out, '\n', "tries", (unsigned long long)outcome->tries);
	if (outcome->how[0])
		kv_out_pair(&out, '\n', "how", outcome->how);
	if (outcome->next_ms)
		kv_out_num(&out, '\n', "next", (unsigned long long)outcome->next_ms);
	kv_out_raw(&out, "\n");
	return file_write(err, dir, "hook.meta", text, out.len);
}

/* --- the record -------------------------------------------------------------------------------------- */

/* From all channels, as the index has it. */
static int run_report(struct err *err, const char *dir, struct report *report)
{
	struct record record;
	int rc;

	if (record_load(err, dir, &record))
		return -1;
	rc = record_report(err, dir, &record, report);
	record_free(&record);
	return rc;
}

/* The crash as JSON: a line of text, malloc'ed; NULL. *muted: people do not want to hear of it. */
static char *run_text(struct err *err, const char *state, const struct session *session,
    const char *dir, size_t *len, int *muted)
{
	static struct db_session known;
	static struct report report;
	struct query query = {.state = state, .now_ms = clock_now()};
	json_t *crash;
	char *text = NULL;
	int found;

	if (run_report(err, dir, &report))
		return NULL;
	/* The index may be locked or missing: then the record has a little less. */
	query.db = db_open(err, state, 0);
	found = query.db && db_session_by_id(err, query.db, session->id, &known) > 0;
	*muted =
	    query.db && query_is_muted(&query, report.signature, report.release, session->time_ms);
	db_close(query.db);
	crash = json_object();
	if (query_crash_add(crash, session, &report, found ? &known : NULL, dir, QUERY_PATHS) == 0)
		text = query_dump(crash, len);
	json_decref(crash);
	if (!text)
		err_set(err, "out of memory");
	return text;
}

static int run_record(
    struct err *err, const char *state, const struct session *session, const char *dir, int *muted)
{
	size_t len;
	char *text = run_text(err, state, session, dir, &len, muted);
	int fd;

	if (!text)
		return -1;
	fd = memfd_create("record", MFD_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0) {
		err_errno(err, "the record");
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}

static int run_all(struct err *err, const char *state, const struct session *session,
    const char *program, int timeout, int tries)
{
	struct hook_outcome outcome = {.result = HOOK_RUNNING, .tries = tries};
	char *const argv[] = {(char *)program, (char *)session->id, NULL};
	struct program run = {.argv = argv, .timeout_ms = timeout * 1000};
	char dir[FILE_PATH_MAX];
	int record, muted = 0, rc = -1;

	/* What cannot be recorded is not run: it might be run twice. */
	if (layout_session_dir(err, state, session, LAYOUT_LOOK, dir) ||
	    run_write_outcome(err, dir, session, &outcome))
		return -1;
	record = run_record(err, state, session, dir, &muted);
	if (record < 0) {
		snprintf(outcome.how, sizeof(outcome.how), "%.60s", err->msg);
	} else if (muted) {
		snprintf(outcome.how, sizeof(outcome.how), "muted");
		close(record);
		rc = 0;
	} else if (access(program, X_OK)) {
		snprintf(outcome.how, sizeof(outcome.how), "cannot run it: %s", strerror(errno));
	} else {
		run.input = record;
		if (program_run(err, &run))
			snprintf(outcome.how, sizeof(outcome.how), "cannot be started");
		else
			memcpy(outcome.how, run.how, sizeof(outcome.how));
		rc = run.exit_code;
	}
	outcome.result = rc == 0 ? HOOK_DONE : tries >= HOOK_TRIES ? HOOK_GAVE_UP : HOOK_FAILED;
	if (outcome.result == HOOK_FAILED)
		outcome.next_ms = clock_now() + hook_backoff(tries);
	return run_write_outcome(err, dir, session, &outcome);
}

int hook_run_busy(const char *state)
{
	struct err ignored;
	int fd = layout_lock(&ignored, state, "hook.lock");

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EWOULDBLOCK;
}

/* This program again: SQLite must not be used on both sides of a fork. */
static void run_exec(int lock, const char *state, const struct session *session,
    const char *program, int timeout, int tries)
{
	char lock_text[16], timeout_text[16], tries_text[16];

	snprintf(lock_text, sizeof(lock_text), "%d", lock);
	snprintf(timeout_text, sizeof(timeout_text), "%d", timeout);
	snprintf(tries_text, sizeof(tries_text), "%d", tries);
	/* A group of its own; none of the collector's sockets, or its port would stay taken. */
	setsid();
	if (lock > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned int)lock - 1, 0);
	close_range((unsigned int)lock + 1, ~0U, 0);
	fcntl(lock, F_SETFD, 0);
	execl("/proc/self/exe", program_name, HOOK_RUN_OPTION, lock_text, state, session->id,
	    program, timeout_text, tries_text, (char *)NULL);
}

pid_t hook_run_start(struct err *err, const char *state, const struct session *session,
    const char *program, int timeout, int tries)
{
	int lock = layout_lock(err, state, "hook.lock");
	pid_t pid;

	if (lock < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	pid = fork();
	if (pid < 0)
		err_errno(err, "fork");
	if (pid != 0) {
		close(lock); /* the runner has it */
		return pid;
	}
	(void)!nice(HOOK_NICE);
	run_exec(lock, state, session, program, timeout, tries);
	_exit(1);
}

int hook_run_main(struct err *err, int argc, char **argv)
{
	int lock, timeout, tries;
	struct session session;

	if (argc != HOOK_RUN_ARGS ||
	    num_int(err, "lock", argv[2], STDERR_FILENO + 1, INT_MAX, &lock) ||
	    session_parse(err, argv[4], strlen(argv[4]), &session) ||
	    num_int(err, "seconds", argv[6], 1, 86400, &timeout) ||
	    num_int(err, "tries", argv[7], 1, 1000, &tries)) {
		err_set(err, "%s is for internal use", HOOK_RUN_OPTION);
		return 2;
	}
	fcntl(lock, F_SETFD, FD_CLOEXEC); /* the program must not hold it */
	signal(SIGCHLD, SIG_DFL);
	return run_all(err, argv[3], &session, argv[5], timeout, tries) ? 1 : 0;
}
