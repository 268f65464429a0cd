/* SPDX-License-Identifier: MIT */
/* said: what people said of signatures, as it counts now; see said.h. */
#include "said.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

/* --- one of them ------------------------------------------------------------------------------------- */

static int said_is_signature(const char *text)
{
	return strlen(text) == 16 && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* 1 to max of these characters. */
static int said_is_word(const char *text, const char *more, size_t max)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
		    !strchr(more, text[i]))
			return 0;
	return len >= 1 && len <= max;
}

/* A release: printable, without blanks; or "". */
static int said_is_release(const char *text)
{
	for (size_t i = 0; text[i]; i++)
		if (text[i] <= ' ' || text[i] > '~' || i + 2 > SAID_RELEASE_MAX)
			return 0;
	return 1;
}

int said_check(struct err *err, const struct db_triage *triage)
{
	const char *what = triage->what, *value = triage->value;
	int64_t ms;

	if (!said_is_signature(triage->signature))
		return err_set(
		    err, "a signature is 16 hex digits; \"lastwords crashes\" lists them");
	if (!said_is_word(triage->by, "._@-", 32))
		return err_set(err, "a name is 1 to 32 of a-z, 0-9, and . _ @ -");
	if (strcmp(what, "mute") == 0)
		return !value[0] || clock_parse(value, &ms) == 0
			   ? 0
			   : err_set(err, "until when: a time as 2026-11-21T09:36:12.000Z");
	if (strcmp(what, "note") == 0)
		return value[0] && strlen(value) <= TRIAGE_NOTE_MAX
			   ? 0
			   : err_set(err, "a note has 1 to %d bytes", TRIAGE_NOTE_MAX);
	if (strcmp(what, "tag") == 0 || strcmp(what, "untag") == 0)
		return said_is_word(value, "._-", TRIAGE_TAG_MAX)
			   ? 0
			   : err_set(
				 err, "a tag is 1 to %d of a-z, 0-9, and . _ -", TRIAGE_TAG_MAX);
	if (strcmp(what, "fixed") == 0)
		return said_is_release(value)
			   ? 0
			   : err_set(err, "a release is what uname -r prints, without blanks");
	if (strcmp(what, "duplicate") == 0)
		return !value[0] || said_is_signature(value)
			   ? value[0] && strcmp(value, triage->signature) == 0
				 ? err_set(
				       err, "a signature is no duplicate of itself; name another")
				 : 0
			   : err_set(err, "a duplicate's other signature is 16 hex digits");
	return err_set(
	    err, "%.32s: unknown; one of mute, note, tag, untag, fixed, duplicate", what);
}

int said_compare_releases(const char *a, const char *b)
{
	int order = strverscmp(a, b);

	return (order > 0) - (order < 0);
}

/* --- all of them ------------------------------------------------------------------------------------- */

/* Where the signature is, or belongs. */
static size_t said_place(const struct said *said, const char *signature)
{
	size_t low = 0, high = said->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(said->of[middle]->signature, signature) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct said_of *said_look(const struct said *said, const char *signature)
{
	size_t at = said_place(said, signature);

	return at < said->count && strcmp(said->of[at]->signature, signature) == 0 ? said->of[at]
										   : NULL;
}

const struct said_of *said_find(const struct said *said, const char *signature)
{
	return said_look(said, signature);
}

/* The signature's, made if it is missing; NULL out of memory. */
static struct said_of *said_need(struct err *err, struct said *said, const char *signature)
{
	size_t at = said_place(said, signature);
	struct said_of *of = said_look(said, signature), **all;

	if (of)
		return of;
	all = array_grow(err, said->of, &said->room, said->count, sizeof(struct said_of *));
	if (!all)
		return NULL;
	said->of = all;
	of = calloc(1, sizeof(*of));
	if (!of) {
		err_set(err, "out of memory");
		return NULL;
	}
	memcpy(of->signature, signature, sizeof(of->signature));
	memmove(all + at + 1, all + at, (said->count - at) * sizeof(struct said_of *));
	all[at] = of;
	said->count++;
	return of;
}

const char *said_target(const struct said *said, const char *signature)
{
	const struct said_of *of;

	/* (said_duplicate makes no circles) */
	while ((of = said_look(said, signature)) != NULL && of->duplicate[0])
		signature = of->duplicate;
	return signature;
}

static void said_duplicate(struct said *said, struct said_of *of, const char *target)
{
	struct said_of *other;

	of->duplicate[0] = '\0';
	if (!target[0])
		return;
	/* What was said last counts: what was a duplicate of this one until now no longer is. */
	other = said_look(said, target);
	if (other && strcmp(said_target(said, target), of->signature) == 0)
		other->duplicate[0] = '\0';
	memcpy(of->duplicate, target, sizeof(of->duplicate));
}

int said_has_tag(const struct said_of *of, const char *tag)
{
	for (int i = 0; of && i < of->tags; i++)
		if (strcmp(of->tag[i], tag) == 0)
			return 1;
	return 0;
}

static void said_untag(struct said_of *of, const char *tag)
{
	for (int i = 0; i < of->tags; i++)
		if (strcmp(of->tag[i], tag) == 0) {
			of->tags--;
			memmove(of->tag[i], of->tag[i + 1],
			    (size_t)(of->tags - i) * sizeof(of->tag[0]));
			return;
		}
}

static void said_copy(char *to, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

int said_take(struct err *err, struct said *said, const struct db_triage *triage)
{
	struct err ignored;
	struct said_of *of;

	if (said_check(&ignored, triage))
		return 0;
	of = said_need(err, said, triage->signature);
	if (!of)
		return -1;
	if (strcmp(triage->what, "mute") == 0) {
		if (!triage->value[0] || clock_parse(triage->value, &of->until_ms))
			of->until_ms = 0;
	} else if (strcmp(triage->what, "fixed") == 0) {
		said_copy(of->fixed_in, sizeof(of->fixed_in), triage->value);
		of->fixed_ms = triage->time_ms;
	} else if (strcmp(triage->what, "duplicate") == 0) {
		said_duplicate(said, of, triage->value);
	} else if (strcmp(triage->what, "untag") == 0) {
		said_untag(of, triage->value);
	} else if (strcmp(triage->what, "tag") == 0 && !said_has_tag(of, triage->value) &&
		   of->tags < SAID_TAGS_MAX) {
		said_copy(of->tag[of->tags++], sizeof(of->tag[0]), triage->value);
	}
	return 0;
}

struct said_loading {
	struct said *said;
	struct err err;
	int failed;
};

static int said_got(void *arg, const struct db_triage *triage)
{
	struct said_loading *loading = arg;

	loading->failed = said_take(&loading->err, loading->said, triage) != 0;
	return loading->failed;
}

int said_load(struct err *err, struct query *query, struct said *said)
{
	struct said_loading loading = {.said = said};
	long count;

	memset(said, 0, sizeof(*said));
	count = db_triage(err, query->db, said_got, &loading);
	if (count >= 0 && !loading.failed)
		return 0;
	if (loading.failed)
		*err = loading.err;
	said_free(said);
	return -1;
}

void said_free(struct said *said)
{
	for (size_t i = 0; i < said->count; i++)
		free(said->of[i]);
	free(said->of);
	memset(said, 0, sizeof(*said));
}
