/* SPDX-License-Identifier: MIT */
/* log: the numbers by chance and the logs of mkstore; see log.h. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t log_seed;

uint64_t log_chance(uint64_t a, uint64_t b)
{
	uint64_t x = log_seed * 0x9e3779b97f4a7c15 + a * 0xbf58476d1ce4e5b9 + b;

	for (int i = 0; i < 3; i++) {
		x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
		x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
		x ^= x >> 31;
	}
	return x;
}

double log_share(uint64_t a, uint64_t b)
{
	return (double)(log_chance(a, b) >> 11) / (double)(1ULL << 53);
}

int log_product_number(int machine)
{
	return (int)(log_chance(7, (uint64_t)machine) % LOG_PRODUCTS);
}

const char *log_product(int machine)
{
	static const char *const products[LOG_PRODUCTS] = {"PowerEdge R640", "PowerEdge R740xd",
	    "ProLiant DL360 Gen10", "ProLiant DL380 Gen11", "ThinkSystem SR650", "X11DPT-B"};

	return products[log_product_number(machine)];
}

static const char *const modules[] = {
    "mlx5_core", "nvme", "xfs", "ixgbe", "i915", "kvm_intel", "ceph", "btrfs"};

/* A function's name of two words, of a signature and a place. */
static const char *function_of(int k, int place, char name[64])
{
	static const char *const a[] = {
	    "flush", "queue", "alloc", "poll", "submit", "release", "update", "map"};
	static const char *const b[] = {
	    "ring", "inode", "page", "extent", "packet", "buffer", "lease", "entry"};

	snprintf(name, 64, "%s_%s_%s_%d", modules[k % 8],
	    a[log_chance((uint64_t)k, (uint64_t)place) % 8],
	    b[log_chance((uint64_t)k + 1000, (uint64_t)place) % 8], k);
	return name;
}

/* Appends a line of the kernel's log. */
__attribute__((format(printf, 3, 4))) static void line(
    FILE *log, double *seconds, const char *fmt, ...)
{
	va_list args;

	*seconds += 0.000213;
	fprintf(log, "[%12.6f] ", *seconds);
	va_start(args, fmt);
	vfprintf(log, fmt, args);
	va_end(args);
	fputc('\n', log);
}

static void write_report(FILE *log, double *seconds, const struct log *what)
{
	static const char *const taints[] = {"Not tainted", "Tainted: G           OE     ",
	    "Tainted: P           O      ", "Tainted: G        W         "};
	int number = what->number, k = what->signature;
	const char *module = modules[k % 8];
	int cpu = (int)(log_chance(11, (uint64_t)number) % 64), pid = 1000 + number % 30000;
	char name[64];

	if (k % 5 == 0)
		line(log, seconds,
		    "general protection fault, probably for non-canonical address 0x%016llx: 0000 [#1] PREEMPT SMP NOPTI",
		    (unsigned long long)log_chance(12, (uint64_t)number));
	else if (k % 5 == 1)
		line(log, seconds,
		    "watchdog: BUG: soft lockup - CPU#%d stuck for 22s! [kworker/%d:1:%d]", cpu,
		    cpu, pid);
	else
		line(log, seconds, "BUG: kernel NULL pointer dereference, address: %016x",
		    (k * 8) % 4096);
	line(log, seconds, "#PF: supervisor read access in kernel mode");
	line(log, seconds, "CPU: %d PID: %d Comm: kworker/%d:1 %s %s #1 SMP Debian", cpu, pid, cpu,
	    taints[log_chance(13, (uint64_t)k) % 4], what->release);
	line(log, seconds, "Hardware name: %s/0H28RR, BIOS 2.%d.0 03/14/2024",
	    log_product(what->machine), (int)(log_chance(14, (uint64_t)what->machine) % 9));
	line(log, seconds, "RIP: 0010:%s+0x%x/0x400 [%s]", function_of(k, 0, name), 16 + k, module);
	for (int i = 0; i < 6; i++)
		line(log, seconds, "R%02d: %016llx R%02d: %016llx", 2 * i,
		    (unsigned long long)log_chance(20 + (uint64_t)i, (uint64_t)number), 2 * i + 1,
		    0xffff888000000000ULL +
			log_chance(30 + (uint64_t)i, (uint64_t)number) % (1ULL << 36));
	line(log, seconds, "Call Trace:");
	line(log, seconds, " <TASK>");
	for (int i = 1; i < 12; i++)
		line(log, seconds, " %s+0x%x/0x%x [%s]", function_of(k, i, name), 32 * i, 600,
		    module);
	line(log, seconds, " process_one_work+0x1c7/0x380");
	line(log, seconds, " worker_thread+0x4d/0x380");
	line(log, seconds, " ret_from_fork+0x1f/0x30");
	line(log, seconds, " </TASK>");
	line(log, seconds, "Modules linked in: %s nfsd auth_rpcgss nfs_acl lockd grace sunrpc",
	    module);
	line(log, seconds, "---[ end trace 0000000000000000 ]---");
	line(log, seconds, "Kernel panic - not syncing: Fatal exception in interrupt.");
}

char *log_make(const struct log *what, size_t *len)
{
	double seconds = 0;
	char *text = NULL;
	FILE *log = open_memstream(&text, len);

	if (!log)
		return NULL;
	line(log, &seconds, "Linux version %s (debian-kernel@lists.debian.org) #1 SMP",
	    what->release);
	for (int i = 1; i < what->lines; i++)
		line(log, &seconds, "pci 0000:%02x:%02x.0: BAR %d: assigned [mem 0x%08x-0x%08x]",
		    i / 32 % 256, i % 32, i % 6, i << 12, (i << 12) + 4095);
	if (seconds < what->up_s)
		seconds = what->up_s;
	write_report(log, &seconds, what);
	if (fclose(log)) {
		free(text);
		return NULL;
	}
	return text;
}
