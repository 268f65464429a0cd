/* SPDX-License-Identifier: MIT */
/*
 * mkkernel: writes the dump of the made-up kernel of the autopsy's unit tests (tests/unit/autopsy_scene.h).
 *
 *	mkkernel MACHINE FILE [DAMAGE]
 *
 * DAMAGE: no-btf (neither symbols of it nor magic), bad-btf, no-kallsyms, no-symbols (names of it in VMCOREINFO
 * alone), functions-only (no other symbols in kallsyms), torn-tasks, no-log.
 */
#include "tests/unit/autopsy_scene.h"

static int damage(struct fake *f, struct bytes *dump, const char *what)
{
	uint8_t *text;

	if (strcmp(what, "bad-btf") == 0) {
		fake_poke(f, dump, f->btf, 0, 2);
	} else if (strcmp(what, "no-kallsyms") == 0) {
		fake_poke(f, dump, f->number, 0, 4);
	} else if (strcmp(what, "no-symbols") == 0) {
		text = memmem(dump->at, dump->len, "SYMBOL(kallsyms_names)", 22);
		memcpy(text, "SYMBOL(kallsyms_xxxxx)", 22);
	} else if (strcmp(what, "torn-tasks") == 0) {
		fake_poke(f, dump, fake_at(f, f->worker, "task_struct.tasks"), 0x1234, 8);
	} else if (strcmp(what, "no-log") == 0) {
		memset(dump->at + f->from, 0xff, FAKE_TEXT);
	} else if (strcmp(what, "no-btf") != 0 && strcmp(what, "functions-only") != 0) {
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct fake f;
	struct fake_regs regs = {{0}};
	struct bytes dump;
	FILE *out;

	if (argc < 3 || argc > 4 || !machine_find(argv[1])) {
		fprintf(stderr, "usage: mkkernel MACHINE FILE [DAMAGE]\n");
		return 2;
	}
	fake_begin(&f, argv[1], "6.1.0");
	f.no_btf = argc == 4 && strcmp(argv[3], "no-btf") == 0;
	f.functions_only = argc == 4 && strcmp(argv[3], "functions-only") == 0;
	fake_make(&f);
	regs.reg[FAKE_IP] = fake_ip(&f, F_CRASH);
	regs.reg[FAKE_CS] = 0x10;
	dump = fake_dump(&f, &regs);
	if (argc == 4 && damage(&f, &dump, argv[3])) {
		fprintf(stderr, "mkkernel: unknown damage %s\n", argv[3]);
		return 2;
	}
	out = fopen(argv[2], "wb");
	if (!out || fwrite(dump.at, 1, dump.len, out) != dump.len || fclose(out)) {
		perror(argv[2]);
		return 1;
	}
	free(dump.at);
	return 0;
}
