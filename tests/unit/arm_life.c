/* SPDX-License-Identifier: MIT */
/*
 * The keeper's life where the machine is not armed: an oops is reported and then ends the kernel, but only one that
 * the kernel counts; a session that the keeper opens itself brings its own wish for that and for the watchdog; SIGTERM
 * stops the watchdog and sets kernel.panic back. On directories that stand for /proc and /sys.
 */
#include "arm/keeper/life.c"

#include <fcntl.h>

#include "scratch.h"
#include "tap.h"

static struct session_conf conf;
static struct life life;

static void content_is(const char *name, const char *want, const char *what)
{
	char text[64];

	sys_read_at(AT_FDCWD, scratch_path(name), text, sizeof(text));
	is(text, want, what);
}

/* A machine that was booted with panic_on_oops=1, and has survived none. */
static void fresh(const char *oopses)
{
	static const char text[] =
	    "open=boot=1\nurl=http://10.0.2.2:8080\nmac=52:54:00:a1:b2:c3\npstore=off\n";
	struct err err;

	scratch_put("proc/sys/kernel/panic_on_oops", "1\n");
	scratch_put("proc/sys/kernel/panic", "10\n");
	scratch_put("proc/sys/kernel/sysrq", "0\n");
	scratch_put("proc/sys/kernel/tainted", "0\n");
	scratch_put("proc/sysrq-trigger", "-");
	scratch_put("sys/kernel/oops_count", oopses);
	scratch_put("kmsg", "");
	if (session_conf_parse(&err, "made up", text, strlen(text), &conf))
		scratch_fail(err.msg);
	memset(&life, 0, sizeof(life));
	conf.oops_report = 1;
	life = (struct life){.conf = &conf,
	    .cmdline = "",
	    .sys = {.kmsg = -1,
		.proc = open(scratch_path("proc"), O_PATH | O_DIRECTORY | O_CLOEXEC),
		.sysfs = open(scratch_path("sys"), O_PATH | O_DIRECTORY | O_CLOEXEC)},
	    .kmsg_in = open(scratch_path("kmsg"), O_RDONLY | O_CLOEXEC),
	    .oops_kmsg = -1};
}

static void close_all(void)
{
	close(life.kmsg_in);
	close(life.sys.proc);
	close(life.sys.sysfs);
}

/* The kernel prints an oops; then the time to send it is over. */
static void print_oops(struct run *run)
{
	oops_init(&run->oops);
	lseek(life.oops_kmsg, 0, SEEK_SET);
	scratch_put("kmsg", "4,14,1,-;Oops: Oops: 0002 [#1] SMP NOPTI\n");
	run_oops(run);
	ok(run->oops.at > 0, "the oops is seen, and has its time to be sent");
	run->oops.at = 0;
	run_oops(run);
}

static void test_oops(void)
{
	static struct run run = {.life = &life};

	fresh("3\n");
	life.armed = 1;
	life_survive_oops(&life);
	is_num(life.oops_kmsg, -1, "an armed machine's oops is its capture kernel's");
	life.armed = 0;
	conf.oops_report = 0;
	life_survive_oops(&life);
	content_is("proc/sys/kernel/panic_on_oops", "1",
	    "a profile that does not want it keeps the panic");
	conf.oops_report = 1;
	life_survive_oops(&life);
	content_is("proc/sys/kernel/panic_on_oops", "0", "with oops = report an oops is no panic");
	print_oops(&run);
	content_is(
	    "proc/sysrq-trigger", "-", "a line that only looks like an oops restarts nothing");
	scratch_put("sys/kernel/oops_count", "4\n");
	print_oops(&run);
	content_is("proc/sysrq-trigger", "b", "one that the kernel counts restarts the machine");
	content_is("proc/sys/kernel/sysrq", "1", "which sysrq must allow");
	close_all();

	/* Linux before 6.2 */
	fresh("");
	life_survive_oops(&life);
	print_oops(&run);
	content_is(
	    "proc/sysrq-trigger", "-", "without a count: nor does it without the taint of one");
	scratch_put("proc/sys/kernel/tainted", "128\n");
	print_oops(&run);
	content_is("proc/sysrq-trigger", "b", "with the taint it does");
	close_all();
}

/* The server's reply to the keeper's request for a session. */
static void reply(struct run *run, const char *text)
{
	int out[2];

	if (pipe2(out, O_CLOEXEC))
		scratch_fail("pipe2");
	run->call.end = sys_now() + 100000;
	run->call.pid = fork();
	if (run->call.pid == 0)
		_exit(write(out[1], text, strlen(text)) < 0 ? CALL_FAILED : CALL_DONE);
	close(out[1]);
	run->call.fd = out[0];
	run_opened(run);
}

static void test_opened(void)
{
	static const char session[] =
	    "session=525400a1b2c3-20261121T093612123-lab-5f3a9c01\n"
	    "token=00112233445566778899aabbccddeeff\nurl=http://10.0.2.2:8080\n"
	    "mac=52:54:00:a1:b2:c3\n";
	static struct run run = {.life = &life};
	char text[512];

	fresh("0\n");
	conf.oops_report = 0;
	run.call.fd = -1;
	run_begin(&run);
	is_num(run.watchdog.at, -1, "before its session is open, the keeper looks for no watchdog");
	snprintf(text, sizeof(text), "%swatchdog=on\noops=report\npstore=off\n", session);
	reply(&run, text);
	is(life.conf->session, "525400a1b2c3-20261121T093612123-lab-5f3a9c01", "it is opened");
	is_num(
	    run.watchdog.at, 0, "with the session's wish for a watchdog the keeper looks for one");
	content_is(
	    "proc/sys/kernel/panic_on_oops", "0", "and with that for oopses an oops is no panic");
	run_begin(&run);
	life.armed = 1;
	reply(&run, text);
	is_num(run.watchdog.at, -1, "an armed machine needs none");
	close_all();
}

static void test_term(void)
{
	struct watchdog watchdog = {.fd = -1};
	int status = -1;
	pid_t pid;

	fresh("0\n");
	scratch_put("device", "");
	scratch_put("proc/sys/kernel/panic", "0\n");
	pid = fork();
	if (pid == 0) {
		watchdog.fd = open(scratch_path("device"), O_WRONLY | O_CLOEXEC);
		watchdog_catch_term(&watchdog, &life.sys, 10);
		raise(SIGTERM);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "SIGTERM ends a keeper that feeds a watchdog");
	content_is("device", "V", "the watchdog is stopped");
	content_is("proc/sys/kernel/panic", "10", "kernel.panic is as the profile has it");
	close_all();
}

int main(void)
{
	static const char *const directories[] = {
	    "proc", "proc/sys", "proc/sys/kernel", "sys", "sys/kernel"};

	scratch_make();
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		scratch_mkdir(directories[i]);
	test_oops();
	test_opened();
	test_term();
	return tap_done();
}
