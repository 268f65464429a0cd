/* SPDX-License-Identifier: MIT */
/* options: command lines by tables; see options.h. */
#include "options.h"

#include <string.h>

#include "base/num.h"
#include "screen/times.h"

enum { USAGE_WIDTH = 80, USAGE_INDENT = 8 };

/* words: "a|b|c". 0/-1. */
static int options_word(struct err *err, const char *name, const char *words, const char *value)
{
	const size_t len = strlen(value);
	char list[128];
	size_t n = 0;

	for (const char *word = words; *word; word += strcspn(word, "|"), word += *word == '|') {
		const size_t end = strcspn(word, "|");

		if (end == len && memcmp(word, value, len) == 0)
			return 0;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%.*s",
		    word == words ? ""
		    : word[end]   ? ", "
				  : " or ",
		    (int)end, word);
		if (n >= sizeof(list))
			n = sizeof(list) - 1;
	}
	return err_set(err, "invalid %s \"%.40s\"; use %s", name, value, list);
}

static enum options_result options_set(
    struct err *err, void *options, const struct options_row *row, const char *value)
{
	void *field = (char *)options + row->field;
	int rc = 0;

	switch (row->kind) {
	case OPTIONS_FLAG:
		*(int *)field = 1;
		break;
	case OPTIONS_WORD:
		rc = options_word(err, row->name, row->value, value);
		*(const char **)field = value;
		break;
	case OPTIONS_TEXT:
		*(const char **)field = value;
		break;
	case OPTIONS_NUMBER:
		rc = num_int(err, row->name, value, row->least, row->most, (int *)field);
		break;
	case OPTIONS_WHEN:
		rc = times_parse(err, row->name, value, (int64_t *)field);
		break;
	case OPTIONS_CALL:
		rc = row->call(err, field, value);
		break;
	}
	return rc ? OPTIONS_INVALID : OPTIONS_DONE;
}

static enum options_result options_unknown(struct err *err, const char *command, const char *option)
{
	err_set(err, "unknown option \"%.60s\"; see lastwords %s --help", option, command);
	return OPTIONS_USAGE;
}

static enum options_result options_missing(struct err *err, const struct options_row *row)
{
	err_set(err, "missing value; write %s %s", row->name, row->value);
	return OPTIONS_USAGE;
}

/* "--name", "--name=VALUE", "--name" "VALUE" at argv[*at], which moves to what was taken last. */
static enum options_result options_long(
    struct err *err, int argc, char **argv, int *at, const struct options_row *row, void *options)
{
	const char *arg = argv[*at], *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : strlen(arg);

	while (row->name && (strlen(row->name) != len || strncmp(row->name, arg, len) != 0))
		row++;
	if (!row->name)
		return options_unknown(err, argv[0], arg);
	if (!row->value && value) {
		err_set(err, "%s has no value; write it alone", row->name);
		return OPTIONS_USAGE;
	}
	if (value)
		value++;
	else if (row->value && *at + 1 < argc)
		value = argv[++*at];
	if (row->value && !value)
		return options_missing(err, row);
	return options_set(err, options, row, value);
}

/* "-f", "-n VALUE", "-nVALUE", "-fn VALUE". */
static enum options_result options_short(
    struct err *err, int argc, char **argv, int *at, const struct options_row *rows, void *options)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct options_row *row = rows;
		const char *value = letter + 1;
		enum options_result rc;

		while (row->name && (row->name[1] != *letter || row->name[2]))
			row++;
		if (!row->name)
			return options_unknown(err, argv[0], argv[*at]);
		if (row->value && !*value)
			value = *at + 1 < argc ? argv[++*at] : NULL;
		if (row->value && !value)
			return options_missing(err, row);
		rc = options_set(err, options, row, value);
		if (rc || row->value)
			return rc;
	}
	return OPTIONS_DONE;
}

enum options_result options_parse(struct err *err, int *argc, char **argv,
    const struct options_row *rows, int least, int most, void *options)
{
	int count = 0, ended = 0;

	for (int at = 1; at < *argc; at++) {
		enum options_result rc = OPTIONS_DONE;

		if (ended || argv[at][0] != '-' || !argv[at][1])
			argv[++count] = argv[at];
		else if (strcmp(argv[at], "--") == 0)
			ended = 1;
		else if (argv[at][1] == '-')
			rc = options_long(err, *argc, argv, &at, rows, options);
		else
			rc = options_short(err, *argc, argv, &at, rows, options);
		if (rc)
			return rc;
	}
	*argc = count + 1;
	if (count > most) {
		err_set(err, "unexpected argument \"%.60s\"; see lastwords %s --help",
		    argv[most + 1], argv[0]);
		return OPTIONS_USAGE;
	}
	if (count < least) {
		err_set(err, "missing argument; see lastwords %s --help", argv[0]);
		return OPTIONS_USAGE;
	}
	return OPTIONS_DONE;
}

/* Adds a word to the usage line, which is broken before the terminal's edge. */
static void usage_word(FILE *out, size_t *column, const char *word)
{
	size_t len = strlen(word);

	if (*column + 1 + len > USAGE_WIDTH) {
		fprintf(out, "\n%*s", USAGE_INDENT - 1, "");
		*column = USAGE_INDENT - 1;
	}
	fprintf(out, " %s", word);
	*column += 1 + len;
}

void options_usage(FILE *out, const char *name, const struct options_row *rows, const char *args)
{
	size_t column = (size_t)fprintf(out, "usage: lastwords %s", name);
	char word[160];

	for (; rows && rows->name; rows++) {
		snprintf(word, sizeof(word), "%s%s%s%s%s", rows->required ? "" : "[", rows->name,
		    rows->value ? " " : "", rows->value ? rows->value : "",
		    rows->required ? "" : "]");
		usage_word(out, &column, word);
	}
	if (args[0])
		usage_word(out, &column, args);
	fprintf(out, "\n");
}

void options_help(FILE *out, const struct options_row *rows)
{
	char left[64];

	for (; rows && rows->name; rows++) {
		snprintf(left, sizeof(left), "%s%s%s", rows->name, rows->value ? " " : "",
		    rows->value ? rows->value : "");
		fprintf(out, "  %-24s%s%*s%s\n", left, strlen(left) > 23 ? "\n" : "",
		    strlen(left) > 23 ? 26 : 0, "", rows->help);
	}
}
