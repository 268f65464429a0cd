/* SPDX-License-Identifier: MIT */
/*
 * lastwords-decode VMLINUX SESSION-DIR: writes SESSION-DIR/decoded.txt, the report of its record with source lines.
 * The collector runs it, in a process with limits (store/merge.h), after a record was made; so may anyone else.
 * Exit 0: written; 1: not, and why is on stderr; 2: usage; 3: nothing to decode, no file is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "decode.h"
#include "query/log_files.h"
#include "record/record.h"

static int decode_find(void *arg, const struct source_place *place, char text[SOURCE_TEXT])
{
	return source_find(arg, place, text);
}

/* Removes what was decoded of an older record. Returns 3. */
static int decode_none(const char *dir)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	if (file_path(&ignored, dir, "decoded.txt", path) == 0)
		unlink(path);
	return 3;
}

/* 0 written, 3 nothing to write, -1. */
static int decode_write(
    struct err *err, struct source *source, const char *dir, const char *report, size_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int found, rc;

	if (!out)
		return err_set(err, "out of memory");
	found = decode_report(out, report, len, decode_find, source);
	if (fclose(out))
		rc = err_set(err, "out of memory");
	else
		rc = found ? file_replace(err, dir, "decoded.txt", text, size) : decode_none(dir);
	free(text);
	return rc;
}

int main(int argc, char **argv)
{
	struct source *source;
	struct report facts;
	struct err err;
	char *report;
	size_t len;
	int rc;

	if (argc != 3 || argv[1][0] == '-') {
		fprintf(stderr, "usage: lastwords-decode VMLINUX SESSION-DIR\n");
		return 2;
	}
	unsetenv("DEBUGINFOD_URLS"); /* no server is asked */
	report = query_report_text(argv[2], &len);
	if (!report || record_read_report(argv[2], &facts)) {
		free(report);
		return decode_none(argv[2]);
	}
	source = source_open(&err, argv[1], facts.build_id);
	rc = source ? decode_write(&err, source, argv[2], report, len) : -1;
	if (source)
		source_close(source);
	free(report);
	if (rc < 0)
		err_print("lastwords-decode", &err);
	return rc < 0 ? 1 : rc;
}
