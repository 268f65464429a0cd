/* SPDX-License-Identifier: MIT */
/*
 * config_file: lastwords.conf by libconfuse; see config_file.h.
 *
 * libconfuse stops at the first error and leaves the rest unread, so the first error is the only
 * one, and it is always reported: the whole file is refused. Each key's line is kept as its
 * libconfuse annotation (comment), since libconfuse itself remembers none.
 */
#include "config_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "config.h"
#include "num.h"

enum kind {
	KIND_TEXT,
	KIND_ADDRESS,
	KIND_URL,
	KIND_SERVER,
	KIND_SIZE,
	KIND_NAME,
	KIND_ARGS,
	KIND_CONSOLE,
	KIND_TARGET,
	KIND_CRASHKERNEL,
	KIND_FORMAT,
	KIND_AFTER,
	KIND_LOADER,
	KIND_PANIC,
	KIND_TIMEOUT,
	KIND_FORWARD,
	KIND_DEADLINE,
	KIND_CLIENT,
	KIND_BUFFER,
	KIND_SWITCH,
	KIND_VLAN,
	KIND_DEVICE,
	KIND_MAC,
	KIND_BOOL,
	KIND_COUNT,
	KIND_DAYS,
	KIND_LIMIT,
	KIND_FLOOR,
	KIND_PAUSE
};

struct key {
	const char *name, *fallback;
	enum kind kind;
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

static int value_url(struct err *err, const char *value)
{
	char host[CONFIG_HOST_MAX + 1], authority[CONFIG_HOST_MAX + 16];
	const char *rest = value;
	uint16_t port;
	size_t len;

	if (!value[0])
		return 0;
	if (strncmp(value, "http://", 7) == 0)
		rest += 7;
	else if (strncmp(value, "https://", 8) == 0)
		rest += 8;
	else
		return err_set(err, "must begin with http:// or https://");
	len = strcspn(rest, "/");
	if (len == 0 || len >= sizeof(authority))
		return err_set(err, "needs a host, as in http://10.0.0.1:8080/");
	memcpy(authority, rest, len);
	authority[len] = '\0';
	if (config_split_address(err, authority, host, &port))
		return -1;
	rest += len;
	if (strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~-") !=
	    strlen(rest))
		return err_set(err, "its path may only have letters, digits and /._~-");
	return strlen(value) > 500 ? err_set(err, "too long; at most 500 bytes") : 0;
}

/* Machines boot, call and send netconsole over IPv4. */
static int value_boot_url(struct err *err, const char *value)
{
	const char *host = strstr(value, "://");

	if (value_url(err, value))
		return -1;
	if (host && host[3] == '[')
		return err_set(err, "machines boot over IPv4; give an IPv4 address here, an IPv6 "
				    "one as url2 or url3");
	return 0;
}

static int value_address(struct err *err, const char *value, int host_only_numeric)
{
	char host[CONFIG_HOST_MAX + 1];
	uint16_t port = 0;

	if (config_split_address(err, value, host, &port))
		return -1;
	if (!port)
		return err_set(err, "needs a port, as in \"10.77.0.1:6666\"");
	if (host_only_numeric && strspn(host, "0123456789abcdefABCDEF:.") != strlen(host))
		return err_set(err, "needs a numeric address, as in \"10.77.0.1:6666\"");
	return 0;
}

static int value_forward(struct err *err, const char *value)
{
	char host[CONFIG_HOST_MAX + 1];
	uint16_t port;

	if (!value[0])
		return 0;
	if (strncmp(value, "udp://", 6) != 0 && strncmp(value, "tcp://", 6) != 0)
		return err_set(err,
		    "\"%.40s\" begins with neither udp:// nor tcp://, as in udp://10.77.0.9:514",
		    value);
	return config_split_address(err, value + 6, host, &port);
}

/* A crashed machine resolves no names. */
static int value_server(struct err *err, const char *value)
{
	const char *host = strstr(value, "://");
	size_t len;

	if (!value[0])
		return 0;
	if (value_url(err, value))
		return -1;
	host += 3;
	len = host[0] == '[' ? strcspn(host, "]") : strspn(host, "0123456789.");
	if (host[len] && host[len] != ']' && host[len] != ':' && host[len] != '/')
		return err_set(err, "needs a numeric address, as in http://10.77.0.2:8080");
	return 0;
}

static int value_among(
    struct err *err, const char *value, const char *a, const char *b, const char *c)
{
	if (strcmp(value, a) == 0 || strcmp(value, b) == 0 || strcmp(value, c) == 0)
		return 0;
	return err_set(err, "\"%.40s\"; it must be %s, %s or %s", value, a, b, c);
}

static int value_charset(struct err *err, const char *value, const char *more, const char *mend)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (const char *c = value; *c; c++)
		if (!strchr(letters, *c) && !strchr(more, *c))
			return err_set(err, "\"%.60s\"; %s", value, mend);
	return strlen(value) > 120 ? err_set(err, "too long; at most 120 bytes") : 0;
}

/* The kernel takes what it likes and says nothing: 64 kB to 1 GB (it rounds up to a power of two). */
static int value_buffer(struct err *err, const char *value)
{
	uint64_t size;

	if (!value[0])
		return 0;
	if (num_size(err, "size", value, strlen(value), &size))
		return err_set(err, "\"%.40s\" is not a size; write it as 4M", value);
	if (size < 65536 || size > (1 << 30))
		return err_set(err, "\"%.40s\"; it must be from 64K to 1G", value);
	return 0;
}

static int value_ok(struct err *err, const struct key *key, const char *value)
{
	uint64_t size;
	uint8_t mac[6];
	int number;

	switch (key->kind) {
	case KIND_TEXT:
		return value[0] ? 0 : err_set(err, "empty; give a value or remove the line");
	case KIND_ADDRESS:
		return value_address(err, value, 0);
	case KIND_URL:
		return value_boot_url(err, value);
	case KIND_SERVER:
		return value_server(err, value);
	case KIND_SIZE:
		if (num_size(err, "size", value, strlen(value), &size))
			return err_set(err, "\"%.40s\" is not a size; write it as 64M", value);
		return size ? 0 : err_set(err, "0 would refuse every upload; write it as 64M");
	case KIND_NAME:
		return profile_name_ok(value) ? 0
					      : err_set(err,
						    "\"%.40s\" is not a name; use at most %d of "
						    "a-z 0-9 _ - .",
						    value, PROFILE_NAME_MAX);
	case KIND_ARGS:
		return command_line_args_ok(err, value);
	case KIND_CONSOLE:
		return value_charset(err, value, ",:._/-",
		    "one console as in \"ttyS0,115200n8\"; put further console= into args");
	case KIND_TARGET:
		if (value[0] == '[')
			return err_set(
			    err, "netconsole is sent over IPv4, as to \"10.77.0.1:6666\"");
		return value[0] ? value_address(err, value, 1) : 0;
	case KIND_CRASHKERNEL:
		if (value[0] && !(value[0] >= '0' && value[0] <= '9'))
			return err_set(err, "\"%.40s\" is not a size; write it as 192M", value);
		return value_charset(err, value, ":,@-", "not a size; write it as 192M");
	case KIND_FORMAT:
		return value_among(err, value, "extended", "basic", "off");
	case KIND_AFTER:
		return value_among(err, value, "reboot", "halt", "shell");
	case KIND_LOADER:
		if (strcmp(value, "ipxe") == 0 || strcmp(value, "pxelinux") == 0)
			return 0;
		return err_set(err, "\"%.40s\"; it must be ipxe or pxelinux", value);
	case KIND_PANIC:
		return num_int(err, "seconds", value, 0, 86400, &number);
	case KIND_FORWARD:
		return value_forward(err, value);
	case KIND_TIMEOUT:
		return num_int(err, "seconds", value, 1, 3600, &number);
	case KIND_DEADLINE:
		return num_int(err, "seconds", value, 10, 86400, &number);
	case KIND_BOOL:
		if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
			return 0;
		return err_set(err, "\"%.40s\"; it must be true or false", value);
	case KIND_COUNT:
		return num_int(err, "number", value, 1, 60, &number);
	case KIND_DAYS:
		return num_int(err, "days", value, 0, 36500, &number);
	case KIND_FLOOR:
		if (strcmp(value, "auto") == 0)
			return 0;
		/* fall through */
	case KIND_LIMIT:
		if (num_size(err, "size", value, strlen(value), &size))
			return err_set(
			    err, "\"%.40s\" is not a size; write it as 20G, or 0 for none", value);
		return 0;
	case KIND_PAUSE:
		return num_int(err, "seconds", value, 0, 3600, &number);
	case KIND_CLIENT:
		return config_subnet_ok(err, value);
	case KIND_BUFFER:
		return value_buffer(err, value);
	case KIND_SWITCH:
		if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
			return 0;
		return err_set(err, "\"%.40s\"; it must be on or off", value);
	case KIND_VLAN:
		return num_int(err, "a VLAN's id", value, 0, 4094, &number);
	case KIND_DEVICE:
		if (value[0] && strlen(value) < 16 &&
		    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "._-") == strlen(value))
			return 0;
		return err_set(err, "\"%.40s\" is not a network card's name, such as eth0", value);
	case KIND_MAC:
		if (!value[0] || strcmp(value, "broadcast") == 0)
			return 0;
		return mac_parse(err, value, mac);
	}
	return 0;
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
	if (key && value && value_ok(&err, key, value)) {
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
