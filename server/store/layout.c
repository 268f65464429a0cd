/* SPDX-License-Identifier: MIT */
/* layout: where lastwords keeps its files; see layout.h. */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mac.h"

static int layout_mkdir(struct err *err, const char *path, enum layout_make make)
{
	char parent[FILE_PATH_MAX], *slash;

	if (mkdir(path, 0750)) {
		if (errno == EEXIST)
			return 0;
		return err_errno(err, "cannot make %s", path);
	}
	if (make == LAYOUT_LAZY)
		return 0;
	/* A directory survives a power cut once its parent is synced. */
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return 0;
	slash[slash == parent] = '\0';
	return file_sync_dir(err, parent);
}

int layout_machine_dir(
    struct err *err, const char *state, const char *mac, char path[FILE_PATH_MAX])
{
	if (snprintf(path, FILE_PATH_MAX, "%s/" LAYOUT_SESSIONS "/%.12s", state, mac) >=
	    FILE_PATH_MAX)
		return err_set(err, "%s: path too long", state);
	return 0;
}

int layout_session_dir(struct err *err, const char *state, const struct session *session,
    enum layout_make make, char path[FILE_PATH_MAX])
{
	char machine[FILE_PATH_MAX], probe[FILE_PATH_MAX], mac[13];
	const int is_probe = session_mac_is_probe(session->mac);

	mac_format_hex(session->mac, mac); /* not from the id: "pstore" has none in it */
	if (file_path(err, state, LAYOUT_PROBE, probe) ||
	    (is_probe ? file_path(err, probe, mac, machine)
		      : layout_machine_dir(err, state, mac, machine)) ||
	    file_path(err, machine, session->id, path))
		return -1;
	if (make == LAYOUT_LOOK)
		return 0;
	if (is_probe && access(probe, F_OK) && layout_mkdir(err, probe, LAYOUT_LAZY) &&
	    (layout_make(err, state) || layout_mkdir(err, probe, LAYOUT_LAZY)))
		return -1;
	if (access(machine, F_OK) && layout_mkdir(err, machine, make) &&
	    (layout_make(err, state) || layout_mkdir(err, machine, make)))
		return -1;
	return layout_mkdir(err, path, make);
}

/* Makes path and its missing parents. */
static int layout_mkdirs(struct err *err, char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return err_errno(err, "cannot make %s", path);
		*slash = '/';
	}
	return layout_mkdir(err, path, LAYOUT_DURABLE);
}

int layout_make(struct err *err, const char *state)
{
	static const char *const names[] = {
	    LAYOUT_JOURNAL, LAYOUT_MACHINES, LAYOUT_SESSIONS, LAYOUT_STREAMS, LAYOUT_RUN};
	char path[FILE_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", state) >= (int)sizeof(path))
		return err_set(err, "%s: path too long", state);
	if (layout_mkdirs(err, path))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (file_path(err, state, names[i], path) ||
		    layout_mkdir(err, path, LAYOUT_DURABLE))
			return -1;
	return 0;
}

int layout_is_machine(const struct dirent *entry)
{
	return strlen(entry->d_name) == 12 && strspn(entry->d_name, HEX_DIGITS) == 12;
}

int layout_lock(struct err *err, const char *state, const char *name)
{
	char run[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int fd, saved;

	errno = 0;
	if (file_path(err, state, LAYOUT_RUN, run) || file_path(err, run, name, path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	saved = errno;
	err_errno(err, "%s", path);
	close(fd);
	errno = saved;
	return -1;
}
