/* SPDX-License-Identifier: MIT */
/*
 * image_cache: what the images' directories hold, so that a request costs one look at a directory and
 * not one at each file. What was found is believed for IMAGE_CACHE_MS at most, and only while the
 * directory's own time stays: a file that comes, goes or is replaced by rename counts at once, one
 * that is written in place after that time. Nothing is allocated.
 */
#ifndef LASTWORDS_CGI_HTTP_IMAGE_CACHE_H
#define LASTWORDS_CGI_HTTP_IMAGE_CACHE_H

#include <stdint.h>
#include <sys/stat.h>

#include "boot/image.h"
#include "session/session.h"

enum { IMAGE_CACHE_MAX = 32, IMAGE_CACHE_MS = 1000 };

struct image_found {
	char name[PROFILE_NAME_MAX + 1]; /* "" free */
	int64_t looked_ms; /* at the files */
	int64_t asked_ms; /* for the directory's time */
	struct stat dir;
	struct image image;
	int bad; /* image_open's result, and why */
	struct err why;
	int overlay_bad; /* image_overlay_ok's result, and why; not looked at where bad */
	struct err overlay_why;
};

struct image_cache {
	struct image_found found[IMAGE_CACHE_MAX];
	int next; /* makes room */
};

void image_cache_drop(struct image_cache *cache);
/* Never NULL; valid until the next call. */
const struct image_found *image_cache_look(
    struct image_cache *cache, const char *images, const char *name, int64_t now_ms);

/* 0 if there is a kernel to boot; -1 and why not. */
int image_found_boots(struct err *why, const struct image_found *found);
/* 0 if a machine can be armed with the image; -1 and why not: its own fault, its overlay's, no initrd. */
int image_found_arms(struct err *why, const struct image_found *found);

#endif
