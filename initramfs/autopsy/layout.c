/* SPDX-License-Identifier: MIT */
/* layout: the fields' places by BTF; see layout.h. */
#include "layout.h"

#include <string.h>

struct layout_row {
	const char *module; /* whose BTF has it; NULL: the kernel's own */
	const char *object, *path;
};

static const struct layout_row layout_fields[L_COUNT] = {
#define LAYOUT(name, object, path) {NULL, object, path},
    LAYOUT_FIELDS(LAYOUT)
#undef LAYOUT
#define LAYOUT(name, module, object, path) {module, object, path},
	LAYOUT_MODULE_FIELDS(LAYOUT)
#undef LAYOUT
};

static const struct layout_row layout_constants[C_COUNT] = {
#define LAYOUT(name, object, path) {NULL, object, path},
    LAYOUT_CONSTANTS(LAYOUT)
#undef LAYOUT
};

/* Each name between '.' and '|'. */
static int layout_add(struct err *err, struct words *words, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, ".|");

		if (words_add(words, text, n) < 0)
			return err_set(err, "too many names of fields");
		text += n;
		text += *text != '\0';
	}
	return 0;
}

int layout_words(struct err *err, struct words *words)
{
	for (size_t i = 0; i < L_COUNT; i++) {
		if (layout_add(err, words, layout_fields[i].object) ||
		    layout_add(err, words, layout_fields[i].path))
			return -1;
	}
	for (size_t i = 0; i < C_COUNT; i++) {
		if (layout_add(err, words, layout_constants[i].object) ||
		    layout_add(err, words, layout_constants[i].path))
			return -1;
	}
	return 0;
}

/* The number of the first word in text, and past it with its separator. */
static int layout_word(const struct words *words, const char **text)
{
	size_t n = strcspn(*text, ".|");
	uint32_t hash = WORDS_HASH;
	int word;

	for (size_t i = 0; i < n; i++)
		hash = words_hash(hash, (uint8_t)(*text)[i]);
	word = words_find(words, *text, n, hash);
	*text += n;
	return word;
}

/* The struct of that name: by itself, or behind a typedef. 0: not found. */
static uint32_t layout_object(struct btf *btf, int word)
{
	uint32_t id = btf_find(btf, BTF_STRUCT, word);
	struct btf_type type;
	struct err ignored;

	if (id)
		return id;
	id = btf_find(btf, BTF_TYPEDEF, word);
	return id && btf_resolve(&ignored, btf, &id, &type) == 0 ? id : 0;
}

/* One path, up to '|' or the end: 1 found. */
static int layout_path(struct btf *btf, const struct words *words, uint32_t id, const char *path,
    struct layout_place *place)
{
	struct btf_member member, whole = {.bit = 0};
	struct btf_type type;
	struct err ignored;
	uint32_t element, resolved;

	for (;;) {
		if (btf_member(&ignored, btf, whole.type ? whole.type : id,
			layout_word(words, &path), &member) != 1)
			return 0;
		whole.bit += member.bit;
		whole.width = member.width;
		whole.type = member.type;
		if (*path != '.')
			break;
		path++;
	}
	place->offset = (uint32_t)(whole.bit / 8);
	place->size = (uint32_t)btf_size(btf, whole.type);
	if (whole.width || whole.bit % 8) {
		/* the integer that the bits are in, at a multiple of its size */
		if (place->size == 0 || place->size > 8)
			return 0;
		place->offset -= place->offset % place->size;
		place->shift = (uint8_t)(whole.bit - 8ULL * place->offset);
		place->width = (uint8_t)(whole.width ? whole.width : 1);
		if (place->shift + place->width > 8 * place->size)
			return 0;
	}
	resolved = id;
	if (btf_resolve(&ignored, btf, &resolved, &type) == 0)
		place->object = type.size;
	if (btf_array(btf, whole.type, &element, &place->count) == 0)
		place->each = (uint32_t)btf_size(btf, element);
	if (place->size == 0)
		place->size =
		    1; /* it exists, and its size is not known (an array without length) */
	return 1;
}

static void layout_find_field(struct btf *btf, const struct words *words,
    const struct layout_row *row, struct layout_place *place)
{
	for (const char *object = row->object; *object;) {
		uint32_t id = layout_object(btf, layout_word(words, &object));

		for (const char *path = row->path; id && *path;) {
			if (layout_path(btf, words, id, path, place))
				return;
			memset(place, 0, sizeof(*place));
			path += strcspn(path, "|");
			path += *path == '|';
		}
		object += *object == '|';
	}
}

void layout_find(struct btf *btf, const struct words *words, struct layout *layout)
{
	memset(layout, 0, sizeof(*layout));
	for (size_t i = 0; i < L_COUNT; i++) {
		if (!layout_fields[i].module)
			layout_find_field(btf, words, &layout_fields[i], &layout->field[i]);
	}
	for (size_t i = 0; i < C_COUNT; i++) {
		const struct layout_row *row = &layout_constants[i];
		uint32_t id = btf_find(btf, BTF_ENUM, words_number(words, row->object));
		struct err ignored;
		int64_t value;

		layout->constant[i] = -1;
		if (id &&
		    btf_enumerator(&ignored, btf, id, words_number(words, row->path), &value) ==
			1 &&
		    value >= 0 && value < 4096)
			layout->constant[i] = (int32_t)value;
	}
}

int layout_wants_module(const char *module)
{
	for (size_t i = 0; i < L_COUNT; i++) {
		if (layout_fields[i].module && strcmp(layout_fields[i].module, module) == 0)
			return 1;
	}
	return 0;
}

void layout_find_module(
    struct btf *btf, const struct words *words, const char *module, struct layout *layout)
{
	for (size_t i = 0; i < L_COUNT; i++) {
		if (layout_fields[i].module && strcmp(layout_fields[i].module, module) == 0)
			layout_find_field(btf, words, &layout_fields[i], &layout->field[i]);
	}
}
