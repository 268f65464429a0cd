/* SPDX-License-Identifier: MIT */
/* image_cache: what the images' directories hold; see image_cache.h. */
#include "image_cache.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
	SETTLED_MS = 100, /* a change within one tick of the file system's clock keeps the time */
	LOOK_MS = 10,
};

void image_cache_drop(struct image_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
}

static int image_cache_same(struct image_found *found, int64_t now_ms)
{
	struct stat st;

	if (now_ms < found->looked_ms || now_ms - found->looked_ms >= IMAGE_CACHE_MS ||
	    clock_of(&found->dir.st_mtim) >= found->looked_ms - SETTLED_MS)
		return 0;
	if (now_ms >= found->asked_ms && now_ms - found->asked_ms < LOOK_MS)
		return 1;
	found->asked_ms = now_ms;
	return stat(found->image.dir, &st) == 0 && st.st_ino == found->dir.st_ino &&
	       st.st_dev == found->dir.st_dev && st.st_mtim.tv_sec == found->dir.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == found->dir.st_mtim.tv_nsec;
}

const struct image_found *image_cache_look(
    struct image_cache *cache, const char *images, const char *name, int64_t now_ms)
{
	struct image_found *found = NULL;

	for (int i = 0; i < IMAGE_CACHE_MAX; i++)
		if (strcmp(cache->found[i].name, name) == 0)
			found = &cache->found[i];
	if (found && image_cache_same(found, now_ms))
		return found;
	if (!found) {
		found = &cache->found[cache->next];
		cache->next = (cache->next + 1) % IMAGE_CACHE_MAX;
	}
	memset(found, 0, sizeof(*found));
	snprintf(found->name, sizeof(found->name), "%s", name);
	found->looked_ms = found->asked_ms = now_ms;
	/* Before the files: what changes in between is seen at the next look. */
	if (snprintf(found->image.dir, sizeof(found->image.dir), "%s/%s", images, name) >=
		(int)sizeof(found->image.dir) ||
	    stat(found->image.dir, &found->dir))
		found->looked_ms = 0;
	found->bad = image_open(&found->why, images, name, &found->image);
	if (!found->bad)
		found->overlay_bad = image_overlay_ok(&found->overlay_why, &found->image);
	return found;
}

int image_found_boots(struct err *why, const struct image_found *found)
{
	if (found->image.has_kernel)
		return 0;
	if (!found->bad)
		return err_set(why, "image without vmlinuz: %s", found->image.dir);
	*why = found->why;
	return -1;
}

int image_found_arms(struct err *why, const struct image_found *found)
{
	if (!found->bad && !found->image.has_initrd)
		return err_set(why, "image without initrd");
	if (!found->bad && !found->overlay_bad)
		return 0;
	*why = found->bad ? found->why : found->overlay_why;
	return -1;
}
