/* SPDX-License-Identifier: MIT */
/*
 * menu: the scripts of a boot menu, for the serial console's 80 by 24 as for a screen; see script.h.
 * Entries are profiles, in iPXE's own menu (2019 has it). Pure.
 */
#include "menu.h"

#include <stdio.h>

#include "text.h"

/* What iPXE shows of an entry on a terminal of 80, less its border, padding and the "(20)" of a timeout. */
enum { MENU_COLUMNS = 68 };

static void menu_items(struct reply *reply, const struct menu *menu)
{
	for (size_t i = 0; i < menu->config->profile_count; i++) {
		const struct config_profile *profile = &menu->config->profiles[i];
		char text[MENU_COLUMNS + 1];

		if (!profile->image[0])
			continue;
		snprintf(text, sizeof(text), "%s, image %s", profile->name, profile->image);
		reply_add(reply, "item %s %s\n", profile->name, text);
	}
}

void menu_render(
    struct reply *reply, const char *base, const struct identity *identity, const struct menu *menu)
{
	const char *first = menu->profile->name;

	/* Labels in capitals are no profile's name. */
	reply_add(reply, ":menu\nmenu lastwords: ");
	text_who(reply, identity);
	reply_add(reply, "\n");
	menu_items(reply, menu);
	reply_add(reply, "item --gap\n"
			 "item --key e EDIT Edit the kernel arguments of this boot (e)\n"
			 "item --key x EXIT On to the next boot device (x)\n"
			 "choose ");
	if (menu->profile->menu_timeout)
		reply_add(reply, "--timeout %d000 ", menu->profile->menu_timeout);
	reply_add(reply,
	    "--default %s lw-choice || set lw-choice %s\n"
	    "iseq ${lw-choice} EXIT && exit ||\n"
	    "iseq ${lw-choice} EDIT && goto edit ||\n"
	    "chain --timeout 30000 --replace ",
	    first, first);
	text_request(reply, base, identity);
	reply_add(reply, "&choice=${lw-choice} || goto retry\n"
			 ":edit\nmenu lastwords: whose arguments to edit\n");
	menu_items(reply, menu);
	reply_add(reply,
	    "choose --default %s lw-choice || goto menu\n"
	    "chain --timeout 30000 --replace ",
	    first);
	text_request(reply, base, identity);
	reply_add(reply, "&choice=${lw-choice}&edit=1 || goto retry\n");
}

void menu_render_edit(
    struct reply *reply, const char *base, const struct identity *identity, const struct menu *menu)
{
	reply_add(reply,
	    "echo lastwords: arguments of %s for this boot\n"
	    "echo Edit them: arrows, Ctrl-H erases, Ctrl-A and Ctrl-E go to the ends; then Enter\n"
	    "set lw-args",
	    menu->profile->name);
	/* (both have passed command_line_args_ok) */
	reply_words(reply, menu->profile->args);
	reply_words(reply, menu->more);
	reply_add(reply, "\nread lw-args || goto retry\n"
			 "chain --timeout 30000 --replace ");
	text_request(reply, base, identity);
	reply_add(
	    reply, "&choice=%s&argshex=${lw-args:hexraw} || goto retry\n", menu->profile->name);
}
