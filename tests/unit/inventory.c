/* SPDX-License-Identifier: MIT */
/* inventory: what follows from the files of a session's directory: whether it has crashed, and its size. */
#include "retain/inventory.h"

#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static const char *dir;

static struct retain_item look(void)
{
	struct retain_item item = {.bytes = 0};

	ok(inventory_directory(dir, &item) == 0 && item.stored, "a directory is read");
	return item;
}

int main(void)
{
	struct retain_item item;

	dir = scratch_make();
	scratch_put("netconsole.log", "a\n");
	scratch_put("console.log", "bb\n");
	scratch_put("console.idx", "0123456789abcdef");
	scratch_put("script.sh", "echo\n");
	scratch_put("script.txt", "output\n");
	scratch_put("script.meta", "status=0\n");
	item = look();
	ok(!item.crashed, "logs and the output of a script are no crash");
	is_num((long long)item.bytes, 2 + 3 + 16 + 5 + 7 + 9, "all files count");
	ok(item.last_ms > 0, "they are activity");
	scratch_put("autopsy.txt", "x\n");
	ok(look().crashed, "an autopsy is of a crash");
	unlink(scratch_path("autopsy.txt"));
	scratch_put("dmesg-2.txt", "x\n");
	ok(look().crashed, "and so is a dump");
	unlink(scratch_path("dmesg-2.txt"));
	scratch_put("record.meta", "lines=1\n");
	ok(look().crashed, "and a record");
	return tap_done();
}
