/* SPDX-License-Identifier: MIT */
/* backend: the running kernel's side of pstore; see backend.h. */
#include "backend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arm/cmdline.h"

static int backend_same_name(const char *text, const char *module, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] == '-' ? '_' : text[i]) != module[i])
			return 0;
	return 1;
}

long backend_params(const char *cmdline, const char *module, char *out, size_t size)
{
	size_t name = strlen(module), used = 0, len;
	const char *word;

	out[0] = '\0';
	while ((len = cmdline_word(&cmdline, &word)) > 0) {
		if (len <= name + 1 || word[name] != '.' || !backend_same_name(word, module, name))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? " " : "",
		    (int)(len - name - 1), word + name + 1);
		if (used >= size)
			return -1;
	}
	return (long)used;
}

int backend_is_forbidden(const char *cmdline, const char *module)
{
	static const char key[] = "modprobe.blacklist=";
	size_t name = strlen(module), len;
	const char *word;

	while ((len = cmdline_word(&cmdline, &word)) > 0) {
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

int backend_is_loaded(const struct sys *sys)
{
	char name[64];

	return sys_read_at(sys->sysfs, "module/pstore/parameters/backend", name, sizeof(name)) >
		   0 &&
	       strcmp(name, "(null)") != 0;
}

static int backend_is_one(const char *name)
{
	return strcmp(name, "ramoops") == 0 || strcmp(name, "efi_pstore") == 0;
}

/*
 * Loads it after the modules that it depends on, which come before it in the order. One that is
 * built in, or that the kernel does not have, or whose firmware has no runtime services (ENODEV),
 * is not reported.
 */
static void backend_insert(
    const struct modules *modules, const struct sys *sys, const char *name, const char *params)
{
	int to = modules_find(modules, name), from = to;

	if (to < 0)
		return;
	while (from > 0 && !backend_is_one(modules->module[from - 1].name))
		from--;
	for (; from < to; from++)
		modules_insert(modules, from, "");
	if (modules_insert(modules, to, params) < 0 && errno != ENODEV)
		sys_log(sys->kmsg, 4, "pstore: loading %s: %s", name, strerror(errno));
}

void backend_load(const struct modules *modules, const struct sys *sys, const char *cmdline)
{
	char params[BACKEND_PARAMS_MAX];

	if (!backend_is_loaded(sys) && !backend_is_forbidden(cmdline, "ramoops") &&
	    backend_params(cmdline, "ramoops", params, sizeof(params)) > 0 &&
	    (strstr(params, "mem_address=") || strstr(params, "mem_name=")))
		backend_insert(modules, sys, "ramoops", params);
	if (!backend_is_loaded(sys) && !backend_is_forbidden(cmdline, "efi_pstore") &&
	    faccessat(sys->sysfs, "firmware/efi", F_OK, 0) == 0 &&
	    backend_params(cmdline, "efi_pstore", params, sizeof(params)) >= 0)
		backend_insert(modules, sys, "efi_pstore", params);
}

static size_t backend_fill(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

/* Reads one record. A file with another name, or without a header, stays where it is. */
static void backend_take(struct pstore *pstore, const char *name)
{
	static const char packed[] = ".enc.z";
	static char raw[PSTORE_PART_MAX], plain[PSTORE_PART_MAX];
	struct pstore_part *part = &pstore->part[pstore->count];
	size_t name_len = strlen(name), len, head;
	const char *data = raw;
	struct stat st;
	int fd;

	if (strncmp(name, "dmesg-", 6) != 0 || name_len >= sizeof(part->name))
		return;
	fd = openat(pstore->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	len = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? backend_fill(fd, raw, sizeof(raw)) : 0;
	close(fd);
	if (strcmp(name + name_len - (sizeof(packed) - 1), packed) == 0) {
		long got = pstore_inflate(raw, len, plain, sizeof(plain));

		if (got < 0)
			return;
		data = plain;
		len = (size_t)got;
	}
	memset(part, 0, sizeof(*part));
	head = pstore_header(data, len, part);
	if (head == 0 || head == len || !(part->data = malloc(len - head)))
		return;
	memcpy(part->name, name, name_len + 1);
	memcpy(part->data, data + head, len - head);
	part->len = len - head;
	part->time = st.st_mtime > 0 ? (int64_t)st.st_mtime : 0;
	pstore->count++;
}

void backend_read(struct pstore *pstore)
{
	struct dirent *entry;
	DIR *list;
	int fd;

	pstore->count = 0;
	pstore->crashes = 0;
	pstore->dir = sys_mount("pstore");
	if (pstore->dir < 0)
		return;
	fd = openat(pstore->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	while (list && pstore->count < PSTORE_PARTS && (entry = readdir(list)))
		backend_take(pstore, entry->d_name);
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	pstore_group(pstore);
	if (pstore->count == 0)
		pstore_free(pstore);
}

void backend_remove(const struct pstore *pstore, unsigned int crash)
{
	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].crash == crash)
			unlinkat(pstore->dir, pstore->part[i].name, 0);
}
