/* SPDX-License-Identifier: MIT */
/* opened: a boot's session is found again, in a file of fixed size. */
#include "boot/opened.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "boot/table.h"
#include "scratch.h"
#include "tap.h"

static const char boot[] = "0123456789abcdef0123456789abcdef";

int main(void)
{
	static const struct session_key key = {{7}};
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1}, other[6] = {0x52, 0x54, 0, 0, 0, 2};
	const char *dir = scratch_make(), *path = scratch_path("opened.table");
	struct session session, found;
	struct err err = {""};
	struct stat st;
	char word[33];
	int kept = 1;

	session_mint(&key, mac, 1795253772000, "debian", &session);
	is_num(
	    opened_find(&err, dir, &key, mac, boot, &found), 0, "without a file nothing is found");
	ok(opened_add(&err, dir, boot, &session) == 0 &&
		opened_find(&err, dir, &key, mac, boot, &found) == 1 &&
		strcmp(found.id, session.id) == 0,
	    "the session of a boot is found again");
	is_num(opened_find(&err, dir, &key, other, boot, &found), 0,
	    "another machine's boot of the same word has none");
	for (int i = 0; i < 1000; i++) {
		struct session more;

		snprintf(word, sizeof(word), "%032x", i);
		session_mint(&key, mac, 1795253772001 + i, "debian", &more);
		kept &= opened_add(&err, dir, word, &more) == 0;
	}
	ok(kept && opened_find(&err, dir, &key, mac, boot, &found) == 1 &&
		strcmp(found.id, session.id) == 0,
	    "1000 more boots in the machine's name do not displace it");
	for (int i = 0; i < 300000; i++) {
		struct session more = {.time_ms = 1795253780000 + i};
		uint8_t made_up[6] = {
		    0x52, 0, 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		memcpy(more.mac, made_up, 6);
		memcpy(more.profile, "debian", 7);
		kept &= i % 100 != 0 || opened_add(&err, dir, boot, &more) == 0;
	}
	ok(kept && stat(path, &st) == 0 && st.st_size <= TABLE_BUCKETS * TABLE_BUCKET_SLOTS * 64,
	    "the file has a limited size");
	ok(file_write(&err, scratch_path("machines"), "525400000001.opened", "x", 1) == 0 &&
		file_write(&err, scratch_path("machines"), "525400000001", "x", 1) == 0,
	    "files as written before 0.2");
	opened_remove_old(dir);
	ok(access(scratch_path("machines/525400000001.opened"), F_OK) != 0 &&
		access(scratch_path("machines/525400000001"), F_OK) == 0,
	    "the old file is removed, an override is kept");
	return tap_done();
}
