/* SPDX-License-Identifier: MIT */
/*
 * image: a kernel with what belongs to it, a directory that `lastwords image` (images/) makes.
 *
 *   IMAGES/NAME/vmlinuz            the OS's kernel
 *   IMAGES/NAME/initrd.img         the OS's own initrd, untouched
 *   IMAGES/NAME/overlay.cpio.gz    everything of ours, under /lastwords
 *   IMAGES/NAME/image.conf         metadata (kv.h): release, arch, crashkernel and crashkernel-small
 *                                  (what the stock and the small capture kernel need reserved,
 *                                  measured or stated; absent: the overlay has not that kernel),
 *                                  overlay-size, overlay-sha256, made (time)
 *
 * The overlay is gzip, made with its parts in this order: bin/ and the rest first, and as its last
 * entry the symlink /lastwords/arm -> bin/arm. The session archive, which goes before it, has
 * /lastwords/arm -> /init. So an overlay that is missing, cut or corrupt leaves rdinit= pointing at
 * the OS's own /init, and the OS boots (rdinit= has no fallback of its own).
 */
#ifndef LASTWORDS_IMAGE_H
#define LASTWORDS_IMAGE_H

#include <stdint.h>

#include "err.h"
#include "state.h"

struct image {
	char dir[STATE_PATH_MAX];
	char release[128];
	uint64_t crashkernel,
	    crashkernel_small; /* bytes, stock and small; 0: unknown, or not there */
	int has_kernel, has_initrd, has_overlay;
	uint64_t overlay_size; /* bytes, as image.conf states */
	char overlay_sha256[65]; /* as image.conf states, "" unknown */
};

/* Looks at one image. -1 if the directory or image.conf cannot be read. */
int image_open(struct err *err, const char *images, const char *name, struct image *image);
/* What the capture kernel that a profile asks for ("stock", "small") needs; 0: not there. */
uint64_t image_need(const struct image *image, const char *capture);
/*
 * 0 if the overlay on disk is the one that image.conf states; -1 and why not. Reads the whole file
 * once and remembers the result by path, inode, size and mtime for the life of the process.
 */
int image_overlay_ok(struct err *err, const struct image *image);

#endif
