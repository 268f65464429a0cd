/* SPDX-License-Identifier: MIT */
/* completion: what can stand at the end of a command line; see completion.h. */
#include "completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "screen/print.h"

struct completion {
	struct cli *cli;
	const char *head; /* of the word, printed in front of each candidate: "--color=", "lab1," */
	size_t head_len;
	const char *begin; /* what a candidate begins with */
	char seen[COMPLETION_SESSIONS][18]; /* MACs and signatures */
	size_t seen_count;
	int files; /* were offered, and with them directories */
};

static void offer(struct completion *c, const char *text)
{
	if (strncmp(text, c->begin, strlen(c->begin)) != 0)
		return;
	printf("%.*s", (int)c->head_len, c->head);
	print_safe(text);
	printf("\n");
}

/* Once. */
static void offer_new(struct completion *c, const char *text)
{
	if (!text[0])
		return;
	for (size_t i = 0; i < c->seen_count; i++)
		if (strcmp(c->seen[i], text) == 0)
			return;
	if (c->seen_count == COMPLETION_SESSIONS)
		return;
	snprintf(c->seen[c->seen_count++], sizeof(c->seen[0]), "%s", text);
	offer(c, text);
}

/* --- sources ----------------------------------------------------------------------------------------- */

static int offer_session(void *arg, const struct db_session *session)
{
	offer(arg, session->id);
	return 0;
}

/* As a person writes it: with colons or without. */
static int offer_mac(void *arg, const struct db_session *session)
{
	struct completion *c = arg;
	char hex[13];
	uint8_t mac[6];
	struct err ignored;

	if (strchr(c->begin, ':')) {
		offer_new(c, session->mac);
	} else if (mac_parse(&ignored, session->mac, mac) == 0) {
		mac_format_hex(mac, hex);
		offer_new(c, hex);
	}
	return 0;
}

static int offer_signature(void *arg, const struct db_session *session)
{
	offer_new(arg, session->signature);
	return 0;
}

/* The newest sessions. */
static void offer_index(
    struct completion *c, int crashes_only, int (*got)(void *arg, const struct db_session *session))
{
	struct db_query query = {
	    .limit = COMPLETION_SESSIONS, .crashes_only = crashes_only, .until_ms = clock_ahead()};
	struct err ignored;
	struct db *db = cli_open(&ignored, c->cli);

	if (!db)
		return;
	db_set_wait(db, 0);
	db_sessions(&ignored, db, &query, got, c);
	db_close(db);
	c->seen_count = 0;
}

/* What a crash can be named by. */
static void offer_crashes(struct completion *c)
{
	offer_index(c, 1, offer_signature);
	offer_index(c, 1, offer_session);
}

static void offer_profiles(struct completion *c)
{
	struct err ignored;

	if (cli_load(&ignored, c->cli))
		return;
	for (size_t i = 0; i < c->cli->config.profile_count; i++)
		offer(c, c->cli->config.profiles[i].name);
}

static void offer_targets(struct completion *c)
{
	struct err ignored;

	if (cli_load(&ignored, c->cli))
		return;
	for (size_t i = 0; i < c->cli->config.target_count; i++)
		offer(c, c->cli->config.targets[i].name);
}

static int image_is(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void offer_images(struct completion *c)
{
	struct dirent **entries = NULL;
	struct err ignored;
	int count;

	if (cli_load(&ignored, c->cli))
		return;
	count = file_list(&ignored, c->cli->config.images, image_is, &entries);
	for (int i = 0; i < count; i++)
		offer(c, entries[i]->d_name);
	if (count > 0)
		file_list_free(entries, count);
}

static void offer_fields(struct completion *c)
{
	char text[32];

	for (int m = 0; m < MATCH_COUNT; m++) {
		snprintf(text, sizeof(text), "%s=", config_match_name(m));
		if (m != MATCH_MAC)
			offer(c, text);
	}
}

static void offer_commands(struct completion *c)
{
	for (const struct cli_command *command = cli_commands; command->name; command++)
		offer(c, command->name);
}

static void offer_ages(struct completion *c)
{
	static const char *const ages[] = {"1h", "12h", "1d", "2d", "7d", "30d"};

	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		offer(c, ages[i]);
}

/* One name of what can stand somewhere. */
static void offer_kind(struct completion *c, const char *name)
{
	if (name[0] >= 'a' && name[0] <= 'z')
		offer(c, name);
	else if (strcmp(name, "SESSION") == 0)
		offer_index(c, 0, offer_session);
	else if (strcmp(name, "MAC") == 0)
		offer_index(c, 0, offer_mac);
	else if (strcmp(name, "SIGNATURE") == 0)
		offer_index(c, 1, offer_signature);
	else if (strcmp(name, "CRASH") == 0)
		offer_crashes(c);
	else if (strcmp(name, "PROFILE") == 0)
		offer_profiles(c);
	else if (strcmp(name, "TARGET") == 0)
		offer_targets(c);
	else if (strcmp(name, "IMAGE") == 0)
		offer_images(c);
	else if (strcmp(name, "FIELD=VALUE") == 0)
		offer_fields(c);
	else if (strcmp(name, "COMMAND") == 0)
		offer_commands(c);
	else if (strcmp(name, "WHEN") == 0)
		offer_ages(c);
	else if (strcmp(name, "FILE") == 0)
		c->files = printf(":file\n") > 0;
	else if (strcmp(name, "DIR") == 0 && !c->files)
		printf(":directory\n");
}

/* "SESSION|MAC", "TARGET,...": each of its names. */
static void offer_spec(struct completion *c, const char *spec)
{
	const char *comma = strrchr(c->begin, ',');
	char names[128], *save = NULL, *list;

	snprintf(names, sizeof(names), "%s", spec);
	list = strstr(names, ",...");
	if (list) {
		*list = '\0';
		if (comma) {
			c->head_len = (size_t)(comma + 1 - c->head);
			c->begin = comma + 1;
		}
	}
	for (char *name = strtok_r(names, "|", &save); name; name = strtok_r(NULL, "|", &save))
		offer_kind(c, name);
}

/* --- the line ---------------------------------------------------------------------------------------- */

static const struct options_row completion_global[] = {
    {.name = "--local-time"},
    {.name = "--utc"},
    {.name = "--no-pager"},
    {.name = "--color", .value = "auto|always|never"},
    {.name = "--help"},
    {.name = NULL},
};

/* The row of an option that is written as len bytes of text; NULL. */
static const struct options_row *find_row(
    const struct options_row *rows, const char *text, size_t len)
{
	for (; rows && rows->name; rows++)
		if (strlen(rows->name) == len && strncmp(rows->name, text, len) == 0)
			return rows;
	return NULL;
}

static const struct options_row *find_option(
    const struct cli_command *command, const char *text, size_t len)
{
	const struct options_row *row = find_row(command ? command->options : NULL, text, len);

	return row ? row : find_row(completion_global, text, len);
}

static void offer_options(struct completion *c, const struct cli_command *command)
{
	for (const struct options_row *row = command ? command->options : NULL; row && row->name;
	     row++)
		offer(c, row->name);
	for (const struct options_row *row = completion_global; row->name; row++)
		offer(c, row->name);
}

/* The number'th word of the command's args, from 0; a repeated last one stands for all that follow. */
static void offer_argument(struct completion *c, const struct cli_command *command, int number)
{
	char args[160], *save = NULL, *word, *last = NULL;

	snprintf(args, sizeof(args), "%s", command->args);
	for (word = strtok_r(args, " []", &save); word; word = strtok_r(NULL, " []", &save)) {
		char *dots = strstr(word, "...");

		if (dots && dots[-1] != ',') {
			*dots = '\0';
			last = word;
		}
		if (number-- == 0)
			break;
	}
	if (word || last)
		offer_spec(c, word ? word : last);
}

/* The unfinished word, behind a command (NULL: not known yet) and its arguments. */
static void complete_word(
    struct completion *c, const struct cli_command *command, int count, char **words, int arguments)
{
	const char *word = words[count - 1], *before = words[count - 2];
	const char *equals = word[0] == '-' ? strchr(word, '=') : NULL;
	const struct options_row *row =
	    before[0] == '-' ? find_option(command, before, strlen(before)) : NULL;

	if (equals && find_option(command, word, (size_t)(equals - word))) {
		row = find_option(command, word, (size_t)(equals - word));
		c->head_len = (size_t)(equals + 1 - word);
		c->begin = equals + 1;
	}
	if (row && row->value)
		offer_spec(c, row->value);
	else if (word[0] == '-')
		offer_options(c, command);
	else if (command)
		offer_argument(c, command, arguments);
	else
		offer_commands(c);
}

void completion_print(struct cli *cli, int count, char **words)
{
	struct completion c = {.cli = cli, .head = words[count - 1], .begin = words[count - 1]};
	const struct cli_command *command = NULL;
	int arguments = 0;

	for (int i = 1; i < count - 1; i++) {
		const struct options_row *row = find_option(command, words[i], strlen(words[i]));

		if (!command && strcmp(words[i], "-c") == 0 && i + 1 < count) {
			if (i + 1 == count - 1) {
				printf(":file\n");
				return;
			}
			cli->conf = words[++i];
		} else if (words[i][0] == '-') {
			i += row && row->value && i + 1 < count - 1;
		} else if (!command) {
			command = cli_find_command(words[i]);
			if (!command)
				return;
		} else {
			arguments++;
		}
	}
	complete_word(&c, command, count, words, arguments);
}
