// SPDX-License-Identifier: MIT
/*
 * scene: tasks whose state is known, for dumps that lastwords-autopsy is tested with. Each task has a
 * name that says what it does; the guest's init starts them and prints /proc as the truth about them.
 *
 *	scene all THREADS [DIR]    starts all tasks that sleep, then stays; DIR is on a mounted NFS server
 *	scene group         uses 11 MB, for a cgroup that has 12
 *	scene user CPU      uses a CPU in user mode
 *	scene kernel CPU    uses a CPU in the kernel: it reads /dev/zero
 *	scene oom           takes memory until it is used up
 *	scene die [KIND SECONDS]   gives the lab module that KIND, waits, writes "c" to /proc/sysrq-trigger: all in
 *	                    one process, since where a CPU has its interrupts off no other may start
 *
 * Names: s-fault waits in a page fault and owns a mutex (the file position's) and an rwsem (the
 * inode's); s-mutex, s-mutex2, s-rwsem and s-rwsem2 wait for these; s-vfork waits for its child
 * s-vchild; s-futex, s-pipe, s-stopped, s-zombie; s-anon has 24 MB; s-many are THREADS sleeping threads;
 * s-nfs waits for a server that does not answer, s-disk for /dev/vdb, if there is one; s-poison has a page
 * of broken memory; s-net has one listening TCP socket, three connections to itself and a UDP socket.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, ANON_MB = 24, GROUP_MB = 11, CONNECTIONS = 3, PORT = 4000 };

static const char file_name[] = "/run/scene";
static int shared_file;
static char *missing_page;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void name(const char *text)
{
	prctl(PR_SET_NAME, text);
}

/* Says in the kernel's log since when a task waits, in seconds of uptime. */
static void waits(const char *text)
{
	struct timespec now;
	FILE *log = fopen("/dev/kmsg", "w");

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (log) {
		fprintf(log, "<6>scene: %s waits since %lld.%02ld\n", text, (long long)now.tv_sec,
		    now.tv_nsec / 10000000);
		fclose(log);
	}
}

static void sleep_forever(void)
{
	for (;;)
		pause();
}

static void child(const char *text, void (*run)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		name(text);
		run();
		exit(0);
	}
}

static void *map(size_t size, int flags)
{
	void *p =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void run_vfork(void)
{
	if (vfork() == 0) {
		name("s-vchild");
		sleep_forever();
	}
	sleep_forever();
}

static void run_pipe(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0 || read(ends[0], &byte, 1) < 0)
		fail("pipe");
}

static void run_futex(void)
{
	static int word;

	syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
}

static void run_anon(void)
{
	map((size_t)ANON_MB << 20, MAP_POPULATE);
	sleep_forever();
}

static void run_stopped(void)
{
	raise(SIGSTOP);
}

/* Its child has ended and stays a zombie. */
static void run_parent(void)
{
	if (fork() == 0) {
		name("s-zombie");
		_exit(0);
	}
	sleep_forever();
}

static unsigned long threads;

static void *many_thread(void *unused)
{
	(void)unused;
	sleep_forever();
	return NULL;
}

static void run_many(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (unsigned long i = 1; i < threads; i++)
		if (pthread_create(&thread, &attr, many_thread, NULL))
			fail("pthread_create");
	sleep_forever();
}

static void run_net(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	int udp = socket(AF_INET, SOCK_DGRAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(listener, 8) < 0 ||
	    bind(udp, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("bind");
	for (int i = 0; i < CONNECTIONS; i++) {
		int s = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(s, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		    accept(listener, NULL, NULL) < 0)
			fail("connect");
	}
	sleep_forever();
}

static const char *nfs_dir;

static void run_nfs(void)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/dead", nfs_dir);
	waits("s-nfs");
	stat(path, &st);
}

/* The host lets one byte a second pass: the first read ends, the next does not. */
static void run_disk(void)
{
	int fd = open("/dev/vdb", O_RDONLY | O_DIRECT);
	void *page = map(PAGE, 0);

	for (long long at = 0; fd >= 0 && pread(fd, page, PAGE, at) == PAGE; at += PAGE)
		waits("s-disk");
}

static void run_poison(void)
{
	char *page = map(PAGE, MAP_POPULATE);

	signal(SIGBUS, SIG_IGN);
	page[0] = 1;
	if (madvise(page, PAGE, MADV_HWPOISON) < 0)
		perror("MADV_HWPOISON");
	sleep_forever();
}

/* The write reads a page that nobody ever supplies, with the file's and the inode's lock taken. */
static void *fault_thread(void *unused)
{
	(void)unused;
	name("s-fault");
	waits("s-fault");
	if (write(shared_file, missing_page, PAGE) < 0)
		perror("s-fault");
	return NULL;
}

static void *mutex_thread(void *task_name)
{
	name(task_name);
	waits(task_name);
	if (write(shared_file, "x", 1) < 0)
		perror(task_name);
	return NULL;
}

static void *rwsem_thread(void *task_name)
{
	int fd = open(file_name, O_WRONLY);

	name(task_name);
	waits(task_name);
	if (write(fd, "x", 1) < 0)
		perror(task_name);
	return NULL;
}

static void start_fault(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	pthread_t thread;

	missing_page = map(PAGE, 0);
	range.range.start = (unsigned long)missing_page;
	range.range.len = PAGE;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0)
		fail("userfaultfd");
	shared_file = open(file_name, O_CREAT | O_RDWR, 0600);
	if (shared_file < 0)
		fail(file_name);
	pthread_create(&thread, NULL, fault_thread, NULL);
	/* until it waits it does not own both locks */
	sleep(1);
	pthread_create(&thread, NULL, mutex_thread, (void *)"s-mutex");
	pthread_create(&thread, NULL, mutex_thread, (void *)"s-mutex2");
	pthread_create(&thread, NULL, rwsem_thread, (void *)"s-rwsem");
	pthread_create(&thread, NULL, rwsem_thread, (void *)"s-rwsem2");
}

static void run_all(void)
{
	child("s-vfork", run_vfork);
	child("s-pipe", run_pipe);
	child("s-futex", run_futex);
	child("s-anon", run_anon);
	child("s-stopped", run_stopped);
	child("s-parent", run_parent);
	child("s-many", run_many);
	child("s-net", run_net);
	child("s-poison", run_poison);
	child("s-disk", run_disk);
	if (nfs_dir)
		child("s-nfs", run_nfs);
	start_fault();
	sleep_forever();
}

static void pin(unsigned long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Uses what others leave of its CPU. */
static void use_cpu(const char *cpu)
{
	pin(strtoul(cpu, NULL, 10));
	if (nice(19) < 0)
		fail("nice");
}

static void run_user(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void run_kernel(void)
{
	size_t size = 1 << 20;
	char *into = map(size, MAP_POPULATE);
	int zero = open("/dev/zero", O_RDONLY);

	while (read(zero, into, size) > 0)
		;
}

static void run_oom(void)
{
	for (;;)
		map(1 << 20, MAP_POPULATE);
}

static void write_word(const char *file, const char *word)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		fail(file);
	close(fd);
}

static void run_die(const char *kind, const char *seconds)
{
	if (kind && seconds) {
		pin(0); /* (irqs_off takes the last one) */
		write_word("/sys/module/lab_die/parameters/kind", kind);
		sleep((unsigned)strtoul(seconds, NULL, 10));
	}
	write_word("/proc/sysrq-trigger", "c");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "all") && argc > 2) {
		name("s-all");
		threads = strtoul(argv[2], NULL, 10);
		nfs_dir = argv[3];
		run_all();
	} else if (!strcmp(what, "group")) {
		name("s-group");
		map((size_t)GROUP_MB << 20, MAP_POPULATE);
		sleep_forever();
	} else if (!strcmp(what, "user") && argc > 2) {
		name("s-user");
		use_cpu(argv[2]);
		run_user();
	} else if (!strcmp(what, "kernel") && argc > 2) {
		name("s-kernel");
		use_cpu(argv[2]);
		run_kernel();
	} else if (!strcmp(what, "oom")) {
		name("s-oom");
		run_oom();
	} else if (!strcmp(what, "die")) {
		name("s-die");
		run_die(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
	} else {
		fputs(
		    "usage: scene all THREADS [DIR] | group | user CPU | kernel CPU | oom | die [KIND SECONDS]\n",
		    stderr);
		return 2;
	}
	return 0;
}
