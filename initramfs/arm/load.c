/* SPDX-License-Identifier: MIT */
/* load: loads the capture kernel; see load.h. */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "cmdline.h"
#include "cpio.h"
#include "https/https.h"
#include "nics.h"

enum { LOAD_NICS_MAX = 1 << 20, LOAD_CMDLINE_MAX = 1536, LOAD_PATH_MAX = 64 };

#define KEXEC "/bin/kexec"

/* The capture kernels that an overlay may have, and where (image.h). */
static const struct load_kind {
	const char *kernel, *initrd, *nics;
} kinds[] = {
    {"/capture/vmlinuz", "/capture/initrd", "/nics"},
    {"/capture/small/vmlinuz", "/capture/small/initrd", "/capture/small/nics"},
};
static const char *const names[] = {"stock", "small"};
enum { LOAD_STOCK, LOAD_SMALL, LOAD_KINDS }; /* of both */

static const char *load_path(const char *name, char path[LOAD_PATH_MAX])
{
	snprintf(path, LOAD_PATH_MAX, ARM_ROOT "%s", name);
	return path;
}

/* /sys/kernel/kexec_crash_NAME, since Linux 7.0 a link to kexec/crash_NAME, which may go away. */
static long load_read(const struct sys *sys, const char *name, char *text, size_t size)
{
	char path[64];
	long len;

	snprintf(path, sizeof(path), "kernel/kexec/crash_%s", name);
	len = sys_read_at(sys->sysfs, path, text, size);
	if (len >= 0)
		return len;
	snprintf(path, sizeof(path), "kernel/kexec_crash_%s", name);
	return sys_read_at(sys->sysfs, path, text, size);
}

long long load_reserved(const struct sys *sys)
{
	char text[32];
	uint64_t size;
	struct err err;
	long len = load_read(sys, "size", text, sizeof(text));

	if (len < 0 || num_u64(&err, "size", text, (size_t)len, 0, INT64_MAX, &size))
		return -1;
	return (long long)size;
}

int load_is_loaded(const struct sys *sys)
{
	char text[8];

	return load_read(sys, "loaded", text, sizeof(text)) > 0 && text[0] == '1';
}

static int load_check_reservation(
    struct err *err, const struct sys *sys, const char *cmdline, long long *reserved)
{
	char size[64];

	*reserved = load_reserved(sys);
	if (*reserved < 0)
		return err_set(err, "this kernel has no kexec");
	if (*reserved > 0)
		return 0;
	if (cmdline_get(cmdline, "crashkernel", NULL, size, sizeof(size)) > 0)
		return err_set(err,
		    "no crashkernel reservation: the kernel found no room for crashkernel=%s",
		    size);
	return err_set(err, "no crashkernel reservation: no crashkernel= on the command line");
}

/* The modalias of a PCI network card, or "". */
static void load_nic_modalias(int devices, const char *name, char *modalias, size_t size)
{
	char path[300], class[16];

	modalias[0] = '\0';
	snprintf(path, sizeof(path), "%s/class", name);
	if (sys_read_at(devices, path, class, sizeof(class)) < 0 || !nics_class(class))
		return;
	snprintf(path, sizeof(path), "%s/modalias", name);
	sys_read_at(devices, path, modalias, size);
}

/*
 * One PCI network card that the capture initramfs can drive is enough: before the cards have
 * drivers nothing shows which of them booted. A machine without PCI cards has others (USB, VMBus).
 * An overlay without the list passes.
 */
static int load_check_nics(struct err *err, const struct sys *sys, const struct load_kind *kind)
{
	char file[LOAD_PATH_MAX], modalias[128], uncovered[128] = "";
	char *list = malloc(LOAD_NICS_MAX);
	struct dirent *entry;
	DIR *devices = NULL;
	int fd, covered = 0;

	if (!list || sys_read_at(AT_FDCWD, load_path(kind->nics, file), list, LOAD_NICS_MAX) < 0) {
		free(list);
		return 0;
	}
	fd = openat(sys->sysfs, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !(devices = fdopendir(fd)))
		close(fd);
	while (devices && !covered && (entry = readdir(devices))) {
		load_nic_modalias(fd, entry->d_name, modalias, sizeof(modalias));
		if (!modalias[0])
			continue;
		covered = nics_cover(list, modalias);
		if (!uncovered[0])
			memcpy(uncovered, modalias, sizeof(uncovered));
	}
	if (devices)
		closedir(devices);
	free(list);
	if (!covered && uncovered[0])
		return err_set(err, "no NIC module in the capture image for %s", uncovered);
	return 0;
}

/*
 * -1 if the reservation is smaller than what this kernel needs by session.conf, which has no number
 * if the server could not read its image.
 */
static int load_check_need(
    struct err *err, const struct session_conf *conf, size_t kind, long long reserved)
{
	const char *value = kind == LOAD_SMALL ? conf->need_small : conf->need_stock;
	uint64_t need;

	if (!value[0] || num_size(err, names[kind], value, strlen(value), &need) ||
	    need <= (uint64_t)reserved)
		return 0;
	return err_set(err, "it needs crashkernel=%lluM, %lld MB are reserved",
	    (unsigned long long)((need + (1 << 20) - 1) >> 20), reserved >> 20);
}

/* Appends a file to the capture initramfs. */
static int load_append(
    struct err *err, const struct load_kind *kind, const char *name, const char *text, size_t len)
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
	size = cpio_file(archive, sizeof(archive), (uint64_t)st.st_size, name, 0600, text, len);
	n = size ? write(fd, archive, size) : -1;
	if (n != (ssize_t)size)
		err_errno(err, "appending %s to the capture initramfs", name);
	memset(archive, 0, sizeof(archive));
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}

/* session.conf, and entropy for TLS, new for each boot. */
static int load_append_all(
    struct err *err, const struct load_kind *kind, const char *text, size_t len)
{
	uint8_t seed[HTTPS_SEED_SIZE];
	size_t size = https_seed(seed);
	int bad = load_append(err, kind, "session.conf", text, len);

	if (!bad && size)
		bad = load_append(err, kind, &HTTPS_SEED[1], (const char *)seed, size);
	memset(seed, 0, sizeof(seed));
	return bad;
}

/* For the functions that pick_kernel calls. */
struct load {
	const struct sys *sys;
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

	/*
	 * A fallback may not fit into the reservation: it would load, and run out of memory after the
	 * crash. The kernel that the profile names is worth a try.
	 */
	if (load_check_need(err, load->conf, kind, load->reserved)) {
		if (fallback)
			return -1;
		sys_log(load->sys->kmsg, 4, "the %s capture kernel may not fit: %s", names[kind],
		    err->msg);
	}
	if (load_check_nics(err, load->sys, &kinds[kind]))
		return -1;
	return load_append_all(err, &kinds[kind], load->conf_text, load->conf_len);
}

/*
 * -i leaves out purgatory's SHA-256 of the capture kernel. It would cost every healthy boot, and
 * every crash again, as much as all the rest (1 s for 9 MB in an emulator), and a mismatch ends in
 * an endless loop, where a damaged capture kernel may still work or at least panic and reboot. The
 * kernel unmaps the reservation after loading. (With -s the kernel brings its own purgatory.)
 */
static enum pick_result load_kexec(struct err *err, void *arg, size_t kind, enum pick_call call)
{
	const struct load *load = arg;
	char said[256], why[300], initrd[LOAD_PATH_MAX + 16], kernel[LOAD_PATH_MAX];
	char kexec[] = KEXEC, panic[] = "-p", checks[] = "-i";
	char flag[] = {'-', call == PICK_KEXEC_LOAD ? 'c' : 's', '\0'};
	char *argv[] = {kexec, panic, checks, flag, initrd, load->command_line, kernel, NULL};
	int64_t left = load->end - sys_now();
	int failed;

	if (left <= 0)
		return PICK_NO_TIME;
	if (left > LOAD_KEXEC_LIMIT_MS)
		left = LOAD_KEXEC_LIMIT_MS;
	snprintf(initrd, sizeof(initrd), "--initrd=%s", kinds[kind].initrd);
	snprintf(kernel, sizeof(kernel), "%s", kinds[kind].kernel);
	failed = sys_run(ARM_ROOT, argv, left, said, sizeof(said));
	/* (one that was killed in the system call, on a slow machine, has loaded it all the same) */
	if (load_is_loaded(load->sys))
		return PICK_LOADED;
	if (failed) {
		pick_explain(call, said, why, sizeof(why));
		err_set(err, "%s", why);
		return PICK_REFUSED;
	}
	err_set(
	    err, "kexec reports that it loaded the capture kernel, the running kernel does not");
	return PICK_REFUSED;
}

/*
 * Without this an OS's own kdump can replace the capture kernel, unnoticed. kexec_load_limit_panic
 * (Linux 6.3) forbids that alone; kexec_load_disabled forbids a kexec reboot as well. Neither can
 * be taken back before the next boot. Source: admin-guide/sysctl/kernel.
 */
void load_lock(const struct sys *sys)
{
	if (sys_write_at(sys->proc, "sys/kernel/kexec_load_limit_panic", "0\n") &&
	    sys_write_at(sys->proc, "sys/kernel/kexec_load_disabled", "1\n"))
		sys_log(sys->kmsg, 4,
		    "another capture kernel can replace ours: the kernel has no lock for that");
}

int load_capture(struct err *err, const struct sys *sys, const struct session_conf *conf,
    const char *conf_text, size_t conf_len, const char *cmdline, struct loaded *loaded)
{
	static const char option[] = "--command-line=";
	char command_line[sizeof(option) + LOAD_CMDLINE_MAX], file[LOAD_PATH_MAX];
	struct cmdline_capture args = {
	    .os = cmdline, .console = conf->console, .nic = conf->mac, .panic = conf->panic};
	struct load load = {.sys = sys,
	    .conf = conf,
	    .conf_text = conf_text,
	    .conf_len = conf_len,
	    .command_line = command_line,
	    .reserved = -1,
	    .end = sys_now() + LOAD_LIMIT_MS};
	struct pick_ops ops = {
	    .arg = &load, .has = load_has, .prepare = load_prepare, .load = load_kexec};
	int bad = -1;

	memset(loaded, 0, sizeof(*loaded));
	memcpy(command_line, option, sizeof(option));
	if (!conf->crashkernel[0])
		err_set(err, "the profile has no crashkernel");
	else if (load_check_reservation(err, sys, cmdline, &load.reserved) == 0 &&
		 cmdline_capture(err, &args, command_line + sizeof(option) - 1, LOAD_CMDLINE_MAX) ==
		     0)
		bad = pick_kernel(err, &ops, names, LOAD_KINDS, conf->capture, &loaded->picked);
	loaded->crashkernel = load.reserved;
	if (!bad && conf->stay_armed)
		load_lock(sys);
	for (size_t i = 0; i < LOAD_KINDS; i++) {
		unlink(load_path(kinds[i].initrd, file));
		unlink(load_path(kinds[i].kernel, file));
	}
	unlink(ARM_ROOT KEXEC);
	return bad;
}
