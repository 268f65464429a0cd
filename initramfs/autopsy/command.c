/* SPDX-License-Identifier: MIT */
/* command: lastwords-autopsy; see command.h. Opens the dump, prints or sends, and returns the exit code. */
#include "command.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "autopsy.h"
#include "dmesg/extract.h"
#include "ship/deliver.h"

static const char program[] = "lastwords-autopsy";

enum {
	COMMAND_SECONDS = 20, /* for reading, unless a time is given */
	COMMAND_PACK_MAX = 1 << 20, /* compressed bytes */
};

struct command_options {
	const char *file;
	struct target_options target;
	int all, full, json, seconds, help;
};

/* too large for a stack */
static struct extract extract;
static struct autopsy autopsy;
static struct session_conf conf;

#define FIELD(name) offsetof(struct command_options, name)

static const struct option_row command_rows[] = {
    {"--all", NULL, NULL, OPTION_FLAG, FIELD(all), "the stack of every task", NULL},
    {"--json", NULL, NULL, OPTION_FLAG, FIELD(json), "the same as JSON", NULL},
    {"--full", NULL, NULL, OPTION_FLAG, FIELD(full),
	"also addresses, and the devices of network file systems", NULL},
    {"--seconds", NULL, "SECONDS", OPTION_SECONDS, FIELD(seconds),
	"how long reading may take (default 20)", NULL},
    TARGET_ROWS(struct command_options, "it"),
    {"--help", "-h", NULL, OPTION_FLAG, FIELD(help), "this text", NULL},
};

enum { COMMAND_ROWS = sizeof(command_rows) / sizeof(command_rows[0]) };

static void command_help(void)
{
	fputs(
	    "usage: lastwords-autopsy [OPTION]... [FILE]\n"
	    "Prints, or sends, what a machine was doing when its kernel died (default /proc/vmcore).\n\n",
	    stdout);
	option_help(stdout, command_rows, COMMAND_ROWS);
	fputs(
	    "\nExit: 0 whole, 1 nothing recovered, 2 usage, 3 parts are missing, 4 recovered but not "
	    "delivered.\n",
	    stdout);
}

static void command_say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", program, line);
}

static int command_write(void *arg, const char *text, size_t len)
{
	(void)arg;
	return fwrite(text, 1, len, stdout) == len ? 0 : -1;
}

/* --- the log's panic ---------------------------------------------------------------------------- */

/* The first panic's message: what follows it may be a second one, of the way down. */
static int command_record(void *arg, const struct klog_record *record)
{
	static const char begin[] = "Kernel panic - not syncing: ";
	struct autopsy *a = arg;
	size_t skip = sizeof(begin) - 1, n;

	if (a->panic[0] || record->len <= skip || memcmp(record->text, begin, skip) != 0)
		return 0;
	n = record->len - skip;
	if (n > sizeof(a->panic) - 1)
		n = sizeof(a->panic) - 1;
	memcpy(a->panic, record->text + skip, n);
	a->panic[strcspn(a->panic, "\n")] = '\0';
	return 0;
}

static int command_hole(void *arg, const struct klog_hole *hole)
{
	(void)arg;
	(void)hole;
	return 0;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static const char *command_machine(unsigned machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86_64";
	case EM_AARCH64:
		return "aarch64";
	case EM_PPC64:
		return "ppc64";
	case EM_S390:
		return "s390x";
	case EM_RISCV:
		return "riscv64";
	default:
		return "unknown architecture";
	}
}

static int command_read(struct err *err, const struct command_options *options, struct dump *dump)
{
	struct klog_sink sink = {command_record, command_hole, &autopsy};
	struct err ignored;

	if (extract_open(err, dump, &extract))
		return -1;
	extract_run(&ignored, &extract, &sink);
	autopsy.all = options->all;
	autopsy.full = options->full;
	out_init(&autopsy.out, options->json ? OUT_JSON : OUT_TEXT);
	if (autopsy_open(err, extract.vm, &autopsy))
		return -1;
	autopsy_run(&autopsy, options->seconds);
	return 0;
}

static int command_finish(int (*write)(void *arg, const char *text, size_t len), void *arg)
{
	const struct vmem *vm = extract.vm;

	return out_finish(&autopsy.out, vmcoreinfo_release(vmem_info(vm)),
	    command_machine(vmem_header(vm)->machine), write, arg);
}

static int command_print(struct err *err)
{
	if (command_finish(command_write, NULL) || fflush(stdout) || ferror(stdout))
		return err_set(err, "the output could not be written");
	return 0;
}

/* 1 stored, 0 not; -1: err. */
static int command_send(struct err *err, const struct target *target, const struct dump *dump)
{
	struct put_request request = {
	    .session = target->session, .token = target->token, .channel = "autopsy"};
	struct deliver deliver_to = {.target = target, .say = command_say};
	struct reasons reasons = {.count = 0};
	char failure[DELIVER_FAILURE], line[160];
	struct pack pack;
	uint64_t calls, bytes;
	int stored = -1;

	if (pack_init(err, &pack, COMMAND_PACK_MAX) || command_finish(pack_write, &pack) ||
	    pack_finish(err, &pack)) {
		pack_free(&pack);
		return err_prefix(err, "the autopsy");
	}
	dump_count(dump, &calls, &bytes);
	snprintf(line, sizeof(line),
	    "%" PRIu64 " bytes of autopsy, %zu sent, from %" PRIu64 " bytes in %" PRIu64 " reads",
	    pack.plain, pack.len, bytes, calls);
	command_say(NULL, line);
	request.pack = &pack;
	request.exit_code = autopsy.partial ? 3 : 0;
	request.release = vmcoreinfo_release(vmem_info(extract.vm));
	request.build_id = vmcoreinfo_build_id(vmem_info(extract.vm));
	stored = deliver(&deliver_to, &request, &reasons, failure);
	pack_free(&pack);
	return stored;
}

static int command_run(const struct command_options *options, struct dump *dump)
{
	struct target target;
	struct err err = {""};
	int stored;

	if (target_wanted(&options->target) &&
	    target_resolve(&err, &options->target, &conf, &target)) {
		err_print(program, &err);
		return 2;
	}
	if (command_read(&err, options, dump)) {
		err_print(program, &err);
		return 1;
	}
	stored = target_wanted(&options->target) ? command_send(&err, &target, dump)
		 : command_print(&err) == 0      ? 1
						 : -1;
	if (stored < 0) {
		err_print(program, &err);
		return 1;
	}
	return !stored ? 4 : autopsy.partial ? 3 : 0;
}

int autopsy_main(int argc, char **argv)
{
	struct command_options options = {.file = NULL};
	struct dump *dump;
	struct err err;
	int fd, code = 1;

	if (option_parse(&err, argc, argv, command_rows, COMMAND_ROWS, &options, &options.file)) {
		err_print(program, &err);
		return 2;
	}
	if (options.help) {
		command_help();
		return 0;
	}
	if (!options.file)
		options.file = "/proc/vmcore";
	if (options.seconds == 0)
		options.seconds = COMMAND_SECONDS;
	fd = open(options.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "%s: %s: %s\n", program, options.file, strerror(errno));
		return 1;
	}
	dump = dump_open_fd(&err, fd);
	if (!dump)
		err_print(program, &err);
	else
		code = command_run(&options, dump);
	autopsy_close(&autopsy);
	extract_close(&extract);
	dump_close(dump);
	close(fd);
	return code;
}
