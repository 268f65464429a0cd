/* SPDX-License-Identifier: MIT */
/* pxelinux: its configuration, generated for one machine; see pxelinux.h. */
#include "pxelinux.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "boot/command_line.h"
#include "decide.h"

struct pxelinux {
	struct decision d;
	char url[REQUEST_BASE_MAX]; /* with a numeric host: arm resolves no names */
	const char *name; /* of this file, for asking again */
};

void pxelinux_serial(const char *console, char out[PXELINUX_SERIAL_MAX])
{
	int port, baud = 9600;
	const char *comma = strchr(console, ',');
	char text[8];
	size_t len;
	struct err err;

	out[0] = '\0';
	if (strncmp(console, "ttyS", 4) != 0)
		return;
	console += 4;
	len = comma ? (size_t)(comma - console) : strlen(console);
	if (len == 0 || len >= sizeof(text))
		return;
	memcpy(text, console, len);
	text[len] = '\0';
	if (num_int(&err, "port", text, 0, 3, &port))
		return;
	if (comma) {
		len = strspn(comma + 1, "0123456789");
		if (len == 0 || len >= sizeof(text))
			return;
		memcpy(text, comma + 1, len);
		text[len] = '\0';
		if (num_int(&err, "baud", text, 75, 115200, &baud))
			return;
	}
	snprintf(out, PXELINUX_SERIAL_MAX, "SERIAL %d %d", port, baud);
}

/* One profile as a LABEL; more: arguments behind its own. */
static void pxelinux_label(
    struct pxelinux *p, const struct config_profile *profile, const char *more)
{
	const struct site *site = p->d.site;
	struct reply *reply = p->d.reply;
	const struct image_found *found =
	    image_cache_look(&p->d.site->images, site->config.images, profile->image, p->d.now_ms);
	char words[REQUEST_BASE_MAX + 128], switches[CONFIG_SWITCHES_MAX];
	char text[COMMAND_LINE_MAX];
	struct command_line line = {.initrds = "",
	    .args = profile->args,
	    .more = more,
	    .switches = switches,
	    .console = profile->console,
	    .crashkernel = ""};
	struct err err;
	int armed = image_found_arms(&err, found) == 0;

	config_switches(profile, found->image.release, switches);
	if (armed) {
		snprintf(words, sizeof(words), "lastwords.url=%s lastwords.profile=%s%s", p->url,
		    profile->name,
		    strcmp(profile->capture, "small") == 0 ? " lastwords.capture=small" : "");
		line.initrds = words;
		line.crashkernel = profile->crashkernel;
		line.arm = 1;
		line.panic = profile->panic;
		armed = command_line_build(&err, &line, text) == 0;
	}
	if (!armed) {
		err_prefix(&err, "profile %s: pxelinux boots it unarmed", profile->name);
		reply_warn(reply, &err);
		line.initrds = "";
		line.crashkernel = "";
		line.arm = 0;
		if (command_line_build(&err, &line, text))
			text[0] = '\0';
	}
	reply_add(reply, "LABEL %s\n\tMENU LABEL %s, image %s%s\n", profile->name, profile->name,
	    profile->image, armed ? "" : " (unarmed)");
	if (profile == p->d.profile)
		reply_add(reply, "\tMENU DEFAULT\n");
	reply_add(reply, "\tKERNEL %s/images/%s/vmlinuz\n", p->url, profile->image);
	if (found->image.has_initrd)
		reply_add(reply, "\tINITRD %s/images/%s/initrd.img", p->url, profile->image);
	if (armed)
		reply_add(reply, ",%s/images/%s/overlay.cpio.gz", p->url, profile->image);
	reply_add(reply, "%s\tAPPEND", found->image.has_initrd ? "\n" : "");
	reply_words(reply, text); /* (args have passed command_line_args_ok) */
	reply_add(reply, "\n\tIPAPPEND 2\n");
}

static void pxelinux_menu(struct pxelinux *p)
{
	const struct config *config = &p->d.site->config;
	const struct config_profile *profile = p->d.profile;
	struct reply *reply = p->d.reply;

	reply_add(reply, "UI menu.c32\nMENU TITLE lastwords: %s\n", p->d.identity.match[MATCH_MAC]);
	if (profile->menu_timeout)
		reply_add(
		    reply, "TIMEOUT %d\nONTIMEOUT %s\n", 10 * profile->menu_timeout, profile->name);
	for (size_t i = 0; i < config->profile_count; i++)
		if (config->profiles[i].image[0])
			pxelinux_label(p, &config->profiles[i],
			    &config->profiles[i] == profile ? p->d.override.args : "");
	reply_add(reply, "MENU SEPARATOR\nLABEL EXIT\n\tMENU LABEL On to the next boot device\n"
			 "\tLOCALBOOT -1\n");
}

/* Says what is missing, and asks again after half a minute. */
static void pxelinux_wait(struct pxelinux *p, const struct err *why)
{
	reply_add(p->d.reply,
	    "SAY lastwords: %s; waiting for one\n"
	    "PROMPT 1\nTIMEOUT 300\nDEFAULT again\nLABEL again\n\tCONFIG pxelinux.cfg/%s\n",
	    why->msg, p->name);
}

/* A machine that nobody is responsible for, as config's unknown says. */
static void pxelinux_unknown(struct pxelinux *p)
{
	struct err why;

	decide_journal(&p->d, "refused", "unknown machine");
	err_set(&why, "no rule of the server matches %s", p->d.identity.match[MATCH_MAC]);
	if (strcmp(p->d.site->config.unknown, "exit") == 0)
		reply_add(p->d.reply,
		    "SAY lastwords: %s\nDEFAULT EXIT\nLABEL EXIT\n\tLOCALBOOT -1\n", why.msg);
	else
		pxelinux_wait(p, &why);
}

/* 1 if there is no kernel to boot, and the reply is made: behind one that does not load nothing asks again. */
static int pxelinux_refused(struct pxelinux *p)
{
	const struct config_profile *profile = p->d.profile;
	const struct image_found *found = image_cache_look(
	    &p->d.site->images, p->d.site->config.images, profile->image, p->d.now_ms);
	struct err why;

	if (image_found_boots(&why, found) == 0)
		return 0;
	err_prefix(&why, "profile %s", profile->name);
	decide_journal(&p->d, "refused", why.msg);
	reply_warn(p->d.reply, &why);
	pxelinux_wait(p, &why);
	return 1;
}

/* PROFILE/01-MAC or 01-MAC. 0/-1. */
static int pxelinux_name(struct pxelinux *p, char profile[PROFILE_NAME_MAX + 1])
{
	const char *slash = strchr(p->name, '/');
	const char *mac = slash ? slash + 1 : p->name;
	struct err err;

	profile[0] = '\0';
	if (slash) {
		if (slash == p->name || slash - p->name > PROFILE_NAME_MAX)
			return -1;
		memcpy(profile, p->name, (size_t)(slash - p->name));
		profile[slash - p->name] = '\0';
		if (!profile_name_ok(profile))
			return -1;
	}
	if (strncmp(mac, "01-", 3) != 0 || mac_parse(&err, mac + 3, p->d.identity.mac))
		return -1;
	p->d.identity.has_mac = 1;
	mac_format(p->d.identity.mac, p->d.identity.match[MATCH_MAC]);
	return 0;
}

void pxelinux_answer(struct site *site, const struct request *request, const char *name,
    int64_t now_ms, struct reply *reply)
{
	char profile[PROFILE_NAME_MAX + 1], serial[PXELINUX_SERIAL_MAX];
	const struct config_profile *wish;
	struct pxelinux p = {.name = name};
	int menu;

	decide_begin(&p.d, site, request, now_ms, reply);
	if (!site->loaded) {
		reply_warn(reply, &site->error);
		reply_error(reply, 503, "%s", site->error.msg);
		return;
	}
	if (pxelinux_name(&p, profile)) {
		reply_error(reply, 404, "only pxelinux.cfg/01-MAC is made here");
		return;
	}
	if (site->url[0]) {
		snprintf(p.url, sizeof(p.url), "%s", site->url);
	} else if (request_base(request, "/pxelinux/", 1, p.url)) {
		reply_error(reply, 503, "the server's own address is not known; set url");
		return;
	}
	decide(&p.d, 1);
	/* The iPXE script knew more of the machine than its MAC. */
	wish = profile[0] ? config_bootable(&site->config, profile) : NULL;
	if (wish && !decide_fixed(&p.d))
		p.d.profile = wish;
	if (!p.d.profile) {
		pxelinux_unknown(&p);
		return;
	}
	menu = p.d.profile->menu && !decide_fixed(&p.d);
	pxelinux_serial(p.d.profile->console, serial);
	/* SERIAL has to be the first line. */
	reply_add(reply, "%s%s", serial, serial[0] ? "\n" : "");
	if (!menu && pxelinux_refused(&p))
		return;
	reply_add(reply, "# %s by lastwords: profile %s\nPROMPT 0\nDEFAULT %s\n",
	    p.d.identity.match[MATCH_MAC], p.d.profile->name, p.d.profile->name);
	if (menu)
		pxelinux_menu(&p);
	else
		pxelinux_label(&p, p.d.profile, p.d.override.args);
	decide_count(&p.d);
}
