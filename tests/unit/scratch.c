/* SPDX-License-Identifier: MIT */
/* scratch: the directory is the test's own, under TMPDIR, and gone with all in it when the test ends. */
#include "scratch.h"

#include <dirent.h>
#include <sys/wait.h>

#include "tap.h"

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return -1;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

/* What a test does that uses it, in a process of its own; ends it by exit(). */
static void a_test(int at)
{
	int bad = 0, status;

	close(STDERR_FILENO);
	scratch_make();
	scratch_mkdir("a");
	scratch_mkdir("a/b");
	scratch_put("a/b/file", "too long, and written over");
	scratch_put("a/b/file", "text");
	bad |= symlink("../../stays", scratch_path("a/link")) != 0;
	if (fork() == 0)
		exit(0);
	bad |= wait(&status) < 0 || status != 0 || access(scratch_path("a/b/file"), R_OK) != 0;
	bad |= write(at, scratch_dir, strlen(scratch_dir)) != (ssize_t)strlen(scratch_dir);
	exit(bad);
}

static int run(char dir[SCRATCH_MAX])
{
	int fds[2], status;
	ssize_t n;

	if (pipe(fds))
		return -1;
	fflush(stdout);
	if (fork() == 0)
		a_test(fds[1]);
	close(fds[1]);
	n = read(fds[0], dir, SCRATCH_MAX - 1);
	dir[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	return wait(&status) > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	char dir[SCRATCH_MAX], longest[300];

	unsetenv("KEEP");
	if (chdir(scratch_make()))
		return 1;
	scratch_mkdir("stays");
	scratch_put("stays/file", "");
	setenv("TMPDIR", ".", 1);
	is_num(run(dir), 0, "a directory, one in it, files, a link; a child of the test ends");
	ok(strncmp(dir, "./lastwords-", 12) == 0, "under TMPDIR");
	is_num(entries(dir), -1, "is gone at the end");
	is_num(entries("."), 1, "with all in it, and nothing else is");
	is_num(entries("stays"), 1, "what a link in it leads to stays");
	setenv("KEEP", "1", 1);
	is_num(run(dir), 0, "KEEP=1");
	is_num(entries(dir), 1, "keeps it");
	unsetenv("KEEP");
	setenv("TMPDIR", "/nowhere", 1);
	is_num(run(dir), 1, "a TMPDIR that is no directory ends the test");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	setenv("TMPDIR", longest, 1);
	is_num(run(dir), 1, "so does one that is too long");
	return tap_done();
}
