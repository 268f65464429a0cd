/* SPDX-License-Identifier: MIT */
/* backend: loads pstore's backend, and nothing else; see backend.h. */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "arm/cmdline.h"

static int backend_same_name(const char *text, const char *module, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] == '-' ? '_' : text[i]) != module[i])
			return 0;
	return 1;
}

long arm_backend_params(const char *cmdline, const char *module, char *out, size_t size)
{
	size_t name = strlen(module), to = 0, len;
	const char *word;

	out[0] = '\0';
	while ((len = arm_cmdline_word(&cmdline, &word)) > 0) {
		if (len <= name + 1 || word[name] != '.' || !backend_same_name(word, module, name))
			continue;
		word += name + 1;
		len -= name + 1;
		if (to + (to > 0) + len + 1 > size)
			return -1;
		if (to > 0)
			out[to++] = ' ';
		memcpy(out + to, word, len);
		to += len;
		out[to] = '\0';
	}
	return (long)to;
}

int arm_backend_forbidden(const char *cmdline, const char *module)
{
	static const char key[] = "modprobe.blacklist=";
	size_t name = strlen(module), len;
	const char *word;

	while ((len = arm_cmdline_word(&cmdline, &word)) > 0) {
		const char *end = word + len;

		if (len < sizeof(key) || memcmp(word, key, sizeof(key) - 1) != 0)
			continue;
		for (word += sizeof(key) - 1; word < end;) {
			const char *comma = memchr(word, ',', (size_t)(end - word));
			size_t item = (size_t)((comma ? comma : end) - word);

			if (item == name && backend_same_name(word, module, name))
				return 1;
			word += item + 1;
		}
	}
	return 0;
}

int arm_backend_is_there(const struct arm_hold *hold)
{
	char name[64];

	return arm_read_at(hold->sys, "module/pstore/parameters/backend", name, sizeof(name)) > 0 &&
	       strcmp(name, "(null)") != 0;
}

static int backend_is_one(const char *name)
{
	return strcmp(name, "ramoops") == 0 || strcmp(name, "efi_pstore") == 0;
}

/*
 * With what it depends on, which stands before it in the order. One that is built in, or not of this
 * kernel, or whose firmware has no runtime services, is no news.
 */
static void backend_insert(const struct arm_modules *modules, const struct arm_hold *hold,
    const char *name, const char *params)
{
	int to = arm_modules_find(modules, name), from = to;

	if (to < 0)
		return;
	while (from > 0 && !backend_is_one(modules->module[from - 1].name))
		from--;
	for (; from < to; from++)
		arm_modules_insert(modules, from, "");
	if (arm_modules_insert(modules, to, params) < 0 && errno != ENODEV)
		arm_say(hold->kmsg, 4, "pstore: loading %s: %s", name, strerror(errno));
}

void arm_backend_load(
    const struct arm_modules *modules, const struct arm_hold *hold, const char *cmdline)
{
	char params[ARM_BACKEND_PARAMS_MAX];

	if (!arm_backend_is_there(hold) && !arm_backend_forbidden(cmdline, "ramoops") &&
	    arm_backend_params(cmdline, "ramoops", params, sizeof(params)) > 0 &&
	    (strstr(params, "mem_address=") || strstr(params, "mem_name=")))
		backend_insert(modules, hold, "ramoops", params);
	if (!arm_backend_is_there(hold) && !arm_backend_forbidden(cmdline, "efi_pstore") &&
	    faccessat(hold->sys, "firmware/efi", F_OK, 0) == 0 &&
	    arm_backend_params(cmdline, "efi_pstore", params, sizeof(params)) >= 0)
		backend_insert(modules, hold, "efi_pstore", params);
}
