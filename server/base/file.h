/* SPDX-License-Identifier: MIT */
/*
 * file: paths, and small files that survive a power cut. It must not know what is in the files.
 *
 * Durable means: written to a temporary name in the same directory, fsync, rename or link, fsync of
 * the directory.
 */
#ifndef LASTWORDS_BASE_FILE_H
#define LASTWORDS_BASE_FILE_H

#include <dirent.h>
#include <stddef.h>

#include "err.h"

enum { FILE_PATH_MAX = 1024 }; /* bytes, with the NUL */

/* Sets path to DIR/NAME; -1 if too long. */
int file_path(struct err *err, const char *dir, const char *name, char path[FILE_PATH_MAX]);

/* Syncs a directory: what was renamed or linked in it is then on the disk. 0/-1. */
int file_sync_dir(struct err *err, const char *dir);

/* Writes a whole small file durably under dir/name, replacing an older one. 0/-1. */
int file_write(struct err *err, const char *dir, const char *name, const char *text, size_t len);
/* The same without a sync: after a power cut the file may be the older one, or missing. */
int file_replace(struct err *err, const char *dir, const char *name, const char *text, size_t len);

/*
 * Publishes dir/temp (already written and fsynced) as dir/name without overwriting:
 * 0, 1 if name exists already (temp is left), -1.
 */
int file_publish(struct err *err, const char *dir, const char *temp, const char *name);

/*
 * Lists the entries of dir that filter (NULL: all) accepts, sorted by name, as scandir(3) does. The
 * count, 0 if there is no such directory, or -1; file_list_free frees the list.
 */
int file_list(struct err *err, const char *dir, int (*filter)(const struct dirent *entry),
    struct dirent ***entries);
void file_list_free(struct dirent **entries, int count);

#endif
