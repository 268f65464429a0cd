/* SPDX-License-Identifier: MIT */
/*
 * menu: the scripts of a boot menu (iPXE 2019 and later): which profile, and the kernel arguments of
 * this boot for editing. Both ask the server again with what was chosen (choice.h). Pure; script.h
 * says what may stand in a script.
 */
#ifndef LASTWORDS_CGI_BOOT_MENU_H
#define LASTWORDS_CGI_BOOT_MENU_H

#include "config/config.h"
#include "script.h"

struct menu {
	const struct config *config; /* for the entries: every profile with an image */
	const struct config_profile *profile; /* the default; whose arguments to edit */
	const char *more; /* arguments behind the profile's; checked; "" none */
};

/* Onto a script's head; script_render calls them. script's :retry comes behind. */
void menu_render(struct reply *reply, const struct script *script, const struct menu *menu);
void menu_render_edit(struct reply *reply, const struct script *script, const struct menu *menu);

#endif
