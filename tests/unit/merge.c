/* SPDX-License-Identifier: MIT */
/*
 * merge: the process that makes a record or runs the decoder, as a copy of the caller and as a program. Evidence: the
 * record; which programs count as done, and the reason that is reported of the others.
 */
#include "store/merge.h"

#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static const char *program; /* of struct merge */

/* Runs a shell script as the decoder; err has the reason. */
static enum merge_state run(struct err *err, const char *body)
{
	struct merge merge = {.program = program};
	char path[SCRATCH_PATH_MAX];
	FILE *script;

	snprintf(path, sizeof(path), "%s/decoder", scratch_dir);
	script = fopen(path, "w");
	if (!script || fprintf(script, "#!/bin/sh\n%s\n", body) < 0 || fclose(script) ||
	    chmod(path, 0700))
		scratch_fail(path);
	err_set(err, "no reason yet");
	if (merge_start_decoder(err, &merge, path, "vmlinux", "dir"))
		return MERGE_FAILED;
	return merge_poll(err, &merge, 1);
}

static void check_decoder(void)
{
	struct err err;

	is_num(run(&err, "[ \"$1 $2\" = 'vmlinux dir' ]"), MERGE_DONE,
	    "a decoder gets the vmlinux and the session's directory");
	is_num(run(&err, "exit 3"), MERGE_DONE, "one that had nothing to decode is done too");
	is_num(run(&err, "printf 'one\\ntwo\\n' >&2; exit 1"), MERGE_FAILED,
	    "one that fails has failed");
	is(err.msg, "one", "the reason is the first line that it wrote");
	is_num(run(&err, "exit 1"), MERGE_FAILED, "one that fails without a word has failed");
	is(err.msg, "unknown reason", "for an unknown reason");
	is_num(
	    run(&err, "kill -XCPU $$"), MERGE_FAILED, "one that used up its CPU time has failed");
	is_num(
	    run(&err, "kill -ALRM $$"), MERGE_INTERRUPTED, "one at its time limit is interrupted");
	is_num(run(&err, "kill -KILL $$"), MERGE_INTERRUPTED, "one that is killed is interrupted");
	is(err.msg, "ended by signal 9 (limits: 2047 MB, 10 s of CPU, 30 s)", "with its limits");
}

static void check_record(void)
{
	struct merge merge = {.program = program};
	char path[SCRATCH_PATH_MAX], none[SCRATCH_PATH_MAX];
	struct err err;
	FILE *log;

	snprintf(path, sizeof(path), "%s/dmesg.txt", scratch_dir);
	log = fopen(path, "w");
	if (!log || fputs("[    1.000000] kernel BUG at a.c:1!\n", log) < 0 || fclose(log))
		scratch_fail(path);
	ok(merge_start(&err, &merge, scratch_dir, "Lab") == 0 &&
		merge_poll(&err, &merge, 1) == MERGE_DONE,
	    "a record is made");
	snprintf(path, sizeof(path), "%s/record.txt", scratch_dir);
	ok(unlink(path) == 0, "in the session's directory");
	snprintf(none, sizeof(none), "%s/dmesg.txt", scratch_dir);
	err_set(&err, "no reason yet");
	ok(merge_start(&err, &merge, none, "") == 0 &&
		merge_poll(&err, &merge, 1) == MERGE_FAILED && strstr(err.msg, none),
	    "one that cannot be made has a reason: %s", err.msg);
}

int main(int argc, char **argv)
{
	struct merge merge = {.program = "/nowhere/program"};
	struct err err;

	if (argc > 1 && strcmp(argv[1], MERGE_OPTION) == 0)
		return merge_main(argc, argv);
	scratch_make();
	printf("# by a copy of this process\n");
	check_decoder();
	check_record();
	printf("# by a program\n");
	program = "/proc/self/exe";
	check_decoder();
	check_record();
	ok(merge_start(&err, &merge, scratch_dir, "") == -1 && strstr(err.msg, "/nowhere/program"),
	    "a program that is missing is named: %s", err.msg);
	return tap_done();
}
