/* SPDX-License-Identifier: MIT */
/* image: a kernel with what belongs to it; see image.h. */
#include "image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/kv.h"
#include "base/num.h"
#include "session/session.h"

/* Not empty, and a regular file. */
static int image_has(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	struct err err;

	return !file_path(&err, dir, name, path) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size > 0 && access(path, R_OK) == 0;
}

/* KEY, KEY-margin, KEY-from and KEY-measured; absent ones are no error. */
static int image_read_capture(
    struct err *err, const struct kv *kv, const char *key, struct image_capture *capture)
{
	char name[40];
	const char *value = kv_get(kv, key);

	if (value && num_size(err, key, value, strlen(value), &capture->need))
		return -1;
	snprintf(name, sizeof(name), "%s-margin", key);
	value = kv_get(kv, name);
	if (value && num_size(err, name, value, strlen(value), &capture->margin))
		return -1;
	snprintf(name, sizeof(name), "%s-from", key);
	value = kv_get(kv, name);
	snprintf(capture->from, sizeof(capture->from), "%s", value ? value : "");
	snprintf(name, sizeof(name), "%s-measured", key);
	value = kv_get(kv, name);
	snprintf(capture->measured, sizeof(capture->measured), "%s", value ? value : "");
	return 0;
}

int image_open(struct err *err, const char *images, const char *name, struct image *image)
{
	char path[FILE_PATH_MAX], text[4096];
	const char *value;
	struct stat st;
	struct kv kv;

	memset(image, 0, sizeof(*image));
	if (!profile_name_ok(name))
		return err_set(err, "image \"%.40s\": not a name of a directory", name);
	if (file_path(err, images, name, image->dir))
		return -1;
	if (stat(image->dir, &st))
		return err_errno(err, "image %s", image->dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, "image %s: not a directory", image->dir);
	image->has_kernel = image_has(image->dir, "vmlinuz");
	image->has_initrd = image_has(image->dir, "initrd.img");
	image->has_shim = image_has(image->dir, "shim.efi");
	image->has_overlay = image_has(image->dir, "overlay.cpio.gz");
	if (file_path(err, image->dir, "image.conf", path) ||
	    kv_read_file(err, path, text, sizeof(text), &kv))
		return err_prefix(err, "image");
	value = kv_get(&kv, "release");
	snprintf(image->release, sizeof(image->release), "%s", value ? value : "");
	value = kv_get(&kv, "arch");
	snprintf(image->arch, sizeof(image->arch), "%s", value ? value : "");
	value = kv_get(&kv, "overlay-sha256");
	if (value && strlen(value) == 64 && strspn(value, "0123456789abcdef") == 64)
		memcpy(image->overlay_sha256, value, 65);
	if (image_read_capture(err, &kv, "crashkernel", &image->stock) ||
	    image_read_capture(err, &kv, "crashkernel-small", &image->small))
		return err_prefix(err, "image %s", path);
	value = kv_get(&kv, "capture-tier");
	image->tier2 = value && strcmp(value, "2") == 0;
	value = kv_get(&kv, "tls");
	image->tls = value && strcmp(value, "1") == 0;
	value = kv_get(&kv, "overlay-size");
	if (value &&
	    num_u64(err, "overlay-size", value, strlen(value), 0, UINT64_MAX, &image->overlay_size))
		return err_prefix(err, "image %s", path);
	return 0;
}

int image_vmlinux(const char *images, const char *name, char path[FILE_PATH_MAX])
{
	char dir[FILE_PATH_MAX], conf[FILE_PATH_MAX], text[4096];
	const char *value;
	struct err ignored;
	struct kv kv;

	if (!profile_name_ok(name) || file_path(&ignored, images, name, dir) ||
	    file_path(&ignored, dir, "image.conf", conf) ||
	    kv_read_file(&ignored, conf, text, sizeof(text), &kv))
		return 0;
	value = kv_get(&kv, "vmlinux");
	if (!value || !value[0])
		return 0;
	if (value[0] == '/')
		dir[0] = '\0';
	if (file_path(&ignored, dir, value[0] == '/' ? value + 1 : value, path))
		return 0;
	return access(path, R_OK) == 0;
}

const struct image_capture *image_capture(const struct image *image, const char *capture)
{
	return strcmp(capture, "small") == 0 ? &image->small : &image->stock;
}

int image_capture_measured(const struct image_capture *capture)
{
	return strcmp(capture->from, "measured") == 0 || strcmp(capture->from, "sized") == 0;
}

/* Overlays that were read already; the oldest makes room. */
enum { SEEN_MAX = 64 };
struct seen {
	char path[FILE_PATH_MAX];
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	char sha256[DIGEST_TEXT];
};
static struct seen image_seen[SEEN_MAX];
static size_t image_seen_next;

static int image_same(const struct seen *seen, const char *path, const struct stat *st)
{
	return seen->dev == st->st_dev && seen->ino == st->st_ino && seen->size == st->st_size &&
	       seen->mtime.tv_sec == st->st_mtim.tv_sec &&
	       seen->mtime.tv_nsec == st->st_mtim.tv_nsec && strcmp(seen->path, path) == 0;
}

int image_overlay_ok(struct err *err, const struct image *image)
{
	char path[FILE_PATH_MAX], sha256[DIGEST_TEXT];
	struct stat st;
	int fd, rc = -1;

	if (!image->has_overlay)
		return err_set(err, "image without overlay");
	if (!image->overlay_sha256[0])
		return err_set(err, "image.conf without overlay-sha256");
	if (file_path(err, image->dir, "overlay.cpio.gz", path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, "%s", path);
	if (fstat(fd, &st)) {
		err_errno(err, "%s", path);
		goto out;
	}
	sha256[0] = '\0';
	for (size_t i = 0; i < SEEN_MAX; i++)
		if (image_same(&image_seen[i], path, &st))
			memcpy(sha256, image_seen[i].sha256, sizeof(sha256));
	if (image->overlay_size && (uint64_t)st.st_size != image->overlay_size) {
		err_set(err, "overlay corrupt: %lld bytes, image.conf has %llu",
		    (long long)st.st_size, (unsigned long long)image->overlay_size);
		goto out;
	}
	if (!sha256[0]) {
		struct seen *seen = &image_seen[image_seen_next];

		if (digest_fd(err, fd, sha256, NULL)) {
			err_prefix(err, "%s", path);
			goto out;
		}
		image_seen_next = (image_seen_next + 1) % SEEN_MAX;
		memcpy(seen->path, path, sizeof(path));
		seen->dev = st.st_dev;
		seen->ino = st.st_ino;
		seen->size = st.st_size;
		seen->mtime = st.st_mtim;
		memcpy(seen->sha256, sha256, sizeof(sha256));
	}
	if (strcmp(sha256, image->overlay_sha256) != 0)
		err_set(err, "overlay corrupt: its SHA-256 is not that in image.conf");
	else
		rc = 0;
out:
	close(fd);
	return rc;
}
