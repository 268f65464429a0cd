/* SPDX-License-Identifier: MIT */
/* script: an iPXE script as text; see script.h. Pure. */
#include "script.h"

#include <string.h>

#include "choice.h"
#include "menu.h"

/* Milliseconds without progress until a download counts as failed (iPXE's --timeout). */
#define STALL "30000"
#define STALL_SHORT "5000"

void script_text(struct reply *reply, const char *text, size_t max)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789 .,:_/()+@=-";
	char out[512];
	size_t n = 0;

	for (; text[n] && n < max && n < sizeof(out) - 1; n++)
		out[n] = strchr(harmless, text[n]) ? text[n] : text[n] == ';' ? ',' : '?';
	out[n] = '\0';
	reply_add(reply, "%s", out);
}

void script_who(struct reply *reply, const struct identity *identity)
{
	reply_add(reply, "%s", identity->has_mac ? identity->match[MATCH_MAC] : "no MAC");
	if (identity->match[MATCH_PRODUCT][0]) {
		reply_add(reply, " (");
		script_text(reply, identity->match[MATCH_PRODUCT], 40);
		reply_add(reply, ")");
	}
}

void script_request(struct reply *reply, const struct script *script)
{
	const struct identity *identity = script->identity;

	reply_add(reply, "%s/boot?mac=%s", script->base, identity->match[MATCH_MAC]);
	for (size_t i = 0; i < MATCH_COUNT; i++) {
		const unsigned char *byte = (const unsigned char *)identity->match[i];

		if (i == MATCH_MAC || i == MATCH_CLIENT || !*byte)
			continue;
		reply_add(reply, "&%shex=", config_match_names[i]);
		for (; *byte; byte++)
			reply_add(reply, "%02x", *byte);
	}
	if (identity->ip[0])
		reply_add(reply, "&ip=%s", identity->ip);
	if (identity->netmask[0])
		reply_add(reply, "&netmask=%s", identity->netmask);
	if (identity->gateway[0])
		reply_add(reply, "&gateway=%s", identity->gateway);
}

/* Doubles the pause from 2 to 64 seconds; the variable outlives the script. */
static void script_retry(struct reply *reply, const struct script *script)
{
	reply_add(reply, ":retry\nimgfree\nisset ${lw-pause} || set lw-pause:int32 2 ||\n"
			 "echo lastwords: ");
	script_who(reply, script->identity);
	reply_add(reply, ": asking the server again in ${lw-pause} seconds\n"
			 "sleep ${lw-pause} ||\n"
			 "iseq ${lw-pause} 64 || inc lw-pause ${lw-pause} ||\n"
			 "chain --timeout " STALL " --replace ");
	script_request(reply, script);
	if (script->choice && script->choice->profile[0]) {
		const unsigned char *byte = (const unsigned char *)script->choice->args;

		reply_add(reply, "&choice=%s", script->choice->profile);
		if (script->choice->has_args)
			reply_add(reply, "&argshex=");
		for (; *byte; byte++)
			reply_add(reply, "%02x", *byte);
	}
	reply_add(reply, " || goto retry\n");
}

static void script_files(struct reply *reply, const struct script *script, const char *line)
{
	reply_add(reply,
	    "kernel --timeout " STALL " --name linux %s/images/%s/vmlinuz %s || goto retry\n",
	    script->base, script->image, line);
	if (script->has_initrd)
		reply_add(reply,
		    "initrd --timeout " STALL " --name os %s/images/%s/initrd.img || goto retry\n",
		    script->base, script->image);
}

static void script_armed(struct reply *reply, const struct script *script)
{
	const struct identity *identity = script->identity;

	script_files(reply, script, script->armed);
	reply_add(reply, "initrd --timeout " STALL " --name session %s/session/%s.cpio?token=%s",
	    script->base, script->session, script->token);
	if (identity->ip[0])
		reply_add(reply, "&ip=%s", identity->ip);
	if (identity->netmask[0])
		reply_add(reply, "&netmask=%s", identity->netmask);
	if (identity->gateway[0])
		reply_add(reply, "&gateway=%s", identity->gateway);
	reply_add(reply, " || goto unarmed\n");
	reply_add(reply,
	    "initrd --timeout " STALL
	    " --name overlay %s/images/%s/overlay.cpio.gz || goto unarmed\n"
	    "boot || goto retry\n"
	    ":unarmed\n"
	    "echo lastwords: booting unarmed: the overlay did not load\n"
	    "imgfetch --timeout " STALL_SHORT " --name told "
	    "%s/callback/%s?token=%s&event=not-armed&why=overlay%%20did%%20not%%20load ||\n"
	    "imgfree\n",
	    script->base, script->image, script->base, script->session, script->token);
}

void script_render(struct reply *reply, const struct script *script)
{
	reply_add(reply, "#!ipxe\n");
	reply_add(reply, "echo lastwords: ");
	script_who(reply, script->identity);
	if (script->kind == SCRIPT_ARMED || script->kind == SCRIPT_PLAIN)
		reply_add(reply, ": profile %s, image %s, session %s", script->profile,
		    script->image, script->session ? script->session : "unknown");
	reply_add(reply, "\n");
	if (script->message[0]) {
		reply_add(reply, "echo lastwords: ");
		script_text(reply, script->message, 300);
		reply_add(reply, "\n");
	}
	switch (script->kind) {
	case SCRIPT_ARMED:
		reply_add(reply, "imgfree\n");
		script_armed(reply, script);
		script_files(reply, script, script->plain);
		reply_add(reply, "boot || goto retry\n");
		break;
	case SCRIPT_PLAIN:
		reply_add(reply, "imgfree\n");
		script_files(reply, script, script->plain);
		reply_add(reply, "boot || goto retry\n");
		break;
	case SCRIPT_MENU:
		menu_render(reply, script, script->menu);
		break;
	case SCRIPT_PXELINUX:
		reply_add(reply,
		    "imgfree\nset 209:string pxelinux.cfg/%s/01-%02x-%02x-%02x-%02x-%02x-%02x\n"
		    "set 210:string %s/pxelinux/\n"
		    "chain --timeout " STALL " %s/pxelinux/pxelinux.0 || goto retry\n",
		    script->profile, script->identity->mac[0], script->identity->mac[1],
		    script->identity->mac[2], script->identity->mac[3], script->identity->mac[4],
		    script->identity->mac[5], script->base, script->base);
		break;
	case SCRIPT_EDIT:
		menu_render_edit(reply, script, script->menu);
		break;
	case SCRIPT_WAIT:
		break;
	case SCRIPT_EXIT:
		reply_add(reply, "exit\n");
		return;
	}
	script_retry(reply, script);
}
