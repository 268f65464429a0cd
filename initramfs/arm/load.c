/* SPDX-License-Identifier: MIT */
/* load: loads the capture kernel; see load.h. */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "cmdline.h"
#include "cpio.h"
#include "nics.h"
#include "pick.h"

enum { LOAD_NICS_MAX = 1 << 20, LOAD_CMDLINE_MAX = 1536 };

#define KEXEC "/bin/kexec"

/* The capture kernels that an overlay may have, with where it has them (image.h). */
struct load_kind {
	const char *name, *kernel, *initrd, *nics;
	size_t need; /* where session.conf's text of what it needs is in struct session_conf */
};
static const struct load_kind kinds[] = {
    {"stock", "/capture/vmlinuz", "/capture/initrd", "/nics",
	offsetof(struct session_conf, need_stock)},
    {"small", "/capture/small/vmlinuz", "/capture/small/initrd", "/capture/small/nics",
	offsetof(struct session_conf, need_small)},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), LOAD_PATH_MAX = 64 };

static const char *load_path(const char *name, char path[LOAD_PATH_MAX])
{
	snprintf(path, LOAD_PATH_MAX, ARM_ROOT "%s", name);
	return path;
}

long long arm_load_reserved(const struct arm_hold *hold)
{
	char text[32];
	uint64_t size;
	struct err err;
	long len = arm_read_at(hold->sys, "kernel/kexec_crash_size", text, sizeof(text));

	if (len < 0 || num_u64(&err, "size", text, (size_t)len, 0, INT64_MAX, &size))
		return -1;
	return (long long)size;
}

int arm_load_is_loaded(const struct arm_hold *hold)
{
	char text[8];

	return arm_read_at(hold->sys, "kernel/kexec_crash_loaded", text, sizeof(text)) > 0 &&
	       text[0] == '1';
}

static int load_check_reservation(
    struct err *err, const struct arm_hold *hold, const char *cmdline, long long *reserved)
{
	char asked[64];

	*reserved = arm_load_reserved(hold);
	if (*reserved < 0)
		return err_set(err, "this kernel has no kexec");
	if (*reserved > 0)
		return 0;
	if (arm_cmdline_get(cmdline, "crashkernel", NULL, asked, sizeof(asked)) > 0)
		return err_set(err,
		    "no crashkernel reservation: the kernel found no room for crashkernel=%s",
		    asked);
	return err_set(err, "no crashkernel reservation: no crashkernel= on the command line");
}

/* Reads a whole file of at most LOAD_NICS_MAX; NULL if it cannot be. Free it. */
static char *load_file(const char *path, size_t *len)
{
	struct stat st;
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size >= 0 && st.st_size <= LOAD_NICS_MAX)
		text = malloc((size_t)st.st_size + 1);
	*len = 0;
	while (text && *len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + *len, (size_t)st.st_size - *len);

		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	return text;
}

/*
 * One PCI network card that the capture initramfs can drive is enough; which of them booted cannot
 * be told before they have drivers. A machine without any on PCI has them elsewhere (USB, VMBus).
 */
static int load_check_nics(
    struct err *err, const struct arm_hold *hold, const struct load_kind *kind)
{
	char file[LOAD_PATH_MAX];
	size_t len = 0;
	char *list = load_file(load_path(kind->nics, file), &len);
	char uncovered[128] = "";
	struct dirent *entry;
	DIR *devices = NULL;
	int covered = 0, fd;

	if (!list)
		return 0; /* an overlay that does not say */
	fd = openat(hold->sys, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !(devices = fdopendir(fd)))
		close(fd);
	while (devices && !covered && (entry = readdir(devices))) {
		char path[300], text[128];

		snprintf(path, sizeof(path), "%s/class", entry->d_name);
		if (entry->d_name[0] == '.' || arm_read_at(fd, path, text, sizeof(text)) < 0 ||
		    !arm_nics_class(text))
			continue;
		snprintf(path, sizeof(path), "%s/modalias", entry->d_name);
		if (arm_read_at(fd, path, text, sizeof(text)) <= 0)
			continue;
		covered = arm_nics_cover(list, len, text);
		if (!uncovered[0])
			snprintf(uncovered, sizeof(uncovered), "%s", text);
	}
	if (devices)
		closedir(devices);
	free(list);
	if (!covered && uncovered[0])
		return err_set(err, "no NIC module in the capture image for %s", uncovered);
	return 0;
}

/*
 * -1 if the reservation is smaller than what the server says that the kernel needs; it may not have
 * said (it could not read its image).
 */
static int load_check_need(struct err *err, const struct session_conf *conf,
    const struct load_kind *kind, long long reserved)
{
	const char *value = *(const char *const *)((const char *)conf + kind->need);
	uint64_t need;

	if (!value[0] || num_size(err, kind->name, value, strlen(value), &need) ||
	    need <= (uint64_t)reserved)
		return 0;
	return err_set(err, "it needs crashkernel=%lluM, %lld MB are reserved",
	    (unsigned long long)((need + (1 << 20) - 1) >> 20), reserved >> 20);
}

static int load_append_conf(
    struct err *err, const struct load_kind *kind, const char *text, size_t len)
{
	char archive[SESSION_CONF_MAX + 512], file[LOAD_PATH_MAX];
	struct stat st;
	size_t size;
	ssize_t n;
	int fd = open(load_path(kind->initrd, file), O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st)) {
		err_errno(err, "no capture initramfs in the overlay");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	size = arm_cpio_file(
	    archive, sizeof(archive), (uint64_t)st.st_size, "session.conf", 0600, text, len);
	n = size ? write(fd, archive, size) : -1;
	if (n != (ssize_t)size)
		err_errno(err, "appending session.conf to the capture initramfs");
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}

/* What the functions that arm_pick calls know. */
struct load {
	const struct arm_hold *hold;
	const struct session_conf *conf;
	const char *conf_text;
	size_t conf_len;
	char *command_line;
	int64_t end;
	long long reserved;
};

static int load_has(void *arg, size_t kind)
{
	char file[LOAD_PATH_MAX];

	(void)arg;
	return access(load_path(kinds[kind].kernel, file), R_OK) == 0;
}

static int load_prepare(struct err *err, void *arg, size_t kind, int fallback)
{
	const struct load *load = arg;

	/* A kernel that nobody asked for may be one that the reservation was not made for: it would load,
	 * and die of it in the crash. With the one that was asked for it is worth a try. */
	if (load_check_need(err, load->conf, &kinds[kind], load->reserved)) {
		if (fallback)
			return -1;
		arm_say(load->hold->kmsg, 4, "the %s capture kernel may not fit: %s",
		    kinds[kind].name, err->msg);
	}
	if (load_check_nics(err, load->hold, &kinds[kind]))
		return -1;
	return load_append_conf(err, &kinds[kind], load->conf_text, load->conf_len);
}

/*
 * -i leaves out purgatory's SHA-256 of the capture kernel. It would cost every healthy boot, and
 * every crash again, as much as all the rest (1 s for 9 MB in an emulator), and a mismatch ends in an
 * endless loop, where a damaged capture kernel may still work or at least panic and reboot. The
 * kernel unmaps the reservation after loading. (With -s the kernel brings its own purgatory.)
 */
static int load_kexec(struct err *err, void *arg, size_t kind, const char *way)
{
	const struct load *load = arg;
	char said[256], why[300], flag[4], initrd[LOAD_PATH_MAX + 16], kernel[LOAD_PATH_MAX];
	char kexec[] = KEXEC, panic[] = "-p", checks[] = "-i";
	char *argv[] = {kexec, panic, checks, flag, initrd, load->command_line, kernel, NULL};
	int64_t left = load->end - arm_now();

	if (left <= 0)
		return 1;
	if (left > ARM_KEXEC_LIMIT_MS)
		left = ARM_KEXEC_LIMIT_MS;
	snprintf(flag, sizeof(flag), "%s", way);
	snprintf(initrd, sizeof(initrd), "--initrd=%s", kinds[kind].initrd);
	snprintf(kernel, sizeof(kernel), "%s", kinds[kind].kernel);
	if (arm_run(ARM_ROOT, argv, left, said, sizeof(said))) {
		arm_pick_explain(way, said, why, sizeof(why));
		return err_set(err, "%s", why);
	}
	if (!arm_load_is_loaded(load->hold))
		return err_set(err, "kexec says it loaded the capture kernel, the kernel does not");
	return 0;
}

/* The kind that the profile asks for, then the others. */
static int load_any(
    struct err *err, const char *asked, struct load *load, struct arm_loaded *loaded)
{
	static const struct arm_pick_ops functions = {
	    .has = load_has, .prepare = load_prepare, .load = load_kexec};
	struct arm_pick_ops ops = functions;
	const char *names[KINDS];
	struct arm_picked picked;

	for (size_t i = 0; i < KINDS; i++)
		names[i] = kinds[i].name;
	ops.arg = load;
	if (arm_pick(err, &ops, names, KINDS, asked, &picked))
		return -1;
	snprintf(loaded->how, sizeof(loaded->how), "%s", picked.how);
	snprintf(loaded->capture, sizeof(loaded->capture), "%s", names[picked.kind]);
	memcpy(loaded->why, picked.why, sizeof(loaded->why));
	memcpy(loaded->how_why, picked.how_why, sizeof(loaded->how_why));
	return 0;
}

/*
 * From here an OS's own kdump could replace the capture kernel, silently. kexec_load_limit_panic
 * (Linux 6.3) forbids that alone; kexec_load_disabled forbids a kexec reboot as well. Neither can be
 * taken back before the next boot. Source: admin-guide/sysctl/kernel.
 */
void arm_load_lock(const struct arm_hold *hold)
{
	if (arm_write_at(hold->proc, "sys/kernel/kexec_load_limit_panic", "0\n") &&
	    arm_write_at(hold->proc, "sys/kernel/kexec_load_disabled", "1\n"))
		arm_say(hold->kmsg, 4, "another capture kernel can replace ours: no lock");
}

int arm_load(struct err *err, const struct arm_hold *hold, const struct session_conf *conf,
    const char *conf_text, size_t conf_len, const char *cmdline, struct arm_loaded *loaded)
{
	static const char option[] = "--command-line=";
	char command_line[sizeof(option) + LOAD_CMDLINE_MAX], file[LOAD_PATH_MAX];
	struct arm_capture_args args = {
	    .os = cmdline, .console = conf->console, .panic = conf->panic};
	struct load load = {
	    .hold = hold, .conf = conf, .conf_text = conf_text, .conf_len = conf_len};
	int bad = -1;

	memset(loaded, 0, sizeof(*loaded));
	loaded->crashkernel = -1;
	memcpy(command_line, option, sizeof(option));
	if (!conf->crashkernel[0])
		err_set(err, "the profile asks for no crashkernel");
	else if (load_check_reservation(err, hold, cmdline, &loaded->crashkernel) == 0 &&
		 arm_cmdline_capture(
		     err, &args, command_line + sizeof(option) - 1, LOAD_CMDLINE_MAX) == 0) {
		load.command_line = command_line;
		load.end = arm_now() + ARM_LOAD_LIMIT_MS;
		load.reserved = loaded->crashkernel;
		bad = load_any(err, conf->capture, &load, loaded);
	}
	if (!bad && conf->stay_armed)
		arm_load_lock(hold);
	for (size_t i = 0; i < KINDS; i++) {
		unlink(load_path(kinds[i].initrd, file));
		unlink(load_path(kinds[i].kernel, file));
	}
	unlink(ARM_ROOT KEXEC);
	return bad;
}
