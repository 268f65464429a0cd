/* SPDX-License-Identifier: MIT */
/* override: written, read, used up by the boot it was meant for and by no other. */
#include "boot/override.h"

#include <stdlib.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static void put(const char *text)
{
	scratch_put("machines/525400a1b2c3", text);
}

/* What a session's script is; "" none. */
static const char *script_of(const char *state, const struct session *session)
{
	static char text[64];
	struct err ignored;
	uint64_t size = 0;
	int fd = override_script_open(&ignored, state, session, &size);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return (uint64_t)(n > 0 ? n : 0) == size ? text : "another size";
}

static void test_script(const char *state, const uint8_t mac[6], const struct session *earlier,
    const struct session *later)
{
	struct override in = {.profile = "lab", .script = 60, .set_ms = 1795253772123}, out;
	struct err err;
	size_t len;
	char *text;

	scratch_put("a-script", "echo a\n");
	text = override_script_read(&err, scratch_path("a-script"), &len);
	ok(text && len == 7, "a script is read");
	ok(override_write_script(&err, state, mac, &in, text ? text : "", len) == 0 &&
		override_read(&err, state, mac, &out) == 1 && out.script == 60,
	    "an override has a script and its time limit");
	free(text);
	is(script_of(state, later), "echo a\n", "it is of the next session");
	is(script_of(state, earlier), "", "and not of one from before");
	is_num(override_consume(&err, state, later), 1, "that boot consumes it");
	ok(override_read(&err, state, mac, &out) == 1 && out.script == 0 &&
		strcmp(out.profile, "lab") == 0,
	    "the rest of the override stays");
	is(script_of(state, later), "echo a\n", "the script is the session's then");
	ok(access(scratch_path("machines/525400a1b2c3.script"), F_OK) != 0,
	    "and not the machine's any more");
	override_write_script(&err, state, mac, &in, "x", 1);
	ok(override_remove(&err, state, mac) == 0 &&
		access(scratch_path("machines/525400a1b2c3.script"), F_OK) != 0,
	    "it is removed with the override");
	override_write_script(&err, state, mac, &in, "x", 1);
	in.script = 0;
	ok(override_write(&err, state, mac, &in) == 0 &&
		access(scratch_path("machines/525400a1b2c3.script"), F_OK) != 0,
	    "and with an override that names none");
	override_remove(&err, state, mac);
	scratch_put("a-script", "");
	ok(!override_script_read(&err, scratch_path("a-script"), &len) && strstr(err.msg, "bytes"),
	    "an empty script is refused");
	ok(!override_script_read(&err, scratch_path("no-script"), &len) &&
		strstr(err.msg, "No such file"),
	    "and one that is not there");
	text = calloc(1, OVERRIDE_SCRIPT_MAX + 2);
	memset(text, 'x', OVERRIDE_SCRIPT_MAX + 1);
	scratch_put("a-script", text);
	ok(!override_script_read(&err, scratch_path("a-script"), &len), "and one of over 1 MB");
	free(text);
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
	test_script(dir, mac, &earlier, &later);
	return tap_done();
}
