/* SPDX-License-Identifier: MIT */
/*
 * parse: the syntax of lastwords.conf; see keys.h. It must not know any key (keys.c does). The first
 * error is the only one: the whole file is refused. Pure.
 *
 *   file    = { item | "profile" word "{" { item } "}" | "rule" "{" { item } "}" |
 *             "target" word "{" { item } "}" | "tls" "{" { item } "}" }
 *   item    = word "=" word | word "=" list
 *   list    = "[" to the next "]", kept as it stands (only for keys that take one)
 *   word    = "…" (escapes: \n \r \t \a \b \e \f \v \OOO \xHH, a backslash at the end of a line
 *             joins it with the next, any other character stands for itself),
 *             '…' (escapes: \\ \' and at the end of a line), or bare up to a blank or one of #"'={}(),
 *   comment = # or // to the end of the line, or as in C; only # ends a bare word
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hex.h"
#include "keys.h"

#define PARSE_BLANKS " \t\r\n"
#define PARSE_MARKS "={}(),"

struct parse {
	struct err *err;
	struct config *config;
	const char *at; /* the next byte */
	int line; /* its line */
	/* the last token: 'w' a word, '\0' the end, or one of PARSE_MARKS */
	char token;
	int token_line; /* where it begins */
	char *
	    word; /* NUL-terminated; in config->words, where the next one replaces it if it is not kept */
};

static void parse_advance(struct parse *parse, size_t len)
{
	for (; len > 0; len--)
		parse->line += *parse->at++ == '\n';
}

/* How long the blanks or the comment at text are. */
static size_t parse_gap(const char *text)
{
	const char *end;

	if (text[0] == '#' || strncmp(text, "//", 2) == 0)
		return strcspn(text, "\n");
	if (strncmp(text, "/*", 2) != 0)
		return strspn(text, PARSE_BLANKS);
	end = strstr(text + 2, "*/");
	return end ? (size_t)(end + 2 - text) : strlen(text);
}

/*
 * The escape at text, in double quotes: its length. *out is the character, -1 for none; or the
 * length is 0: invalid.
 */
static size_t parse_escape(const char *text, int *out)
{
	static const char from[] = "nrtabefv\n", to[] = "\n\r\t\a\b\033\f\v";
	const char *letter = strchr(from, text[1]);
	size_t len = strspn(text + 1, "0123456789");
	char *end = NULL;

	if (letter) {
		*out = *letter == '\n' ? -1 : to[letter - from];
		return 2;
	}
	*out = (unsigned char)text[1];
	if (len > 0) {
		*out = (int)strtol(text + 1, &end, 8);
		return end == text + 1 + len && len <= 3 && *out > 0 && *out < 256 ? len + 1 : 0;
	}
	if (text[1] != 'x' || hex_digit(text[2]) < 0)
		return 2;
	len = hex_digit(text[3]) < 0 ? 1 : 2;
	*out = len == 1 ? hex_digit(text[2]) : hex_byte(text + 2);
	return *out > 0 ? len + 2 : 0;
}

static int parse_quoted(struct parse *parse)
{
	const char quote = *parse->at;
	char *word = parse->word;

	for (parse_advance(parse, 1); *parse->at != quote;) {
		const char *at = parse->at;
		int c = (unsigned char)*at;
		size_t len = 1;

		if (!c)
			return config_fail(parse->err, parse->config, parse->token_line,
			    "a %c is never closed; add the missing %c", quote, quote);
		if (c == '\\' && at[1] && quote == '"') {
			len = parse_escape(at, &c);
		} else if (c == '\\' && at[1] && strchr("\\'\n", at[1])) {
			c = at[1] == '\n' ? -1 : at[1];
			len = 2;
		} else if (quote == '"' && strncmp(at, "${", 2) == 0) {
			return config_fail(parse->err, parse->config, parse->line,
			    "${…} outside single quotes; put the value in single quotes if iPXE is to expand it");
		}
		if (len == 0)
			return config_fail(parse->err, parse->config, parse->line,
			    "invalid escape %.2s; write \\\\ for a backslash", at);
		if (c >= 0)
			*word++ = (char)c;
		parse_advance(parse, len);
	}
	parse_advance(parse, 1);
	*word = '\0';
	return 0;
}

static int parse_next(struct parse *parse)
{
	size_t len;

	while ((len = parse_gap(parse->at)) > 0)
		parse_advance(parse, len);
	parse->token_line = parse->line;
	parse->token = *parse->at;
	if (!parse->token)
		return 0;
	if (strchr(PARSE_MARKS, parse->token)) {
		parse_advance(parse, 1);
		return 0;
	}
	parse->token = 'w';
	if (*parse->at == '"' || *parse->at == '\'')
		return parse_quoted(parse);
	len = strcspn(parse->at, PARSE_BLANKS PARSE_MARKS "#\"'");
	memcpy(parse->word, parse->at, len);
	parse->word[len] = '\0';
	parse_advance(parse, len);
	if (*parse->at == '{' && len > 0 && parse->word[len - 1] == '$')
		return config_fail(parse->err, parse->config, parse->line,
		    "${…} outside single quotes; put the value in single quotes if iPXE is to expand it");
	return 0;
}

/* The next token must be this one. */
static int parse_expect(struct parse *parse, char token, const char *form)
{
	if (parse_next(parse))
		return -1;
	return parse->token == token
		   ? 0
		   : config_fail(parse->err, parse->config, parse->token_line,
			 "not understood; the form is %s, see lastwords.conf(5)", form);
}

static int parse_list(struct parse *parse)
{
	size_t len = strcspn(parse->at, "]");

	if (!parse->at[len])
		return config_fail(parse->err, parse->config, parse->line,
		    "a [ is never closed; add the missing ]");
	memcpy(parse->word, parse->at, len);
	parse->word[len] = '\0';
	parse_advance(parse, len + 1);
	return 0;
}

/* The word just read is a key of section: its value. */
static int parse_item(struct parse *parse, struct config_section *section)
{
	const struct config_key *key = config_section_find(section, parse->word);
	const int line = parse->token_line;
	struct err problem;
	char known[320];
	size_t len = 0;

	if (!key) {
		for (key = section->keys; key->name; key++)
			len += (size_t)snprintf(known + len, sizeof(known) - len, " %s", key->name);
		return config_fail(parse->err, parse->config, line,
		    "unknown key \"%.30s\"; it must be one of:%s%s", parse->word, known,
		    section == &parse->config->at ? " profile rule target tls" : "");
	}
	if (parse_expect(parse, '=', "KEY = \"VALUE\"") ||
	    (key->kind == KIND_SUBNETS && *(parse->at += strspn(parse->at, " \t")) == '['
		    ? parse_list(parse)
		    : parse_expect(parse, 'w', "KEY = \"VALUE\"")))
		return -1;
	if (section->key_line[key - section->keys])
		return config_fail(parse->err, parse->config, line,
		    "%s: given twice, first in line %d; remove one", key->name,
		    section->key_line[key - section->keys]);
	if (config_section_set(&problem, section, key, parse->config->file, parse->word, line))
		return config_fail(parse->err, parse->config, line, "%s", problem.msg);
	if (key->kind < KIND_NUMBER)
		parse->word += strlen(parse->word) + 1;
	return 0;
}

static int parse_items(struct parse *parse, struct config_section *section);

/* "profile" or "target" was read, at line: its name is the next word. */
static int parse_name(struct parse *parse, const char *what, int line)
{
	if (parse_expect(parse, 'w', "profile NAME { … }"))
		return -1;
	if (!profile_name_ok(parse->word))
		return config_fail(parse->err, parse->config, line,
		    "%s \"%.40s\": not a name; use at most %d of a-z 0-9 _ - .", what, parse->word,
		    PROFILE_NAME_MAX);
	return 0;
}

static int parse_twice(struct parse *parse, const char *what, int line, int other)
{
	return config_fail(parse->err, parse->config, line,
	    "%s \"%s\": is also in line %d; give each %s a name of its own", what, parse->word,
	    other, what);
}

/* Room for one more in a list of sections, and the new one, zeroed. NULL on error. */
static void *parse_grow(
    struct parse *parse, void **list, size_t *room, size_t *count, size_t size, int line)
{
	char *grown = array_grow(parse->err, *list, room, *count, size);

	if (!grown) {
		err_prefix(parse->err, "%s:%d", parse->config->file, line);
		return NULL;
	}
	*list = grown;
	return memset(grown + size * (*count)++, 0, size);
}

static int parse_profile(struct parse *parse)
{
	const int line = parse->token_line;
	struct config *config = parse->config;
	const struct config_profile *other;
	struct config_profile *profile;

	if (parse_name(parse, "profile", line))
		return -1;
	if (strcmp(parse->word, "wait") == 0 || strcmp(parse->word, "exit") == 0)
		return config_fail(parse->err, parse->config, line,
		    "profile \"%s\": the name is reserved; choose another", parse->word);
	other = config_profile(config, parse->word);
	if (other)
		return parse_twice(parse, "profile", line, other->at.line);
	profile = parse_grow(parse, (void **)&config->profiles, &config->profile_room,
	    &config->profile_count, sizeof(*profile), line);
	if (!profile)
		return -1;
	config_section_init(&profile->at, config_profile_keys, line);
	memcpy(profile->name, parse->word, strlen(parse->word) + 1);
	return parse_expect(parse, '{', "profile NAME { … }") ? -1
							      : parse_items(parse, &profile->at);
}

static int parse_target(struct parse *parse)
{
	const int line = parse->token_line;
	struct config *config = parse->config;
	const struct config_target *other;
	struct config_target *target;

	if (parse_name(parse, "target", line))
		return -1;
	other = config_target(config, parse->word);
	if (other)
		return parse_twice(parse, "target", line, other->at.line);
	if (config->target_count == CONFIG_TARGETS_MAX)
		return config_fail(parse->err, config, line,
		    "more than %d targets; split them over several servers", CONFIG_TARGETS_MAX);
	target = parse_grow(parse, (void **)&config->targets, &config->target_room,
	    &config->target_count, sizeof(*target), line);
	if (!target)
		return -1;
	config_section_init(&target->at, config_target_keys, line);
	memcpy(target->name, parse->word, strlen(parse->word) + 1);
	return parse_expect(parse, '{', "target NAME { … }") ? -1 : parse_items(parse, &target->at);
}

static int parse_rule(struct parse *parse)
{
	const int line = parse->token_line;
	struct config *config = parse->config;
	struct config_rule *rule = parse_grow(parse, (void **)&config->rules, &config->rule_room,
	    &config->rule_count, sizeof(*rule), line);

	if (!rule)
		return -1;
	config_section_init(&rule->at, config_rule_keys, line);
	if (parse_expect(parse, '{', "rule { … }") || parse_items(parse, &rule->at))
		return -1;
	return rule->profile ? 0
			     : config_fail(parse->err, parse->config, line,
				   "rule without a profile; add profile = \"NAME\"");
}

static int parse_tls(struct parse *parse)
{
	const int line = parse->token_line;
	struct config *config = parse->config;
	struct config_tls *tls = &config->tls;

	if (tls->at.line)
		return config_fail(parse->err, config, line,
		    "tls { … } is also in line %d; remove one", tls->at.line);
	config_section_init(&tls->at, config_tls_keys, line);
	if (parse_expect(parse, '{', "tls { … }") || parse_items(parse, &tls->at))
		return -1;
	if (!tls->cert || !tls->key)
		return config_fail(parse->err, config, line,
		    "tls without %s; add %s = \"FILE.pem\"", tls->cert ? "key" : "cert",
		    tls->cert ? "key" : "cert");
	return 0;
}

/* The items of an opened section up to its end; of the file, profiles and rules too. */
static int parse_items(struct parse *parse, struct config_section *section)
{
	const int top = section == &parse->config->at;

	for (;;) {
		int rc;

		if (parse_next(parse))
			return -1;
		if (parse->token == (top ? '\0' : '}'))
			return 0;
		if (!parse->token)
			return config_fail(parse->err, parse->config, section->line,
			    "a section is never closed; add the missing }");
		if (parse->token != 'w')
			return config_fail(parse->err, parse->config, parse->token_line,
			    "unexpected %c; put a value that has it in quotes", parse->token);
		if (top && strcmp(parse->word, "profile") == 0)
			rc = parse_profile(parse);
		else if (top && strcmp(parse->word, "rule") == 0)
			rc = parse_rule(parse);
		else if (top && strcmp(parse->word, "target") == 0)
			rc = parse_target(parse);
		else if (top && strcmp(parse->word, "tls") == 0)
			rc = parse_tls(parse);
		else
			rc = parse_item(parse, section);
		if (rc)
			return -1;
	}
}

int config_parse_text(struct err *err, const char *text, struct config *config)
{
	struct parse parse = {
	    .err = err, .config = config, .at = text, .line = 1, .word = config->words};

	config_section_init(&config->at, config_server_keys, 1);
	return parse_items(&parse, &config->at);
}
