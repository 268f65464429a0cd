/* SPDX-License-Identifier: MIT */
/* meta: NAME.meta beside a log, read once and overwritten in place; see logfile.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/kv.h"
#include "base/num.h"
#include "parts.h"

static uint64_t meta_number(const struct kv *kv, const char *key, uint64_t absent)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT64_MAX, &n))
		return absent;
	return n;
}

void logfile_read_meta(struct logfiles *logs, struct logfile *log)
{
	char path[FILE_PATH_MAX], text[LOGFILE_META_SIZE + 1];
	struct err ignored;
	struct kv kv;
	const char *stream;

	if (logfile_path(logs, log, ".meta", 0, &ignored, path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	log->counts.packets = meta_number(&kv, "packets", 0);
	log->counts.lines = meta_number(&kv, "lines", 0);
	log->counts.bytes = meta_number(&kv, "bytes", 0);
	log->counts.lost = meta_number(&kv, "lost", 0);
	log->counts.truncated = meta_number(&kv, "truncated", 0);
	log->counts.late = meta_number(&kv, "late", 0);
	log->counts.duplicates = meta_number(&kv, "duplicates", 0);
	log->dropped = meta_number(&kv, "dropped", 0);
	log->next = meta_number(&kv, "next", STREAM_NO_NEXT);
	log->usec = meta_number(&kv, "usec", NETCONSOLE_NO_TIME);
	log->top_usec = log->usec;
	log->died_ms = (int64_t)meta_number(&kv, "died", 0);
	stream = kv_get(&kv, "stream");
	snprintf(log->stream, sizeof(log->stream), "%s", stream ? stream : "");
}

int logfile_write_meta(struct logfiles *logs, struct logfile *log, struct err *err)
{
	const struct db_stream *counts = &log->counts;
	char path[FILE_PATH_MAX], text[LOGFILE_META_SIZE];
	struct kv_out out;
	int fd = log->meta_fd, rc = 0;

	kv_out_init(&out, text, sizeof(text));
	if (log->session[0])
		kv_out_pair(&out, '\n', "session", log->session);
	kv_out_pair(&out, '\n', "stream", log->stream);
	kv_out_num(&out, '\n', "packets", counts->packets);
	kv_out_num(&out, '\n', "lines", counts->lines);
	kv_out_num(&out, '\n', "bytes", counts->bytes);
	kv_out_num(&out, '\n', "lost", counts->lost);
	kv_out_num(&out, '\n', "truncated", counts->truncated);
	kv_out_num(&out, '\n', "late", counts->late);
	kv_out_num(&out, '\n', "duplicates", counts->duplicates);
	kv_out_num(&out, '\n', "dropped", log->dropped);
	if (log->next != STREAM_NO_NEXT)
		kv_out_num(&out, '\n', "next", log->next);
	if (log->usec != NETCONSOLE_NO_TIME)
		kv_out_num(&out, '\n', "usec", log->usec);
	kv_out_num(&out, '\n', "died", (unsigned long long)log->died_ms);
	/* Always the same size, so that it is overwritten in one piece and needs no new disk space. */
	memset(text + out.len, '\n', sizeof(text) - out.len);
	if (fd < 0) {
		if (logfile_path(logs, log, ".meta", 0, err, path))
			return -1;
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
		if (fd < 0)
			return err_errno(err, "%s", path);
	}
	if (pwrite(fd, text, sizeof(text), 0) != (ssize_t)sizeof(text))
		rc = err_errno(err, "%s.meta", log->name);
	if (fd == log->meta_fd)
		return rc;
	if (log->fd >= 0 && logs->fds < logs->fds_max / 16 * 15) {
		log->meta_fd = fd;
		logs->fds++;
		logs->meta_fds++;
	} else {
		close(fd);
	}
	return rc;
}
