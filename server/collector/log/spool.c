/* SPDX-License-Identifier: MIT */
/* spool: lines on their way to the logs; see spool.h. */
#include "spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { MAGIC = 0x6c776c32, STRINGS_MAX = 1024 };

struct spool_head {
	uint32_t magic, size; /* size: of the whole record, padded */
	uint64_t check; /* of what follows */
	uint64_t turn;
	int64_t at;
	struct meta meta;
	uint32_t len; /* of the text */
	uint16_t session_len, name_len; /* with their NULs */
};

static uint64_t spool_check(const char *record, size_t size)
{
	uint64_t sum = 0x9e3779b97f4a7c15;

	for (size_t at = offsetof(struct spool_head, turn); at < size; at += 8) {
		uint64_t word;

		memcpy(&word, record + at, 8);
		sum = (sum ^ word) * 0xff51afd7ed558ccd;
		sum ^= sum >> 32;
	}
	return sum;
}

void spool_init(struct spool *spool)
{
	memset(spool, 0, sizeof(*spool));
	spool->fd[0] = spool->fd[1] = -1;
	spool->turn = 1;
}

int spool_open(struct err *err, struct spool *spool, const char *state)
{
	for (int i = 0; i < 2; i++) {
		char path[FILE_PATH_MAX];
		struct stat st;

		if (file_path(err, state, i ? "run/lines.1" : "run/lines.0", path))
			goto fail;
		spool->fd[i] = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
		if (spool->fd[i] < 0 || fstat(spool->fd[i], &st)) {
			err_errno(err, "%s", path);
			goto fail;
		}
		spool->size[i] = st.st_size;
	}
	spool->buf = malloc(SPOOL_BUFFER);
	if (spool->buf)
		return 0;
	err_set(err, "out of memory");
fail:
	spool_close(spool);
	return -1;
}

void spool_close(struct spool *spool)
{
	for (int i = 0; i < 2; i++)
		if (spool->fd[i] >= 0)
			close(spool->fd[i]);
	free(spool->buf);
	spool_init(spool);
}

/* --- reading -------------------------------------------------------------------------------------- */

/* Takes one record apart. Its size, or 0 if there is no whole one. */
static size_t spool_parse(const char *at, size_t left, uint64_t *turn, struct spool_record *record)
{
	struct spool_head head;
	const char *strings;

	if (left < sizeof(head))
		return 0;
	memcpy(&head, at, sizeof(head));
	if (head.magic != MAGIC || head.size % 8 != 0 || head.size > left ||
	    head.len > SPOOL_TEXT_MAX || !head.session_len || !head.name_len ||
	    sizeof(head) + head.len + head.session_len + head.name_len > head.size ||
	    spool_check(at, head.size) != head.check)
		return 0;
	record->at = head.at;
	record->meta = head.meta;
	record->meta.stream[META_STREAM_MAX - 1] = '\0';
	record->text = at + sizeof(head);
	record->len = head.len;
	strings = record->text + head.len;
	record->session = strings;
	record->name = strings + head.session_len;
	if (record->name[-1] || record->name[head.name_len - 1])
		return 0;
	*turn = head.turn;
	return head.size;
}

/* The whole file; *size is what could be read. NULL with err. */
static char *spool_load(struct err *err, const struct spool *spool, int which, size_t *size)
{
	size_t all = (size_t)spool->size[which], have = 0;
	char *text;

	if (all > SPOOL_MAX + SPOOL_BUFFER)
		all = SPOOL_MAX + SPOOL_BUFFER;
	text = malloc(all + 1);
	if (!text) {
		err_set(err, "out of memory");
		return NULL;
	}
	while (have < all) {
		ssize_t n = pread(spool->fd[which], text + have, all - have, (off_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	*size = have;
	return text;
}

int spool_read(struct err *err, const struct spool *spool,
    void (*got)(void *arg, const struct spool_record *record), void *arg)
{
	char *text[2] = {NULL, NULL};
	size_t size[2] = {0, 0};
	uint64_t turn[2] = {0, 0};
	struct spool_record record;
	int rc = -1;

	for (int i = 0; i < 2; i++) {
		text[i] = spool_load(err, spool, i, &size[i]);
		if (!text[i])
			goto out;
		spool_parse(text[i], size[i], &turn[i], &record);
	}
	for (int i = 0; i < 2; i++) {
		int which = (turn[0] > turn[1]) ^ i;
		uint64_t ignored;
		size_t n;

		for (size_t at = 0;
		     (n = spool_parse(text[which] + at, size[which] - at, &ignored, &record)) > 0;
		     at += n)
			got(arg, &record);
	}
	rc = 0;
out:
	free(text[0]);
	free(text[1]);
	return rc;
}

/* --- writing -------------------------------------------------------------------------------------- */

static void spool_empty(struct spool *spool, int which)
{
	if (spool->size[which] && ftruncate(spool->fd[which], 0) == 0)
		spool->size[which] = 0;
}

void spool_clear(struct spool *spool)
{
	for (int i = 0; i < 2; i++)
		if (spool->fd[i] >= 0)
			spool_empty(spool, i);
	spool->len = 0;
}

int spool_ready(struct spool *spool, int64_t now)
{
	int which = (int)(spool->turn % 2);

	if (spool->fd[0] < 0)
		return 0;
	/* A log that is counted in one file may have more lines in the other. */
	if (!spool->live[0] && !spool->live[1] && !spool->len)
		spool_empty(spool, which);
	if (spool->size[which] == 0)
		spool->began = now;
	else if (!spool->live[!which] &&
		 (now - spool->began >= SPOOL_TURN_MS || spool->size[which] >= SPOOL_TURN_BYTES)) {
		spool_empty(spool, !which);
		if (spool->size[!which] == 0) {
			which = !which;
			spool->turn++;
			spool->began = now;
		}
	}
	return spool->size[which] < SPOOL_MAX;
}

/* Writes the buffer out; the next spool_write() reports a failure. */
static void spool_drain(struct spool *spool)
{
	int which = (int)(spool->turn % 2);

	if (pwrite(spool->fd[which], spool->buf, spool->len, spool->size[which]) ==
	    (ssize_t)spool->len)
		spool->size[which] += (int64_t)spool->len;
	else
		spool->failed = 1;
	spool->len = 0;
}

int spool_write(struct spool *spool)
{
	int failed;

	if (spool->len)
		spool_drain(spool);
	failed = spool->failed;
	spool->failed = 0;
	return failed ? -1 : 0;
}

int spool_add(struct spool *spool, const struct spool_record *record)
{
	struct spool_head head = {.magic = MAGIC,
	    .turn = spool->turn,
	    .at = record->at,
	    .meta = record->meta,
	    .len = (uint32_t)record->len};
	size_t session = strlen(record->session) + 1, name = strlen(record->name) + 1;
	size_t whole = sizeof(head) + record->len + session + name;
	char *at;

	if (record->len > SPOOL_TEXT_MAX || session + name > STRINGS_MAX)
		return -1;
	head.size = (uint32_t)(whole + 7) / 8 * 8;
	head.session_len = (uint16_t)session;
	head.name_len = (uint16_t)name;
	if (spool->len + head.size > SPOOL_BUFFER)
		spool_drain(spool);
	at = spool->buf + spool->len;
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), record->text, record->len);
	memcpy(at + sizeof(head) + record->len, record->session, session);
	memcpy(at + sizeof(head) + record->len + session, record->name, name);
	memset(at + whole, 0, head.size - whole);
	head.check = spool_check(at, head.size);
	memcpy(at + offsetof(struct spool_head, check), &head.check, sizeof(head.check));
	spool->len += head.size;
	return 0;
}

uint64_t spool_hold(struct spool *spool)
{
	spool->live[spool->turn % 2]++;
	return spool->turn;
}

void spool_done(struct spool *spool, uint64_t turn)
{
	spool->live[turn % 2]--;
}
