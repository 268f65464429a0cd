/* SPDX-License-Identifier: MIT */
/*
 * menu: the scripts of a boot menu (iPXE 2019 and later): which profile, and the kernel arguments of
 * this boot for editing. Both ask the server again with what was chosen (choice.h). Pure; script.c
 * adds the head and the retry.
 */
#ifndef LASTWORDS_CGI_BOOT_MENU_H
#define LASTWORDS_CGI_BOOT_MENU_H

#include "cgi/http/reply.h"
#include "config/config.h"
#include "identity.h"

struct menu {
	const struct config *config; /* for the entries: every profile with an image */
	const struct config_profile *profile; /* the default; whose arguments to edit */
	const char *more; /* arguments behind the profile's; checked; "" none */
};

/* The part between a script's head and its :retry; base is the server's URL, identity the machine's. */
void menu_render(struct reply *reply, const char *base, const struct identity *identity,
    const struct menu *menu);
void menu_render_edit(struct reply *reply, const char *base, const struct identity *identity,
    const struct menu *menu);

#endif
