/* SPDX-License-Identifier: MIT */
/* command_line: the booted kernel's command line; see command_line.h. Pure. */
#include "command_line.h"

#include <stdio.h>
#include <string.h>

/* What one ${…} may become beyond its own length (an IPv4 address for "${ip}"). */
enum { EXPANSION_SPARE = 16 };

struct line {
	char *buf;
	size_t len, spare;
	int overflow;
	int arm; /* rdinit= is ours to place */
};

/* Which of the OS's own arguments: rdinit= alone, those before "--", those from "--" on. */
enum line_part { LINE_RDINIT, LINE_BEFORE, LINE_AFTER };

static void line_add(struct line *line, const char *prefix, const char *text, size_t len)
{
	size_t prefix_len = strlen(prefix);
	size_t need = prefix_len + len + (line->len > 0);

	if (line->overflow || line->len + line->spare + need >= COMMAND_LINE_MAX) {
		line->overflow = 1;
		return;
	}
	if (line->len > 0)
		line->buf[line->len++] = ' ';
	memcpy(line->buf + line->len, prefix, prefix_len);
	memcpy(line->buf + line->len + prefix_len, text, len);
	line->len += prefix_len + len;
	line->buf[line->len] = '\0';
}

/* The next token of *text (len bytes); NULL at the end. */
static const char *line_token(const char **text, size_t *len)
{
	const char *start = *text + strspn(*text, " \t\r\n");

	*len = strcspn(start, " \t\r\n");
	*text = start + *len;
	return *len ? start : NULL;
}

static int line_is_rdinit(const char *token, size_t len)
{
	return len >= 7 && memcmp(token, "rdinit=", 7) == 0;
}

/* Adds the tokens of one part of args. A "--" that both the profile and the override have is written
 * once. */
static void line_add_args(struct line *line, const char *args, enum line_part part, int *dashes)
{
	int after = 0;
	size_t len;

	for (const char *token; (token = line_token(&args, &len)) != NULL;) {
		enum line_part is = after ? LINE_AFTER : LINE_BEFORE;

		if (!after && len == 2 && memcmp(token, "--", 2) == 0) {
			after = 1;
			if (part != LINE_AFTER || (*dashes)++)
				continue;
			is = LINE_AFTER;
		} else if (!after && line->arm && line_is_rdinit(token, len)) {
			is = LINE_RDINIT;
		}
		if (is != part)
			continue;
		for (size_t i = 0; i + 1 < len; i++)
			if (token[i] == '$' && token[i + 1] == '{')
				line->spare += EXPANSION_SPARE;
		line_add(line, "", token, len);
	}
}

int command_line_build(struct err *err, const struct command_line *in, char out[COMMAND_LINE_MAX])
{
	struct line line = {.buf = out, .arm = in->arm};
	const char *sizes = in->crashkernel;
	int dashes = 0;
	char panic[16];
	size_t len;

	out[0] = '\0';
	if (in->initrds[0])
		line_add(&line, "", in->initrds, strlen(in->initrds));
	if (in->arm) {
		line_add_args(&line, in->args, LINE_RDINIT, &dashes);
		line_add_args(&line, in->more, LINE_RDINIT, &dashes);
		line_add(&line, "rdinit=", "/lastwords/arm", strlen("/lastwords/arm"));
	}
	if (in->session)
		line_add(&line, "lastwords.session=", in->session, strlen(in->session));
	line_add_args(&line, in->args, LINE_BEFORE, &dashes);
	line_add_args(&line, in->more, LINE_BEFORE, &dashes);
	if (in->switches && in->switches[0])
		line_add(&line, "", in->switches, strlen(in->switches));
	if (in->console[0])
		line_add(&line, "console=", in->console, strlen(in->console));
	for (const char *size; (size = line_token(&sizes, &len)) != NULL;)
		line_add(&line, "crashkernel=", size, len);
	if (in->arm) {
		snprintf(panic, sizeof(panic), "%d", in->panic);
		line_add(&line, "oops=panic panic=", panic, strlen(panic));
	}
	line_add_args(&line, in->args, LINE_AFTER, &dashes);
	line_add_args(&line, in->more, LINE_AFTER, &dashes);
	if (line.overflow)
		return err_set(err,
		    "the kernel's command line would be longer than its limit of %d bytes; "
		    "shorten args",
		    COMMAND_LINE_MAX - 1);
	return 0;
}

static int is_token(const char *token, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(token, text, len) == 0;
}

/* ${[netX/]NAME[:TYPE]} of which no stranger chooses the text. len is without "${" and "}". */
static int is_setting(const char *name, size_t len)
{
	static const char *const names[] = {
	    "ip", "netmask", "gateway", "next-server", "mac", "buildarch", "platform"};
	const char *slash = memchr(name, '/', len);
	const char *colon;

	if (slash) {
		if (slash - name < 4 || memcmp(name, "net", 3) != 0)
			return 0;
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	colon = memchr(name, ':', len);
	if (colon) {
		size_t n = len - (size_t)(colon + 1 - name);

		if (!is_token(colon + 1, n, "hexhyp") && !is_token(colon + 1, n, "hexraw") &&
		    !is_token(colon + 1, n, "hex") && !is_token(colon + 1, n, "ipv4"))
			return 0;
		len = (size_t)(colon - name);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_token(name, len, names[i]))
			return 1;
	return 0;
}

static int token_ok(struct err *err, const char *token, size_t len)
{
	int show = (int)(len < 80 ? len : 80);

	if (is_token(token, len, ";") || is_token(token, len, "&&") || is_token(token, len, "||"))
		return err_set(err, "\"%.*s\" would end iPXE's command; remove it", show, token);
	if (token[0] == '#')
		return err_set(
		    err, "\"%.*s\" would be a comment to iPXE; remove the #", show, token);
	if (token[len - 1] == '\\')
		return err_set(
		    err, "\"%.*s\": iPXE joins lines at a backslash; remove it", show, token);
	for (size_t i = 0; i + 1 < len; i++) {
		const char *stop;

		if (token[i] != '$' || token[i + 1] != '{')
			continue;
		stop = memchr(token + i, '}', len - i);
		if (!stop || !is_setting(token + i + 2, (size_t)(stop - token) - i - 2))
			return err_set(err,
			    "\"%.*s\": of iPXE's settings only addresses and MACs may be used, "
			    "as in ${netX/mac:hexhyp}",
			    show, token);
	}
	return 0;
}

int command_line_args_ok(struct err *err, const char *args)
{
	size_t len;

	for (size_t i = 0; args[i]; i++) {
		unsigned char c = (unsigned char)args[i];

		if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c > '~')
			return err_set(err, "byte 0x%02x: only printable ASCII may stand in it", c);
		if (c == '"')
			return err_set(err, "a double quote does not get through iPXE; write the "
					    "argument without one");
	}
	for (const char *token; (token = line_token(&args, &len)) != NULL;)
		if (token_ok(err, token, len))
			return -1;
	return 0;
}
