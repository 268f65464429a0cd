/* SPDX-License-Identifier: MIT */
/* names: texts as numbers; see names.h. */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"

enum { NAMES_SLOTS = 1024 };

/* Eight bytes at a time, multiplied and folded, from a seed that nobody outside knows. */
static uint64_t names_hash(const struct names *names, const char *text, size_t len)
{
	uint64_t hash = names->seed ^ len, word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, text, len);
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* The slot of the text, or the free one where it belongs. */
static uint32_t *names_slot(const struct names *names, const char *text, size_t len)
{
	size_t i = names_hash(names, text, len) & (names->slots - 1);

	while (names->slot[i]) {
		const char *other = names->text + names->at[names->slot[i] - 1];

		if (strncmp(other, text, len) == 0 && !other[len])
			break;
		i = (i + 1) & (names->slots - 1);
	}
	return &names->slot[i];
}

static int names_grow(struct err *err, struct names *names)
{
	size_t slots = names->slots ? 2 * names->slots : NAMES_SLOTS;
	uint32_t *slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return err_set(err, "out of memory");
	free(names->slot);
	names->slot = slot;
	names->slots = slots;
	for (size_t n = 0; n < names->count; n++) {
		const char *text = names->text + names->at[n];

		*names_slot(names, text, strlen(text)) = (uint32_t)n + 1;
	}
	return 0;
}

static int names_text_room(struct err *err, struct names *names, size_t more)
{
	size_t room = names->text_room ? names->text_room : 65536;
	char *text;

	while (room < names->text_len + more)
		room *= 2;
	if (room == names->text_room)
		return 0;
	text = realloc(names->text, room);
	if (!text)
		return err_set(err, "out of memory");
	names->text = text;
	names->text_room = room;
	return 0;
}

int names_init(struct err *err, struct names *names)
{
	memset(names, 0, sizeof(*names));
	if (getrandom(&names->seed, sizeof(names->seed), 0) != sizeof(names->seed))
		return err_errno(err, "getrandom");
	if (names_grow(err, names) == 0 && names_add(err, names, "", 0) == 0)
		return 0;
	names_free(names);
	return -1;
}

void names_free(struct names *names)
{
	free(names->text);
	free(names->at);
	free(names->slot);
	memset(names, 0, sizeof(*names));
}

int names_add(struct err *err, struct names *names, const char *text, size_t len)
{
	uint32_t *slot = names_slot(names, text, len);
	size_t *at;

	if (*slot)
		return (int)*slot - 1;
	at = array_grow(err, names->at, &names->room, names->count, sizeof(*at));
	if (!at)
		return -1;
	names->at = at;
	if (names->count >= INT32_MAX)
		return err_set(err, "too many names");
	if (names_text_room(err, names, len + 1))
		return -1;
	at[names->count] = names->text_len;
	memcpy(names->text + names->text_len, text, len);
	names->text[names->text_len + len] = '\0';
	names->text_len += len + 1;
	*slot = (uint32_t)++names->count;
	if (2 * names->count > names->slots && names_grow(err, names))
		return -1;
	return (int)names->count - 1;
}

int names_find(const struct names *names, const char *text)
{
	return names_find_len(names, text, strlen(text));
}

int names_find_len(const struct names *names, const char *text, size_t len)
{
	return (int)*names_slot(names, text, len) - 1;
}

const char *names_text(const struct names *names, int number)
{
	return names->text + names->at[number];
}
