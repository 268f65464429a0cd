/* SPDX-License-Identifier: MIT */
/* text: what of a request may stand in a script; see text.h. Pure. */
#include "text.h"

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
	if (identity->ip[0])
		reply_put(reply, "&ip=", identity->ip, NULL);
	if (identity->netmask[0])
		reply_put(reply, "&netmask=", identity->netmask, NULL);
	if (identity->gateway[0])
		reply_put(reply, "&gateway=", identity->gateway, NULL);
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
