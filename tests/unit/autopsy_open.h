/* SPDX-License-Identifier: MIT */
/* autopsy_open: a made-up kernel's dump, opened for the units of the autopsy. */
#ifndef TESTS_AUTOPSY_OPEN_H
#define TESTS_AUTOPSY_OPEN_H

#include "autopsy/autopsy.h"
#include "autopsy_scene.h"
#include "tap.h"

static struct fake fake;
static struct bytes dump_bytes;
static struct dump *dump;
static struct vmem *vm;
static struct err err;
static struct autopsy autopsy;

__attribute__((unused)) static void open_vmem(void)
{
	dump = dump_open_memory(&err, dump_bytes.at, dump_bytes.len);
	vm = vmem_open(&err, dump);
	if (!vm || vmem_load_info(&err, vm)) {
		fprintf(stderr, "the made-up dump cannot be opened: %s\n", err.msg);
		exit(1);
	}
}

__attribute__((unused)) static void close_vmem(void)
{
	vmem_close(vm);
	dump_close(dump);
	vm = NULL;
}

/* The whole autopsy's beginning. 0/-1 as autopsy_open. */
__attribute__((unused)) static int open_autopsy(void)
{
	open_vmem();
	memset(&autopsy, 0, sizeof(autopsy));
	return autopsy_open(&err, vm, &autopsy);
}

__attribute__((unused)) static void close_autopsy(void)
{
	autopsy_close(&autopsy);
	close_vmem();
}

/* The made-up kernel as it is by default. */
__attribute__((unused)) static void make_dump(const char *machine)
{
	struct fake_regs regs = {{0}};

	fake_begin(&fake, machine, "6.1.0");
	fake_make(&fake);
	regs.reg[FAKE_IP] = fake_ip(&fake, F_CRASH);
	regs.reg[FAKE_CS] = 0x10;
	dump_bytes = fake_dump(&fake, &regs);
}

struct open_text {
	char *at;
	size_t len;
};

static int open_write(void *arg, const char *text, size_t len)
{
	struct open_text *to = arg;

	to->at = realloc(to->at, to->len + len + 1);
	if (!to->at)
		exit(1);
	memcpy(to->at + to->len, text, len);
	to->len += len;
	to->at[to->len] = '\0';
	return 0;
}

/* The whole output of the dump; "" where autopsy_open fails (err says why). Freed by the next call. */
__attribute__((unused)) static const char *run_autopsy(enum out_form form, int all)
{
	static struct open_text text;

	free(text.at);
	text.at = NULL;
	text.len = 0;
	if (open_autopsy() == 0) {
		autopsy.all = all;
		out_init(&autopsy.out, form);
		autopsy_run(&autopsy, 0);
		out_finish(&autopsy.out, "6.1.0", "x86_64", open_write, &text);
	}
	close_autopsy();
	return text.at ? text.at : "";
}

#endif
