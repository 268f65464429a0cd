/* SPDX-License-Identifier: MIT */
/* image: what is seen of a directory, and an overlay that is not the one that was made. */
#include "boot/image.h"

#include "scratch.h"
#include "tap.h"

static void put(const char *name, const char *text)
{
	char path[60];

	snprintf(path, sizeof(path), "img/%s", name);
	scratch_put(path, text);
}

#define SHA "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" /* "hello\n" */

int main(void)
{
	const char *dir = scratch_make();
	struct image image;
	struct err err = {""};

	ok(image_open(&err, dir, "img", &image) == -1 && strstr(err.msg, "img: No such file"),
	    "no directory");
	ok(image_open(&err, dir, "../img", &image) == -1, "a name that climbs");
	scratch_mkdir("img");
	put("vmlinuz", "k");
	ok(image_open(&err, dir, "img", &image) == -1 && image.has_kernel,
	    "no image.conf: still says that there is a kernel");
	put("image.conf",
	    "release=6.1.0-1-amd64\ncrashkernel=96M\noverlay-size=6\noverlay-sha256=" SHA
	    "\nmade=2026-11-21T00:00:00.000Z\n");
	ok(image_open(&err, dir, "img", &image) == 0, "with one");
	is(image.release, "6.1.0-1-amd64", "release");
	is_num((long long)image.stock.need, 96 << 20, "crashkernel");
	is(image.stock.from, "", "nobody says where that is from");
	ok(!image_capture_measured(&image.stock), "so it counts as not measured");
	is_num((long long)image_capture(&image, "stock")->need, 96 << 20, "what stock needs");
	is_num((long long)image_capture(&image, "small")->need, 0, "there is no small one");
	put("image.conf",
	    "release=6.1.0-1-amd64\ncrashkernel=96M\ncrashkernel-from=sized\n"
	    "crashkernel-small=24M\ncrashkernel-small-margin=2M\ncrashkernel-small-from=measured\n"
	    "crashkernel-small-measured=bios:21M:2400K:3,uefi:22M:3000K:3\noverlay-size=6\n"
	    "overlay-sha256=" SHA "\n");
	ok(image_open(&err, dir, "img", &image) == 0, "with a small capture kernel");
	is_num((long long)image.stock.need, 96 << 20, "stock still needs the same");
	ok(image_capture_measured(&image.stock), "measured for its kind of kernel");
	is_num((long long)image_capture(&image, "small")->need, 24 << 20, "what small needs");
	is_num((long long)image.small.margin, 2 << 20, "with a margin");
	is(image.small.measured, "bios:21M:2400K:3,uefi:22M:3000K:3", "on which machines");
	ok(image_capture_measured(&image.small), "measured itself");
	ok(!image.has_initrd && !image.has_overlay, "no initrd, no overlay");
	ok(image_overlay_ok(&err, &image) == -1 && strstr(err.msg, "without overlay"), "says so");
	put("initrd.img", "");
	ok(image_open(&err, dir, "img", &image) == 0 && !image.has_initrd,
	    "an empty initrd is refused");
	put("overlay.cpio.gz", "hello\n");
	ok(image_open(&err, dir, "img", &image) == 0 && image_overlay_ok(&err, &image) == 0,
	    "the right overlay");
	ok(image_overlay_ok(&err, &image) == 0, "again, from memory");
	put("overlay.cpio.gz", "hellO\n");
	ok(image_overlay_ok(&err, &image) == -1 && strstr(err.msg, "corrupt"),
	    "another of the same size is noticed");
	put("overlay.cpio.gz", "hell");
	ok(image_overlay_ok(&err, &image) == -1 && strstr(err.msg, "4 bytes"), "a cut one too");
	put("overlay.cpio.gz", "hello\n");
	ok(image_overlay_ok(&err, &image) == 0, "and the right one again");
	put("image.conf", "release=6.1\noverlay-sha256=zz\n");
	ok(image_open(&err, dir, "img", &image) == 0 && image_overlay_ok(&err, &image) == -1 &&
		strstr(err.msg, "overlay-sha256"),
	    "without a valid hash nothing is vouched for");
	put("image.conf", "crashkernel=lots\n");
	ok(image_open(&err, dir, "img", &image) == -1 && strstr(err.msg, "crashkernel"),
	    "an invalid number");
	put("image.conf", "crashkernel-small=24M\ncrashkernel-small-margin=two\n");
	ok(image_open(&err, dir, "img", &image) == -1 &&
		strstr(err.msg, "crashkernel-small-margin"),
	    "an invalid margin");
	return tap_done();
}
