/* SPDX-License-Identifier: MIT */
/* command: lastwords-dmesg; see command.h. Opens the dump and prints; the rest is in the modules. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "extract.h"
#include "options.h"
#include "render.h"
#include "session/conf.h"
#include "ship.h"

static const char program[] = "lastwords-dmesg";

#define MAIN_YEAR_10000 253402300800 /* in seconds since 1970 */

/* too large for a stack */
static struct extract extract;
static struct render render;
static struct session_conf conf;

static int command_write(void *arg, const char *text, size_t len)
{
	(void)arg;
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static void command_say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", program, line);
}

static void command_print_time(const char *name, int64_t seconds)
{
	char text[64];
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		printf("%s: %s\n", name, text);
}

/* --info. Reads the log for its counts. */
static int command_info(struct err *err, const struct dump *dump)
{
	const struct vmcoreinfo *info = vmem_info(extract.vm);
	const struct elfcore_header *header = vmem_header(extract.vm);
	uint64_t crash = vmcoreinfo_get(info, VMCI_CRASHTIME, UINT64_MAX), calls, bytes;
	struct klog_sink null = extract_null_sink();
	int rc;

	printf("release: %s\n", vmcoreinfo_release(info));
	if (vmcoreinfo_build_id(info)[0])
		printf("build-id: %s\n", vmcoreinfo_build_id(info));
	if (crash < MAIN_YEAR_10000)
		command_print_time("crash-time", (int64_t)crash);
	if (vmcoreinfo_has(info, VMCI_KERNELOFFSET))
		printf("kaslr-offset: 0x%" PRIx64 "\n", vmcoreinfo_get(info, VMCI_KERNELOFFSET, 0));
	printf("elf: %d bits, %s endian, machine %u, %" PRIu64 " segments\n", header->bits,
	    header->order == DUMP_LITTLE ? "little" : "big", header->machine, header->segments);
	printf("format: %s%s\n", extract_format_name(extract.format),
	    extract.searched ? ", found without VMCOREINFO's note" : "");
	rc = extract_run(err, &extract, &null);
	dump_count(dump, &calls, &bytes);
	printf("records: %" PRIu64 "\nholes: %" PRIu64 "\nlost: %" PRIu64 "\nunfinished: %" PRIu64
	       "\ntext-bytes: %" PRIu64 "\nread-calls: %" PRIu64 "\nread-bytes: %" PRIu64 "\n",
	    extract.count.records, extract.count.holes, extract.count.lost,
	    extract.count.unfinished, extract.count.text, calls, bytes);
	return rc;
}

/* Sets the wall clock of the kernel's time 0: the crash's time less the newest record's. 0/-1. */
static int command_boot_time(struct err *err)
{
	struct klog_sink null = extract_null_sink();
	uint64_t crash = vmcoreinfo_get(vmem_info(extract.vm), VMCI_CRASHTIME, 0);

	if (crash == 0 || crash > INT64_MAX / 2000000000)
		return err_set(
		    err, "--ctime: the dump has no time of the crash; use --format text");
	if (extract_run(err, &extract, &null))
		return -1;
	render.boot_ns =
	    (int64_t)crash * 1000000000 -
	    (int64_t)(extract.count.last_ts < INT64_MAX / 4 ? extract.count.last_ts : 0);
	return 0;
}

static int command_print(const struct options *options, struct dump *dump)
{
	struct klog_sink sink;
	struct err err;
	int rc = -1;

	if (extract_open(&err, dump, &extract)) {
		err_print(program, &err);
		return 1;
	}
	if (extract.searched)
		command_say(NULL, EXTRACT_SEARCHED);
	if (options->info) {
		rc = command_info(&err, dump);
		if (fflush(stdout) || ferror(stdout))
			rc = err_set(&err, "the output could not be written");
	} else {
		render_init(&render, options->form, command_write, NULL);
		render.callers = options->callers;
		sink = render_sink(&render);
		if (options->form != RENDER_CTIME || command_boot_time(&err) == 0)
			rc = extract_run(&err, &extract, &sink);
		if (render_finish(&render) && rc == 0)
			rc = err_set(&err, "the output could not be written");
	}
	if (rc) {
		err_print(program, &err);
		return 1;
	}
	return extract.count.holes ? 3 : 0;
}

static int command_ship(const struct options *options, struct dump *dump)
{
	struct target target;
	struct ship ship = {.deliver = {.target = &target, .say = command_say},
	    .callers = options->callers,
	    .facts = options->facts,
	    .notes = options->notes};
	struct err err;
	int code;

	if (target_resolve(&err, &options->target, &conf, &target)) {
		err_print(program, &err);
		return 2;
	}
	if (options->target.session_file) {
		ship.udp = conf.netconsole;
		ship.more = conf.autopsy[0] ? "autopsy" : NULL;
	}
	if (options->udp)
		ship.udp = options->udp;
	if (!options->no_console)
		ship.console = command_write;
	code = ship_run(&err, &ship, dump, &extract);
	if (code == 1)
		err_print(program, &err);
	return code;
}

int dmesg_main(int argc, char **argv)
{
	struct options options;
	struct dump *dump;
	struct err err;
	int fd, code = 1;

	if (dmesg_options_parse(&err, argc, argv, &options)) {
		err_print(program, &err);
		return 2;
	}
	if (options.help) {
		options_help(stdout);
		return 0;
	}
	fd = open(options.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "%s: %s: %s\n", program, options.file, strerror(errno));
		return 1;
	}
	dump = dump_open_fd(&err, fd);
	if (!dump)
		err_print(program, &err);
	else if (target_wanted(&options.target))
		code = command_ship(&options, dump);
	else
		code = command_print(&options, dump);
	extract_close(&extract);
	dump_close(dump);
	close(fd);
	return code;
}
