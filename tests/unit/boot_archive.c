/* SPDX-License-Identifier: MIT */
/* boot_archive: session.conf as session/conf.h reads it, in a cpio as the kernel reads it. */
#include "cgi/boot/archive.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "scratch.h"
#include "session/conf.h"
#include "tap.h"

static char conf[SESSION_CONF_MAX];
static struct session session;
static struct identity identity;
static struct config_profile profile = {.name = "debian",
    .console = "ttyS0",
    .capture = "stock",
    .crashkernel = "192M",
    .netconsole = FORMAT_BASIC,
    .after = AFTER_HALT,
    .panic = 5,
    .deadline = 99,
    .pstore = 1,
    .stay_armed = 1,
    .vlan = 77};

static void test_conf(void)
{
	struct archive in = {.session = &session,
	    .token = "0123",
	    .url = "http://10.0.0.1:8080",
	    .url2 = "http://10.0.0.2:8080",
	    .url3 = "http://[fd00::3]",
	    .netconsole = "10.0.0.1:6666",
	    .profile = &profile,
	    .identity = &identity,
	    .need_stock = 117440512,
	    .need_small = 25165824,
	    .drill = 9};
	static struct session_conf back;
	struct err err = {""};

	identity_read(
	    &identity, "mac=52-54-00-a1-b2-c3&ip=10.0.0.5&netmask=255.255.0.0&gateway=10.0.0.1");
	ok(archive_conf(&err, &in, conf, sizeof(conf)) == 0, "session.conf");
	scratch_make();
	scratch_put("session.conf", conf);
	ok(access(scratch_path("session.conf"), R_OK) == 0, "on disk");
	ok(session_conf_read(&err, scratch_path("session.conf"), &back) == 0,
	    "is read by its reader");
	is(back.session, session.id, "session");
	is(back.url[0], "http://10.0.0.1:8080", "url");
	ok(back.url_count == 3, "further servers");
	is(back.url[1], "http://10.0.0.2:8080", "url2");
	is(back.url[2], "http://[fd00::3]", "url3");
	is(kv_get(&back.kv, "vlan"), "77", "vlan");
	is(back.address, "10.0.0.5/16", "address");
	is(back.gateway, "10.0.0.1", "gateway");
	is(back.mac, "52:54:00:a1:b2:c3", "mac");
	is(back.netconsole, "10.0.0.1:6666", "netconsole");
	is(back.format, "basic", "format");
	is(back.after, "halt", "after");
	is_num(back.panic, 5, "panic");
	is_num(back.deadline, 99, "deadline");
	is_num(back.drill, 9, "drill");
	is(back.need_stock, "117440512", "what the stock capture kernel needs");
	is(back.need_small, "25165824", "what the small one needs");
	ok(back.pstore && back.stay_armed, "pstore and stay-armed");
	identity_read(&identity, "mac=52-54-00-a1-b2-c3");
	in.netconsole = "";
	in.drill = 0;
	in.need_stock = in.need_small = 0;
	in.url2 = in.url3 = "";
	profile.vlan = 0;
	ok(archive_conf(&err, &in, conf, sizeof(conf)) == 0 && !strstr(conf, "address=") &&
		!strstr(conf, "netconsole=") && !strstr(conf, "format=") &&
		!strstr(conf, "drill=") && !strstr(conf, "vlan=") && !strstr(conf, "url2=") &&
		!strstr(conf, "url3=") && !strstr(conf, "need-"),
	    "what is not known is absent");
	ok(archive_conf(&err, &in, conf, 40) == -1, "a small buffer is an error");
}

static unsigned long field(const unsigned char *head, int index)
{
	char text[9];

	memcpy(text, head + 6 + 8 * index, 8);
	text[8] = '\0';
	return strtoul(text, NULL, 16);
}

static void test_cpio(void)
{
	static const char *const names[] = {
	    "lastwords", "lastwords/session.conf", "lastwords/arm", "TRAILER!!!"};
	static const unsigned long modes[] = {0040755, 0100600, 0120777, 0};
	static unsigned char packed[ARCHIVE_MAX], again[ARCHIVE_MAX], plain[ARCHIVE_MAX];
	z_stream z = {0};
	size_t len = 0, len2 = 0, pos = 0;
	struct err err;

	ok(archive_build(&err, "session=x\n", packed, &len) == 0, "built");
	ok(archive_build(&err, "session=x\n", again, &len2) == 0 && len == len2 &&
		memcmp(packed, again, len) == 0,
	    "the same twice");
	z.next_in = packed;
	z.avail_in = (unsigned int)len;
	z.next_out = plain;
	z.avail_out = sizeof(plain);
	ok(inflateInit2(&z, 15 + 16) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END, "gzip");
	inflateEnd(&z);
	for (int i = 0; i < 4; i++) {
		unsigned char *head = plain + pos;
		size_t size = field(head, 6), name_size = field(head, 11);
		const char *name = (const char *)head + 110;

		ok(memcmp(head, "070701", 6) == 0 && pos % 4 == 0 && field(head, 1) == modes[i] &&
			strcmp(name, names[i]) == 0 && name_size == strlen(names[i]) + 1,
		    "%s", names[i]);
		pos += (110 + name_size + 3) / 4 * 4;
		if (i == 1)
			ok(size == 10 && memcmp(plain + pos, "session=x\n", 10) == 0, "its text");
		if (i == 2)
			ok(size == 5 && memcmp(plain + pos, "/init", 5) == 0, "points at /init");
		pos += (size + 3) / 4 * 4;
	}
	ok(pos == z.total_out, "and nothing more");
}

int main(void)
{
	static const struct session_key key;
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};

	session_mint(&key, mac, 1795253772123, "debian", &session);
	test_conf();
	test_cpio();
	return tap_done();
}
