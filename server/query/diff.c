/* SPDX-License-Identifier: MIT */
/*
 * diff: the difference between two crashes; see query.h. The reports are compared line by line (the longest common
 * subsequence) after what differs by chance has become "#". It must not write.
 *
 * Becomes "#": numbers after "PID: ", "CPU: ", "CPU#", "t=", "for " (a stall's seconds); the pid of "NAME:PID]"
 * and "task NAME:PID "; a kworker's numbers; and hexadecimal words of 8 digits and more, or after 0x (addresses,
 * registers), unless their value is below a page (CR2 0000000000000008: which member of a NULL pointer).
 * Stays: functions with offset and size, modules, opcode bytes, taint, release, error codes.
 */
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/hex.h"
#include "crash_fields.h"
#include "fields.h"
#include "log_files.h"
#include "record/record.h"

enum { DIFF_LINES = QUERY_REPORT_LINES, DIFF_LINE = 512, DIFF_PAGE = 4096 };

struct diff_report {
	size_t count;
	char line[DIFF_LINES][DIFF_LINE];
};

/* --- what differs by chance ------------------------------------------------------------------------- */

struct diff_out {
	char *text;
	size_t len;
};

static void diff_put(struct diff_out *out, const char *bytes, size_t n)
{
	size_t room = DIFF_LINE - 1 - out->len;

	if (n > room)
		n = room;
	memcpy(out->text + out->len, bytes, n);
	out->len += n;
	out->text[out->len] = '\0';
}

static int diff_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int diff_is_word(char c)
{
	return diff_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t diff_digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && diff_is_digit(p[n]))
		n++;
	return n;
}

/* The length of the word at p if it is a hexadecimal address or register; 0: it is something else. */
static size_t diff_hex(const char *p, const char *end)
{
	size_t prefix = end - p > 2 && p[0] == '0' && p[1] == 'x' ? 2 : 0, n = prefix;
	uint64_t value = 0;

	while (p + n < end && n - prefix < 17 && hex_digit(p[n]) >= 0)
		value = value << 4 | (uint64_t)hex_digit(p[n++]);
	if (n - prefix < (prefix ? 4 : 8) || n - prefix > 16 || (p + n < end && diff_is_word(p[n])))
		return 0;
	return value < DIFF_PAGE ? 0 : n;
}

/* The length of what at p, in the middle of a line that begins with begin, is there by chance; 0: nothing. */
static size_t diff_chance(const char *begin, const char *p, const char *end)
{
	static const char *const before[] = {"PID: ", "CPU: ", "CPU#", "Pid: ", "cpu ", "for ",
	    "kworker/", "kworker/u", "pid:", "t="};
	size_t n = diff_digits(p, end), at = (size_t)(p - begin);

	for (size_t i = 0; n && i < sizeof(before) / sizeof(before[0]); i++) {
		size_t len = strlen(before[i]);

		if (at >= len && memcmp(p - len, before[i], len) == 0)
			return n;
	}
	if (n && at > 0 && p[-1] == ':') {
		/* "[swapper/0:0]", "task cat:412 blocked", "kworker/3:1H" */
		const char *name = p - 1;

		while (name > begin && name[-1] != ' ' && name[-1] != '[')
			name--;
		if (p + n == end || p[n] == ']' ||
		    (name - begin >= 5 && memcmp(name - 5, "task ", 5) == 0) ||
		    (p - name > 8 && memcmp(name, "kworker/", 8) == 0))
			return n;
	}
	return 0;
}

/* Not a function's offset and size: "+0x1a2c/0x4000". */
static int diff_is_offset(const char *begin, const char *p)
{
	return p > begin && (p[-1] == '+' || p[-1] == '/');
}

static void diff_normalise(const char *text, size_t len, char line[DIFF_LINE])
{
	struct diff_out out = {.text = line};
	struct timeline_part part;
	const char *p, *end;

	line[0] = '\0';
	timeline_part(text, len, &part);
	end = part.body + part.len;
	for (p = part.body; p < end;) {
		int begins = p == part.body || !diff_is_word(p[-1]) || p[-1] == 'u';
		size_t n = begins ? diff_chance(part.body, p, end) : 0, word = 1;

		if (!n && begins && !diff_is_offset(part.body, p))
			n = diff_hex(p, end);
		if (n) {
			diff_put(&out, "#", 1);
			p += n;
			continue;
		}
		while (diff_is_word(p[0]) && p + word < end && diff_is_word(p[word]) &&
		       p[word - 1] != 'u')
			word++;
		diff_put(&out, p, word);
		p += word;
	}
}

/* --- a report's lines ------------------------------------------------------------------------------- */

static void diff_read(const char *dir, struct diff_report *report)
{
	size_t len = 0, n;
	char *text = query_report_text(dir, &len);
	const char *at = text, *line;

	report->count = 0;
	while (text && report->count < DIFF_LINES && timeline_next(&at, text + len, &line, &n))
		diff_normalise(line, n, report->line[report->count++]);
	free(text);
}

/* --- the difference --------------------------------------------------------------------------------- */

static json_t *diff_line(const char *op, const char *text)
{
	json_t *object = json_object();

	query_set_text(object, "op", op);
	json_object_set_new(object, "text", query_text(text, strlen(text)));
	return object;
}

/* length[i][j]: of the longest common subsequence of a's lines from i and b's from j. */
struct diff_table {
	uint16_t length[DIFF_LINES + 1][DIFF_LINES + 1];
};

static int diff_same(const struct diff_report *a, size_t i, const struct diff_report *b, size_t j)
{
	return strcmp(a->line[i], b->line[j]) == 0;
}

static int diff_lines(json_t *list, struct diff_table *table, const struct diff_report *a,
    const struct diff_report *b)
{
	size_t i, j;
	int failed = 0;

	for (i = a->count + 1; i-- > 0;)
		for (j = b->count + 1; j-- > 0;) {
			uint16_t *to = &table->length[i][j];

			if (i == a->count || j == b->count)
				*to = 0;
			else if (diff_same(a, i, b, j))
				*to = (uint16_t)(table->length[i + 1][j + 1] + 1);
			else
				*to = table->length[i + 1][j] >= table->length[i][j + 1]
					  ? table->length[i + 1][j]
					  : table->length[i][j + 1];
		}
	for (i = j = 0; i < a->count || j < b->count;) {
		if (i < a->count && j < b->count && diff_same(a, i, b, j)) {
			failed |= query_append(list, diff_line("same", a->line[i++]));
			j++;
		} else if (j == b->count ||
			   (i < a->count && table->length[i + 1][j] >= table->length[i][j + 1])) {
			failed |= query_append(list, diff_line("a", a->line[i++]));
		} else {
			failed |= query_append(list, diff_line("b", b->line[j++]));
		}
	}
	return failed;
}

static int diff_facts(json_t *list, const json_t *a, const json_t *b)
{
	static const char *const fields[] = {"title", "class", "function", "signature", "severity",
	    "release", "build_id", "taint", "rip", "modules", "task", "pid", "cpu", "uptime",
	    "product", "hardware", "profile", "mac", "time", "channels", "corrupted"};
	int failed = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		json_t *of_a = json_object_get(a, fields[i]), *of_b = json_object_get(b, fields[i]);
		json_t *fact;

		if (!of_a && !of_b)
			continue;
		fact = json_object();
		query_set_text(fact, "field", fields[i]);
		if (of_a)
			json_object_set(fact, "a", of_a);
		if (of_b)
			json_object_set(fact, "b", of_b);
		json_object_set_new(
		    fact, "same", json_boolean(of_a && of_b && json_equal(of_a, of_b)));
		failed |= query_append(list, fact);
	}
	return failed;
}

/* One of the two: its fields, and its report's lines. */
static json_t *diff_side(
    struct err *err, struct query *query, const char *id, struct diff_report *report)
{
	struct db_session known;
	struct session session;
	char dir[FILE_PATH_MAX];

	if (query_find(err, query, id, &known, &session, dir))
		return NULL;
	diff_read(dir, report);
	return query_crash_object(err, query, &known);
}

struct diff_work {
	struct diff_report a, b;
	struct diff_table table;
};

json_t *query_diff(struct err *err, struct query *query, const char *a, const char *b)
{
	const struct request request = {.query = "diff", .a = a, .b = b};
	json_t *of_a = NULL, *of_b = NULL, *facts = NULL, *lines = NULL, *document = NULL;
	struct diff_work *work;

	if (query_ask(err, query, &request, &document))
		return document;
	work = malloc(sizeof(*work));
	if (!work) {
		err_set(err, "out of memory");
		return NULL;
	}
	of_a = diff_side(err, query, a, &work->a);
	of_b = of_a ? diff_side(err, query, b, &work->b) : NULL;
	if (!of_b)
		goto out;
	facts = json_array();
	lines = json_array();
	if (diff_facts(facts, of_a, of_b) == 0 &&
	    diff_lines(lines, &work->table, &work->a, &work->b) == 0)
		document =
		    json_pack("{sOsOsOsO}", "a", of_a, "b", of_b, "facts", facts, "report", lines);
	document = query_done(err, document, 0);
out:
	json_decref(of_a);
	json_decref(of_b);
	json_decref(facts);
	json_decref(lines);
	free(work);
	return document;
}
