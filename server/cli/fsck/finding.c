/* SPDX-License-Identifier: MIT */
/* finding: the table of the kinds of damage; see finding.h. */
#include "finding.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *problem;
	const char *fix; /* --repair does it; NULL: it cannot be repaired here */
	int reindex; /* the fix makes the index out of date */
} findings[] = {
    [FINDING_LEFTOVER] = {"left by a writer that was killed", "remove it"},
    [FINDING_OLD_INDEX] = {"a damaged index that was replaced", "remove it"},
    [FINDING_MODE] = {"wrong mode", "set the mode"},
    [FINDING_OWNER] = {"does not belong to the server's user", "change the owner"},
    [FINDING_UNREADABLE] = {"cannot be read", NULL},
    [FINDING_NO_DIRECTORY] = {"missing directory", "make it"},
    [FINDING_EMPTY_FILE] = {"empty file", "remove it"},
    [FINDING_EMPTY_DIRECTORY] = {"empty directory", "remove it"},
    [FINDING_REMOVAL] = {"unfinished removal", "finish it"},
    [FINDING_NOT_SESSION] = {"not a session; move it out of the state directory", NULL},
    [FINDING_NOT_MACHINE] = {"not a machine; move it out of the state directory", NULL},
    [FINDING_NO_KEY] = {"missing; restore it: with a new key, machines that run now cannot upload",
	NULL},
    [FINDING_BAD_KEY] = {"invalid key; restore it from a backup", NULL},
    [FINDING_LINE] = {"not a journal line", "move it to journal/torn.txt"},
    [FINDING_AHEAD] = {"of a month to come: the clock was wrong", "append it to this month's file",
	1},
    [FINDING_UNRECORDED] = {"dump is not recorded in the journal", "record it"},
    [FINDING_LOST] = {"acknowledged but missing; a backup may have it",
	"record the loss in the journal"},
    [FINDING_UNNAMED] = {"a complete upload without its name", "name it", 1},
    [FINDING_ORPHAN] = {"metadata of an upload that never completed", "remove it"},
    [FINDING_EMPTY_DUMP] = {"empty dump, or its metadata", "remove it", 1},
    [FINDING_CHANGED] = {"differs from what was acknowledged (SHA-256); a backup may have it",
	"record this in its metadata"},
    [FINDING_NO_DIGEST] = {"missing, or without a SHA-256", "make it from the dump"},
    [FINDING_LOG_END] = {"its last line has no newline", "add it"},
    [FINDING_LOG_ZEROS] = {"zeros at its end", "cut them off"},
    [FINDING_CONSOLE_INDEX] = {"does not match its console.log", "cut off what is wrong"},
    [FINDING_META] = {"damaged metadata", "remove it"},
    [FINDING_RECORD_PART] = {"a file of the record is missing", "make the record again", 1},
    [FINDING_RECORD_MISMATCH] = {"the files of the record do not match", "make the record again",
	1},
    [FINDING_RECORD_OLD] = {"older than the dumps or the crash it is made of",
	"make the record again", 1},
    [FINDING_INDEX] = {"differs from the journal and the files", "make it again"},
};

void finding_add(struct fsck *fsck, enum finding what, const char *path, const char *detail, int rc)
{
	const char *fix = findings[what].fix;
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s%s%s%s; ", findings[what].problem,
	    detail ? " (" : "", detail ? detail : "", detail ? ")" : "");

	if (!fix)
		snprintf(text + n, sizeof(text) - (size_t)n, "cannot be repaired here");
	else if (rc > 0)
		snprintf(text + n, sizeof(text) - (size_t)n, "run with --repair to %s", fix);
	else if (rc < 0)
		snprintf(text + n, sizeof(text) - (size_t)n, "cannot %s: %s", fix, fsck->err.msg);
	else
		snprintf(text + n, sizeof(text) - (size_t)n, "repaired");
	fsck->report(path, text);
	fsck->found++;
	fsck->repaired += rc == 0;
	fsck->reindex |= rc == 0 && findings[what].reindex;
}

void finding_remove(struct fsck *fsck, enum finding what, const char *path)
{
	int rc = 1;

	if (fsck->repair)
		rc = remove(path) ? err_errno(&fsck->err, "%s", path) : 0;
	finding_add(fsck, what, path, NULL, rc);
}

int fsck_is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

int fsck_session_path(const char *id, const char *name, char path[FILE_PATH_MAX])
{
	int n = snprintf(path, FILE_PATH_MAX, "sessions/%.12s/%s/%s", id, id, name);

	return n < FILE_PATH_MAX ? 0 : -1;
}
