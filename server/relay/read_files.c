/* SPDX-License-Identifier: MIT */
/*
 * read_files: the files of a session, of all servers that have some, as if one server had them; see read.h. What is in
 * the database came from servers, and through them from machines: names, sizes and frames are checked.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/clock.h"
#include "read.h"
#include "record/record.h"
#include "store/layout.h"

enum {
	FILES_PART_MAX = 4 << 20, /* bytes of a part, unpacked */
	FILES_ROWS_MAX = 256, /* files of a session */
	FILES_OLD_MS = 60000, /* a directory that is older may be a killed program's */
};
#define FILES_NAME "lastwords-ask."
#define FILES_BYTES_MAX (512LL << 20) /* of a session, unpacked */

/* --- which file -------------------------------------------------------------------------------------- */

/* Where the uploads of one server have their place among those of all. */
struct files_places {
	int server;
	int taken[RECORD_UPLOADS_MAX + 1]; /* by number: another server's, or this one's */
	int place[RECORD_UPLOADS_MAX + 1]; /* of this server's; 0: none yet */
};

/* 1 for the name of a file in a session's directory that is kept: no record, which is made of all of them. */
static int files_is_wanted(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";

	return name[0] && name[0] != '.' && !name[strspn(name, allowed)] && strlen(name) < 64 &&
	       strncmp(name, "record.", 7) != 0;
}

/* The upload's number by its text's or metadata's name; 0: no upload. */
static int files_number(const char *name)
{
	char text[RECORD_NAME_MAX];
	size_t stem = strcspn(name, ".");

	if (stem + 5 > sizeof(text))
		return 0;
	snprintf(text, sizeof(text), "%.*s.txt", (int)stem, name);
	return record_upload_number(text);
}

/* The place of an upload: its own number, or the next one of its kind that is free. 0: none is. */
static int files_place(struct files_places *places, int number)
{
	char name[RECORD_NAME_MAX];
	const struct record_kind *kind = record_upload_name(number, "txt", name);

	for (int n = number; !places->place[number] && n < kind->first + kind->places; n++)
		if (!places->taken[n]) {
			places->taken[n] = 1;
			places->place[number] = n;
		}
	return places->place[number];
}

/* One file of the table. */
struct files_row {
	int server;
	char name[64];
	unsigned char sha256[32];
	int64_t cut;
};

struct files_list {
	struct files_row row[FILES_ROWS_MAX];
	int count;
};

/* The name under which the file is kept; append: behind what another server has. 0: it is left out. */
static int files_name(struct files_places *places, const struct files_row *row, const char *dir,
    char *to, int *append)
{
	const char *suffix = strrchr(row->name, '.');
	int number = files_number(row->name), place = 0;
	char path[FILE_PATH_MAX];
	struct err ignored;

	if (places->server != row->server)
		memset(places->place, 0, sizeof(places->place));
	places->server = row->server;
	*append = 0;
	if (number) {
		place = files_place(places, number);
		if (place)
			record_upload_name(place, suffix ? suffix + 1 : "txt", to);
		return place != 0;
	}
	snprintf(to, 64, "%s", row->name);
	if (file_path(&ignored, dir, to, path) || access(path, F_OK) != 0)
		return 1;
	*append = suffix && strcmp(suffix, ".log") == 0;
	return *append;
}

/* 1 if an earlier row has the same bytes under the same name: an upload that reached two servers. */
static int files_is_double(const struct files_list *list, int at)
{
	for (int i = 0; i < at; i++)
		if (strcmp(list->row[i].name, list->row[at].name) == 0 &&
		    memcmp(list->row[i].sha256, list->row[at].sha256, 32) == 0)
			return 1;
	return 0;
}

/* --- their bytes ------------------------------------------------------------------------------------- */

struct files_out {
	int fd;
	int64_t left; /* of all files */
	char *unpacked;
	int failed; /* a part of this one is damaged */
};

static int files_part(void *arg, const PGresult *result)
{
	struct files_out *out = arg;
	size_t n = ZSTD_decompress(out->unpacked, FILES_PART_MAX, PQgetvalue(result, 0, 0),
	    (size_t)PQgetlength(result, 0, 0));

	if (ZSTD_isError(n) || (int64_t)n > out->left ||
	    write(out->fd, out->unpacked, n) != (ssize_t)n)
		out->failed = 1;
	else
		out->left -= (int64_t)n;
	return out->failed;
}

/* Writes a file's parts in order. A part that is damaged ends it. 0/-1. */
static int files_copy(struct err *err, struct pq *pq, const char *id, const struct files_row *row,
    const char *path, int append, struct files_out *out)
{
	struct sql sql = {.len = 0};
	long count;

	out->failed = 0;
	out->fd = open(
	    path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (append ? O_APPEND : O_EXCL), 0600);
	if (out->fd < 0)
		return err_errno(err, "%s", path);
	if (row->cut)
		dprintf(out->fd, "[%lld bytes before this were not sent]\n", (long long)row->cut);
	sql_add_text(&sql,
	    "SELECT b.data FROM file f CROSS JOIN unnest(f.parts) WITH ORDINALITY AS p (sha256, n)"
	    " JOIN blob b ON b.sha256 = p.sha256 WHERE f.session = $#",
	    id);
	sql_add_text(&sql, " AND f.name = $#", row->name);
	sql_add_big(&sql, " AND f.server = $# ORDER BY p.n", row->server);
	count = sql_each(err, pq, &sql, files_part, out);
	close(out->fd);
	return count < 0 ? -1 : 0;
}

/* --- a session --------------------------------------------------------------------------------------- */

static int files_got(void *arg, const PGresult *result)
{
	struct files_list *list = arg;
	struct files_row *row = &list->row[list->count];

	if (!files_is_wanted(sql_text(result, 1)) || PQgetlength(result, 0, 2) != 32)
		return 0;
	row->server = (int)sql_big(result, 0);
	snprintf(row->name, sizeof(row->name), "%s", sql_text(result, 1));
	memcpy(row->sha256, PQgetvalue(result, 0, 2), 32);
	row->cut = sql_big(result, 3);
	return ++list->count == FILES_ROWS_MAX;
}

/* What the table has, the files of the server that served the session first. Count, or -1. */
static long files_list(
    struct err *err, struct pq *pq, const struct session *session, struct files_list *list)
{
	struct sql sql = {.len = 0};

	sql_add_text(&sql,
	    "SELECT f.server, f.name, f.sha256, f.cut FROM file f"
	    " LEFT JOIN session s ON s.id = f.session AND s.booted = f.booted"
	    " WHERE f.session = $#",
	    session->id);
	sql_add_time(&sql,
	    " AND f.booted = $# ORDER BY f.server <> s.server, f.server, f.name COLLATE \"C\"",
	    session->time_ms);
	return sql_each(err, pq, &sql, files_got, list);
}

static int files_write(
    struct err *err, struct pq *pq, const char *id, const struct files_list *list, const char *dir)
{
	struct files_places places = {.server = 0};
	struct files_out out = {.left = FILES_BYTES_MAX, .unpacked = malloc(FILES_PART_MAX)};
	int rc = out.unpacked ? 0 : err_set(err, "out of memory");

	for (int i = 0; i < list->count && rc == 0; i++) {
		char path[FILE_PATH_MAX], name[64];
		int append;

		if (files_is_double(list, i) ||
		    !files_name(&places, &list->row[i], dir, name, &append))
			continue;
		rc = file_path(err, dir, name, path);
		if (rc == 0)
			rc = files_copy(err, pq, id, &list->row[i], path, append, &out);
	}
	free(out.unpacked);
	return rc;
}

static int files_meta(void *arg, const PGresult *result)
{
	const char *dir = arg;
	struct err ignored;

	if (sql_text(result, 0)[0])
		(void)file_replace(&ignored, dir, "record.meta", sql_text(result, 0),
		    (size_t)PQgetlength(result, 0, 0));
	return 0;
}

/* record.meta alone. 0/-1. */
static int files_report(struct err *err, struct pq *pq, const struct session *session, char *dir)
{
	struct sql sql = {.len = 0};

	sql_add_text(&sql, "SELECT meta FROM crash WHERE session = $#", session->id);
	sql_add_time(&sql, " AND booted = $#", session->time_ms);
	return sql_each(err, pq, &sql, files_meta, dir) < 0 ? -1 : 0;
}

struct files_session {
	char product[128];
	int kept;
};

static int files_got_session(void *arg, const PGresult *result)
{
	struct files_session *of = arg;

	snprintf(of->product, sizeof(of->product), "%s", sql_text(result, 0));
	of->kept = sql_bool(result, 1);
	return 0;
}

/* The record, of all that is there, and whether people keep the session. 0/-1. */
static int files_record(
    struct err *err, struct pq *pq, const struct session *session, const char *dir)
{
	struct files_session of = {.product = ""};
	struct sql sql = {.len = 0};

	sql_add_text(&sql,
	    "SELECT product, (SELECT value = 'on' FROM setting_now"
	    " WHERE kind = 'keep' AND key = $#"
	    " ORDER BY time DESC LIMIT 1) FROM session WHERE id = $#",
	    session->id);
	sql_add_time(&sql, " AND booted = $#", session->time_ms);
	if (sql_each(err, pq, &sql, files_got_session, &of) < 0)
		return -1;
	if (of.kept && file_replace(err, dir, "keep", "", 0))
		return -1;
	return record_make(err, dir, of.product);
}

int read_fetch(struct err *err, void *arg, const char *id, int report_only)
{
	struct read_files *files = arg;
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct files_list *list;
	struct session session;
	int rc = -1;

	if (session_parse(err, id, strlen(id), &session) ||
	    layout_session_dir(err, files->state, &session, LAYOUT_LAZY, dir) ||
	    file_path(err, dir, ".fetched", path))
		return -1;
	if (access(path, F_OK) == 0)
		return 0;
	if (report_only)
		return files_report(err, files->pq, &session, dir);
	list = calloc(1, sizeof(*list));
	if (!list)
		return err_set(err, "out of memory");
	if (files_list(err, files->pq, &session, list) >= 0)
		rc = list->count ? files_write(err, files->pq, session.id, list, dir)
				 : files_report(err, files->pq, &session, dir);
	if (rc == 0 && list->count)
		rc = files_record(err, files->pq, &session, dir);
	if (rc == 0)
		rc = file_replace(err, dir, ".fetched", "", 0);
	free(list);
	return rc;
}

/* --- the directory ----------------------------------------------------------------------------------- */

static int files_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	(void)remove(path);
	return 0;
}

/* Opens and locks a directory of ours. -1: it is another user's, is in use, or is no directory. */
static int files_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int files_is_ask(const struct dirent *entry)
{
	return strncmp(entry->d_name, FILES_NAME, sizeof(FILES_NAME) - 1) == 0;
}

/* Removes the directories of programs that were killed. (One that was made just now may not be locked yet.) */
static void files_sweep(const char *tmp)
{
	char path[FILE_PATH_MAX];
	struct dirent **names;
	struct err ignored;
	struct stat st;
	int n = file_list(&ignored, tmp, files_is_ask, &names), fd;

	for (int i = 0; i < n; i++) {
		if (file_path(&ignored, tmp, names[i]->d_name, path) || lstat(path, &st) ||
		    clock_now() - clock_of(&st.st_mtim) < FILES_OLD_MS ||
		    (fd = files_lock(path)) < 0)
			continue;
		(void)nftw(path, files_remove, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		close(fd);
	}
	file_list_free(names, n);
}

int read_files_begin(struct err *err, struct read_files *files)
{
	const char *tmp = getenv("TMPDIR");

	tmp = tmp && tmp[0] == '/' ? tmp : "/tmp";
	files_sweep(tmp);
	files->lock = -1;
	snprintf(files->state, sizeof(files->state), "%s/" FILES_NAME "XXXXXX", tmp);
	if (!mkdtemp(files->state)) {
		files->state[0] = '\0';
		return err_errno(err, "a directory for the session's files");
	}
	files->lock = files_lock(files->state);
	return 0;
}

void read_files_end(struct read_files *files)
{
	if (!files->state[0])
		return;
	(void)nftw(files->state, files_remove, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (files->lock >= 0)
		close(files->lock);
}
