/* SPDX-License-Identifier: MIT */
/* option: a command line by one table; see option.h. */
#include "option.h"

#include <string.h>

#include "num.h"

void option_help(FILE *out, const struct option_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];
		char left[48];

		snprintf(left, sizeof(left), "%s%s%s%s%s", row->short_name ? row->short_name : "",
		    row->short_name ? ", " : "", row->name, row->value ? " " : "",
		    row->value ? row->value : "");
		fprintf(out, "  %-22s %s\n", left, row->help);
	}
}

/* The row of an argument; *value: the text after '=', or NULL. */
static const struct option_row *option_find(
    const char *arg, const struct option_row *rows, size_t count, const char **value)
{
	const char *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);

	*value = eq ? eq + 1 : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];

		if (strlen(row->name) == len && strncmp(arg, row->name, len) == 0)
			return row;
		if (row->short_name && !eq && strcmp(arg, row->short_name) == 0)
			return row;
	}
	return NULL;
}

static int option_set(
    struct err *err, void *options, const struct option_row *row, const char *value)
{
	char *field = (char *)options + row->field;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)(void *)field = value;
		return 0;
	case OPTION_FLAG:
		*(int *)(void *)field = 1;
		return 0;
	case OPTION_SECONDS:
		return num_int(err, row->name, value, 1, 86400, (int *)(void *)field);
	case OPTION_CALL:
		return row->parse(err, field, row->value ? value : row->name + 2);
	}
	return -1;
}

int option_parse(struct err *err, int argc, char **argv, const struct option_row *rows,
    size_t count, void *options, const char **file)
{
	int only_files = 0;

	*file = NULL;
	for (int i = 1; i < argc; i++) {
		const struct option_row *row;
		const char *value;

		if (!only_files && strcmp(argv[i], "--") == 0) {
			only_files = 1;
			continue;
		}
		if (only_files || argv[i][0] != '-') {
			if (*file)
				return err_set(
				    err, "two files, %.80s and %.80s; name one", *file, argv[i]);
			*file = argv[i];
			continue;
		}
		row = option_find(argv[i], rows, count, &value);
		if (!row)
			return err_set(err, "unknown option %.80s; --help lists them", argv[i]);
		if (!row->value && value)
			return err_set(err, "%s has no value; write it alone", row->name);
		if (row->value && !value && i + 1 < argc)
			value = argv[++i];
		if (row->value && (!value || !*value))
			return err_set(err, "missing value; write %s %s", row->name, row->value);
		if (option_set(err, options, row, value))
			return -1;
	}
	return 0;
}
