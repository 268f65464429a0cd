/* SPDX-License-Identifier: MIT */
/* decode: the place that a line of a report names, in the forms of several architectures; any bytes; the limit. */
#include "decode/decode.h"

#include <stdlib.h>

#include "tap.h"

/* "name offset size module returns" */
static const char *place(const char *line)
{
	static char text[512];
	struct source_place p;

	if (!decode_place(line, strlen(line), &p))
		return "none";
	snprintf(text, sizeof(text), "%s %llu %llu %s%s", p.name, (unsigned long long)p.offset,
	    (unsigned long long)p.size, p.module[0] ? p.module : "-", p.returns ? " returns" : "");
	return text;
}

static int find(void *arg, const struct source_place *p, char text[SOURCE_TEXT])
{
	++*(int *)arg;
	snprintf(text, SOURCE_TEXT, "f.c:%d", (int)p->offset);
	return strcmp(p->name, "known") == 0;
}

int main(void)
{
	static const char report[] = "a\n known+0x3/0x9 [m]\n\n other+0x1/0x2\nlast known+0x4/0x9";
	static char many[150 * 16 + 1];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int looked = 0;

	is(place("[    9.000003] RIP: 0010:lab_oops+0x5/0x10 [lab_die]"), "lab_oops 5 16 lab_die",
	    "an instruction pointer with its module");
	is(place("[ 9.000003]  ? lab_write.isra.0+0x20/0x30"), "lab_write.isra.0 32 48 - returns",
	    "a leftover on the stack");
	is(place(" [<ffffffff81234567>] sys_write+0x1a/0x2b [m 0123456789abcdef]"),
	    "sys_write 26 43 m returns", "a frame of an older kernel, a module with its build id");
	is(place("pc : lab_oops+0x8/0x18"), "lab_oops 8 24 -", "arm64's pc");
	is(place("lr : lab_oops+0x8/0x18"), "lab_oops 8 24 - returns", "arm64's link register");
	is(place("NIP [c000000000012345] lab_oops+0x8/0x18"), "lab_oops 8 24 -", "powerpc's NIP");
	is(place("1+1 = 2, x+0x1, +0x1/0x2, a+0x1/y, f+0x2/0x4"), "f 2 4 - returns",
	    "what only looks like a place is passed over");
	is(place("f+0x123456789/0x4"), "none", "no offset is so large");
	is(place("f+0x1/0x2 [unfinished"), "f 1 2 - returns", "a torn line");
	is(place(""), "none", "nothing");
	is_num(decode_report(out, report, sizeof(report) - 1, find, &looked), 2,
	    "two lines are known");
	fclose(out);
	is(text, "a\n known+0x3/0x9 [m] (f.c:3)\n\n other+0x1/0x2\nlast known+0x4/0x9 (f.c:4)\n",
	    "each line stays, with its source line");
	free(text);
	out = open_memstream(&text, &size);
	looked = 0;
	for (int n = 0; n < 150; n++)
		memcpy(many + 16 * n, "known+0x1/0x9  \n", 16);
	is_num(decode_report(out, many, sizeof(many) - 1, find, &looked), DECODE_FRAMES,
	    "at most as many as the limit are known");
	is_num(looked, DECODE_FRAMES, "or looked up");
	for (int i = 0; i < 100000; i++) {
		char any[48];
		struct source_place p;

		for (size_t n = 0; n < sizeof(any); n++)
			any[n] = "f+0x/[] 1\n\xff:"[rand() % 12];
		decode_place(any, (size_t)(rand() % 49), &p);
	}
	ok(1, "any bytes");
	fclose(out);
	free(text);
	return tap_done();
}
