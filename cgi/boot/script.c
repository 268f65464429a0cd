/* SPDX-License-Identifier: MIT */
/* script: an iPXE script as text; see script.h. Pure. */
#include "script.h"

#include <strings.h>

#include "choice.h"
#include "text.h"

/* Milliseconds without progress until a download counts as failed (iPXE's --timeout). */
#define STALL "30000"
#define STALL_SHORT "5000"

/*
 * Sends what firmware and iPXE have printed, where iPXE has that setting (2026-07); older ones have neither params nor
 * param, and go on at the label. The reply must not stay: BIOS would give it to the kernel as an initrd.
 */
static void script_tell(struct reply *reply, const struct script *script, const char *label)
{
	if (!script->session)
		return;
	reply_put(reply, "isset ${dmesg} || goto ", label,
	    "\nparams --name lw ||\nparam --params lw text ${dmesg} ||\n"
	    "imgfetch --timeout " STALL_SHORT " --name told ",
	    script->base, "/callback/", script->session, "?token=", script->token,
	    "&event=firmware##params=lw ||\nimgfree told ||\n:", label, "\n", NULL);
}

/* Doubles the pause from 2 to 64 seconds; the variable outlives the script. */
static void script_retry(struct reply *reply, const struct script *script)
{
	reply_put(reply, ":retry\n", NULL);
	script_tell(reply, script, "failed");
	reply_put(reply,
	    "imgfree\nisset ${lw-pause} || set lw-pause:int32 2 ||\n"
	    "echo lastwords: ",
	    NULL);
	text_who(reply, script->identity);
	reply_put(reply,
	    ": asking the server again in ${lw-pause} seconds\n"
	    "sleep ${lw-pause} ||\n"
	    "iseq ${lw-pause} 64 || inc lw-pause ${lw-pause} ||\n"
	    "chain --timeout " STALL " --replace ",
	    NULL);
	text_request(reply, script->base, script->identity);
	if (script->choice && script->choice->profile[0]) {
		reply_put(reply, "&choice=", script->choice->profile, NULL);
		if (script->choice->has_args)
			reply_put(reply, "&argshex=", NULL);
		reply_hex(reply, script->choice->args);
	}
	reply_put(reply, " || goto retry\n", NULL);
}

static void script_files(struct reply *reply, const struct script *script, const char *line)
{
	reply_put(reply, "kernel --timeout " STALL " --name linux ", script->base, "/images/",
	    script->image, "/vmlinuz ", line, " || goto retry\n", NULL);
	if (script->has_initrd)
		reply_put(reply, "initrd --timeout " STALL " --name os ", script->base, "/images/",
		    script->image, "/initrd.img || goto retry\n", NULL);
}

/*
 * Starts what was loaded. iPXE's own shim trusts iPXE alone, so with Secure Boot the kernel is verified by its
 * distribution's shim; without it the command does nothing, and iPXE before 2023 does not have it.
 */
static void script_boot(struct reply *reply, const struct script *script)
{
	if (script->has_shim && strcasecmp(script->identity->match[MATCH_PLATFORM], "efi") == 0)
		reply_put(reply, "shim --timeout " STALL " ", script->base, "/images/",
		    script->image, "/shim.efi ||\n", NULL);
	reply_add(reply, "boot || goto retry\n");
}

static void script_armed(struct reply *reply, const struct script *script)
{
	const struct identity *identity = script->identity;

	script_files(reply, script, script->armed);
	reply_put(reply, "initrd --timeout " STALL " --name session ", script->base, "/session/",
	    script->session, ".cpio?token=", script->token, NULL);
	text_address(reply, identity);
	reply_put(reply,
	    " || goto unarmed\n"
	    "initrd --timeout " STALL " --name overlay ",
	    script->base, "/images/", script->image, "/overlay.cpio.gz || goto unarmed\n", NULL);
	script_tell(reply, script, "ready");
	script_boot(reply, script);
	reply_put(reply,
	    ":unarmed\n"
	    "echo lastwords: booting unarmed: the overlay did not load\n"
	    "imgfetch --timeout " STALL_SHORT " --name told ",
	    script->base, "/callback/", script->session, "?token=", script->token,
	    "&event=not-armed&why=overlay%20did%20not%20load ||\n"
	    "imgfree\n",
	    NULL);
}

void script_render(struct reply *reply, const struct script *script)
{
	reply_put(reply, "#!ipxe\necho lastwords: ", NULL);
	text_who(reply, script->identity);
	if (script->kind == SCRIPT_ARMED || script->kind == SCRIPT_PLAIN)
		reply_put(reply, ": profile ", script->profile, ", image ", script->image,
		    ", session ", script->session ? script->session : "unknown", NULL);
	reply_put(reply, "\n", NULL);
	if (script->message[0]) {
		reply_add(reply, "echo lastwords: ");
		text_harmless(reply, script->message, 300);
		reply_add(reply, "\n");
	}
	switch (script->kind) {
	case SCRIPT_ARMED:
		reply_add(reply, "imgfree\n");
		script_armed(reply, script);
		script_files(reply, script, script->plain);
		script_boot(reply, script);
		break;
	case SCRIPT_PLAIN:
		reply_add(reply, "imgfree\n");
		/* Only so that the boot counts (session_archive.h). */
		if (script->session)
			reply_put(reply, "imgfetch --timeout " STALL_SHORT " --name session ",
			    script->base, "/session/", script->session,
			    ".cpio?token=", script->token, "&armed=no ||\nimgfree\n", NULL);
		script_files(reply, script, script->plain);
		script_tell(reply, script, "ready");
		script_boot(reply, script);
		break;
	case SCRIPT_MENU:
		menu_render(reply, script->base, script->identity, script->menu);
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
		menu_render_edit(reply, script->base, script->identity, script->menu);
		break;
	case SCRIPT_WAIT:
		break;
	case SCRIPT_EXIT:
		reply_add(reply, "exit\n");
		return;
	}
	script_retry(reply, script);
}
