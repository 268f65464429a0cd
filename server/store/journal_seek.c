/* SPDX-License-Identifier: MIT */
/*
 * journal_seek: finds the line with a number; see journal.h. Within a file by halves, because numbers grow; lines
 * without one are passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "layout.h"

enum {
	SEEK_NEAR = 65536, /* so few bytes are read line by line */
	SEEK_OLD =
	    1 << 20, /* a file of this size without a number is from before lines had numbers */
};

struct seek {
	FILE *file;
	int64_t wanted;
	char *line;
	size_t room;
};

/* A numbered line: where it begins, and where the next one does. */
struct place {
	int64_t number, begin, end;
};

/* The first numbered line that begins in [from, to) of the file. 1, or 0: none. */
static int seek_next(struct seek *seek, int64_t from, int64_t to, struct place *place)
{
	int64_t at = from ? from - 1 : 0;
	ssize_t n;

	if (fseeko(seek->file, at, SEEK_SET))
		return 0;
	/* A line begins where a newline is before it. */
	if (from && (n = getline(&seek->line, &seek->room, seek->file)) > 0)
		at += n;
	while (at < to && (n = getline(&seek->line, &seek->room, seek->file)) > 0) {
		place->number =
		    seek->line[n - 1] == '\n' ? number_of(seek->line, (size_t)n - 1) : 0;
		if (place->number) {
			place->begin = at;
			place->end = at + n;
			return 1;
		}
		at += n;
	}
	return 0;
}

/*
 * Finds the place in a file of size bytes: *after, the end of the last line with a number up to the wanted one,
 * or -1; else *before, the begin of the first line with a greater number, or -1.
 */
static void seek_file(struct seek *seek, int64_t size, int64_t *after, int64_t *before)
{
	int64_t low = 0, high = size;
	struct place place;

	*after = *before = -1;
	while (high - low > SEEK_NEAR) {
		int64_t middle = low + (high - low) / 2;

		if (!seek_next(seek, middle, high, &place)) {
			high = middle;
		} else if (place.number <= seek->wanted) {
			low = *after = place.end;
		} else {
			high = middle;
			*before = place.begin;
		}
	}
	while (low < high && seek_next(seek, low, high, &place)) {
		if (place.number > seek->wanted) {
			*before = place.begin;
			return;
		}
		low = *after = place.end;
	}
}

/* Looks in one file. 1: pos is final; 0: to go on with older files; 2: there is nothing in older ones. -1. */
static int seek_in(
    struct err *err, struct seek *seek, const char *dir, const char *name, struct journal_pos *pos)
{
	char path[FILE_PATH_MAX];
	int64_t after = -1, before = -1, end;
	struct stat st;
	int fd, rc = 0;

	if (file_path(err, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	seek->file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!seek->file || fstat(fd, &st)) {
		err_errno(err, "%s", path);
		rc = -1;
	} else if (number_before(fd, st.st_size, st.st_size, &end) == 0) {
		rc = st.st_size >= SEEK_OLD ? 2 : 0;
	} else {
		seek_file(seek, st.st_size, &after, &before);
	}
	if (after >= 0 || before >= 0) {
		memcpy(pos->file, name, 12); /* "YYYY-MM.log" */
		pos->offset = after >= 0 ? after : before;
		rc = after >= 0;
	}
	if (seek->file)
		fclose(seek->file);
	else if (fd >= 0)
		close(fd);
	return rc;
}

int journal_seek(struct err *err, const char *state, int64_t number, struct journal_pos *pos)
{
	struct seek seek = {.wanted = number};
	char dir[FILE_PATH_MAX];
	struct dirent **files;
	int n, rc = 0;

	if (journal_end(err, state, pos) || file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	n = file_list(err, dir, journal_is_name, &files);
	if (n < 0)
		return -1;
	for (int i = n - 1; i >= 0 && rc == 0; i--)
		rc = seek_in(err, &seek, dir, files[i]->d_name, pos);
	file_list_free(files, n);
	free(seek.line);
	return rc < 0 ? -1 : 0;
}
