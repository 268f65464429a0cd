/* SPDX-License-Identifier: MIT */
/* program: runs a program; see program.h. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

/* One end of what the program writes. */
struct stream {
	struct program_text *text;
	int fd; /* -1: at its end */
};

enum { STREAM_OUT, STREAM_ERR, STREAMS };

static void stream_close(struct stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}

/* Takes what is there now, at most a pipe's worth: a program that never stops must not keep us here. */
static void stream_read(struct stream *stream)
{
	struct program_text *text = stream->text;
	char buf[4096];
	ssize_t n;

	for (int i = 0; stream->fd >= 0 && i < 16; i++) {
		size_t room = text->size - 1 - text->len;

		n = read(stream->fd, buf, sizeof(buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			stream_close(stream);
			return;
		}
		memcpy(text->text + text->len, buf, (size_t)n < room ? (size_t)n : room);
		text->len += (size_t)n < room ? (size_t)n : room;
	}
}

/* --- the program's side ------------------------------------------------------------------------------ */

static void program_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* (Our descriptors may be 0 to 2 themselves: all are moved out of the way first.) */
static int program_descriptors(int in, int out, int error)
{
	in = in < 0 ? open("/dev/null", O_RDONLY) : in;
	in = fcntl(in, F_DUPFD, STDERR_FILENO + 1);
	out = fcntl(out, F_DUPFD, STDERR_FILENO + 1);
	error = fcntl(error, F_DUPFD, STDERR_FILENO + 1);
	return dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		       dup2(error, STDERR_FILENO) < 0
		   ? -1
		   : 0;
}

/* Ends with exit, or writes errno to failed. */
static void program_exec(
    const struct program *program, int out, int error, int failed, pid_t parent)
{
	int reason;

	setpgid(0, 0);
	program_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before that */
		_exit(1);
	for (char *const *pair = program->env; pair && *pair; pair++)
		putenv(*pair);
	failed = fcntl(failed, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (program_descriptors(program->input, out, error) == 0) {
		for (int fd = STDERR_FILENO + 1; fd < failed; fd++)
			close(fd);
		close_range((unsigned int)failed + 1, ~0U, 0);
		execvp(program->argv[0], program->argv);
	}
	reason = errno;
	(void)!write(failed, &reason, sizeof(reason));
	_exit(127);
}

/* --- our side ---------------------------------------------------------------------------------------- */

/* Waits for the program to end, or for the time limit, and reads meanwhile. */
static void program_wait(
    struct program *program, int pidfd, pid_t pid, struct stream streams[STREAMS])
{
	const int64_t end = clock_monotonic() + program->timeout_ms;
	struct pollfd polled[STREAMS + 1];
	int status = 0;
	pid_t ended;

	for (;;) {
		int64_t left = end - clock_monotonic();
		int wait = pidfd < 0 && left > 100 ? 100 : (int)left;

		for (int i = 0; i < STREAMS; i++)
			polled[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
		polled[STREAMS] = (struct pollfd){.fd = pidfd, .events = POLLIN};
		if (left > 0 && poll(polled, STREAMS + 1, wait) < 0 && errno != EINTR)
			left = 0;
		for (int i = 0; i < STREAMS; i++)
			stream_read(&streams[i]);
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid || (ended < 0 && errno == ECHILD))
			break;
		if (left > 0)
			continue;
		program->timed_out = 1;
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL); /* it may not have its group yet */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		break;
	}
	for (int i = 0; i < STREAMS; i++)
		stream_read(&streams[i]);
	if (WIFEXITED(status) && !program->timed_out)
		program->exit_code = WEXITSTATUS(status);
	if (program->timed_out)
		snprintf(program->how, sizeof(program->how), "time limit of %d s",
		    (program->timeout_ms + 999) / 1000);
	else if (WIFSIGNALED(status))
		snprintf(program->how, sizeof(program->how), "signal %d", WTERMSIG(status));
	else if (program->exit_code)
		snprintf(program->how, sizeof(program->how), "exit code %d", program->exit_code);
}

/* The pipe of a stream: streams' end is ours, *theirs the program's. 0/-1. */
static int program_pipe(
    struct err *err, struct stream *stream, struct program_text *text, int *theirs)
{
	int ends[2];

	stream->text = text;
	stream->fd = -1;
	*theirs = -1;
	if (!text)
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return err_errno(err, "pipe");
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	stream->fd = ends[0];
	*theirs = ends[1];
	text->len = 0;
	return 0;
}

/* The program's pid, once it runs; or -1. */
static pid_t program_start(struct err *err, const struct program *program, int out, int error)
{
	pid_t parent = getpid(), pid;
	int failed[2], reason;

	if (pipe2(failed, O_CLOEXEC))
		return err_errno(err, "pipe");
	pid = fork();
	if (pid < 0)
		err_errno(err, "fork");
	if (pid == 0)
		program_exec(program, out >= 0 ? out : STDERR_FILENO,
		    error >= 0 ? error : STDERR_FILENO, failed[1], parent);
	close(failed[1]);
	if (pid > 0 && read(failed[0], &reason, sizeof(reason)) == sizeof(reason)) {
		waitpid(pid, NULL, 0);
		errno = reason;
		pid = err_errno(err, "%s", program->argv[0]);
	}
	close(failed[0]);
	return pid;
}

int program_run(struct err *err, struct program *program)
{
	struct stream streams[STREAMS] = {{NULL, -1}, {NULL, -1}};
	int out = -1, error = -1, pidfd = -1, one = program->err == program->out;
	pid_t pid = -1;

	program->exit_code = -1;
	program->timed_out = 0;
	program->how[0] = '\0';
	if (program_pipe(err, &streams[STREAM_OUT], program->out, &out) == 0 &&
	    (one || program_pipe(err, &streams[STREAM_ERR], program->err, &error) == 0))
		pid = program_start(err, program, out, one ? out : error);
	if (out >= 0)
		close(out);
	if (error >= 0)
		close(error);
	if (pid > 0) {
		pidfd = pidfd_open(pid, 0);
		program_wait(program, pidfd, pid, streams);
	}
	if (pidfd >= 0)
		close(pidfd);
	for (int i = 0; i < STREAMS; i++)
		stream_close(&streams[i]);
	if (program->out)
		program->out->text[program->out->len] = '\0';
	if (program->err)
		program->err->text[program->err->len] = '\0';
	return pid > 0 ? 0 : -1;
}

int program_input(struct err *err, const void *data, size_t len)
{
	int ends[2];

	if (len > 4096)
		return err_set(err, "%zu bytes do not fit into a pipe", len);
	if (pipe2(ends, O_CLOEXEC))
		return err_errno(err, "pipe");
	if (write(ends[1], data, len) != (ssize_t)len) {
		err_errno(err, "pipe");
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}
