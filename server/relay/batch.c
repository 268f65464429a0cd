/* SPDX-License-Identifier: MIT */
/* batch: journal lines on their way to put_batch; see batch.h. */
#include "batch.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json.h"
#include "store/layout.h"

/* --- rows ------------------------------------------------------------------------------------------ */

void batch_clear(struct batch *batch)
{
	batch->count = batch->text_len = 0;
}

void batch_free(struct batch *batch)
{
	free(batch->rows);
	free(batch->text);
	memset(batch, 0, sizeof(*batch));
}

static int batch_room(struct err *err, struct batch *batch, size_t more)
{
	size_t room = batch->text_room ? batch->text_room : 65536;
	char *text;

	while (room < batch->text_len + more)
		room *= 2;
	if (room == batch->text_room)
		return 0;
	text = realloc(batch->text, room);
	if (!text)
		return err_set(err, "out of memory");
	batch->text = text;
	batch->text_room = room;
	return 0;
}

int batch_add(struct err *err, struct batch *batch, const struct journal_entry *entry)
{
	struct batch_row *rows =
	    array_grow(err, batch->rows, &batch->room, batch->count, sizeof(*rows));
	struct batch_row *row;
	struct kv_out out;

	if (!rows)
		return -1;
	batch->rows = rows;
	if (batch_room(err, batch, JOURNAL_LINE_MAX + 1))
		return -1;
	row = &rows[batch->count++];
	*row = (struct batch_row){
	    .number = entry->number, .time_ms = entry->time_ms, .pairs = batch->text_len};
	memcpy(row->event, entry->event, sizeof(row->event));
	memcpy(row->session, entry->session, sizeof(row->session));
	kv_out_init(&out, batch->text + batch->text_len, JOURNAL_LINE_MAX + 1);
	kv_out_all(&out, ' ', &entry->kv);
	row->len = out.len;
	batch->text_len += out.len + 1;
	return 0;
}

void batch_hash(const struct batch *batch, size_t at, uint8_t hash[32])
{
	const struct batch_row *row = &batch->rows[at];
	struct sha256_ctx ctx;
	char head[256];
	int len = snprintf(
	    head, sizeof(head), "%lld %s %s ", (long long)row->time_ms, row->event, row->session);

	sha256_init(&ctx);
	sha256_update(&ctx, (size_t)len, (const uint8_t *)head);
	sha256_update(&ctx, row->len, (const uint8_t *)batch->text + row->pairs);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, hash);
}

size_t batch_text(char *to, size_t max, const char *text, size_t len)
{
	static const char unknown[] = "\xef\xbf\xbd";
	size_t at = 0;

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		const char *from = unknown;
		size_t bytes = 3;

		n = json_utf8(text + i, len - i);
		if (n > 0 && text[i]) {
			from = text + i;
			bytes = n;
		}
		if (at + bytes > max)
			break;
		memcpy(to + at, from, bytes);
		at += bytes;
	}
	to[at] = '\0';
	return at;
}

/* --- what rows say of a session -------------------------------------------------------------------- */

enum news_text {
	NEWS_PRODUCT,
	NEWS_BOOT_ADDRESS,
	NEWS_ADDRESS,
	NEWS_SERIAL,
	NEWS_ASSET,
	NEWS_WHY,
	NEWS_KERNEL,
	NEWS_TEXTS
};
enum news_time {
	NEWS_NOT_ARMED, /* the latest counts, … */
	NEWS_ARMED,
	NEWS_RUNNING, /* … the first */
	NEWS_UP,
	NEWS_DIED,
	NEWS_CAPTURED,
	NEWS_STALLED,
	NEWS_NO_CAPTURE,
	NEWS_PRUNED,
	NEWS_TIMES
};

struct news {
	struct session session;
	int served, wanted;
	char text[NEWS_TEXTS][BATCH_TEXT_MAX + 1]; /* "": nothing */
	int64_t time[NEWS_TIMES], ended; /* 0: nothing; ended: of a pruned one */
	char signature[17]; /* of a pruned one's crash; "": unknown */
};

static void news_text(struct news *news, enum news_text which, const struct kv *kv, const char *key)
{
	/* (an index keeps as much of them) */
	static const size_t most[NEWS_TEXTS] = {127, 63, 63, 127, 127, 255, 127};
	const struct kv_pair *pair = kv_find(kv, key);

	/* (a text ends at a NUL, as in the index) */
	if (pair && pair->value[0])
		batch_text(news->text[which], most[which], pair->value, strlen(pair->value));
}

/* "10.0.2.15/24" without its prefix length */
static void news_address(struct news *news, enum news_text which, const struct kv *kv)
{
	news_text(news, which, kv, "address");
	news->text[which][strcspn(news->text[which], "/")] = '\0';
}

static void news_first(struct news *news, enum news_time which, int64_t time_ms)
{
	if (!news->time[which] || time_ms < news->time[which])
		news->time[which] = time_ms;
}

static void news_last(struct news *news, enum news_time which, int64_t time_ms)
{
	if (time_ms > news->time[which])
		news->time[which] = time_ms;
}

static void news_up(struct news *news, const char *event, const struct kv *kv, int64_t when)
{
	news_text(news, NEWS_KERNEL, kv, "release");
	if (strcmp(event, "armed") == 0) {
		news_last(news, NEWS_ARMED, when);
		news_first(news, NEWS_UP, when);
	} else if (strcmp(event, "running") == 0) {
		news_first(news, NEWS_RUNNING, when);
		news_first(news, NEWS_UP, when);
		news_address(news, NEWS_ADDRESS, kv);
	} else if (when >= news->time[NEWS_NOT_ARMED]) {
		news_last(news, NEWS_NOT_ARMED, when);
		news_text(news, NEWS_WHY, kv, "why");
	}
}

static void news_requested(struct news *news, const struct kv *kv)
{
	news->served = 1;
	news_text(news, NEWS_PRODUCT, kv, "product");
	news_text(news, NEWS_SERIAL, kv, "serial");
	news_text(news, NEWS_ASSET, kv, "asset");
	news_address(news, NEWS_BOOT_ADDRESS, kv);
}

/* Of 16 hexadecimal digits: the database takes no other. */
static void news_signature(struct news *news, const char *signature)
{
	if (signature && strlen(signature) == 16 && strspn(signature, "0123456789abcdef") == 16)
		memcpy(news->signature, signature, sizeof(news->signature));
}

/* The line has what it was: the others may come later, or never, when the journal was compacted before they were sent. */
static void news_pruned(struct news *news, const struct kv *kv, int64_t when)
{
	int64_t up = (int64_t)kv_u64(kv, "up", INT64_MAX, 0);
	int64_t end = (int64_t)kv_u64(kv, "end", INT64_MAX, 0);

	news_last(news, NEWS_PRUNED, when);
	if (!up)
		return;
	news_first(news, NEWS_UP, up);
	news_text(news, NEWS_PRODUCT, kv, "product");
	news_text(news, NEWS_KERNEL, kv, "release");
	if (end < up)
		return;
	news->ended = end;
	if (!kv_u64(kv, "crash", 1, 0))
		return;
	news_first(news, NEWS_DIED, end);
	news_signature(news, kv_get(kv, "signature"));
}

/* One event, as db_apply (store/db_write.c) does. */
static void news_apply(
    struct news *news, const char *event, const struct kv *kv, int64_t when, enum config_logs logs)
{
	const char *channel = kv_get(kv, "channel");

	if (strcmp(event, "pruned") == 0)
		news_pruned(news, kv, when);
	else if (strcmp(event, "requested") == 0)
		news_requested(news, kv);
	else if (strcmp(event, "armed") == 0 || strcmp(event, "not-armed") == 0 ||
		 strcmp(event, "running") == 0)
		news_up(news, event, kv, when);
	else if (strcmp(event, "died") == 0)
		news_first(news, NEWS_DIED, when);
	else if (strcmp(event, "stalled") == 0)
		news_first(news, NEWS_STALLED, when);
	else if (strcmp(event, "no-capture") == 0)
		news_first(news, NEWS_NO_CAPTURE, when);
	/* (an autopsy is no log) */
	else if (strcmp(event, "uploaded") == 0 && !(channel && strcmp(channel, "autopsy") == 0))
		news_first(news, NEWS_CAPTURED, when);
	if (strcmp(event, "died") == 0 || strcmp(event, "uploaded") == 0 ||
	    strcmp(event, "no-capture") == 0 || strcmp(event, "script") == 0 ||
	    (logs == LOGS_ALL && strcmp(event, "ended") == 0))
		news->wanted = 1;
}

/* --- sessions of a batch --------------------------------------------------------------------------- */

/* A table by id; its size is a power of two above the number of rows. */
struct sessions {
	struct news **slot;
	size_t size;
};

static struct news *sessions_find(struct sessions *sessions, const char *id)
{
	struct err ignored;
	struct session session;
	size_t at = 5381;
	struct news *news;

	for (const char *c = id; *c; c++)
		at = at * 33 + (unsigned char)*c;
	for (at &= sessions->size - 1; (news = sessions->slot[at]) != NULL;
	     at = (at + 1) & (sessions->size - 1))
		if (strcmp(news->session.id, id) == 0)
			return news;
	if (session_parse(&ignored, id, strlen(id), &session))
		return NULL;
	news = calloc(1, sizeof(*news));
	if (news)
		news->session = session;
	sessions->slot[at] = news;
	return news;
}

/* --- arrays ---------------------------------------------------------------------------------------- */

/* In the order of put_batch. */
enum {
	E_NUMBER,
	E_TIME,
	E_EVENT,
	E_SESSION,
	E_PAIRS,
	S_ID,
	S_BOOTED,
	S_MAC,
	S_PROFILE,
	S_SERVED,
	S_TEXTS, /* product, boot_address, address, serial, asset, why, kernel */
	S_TIMES = S_TEXTS + NEWS_TEXTS, /* not_armed … pruned */
	S_COUNTS = S_TIMES + NEWS_TIMES,
	S_WANTED = S_COUNTS + BATCH_COUNTS,
	S_ENDED,
	S_SIGNATURE
};
_Static_assert(S_SIGNATURE == BATCH_ARRAYS - 1, "the arguments of put_batch");

static enum pq_type array_type(int which)
{
	if (which == S_SERVED || which == S_WANTED)
		return PQ_BOOL;
	if (which == E_NUMBER || (which >= S_COUNTS && which < S_WANTED))
		return PQ_BIG;
	if (which == S_SIGNATURE)
		return PQ_TEXT;
	return which == E_TIME || which == S_BOOTED || which >= S_TIMES ? PQ_TIME : PQ_TEXT;
}

static void add_text(struct pq_array *array, const char *text)
{
	pq_add_text(array, text, strlen(text));
}

static void add_known(struct pq_array *array, const char *text)
{
	pq_add_text(array, text[0] ? text : NULL, strlen(text));
}

/* netconsole's counts of the session, from its directory; NULLs where there are none. */
static void add_counts(struct pq_array *arrays, const char *state, const struct session *session)
{
	static const char *const keys[BATCH_COUNTS] = {
	    "packets", "lines", "bytes", "lost", "truncated", "late", "duplicates"};
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], text[4096];
	struct err ignored;
	struct kv kv;
	int found = state && layout_session_dir(&ignored, state, session, LAYOUT_LOOK, dir) == 0 &&
		    file_path(&ignored, dir, "netconsole.meta", path) == 0 &&
		    kv_read_file(&ignored, path, text, sizeof(text), &kv) == 0;

	for (int i = 0; i < BATCH_COUNTS; i++)
		if (found)
			pq_add_big(&arrays[i], (int64_t)kv_u64(&kv, keys[i], INT64_MAX, 0));
		else
			pq_add_null(&arrays[i]);
}

static void add_session(struct pq_array *arrays, const char *state, const struct news *news)
{
	char mac[18];

	mac_format(news->session.mac, mac);
	add_text(&arrays[S_ID], news->session.id);
	pq_add_time(&arrays[S_BOOTED], news->session.time_ms);
	add_text(&arrays[S_MAC], mac);
	add_text(&arrays[S_PROFILE], news->session.profile);
	pq_add_bool(&arrays[S_SERVED], news->served);
	for (int i = 0; i < NEWS_TEXTS; i++)
		add_known(&arrays[S_TEXTS + i], news->text[i]);
	for (int i = 0; i < NEWS_TIMES; i++)
		pq_add_time(&arrays[S_TIMES + i], news->time[i]);
	add_counts(&arrays[S_COUNTS], state, &news->session);
	pq_add_bool(&arrays[S_WANTED], news->wanted);
	pq_add_time(&arrays[S_ENDED], news->ended);
	add_known(&arrays[S_SIGNATURE], news->signature);
}

static void add_event(
    struct pq_array *arrays, const struct batch *batch, const struct batch_row *row)
{
	pq_add_big(&arrays[E_NUMBER], row->number);
	pq_add_time(&arrays[E_TIME], row->time_ms);
	add_text(&arrays[E_EVENT], row->event);
	if (row->session[0] == '-')
		pq_add_null(&arrays[E_SESSION]);
	else
		add_text(&arrays[E_SESSION], row->session);
	pq_add_text(&arrays[E_PAIRS], batch->text + row->pairs, row->len);
}

/* A value of a setting. */
static void add_value(struct pq_array *array, const struct kv *kv, const char *key)
{
	char text[4 * BATCH_TEXT_MAX * 8 + 1];
	const char *value = kv_get(kv, key);

	pq_add_text(
	    array, text, value ? batch_text(text, sizeof(text) - 1, value, strlen(value)) : 0);
}

/* What people set: last writer wins by time and server, over there. */
static void add_setting(struct batch_arrays *arrays, const struct batch *batch,
    const struct batch_row *row, const struct kv *kv)
{
	const char *what = kv_get(kv, "what");
	int triage = strcmp(row->event, "triage") == 0;
	/* (of a session, an event with what=keep value=on or off; a machine's own events have no by) */
	int keep = strcmp(row->event, "event") == 0 && row->session[0] != '-' && what &&
		   strcmp(what, "keep") == 0 && kv_get(kv, "by");

	if (!triage && !keep && strcmp(row->event, "override") != 0)
		return;
	add_text(&arrays->kind, keep ? "keep" : row->event);
	if (keep)
		add_text(&arrays->key, row->session);
	else
		add_value(&arrays->key, kv, triage ? "signature" : "mac");
	if (triage || keep) {
		add_value(&arrays->what, kv, "what");
		add_value(&arrays->value, kv, "value");
	} else {
		add_text(&arrays->what, "");
		pq_add_text(&arrays->value, batch->text + row->pairs, row->len);
	}
	add_value(&arrays->by, kv, "by");
	pq_add_time(&arrays->time, row->time_ms);
	pq_add_big(&arrays->number, row->number);
}

static int batch_row_make(struct batch_arrays *arrays, const struct batch *batch,
    const struct batch_row *row, enum config_logs logs, struct sessions *sessions)
{
	char pairs[JOURNAL_LINE_MAX + 1];
	struct news *news;
	struct kv kv;

	add_event(arrays->array, batch, row);
	memcpy(pairs, batch->text + row->pairs, row->len + 1);
	kv_parse(&kv, pairs, row->len, ' ');
	add_setting(arrays, batch, row, &kv);
	if (row->session[0] == '-')
		return 0;
	news = sessions_find(sessions, row->session);
	if (!news)
		return -1;
	news_apply(news, row->event, &kv, row->time_ms, logs);
	return 0;
}

static void arrays_each(struct batch_arrays *arrays, void (*each)(struct pq_array *array))
{
	struct pq_array *const settings[] = {&arrays->kind, &arrays->key, &arrays->what,
	    &arrays->value, &arrays->by, &arrays->time, &arrays->number};

	for (int i = 0; i < BATCH_ARRAYS; i++)
		each(&arrays->array[i]);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		each(settings[i]);
}

int batch_make(struct err *err, const struct batch *batch, size_t first, size_t last,
    const char *state, enum config_logs logs, struct batch_arrays *arrays)
{
	struct sessions sessions = {.size = 64};
	int rc = 0;

	while (sessions.size < 2 * (last - first))
		sessions.size *= 2;
	sessions.slot = calloc(sessions.size, sizeof(struct news *));
	if (!sessions.slot)
		return err_set(err, "out of memory");
	arrays_each(arrays, pq_array_clear);
	for (size_t i = first; i < last && rc == 0; i++)
		rc = batch_row_make(arrays, batch, &batch->rows[i], logs, &sessions);
	for (size_t i = 0; i < sessions.size; i++) {
		if (sessions.slot[i] && rc == 0)
			add_session(arrays->array, state, sessions.slot[i]);
		free(sessions.slot[i]);
	}
	free(sessions.slot);
	return rc ? err_set(err, "out of memory") : 0;
}

void batch_put(struct pq_params *params, struct batch_arrays *arrays)
{
	for (int i = 0; i < BATCH_ARRAYS; i++)
		pq_put_array(params, &arrays->array[i], array_type(i));
}

void batch_arrays_free(struct batch_arrays *arrays)
{
	arrays_each(arrays, pq_array_free);
}
