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

static int owner_is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int owner_repair(
    struct err *err, const struct owner *owner, int parent, const char *name, const char *path)
{
	if (fchownat(parent, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW))
		return err_errno(err, "%s", path);
	return 0;
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
	struct stat st;

	if (fd >= 0)
		n = scandirat(fd, ".", &names, owner_is_entry, alphasort);
	if (n < 0 && errno != ENOENT)
		finding_add(fsck, FINDING_UNREADABLE, dir, strerror(errno), 1);
	for (int i = 0; i < n; i++) {
		const char *entry = names[i]->d_name;
		int len = snprintf(path, sizeof(path), "%s%s%s", dir, dir[0] ? "/" : "", entry);

		if (len < (int)sizeof(path) && strcmp(path, "images") != 0 &&
		    fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			if (st.st_uid != owner->uid)
				finding_add(fsck, FINDING_OWNER, path, NULL,
				    fsck->repair ? owner_repair(&fsck->err, owner, fd, entry, path)
						 : 1);
			if (S_ISDIR(st.st_mode) && depth < OWNER_DEPTH_MAX)
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
