/* SPDX-License-Identifier: MIT */
/* arm_backend: loads pstore's backend, and nothing else; see arm_backend.h. */
#include "arm_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arm_cmdline.h"

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

void arm_backend_hold(struct arm_backend *backend, const char *dir)
{
	char order[512], *rest = order, *name;
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	memset(backend, 0, sizeof(*backend));
	if (at < 0)
		return;
	if (arm_read_at(at, "order", order, sizeof(order)) < 0)
		order[0] = '\0';
	while ((name = strtok_r(rest, " \n", &rest)) && backend->count < ARM_BACKEND_MODULES) {
		size_t len = strcspn(name, ".");
		int fd;

		if (strchr(name, '/') || len >= ARM_BACKEND_NAME_MAX)
			continue;
		fd = openat(at, name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		backend->module[backend->count].fd = fd;
		for (size_t i = 0; i < len; i++)
			backend->module[backend->count].name[i] = name[i] == '-' ? '_' : name[i];
		backend->count++;
	}
	close(at);
}

int arm_backend_is_there(const struct arm_hold *hold)
{
	char name[64];

	return arm_read_at(hold->sys, "module/pstore/parameters/backend", name, sizeof(name)) > 0 &&
	       strcmp(name, "(null)") != 0;
}

static int backend_insert(const struct arm_backend *backend, int i, const char *params)
{
	if (syscall(SYS_finit_module, backend->module[i].fd, params, 0) == 0)
		return 0;
	return errno == EEXIST ? 0 : -1;
}

static int backend_is_one(const char *name)
{
	return strcmp(name, "ramoops") == 0 || strcmp(name, "efi_pstore") == 0;
}

/*
 * With what it depends on, which stands before it in the order. One that is built in, or not of this
 * kernel, or whose firmware has no runtime services, is no news.
 */
static void backend_insert_all(const struct arm_backend *backend, const struct arm_hold *hold,
    const char *name, const char *params)
{
	int to = 0, from;

	while (to < backend->count && strcmp(backend->module[to].name, name) != 0)
		to++;
	if (to == backend->count)
		return;
	for (from = to; from > 0 && !backend_is_one(backend->module[from - 1].name); from--)
		;
	for (; from < to; from++)
		backend_insert(backend, from, "");
	if (backend_insert(backend, to, params) && errno != ENODEV)
		arm_say(hold->kmsg, 4, "pstore: loading %s: %s", name, strerror(errno));
}

void arm_backend_load(struct arm_backend *backend, const struct arm_hold *hold, const char *cmdline)
{
	char params[ARM_BACKEND_PARAMS_MAX];

	if (!arm_backend_is_there(hold) && !arm_backend_forbidden(cmdline, "ramoops") &&
	    arm_backend_params(cmdline, "ramoops", params, sizeof(params)) > 0 &&
	    (strstr(params, "mem_address=") || strstr(params, "mem_name=")))
		backend_insert_all(backend, hold, "ramoops", params);
	if (!arm_backend_is_there(hold) && !arm_backend_forbidden(cmdline, "efi_pstore") &&
	    faccessat(hold->sys, "firmware/efi", F_OK, 0) == 0 &&
	    arm_backend_params(cmdline, "efi_pstore", params, sizeof(params)) >= 0)
		backend_insert_all(backend, hold, "efi_pstore", params);
	for (int i = 0; i < backend->count; i++)
		close(backend->module[i].fd);
	backend->count = 0;
}
