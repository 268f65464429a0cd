/* SPDX-License-Identifier: MIT */
/* file: small files are replaced whole, published once, and leave no temporary names. */
#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static struct err err;

static const char *content(const char *name)
{
	static char text[64];
	FILE *file = fopen(scratch_path(name), "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
	return file ? text : NULL;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(void)
{
	const char *dir = scratch_make();
	char path[FILE_PATH_MAX], longest[FILE_PATH_MAX];
	struct dirent **names;
	struct stat st;
	int n;

	ok(file_path(&err, "a", "b", path) == 0 && strcmp(path, "a/b") == 0,
	    "a path is directory and name");
	memset(longest, 'x', sizeof(longest));
	longest[FILE_PATH_MAX - 3] = '\0';
	ok(file_path(&err, longest, "b", path) == 0, "the longest path fits");
	longest[FILE_PATH_MAX - 3] = 'x';
	longest[FILE_PATH_MAX - 2] = '\0';
	ok(file_path(&err, longest, "b", path) == -1 && strstr(err.msg, "path too long"),
	    "a longer path is refused");

	ok(file_write(&err, dir, "one", "first\n", 6) == 0, "a file is written");
	ok(file_write(&err, dir, "one", "second\n", 7) == 0, "a file is written again");
	is(content("one"), "second\n", "the later text replaces the earlier");
	ok(stat(scratch_path("one"), &st) == 0 && (st.st_mode & 0777) == 0640,
	    "a file is readable by its group only");
	ok(file_replace(&err, dir, "one", "third", 5) == 0, "a file is replaced without a sync");
	is(content("one"), "third", "the replaced text is there");
	ok(file_write(&err, scratch_path("nowhere"), "one", "x", 1) == -1 &&
		strstr(err.msg, "nowhere"),
	    "a missing directory is named");

	scratch_put("temp", "new");
	ok(file_publish(&err, dir, "temp", "two") == 0, "a file is published under its name");
	is(content("two"), "new", "the published file has the text");
	ok(access(scratch_path("temp"), F_OK) == -1, "the temporary name is gone");
	scratch_put("temp", "newer");
	is_num(file_publish(&err, dir, "temp", "two"), 1, "an existing name is not overwritten");
	is(content("two"), "new", "the published file is as it was");
	ok(access(scratch_path("temp"), F_OK) == 0, "the refused file keeps its temporary name");
	unlink(scratch_path("temp"));
	is_num(file_publish(&err, dir, "temp", "three"), -1, "a missing file cannot be published");

	n = file_list(&err, dir, not_hidden, &names);
	ok(n == 2 && strcmp(names[0]->d_name, "one") == 0 && strcmp(names[1]->d_name, "two") == 0,
	    "a list is sorted, and has no temporary names");
	file_list_free(names, n);
	n = file_list(&err, dir, NULL, &names);
	is_num(n, 4, "without a filter a list has all entries");
	file_list_free(names, n);
	n = file_list(&err, scratch_path("nowhere"), NULL, &names);
	is_num(n, 0, "a missing directory is an empty list");
	file_list_free(names, n);
	is_num(file_list(&err, scratch_path("one"), NULL, &names), -1,
	    "a file cannot be listed as a directory");
	ok(file_sync_dir(&err, dir) == 0 && file_sync_dir(&err, scratch_path("nowhere")) == -1,
	    "only a directory that exists can be synced");
	return tap_done();
}
