/* SPDX-License-Identifier: MIT */
/* owner: files that root wrote, given to the server's user; see fsck.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"

/* sessions/MAC/ID/FILE, and one more */
enum { OWNER_DEPTH_MAX = 4 };

struct owner {
	struct fsck *fsck;
	uid_t uid;
	gid_t gid;
};

static int owner_repair(struct err *err, const struct owner *owner, int fd, const char *path)
{
	if (fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH))
		return err_errno(err, "%s", path);
	return 0;
}

/* A file with a second name belongs elsewhere as well, and the server makes no links or special files. */
static int owner_is_ours(const struct stat *st)
{
	return S_ISDIR(st->st_mode) || (S_ISREG(st->st_mode) && st->st_nlink == 1);
}

/* The file that was looked at is the one that changes hands, whatever has its name by then. */
static void owner_entry(
    const struct owner *owner, int parent, const char *name, const char *path, mode_t *mode)
{
	int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct fsck *fsck = owner->fsck;
	struct stat st;

	*mode = 0;
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		*mode = st.st_mode;
		if (st.st_uid != owner->uid && owner_is_ours(&st))
			finding_add(fsck, FINDING_OWNER, path, NULL,
			    fsck->repair ? owner_repair(&fsck->err, owner, fd, path) : 1);
	}
	close(fd);
}

/* The entries of the directory NAME in parent; dir is its path in STATE, "" for STATE itself. */
static void owner_walk(
    const struct owner *owner, int parent, const char *name, const char *dir, int depth)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (dir[0] ? O_NOFOLLOW : 0);
	int fd = openat(parent, name, flags), n = -1;
	struct fsck *fsck = owner->fsck;
	struct dirent **names = NULL;
	char path[FILE_PATH_MAX];
	mode_t mode;

	if (fd >= 0)
		n = scandirat(fd, ".", &names, fsck_is_entry, alphasort);
	if (n < 0 && errno != ENOENT)
		finding_add(fsck, FINDING_UNREADABLE, dir, strerror(errno), 1);
	for (int i = 0; i < n; i++) {
		const char *entry = names[i]->d_name;
		int len = snprintf(path, sizeof(path), "%s%s%s", dir, dir[0] ? "/" : "", entry);

		if (len < (int)sizeof(path) && strcmp(path, "images") != 0) {
			owner_entry(owner, fd, entry, path, &mode);
			if (S_ISDIR(mode) && depth < OWNER_DEPTH_MAX)
				owner_walk(owner, fd, entry, path, depth + 1);
		}
		free(names[i]);
	}
	free(names);
	if (fd >= 0)
		close(fd);
}

void fsck_owner(struct fsck *fsck, const char *state, uid_t uid, gid_t gid)
{
	const struct owner owner = {.fsck = fsck, .uid = uid, .gid = gid};

	owner_walk(&owner, AT_FDCWD, state, "", 0);
}
