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
#include "base/array.h"

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

void backend_name(const struct sys *sys, char name[BACKEND_NAME_MAX])
{
	if (sys_read_at(sys->sysfs, "module/pstore/parameters/backend", name, BACKEND_NAME_MAX) <=
		0 ||
	    strcmp(name, "(null)") == 0)
		snprintf(name, BACKEND_NAME_MAX, "none");
}

int backend_is_loaded(const struct sys *sys)
{
	char name[BACKEND_NAME_MAX];

	backend_name(sys, name);
	return strcmp(name, "none") != 0;
}

/* 1 if none of those depends on it: modules that stand for themselves. */
static int backend_is_one(const char *name)
{
	return strcmp(name, "ramoops") == 0 || strcmp(name, "efi_pstore") == 0 ||
	       strcmp(name, "efivarfs") == 0;
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

/* The variable's attributes (4 bytes), and its one byte. */
int backend_is_cleared(const uint8_t *file, size_t len)
{
	return len >= 5 && (file[4] & 1);
}

/* 1 if the firmware clears the memory at the next reset. */
static int backend_loses_memory(const struct modules *modules, const struct sys *sys)
{
	static const char name[] =
	    "MemoryOverwriteRequestControl-e20939be-32d4-41be-a150-897f85d49829";
	uint8_t file[8];
	ssize_t n = -1;
	int dir, fd;

	if (faccessat(sys->sysfs, "firmware/efi", F_OK, 0))
		return 0;
	backend_insert(modules, sys, "efivarfs", "");
	dir = sys_mount("efivarfs");
	fd = dir >= 0 ? openat(dir, name, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		n = read(fd, file, sizeof(file));
		close(fd);
	}
	if (dir >= 0)
		close(dir);
	return n > 0 && backend_is_cleared(file, (size_t)n);
}

static void backend_load_efi(
    const struct modules *modules, const struct sys *sys, const char *cmdline)
{
	char params[BACKEND_PARAMS_MAX];

	if (!backend_is_loaded(sys) && !backend_is_forbidden(cmdline, "efi_pstore") &&
	    faccessat(sys->sysfs, "firmware/efi", F_OK, 0) == 0 &&
	    backend_params(cmdline, "efi_pstore", params, sizeof(params)) >= 0)
		backend_insert(modules, sys, "efi_pstore", params);
}

void backend_load(const struct modules *modules, const struct sys *sys, const char *cmdline)
{
	char params[BACKEND_PARAMS_MAX];

	if (!backend_is_loaded(sys) && !backend_is_forbidden(cmdline, "ramoops") &&
	    backend_params(cmdline, "ramoops", params, sizeof(params)) > 0 &&
	    (strstr(params, "mem_address=") || strstr(params, "mem_name="))) {
		if (strstr(params, "mem_name=" BACKEND_REGION) &&
		    backend_loses_memory(modules, sys)) {
			sys_log(sys->kmsg, 5,
			    "pstore: the firmware clears memory at a reset (MOR): EFI variables, if it has them");
			backend_load_efi(modules, sys, cmdline);
		}
		if (!backend_is_loaded(sys))
			backend_insert(modules, sys, "ramoops", params);
	}
	backend_load_efi(modules, sys, cmdline);
}

/* Opens a record for reading: its length, or -1 if it is no regular file of a record. */
static off_t backend_open(const struct pstore *pstore, const char *name, int *fd, int64_t *time)
{
	struct stat st;

	*fd = openat(pstore->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0)
		return -1;
	if (fstat(*fd, &st) || !S_ISREG(st.st_mode)) {
		close(*fd);
		return -1;
	}
	*time = st.st_mtime > 0 ? (int64_t)st.st_mtime : 0;
	return st.st_size;
}

static size_t backend_fill(int fd, off_t at, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = pread(fd, buf + len, size - len, at + (off_t)len)) > 0)
		len += (size_t)n;
	return len;
}

/*
 * Reads bytes of a record, decompressed, from skip on into out. The record's whole length, or -1.
 */
static long backend_bytes(const struct pstore *pstore, const char *name, size_t skip, char *out,
    size_t size, int64_t *time)
{
	static const char packed[] = ".enc.z";
	size_t name_len = strlen(name);
	long got = -1;
	int fd;
	off_t len = backend_open(pstore, name, &fd, time);
	char *raw;

	if (len < 0)
		return -1;
	if (name_len < sizeof(packed) ||
	    strcmp(name + name_len - (sizeof(packed) - 1), packed) != 0) {
		size_t want = (size_t)len > skip ? (size_t)len - skip : 0;

		if (want > size)
			want = size;
		if (backend_fill(fd, (off_t)skip, out, want) == want)
			got = (long)len;
	} else if (len <= PSTORE_PACKED_MAX && (raw = malloc((size_t)len + 1))) {
		if (backend_fill(fd, 0, raw, (size_t)len) == (size_t)len)
			got = pstore_inflate(raw, (size_t)len, skip, out, size);
		free(raw);
	}
	close(fd);
	return got;
}

/*
 * Adds a record to the list, without its text. A file with another name, or without a header, stays
 * where it is.
 */
static int backend_list(struct pstore *pstore, const char *name)
{
	struct pstore_part *part = array_grow(
	    &(struct err){""}, pstore->part, &pstore->room, pstore->count, sizeof(*part));
	char head[PSTORE_HEAD_MAX] = "";
	size_t name_len = strlen(name);
	long len;

	if (!part)
		return -1;
	pstore->part = part;
	part += pstore->count;
	if (strncmp(name, "dmesg-", 6) != 0 || name_len >= sizeof(part->name))
		return 0;
	memset(part, 0, sizeof(*part));
	len = backend_bytes(pstore, name, 0, head, sizeof(head), &part->time);
	if (len <= 0)
		return 0;
	part->head =
	    pstore_header(head, (size_t)len < sizeof(head) ? (size_t)len : sizeof(head), part);
	if (part->head == 0 || part->head == (size_t)len)
		return 0;
	part->size = (size_t)len - part->head;
	memcpy(part->name, name, name_len + 1);
	pstore->count++;
	return 0;
}

static int backend_take(const struct pstore *pstore, struct pstore_part *part)
{
	size_t skip = part->head + part->size - part->len;
	int64_t time;

	if (part->len == 0) /* all of it is left out */
		return 0;
	part->data = malloc(part->len);
	if (part->data && backend_bytes(pstore, part->name, skip, part->data, part->len, &time) ==
			      (long)(part->head + part->size))
		return 0;
	free(part->data);
	return -1;
}

/* Reads the texts. A record that cannot be read is dropped, and so stays in pstore. */
static void backend_take_all(struct pstore *pstore, int64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < pstore->count; i++) {
		if (sys_now() >= end)
			pstore->left++;
		else if (backend_take(pstore, &pstore->part[i]) == 0)
			pstore->part[kept++] = pstore->part[i];
	}
	pstore->count = kept;
	pstore_renumber(pstore);
}

void backend_read_dir(struct pstore *pstore, int dir)
{
	int64_t end = sys_now() + BACKEND_READ_MS;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	memset(pstore, 0, sizeof(*pstore));
	pstore->dir = dir;
	while (list && (entry = readdir(list)))
		if (pstore->count >= PSTORE_PARTS || sys_now() >= end ||
		    backend_list(pstore, entry->d_name))
			pstore->left++;
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	pstore_group(pstore);
	pstore_limit(pstore);
	backend_take_all(pstore, end);
	if (pstore->count == 0)
		pstore_free(pstore);
}

void backend_read(struct pstore *pstore, const struct sys *sys)
{
	char name[BACKEND_NAME_MAX];
	int dir;

	backend_name(sys, name);
	dir = strcmp(name, "ramoops") == 0
		  ? sys_mount_with("pstore", "kmsg_bytes", BACKEND_KMSG_BYTES)
		  : sys_mount("pstore");
	if (dir >= 0)
		backend_read_dir(pstore, dir);
}

void backend_remove(const struct pstore *pstore, unsigned int crash)
{
	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].crash == crash)
			unlinkat(pstore->dir, pstore->part[i].name, 0);
}
