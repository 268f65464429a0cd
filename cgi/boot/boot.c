/* SPDX-License-Identifier: MIT */
/* boot: what a machine that asks to boot is answered; see boot.h. */
#include "boot.h"

#include <stdio.h>
#include <string.h>

#include "boot/command_line.h"
#include "boot/image.h"
#include "cgi/http/base.h"
#include "decide.h"
#include "early.h"
#include "menu.h"
#include "open.h"
#include "pxelinux.h"
#include "script.h"
#include "session_archive.h"
#include "session_script.h"

/* A decision on its way to a script. */
struct boot {
	struct decision d;
	char base[REQUEST_BASE_MAX]; /* URL of this server */
	char armed[COMMAND_LINE_MAX], plain[COMMAND_LINE_MAX];
	struct err message; /* for the machine's console */
};

static void boot_say(struct boot *b, enum script_kind kind)
{
	struct decision *d = &b->d;
	struct script script = {
	    .kind = kind,
	    .identity = &d->identity,
	    .base = b->base,
	    .message = b->message.msg,
	};

	script_render(d->reply, &script);
}

/* Nothing to boot, for the reason in message. */
static void boot_refuse(struct boot *b)
{
	decide_journal(&b->d, "refused", b->message.msg);
	reply_warn(b->d.reply, &b->message);
	boot_say(b, SCRIPT_WAIT);
}

/* Asks at the console, or takes what was chosen there. 1 if the reply is made. */
static int boot_menu(struct boot *b)
{
	struct decision *d = &b->d;
	const struct config *config = &d->site->config;
	struct menu menu = {.config = config, .profile = d->profile, .more = d->override.args};
	struct script script = {.kind = SCRIPT_MENU,
	    .identity = &d->identity,
	    .base = b->base,
	    .menu = &menu,
	    .message = b->message.msg};
	const struct config_profile *chosen;

	if (!d->profile || !d->profile->menu || decide_fixed(d))
		return 0;
	if (choice_read(&b->message, &d->choice, d->request->query))
		d->choice.profile[0] = '\0';
	chosen = d->choice.profile[0] ? config_bootable(config, d->choice.profile) : NULL;
	if (chosen && !d->choice.edit) {
		d->profile = chosen;
		snprintf(d->rule, sizeof(d->rule), "menu");
		return 0;
	}
	if (chosen) {
		menu.profile = chosen;
		script.kind = SCRIPT_EDIT;
	}
	script_render(d->reply, &script);
	return 1;
}

static void boot_unknown(struct boot *b)
{
	struct decision *d = &b->d;
	const struct identity *identity = &d->identity;

	if (strcmp(d->site->config.unknown, "exit") == 0) {
		err_set(&b->message, "no rule of the server matches; on to the next boot device");
		decide_journal(d, "refused", "unknown machine, exit");
		boot_say(b, SCRIPT_EXIT);
		return;
	}
	err_set(&b->message,
	    "no rule of the server matches: manufacturer=%.40s product=%.40s serial=%.40s "
	    "asset=%.20s uuid=%.36s; waiting for one",
	    identity->match[MATCH_MANUFACTURER], identity->match[MATCH_PRODUCT],
	    identity->match[MATCH_SERIAL], identity->match[MATCH_ASSET],
	    identity->match[MATCH_UUID]);
	decide_journal(d, "refused", "unknown machine");
	boot_say(b, SCRIPT_WAIT);
}

/* The command lines, without a region for ramoops unless memory. 0 armed, 1 only the plain one (err says why), -1. */
static int boot_lines_with(struct err *err, struct boot *b, const struct image *image, int memory)
{
	struct decision *d = &b->d;
	char switches[CONFIG_SWITCHES_MAX + EARLY_MAX], early[EARLY_MAX];
	struct config_profile profile = *d->profile;
	struct err none;
	struct command_line line = {
	    .initrds = image->has_initrd ? "initrd=os" : "",
	    .args = d->choice.has_args ? d->choice.args : d->profile->args,
	    .more = d->choice.has_args ? "" : d->override.args,
	    .switches = switches,
	    .console = d->profile->console,
	    .crashkernel = "",
	    .session = d->has_session ? d->session.id : NULL,
	};

	profile.args = line.args; /* which may have a region for ramoops */
	profile.pstore_memory &= memory;
	config_switches(&profile, image->release, switches);
	if (early_switches(&none, d, early))
		reply_warn(d->reply, &none);
	snprintf(switches + strlen(switches), sizeof(switches) - strlen(switches), "%s",
	    early + (switches[0] ? 0 : early[0] == ' '));
	if (command_line_build(err, &line, b->plain))
		return -1;
	line.initrds = "initrd=os initrd=session initrd=overlay";
	line.crashkernel = d->profile->crashkernel;
	line.arm = 1;
	line.panic = d->profile->panic;
	return command_line_build(err, &line, b->armed) ? 1 : 0;
}

/* The same, with the region if there is room for it: no machine boots unarmed because of its 200 bytes. */
static int boot_lines(struct err *err, struct boot *b, const struct image *image)
{
	struct err without;
	int lines = boot_lines_with(err, b, image, 1), shorter;

	if (lines == 0 || !b->d.profile->pstore_memory)
		return lines;
	shorter = boot_lines_with(&without, b, image, 0);
	if (shorter == 0)
		reply_warn(b->d.reply, err);
	else
		*err = without;
	return shorter;
}

/* An iPXE for i386 (BIOS) starts an x86-64 kernel, too. 0; -1: this machine cannot run the image's kernel. */
static int boot_arch(struct err *err, const struct boot *b, const struct image *image)
{
	const char *arch = b->d.identity.match[MATCH_ARCH];

	if (!arch[0] || !image->arch[0] ||
	    (strcmp(arch, "arm64") == 0) == (strcmp(image->arch, "arm64") == 0))
		return 0;
	return err_set(err,
	    "image %s is for %s, and this machine's iPXE is %s; a rule with arch = \"arm64\" tells them apart",
	    b->d.profile->image, image->arch, arch);
}

static void boot_image(struct boot *b)
{
	struct decision *d = &b->d;
	struct script script = {
	    .kind = SCRIPT_ARMED,
	    .identity = &d->identity,
	    .base = b->base,
	    .profile = d->profile->name,
	    .image = d->profile->image,
	    .armed = b->armed,
	    .plain = b->plain,
	    .choice = &d->choice,
	};
	const struct image_found *found = image_cache_look(
	    &d->site->images, d->site->config.images, d->profile->image, d->now_ms);
	const struct image *image = &found->image;
	struct err why, err;
	int bad, lines;

	if (image_found_boots(&b->message, found) || boot_arch(&b->message, b, image)) {
		err_prefix(&b->message, "profile %s", d->profile->name);
		boot_refuse(b);
		return;
	}
	decide_mint(d);
	lines = boot_lines(&err, b, image);
	if (lines < 0) {
		d->has_session = 0;
		err_set(&b->message, "profile %s: %s", d->profile->name, err.msg);
		boot_refuse(b);
		return;
	}
	bad = image_found_arms(&why, found);
	if (!bad && d->site->config.tls.only && !image->tls)
		bad = err_set(&why,
		    "image %s has no TLS, and the server answers HTTPS only; make it with lastwords image --tls",
		    d->profile->image);
	if (!bad && !d->has_session)
		bad = err_set(&why, "the server has no key");
	if (!bad && lines == 1) {
		why = err;
		bad = -1;
	}
	if (d->has_session) {
		decide_journal(d, "requested", NULL);
		decide_address(d);
	}
	if (bad) {
		script.kind = SCRIPT_PLAIN;
		err_set(&b->message, "booting unarmed: %s", why.msg);
		reply_warn(d->reply, &why);
		if (d->has_session)
			decide_journal(d, "not-armed", why.msg);
	} else if (!d->profile->crashkernel[0]) {
		/* arm and keeper run all the same: netconsole needs no reservation. */
		err_set(&b->message, "booting unarmed: the profile has no crashkernel");
		decide_journal(d, "not-armed", "profile without crashkernel");
	}
	script.message = b->message.msg;
	script.has_initrd = image->has_initrd;
	script.has_shim = image->has_shim;
	script.session = d->has_session ? d->session.id : NULL;
	script.token = d->token;
	script_render(d->reply, &script);
}

/* The older way, on BIOS. 1 if the reply is made. */
static int boot_pxelinux(struct boot *b)
{
	struct decision *d = &b->d;
	struct script script = {.kind = SCRIPT_PXELINUX,
	    .identity = &d->identity,
	    .base = b->base,
	    .message = b->message.msg};

	if (!d->profile || d->profile->loader != LOADER_PXELINUX)
		return 0;
	if (strcmp(d->identity.match[MATCH_PLATFORM], "efi") == 0) {
		err_set(&b->message, "pxelinux is for BIOS, iPXE loads the kernel");
		return 0;
	}
	script.profile = d->profile->name;
	script_render(d->reply, &script);
	return 1;
}

static void boot_base(struct boot *b)
{
	struct decision *d = &b->d;
	const char *tail = strstr(d->request->path, "/cgi-bin/boot_ipxe.cgi")
			       ? "/cgi-bin/boot_ipxe.cgi"
			   : strstr(d->request->path, "/boot_ipxe.cgi") ? "/boot_ipxe.cgi"
									: "/boot";
	const char *listen = d->site->loaded ? d->site->config.listen : "";
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = 8080;
	struct err err;

	if (base_of_script(d->site, d->request, tail, b->base) == 0)
		return;
	/* A shell: what a client on this machine would use. */
	(void)address_split(&err, listen, host, &port);
	snprintf(b->base, sizeof(b->base), "http://127.0.0.1:%u", port);
}

static void boot_script(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	struct boot b;

	decide_begin(&b.d, site, request, now_ms, reply);
	b.message.msg[0] = '\0';
	boot_base(&b);
	if (!site->loaded) {
		err_set(&b.message, "the server's configuration is wrong: %s", site->error.msg);
		reply_warn(reply, &site->error);
		boot_say(&b, SCRIPT_WAIT);
		return;
	}
	if (!b.d.identity.has_mac) {
		err_set(&b.message, "the request has no MAC address of a machine in mac=");
		decide_journal(&b.d, "refused", "no MAC address");
		boot_say(&b, SCRIPT_WAIT);
		return;
	}
	decide(&b.d, 0);
	if (boot_pxelinux(&b) || boot_menu(&b))
		return;
	if (!b.d.profile)
		boot_unknown(&b);
	else
		boot_image(&b);
}

void boot_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	const char *name = request_path_after(request, "session");
	const char *cfg = request_path_after(request, "pxelinux.cfg");

	reply_init(reply);
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
		reply_error(reply, 405, "GET or HEAD");
		return;
	}
	if (cfg)
		pxelinux_answer(site, request, cfg, now_ms, reply);
	else if (name && strcmp(name, "open") == 0)
		open_answer(site, request, now_ms, reply);
	else if (name && session_script_is(name))
		session_script_answer(site, request, name, reply);
	else if (name)
		session_archive_answer(site, request, name, reply);
	else
		boot_script(site, request, now_ms, reply);
	if (reply->out.overflow) {
		/* Cannot happen with the limits above; a machine still gets a script. */
		reply_error(reply, 200,
		    "#!ipxe\necho lastwords: the script would be too long\nsleep 30\nexit 1");
	}
}
