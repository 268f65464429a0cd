/* SPDX-License-Identifier: MIT */
/* upload: a dmesg into its session's directory; see upload.h. upload_file.c has the files. */
#include "upload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/levels.h"
#include "base/num.h"
#include "boot/override.h"
#include "cgi/http/strangers.h"
#include "decode.h"
#include "previous.h"
#include "store/journal.h"
#include "upload_file.h"

/* How the sink stops the decoder. */
enum { STOP_LIMIT = 1, STOP_WRITE = 2, STOP_DISK = 3 };

enum { UPLOAD_SCRIPT_MAX = 2 << 20 }; /* bytes: twice what the keeper sends */

struct upload {
	const struct site *site;
	struct upload_file file;
	struct err err;
	uint64_t limit;
	enum disk_kept kept; /* what stays free of the disk */
	int error; /* errno of a failed write */
	const struct record_kind *kind;
	struct session session; /* whose record it is */
};

static int upload_disk_is_full(const struct upload *upload, uint64_t need)
{
	const struct config *config = &upload->site->config;

	return disk_has_less(config->state, config->disk_floor, upload->kept, need);
}

static int upload_sink(void *arg, const void *bytes, size_t len)
{
	struct upload *upload = arg;

	if (len > upload->limit - upload->file.bytes)
		return STOP_LIMIT;
	/* (what was announced is compressed, or nothing was) */
	if (upload_disk_is_full(upload, len))
		return STOP_DISK;
	if (upload_file_write(&upload->err, &upload->file, bytes, len)) {
		upload->error = errno;
		return STOP_WRITE;
	}
	return 0;
}

static const char disk_full[] = "the server's disk is full; try later";

/* The server's own trouble: 507 for a full disk, 503 for the rest. Details go to the log. */
static void upload_trouble(struct reply *reply, int error, const struct err *err)
{
	int full = error == ENOSPC || error == EDQUOT || error == EFBIG;

	reply_warn(reply, err);
	reply_error(
	    reply, full ? 507 : 503, "%s", full ? disk_full : "cannot be stored now; try later");
}

/* Body to temporary file. 0, or -1 with the reply made. */
static int upload_receive(struct upload *upload, const struct request *request,
    struct decode *decode, struct reply *reply)
{
	static char buf[DECODE_CHUNK];
	uint64_t got = 0;
	struct err err;

	while (request->length < 0 || got < (uint64_t)request->length) {
		size_t want = sizeof(buf);
		ssize_t n;
		int rc;

		if (request->length >= 0 && (uint64_t)request->length - got < want)
			want = (size_t)((uint64_t)request->length - got);
		n = request->read(request->read_arg, buf, want);
		if (n < 0) {
			reply_error(reply, 400, "the body broke off after %llu bytes",
			    (unsigned long long)got);
			return -1;
		}
		if (n == 0)
			break;
		got += (uint64_t)n;
		rc = decode_feed(&err, decode, buf, (size_t)n, upload_sink, upload);
		if (rc == STOP_WRITE)
			upload_trouble(reply, upload->error, &upload->err);
		else if (rc == STOP_DISK)
			reply_error(reply, 507, "%s", disk_full);
		else if (rc == STOP_LIMIT)
			reply_error(reply, 413, "more than %llu bytes%s",
			    (unsigned long long)upload->limit,
			    upload->limit == UPLOAD_SCRIPT_MAX ? "" : " (upload_max)");
		else if (rc)
			reply_error(reply, 400, "%s", err.msg);
		if (rc)
			return -1;
	}
	if (request->length >= 0 && got < (uint64_t)request->length) {
		reply_error(reply, 400, "%llu of %lld bytes arrived", (unsigned long long)got,
		    (long long)request->length);
		return -1;
	}
	if (decode_finish(&err, decode)) {
		reply_error(reply, 400, "%s", err.msg);
		return -1;
	}
	if (upload->file.bytes == 0) {
		reply_error(reply, 400, "an empty body");
		return -1;
	}
	return 0;
}

/* The levels of the log's lines, if they are valid and fit; without them the log is kept all the same. */
static void upload_levels(struct kv_out *out, const struct request *request)
{
	const char *levels = request->variable("HTTP_LASTWORDS_LEVELS");
	struct kv_out before = *out;
	int8_t ignored[1];

	if (!levels || !levels[0] || strlen(levels) >= LEVELS_TEXT ||
	    levels_read(levels, ignored, 1, 1))
		return;
	kv_out_pair(out, '\n', "levels", levels);
	if (!out->overflow && out->size - out->len > 1)
		return;
	*out = before;
	out->buf[out->len] = '\0';
}

/* What is known of the dump that session has sent, for its metadata file. */
static void upload_meta(struct kv_out *out, const struct request *request,
    const struct session *session, const struct upload *upload, int64_t now_ms)
{
	const struct upload_file *file = &upload->file;
	static const struct {
		const char *key, *variable;
	} headers[] = {
	    {"release", "HTTP_LASTWORDS_RELEASE"},
	    {"build-id", "HTTP_LASTWORDS_BUILD_ID"},
	    {"exit", "HTTP_LASTWORDS_EXIT"},
	    {"holes", "HTTP_LASTWORDS_HOLES"},
	    {"try", "HTTP_LASTWORDS_TRY"},
	    {"capture", "HTTP_LASTWORDS_CAPTURE"},
	    {"lines", "HTTP_LASTWORDS_LINES"},
	    {"crashtime", "HTTP_LASTWORDS_CRASHTIME"},
	    {"status", "HTTP_LASTWORDS_STATUS"},
	    {"signal", "HTTP_LASTWORDS_SIGNAL"},
	    {"why", "HTTP_LASTWORDS_WHY"},
	    {"ms", "HTTP_LASTWORDS_MS"},
	    {"agent", "HTTP_USER_AGENT"},
	};
	char when[25], value[129];

	clock_format(now_ms, when);
	kv_out_pair(out, '\n', "session", upload->session.id);
	if (strcmp(session->id, upload->session.id) != 0)
		kv_out_pair(out, '\n', "by", session->id);
	kv_out_pair(out, '\n', "received", when);
	kv_out_num(out, '\n', "bytes", file->bytes);
	kv_out_pair(out, '\n', "sha256", file->sha256);
	kv_out_pair(out, '\n', "channel", upload->kind->channel);
	kv_out_pair(out, '\n', "address", request->remote);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *given = request->variable(headers[i].variable);

		if (!given || !given[0])
			continue;
		snprintf(value, sizeof(value), "%s", given);
		kv_out_pair(out, '\n', headers[i].key, value);
	}
	upload_levels(out, request);
	kv_out_raw(out, "\n");
}

/* How a script ended, for the journal. */
static void upload_script(struct kv_out *out, const struct request *request)
{
	static const struct {
		const char *key, *variable;
		int max;
	} numbers[] = {{"status", "HTTP_LASTWORDS_STATUS", 255},
	    {"signal", "HTTP_LASTWORDS_SIGNAL", 64}, {"ms", "HTTP_LASTWORDS_MS", INT_MAX}};
	const char *why = request->variable("HTTP_LASTWORDS_WHY");
	char text[129];
	struct err ignored;
	int number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *given = request->variable(numbers[i].variable);

		if (given &&
		    num_int(&ignored, numbers[i].key, given, 0, numbers[i].max, &number) == 0)
			kv_out_num(out, ' ', numbers[i].key, (unsigned long long)number);
	}
	if (!why || !why[0])
		return;
	snprintf(text, sizeof(text), "%s", why);
	kv_out_pair(out, ' ', "why", text);
}

static void upload_journal(struct site *site, const struct request *request,
    const struct session *session, const struct upload *upload, int64_t now_ms, struct reply *reply)
{
	const struct upload_file *file = &upload->file;
	const char *more = request->variable("HTTP_LASTWORDS_MORE");
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	if (session_mac_is_probe(session->mac))
		return; /* the doctor's: nobody has crashed */
	if (upload->session.time_ms == 0) {
		journal_begin(&out, line, sizeof(line), now_ms, "event", session->id);
		kv_out_pair(&out, ' ', "text",
		    "a pstore log of an unknown session is kept in the machine's directory, in pstore");
		if (journal_append_durable(&err, site->config.state, &out))
			reply_warn(reply, &err);
		return;
	}
	journal_begin(&out, line, sizeof(line), now_ms, upload->kind->event, upload->session.id);
	kv_out_pair(&out, ' ', "file", file->name);
	kv_out_num(&out, ' ', "bytes", file->bytes);
	kv_out_pair(&out, ' ', "sha256", file->sha256);
	if (upload->kind == &record_kinds[RECORD_SCRIPT])
		upload_script(&out, request);
	else
		kv_out_pair(&out, ' ', "channel", upload->kind->channel);
	if (strcmp(session->id, upload->session.id) != 0)
		kv_out_pair(&out, ' ', "by", session->id);
	if (more && strcmp(more, "autopsy") == 0)
		kv_out_pair(&out, ' ', "more", "autopsy");
	kv_out_pair(&out, ' ', "address", request->remote);
	if (journal_append_durable(&err, site->config.state, &out))
		reply_warn(reply, &err); /* the file is the truth; reindex finds it */
}

/*
 * 1 if a repeat of what is stored already gets a journal line: the first try may have died before it wrote one. It
 * does not if the machine has repeated something within the hour: whoever has the token could go on for ever, and each
 * line makes the record again.
 */
static int upload_repeat_counts(
    struct site *site, const struct upload *upload, int64_t now_ms, struct reply *reply)
{
	struct quota_ask ask = {.reason = "uploaded again", .now_ms = now_ms};

	memcpy(ask.mac, upload->session.mac, sizeof(ask.mac));
	return strangers_may_write(site, &ask, 0, reply);
}

/*
 * A record of pstore is of the machine's boot before; where there was none, of "session" pstore,
 * which has no time: STATE/sessions/MAC/pstore.
 */
static void upload_owner(struct site *site, const struct request *request,
    const struct session *session, struct upload *upload)
{
	const char *channel = request->variable("HTTP_LASTWORDS_CHANNEL");

	if (!channel)
		channel = request->variable("HTTP_LASTWORDS_ROPE"); /* images made before 0.2 */
	upload->kind = &record_kinds[RECORD_DMESG];
	upload->session = *session;
	if (channel && strcmp(channel, "autopsy") == 0)
		upload->kind = &record_kinds[RECORD_AUTOPSY];
	if (channel && strcmp(channel, "script") == 0)
		upload->kind = &record_kinds[RECORD_SCRIPT];
	if (!channel || strcmp(channel, "pstore") != 0)
		return;
	upload->kind = &record_kinds[RECORD_PSTORE];
	if (!previous_session(site->config.state, &site->keys, session,
		request->variable("HTTP_LASTWORDS_DIED"), &upload->session)) {
		upload->session = *session;
		upload->session.time_ms = 0;
		snprintf(upload->session.id, sizeof(upload->session.id), "pstore");
	}
}

/* What can be refused before the body is read. 0, or -1 with the reply made. */
static int upload_admit(
    const struct upload *upload, const struct request *request, struct reply *reply)
{
	const struct site *site = upload->site;
	/* An encoding that makes it larger than it was is allowed a little. */
	uint64_t limit = site->config.upload_max + 65536;

	if (request->length == -2)
		reply_error(reply, 400, "Content-Length is not a number");
	else if (request->length == -1 && !request->chunked)
		reply_error(reply, 411, "needs a Content-Length or chunks");
	else if (request->length > 0 && (uint64_t)request->length > limit)
		reply_error(reply, 413, "more than %llu bytes (upload_max)",
		    (unsigned long long)site->config.upload_max);
	else if (upload_disk_is_full(upload, request->length > 0 ? (uint64_t)request->length : 0))
		reply_error(reply, 507, "%s", disk_full);
	else
		return 0;
	return -1;
}

void upload_answer(struct site *site, const struct request *request, const struct session *session,
    int64_t now_ms, struct reply *reply)
{
	struct upload upload = {.site = site, .limit = site->config.upload_max};
	struct decode *decode = NULL;
	char meta[4096];
	struct kv_out out;
	struct err err;
	int rc;

	upload.kept = strangers_disk(site, session->mac, now_ms);
	if (upload_admit(&upload, request, reply))
		return;
	decode = decode_new(&err, request->encoding);
	if (!decode) {
		reply_error(reply, 415, "%s", err.msg);
		return;
	}
	upload_owner(site, request, session, &upload);
	if (upload.kind == &record_kinds[RECORD_SCRIPT] && upload.limit > UPLOAD_SCRIPT_MAX)
		upload.limit = UPLOAD_SCRIPT_MAX;
	if (upload_file_open(&err, &upload.file, site->config.state, &upload.session)) {
		upload_trouble(reply, errno, &err);
		goto out;
	}
	if (upload_receive(&upload, request, decode, reply))
		goto out;
	if (upload_file_finish(&err, &upload.file)) {
		upload_trouble(reply, errno, &err);
		goto out;
	}
	kv_out_init(&out, meta, sizeof(meta));
	upload_meta(&out, request, session, &upload, now_ms);
	rc = out.overflow ? err_set(&err, "metadata too long")
			  : upload_file_publish(&err, &upload.file, upload.kind, meta, out.len);
	if (rc < 0) {
		upload_trouble(reply, errno, &err);
		goto out;
	}
	if (rc == UPLOAD_FULL) {
		reply_error(reply, 409, "this session has %d different uploads by %s already",
		    upload.kind->places, upload.kind->channel);
		goto out;
	}
	if (rc == UPLOAD_NEW || upload_repeat_counts(site, &upload, now_ms, reply))
		upload_journal(site, request, session, &upload, now_ms, reply);
	if (upload.kind == &record_kinds[RECORD_DMESG] &&
	    override_consume(&err, site->config.state, session) < 0)
		reply_warn(reply, &err);
	reply->status = rc == UPLOAD_NEW ? 201 : 200;
	reply_add(reply, "%s\n", upload.file.sha256);
out:
	upload_file_close(&upload.file);
	decode_free(decode);
}
