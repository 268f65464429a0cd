/* SPDX-License-Identifier: MIT */
/*
 * file: lastwords.conf by libconfuse; see file.h.
 *
 * libconfuse stops at the first error and leaves the rest unread, so the first error is the only
 * one, and it is always reported: the whole file is refused. Each key's line is kept as its
 * libconfuse annotation (comment), since libconfuse itself remembers none.
 */
#include "file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "value.h"

struct key {
	const char *name, *fallback;
	enum config_kind kind;
};

static const struct key top_keys[] = {
    {"listen", "0.0.0.0:8080", KIND_ADDRESS},
    {"netconsole", "0.0.0.0:6666", KIND_ADDRESS},
    {"url", "", KIND_URL},
    {"url2", "", KIND_SERVER},
    {"url3", "", KIND_SERVER},
    {"state", "/var/lib/lastwords", KIND_TEXT},
    {"images", "", KIND_TEXT},
    {"firmware", "", KIND_TEXT},
    {"upload_max", "64M", KIND_SIZE},
    {"keep_days", "0", KIND_DAYS},
    {"keep_days_crash", "0", KIND_DAYS},
    {"keep_size", "0", KIND_LIMIT},
    {"keep_size_machine", "0", KIND_LIMIT},
    {"disk_floor", "auto", KIND_FLOOR},
    {"unknown", "wait", KIND_NAME},
    {"forward", "", KIND_FORWARD},
    {"hook", "", KIND_TEXT},
    {"hook_timeout", "60", KIND_TIMEOUT},
    {"hook_wait", "60", KIND_PANIC},
    {"fallback", "", KIND_NAME},
    {"loop_boots", "5", KIND_COUNT},
    {"loop_minutes", "30", KIND_COUNT},
    {"shed_after", "10", KIND_PAUSE},
};
static const struct key profile_keys[] = {
    {"from", NULL, KIND_NAME},
    {"image", NULL, KIND_NAME},
    {"args", "", KIND_ARGS},
    {"console", "", KIND_CONSOLE},
    {"netconsole", "extended", KIND_FORMAT},
    {"netconsole_target", "", KIND_TARGET},
    {"netconsole_early", "false", KIND_BOOL},
    {"netconsole_device", "eth0", KIND_DEVICE},
    {"netconsole_mac", "", KIND_MAC},
    {"capture", "stock", KIND_NAME},
    {"crashkernel", "", KIND_CRASHKERNEL},
    {"panic", "10", KIND_PANIC},
    {"after", "reboot", KIND_AFTER},
    {"deadline", "300", KIND_DEADLINE},
    {"pstore", "on", KIND_SWITCH},
    {"stay_armed", "on", KIND_SWITCH},
    {"log_buf_len", "", KIND_BUFFER},
    {"timestamps", "off", KIND_SWITCH},
    {"backtraces", "off", KIND_SWITCH},
    {"bmc", "off", KIND_SWITCH},
    {"vlan", "0", KIND_VLAN},
    {"menu", "false", KIND_BOOL},
    {"menu_timeout", "20", KIND_PAUSE},
    {"loader", "ipxe", KIND_LOADER},
};
static const struct key rule_keys[] = {
    {"product", NULL, KIND_TEXT},
    {"manufacturer", NULL, KIND_TEXT},
    {"serial", NULL, KIND_TEXT},
    {"asset", NULL, KIND_TEXT},
    {"uuid", NULL, KIND_TEXT},
    {"mac", NULL, KIND_TEXT},
    {"arch", NULL, KIND_TEXT},
    {"platform", NULL, KIND_TEXT},
    {"client", NULL, KIND_CLIENT},
    {"profile", NULL, KIND_NAME},
};
#define COUNT(keys) (sizeof(keys) / sizeof((keys)[0]))

/* libconfuse's callbacks take no argument of ours. Set during config_file_parse only. */
static struct parse {
	struct err *err;
	const char *path;
	int failed;
} * parse;

static void file_fail(int line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void file_fail(int line, const char *fmt, ...)
{
	va_list ap;

	if (parse->failed)
		return;
	parse->failed = 1;
	va_start(ap, fmt);
	vsnprintf(parse->err->msg, sizeof(parse->err->msg), fmt, ap);
	va_end(ap);
	err_prefix(parse->err, "%s:%d", parse->path, line);
}

static void file_known(const cfg_t *cfg, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (const cfg_opt_t *opt = cfg->opts; opt && opt->name && len < size; opt++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", opt->name);
}

/* libconfuse's own complaints, in our words where they need a mend. */
static void file_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char msg[200], known[400];

	vsnprintf(msg, sizeof(msg), fmt, ap);
	if (strncmp(fmt, "no such option", 14) == 0) {
		file_known(cfg, known, sizeof(known));
		file_fail(cfg->line, "%s; it must be one of: %s", msg, known);
	} else if (strncmp(fmt, "found duplicate title", 21) == 0) {
		file_fail(cfg->line, "%s; give each profile a name of its own", msg);
	} else {
		file_fail(cfg->line, "%s; the form is KEY = \"VALUE\", see lastwords.conf(5)", msg);
	}
}

static const struct key *file_key(const cfg_t *section, const char *name)
{
	const struct key *keys = top_keys;
	size_t count = COUNT(top_keys);

	if (strcmp(section->name, "profile") == 0) {
		keys = profile_keys;
		count = COUNT(profile_keys);
	} else if (strcmp(section->name, "rule") == 0) {
		keys = rule_keys;
		count = COUNT(rule_keys);
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* Called by libconfuse for each key as it is read, so cfg->line is the key's own. */
static int file_validate(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct key *key = file_key(cfg, opt->name);
	const char *value = cfg_opt_getstr(opt);
	char line[16];
	struct err err;

	if (opt->comment) {
		file_fail(cfg->line, "%s: given twice, first in line %s; remove one", opt->name,
		    opt->comment);
		return -1;
	}
	snprintf(line, sizeof(line), "%d", cfg->line);
	cfg_opt_setcomment(opt, line);
	if (key && value && config_value_ok(&err, key->kind, value)) {
		file_fail(cfg->line, "%s: %s", opt->name, err.msg);
		return -1;
	}
	return 0;
}

static int file_validate_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	int line = config_file_first_line(section);
	const char *title = cfg_title(section);

	(void)cfg;
	if (strcmp(opt->name, "profile") == 0) {
		if (!title || !profile_name_ok(title)) {
			file_fail(line,
			    "profile \"%.40s\": not a name; use at most %d of a-z 0-9 _ - .",
			    title ? title : "", PROFILE_NAME_MAX);
			return -1;
		}
		if (strcmp(title, "wait") == 0 || strcmp(title, "exit") == 0) {
			file_fail(line, "profile \"%s\": the name is taken; choose another", title);
			return -1;
		}
	} else if (!cfg_getstr(section, "profile")) {
		file_fail(line, "rule without a profile; add profile = \"NAME\"");
		return -1;
	}
	return 0;
}

/* Blanks from c to before end, leaving newlines. */
static void file_blank(char *c, const char *end)
{
	for (; c < end; c++)
		if (*c != '\n')
			*c = ' ';
}

/* The end of the comment that begins at c (behind it), or NULL if none begins here. */
static char *file_comment(const char *text, char *c)
{
	char *end;

	if (c > text && !strchr(" \t\r\n={}(),", c[-1]))
		return NULL; /* http://… */
	if (*c == '#' || (c[0] == '/' && c[1] == '/'))
		return c + strcspn(c, "\n");
	if (c[0] != '/' || c[1] != '*')
		return NULL;
	end = strstr(c + 2, "*/");
	return end ? end + 2 : c + strlen(c);
}

/*
 * Looks at the text before libconfuse does, for what it would do silently: ${ outside single quotes
 * (it puts the environment there: in a CGI, a stranger's query), a section that is never closed.
 * Blanks the comments, in which libconfuse loses count of the lines. 0, or -1 after file_fail.
 */
static int file_scan(char *text)
{
	int line = 1, depth = 0, opened = 0, quoted = 0;
	char quote = 0;

	for (char *c = text; *c; c++) {
		char *end = quote ? NULL : file_comment(text, c);

		if (end) {
			file_blank(c, end);
			for (; c < end - 1; c++)
				line += *c == '\n';
			continue;
		}
		if (*c == '\\' && quote && c[1]) {
			c++;
		} else if (c[0] == '$' && c[1] == '{' && quote != '\'') {
			file_fail(line,
			    "${…} would be taken from the server's environment; put the "
			    "value in single quotes if iPXE is to expand it");
			return -1;
		} else if (quote) {
			quote = *c == quote ? 0 : quote;
		} else if (*c == '"' || *c == '\'') {
			quote = *c;
			quoted = line;
		} else if (*c == '}') {
			depth--;
		} else if (*c == '{' && depth++ == 0) {
			opened = line;
		}
		line += *c == '\n';
	}
	if (quote || depth > 0)
		file_fail(quote ? quoted : opened,
		    "what begins here is never closed; add the missing %s",
		    quote == '"' ? "\""
		    : quote      ? "'"
				 : "}");
	return quote || depth > 0 ? -1 : 0;
}

/* What is not given in section is taken from its parent's, with its line, negated. */
static int file_take_over(cfg_t *section, cfg_t *parent)
{
	char line[16];

	for (size_t i = 0; i < COUNT(profile_keys); i++) {
		const char *name = profile_keys[i].name;
		cfg_opt_t *opt = cfg_getopt(section, name);
		int from = config_file_line(parent, name, 0);

		if (strcmp(name, "from") == 0 || !opt || opt->comment || !from)
			continue;
		snprintf(line, sizeof(line), "-%d", from);
		if (cfg_setstr(section, name, cfg_getstr(parent, name)) != CFG_SUCCESS ||
		    cfg_opt_setcomment(opt, line) != CFG_SUCCESS)
			return -1;
	}
	return 0;
}

/*
 * from = "PARENT". Grandparents first: each round settles the profiles whose parent is settled; a
 * round that settles none has found a circle. done has a place for each profile. 0, or -1 after
 * file_fail.
 */
static int file_inherit(cfg_t *cfg, char *done)
{
	unsigned int count = cfg_size(cfg, "profile"), left = count, before = count + 1;

	while (left > 0 && left < before) {
		before = left;
		for (unsigned int i = 0; i < count; i++) {
			cfg_t *section = cfg_getnsec(cfg, "profile", i);
			const char *from = cfg_getstr(section, "from");
			unsigned int p = 0;

			while (from && p < count &&
			       strcmp(cfg_title(cfg_getnsec(cfg, "profile", p)), from) != 0)
				p++;
			if (from && p == count) {
				file_fail(config_file_line(section, "from", 1),
				    "profile %s: from = \"%.40s\" is not defined; add profile "
				    "%.40s { … }",
				    cfg_title(section), from, from);
				return -1;
			}
			if (done[i] || (from && !done[p]))
				continue;
			if (from && file_take_over(section, cfg_getnsec(cfg, "profile", p)))
				return -1;
			done[i] = 1;
			left--;
		}
	}
	for (unsigned int i = 0; left > 0 && i < count; i++) {
		cfg_t *section = cfg_getnsec(cfg, "profile", i);

		if (done[i])
			continue;
		file_fail(config_file_line(section, "from", 1),
		    "profile %s: from = \"%s\" leads round in a circle; remove one from",
		    cfg_title(section), cfg_getstr(section, "from"));
		return -1;
	}
	return 0;
}

static size_t file_options(const struct key *keys, size_t count, cfg_opt_t *opts)
{
	for (size_t i = 0; i < count; i++) {
		cfg_opt_t opt =
		    CFG_STR(keys[i].name, (char *)(uintptr_t)keys[i].fallback, CFGF_NONE);

		opts[i] = opt;
	}
	return count;
}

cfg_t *config_file_parse(struct err *err, const char *path, char *text)
{
	struct parse mine = {.err = err, .path = path};
	const cfg_opt_t end = CFG_END();
	cfg_opt_t profile[COUNT(profile_keys) + 1], rule[COUNT(rule_keys) + 1];
	cfg_opt_t top[COUNT(top_keys) + 3];
	const cfg_opt_t profile_section =
	    CFG_SEC("profile", profile, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	const cfg_opt_t rule_section = CFG_SEC("rule", rule, CFGF_MULTI);
	char name[64], *done;
	size_t n;
	cfg_t *cfg;

	profile[file_options(profile_keys, COUNT(profile_keys), profile)] = end;
	rule[file_options(rule_keys, COUNT(rule_keys), rule)] = end;
	n = file_options(top_keys, COUNT(top_keys), top);
	top[n++] = profile_section;
	top[n++] = rule_section;
	top[n] = end;

	parse = &mine;
	cfg = cfg_init(top, CFGF_NONE);
	if (!cfg) {
		parse = NULL;
		err_set(err, "%s: out of memory", path);
		return NULL;
	}
	cfg_set_error_function(cfg, file_error);
	for (size_t i = 0; i < COUNT(top_keys); i++)
		cfg_set_validate_func(cfg, top_keys[i].name, file_validate);
	for (size_t i = 0; i < COUNT(profile_keys); i++) {
		snprintf(name, sizeof(name), "profile|%s", profile_keys[i].name);
		cfg_set_validate_func(cfg, name, file_validate);
	}
	for (size_t i = 0; i < COUNT(rule_keys); i++) {
		snprintf(name, sizeof(name), "rule|%s", rule_keys[i].name);
		cfg_set_validate_func(cfg, name, file_validate);
	}
	cfg_set_validate_func(cfg, "profile", file_validate_section);
	cfg_set_validate_func(cfg, "rule", file_validate_section);

	if (file_scan(text) || cfg_parse_buf(cfg, text) != CFG_SUCCESS) {
		file_fail(cfg->line, "cannot be read as a configuration; see lastwords.conf(5)");
		cfg_free(cfg);
		cfg = NULL;
	}
	done = cfg ? calloc(cfg_size(cfg, "profile") + 1, 1) : NULL;
	if (cfg && (!done || file_inherit(cfg, done))) {
		file_fail(1, "out of memory");
		cfg_free(cfg);
		cfg = NULL;
	}
	free(done);
	parse = NULL;
	return cfg;
}

int config_file_line(cfg_t *section, const char *key, int otherwise)
{
	const cfg_opt_t *opt = cfg_getopt(section, key);

	/* inherited: negative, file_take_over */
	return opt && opt->comment ? abs((int)strtol(opt->comment, NULL, 10)) : otherwise;
}

int config_file_first_line(cfg_t *section)
{
	int first = section->line;

	for (const cfg_opt_t *opt = section->opts; opt && opt->name; opt++) {
		int line = opt->comment ? (int)strtol(opt->comment, NULL, 10) : 0;

		if (line > 0 && line < first)
			first = line;
	}
	return first;
}
