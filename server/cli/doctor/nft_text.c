/* SPDX-License-Identifier: MIT */
/* nft_text: see nft_text.h. */
#include "nft_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NFT_NAME_MAX = 64, NFT_LINE_MAX = 512, NFT_DEPTH = 8, NFT_STEPS = 20000 };

enum verdict { VERDICT_NONE, VERDICT_ACCEPT, VERDICT_BLOCK, VERDICT_RETURN };
enum match { MATCH_NO, MATCH_MAYBE, MATCH_YES };

struct nft {
	const char *text, *protocol;
	uint16_t port;
	char *where;
	int steps; /* rules that may still be looked at: jumps can make a small ruleset long */
};

/* --- lines and words ---------------------------------------------------------------------------------- */

/* Copies the line at *at without blanks in front, and moves on. 0 at the end. */
static int nft_line(const char **at, char line[NFT_LINE_MAX])
{
	size_t len;

	if (!**at)
		return 0;
	*at += strspn(*at, " \t");
	len = strcspn(*at, "\n");
	snprintf(
	    line, NFT_LINE_MAX, "%.*s", (int)(len < NFT_LINE_MAX ? len : NFT_LINE_MAX - 1), *at);
	*at += len + ((*at)[len] == '\n');
	return 1;
}

/* Where the word stands, between blanks or the line's ends; NULL. */
static const char *nft_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = line; (at = strstr(at, word)) != NULL; at++)
		if ((at == line || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return at;
	return NULL;
}

/* The word after the one at text, cut to size. */
static void nft_next(const char *text, char *out, size_t size)
{
	text += strcspn(text, " ");
	text += strspn(text, " ");
	snprintf(out, size, "%.*s", (int)strcspn(text, " "), text);
}

/* --- does a rule match? ------------------------------------------------------------------------------- */

/* "6666", "6000-7000", "{ 67, 6666 }", "!= 22", at text. */
static enum match nft_ports(const char *text, uint16_t port)
{
	const int negated = strncmp(text, "!= ", 3) == 0;
	const char *end;
	int found = 0;

	if (negated)
		text += 3;
	end = text + (*text == '{' ? strcspn(text, "}") : strcspn(text, " "));
	if (*text == '{')
		text++;
	while (text < end && !found) {
		char *stop;
		unsigned long from, to;

		text += strspn(text, " ,");
		if (text >= end)
			break;
		if (*text < '0' || *text > '9')
			return MATCH_MAYBE; /* a named set, or a service's name */
		from = to = strtoul(text, &stop, 10);
		if (*stop == '-')
			to = strtoul(stop + 1, &stop, 10);
		found = from <= port && port <= to;
		text = stop > text ? stop : end;
		text += strcspn(text, ",}");
	}
	return found != negated ? MATCH_YES : MATCH_NO;
}

/* Removes what is no condition, and what is known: the rest is. */
static int nft_has_other(const char *line)
{
	static const char *const known[] = {"udp", "tcp", "dport", "counter", "packets", "bytes",
	    "accept", "drop", "reject", "jump", "goto", "return", "log", "prefix", "level", "limit",
	    "rate", "comment", "meta", "l4proto", "th", "ct", "state", "new", "with", "icmp",
	    "icmpx", "type", "port-unreachable", "admin-prohibited", "burst", "over", "flags",
	    "all", "nftrace", "set", "ip", "protocol", "tcp-reset", "reset"};
	const char *at = line;

	while (*at) {
		size_t len = strcspn(at, " ");
		int is_known = *at == '{' || *at == '}' || *at == '"' || *at == '#' ||
			       (*at >= '0' && *at <= '9') || *at == '!';

		if (*at == '"') /* (a text of several words) */
			len = 1 + strcspn(at + 1, "\"") + 1;
		if (*at == '{')
			len = strcspn(at, "}") + 1;
		for (size_t i = 0; !is_known && i < sizeof(known) / sizeof(known[0]); i++)
			is_known = strlen(known[i]) == len && strncmp(at, known[i], len) == 0;
		if (!is_known) {
			/* (the chain's name after a jump) */
			const char *jump = nft_word(line, "jump");

			jump = jump ? jump : nft_word(line, "goto");
			if (!jump || at != jump + 5)
				return 1;
		}
		at += len < strlen(at) ? len : strlen(at);
		at += strspn(at, " ");
	}
	return 0;
}

static enum match nft_matches(const struct nft *nft, const char *line)
{
	static const char *const others[] = {
	    "udp", "tcp", "icmp", "icmpv6", "ipv6-icmp", "igmp", "esp", "ah", "sctp"};
	const char *dport = nft_word(line, "dport"), *state = nft_word(line, "state");
	const char *l4proto = nft_word(line, "l4proto");
	enum match match = MATCH_YES;
	char word[NFT_NAME_MAX];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], nft->protocol) != 0 &&
		    strncmp(line, others[i], strlen(others[i])) == 0 &&
		    line[strlen(others[i])] == ' ')
			return MATCH_NO;
	if (l4proto || nft_word(line, "protocol")) {
		nft_next(l4proto ? l4proto : nft_word(line, "protocol"), word, sizeof(word));
		if (word[0] != '{' && strcmp(word, nft->protocol) != 0 && word[0] != '!')
			return MATCH_NO;
		if (word[0] == '{' || word[0] == '!')
			match = MATCH_MAYBE;
	}
	if (nft_word(line, "ct") && state) {
		nft_next(state, word, sizeof(word));
		if (!strstr(word, "new") && word[0] != '{' && word[0] != '!')
			return MATCH_NO;
	}
	if ((nft_word(line, "iif") || nft_word(line, "iifname")) && strstr(line, "\"lo\"") &&
	    !strstr(line, "!= \"lo\""))
		return MATCH_NO;
	if (dport) {
		enum match ports = nft_ports(dport + strlen("dport "), nft->port);

		if (ports == MATCH_NO)
			return MATCH_NO;
		match = ports < match ? ports : match;
	}
	return nft_has_other(line) ? MATCH_MAYBE : match;
}

/* --- chains ------------------------------------------------------------------------------------------- */

static enum verdict nft_chain(struct nft *nft, const char *table, const char *name, int depth);

static enum verdict nft_jump(
    struct nft *nft, const char *table, const char *jump, int depth, enum match match)
{
	char name[NFT_NAME_MAX];
	enum verdict verdict;

	nft_next(jump, name, sizeof(name));
	if (depth == 0)
		return VERDICT_ACCEPT; /* not followed: nothing certain */
	verdict = nft_chain(nft, table, name, depth - 1);
	if (verdict == VERDICT_RETURN || (verdict == VERDICT_BLOCK && match == MATCH_MAYBE))
		return VERDICT_NONE;
	return verdict;
}

static enum verdict nft_rule(
    struct nft *nft, const char *table, const char *chain, const char *line, int depth)
{
	const enum match match = nft_matches(nft, line);
	const char *jump = nft_word(line, "jump");

	if (match == MATCH_NO)
		return VERDICT_NONE;
	if (!jump)
		jump = nft_word(line, "goto");
	if (jump)
		return nft_jump(nft, table, jump, depth, match);
	if (nft_word(line, "accept") || nft_word(line, "queue"))
		return VERDICT_ACCEPT;
	if (nft_word(line, "return"))
		return match == MATCH_YES ? VERDICT_RETURN : VERDICT_NONE;
	if ((!nft_word(line, "drop") && !nft_word(line, "reject")) || match != MATCH_YES ||
	    nft_word(line, "limit"))
		return VERDICT_NONE;
	snprintf(nft->where, NFT_WHERE_MAX, "%.60s %.40s: %.90s", table, chain, line);
	return VERDICT_BLOCK;
}

/* The text after "chain NAME {" of the table; NULL. */
static const char *nft_find(const struct nft *nft, const char *table, const char *name)
{
	char line[NFT_LINE_MAX], head[NFT_LINE_MAX];
	const char *at = nft->text;
	int inside = 0;

	while (nft_line(&at, line)) {
		if (strncmp(line, "table ", 6) == 0) {
			snprintf(head, sizeof(head), "table %s {", table);
			inside = strcmp(line, head) == 0;
		}
		snprintf(head, sizeof(head), "chain %s {", name);
		if (inside && strcmp(line, head) == 0)
			return at;
	}
	return NULL;
}

static enum verdict nft_chain(struct nft *nft, const char *table, const char *name, int depth)
{
	const char *at = nft_find(nft, table, name), *policy;
	enum verdict verdict = VERDICT_NONE;
	char line[NFT_LINE_MAX];
	int drops = 0;

	while (at && verdict == VERDICT_NONE && nft_line(&at, line) && strcmp(line, "}") != 0) {
		if (nft->steps-- <= 0)
			return VERDICT_ACCEPT;
		policy = strstr(line, "policy drop");
		if (strncmp(line, "type ", 5) == 0)
			drops = policy != NULL;
		else
			verdict = nft_rule(nft, table, name, line, depth);
	}
	if ((verdict == VERDICT_NONE || verdict == VERDICT_RETURN) && drops) {
		snprintf(nft->where, NFT_WHERE_MAX,
		    "%.60s %.40s: policy drop, and no rule accepts it", table, name);
		return VERDICT_BLOCK;
	}
	return verdict;
}

int nft_blocks(const char *ruleset, const char *protocol, uint16_t port, char where[NFT_WHERE_MAX])
{
	struct nft nft = {.text = ruleset,
	    .protocol = protocol,
	    .port = port,
	    .where = where,
	    .steps = NFT_STEPS};
	char line[NFT_LINE_MAX], table[NFT_NAME_MAX] = "", chain[NFT_NAME_MAX] = "";
	const char *at = ruleset;

	where[0] = '\0';
	while (nft_line(&at, line)) {
		if (strncmp(line, "table ", 6) == 0) {
			size_t len = strcspn(line + 6, "{");

			snprintf(
			    table, sizeof(table), "%.*s", (int)(len > 0 ? len - 1 : 0), line + 6);
		} else if (strncmp(line, "chain ", 6) == 0) {
			nft_next(line, chain, sizeof(chain));
		} else if (strncmp(line, "type filter hook input ", 23) == 0 &&
			   (strncmp(table, "ip6 ", 4) != 0) &&
			   nft_chain(&nft, table, chain, NFT_DEPTH) == VERDICT_BLOCK) {
			return 1;
		}
	}
	return 0;
}
