/* SPDX-License-Identifier: MIT */
/*
 * lastwords mute, note, tag, fixed, duplicate: what a person says of a signature, one line of the journal each
 * (query/query.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/clock.h"
#include "base/when.h"
#include "screen/print.h"

enum { MUTE_DAYS = 30 };

struct triage_options {
	int clear;
	const char *length, *until; /* of mute */
};

const struct options_row triage_options[] = {
    {.name = "--clear",
	.help = "takes it back",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct triage_options, clear)},
    {.name = NULL},
};

const struct options_row mute_options[] = {
    {.name = "--for",
	.value = "LENGTH",
	.help = "so long (30d)",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct triage_options, length)},
    {.name = "--until",
	.value = "TIME",
	.help = "until then",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct triage_options, until)},
    {.name = "--clear",
	.help = "takes it back",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct triage_options, clear)},
    {.name = NULL},
};

/* Until when, as the journal has it. 0/-1. */
static int mute_until(struct err *err, const struct triage_options *options, char when[25])
{
	int64_t ms = clock_now() + MUTE_DAYS * 86400LL * 1000, length;

	if (options->length) {
		if (when_parse_length(err, "--for", options->length, &length))
			return -1;
		ms = clock_now() + length;
	}
	if (options->until && times_parse(err, "--until", options->until, &ms))
		return -1;
	if (ms <= clock_now())
		return err_set(err, "--until is in the past; give a time to come");
	clock_format(ms, when);
	return 0;
}

/* The arguments from first on, joined by blanks; malloc'ed, NULL: they are too long. */
static char *triage_join(struct err *err, int argc, char **argv, int first)
{
	char *text = malloc(TRIAGE_NOTE_MAX + 2);
	struct kv_out out;

	if (!text) {
		err_set(err, "out of memory");
		return NULL;
	}
	kv_out_init(&out, text, TRIAGE_NOTE_MAX + 2);
	for (int i = first; i < argc; i++) {
		kv_out_raw(&out, i > first ? " " : "");
		kv_out_raw(&out, argv[i]);
	}
	if (!out.overflow)
		return text;
	free(text);
	err_set(err, "longer than %d bytes; shorten it", TRIAGE_NOTE_MAX);
	return NULL;
}

/* NULL if the arguments fit the command and its options, else why not. */
static const char *triage_unfit(int argc, char **argv, const struct triage_options *options)
{
	const int mute = strcmp(argv[0], "mute") == 0, tag = strcmp(argv[0], "tag") == 0;
	/* (what ends is named only where there may be many of it) */
	const int bare = mute || (options->clear && !tag);

	if ((options->length && options->until) ||
	    (options->clear && (options->length || options->until)))
		return "--for, --until and --clear exclude each other; take one";
	if (bare && argc > 2)
		return options->clear ? "--clear goes with the crash alone" : "one crash at a time";
	if (bare || argc > 2)
		return NULL;
	return strcmp(argv[0], "note") == 0    ? "missing text of the note"
	       : tag                           ? "missing tag"
	       : strcmp(argv[0], "fixed") == 0 ? "missing release that has the fix (or --clear)"
					       : "missing signature of the same bug (or --clear)";
}

/* The value that is written; malloc'ed, NULL with err set. */
static char *triage_value(
    struct err *err, int argc, char **argv, const struct triage_options *options)
{
	char when[25] = "", *value;

	if (argc > 2)
		return triage_join(err, argc, argv, 2);
	if (!options->clear && mute_until(err, options, when))
		return NULL;
	value = strdup(when);
	if (!value)
		err_set(err, "out of memory");
	return value;
}

static void triage_print(const char *signature, const char *what, const char *value)
{
	static const struct {
		const char *what, *set, *ended;
	} texts[] = {{"mute", "muted until ", "no longer muted"}, {"note", "noted: ", ""},
	    {"tag", "tagged ", ""}, {"untag", "no longer tagged ", ""},
	    {"fixed", "fixed in ", "no longer fixed"},
	    {"duplicate", "a duplicate of ", "no longer a duplicate"}};

	printf("%s: ", signature);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].what, what) == 0)
			printf("%s", value[0] ? texts[i].set : texts[i].ended);
	print_safe(value);
	printf("\n");
}

/* Finds the signature of argv[1] and writes the line. 0/-1. */
static int triage_run(
    struct err *err, struct cli *cli, const char *named, const char *what, const char *value)
{
	const char *by = cli_by(); /* before we become the owner of STATE */
	char signature[17];
	struct query query;
	int rc;

	if (cli_load_writing(err, cli) || ask_open(err, cli, &query, NULL, 0))
		return -1;
	rc = ask_signature(err, &query, named, signature);
	ask_close(&query);
	if (rc == 0)
		rc = triage_write(err, cli->config.state, clock_now(), signature, what, value,
		    by ? by : "unknown");
	if (rc == 0)
		triage_print(signature, what, value);
	return rc;
}

int cmd_triage(struct cli *cli, int argc, char **argv)
{
	struct triage_options options = {.clear = 0};
	const char *what, *unfit;
	struct err err;
	char *value;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	unfit = triage_unfit(argc, argv, &options);
	if (unfit)
		return cli_wrong(argv[0], unfit);
	what = options.clear && strcmp(argv[0], "tag") == 0 ? "untag" : argv[0];
	value = triage_value(&err, argc, argv, &options);
	rc = value ? triage_run(&err, cli, argv[1], what, value) : -1;
	free(value);
	return rc ? cli_fail(&err) : CLI_OK;
}
