/* SPDX-License-Identifier: MIT */
/*
 * files: what the centre wants of a session: its files as blobs, and the crash of its record. The list of what is wanted
 * is in the centre, so nothing has to be remembered here; a session is tried again until all of it is there, one that
 * fails after the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/json.h"
#include "daemon.h"
#include "record/record.h"
#include "store/db.h"
#include "store/layout.h"
#include "store/words.h"

enum {
	FILES_PART = 256 << 10, /* bytes of a file in one blob */
	FILES_SIZE_MAX = 128 << 20, /* of a longer one only the end is sent */
	FILES_COUNT_MAX = 64,
	FILES_LEVEL = 6, /* of zstd */
	FILES_LOOK = 16, /* wanted sessions looked at */
	FILES_RECORD_MS = 120000, /* the record is waited for so long after the news */
	FILES_META_MAX = 8192,
};

struct files_session {
	struct session session;
	char since[40]; /* as the centre wrote it */
	int64_t age_ms;
	char dir[FILE_PATH_MAX];
};

/* --- one file -------------------------------------------------------------------------------------- */

static int files_has_blob(struct err *err, struct relay *relay, const uint8_t hash[32])
{
	struct pq_params params = {0};
	PGresult *result;
	int has;

	pq_put_bytes(&params, hash, 32);
	result = pq_call(
	    err, &relay->pq, "SELECT FROM lastwords.blob WHERE sha256 = $1::bytea", &params, 0);
	pq_params_free(&params);
	has = result ? PQntuples(result) > 0 : -1;
	PQclear(result);
	return has;
}

/* One part, unless it is there. 0/-1. */
static int files_part(
    struct err *err, struct relay *relay, const char *bytes, size_t len, struct pq_array *parts)
{
	size_t bound = ZSTD_compressBound(len), packed;
	char *data = malloc(bound);
	struct pq_params params = {0};
	struct sha256_ctx ctx;
	uint8_t hash[32];
	int rc;

	if (!data)
		return err_set(err, "out of memory");
	packed = ZSTD_compress(data, bound, bytes, len, FILES_LEVEL);
	sha256_init(&ctx);
	sha256_update(&ctx, packed, (const uint8_t *)data);
	sha256_digest(&ctx, sizeof(hash), hash);
	pq_add_bytes(parts, hash, sizeof(hash));
	rc = files_has_blob(err, relay, hash);
	if (rc == 0) {
		pq_put_int(&params, relay->server);
		pq_put_bytes(&params, hash, sizeof(hash));
		pq_put_bytes(&params, data, packed);
		rc = pq_run(err, &relay->pq, "SELECT lastwords.put_blob($1, $2, $3)", &params);
		pq_params_free(&params);
	}
	free(data);
	return rc < 0 ? -1 : 0;
}

struct files_file {
	const char *name;
	int fd;
	int64_t size, cut, stored_ms;
	uint8_t hash[32]; /* of what is sent */
};

/* Reads as much of the next part as there is. Bytes, or -1. */
static ssize_t files_read(int fd, char *part, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, part + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* All parts, as far as size says: a log may grow. 0/-1. */
static int files_parts(
    struct err *err, struct relay *relay, struct files_file *file, struct pq_array *parts)
{
	char *part = malloc(FILES_PART);
	int64_t left = file->size - file->cut;
	struct sha256_ctx ctx;
	int rc = part ? 0 : err_set(err, "out of memory");

	sha256_init(&ctx);
	while (rc == 0 && left > 0) {
		size_t want = left < FILES_PART ? (size_t)left : FILES_PART;
		ssize_t n = files_read(file->fd, part, want);

		if (n != (ssize_t)want) {
			rc = n < 0 ? err_errno(err, "%s", file->name)
				   : err_set(err, "%s: it became shorter", file->name);
			break;
		}
		sha256_update(&ctx, want, (const uint8_t *)part);
		rc = files_part(err, relay, part, want, parts);
		left -= n;
	}
	sha256_digest(&ctx, sizeof(file->hash), file->hash);
	free(part);
	return rc;
}

static int files_put(struct err *err, struct relay *relay, const struct files_session *wanted,
    const struct files_file *file, struct pq_array *parts)
{
	struct pq_params params = {0};
	int rc;

	pq_put_int(&params, relay->server);
	pq_put_text(&params, wanted->session.id);
	pq_put_time(&params, wanted->session.time_ms);
	pq_put_text(&params, file->name);
	pq_put_big(&params, file->size);
	pq_put_bytes(&params, file->hash, sizeof(file->hash));
	pq_put_big(&params, file->cut);
	pq_put_array(&params, parts, PQ_BYTES);
	pq_put_time(&params, file->stored_ms);
	rc = pq_run(err, &relay->pq,
	    "SELECT lastwords.put_file($1, $2, $3, $4, $5, $6, $7, $8, $9)", &params);
	pq_params_free(&params);
	return rc;
}

/* 1 if the centre has the file of this size and time already, 0, -1. */
static int files_same(struct err *err, struct relay *relay, const struct files_session *wanted,
    const struct files_file *file)
{
	struct pq_params params = {0};
	PGresult *result;
	int same;

	pq_put_int(&params, relay->server);
	pq_put_text(&params, wanted->session.id);
	pq_put_text(&params, file->name);
	pq_put_big(&params, file->size);
	pq_put_time(&params, file->stored_ms);
	result = pq_call(err, &relay->pq,
	    "SELECT FROM lastwords.file WHERE server = $1 AND session = $2 AND name = $3"
	    " AND size = $4 AND stored = $5",
	    &params, 0);
	pq_params_free(&params);
	same = result ? PQntuples(result) > 0 : -1;
	PQclear(result);
	return same;
}

static int files_send_open(struct err *err, struct relay *relay, const struct files_session *wanted,
    struct files_file *file)
{
	struct pq_array parts = {0};
	struct stat st;
	int rc;

	if (fstat(file->fd, &st))
		return err_errno(err, "%s", file->name);
	if (!S_ISREG(st.st_mode))
		return 0;
	file->size = st.st_size;
	file->stored_ms = clock_of(&st.st_mtim);
	file->cut = file->size > FILES_SIZE_MAX ? file->size - FILES_SIZE_MAX : 0;
	if (file->cut && lseek(file->fd, file->cut, SEEK_SET) < 0)
		return err_errno(err, "%s", file->name);
	rc = files_same(err, relay, wanted, file);
	if (rc == 0)
		rc = files_parts(err, relay, file, &parts) ||
			     files_put(err, relay, wanted, file, &parts)
			 ? -1
			 : 0;
	pq_array_free(&parts);
	return rc < 0 ? -1 : 0;
}

static int files_send(
    struct err *err, struct relay *relay, const struct files_session *wanted, const char *name)
{
	struct files_file file = {.name = name};
	char path[FILE_PATH_MAX];
	int rc;

	if (file_path(err, wanted->dir, name, path))
		return -1;
	file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file.fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : err_errno(err, "%s", path);
	rc = files_send_open(err, relay, wanted, &file);
	close(file.fd);
	return rc;
}

/* Not those that are on their way, and not the record, which is made of the others. */
static int files_wanted(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return name[0] != '.' && strlen(name) <= 64 && strncmp(name, "record.", 7) != 0;
}

static int files_send_all(struct err *err, struct relay *relay, const struct files_session *wanted)
{
	struct dirent **names;
	int n = file_list(err, wanted->dir, files_wanted, &names), rc = n < 0 ? -1 : 0;

	for (int i = 0; i < n && i < FILES_COUNT_MAX && rc == 0; i++)
		rc = files_send(err, relay, wanted, names[i]->d_name);
	file_list_free(names, n);
	return rc;
}

/* --- the crash ------------------------------------------------------------------------------------- */

static void facts_flag(struct kv_out *out, const char *key, int value)
{
	json_key(out, key);
	kv_out_raw(out, value ? "true" : "false");
}

/* The record's crash as columns of crash; "" if it has none. */
static void facts_make(
    struct kv_out *out, const struct record_channels *has, const struct report *report)
{
	int by_http = (has->channels & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0,
	    by_pstore = (has->channels & TIMELINE_PSTORE) != 0;
	char cpu[16];

	if (!by_http && !by_pstore && !has->stream_crash && !has->console_crash)
		return;
	kv_out_raw(out, "{");
	json_pair(out, "signature", report->signature);
	json_pair(out, "title", report->title);
	json_pair(out, "class", report->class);
	json_pair(out, "function", report->function);
	json_pair(out, "release", report->release);
	json_pair(out, "taint", report->taint);
	json_pair(out, "hardware", report->hardware);
	json_pair(out, "modules", report->modules);
	json_pair(out, "task", report->comm);
	json_pair(out, "severity", report_severity_name(report->severity));
	json_key(out, "cpu");
	snprintf(cpu, sizeof(cpu), "%d", report->cpu);
	kv_out_raw(out, cpu);
	json_number(out, "version", REPORT_VERSION);
	facts_flag(out, "by_http", by_http);
	facts_flag(out, "by_netconsole", has->stream_crash);
	facts_flag(out, "by_console", has->console_crash);
	facts_flag(out, "by_pstore", by_pstore);
	kv_out_raw(out, "}");
}

/* record.meta as it is, for the database. */
static void facts_meta(const char *dir, char meta[FILES_META_MAX + 1])
{
	char raw[FILES_META_MAX];
	char path[FILE_PATH_MAX];
	struct err ignored;
	ssize_t n = -1;
	int fd = file_path(&ignored, dir, "record.meta", path)
		     ? -1
		     : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0) {
		n = read(fd, raw, sizeof(raw));
		close(fd);
	}
	batch_text(meta, FILES_META_MAX, raw, n > 0 ? (size_t)n : 0);
}

static int files_put_crash(struct err *err, struct relay *relay, const struct files_session *wanted,
    const char *facts, const char *report, const char *words, const char *meta)
{
	struct pq_params params = {0};
	int rc;

	pq_put_int(&params, relay->server);
	pq_put_text(&params, wanted->session.id);
	pq_put_time(&params, wanted->session.time_ms);
	pq_put_text(&params, facts);
	pq_put_text(&params, meta);
	pq_put_text(&params, report);
	pq_put_text(&params, words);
	rc = pq_run(err, &relay->pq,
	    "SELECT lastwords.put_crash($1, $2, $3, $4::text::jsonb, $5, $6, $7::text::tsvector)",
	    &params);
	pq_params_free(&params);
	return rc;
}

static int files_crash(struct err *err, struct relay *relay, const struct files_session *wanted)
{
	struct report report = {.cpu = -1};
	char facts[4096] = "", meta[FILES_META_MAX + 1], title[3 * sizeof(report.title)],
	     valid[DB_REPORT_MAX + 1], *text, *words;
	struct record_channels has;
	struct kv_out out;
	int rc;

	if (record_read_channels(wanted->dir, &has))
		return 0; /* no record, no crash */
	(void)record_read_report(wanted->dir, &report);
	kv_out_init(&out, facts, sizeof(facts));
	facts_make(&out, &has, &report);
	if (out.overflow || !facts[0])
		return 0;
	facts_meta(wanted->dir, meta);
	text = record_read_excerpt(wanted->dir, &has, DB_REPORT_MAX);
	batch_text(title, sizeof(title) - 1, report.title, strlen(report.title));
	batch_text(valid, sizeof(valid) - 1, text ? text : "", text ? strlen(text) : 0);
	words = words_vector(title, valid);
	rc = words ? files_put_crash(err, relay, wanted, facts, valid, words, meta)
		   : err_set(err, "out of memory");
	free(words);
	free(text);
	return rc;
}

/* --- sessions -------------------------------------------------------------------------------------- */

static int files_done(
    struct err *err, struct relay *relay, const struct files_session *wanted, int done)
{
	struct pq_params params = {0};
	int rc;

	pq_put_int(&params, relay->server);
	pq_put_text(&params, wanted->session.id);
	pq_put_text(&params, wanted->since);
	pq_put_bool(&params, done);
	rc = pq_run(err, &relay->pq, "SELECT lastwords.put_done($1, $2, $3::text::timestamptz, $4)",
	    &params);
	pq_params_free(&params);
	return rc;
}

/* 1 if the record is newer than every upload and stream, or was waited for long enough. */
static int files_ready(const struct files_session *wanted)
{
	char path[FILE_PATH_MAX], name[RECORD_NAME_MAX];
	struct stat record, log;
	struct err ignored;
	int ready;

	if (wanted->age_ms > FILES_RECORD_MS)
		return 1;
	ready =
	    file_path(&ignored, wanted->dir, "record.meta", path) == 0 && stat(path, &record) == 0;
	for (int number = 1; ready && number <= RECORD_UPLOADS_MAX; number++) {
		record_upload_name(number, "txt", name);
		ready = file_path(&ignored, wanted->dir, name, path) || stat(path, &log) ||
			clock_of(&log.st_mtim) <= clock_of(&record.st_mtim);
	}
	return ready;
}

/* One session. 1 all of it is there, 0 not now, -1 no connection. */
static int files_session(struct err *err, struct relay *relay, struct files_session *wanted)
{
	struct stat st;
	int rc = 0;

	if (layout_session_dir(
		err, relay->config->state, &wanted->session, LAYOUT_LOOK, wanted->dir) == 0 &&
	    stat(wanted->dir, &st) == 0) {
		if (!files_ready(wanted))
			return 0;
		if (relay->config->central_logs != LOGS_NONE)
			rc = files_send_all(err, relay, wanted);
		if (rc == 0)
			rc = files_crash(err, relay, wanted);
	}
	if (rc && (relay->pq.fault != PQ_FINE && relay->pq.fault != PQ_DATA &&
		      relay->pq.fault != PQ_REFUSED))
		return -1;
	if (rc) {
		err_prefix(err, "session %s", wanted->session.id);
		err_print("lastwords-relay", err);
	}
	return files_done(err, relay, wanted, rc == 0) ? -1 : 1;
}

static int files_parse(const PGresult *result, int row, struct files_session *wanted)
{
	const char *id = pq_get_text(result, row, 0);
	struct err ignored;

	snprintf(wanted->since, sizeof(wanted->since), "%s", pq_get_text(result, row, 1));
	wanted->age_ms = pq_get_big(result, row, 2, 0);
	return session_parse(&ignored, id, strlen(id), &wanted->session);
}

/* How many sessions' files are wanted, also those that wait for another try. 0/-1. */
static int files_count(struct err *err, struct relay *relay)
{
	struct pq_params params = {0};
	PGresult *result;

	pq_put_int(&params, relay->server);
	result = pq_call(err, &relay->pq,
	    "SELECT count(*), (extract(epoch FROM min(booted)) * 1000)::bigint"
	    " FROM lastwords.wanted WHERE server = $1",
	    &params, 0);
	pq_params_free(&params);
	if (!result)
		return -1;
	relay->files_waiting = pq_get_big(result, 0, 0, 0);
	relay->files_oldest_ms = pq_get_big(result, 0, 1, 0);
	PQclear(result);
	return 0;
}

int files_next(struct err *err, struct relay *relay)
{
	struct pq_params params = {0};
	struct files_session wanted;
	PGresult *result;
	int rc = 0;

	if (files_count(err, relay))
		return -1;
	pq_put_int(&params, relay->server);
	pq_put_int(&params, FILES_LOOK);
	/* (tried in vain: again after 1, 4, 16 … minutes, at most a day) */
	result = pq_call(err, &relay->pq,
	    "SELECT session, since::text, (extract(epoch FROM clock_timestamp() - since) * 1000)::bigint"
	    " FROM lastwords.wanted WHERE server = $1 AND (tries = 0 OR"
	    " since + make_interval(mins => least(1440, (4 ^ least(tries, 6))::int)) < now())"
	    " ORDER BY tries, since LIMIT $2",
	    &params, 0);
	pq_params_free(&params);
	if (!result)
		return -1;
	for (int row = 0; row < PQntuples(result) && rc == 0; row++)
		if (files_parse(result, row, &wanted) == 0)
			rc = files_session(err, relay, &wanted);
	PQclear(result);
	return rc;
}
