/* SPDX-License-Identifier: MIT */
/*
 * describe: dumps described as text (the .desc files of this folder), one command a line; '#' begins a comment.
 *
 *   machines NAME…|all     which machines (machine.h); the expected output is the same for each
 *   maps load|split|walk|physical…  how memory is reached (default: load split); five: 5-level tables
 *   address HEX            the virtual address of the memory, not the machine's own
 *   format prb|log|printk_log|chars      release X      callers      longinfo N (bytes more)
 *   bits C S               prb: 2^C descriptors, 2^S bytes          size N   the other buffers' bytes
 *   rule new               a block may end exactly at the ring's end (6.19)
 *   layout shifted         prb: a word before each struct's first field, so that no offset is 0
 *   record PRIO TIME TEXT  PRIO facility*8+level, TIME seconds.micros; in TEXT \n, \\ and \xNN
 *   flags N                of the records that follow (3.5-4.9: 2 newline, 4 prefix, 8 continued)
 *   fill N                 N records "filler I"
 *   big N                  one record of N bytes, all 'x'
 *   committed|reserved PRIO TIME TEXT    prb: as its writer left it; reserved has a NUL after it
 *   failed                 prb: a record for which there was no room
 *   chars TEXT             characters, as they are (\n for newline)
 *   poke WHAT [SEQ] VALUE  afterwards: head tail count_bits size_bits first next end (of the rings);
 *                          state id block begin next_lpos text_len seq level (of prb's record SEQ);
 *                          len (of the record buffer's record SEQ). VALUE: number, or +N / -N to add
 *   info LINE              one more line of VMCOREINFO; drop KEY: the line of KEY is missing
 *   cut N                  the dump loses its last N bytes
 *   output FORM EXIT       text, raw, json; EXIT 0, 1, 3. The lines that follow, up to "end", are the
 *                          expected output. There may be several.
 */
#ifndef TESTS_VMCORE_DESCRIBE_H
#define TESTS_VMCORE_DESCRIBE_H

#include "ring.h"

enum { DESCRIBE_LINES = 2048, DESCRIBE_SEQS = 4096 };

struct describe {
	char *text, *line[DESCRIBE_LINES]; /* NUL-terminated lines of text */
	size_t lines;
};

static int describe_load(struct describe *d, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	memset(d, 0, sizeof(*d));
	d->text = calloc(1, 1 << 18);
	if (!f || !d->text) {
		if (f)
			fclose(f);
		return -1;
	}
	n = fread(d->text, 1, (1 << 18) - 1, f);
	fclose(f);
	for (char *p = d->text; p < d->text + n && d->lines < DESCRIBE_LINES;) {
		char *newline = strchr(p, '\n');

		d->line[d->lines++] = p;
		if (!newline)
			break;
		*newline = '\0';
		p = newline + 1;
	}
	return 0;
}

/* The rest of a line after its first word, or NULL if that is another word. */
static const char *describe_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0 || (line[n] != ' ' && line[n] != '\0'))
		return NULL;
	return line[n] ? line + n + 1 : line + n;
}

/* 1 if the list (the rest of a line "key a b c") has the word; 1 for "all". */
static int describe_has(const struct describe *d, const char *key, const char *word, int otherwise)
{
	for (size_t i = 0; i < d->lines; i++) {
		const char *rest = describe_word(d->line[i], key);

		if (!rest)
			continue;
		for (const char *p = rest; *p;) {
			size_t n = strcspn(p, " ");

			if ((n == strlen(word) && strncmp(p, word, n) == 0) ||
			    (n == 3 && strncmp(p, "all", 3) == 0))
				return 1;
			p += n + (p[n] == ' ');
		}
		return 0;
	}
	return otherwise;
}

static const char *describe_get(const struct describe *d, const char *key, const char *otherwise)
{
	for (size_t i = 0; i < d->lines && !describe_word(d->line[i], "output"); i++) {
		const char *rest = describe_word(d->line[i], key);

		if (rest)
			return rest;
	}
	return otherwise;
}

static size_t describe_text(const char *from, char *to)
{
	size_t n = 0;

	while (*from) {
		if (from[0] == '\\' && from[1] == 'n') {
			to[n++] = '\n';
			from += 2;
		} else if (from[0] == '\\' && from[1] == '\\') {
			to[n++] = '\\';
			from += 2;
		} else if (from[0] == '\\' && from[1] == 'x') {
			char hex[3] = {from[2], from[3], 0};

			to[n++] = (char)strtoul(hex, NULL, 16);
			from += 4;
		} else {
			to[n++] = *from++;
		}
	}
	return n;
}

struct describe_build {
	struct ring ring;
	unsigned flags;
	int finished; /* the positions are written: pokes follow */
	uint64_t id[DESCRIBE_SEQS]; /* prb: descriptor id by seq */
	size_t at[DESCRIBE_SEQS]; /* records: offset in memory by seq */
};

static void describe_store(struct describe_build *b, const char *kind, const char *rest)
{
	static char text[70000];
	struct ring *r = &b->ring;
	char *end;
	unsigned prio = (unsigned)strtoul(rest, &end, 10);
	uint64_t ts = strtoull(end, &end, 10) * 1000000000, seq;
	size_t len;

	if (*end == '.')
		ts += strtoull(end + 1, &end, 10) * 1000;
	if (*end == ' ')
		end++;
	len = describe_text(end, text);
	if (r->kind == RING_PRB) {
		enum ring_state state = strcmp(kind, "committed") == 0  ? RING_COMMITTED
					: strcmp(kind, "reserved") == 0 ? RING_RESERVED
									: RING_FINALIZED;

		if (state == RING_RESERVED)
			text[len++] = '\0';
		seq = prb_store(r, state, prio, ts, 7, text, len, strcmp(kind, "failed") == 0);
		b->id[seq % DESCRIBE_SEQS] = r->head;
	} else {
		uint64_t before = r->next;

		seq = log_store(r, prio, b->flags, ts, 0x80000003, text, len);
		if (before + 20 + len > r->size || r->next < before)
			before = 0;
		b->at[seq % DESCRIBE_SEQS] = r->at_data + (size_t)before;
	}
}

static void describe_set(struct ring *r, size_t at, size_t size, const char *value)
{
	uint64_t n = strtoull(value + (*value == '+' || *value == '-'), NULL, 0);

	if (*value == '+')
		n = ring_get(r, at, size) + n;
	else if (*value == '-')
		n = ring_get(r, at, size) - n;
	ring_put(r, at, n, size);
}

static int describe_poke(struct describe_build *b, const char *rest)
{
	struct ring *r = &b->ring;
	size_t w = r->image.m->word, name = strcspn(rest, " ");
	const char *arg = rest + name + (rest[name] == ' ');
	char *value;
	uint64_t seq, id;
	const struct {
		const char *name;
		size_t at, size;
	} ends[] = {
	    {"head", r->at_head, w},
	    {"tail", r->at_tail, w},
	    {"head_lpos", r->at_head_lpos, w},
	    {"count_bits", r->at_head - 3 * w, 4},
	    {"size_bits", r->at_head + 3 * w, 4},
	    {"first", r->at_first, 4},
	    {"next", r->at_next, 4},
	    {"end", r->at_end, 4},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strlen(ends[i].name) == name && strncmp(rest, ends[i].name, name) == 0) {
			describe_set(r, ends[i].at, ends[i].size, arg);
			return 0;
		}
	}
	seq = strtoull(arg, &value, 10);
	if (*value == ' ')
		value++;
	id = b->id[seq % DESCRIBE_SEQS];
	if (strncmp(rest, "state ", 6) == 0)
		ring_set_state(r, id, (enum ring_state)strtoul(value, NULL, 10));
	else if (strncmp(rest, "id ", 3) == 0)
		describe_set(r, ring_desc(r, id), w, value);
	else if (strncmp(rest, "begin ", 6) == 0)
		describe_set(r, ring_desc(r, id) + w, w, value);
	else if (strncmp(rest, "next_lpos ", 10) == 0)
		describe_set(r, ring_desc(r, id) + 2 * w, w, value);
	else if (strncmp(rest, "block ", 6) == 0)
		describe_set(r,
		    r->at_data + (size_t)(ring_get(r, ring_desc(r, id) + w, w) & (r->size - 1)), w,
		    value);
	else if (strncmp(rest, "seq ", 4) == 0)
		describe_set(r, ring_info(r, id), 8, value);
	else if (strncmp(rest, "text_len ", 9) == 0)
		describe_set(r, ring_info(r, id) + 16, 2, value);
	else if (strncmp(rest, "len ", 4) == 0)
		describe_set(r, b->at[seq % DESCRIBE_SEQS] + 8, 2, value);
	else
		return -1;
	return 0;
}

/* Runs one command of a description. -1: unknown. */
static int describe_command(struct describe_build *b, const char *line)
{
	static const char *const settings[] = {"machines", "maps", "address", "format", "release",
	    "callers", "longinfo", "bits", "size", "rule", "layout", "cut", "#"};
	static const char *const stores[] = {"record", "committed", "reserved", "failed"};
	static char text[70000];
	const char *rest;

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (describe_word(line, settings[i]))
			return 0;
	}
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		if ((rest = describe_word(line, stores[i])) != NULL) {
			describe_store(b, stores[i], rest);
			return 0;
		}
	}
	if ((rest = describe_word(line, "fill")) != NULL) {
		unsigned long n = strtoul(rest, NULL, 10);

		for (unsigned long i = 0; i < n; i++) {
			snprintf(text, sizeof(text), "6 %lu.000000 filler %lu", i, i);
			describe_store(b, "record", text);
		}
	} else if ((rest = describe_word(line, "big")) != NULL) {
		size_t n = strtoul(rest, NULL, 10), at;

		at = (size_t)snprintf(text, sizeof(text), "6 1.000000 ");
		if (n >= sizeof(text) - at)
			return -1;
		memset(text + at, 'x', n);
		text[at + n] = '\0';
		describe_store(b, "record", text);
	} else if ((rest = describe_word(line, "flags")) != NULL) {
		b->flags = (unsigned)strtoul(rest, NULL, 10);
	} else if ((rest = describe_word(line, "info")) != NULL) {
		bytes_printf(&b->ring.image.info, "%s\n", rest);
	} else if ((rest = describe_word(line, "drop")) != NULL) {
		char *at = strstr((char *)b->ring.image.info.at, rest);

		if (!at)
			return -1;
		*at = 'X';
	} else if ((rest = describe_word(line, "chars")) != NULL) {
		chars_store(&b->ring, text, describe_text(rest, text));
	} else if ((rest = describe_word(line, "poke")) != NULL) {
		if (!b->finished)
			ring_finish(&b->ring);
		b->finished = 1;
		return describe_poke(b, rest);
	} else {
		return -1;
	}
	return 0;
}

/* Makes the dump for one machine and map; its `at` is NULL if the description is wrong. */
static struct bytes describe_dump(
    const struct describe *d, const struct machine *m, enum image_map map)
{
	static struct describe_build b;
	static struct machine moved; /* m with the address of the description */
	const char *format = describe_get(d, "format", "prb"),
		   *bits = describe_get(d, "bits", "3 8");
	struct ring *r = &b.ring;
	struct bytes out;
	size_t size = strtoul(describe_get(d, "size", "256"), NULL, 10), cut;
	char *next;

	moved = *m;
	if (describe_get(d, "address", NULL))
		moved.vaddr = strtoull(describe_get(d, "address", "0"), NULL, 16);
	m = &moved;
	memset(&b, 0, sizeof(b));
	image_begin(&r->image, m, describe_get(d, "release", "6.1.0"));
	r->new_rule = strcmp(describe_get(d, "rule", "old"), "new") == 0;
	r->callers = describe_get(d, "callers", NULL) != NULL;
	if (strcmp(describe_get(d, "layout", ""), "shifted") == 0)
		r->shift = m->word;
	b.flags = 2;
	if (strcmp(format, "prb") == 0) {
		unsigned count_bits = (unsigned)strtoul(bits, &next, 10);

		r->kind = RING_PRB;
		prb_begin(r, count_bits, (unsigned)strtoul(next, NULL, 10),
		    strtoul(describe_get(d, "longinfo", "0"), NULL, 10));
	} else if (strcmp(format, "chars") == 0) {
		r->kind = RING_CHARS;
		chars_begin(r, size, strncmp(describe_get(d, "release", ""), "2.6.24", 6) == 0);
	} else {
		r->kind = strcmp(format, "log") == 0 ? RING_LOG : RING_PRINTK_LOG;
		log_begin(r, size);
	}
	for (size_t i = 0; i < d->lines && !describe_word(d->line[i], "output"); i++) {
		if (describe_command(&b, d->line[i])) {
			fprintf(stderr, "unknown command: %s\n", d->line[i]);
			return (struct bytes){0};
		}
	}
	if (!b.finished)
		ring_finish(r);
	out = image_dump(&r->image, map, describe_has(d, "maps", "five", 0));
	cut = strtoul(describe_get(d, "cut", "0"), NULL, 10);
	out.len -= cut < out.len ? cut : out.len;
	return out;
}

#endif
