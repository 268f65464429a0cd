/* SPDX-License-Identifier: MIT */
/*
 * ipxe_script: reads a script by iPXE's rules and says whether it is one that a machine may run.
 * Written apart from cgi/boot, so that the two can disagree.
 *
 * Rules: a line ends at a newline, and goes on in the next one after a backslash; tokens are parted
 * by white space, double quotes group; `;` `&&` `||` act as tokens of their own only; `#` at a
 * token's start begins a comment; a line that begins with ':' is a label; ${…} is expanded after that.
 */
#ifndef TESTS_IPXE_SCRIPT_H
#define TESTS_IPXE_SCRIPT_H

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct ipxe_check {
	/*
	 * What the script would do, without what it says: each command's name, the number of its
	 * arguments (but echo's and menu's) and the operators, labels, one line a line.
	 */
	char shape[8192];
	size_t shape_len;
	char why[300]; /* "" fine */
	int guarded; /* behind "isset ${dmesg} || goto LABEL": iPXE of 2026-07 or later, up to the next label */
	int own; /* a script of ours: it may expand what it likes */
	char labels[16][32], jumps[64][32];
	int label_count, jump_count;
};

static void ipxe_fault(struct ipxe_check *check, const char *what, const char *text)
{
	if (!check->why[0])
		snprintf(check->why, sizeof(check->why), "%s: %.200s", what, text);
}

static void ipxe_shape(struct ipxe_check *check, const char *text)
{
	size_t n = strlen(text);

	if (check->shape_len + n + 2 > sizeof(check->shape)) {
		ipxe_fault(check, "too many commands", "");
		return;
	}
	memcpy(check->shape + check->shape_len, text, n + 1);
	check->shape_len += n;
}

/* One command: the tokens up to an operator. */
static void ipxe_command(struct ipxe_check *check, char token[][2600], int count)
{
	static const char *const verbs[] = {"echo", "imgfree", "kernel", "initrd", "boot",
	    "imgfetch", "goto", "isset", "set", "sleep", "iseq", "inc", "chain", "exit", "dhcp",
	    "menu", "item", "choose", "read", "shim", "ifopen"};
	static const char *const newer[] = {"params", "param"};
	char line[64];
	int known = 0;

	if (count == 0) {
		ipxe_shape(check, "nothing ");
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		known |= strcmp(token[0], verbs[i]) == 0;
	for (size_t i = 0; check->guarded == 2 && i < sizeof(newer) / sizeof(newer[0]); i++)
		known |= strcmp(token[0], newer[i]) == 0;
	if (!known)
		ipxe_fault(check, "a command", token[0]);
	if (count == 2 && strcmp(token[0], "isset") == 0 && strcmp(token[1], "${dmesg}") == 0)
		check->guarded = 1;
	else if (check->guarded == 1)
		check->guarded = strcmp(token[0], "goto") == 0 ? 2 : 0;
	if (strcmp(token[0], "goto") == 0) {
		if (count != 2 || check->jump_count == 64)
			ipxe_fault(check, "goto without its one label", "");
		else
			snprintf(check->jumps[check->jump_count++], 32, "%.31s", token[1]);
	}
	if (strcmp(token[0], "echo") == 0 || strcmp(token[0], "menu") == 0) {
		if (count > 1 && token[1][0] == '-')
			ipxe_fault(check, "echo or menu with an option", token[1]);
		snprintf(line, sizeof(line), "%.31s ", token[0]);
	} else {
		snprintf(line, sizeof(line), "%.31s/%d ", token[0], count - 1);
	}
	ipxe_shape(check, line);
	for (int i = 0; i < count; i++) {
		const char *dollar = token[i];

		while ((dollar = strstr(dollar, "${")) != NULL) {
			if (strncmp(dollar, "${dmesg}", 8) == 0 && check->guarded)
				; /* (unset in older ones, which go elsewhere) */
			else if (!check->own && strncmp(dollar, "${lw-pause}", 11) != 0 &&
				 strncmp(dollar, "${lw-choice}", 12) != 0 &&
				 strncmp(dollar, "${lw-args:hexraw}", 17) != 0)
				ipxe_fault(check, "an expansion", token[i]);
			dollar += 2;
		}
		if (check->guarded == 2 && strstr(token[i], "##params=lw"))
			*strstr(token[i], "##params=lw") = '\0';
		/* (of ${…} the loop above has seen each) */
		if (!check->own && strncmp(token[i], "http", 4) == 0 &&
		    strpbrk(
			token[i], strstr(token[i], "${lw-") ? "\"'\\<>`|;^#" : "\"'\\<>`|;^{}$#"))
			ipxe_fault(check, "an odd URL", token[i]);
	}
}

static void ipxe_line(struct ipxe_check *check, const char *line, size_t len)
{
	/* iPXE has no limit; a command line of 2,047 bytes has at most 1,024 tokens. */
	enum { TOKENS_MAX = 1100 };
	static char token[TOKENS_MAX][2600];
	int count = 0;
	size_t i = 0;

	if (len > 0 && line[0] == ':') {
		if (check->label_count < 16)
			snprintf(check->labels[check->label_count++], 32, "%.*s", (int)len - 1,
			    line + 1);
		check->guarded = 0;
		ipxe_shape(check, ":");
		ipxe_shape(check, check->labels[check->label_count - 1]);
		ipxe_shape(check, "\n");
		return;
	}
	for (;;) {
		size_t n = 0;
		int quoted = 0;

		while (i < len && isspace((unsigned char)line[i]))
			i++;
		if (i == len || line[i] == '#')
			break;
		for (; i < len && (quoted || !isspace((unsigned char)line[i])); i++) {
			if (line[i] == '"')
				quoted = !quoted;
			else if (n + 1 < sizeof(token[0]))
				token[count][n++] = line[i];
			else
				ipxe_fault(check, "an endless token", "");
		}
		token[count][n] = '\0';
		if (quoted)
			ipxe_fault(check, "an open quote at", token[count]);
		if (strcmp(token[count], "||") == 0 || strcmp(token[count], "&&") == 0 ||
		    strcmp(token[count], ";") == 0) {
			char op[8];

			snprintf(op, sizeof(op), "%.2s ", token[count]);
			ipxe_command(check, token, count);
			ipxe_shape(check, op);
			count = 0;
		} else if (++count == TOKENS_MAX) {
			ipxe_fault(check, "a command of 1100 tokens", "");
			return;
		}
	}
	if (count > 0)
		ipxe_command(check, token, count);
	ipxe_shape(check, "\n");
}

/* 0 if the script is one that may run; -1 and check->why. */
static int ipxe_script_read(struct ipxe_check *check, const char *text, size_t len, int own)
{
	memset(check, 0, sizeof(*check));
	check->own = own;
	if (len < 7 || memcmp(text, "#!ipxe\n", 7) != 0)
		ipxe_fault(check, "the first line is not #!ipxe", "");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\n' && (c < ' ' || c > '~'))
			ipxe_fault(check, "a byte that is not printable ASCII", "");
		if (c == '\\')
			ipxe_fault(check, "a backslash", "");
	}
	for (size_t start = 7; start < len && !check->why[0];) {
		const char *stop = memchr(text + start, '\n', len - start);
		size_t n = stop ? (size_t)(stop - text) - start : len - start;

		if (!stop)
			ipxe_fault(check, "the last line has no end", "");
		ipxe_line(check, text + start, n);
		start += n + 1;
	}
	for (int i = 0; i < check->jump_count; i++) {
		int found = 0;

		for (int l = 0; l < check->label_count; l++)
			found |= strcmp(check->jumps[i], check->labels[l]) == 0;
		if (!found)
			ipxe_fault(check, "goto goes nowhere", check->jumps[i]);
	}
	return check->why[0] ? -1 : 0;
}

/* The same for a script made for a stranger, with no more expansions than those that are ours. */
__attribute__((unused)) static int ipxe_script_check(
    struct ipxe_check *check, const char *text, size_t len)
{
	return ipxe_script_read(check, text, len, 0);
}

#endif
