/* SPDX-License-Identifier: MIT */
/* boots: counted since a time, bounded, forgotten, and never more than late when damaged. */
#include "boots.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static char dir[] = "/tmp/lastwords-boots.XXXXXX";

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
	char path[100], command[100];
	struct boots boots;
	struct stat st;
	struct err err = {""};
	FILE *file;

	if (!mkdtemp(dir))
		return 1;
	is_num(boots_add(&err, dir, mac, 1), -1, "no directory");
	snprintf(path, sizeof(path), "%s/machines", dir);
	mkdir(path, 0755);
	ok(boots_read(&err, dir, mac, &boots) == 0 && boots.count == 0, "none");
	ok(boots_forget(&err, dir, mac) == 0, "nothing to forget");
	for (int i = 1; i <= 3; i++)
		boots_add(&err, dir, mac, 1795253772000 + i);
	ok(boots_read(&err, dir, mac, &boots) == 0 && boots.count == 3, "three");
	is_num(boots_since(&boots, 1795253772002, 1795253772003), 2, "since a time, that included");
	is_num(boots_since(&boots, 0, 1795253772002), 2, "none of the future");
	snprintf(path, sizeof(path), "%s/machines/525400a1b2c3.boots", dir);
	file = fopen(path, "a");
	if (!file)
		return 1;
	fputs("x\n-1\n99999999999999999999999\n\n17952", file);
	fclose(file);
	ok(boots_read(&err, dir, mac, &boots) == 0 && boots.count == 3, "what is no time is none");
	for (int i = 0; i < 2000; i++)
		boots_add(&err, dir, mac, 1795253773000 + i);
	ok(boots_read(&err, dir, mac, &boots) == 0 && boots.count == BOOTS_MAX &&
		boots.time_ms[BOOTS_MAX - 1] == 1795253774999,
	    "the newest of many");
	ok(stat(path, &st) == 0 && st.st_size < 8192, "in a small file");
	ok(boots_forget(&err, dir, mac) == 0 && boots_read(&err, dir, mac, &boots) == 0 &&
		boots.count == 0,
	    "forgotten");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command))
		return 1;
	return tap_done();
}
