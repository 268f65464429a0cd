/* SPDX-License-Identifier: MIT */
/* attempts: counted since a time, bounded, forgotten, and never more than late when damaged. */
#include "boot/attempts.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static struct table table;

static void add(const uint8_t mac[6], int64_t ms)
{
	struct attempts attempts;
	struct err err;

	if (attempts_read(&err, &table, mac, &attempts) ||
	    attempts_add(&err, &table, mac, &attempts, ms, ATTEMPT_LOUD))
		printf("# %s\n", err.msg);
}

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
	const char *dir = scratch_make(), *path = scratch_path("attempts.table");
	struct attempts attempts;
	struct stat st;
	struct err err = {""};
	uint8_t junk[TABLE_SLOT_MAX];
	int kept = 1;

	ok(table_open(&err, &attempts_file, "/proc/1/none", TABLE_MAKE, &table) == 0 &&
		table.fd == -1,
	    "no directory");
	ok(attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 0, "none");
	is_num(
	    attempts_add(&err, &table, mac, &attempts, 1, ATTEMPT_LOUD), -1, "nowhere to add to");
	ok(attempts_forget(&err, dir, mac) == 0, "nothing to forget");
	ok(table_open(&err, &attempts_file, dir, TABLE_MAKE, &table) == 0, "made");
	for (int i = 1; i <= 3; i++)
		add(mac, 1795253772000 + i);
	ok(attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 3, "three");
	is_num(attempts_since(&attempts, ATTEMPT_LOUD, 1795253772002, 1795253772003), 2,
	    "since a time, that included");
	is_num(attempts_since(&attempts, ATTEMPT_LOUD, 0, 1795253772002), 2, "none of the future");
	is_num(attempts.slot % TABLE_SLOT_MAX, 0, "a slot");
	ok(attempts_hush(&err, dir, mac, 1795253772002) == 0 &&
		attempts_hush(&err, dir, mac, 1795253772099) == 0 &&
		attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 3,
	    "one of them is quiet, one unknown");
	is_num(attempts_since(&attempts, ATTEMPT_LOUD, 0, INT64_MAX), 2, "two are not");
	ok(attempts_add(&err, &table, mac, &attempts, 1795253772004, ATTEMPT_QUIET) == 0 &&
		attempts_read(&err, &table, mac, &attempts) == 0 &&
		attempts_since(&attempts, ATTEMPT_QUIET, 0, INT64_MAX) == 2 &&
		attempts_since(&attempts, ATTEMPT_LOUD, 0, INT64_MAX) == 2 &&
		attempts.kind[3] == ATTEMPT_QUIET && attempts.kind[2] == ATTEMPT_LOUD &&
		attempts.time_ms[2] == 1795253772003,
	    "another is from its beginning");
	ok(attempts_prove(&err, &table, mac, 1795253772005, ATTEMPT_LOUD) == 0 &&
		attempts_prove(&err, &table, mac, 1795253772005, ATTEMPT_LOUD) == 0 &&
		attempts_prove(&err, &table, mac, 1795253771000, ATTEMPT_QUIET) == 0 &&
		attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 5 &&
		attempts.kind[4] == ATTEMPT_LOUD,
	    "a session counts once, an older one not at all");
	ok(attempts_prove(&err, &table, mac, 1795253772005, ATTEMPT_QUIET) == 0 &&
		attempts_prove(&err, &table, mac, 1795253772006, ATTEMPT_QUIET) == 0 &&
		attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 6 &&
		attempts.kind[4] == ATTEMPT_QUIET && attempts.kind[5] == ATTEMPT_QUIET,
	    "a session that is reported as not armed is quiet, known or new");
	for (int i = 0; i < 2000; i++)
		add(mac, 1795253773000 + i);
	ok(attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == ATTEMPTS_MAX &&
		attempts.time_ms[0] == 1795253775000 - ATTEMPTS_MAX &&
		attempts.time_ms[ATTEMPTS_MAX - 1] == 1795253774999,
	    "the newest of many");
	add(mac, 1795253770000);
	ok(attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 1,
	    "of a clock that was set back only what is not in the future");
	for (int i = 0; i < 100000; i++) {
		uint8_t other[6] = {
		    0x52, 0x54, 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		add(other, 1795253780000 + i);
		if (attempts_read(&err, &table, other, &attempts) || attempts.count != 1)
			kept = 0;
	}
	ok(kept, "each of 100,000 machines is counted");
	for (int i = 99900; i < 100000; i++) {
		uint8_t other[6] = {
		    0x52, 0x54, 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		kept &= attempts_read(&err, &table, other, &attempts) == 0 && attempts.count == 1 &&
			attempts.time_ms[0] == 1795253780000 + i;
	}
	ok(kept, "and the newest of them are all there");
	ok(stat(path, &st) == 0 &&
		st.st_size <= TABLE_BUCKETS * TABLE_BUCKET_SLOTS * TABLE_SLOT_MAX,
	    "in a file of limited size");
	add(mac, 1795253990000);
	attempts_read(&err, &table, mac, &attempts);
	memset(junk, 0xff, sizeof(junk));
	ok(pwrite(table.fd, junk + 8, sizeof(junk) - 8, attempts.slot + 8) ==
		    (ssize_t)sizeof(junk) - 8 &&
		attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 0,
	    "an invalid time is not taken");
	add(mac, 1795253990001);
	ok(attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 1,
	    "and is written over");
	ok(attempts_forget(&err, dir, mac) == 0 &&
		attempts_read(&err, &table, mac, &attempts) == 0 && attempts.count == 0,
	    "forgotten");
	ok(!table_gone(&table) && unlink(path) == 0 && table_gone(&table),
	    "the file is taken away");
	table_close(&table);
	ok(table_open(&err, &attempts_file, dir, TABLE_LOOK, &table) == 0 && table.fd == -1,
	    "to look, none is made");
	return tap_done();
}
