/* SPDX-License-Identifier: MIT */
/*
 * scratch: one directory of the test's own, for the unit tests and fuzz targets that need files. It
 * must not know anything of lastwords, nor print test results; whatever it cannot do ends the test.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory's path at most, with its NUL: a Unix socket's in it (108) has room for 28 more. */
enum { SCRATCH_MAX = 80, SCRATCH_PATH_MAX = SCRATCH_MAX + 160 };

static char scratch_dir[SCRATCH_MAX];
static pid_t scratch_maker;

static void scratch_fail(const char *what)
{
	fprintf(stderr,
	    "scratch: %s: %s; TMPDIR names a directory with room that may be written to\n", what,
	    strerror(errno));
	exit(1);
}

static int scratch_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* (A child that the test forked leaves its parent's directory alone.) */
static void scratch_remove(void)
{
	if (getpid() != scratch_maker)
		return;
	if (getenv("KEEP"))
		fprintf(stderr, "# kept: %s\n", scratch_dir);
	else
		nftw(scratch_dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * Makes the directory, in $TMPDIR, else in /tmp, and gives its path, which stays valid. Called once.
 * At exit it is removed with all that is in it, unless KEEP is set in the environment.
 */
static const char *scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(scratch_dir, sizeof(scratch_dir), "%s/lastwords-unit.XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");

	if (n < 0 || (size_t)n >= sizeof(scratch_dir)) {
		fprintf(stderr, "scratch: TMPDIR is too long for a Unix socket in it; set one "
				"of some 50 letters at most\n");
		exit(1);
	}
	if (!mkdtemp(scratch_dir))
		scratch_fail(scratch_dir);
	scratch_maker = getpid();
	atexit(scratch_remove);
	return scratch_dir;
}

/* The path of what is called NAME in the directory; valid until the next call. */
static const char *scratch_path(const char *name)
{
	static char path[SCRATCH_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", scratch_dir, name);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		fprintf(stderr, "scratch: %s: too long a name\n", name);
		exit(1);
	}
	return path;
}

/* The file NAME (its directory is there) has this text, and no other, from now on. */
static void scratch_put(const char *name, const char *text)
{
	FILE *file = fopen(scratch_path(name), "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		scratch_fail(name);
}

static void scratch_mkdir(const char *name)
{
	if (mkdir(scratch_path(name), 0755))
		scratch_fail(name);
}

#endif
