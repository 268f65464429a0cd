/* SPDX-License-Identifier: MIT */
/* progress: one line that says how far a command is; see progress.h. */
#include "progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "screen.h"

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_TICK_NS = 250000000 };

/* All under the lock; the thread reads it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t end;
	pthread_t thread;
	int runs, ends, drawn;
	int64_t begin_ms; /* clock_monotonic() */
	const char *what, *unit;
	unsigned long long done, total;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER, .end = PTHREAD_COND_INITIALIZER};

static void progress_erase(void)
{
	if (progress.drawn)
		fputs("\r\033[K", stderr);
	progress.drawn = 0;
}

static void progress_draw(void)
{
	const long long seconds = (clock_monotonic() - progress.begin_ms) / 1000;
	char text[160], count[80] = "";

	if (progress.total)
		snprintf(count, sizeof(count), "%llu of %llu%s%s, ", progress.done, progress.total,
		    progress.unit ? " " : "", progress.unit ? progress.unit : "");
	else if (progress.done)
		snprintf(count, sizeof(count), "%llu%s%s, ", progress.done,
		    progress.unit ? " " : "", progress.unit ? progress.unit : "");
	snprintf(text, sizeof(text), "%s: %s%lld s", progress.what, count, seconds);
	/* (no line of a terminal is narrower, and a longer one could not be erased) */
	fprintf(stderr, "\r\033[K%.79s", text);
	fflush(stderr);
	progress.drawn = 1;
}

static void *progress_run(void *arg)
{
	struct timespec when;

	(void)arg;
	pthread_mutex_lock(&progress.lock);
	while (!progress.ends) {
		clock_gettime(CLOCK_REALTIME, &when);
		when.tv_nsec += PROGRESS_TICK_NS;
		when.tv_sec += when.tv_nsec / 1000000000;
		when.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&progress.end, &progress.lock, &when);
		if (!progress.ends && clock_monotonic() - progress.begin_ms >= PROGRESS_AFTER_MS)
			progress_draw();
	}
	progress_erase();
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

/* A child has no thread that draws, and the lock may have been held by it. */
static void progress_forget(void)
{
	pthread_mutex_init(&progress.lock, NULL);
	progress.runs = progress.drawn = 0;
}

void progress_begin(const char *what)
{
	static int forks;
	sigset_t all, before;

	if (progress.runs || !isatty(STDERR_FILENO))
		return;
	if (!forks)
		forks = pthread_atfork(NULL, NULL, progress_forget) == 0;
	progress.what = what;
	progress.unit = NULL;
	progress.done = progress.total = 0;
	progress.ends = 0;
	progress.begin_ms = clock_monotonic();
	/* signals are the command's */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	progress.runs = pthread_create(&progress.thread, NULL, progress_run, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void progress_set(unsigned long long done, unsigned long long total, const char *unit)
{
	if (!progress.runs)
		return;
	pthread_mutex_lock(&progress.lock);
	progress.done = done;
	progress.total = total;
	progress.unit = unit;
	pthread_mutex_unlock(&progress.lock);
}

void progress_hide(void)
{
	if (!progress.runs)
		return;
	pthread_mutex_lock(&progress.lock);
	progress_erase();
	pthread_mutex_unlock(&progress.lock);
}

void progress_end(void)
{
	if (!progress.runs)
		return;
	pthread_mutex_lock(&progress.lock);
	progress.ends = 1;
	pthread_cond_signal(&progress.end);
	pthread_mutex_unlock(&progress.lock);
	pthread_join(progress.thread, NULL);
	progress.runs = 0;
}
