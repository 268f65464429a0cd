/* SPDX-License-Identifier: MIT */
/* meta: a log's counts on disk; see meta.h. */
#include "meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kv.h"

void meta_count(struct meta *meta, const struct stream_counts *counts)
{
	struct db_stream *sum = &meta->counts;

	sum->packets += counts->packets;
	sum->bytes += counts->bytes;
	sum->lost += counts->lost;
	sum->lost -= counts->found < sum->lost ? counts->found : sum->lost;
	sum->truncated += counts->truncated;
	sum->late += counts->late;
	sum->duplicates += counts->duplicates;
	meta->unsent += counts->unsent;
}

void meta_add_level(struct meta_levels **levels, int prio)
{
	if (!*levels && (prio < 0 || !(*levels = calloc(1, sizeof(**levels)))))
		return;
	levels_tail_add(&(*levels)->tail, prio < 0 ? LEVELS_UNKNOWN : prio & 7);
}

void meta_forget_levels(struct meta_levels **levels)
{
	free(*levels);
	*levels = NULL;
}

static struct meta_levels *meta_read_levels(const struct kv *kv)
{
	const char *text = kv_get(kv, "levels");
	struct meta_levels *levels = text ? malloc(sizeof(*levels)) : NULL;

	if (!levels)
		return NULL;
	levels_tail_set(&levels->tail, text);
	levels->end = (int64_t)kv_u64(kv, "levels-end", INT64_MAX, 0);
	return levels;
}

void meta_read(const char *path, struct meta *meta, struct meta_levels **levels)
{
	char text[META_SIZE + 1];
	const char *stream;
	struct err ignored;
	struct kv kv;

	memset(meta, 0, sizeof(*meta));
	*levels = NULL;
	meta->next = STREAM_NO_NEXT;
	meta->usec = NETCONSOLE_NO_TIME;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	meta->counts.packets = kv_u64(&kv, "packets", INT64_MAX, 0);
	meta->counts.lines = kv_u64(&kv, "lines", INT64_MAX, 0);
	meta->counts.bytes = kv_u64(&kv, "bytes", INT64_MAX, 0);
	meta->counts.lost = kv_u64(&kv, "lost", INT64_MAX, 0);
	meta->counts.truncated = kv_u64(&kv, "truncated", INT64_MAX, 0);
	meta->counts.late = kv_u64(&kv, "late", INT64_MAX, 0);
	meta->counts.duplicates = kv_u64(&kv, "duplicates", INT64_MAX, 0);
	meta->unsent = kv_u64(&kv, "unsent", INT64_MAX, 0);
	meta->dropped = kv_u64(&kv, "dropped", INT64_MAX, 0);
	meta->next = kv_u64(&kv, "next", INT64_MAX, STREAM_NO_NEXT);
	meta->usec = kv_u64(&kv, "usec", INT64_MAX, NETCONSOLE_NO_TIME);
	meta->bound = kv_u64(&kv, "bound", INT64_MAX, 0);
	meta->died = (int64_t)kv_u64(&kv, "died", INT64_MAX, 0);
	stream = kv_get(&kv, "stream");
	snprintf(meta->stream, sizeof(meta->stream), "%s", stream ? stream : "");
	*levels = meta_read_levels(&kv);
}

int meta_write(struct err *err, struct linefiles *files, struct linefile *file, const char *session,
    const struct meta *meta, const struct meta_levels *levels)
{
	const struct db_stream *counts = &meta->counts;
	char text[META_SIZE], runs[LEVELS_TAIL_TEXT];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	if (session[0])
		kv_out_pair(&out, '\n', "session", session);
	kv_out_pair(&out, '\n', "stream", meta->stream);
	kv_out_num(&out, '\n', "packets", counts->packets);
	kv_out_num(&out, '\n', "lines", counts->lines);
	kv_out_num(&out, '\n', "bytes", counts->bytes);
	kv_out_num(&out, '\n', "lost", counts->lost);
	kv_out_num(&out, '\n', "truncated", counts->truncated);
	kv_out_num(&out, '\n', "late", counts->late);
	kv_out_num(&out, '\n', "duplicates", counts->duplicates);
	if (meta->unsent)
		kv_out_num(&out, '\n', "unsent", meta->unsent);
	kv_out_num(&out, '\n', "dropped", meta->dropped);
	if (meta->next != STREAM_NO_NEXT)
		kv_out_num(&out, '\n', "next", meta->next);
	if (meta->usec != NETCONSOLE_NO_TIME)
		kv_out_num(&out, '\n', "usec", meta->usec);
	if (meta->bound)
		kv_out_num(&out, '\n', "bound", meta->bound);
	kv_out_num(&out, '\n', "died", (unsigned long long)meta->died);
	if (levels) {
		levels_tail_text(&levels->tail, runs);
		kv_out_pair(&out, '\n', "levels", runs);
		kv_out_num(&out, '\n', "levels-end", (unsigned long long)levels->end);
	}
	memset(text + out.len, '\n', sizeof(text) - out.len);
	return linefile_overwrite(err, files, file, text, sizeof(text));
}
