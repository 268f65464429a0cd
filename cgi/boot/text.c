/* SPDX-License-Identifier: MIT */
/* text: what of a request may stand in a script; see text.h. Pure. */
#include "text.h"

#include <stdio.h>
#include <string.h>

void text_harmless(struct reply *reply, const char *text, size_t max)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789 .,:_/()+@=-";
	char out[512];
	size_t n = 0;

	for (; text[n] && n < max && n < sizeof(out) - 1; n++)
		out[n] = strchr(harmless, text[n]) ? text[n] : text[n] == ';' ? ',' : '?';
	out[n] = '\0';
	reply_put(reply, out, NULL);
}

void text_who(struct reply *reply, const struct identity *identity)
{
	reply_put(reply, identity->has_mac ? identity->match[MATCH_MAC] : "no MAC", NULL);
	if (identity->match[MATCH_PRODUCT][0]) {
		reply_put(reply, " (", NULL);
		text_harmless(reply, identity->match[MATCH_PRODUCT], 40);
		reply_put(reply, ")", NULL);
	}
}

void text_address(struct reply *reply, const struct identity *identity)
{
	char len[16];

	if (identity->ip[0] && strcmp(identity->ip, identity->ip6) != 0)
		reply_put(reply, "&ip=", identity->ip, NULL);
	if (identity->netmask[0])
		reply_put(reply, "&netmask=", identity->netmask, NULL);
	if (identity->gateway[0] && strcmp(identity->gateway, identity->gateway6) != 0)
		reply_put(reply, "&gateway=", identity->gateway, NULL);
	if (identity->ip6[0])
		reply_put(reply, "&ip6=", identity->ip6, NULL);
	if (identity->gateway6[0])
		reply_put(reply, "&gateway6=", identity->gateway6, NULL);
	if (identity->prefix6 > 0) {
		snprintf(len, sizeof(len), "%d", identity->prefix6);
		reply_put(reply, "&len6=", len, NULL);
	}
}

void text_request(struct reply *reply, const char *base, const struct identity *identity)
{
	reply_put(reply, base, "/boot?mac=", identity->match[MATCH_MAC], NULL);
	for (size_t i = 0; i < MATCH_COUNT; i++) {
		if (i == MATCH_MAC || i == MATCH_CLIENT || !identity->match[i][0])
			continue;
		reply_put(reply, "&", config_match_name(i), "hex=", NULL);
		reply_hex(reply, identity->match[i]);
	}
	text_address(reply, identity);
}
