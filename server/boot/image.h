/* SPDX-License-Identifier: MIT */
/*
 * image: a kernel with what belongs to it, a directory that `lastwords image` (images/) makes.
 *
 *   IMAGES/NAME/vmlinuz            the OS's kernel
 *   IMAGES/NAME/initrd.img         the OS's own initrd, untouched; but one by lz4 gets zero bytes, which end it
 *   IMAGES/NAME/shim.efi           its distribution's shim, which Secure Boot needs to start this kernel; optional
 *   IMAGES/NAME/overlay.cpio.gz    everything of ours, under /lastwords
 *   IMAGES/NAME/image.conf         metadata (kv.h): release, arch, overlay-size, overlay-sha256, made
 *                                  (time), and for each capture kernel that the overlay has what it
 *                                  needs reserved, the one place that says so:
 *
 *   crashkernel                    bytes that the stock one needs, with the margin
 *   crashkernel-margin             of these, bytes beyond what was measured
 *   crashkernel-from               where that is from: "measured", of this image, by `lastwords image
 *                                  --estimate`; "sized", from the sizes of kernel and initramfs, as
 *                                  measured for the kernels that images/image.sh knows; "estimated",
 *                                  the same for a kernel that it does not know; "stated" by a person
 *   crashkernel-measured           MACHINE:LEAST:FREE:RUNS,… as measured; MACHINE is bios, uefi, iommu
 *                                  or uefi-iommu, with -CARD where one was asked for, LEAST the
 *                                  smallest crashkernel= (23M) with which RUNS of RUNS deaths were
 *                                  captured, FREE the memory (3072K) left then
 *   crashkernel-small, crashkernel-small-margin, …-from, …-measured     the same of the small one
 *   tls                            1: arm and capture speak TLS, and trust the CA of image.sh --tls
 *   vmlinux                        a kernel with debug information (DWARF) of the same build, an absolute path or
 *                                  one in the image; its modules are in modules/ next to it: reports get
 *                                  source lines (decode/source.h)
 *   capture-tier                   of the small one: 2, if it is the larger, whose drivers nobody has
 *                                  verified on hardware
 *
 * The overlay is gzip, made with its parts in this order: bin/ and the rest first, and as its last
 * entry the symlink /lastwords/arm -> bin/arm. The session archive, which goes before it, has
 * /lastwords/arm -> /init. So an overlay that is missing, cut or corrupt leaves rdinit= pointing at
 * the OS's own /init, and the OS boots (rdinit= has no fallback of its own).
 */
#ifndef LASTWORDS_BOOT_IMAGE_H
#define LASTWORDS_BOOT_IMAGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/file.h"

/* A capture kernel of an image. */
struct image_capture {
	uint64_t need, margin; /* bytes; need holds the margin; 0: unknown, or not there */
	char from[12]; /* as above, "" unknown */
	char measured[200]; /* as above, "" nothing */
};

struct image {
	char dir[FILE_PATH_MAX];
	char release[128];
	char arch[16]; /* "x86_64", "arm64"; "" unknown */
	struct image_capture stock, small;
	int tls; /* its machines speak TLS */
	int tier2; /* the small one is the larger of ours */
	int has_kernel, has_initrd, has_shim, has_overlay;
	uint64_t overlay_size; /* bytes, as image.conf states */
	char overlay_sha256[65]; /* as image.conf states, "" unknown */
};

/* Looks at one image. -1 if the directory or image.conf cannot be read. */
int image_open(struct err *err, const char *images, const char *name, struct image *image);
/* The vmlinux of an image, if it names one that can be read: 1 and its path, or 0. */
int image_vmlinux(const char *images, const char *name, char path[FILE_PATH_MAX]);
/* The capture kernel that a profile asks for ("stock", "small"). */
const struct image_capture *image_capture(const struct image *image, const char *capture);
/* 1 if its need was measured, for it or for the kernel that it is. */
int image_capture_measured(const struct image_capture *capture);
/*
 * 0 if the overlay on disk is the one that image.conf states; -1 and why not. Reads the whole file
 * once and remembers the result by path, inode, size and mtime for the life of the process.
 */
int image_overlay_ok(struct err *err, const struct image *image);

#endif
