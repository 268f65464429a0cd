/* SPDX-License-Identifier: MIT */
/*
 * lastwords demo: the whole way of one crash on this machine, in QEMU's software emulation and
 * user-mode network; no root. It starts `serve` on free ports with its state under var/demo, boots
 * one diskless machine, and tells each stage as it happens. Exit code 0 only if all of them did.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "stage.h"

enum { DEMO_LIMIT_MS = 240000, DEMO_SPACE_MB = 64, DEMO_CONSOLE_MAX = 8 << 20 };

static const char demo_mac[] = "52:54:00:1a:57:02";

struct demo_run {
	char root[FILE_PATH_MAX]; /* the checkout */
	char dir[FILE_PATH_MAX]; /* var/demo */
	char console[FILE_PATH_MAX], conf[FILE_PATH_MAX], log[FILE_PATH_MAX];
	int http_port, udp_port;
	pid_t qemu;
	int64_t start_ms;
	struct demo demo;
	struct journal_pos pos;
	int told[DEMO_STAGES];
};

static volatile sig_atomic_t demo_stopped;

static void demo_on_signal(int number)
{
	demo_stopped = number;
}

/* A free port of this machine, or the wished one if it is free. */
static int demo_port(struct err *err, int type, int wish)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int port = -1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_ANY);
	address.sin_port = htons((uint16_t)wish);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(fd, (struct sockaddr *)&address, &len)) {
		if (errno == EADDRINUSE)
			err_set(err,
			    "port %d is in use; choose another with --port, or none for a free one",
			    wish);
		else
			err_errno(err, "no port for the demo");
	} else {
		port = ntohs(address.sin_port);
	}
	if (fd >= 0)
		close(fd);
	return port;
}

static int demo_check_machine(struct err *err, struct demo_run *run)
{
	struct statvfs fs;
	char path[FILE_PATH_MAX], *tail;
	static const char image[] = "build/images/lab/image.conf";

	if (access("/usr/bin/qemu-system-x86_64", X_OK))
		return err_set(err,
		    "qemu-system-x86_64 is missing: apt-get install qemu-system-x86 ipxe-qemu");
	if (access("/usr/lib/ipxe/qemu/pxe-e1000.rom", R_OK))
		return err_set(
		    err, "the network card's iPXE ROM is missing: apt-get install ipxe-qemu");
	if (cli_find_file(err, image, path))
		return err_set(err, "the lab image is missing: run make demo, which builds it");
	tail = path + strlen(path) - sizeof(image); /* the slash before it too */
	*tail = '\0';
	snprintf(run->root, sizeof(run->root), "%s", path);
	if (statvfs(run->root, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)DEMO_SPACE_MB << 20)
		return err_set(
		    err, "%s: less than %d MB free; make room first", run->root, DEMO_SPACE_MB);
	return 0;
}

static int demo_write_conf(struct err *err, struct demo_run *run)
{
	char text[2048];
	int n;

	n = snprintf(text, sizeof(text),
	    "# made by `lastwords demo`\n"
	    "listen = \"127.0.0.1:%d\"\n"
	    "netconsole = \"127.0.0.1:%d\"\n"
	    "state = \"%s\"\n"
	    "images = \"%s/build/images\"\n"
	    "profile lab {\n"
	    "\timage = \"lab\"\n"
	    "\targs = \"lab.die=null lab.after=3\"\n"
	    "\tconsole = \"ttyS0,115200n8\"\n"
	    "\tcrashkernel = \"192M\"\n"
	    "\tpanic = 5\n"
	    "}\n"
	    "rule { product = \"Diskless*\" profile = \"lab\" }\n",
	    run->http_port, run->udp_port, run->dir, run->root);
	if (n >= (int)sizeof(text))
		return err_set(err, "%s: path too long", run->root);
	return file_write(err, run->dir, "lastwords.conf", text, (size_t)n);
}

static int demo_start_qemu(struct err *err, struct demo_run *run)
{
	char netdev[256], device[96], serial[FILE_PATH_MAX + 16], log[FILE_PATH_MAX];
	const char *argv[] = {"qemu-system-x86_64", "-accel", "tcg", "-M", "pc,graphics=off", "-m",
	    "1024", "-display", "none", "-vga", "none", "-monitor", "none", "-serial", serial,
	    "-netdev", netdev, "-device", device, "-smbios",
	    "type=1,manufacturer=Acme & Co,product=Diskless 9000,serial=LW-0001", NULL};

	snprintf(netdev, sizeof(netdev), "user,id=net,bootfile=http://10.0.2.2:%d/boot.ipxe",
	    run->http_port);
	snprintf(device, sizeof(device), "e1000,netdev=net,mac=%s,bootindex=1", demo_mac);
	snprintf(serial, sizeof(serial), "file:%s", run->console);
	if (file_path(err, run->dir, "qemu.log", log))
		return -1;
	run->qemu = fork();
	if (run->qemu < 0)
		return err_errno(err, "cannot start QEMU");
	if (run->qemu == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0640);

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		setpgid(0, 0);
		if (fd >= 0) {
			dup2(fd, STDOUT_FILENO);
			dup2(fd, STDERR_FILENO);
		}
		execv("/usr/bin/qemu-system-x86_64", (char *const *)argv);
		_exit(127);
	}
	return 0;
}

static int demo_entry(void *arg, struct journal_entry *entry)
{
	demo_journal(arg, entry);
	return 0;
}

static void demo_tell(struct demo_run *run)
{
	for (int i = 0; i < DEMO_STAGES; i++) {
		if (!run->demo.at_ms[i] || run->told[i])
			continue;
		run->told[i] = 1;
		printf("%6.1f s  %-18s %s\n", (double)(run->demo.at_ms[i] - run->start_ms) / 1000,
		    demo_stage_names[i], run->demo.note[i]);
	}
	fflush(stdout);
}

/* Looks at console and journal until all has happened or time is up. */
static int demo_watch(struct err *err, struct demo_run *run, struct serve *serve)
{
	char *text;
	size_t len;
	int status;

	while (!demo_complete(&run->demo)) {
		int64_t now = clock_now();

		if (demo_stopped)
			return err_set(err, "interrupted");
		if (now - run->start_ms > DEMO_LIMIT_MS)
			return err_set(
			    err, "not all of it happened within %d s", DEMO_LIMIT_MS / 1000);
		if (serve_poll(err, serve))
			return -1;
		if (waitpid(run->qemu, &status, WNOHANG) == run->qemu) {
			run->qemu = 0;
			return err_set(err, "QEMU ended by itself; see %s/qemu.log", run->dir);
		}
		if (access(run->console, R_OK) == 0) {
			if (cli_read_input(err, run->console, DEMO_CONSOLE_MAX, &text, &len))
				return -1;
			demo_console(&run->demo, text, len, now);
			free(text);
		}
		if (journal_read(err, run->dir, &run->pos, demo_entry, &run->demo) < 0)
			return -1;
		demo_tell(run);
		poll(NULL, 0, 50);
	}
	return 0;
}

/* The index is the collector's and comes a moment after the files. */
static int demo_show(struct err *err, struct cli *cli, struct demo_run *run)
{
	struct db_session session;
	struct db *db = NULL;
	int rc = -1;

	for (int tick = 0; tick < 100; tick++) {
		db = db_open(err, run->dir, 0);
		rc = db ? cli_find_session(err, db, run->demo.session, &session) : -1;
		if (rc == 0 && session.title[0] && session.by_http && session.by_netconsole)
			break;
		db_close(db);
		db = NULL;
		poll(NULL, 0, 100);
	}
	if (!db)
		return err_set(
		    err, "the crash did not get into the index within 10 s; see %s", run->log);
	printf("\n");
	rc = show_session(err, cli, db, &session, 12);
	db_close(db);
	return rc;
}

static void demo_missing(const struct demo_run *run)
{
	for (int i = 0; i < DEMO_STAGES; i++)
		if (!run->demo.at_ms[i])
			fprintf(
			    stderr, "lastwords: demo: did not happen: %s\n", demo_stage_names[i]);
	fprintf(stderr,
	    "lastwords: demo: the machine's console is in %s, the server's messages in %s\n",
	    run->console, run->log);
}

static int demo_prepare(struct err *err, struct cli *cli, struct demo_run *run, int port)
{
	char var[FILE_PATH_MAX], stamp[32];

	if (demo_check_machine(err, run) || file_path(err, run->root, "var", var))
		return -1;
	/* Before anything is made: a port in use leaves nothing behind. */
	run->http_port = demo_port(err, SOCK_STREAM, port);
	run->udp_port = demo_port(err, SOCK_DGRAM, port);
	if (run->http_port < 0 || run->udp_port < 0)
		return -1;
	if (mkdir(var, 0755) && errno != EEXIST)
		return err_errno(err, "%s", var);
	/* One directory a run: nothing of an older one can be taken for this one's. */
	snprintf(stamp, sizeof(stamp), "demo-%lld", (long long)(run->start_ms / 1000));
	if (file_path(err, var, stamp, run->dir) || layout_make(err, run->dir) ||
	    file_path(err, run->dir, "console.log", run->console) ||
	    file_path(err, run->dir, "lastwords.conf", run->conf) ||
	    file_path(err, run->dir, "serve.log", run->log))
		return -1;
	if (demo_write_conf(err, run))
		return -1;
	cli->conf = run->conf;
	return cli_load(err, cli);
}

static void demo_more(const struct demo_run *run)
{
	printf("\nTo look further:\n"
	       "  build/bin/lastwords -c %s show %s\n"
	       "  build/bin/lastwords -c %s crashes\n"
	       "  less %s      # the machine's console\n"
	       "  rm -r %s      # when you have seen enough: it stays until then\n",
	    run->conf, run->demo.session, run->conf, run->console, run->dir);
}

int cmd_demo(struct cli *cli, int argc, char **argv)
{
	static struct demo_run run;
	struct sigaction action = {.sa_handler = demo_on_signal};
	struct serve serve;
	struct err err;
	int rc, port = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--port") == 0 && i + 1 < argc) {
			if (num_int(&err, "--port", argv[++i], 1, 65535, &port))
				return cli_fail(&err);
		} else {
			return cli_usage(argv[0]);
		}
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	run.start_ms = clock_now();
	if (demo_prepare(&err, cli, &run, port) ||
	    serve_start(&err, &serve, &cli->config, run.log)) {
		err_prefix(&err, "demo");
		return cli_fail(&err);
	}
	printf("A diskless machine (%s, \"Diskless 9000\") in QEMU's software emulation, 1 GB.\n",
	    demo_mac);
	rc = demo_start_qemu(&err, &run);
	if (!rc)
		rc = demo_watch(&err, &run, &serve);
	if (run.qemu > 0) {
		kill(run.qemu, SIGTERM);
		waitpid(run.qemu, NULL, 0);
	}
	if (!rc)
		rc = demo_show(&err, cli, &run);
	serve_stop(&serve);
	if (rc) {
		demo_missing(&run);
		err_prefix(&err, "demo");
		return cli_fail(&err);
	}
	printf("\nFrom the first oops line (seen by netconsole) to the stored dmesg: %.1f s.\n",
	    (double)(run.demo.at_ms[DEMO_STORED] - run.demo.at_ms[DEMO_PANIC]) / 1000);
	demo_more(&run);
	return CLI_OK;
}
