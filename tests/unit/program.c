/* SPDX-License-Identifier: MIT */
/* program.h's promises, by real programs: input, output and its limit, time limit, what is inherited. */
#include "base/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

static char out_text[64], err_text[64];
static struct program_text out, error;
static struct err err;
static int64_t took;

/* Runs sh -c COMMAND. */
static struct program run(const char *command, int input, int ms)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
	char *env[] = {(char *)"ADDED=one two", NULL};
	struct program program = {
	    .argv = argv, .env = env, .input = input, .timeout_ms = ms, .out = &out, .err = &error};

	out = (struct program_text){.text = out_text, .size = sizeof(out_text)};
	error = (struct program_text){.text = err_text, .size = sizeof(err_text)};
	took = clock_monotonic();
	ok(program_run(&err, &program) == 0, "it runs: %s", command);
	took = clock_monotonic() - took;
	return program;
}

static void how(const char *command, int ms, const char *want, int code)
{
	struct program program = run(command, -1, ms);

	is(program.how, want, "how it ended");
	is_num(program.exit_code, code, "its exit code");
}

static void input(void)
{
	int fd = program_input(&err, "secret\0word\n", 12);

	ok(fd >= 0, "an input is made");
	run("od -An -c", fd, 5000);
	is(out_text, "   s   e   c   r   e   t  \\0   w   o   r   d  \\n\n", "it is read whole");
	close(fd);
	ok(program_input(&err, err_text, 4097) == -1, "more than a pipe holds is refused");
	run("cat", -1, 5000);
	is(out_text, "", "without an input it is /dev/null");
}

static void limits(void)
{
	struct program program;

	run("yes | head -c 3000000; echo end >&2", -1, 20000);
	is_num((long long)out.len, sizeof(out_text) - 1, "megabytes are cut to the buffer");
	is(err_text, "end\n", "and read to their end");
	program = run("yes", -1, 300);
	ok(program.timed_out && took < 3000, "a program that never stops writing is ended in time");
	program = run("trap '' TERM; sleep 100 & sleep 100; sleep 100", -1, 300);
	ok(program.timed_out && took < 3000, "one that ignores signals too");
	is(program.how, "time limit of 1 s", "and it says so");
	run("sleep 3 & echo started", -1, 5000);
	ok(took < 2000, "what it leaves behind is not waited for");
	is(out_text, "started\n", "its output until then is there");
}

/* The process that a command leaves behind in its group is killed with it at the time limit. */
static void group(void)
{
	int pid;

	run("sleep 100 & echo $!; wait", -1, 500);
	pid = (int)strtol(out_text, NULL, 10);
	for (int i = 0; i < 50 && kill(pid, 0) == 0; i++) {
		char path[40], line[64] = "";
		FILE *file;

		/* (a zombie that nobody waits for is as good as dead) */
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		file = fopen(path, "r");
		if (file && fgets(line, sizeof(line), file) && strstr(line, ") Z"))
			pid = 0;
		if (file)
			fclose(file);
		if (!pid)
			break;
		clock_pause_us(100000);
	}
	ok(pid == 0 || kill(pid, 0) != 0, "the whole process group is killed at the time limit");
}

static void inherited(void)
{
	int fd = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */

	run("ls /proc/self/fd | wc -l; echo \"$ADDED\"", -1, 5000);
	/* 0, 1, 2, and ls's own of the directory */
	is(out_text, "4\none two\n",
	    "it has no descriptor of ours, and what was added to its environment");
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	run("grep SigIgn /proc/self/status", -1, 5000);
	/* (but 32 and 33, the C library's own, which make leaves ignored) */
	ok(strncmp(out_text, "SigIgn:\t", 8) == 0 &&
		(strtoull(out_text + 8, NULL, 16) & ~UINT64_C(0x180000000)) == 0,
	    "no signal is ignored in it: %.*s", (int)strcspn(out_text, "\n"), out_text);
}

static void missing(void)
{
	char *argv[] = {(char *)"lastwords-no-such-program", NULL};
	struct program program = {.argv = argv, .input = -1, .timeout_ms = 1000};

	ok(program_run(&err, &program) == -1 && strstr(err.msg, "no-such-program: No such file"),
	    "a missing program: %s", err.msg);
}

/* All into one buffer, in the order in which it was written. */
static void merged(void)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"echo a; echo b >&2; echo c", NULL};
	struct program program = {
	    .argv = argv, .input = -1, .timeout_ms = 5000, .out = &out, .err = &out};

	ok(program_run(&err, &program) == 0, "both outputs in one buffer");
	is(out_text, "a\nb\nc\n", "in order");
}

int main(void)
{
	how("exit 0", 5000, "", 0);
	how("exit 3", 5000, "exit code 3", 3);
	how("kill -9 $$", 5000, "signal 9", -1);
	how("sleep 50", 1000, "time limit of 1 s", -1);
	input();
	limits();
	group();
	inherited();
	missing();
	merged();
	return tap_done();
}
