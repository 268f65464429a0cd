/* SPDX-License-Identifier: MIT */
/* override: written, read, used up by the boot it was meant for and by no other. */
#include "boot/override.h"

#include "scratch.h"
#include "tap.h"

static void put(const char *text)
{
	scratch_put("machines/525400a1b2c3", text);
}

int main(void)
{
	static const struct session_key key;
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
	struct override in = {.profile = "lab",
	    .image = "six-1",
	    .args = "a=b c|| \"",
	    .drill = 20,
	    .once = 1,
	    .set_ms = 1795253772123};
	struct override out;
	struct session earlier, same, later;
	struct err err = {""};
	const char *dir = scratch_make();

	session_mint(&key, mac, in.set_ms - 1, "lab", &earlier);
	session_mint(&key, mac, in.set_ms, "lab", &same);
	session_mint(&key, mac, in.set_ms + 1, "lab", &later);
	is_num(override_read(&err, dir, mac, &out), 0, "none");
	is_num(override_consume(&err, dir, &later), 0, "nothing to consume");
	ok(override_remove(&err, dir, mac) == 0, "nothing to remove");
	ok(override_write(&err, dir, mac, &in) == 0, "written, directories and all");
	ok(override_read(&err, dir, mac, &out) == 1 && strcmp(out.profile, in.profile) == 0 &&
		strcmp(out.image, in.image) == 0 && strcmp(out.args, in.args) == 0 &&
		out.drill == 20 && out.once == 1 && out.set_ms == in.set_ms,
	    "and read as it was");
	is_num(override_consume(&err, dir, &earlier), 0, "not by a boot from before it was set");
	is_num(override_read(&err, dir, mac, &out), 1, "it is still there");
	is_num(override_consume(&err, dir, &later), 1, "by the next one");
	is_num(override_read(&err, dir, mac, &out), 0, "it is gone");
	override_write(&err, dir, mac, &in);
	is_num(override_consume(&err, dir, &same), 1, "by one of the same moment");
	in.once = 0;
	override_write(&err, dir, mac, &in);
	is_num(
	    override_consume(&err, dir, &later), 1, "of one that is not one-shot the drill goes");
	ok(override_read(&err, dir, mac, &out) == 1 && out.drill == 0 &&
		strcmp(out.profile, in.profile) == 0,
	    "and the rest stays");
	is_num(override_consume(&err, dir, &later), 0, "for good");
	put("profile=../x\nset=2026-11-21T00:00:00.000Z\n");
	ok(override_read(&err, dir, mac, &out) == -1 && strstr(err.msg, "profile"),
	    "a wrong profile");
	put("profile=lab\nimage=../x\nset=2026-11-21T00:00:00.000Z\n");
	ok(override_read(&err, dir, mac, &out) == -1 && strstr(err.msg, "image"), "a wrong image");
	put("drill=soon\nset=2026-11-21T00:00:00.000Z\n");
	ok(override_read(&err, dir, mac, &out) == -1 && strstr(err.msg, "drill"), "a wrong drill");
	put("profile=lab\n");
	ok(override_read(&err, dir, mac, &out) == -1 && strstr(err.msg, "set"), "no time");
	ok(override_remove(&err, dir, mac) == 0 && override_read(&err, dir, mac, &out) == 0,
	    "removed");
	return tap_done();
}
