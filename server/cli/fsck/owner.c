/* SPDX-License-Identifier: MIT */
/*
 * owner: what root has written in STATE, given to the server; see fsck.h. It works as root among
 * directories that another user may change meanwhile: every step is from an open directory to a name
 * in it, and no link is ever followed.
 */
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

static int owner_seen(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void owner_walk(
    const struct owner *owner, int parent, const char *name, const char *dir, int depth);

/* parent is dir's; dir is relative to STATE, "" STATE itself. */
static void owner_entry(
    const struct owner *owner, int parent, const char *name, const char *dir, int depth)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	struct err err;
	int rc = 1;

	if (snprintf(path, sizeof(path), "%s%s%s", dir, dir[0] ? "/" : "", name) >=
		(int)sizeof(path) ||
	    strcmp(path, "images") == 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (st.st_uid != owner->uid) {
		if (owner->fsck->mend)
			rc = fchownat(parent, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW)
				 ? err_errno(&err, "%s", path)
				 : 0;
		fsck_tell(
		    owner->fsck, path, "does not belong to the server", "given to it", rc, &err);
	}
	if (S_ISDIR(st.st_mode) && depth < OWNER_DEPTH_MAX)
		owner_walk(owner, parent, name, path, depth + 1);
}

static void owner_walk(
    const struct owner *owner, int parent, const char *name, const char *dir, int depth)
{
	int fd =
	    openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (dir[0] ? O_NOFOLLOW : 0));
	struct dirent **names = NULL;
	struct err err;
	int n = -1;

	if (fd >= 0)
		n = scandirat(fd, ".", &names, owner_seen, alphasort);
	if (n < 0 && errno != ENOENT) {
		err_errno(&err, "%s", name);
		fsck_tell(owner->fsck, dir, err.msg, NULL, 1, NULL);
	}
	for (int i = 0; i < n; i++) {
		owner_entry(owner, fd, names[i]->d_name, dir, depth);
		free(names[i]);
	}
	free(names);
	if (fd >= 0)
		close(fd);
}

void fsck_owner(struct fsck *fsck, uid_t uid, gid_t gid)
{
	const struct owner owner = {.fsck = fsck, .uid = uid, .gid = gid};

	owner_walk(&owner, AT_FDCWD, fsck->state, "", 0);
}
