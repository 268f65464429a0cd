/* SPDX-License-Identifier: MIT */
/*
 * merge: the process that runs the decoder. From programs that end in different ways. Evidence: which of them count
 * as done, and the reason that is reported of the others.
 */
#include "store/merge.h"

#include "scratch.h"
#include "tap.h"

/* Runs a shell script as the decoder; err has the reason. */
static enum merge_state run(struct err *err, const char *body)
{
	struct merge merge = {.pid = 0};
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

int main(void)
{
	struct err err;

	scratch_make();
	is_num(run(&err, "[ \"$1 $2\" = 'vmlinux dir' ]"), MERGE_DONE,
	    "a decoder gets the vmlinux and the session's directory");
	is_num(run(&err, "exit 3"), MERGE_DONE, "one that had nothing to decode is done too");
	is_num(run(&err, "printf 'one\\ntwo\\n' >&2; exit 1"), MERGE_FAILED,
	    "one that fails has failed");
	is(err.msg, "one", "the reason is the first line that it wrote");
	is_num(run(&err, "exit 1"), MERGE_FAILED, "one that fails without a word has failed");
	is(err.msg, "unknown reason", "for an unknown reason");
	is_num(run(&err, "kill -KILL $$"), MERGE_FAILED, "one that is killed has failed");
	is(err.msg, "ended by signal 9 (limits: 2047 MB, 10 s of CPU, 30 s)", "with its limits");
	return tap_done();
}
