/* SPDX-License-Identifier: MIT */
/*
 * boot_menu: what a person types as kernel arguments at the menu, a profile's or an override's arguments,
 * and a query that claims to come from a menu: whatever is let through becomes a script that does what a
 * harmless one's does, and arguments come back from the menu as they were. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boot/command_line.h"
#include "cgi/boot/choice.h"
#include "cgi/boot/menu.h"
#include "cgi/boot/script.h"
#include "tests/lib/ipxe_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { QUERY_MAX = 16384 };

static struct reply reply;
static struct ipxe_check check;

/* The shape without its numbers: how many arguments the kernel has is the person's. */
static void plain_shape(char *out)
{
	for (const char *at = check.shape; *at; at++)
		if (*at < '0' || *at > '9')
			*out++ = *at;
	*out = '\0';
}

/* The script for these arguments of this kind, sound; its shape into out. Which ${…} and URLs may stand
 * in arguments is command_line_args_ok's to say. */
static void render(const char *query, const char *args, enum script_kind kind, char *out)
{
	static char first[COMMAND_LINE_MAX];
	static char image[] = "debian";
	static char armed[COMMAND_LINE_MAX], plain[COMMAND_LINE_MAX];
	struct config_profile profile[2] = {
	    {.name = "debian", .image = image, .args = first, .menu_timeout = 20},
	    {.name = "rescue", .image = image, .args = first}};
	struct config config = {.profiles = profile, .profile_count = 2};
	struct menu menu = {.config = &config, .profile = &profile[0], .more = args};
	struct identity identity;
	struct choice choice;
	struct err err;
	struct script script = {
	    .kind = kind,
	    .identity = &identity,
	    .base = "http://10.0.0.1:8080",
	    .message = "",
	    .profile = "debian",
	    .image = image,
	    .has_initrd = 1,
	    .session = "525400a1b2c3-20261121T093612123-debian-5f3a9c01",
	    .token = "0123456789abcdef0123456789abcdef",
	    .armed = armed,
	    .plain = plain,
	    .menu = &menu,
	    .choice = &choice,
	};
	struct command_line line = {
	    .initrds = "initrd=os",
	    .args = args,
	    .more = "",
	    .console = "ttyS0,115200n8",
	    .crashkernel = "192M",
	    .arm = 1,
	    .panic = 10,
	};

	snprintf(first, sizeof(first), "%s", args);
	(void)choice_read(&err, &choice, query);
	identity_read(&identity, query);
	*out = '\0';
	if (strchr(args, '\\'))
		return; /* inside a word it means nothing to iPXE; the reader here refuses all */
	if (command_line_build(&err, &line, armed))
		return; /* too long: the machine is told so */
	line.arm = 0;
	if (command_line_build(&err, &line, plain))
		return;
	reply_init(&reply);
	script_render(&reply, &script);
	if (reply.out.overflow || ipxe_script_read(&check, reply.body, reply.out.len, 1)) {
		fprintf(stderr, "%s\n%s\n", check.why, reply.body);
		abort();
	}
	plain_shape(out);
}

/* What is typed comes as hex: refused, or as it was. */
static void typed(const uint8_t *data, size_t size)
{
	static char query[2 * CHOICE_ARGS_MAX + 100];
	struct choice choice;
	struct err err;
	size_t at = 0;

	if (size > CHOICE_ARGS_MAX)
		return;
	at = (size_t)snprintf(query, sizeof(query), "choice=debian&argshex=");
	for (size_t i = 0; i < size; i++)
		at += (size_t)snprintf(query + at, sizeof(query) - at, "%02x", data[i]);
	if (choice_read(&err, &choice, query)) {
		if (choice.has_args || choice.args[0])
			abort();
		return;
	}
	if (!choice.has_args || strlen(choice.args) != size ||
	    memcmp(choice.args, data, size) != 0 || strcmp(choice.profile, "debian") != 0 ||
	    choice.edit)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum script_kind kinds[] = {
	    SCRIPT_ARMED, SCRIPT_PLAIN, SCRIPT_MENU, SCRIPT_EDIT};
	static char shape[4][sizeof(check.shape)], now[sizeof(check.shape)];
	static char query[QUERY_MAX + 1];
	struct choice choice;
	struct err err;
	const char *args;

	typed(data, size);
	if (size > QUERY_MAX)
		size = QUERY_MAX;
	memcpy(query, data, size);
	query[size] = '\0';
	(void)choice_read(&err, &choice, query);
	if (choice.has_args && command_line_args_ok(&err, choice.args))
		abort();
	if (choice.profile[0] && !profile_name_ok(choice.profile))
		abort();
	/* As the arguments of a configuration or an override, which are checked in the same way. */
	args = command_line_args_ok(&err, query) ? choice.args : query;
	for (int i = 0; i < 4; i++) {
		if (!shape[i][0])
			render("mac=52-54-00-00-00-01&choice=debian&argshex=7277", "rw", kinds[i],
			    shape[i]);
		render(query, args, kinds[i], now);
		if (now[0] && kinds[i] != SCRIPT_EDIT && strcmp(now, shape[i]) != 0)
			abort();
	}
	return 0;
}
