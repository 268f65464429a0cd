/* SPDX-License-Identifier: MIT */
/*
 * system: time since boot, load, release, command line, taint, clock source, interrupts, busy workers, mounts,
 * modules.
 */
#include <stdio.h>
#include <string.h>

#include "autopsy.h"
#include "interrupts.h"

enum {
	SYSTEM_COMMAND = 2048,
	SYSTEM_LOAD_SHIFT = 11, /* FSHIFT */
	SYSTEM_WORKERS = 32,
	SYSTEM_MOUNTS = 128,
	SYSTEM_MOUNT_WALK = 4096,
	SYSTEM_DEPTH = 32, /* of a path, and of a tree */
	SYSTEM_PATH = 256,
};

#define SYSTEM_BUSY_NS 10000000000LL /* a worker that is busy for longer is in the summary */

/* The letters and names of taints: Documentation/admin-guide/tainted-kernels.rst. */
static const struct {
	char letter;
	const char *name;
} system_taints[] = {
    {'P', "proprietary module"},
    {'F', "module forced in"},
    {'S', "out of specification"},
    {'R', "module forced out"},
    {'M', "machine check"},
    {'B', "bad page"},
    {'U', "by user"},
    {'D', "died before"},
    {'A', "ACPI table overridden"},
    {'W', "warning"},
    {'C', "staging driver"},
    {'I', "firmware bug"},
    {'O', "out-of-tree module"},
    {'E', "unsigned module"},
    {'L', "soft lockup"},
    {'K', "live patched"},
    {'X', "auxiliary"},
    {'T', "struct randomised"},
    {'N', "in-kernel test"},
    {'J', "fwctl"},
};

static void system_taint_text(uint64_t taints, int names, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(system_taints) / sizeof(system_taints[0]); i++) {
		if (!(taints >> i & 1) || n >= size)
			continue;
		if (names)
			n += (size_t)snprintf(text + n, size - n, "%s%c (%s)", n ? ", " : "",
			    system_taints[i].letter, system_taints[i].name);
		else
			n += (size_t)snprintf(text + n, size - n, "%c", system_taints[i].letter);
	}
}

static void system_load(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	char text[64] = "";

	for (unsigned i = 0; k->symbol[S_avenrun] && i < 3; i++) {
		uint64_t load = kernel_word(k, k->symbol[S_avenrun] + 8 * (uint64_t)i) + 10;
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%llu.%02llu", i ? " " : "",
		    (unsigned long long)(load >> SYSTEM_LOAD_SHIFT) & 0xffffffff,
		    (unsigned long long)((load & ((1 << SYSTEM_LOAD_SHIFT) - 1)) * 100 >>
					 SYSTEM_LOAD_SHIFT));
	}
	if (text[0] && !kernel_fault(k))
		out_text(&a->out, "load", text);
}

static void system_facts(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	static char text[SYSTEM_COMMAND];
	int64_t uptime = kernel_uptime(k);
	uint64_t taints = kernel_variable(k, S_tainted_mask, 8), at;

	if (k->symbol[S_linux_banner]) {
		kernel_text(k, k->symbol[S_linux_banner], text, sizeof(text));
		text[strcspn(text, "\n")] = '\0';
		while (text[0] && text[strlen(text) - 1] == '?') /* its newline */
			text[strlen(text) - 1] = '\0';
		out_text(&a->out, "version", text);
	}
	if (k->symbol[S_init_uts_ns] && kernel_has(k, L_UTS_NODENAME)) {
		kernel_text(k, kernel_at(k, L_UTS_NODENAME, k->symbol[S_init_uts_ns]), text, 65);
		out_text(&a->out, "host", text);
	}
	if (uptime >= 0)
		out_seconds(&a->out, "uptime_s", uptime);
	system_load(a);
	if (k->symbol[S_saved_command_line]) {
		kernel_text(k, kernel_variable(k, S_saved_command_line, 8), text, sizeof(text));
		out_text(&a->out, "command_line", text);
	}
	system_taint_text(taints, 1, text, sizeof(text));
	out_text(&a->out, "taint", taints ? text : "none");
	at = kernel_variable(k, S_curr_clocksource, 8);
	if (at && kernel_has(k, L_CLOCK_NAME)) {
		kernel_text(k, kernel_get(k, L_CLOCK_NAME, at), text, KERNEL_NAME);
		out_text(&a->out, "clocksource", text);
	}
	kernel_fault(k);
}

/* --- workqueues ------------------------------------------------------------------------------------- */

/*
 * For how long the worker has not been idle, in ns; it may have run several works in that time: kernels do not
 * record when a work began. -1: not known.
 */
static int64_t system_work_age(struct kernel *k, uint64_t worker)
{
	uint64_t active = kernel_get(k, L_WORKER_ACTIVE, worker);

	/* jiffies begin at -300 s, as a number of 32 bits */
	if (!k->hz || !active || k->jiffies < active || k->jiffies - active > UINT32_MAX)
		return -1;
	return (int64_t)(k->jiffies - active) * (1000000000 / k->hz);
}

static void system_work(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	size_t listed = 0;

	if (!kernel_has(k, L_TASK_WORKER) || !kernel_has(k, L_WORKER_FUNC))
		return;
	out_list(&a->out, "work");
	for (size_t i = 0; i < a->tasks.count && listed < SYSTEM_WORKERS; i++) {
		const struct task *task = &a->tasks.task[i];
		char name[KALLSYMS_NAME], queue[KERNEL_NAME];
		uint64_t worker, function;
		int64_t age;

		if (!(task->flags & TASKS_WORKER))
			continue;
		worker = kernel_get(k, L_KTHREAD_DATA, kernel_get(k, L_TASK_WORKER, task->address));
		function = kernel_get(k, L_WORKER_FUNC, worker);
		if (kernel_fault(k) || !function || !symbols_function(&a->symbols, function, name))
			continue;
		kernel_text(k, kernel_at(k, L_WORKER_DESC, worker), queue, 32);
		age = system_work_age(k, worker);
		out_record(&a->out, NULL);
		out_text(&a->out, "function", name);
		if (queue[0])
			out_text(&a->out, "workqueue", queue);
		autopsy_task(a, task);
		if (age >= 0)
			out_seconds(&a->out, "busy_s", age);
		out_end(&a->out);
		listed++;
		if (age >= SYSTEM_BUSY_NS)
			out_headline(&a->out,
			    "worker %s (pid %d) has been busy for %lld s, now in %s", task->comm,
			    task->pid, (long long)age / 1000000000, name);
	}
	out_end(&a->out);
	kernel_fault(k);
}

/* --- modules ---------------------------------------------------------------------------------------- */

static void system_modules(struct autopsy *a)
{
	out_list(&a->out, "modules");
	for (size_t i = 0; i < a->modules.count; i++) {
		const struct module *m = &a->modules.module[i];
		char taint[32];

		out_record(&a->out, NULL);
		out_text(&a->out, "module", m->name);
		out_number(&a->out, "size", (int64_t)m->size);
		out_number(&a->out, "refs", m->refs);
		system_taint_text(m->taints, 0, taint, sizeof(taint));
		if (taint[0])
			out_text(&a->out, "taint", taint);
		if (!m->live)
			out_text(&a->out, "state", "loading or going");
		out_end(&a->out);
	}
	out_end(&a->out);
	if (a->modules.damaged)
		out_note(&a->out, "the list of modules is damaged: some may be missing");
}

/* --- mounts ----------------------------------------------------------------------------------------- */

/* The path of a mount point, from its root: names of the dentries up through the mounts above it. */
static void system_path(struct kernel *k, uint64_t mount, char *path, size_t size)
{
	char text[SYSTEM_PATH];
	size_t at = sizeof(text) - 1;
	uint64_t parent = kernel_get(k, L_MOUNT_PARENT, mount);
	uint64_t dentry = kernel_get(k, L_MOUNT_POINT, mount);

	text[at] = '\0';
	for (int i = 0; i < SYSTEM_DEPTH * 4 && mount != parent; i++) {
		uint64_t up = kernel_get(k, L_DENTRY_PARENT, dentry);
		char name[KERNEL_NAME];
		size_t n;

		if (kernel_fault(k))
			break;
		/* at the root of a file system the path goes on at its mount point */
		if (up == dentry || !up) {
			mount = parent;
			parent = kernel_get(k, L_MOUNT_PARENT, mount);
			dentry = kernel_get(k, L_MOUNT_POINT, mount);
			continue;
		}
		kernel_text(k, kernel_get(k, L_DENTRY_NAME, dentry), name, sizeof(name));
		n = strlen(name);
		if (n + 1 > at)
			break;
		at -= n;
		memcpy(text + at, name, n);
		text[--at] = '/';
		dentry = up;
	}
	snprintf(path, size, "%s", text[at] ? text + at : "/");
	kernel_fault(k);
}

static void system_mount(struct autopsy *a, uint64_t mount)
{
	struct kernel *k = &a->kernel;
	uint64_t type = kernel_get(k, L_SB_TYPE, kernel_get(k, L_MOUNT_SB, mount));
	char path[SYSTEM_PATH], name[KERNEL_NAME], device[SYSTEM_PATH];

	kernel_text(k, kernel_get(k, L_FS_NAME, type), name, sizeof(name));
	kernel_text(k, kernel_get(k, L_MOUNT_DEVICE, mount), device, sizeof(device));
	/* (nullfs lies below rootfs since 7.0; /proc/mounts does not show it) */
	if (kernel_fault(k) || !name[0] || strcmp(name, "nullfs") == 0)
		return;
	system_path(k, mount, path, sizeof(path));
	out_record(&a->out, NULL);
	out_text(&a->out, "at", path);
	out_text(&a->out, "type", name);
	/* (the device of a network file system is a peer's address) */
	if (a->full || (!strchr(device, ':') && device[0] == '/' && device[1] != '/'))
		out_text(&a->out, "device", device);
	out_end(&a->out);
}

/* The mounts of a red-black tree, each left before right, without recursion. */
static unsigned system_mount_tree(struct autopsy *a, uint64_t root)
{
	struct kernel *k = &a->kernel;
	uint64_t stack[SYSTEM_DEPTH * 2], at = root;
	unsigned depth = 0, count = 0;

	for (unsigned steps = 0; (at || depth) && steps < SYSTEM_MOUNT_WALK && !kernel_fault(k);
	     steps++) {
		if (at && depth < SYSTEM_DEPTH * 2) {
			stack[depth++] = at;
			at = kernel_get(k, L_RB_LEFT, at);
			continue;
		}
		if (depth == 0)
			break;
		at = stack[--depth];
		if (count++ < SYSTEM_MOUNTS)
			system_mount(a, kernel_owner(k, L_MOUNT_NODE, at));
		at = kernel_get(k, L_RB_RIGHT, at);
	}
	return count;
}

static void system_mounts(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	uint64_t ns =
	    kernel_get(k, L_NSPROXY_MNT, kernel_get(k, L_TASK_NSPROXY, k->symbol[S_init_task]));
	unsigned count = 0;
	uint64_t node;

	/* the mounts of process 1; init_task's are those of the kernel before it */
	for (size_t i = 0; i < a->tasks.count && a->tasks.task[i].pid <= 1; i++) {
		uint64_t of_init = kernel_get(
		    k, L_NSPROXY_MNT, kernel_get(k, L_TASK_NSPROXY, a->tasks.task[i].address));

		if (!kernel_fault(k) && of_init)
			ns = of_init;
	}
	if (kernel_fault(k) || !ns || !kernel_has(k, L_MOUNT_SB))
		return;
	out_list(&a->out, "mounts");
	if (kernel_has(k, L_MNTNS_TREE) && kernel_has(k, L_MOUNT_NODE)) {
		count = system_mount_tree(a, kernel_get(k, L_MNTNS_TREE, ns));
	} else if (kernel_has(k, L_MNTNS_LIST) && kernel_has(k, L_MOUNT_LIST)) {
		struct kernel_list list;

		kernel_list_begin(&list, kernel_at(k, L_MNTNS_LIST, ns), SYSTEM_MOUNT_WALK);
		while (kernel_list_next(k, &list, &node)) {
			if (count++ < SYSTEM_MOUNTS)
				system_mount(a, kernel_owner(k, L_MOUNT_LIST, node));
		}
	}
	out_end(&a->out);
	kernel_fault(k);
	if (count > SYSTEM_MOUNTS)
		out_note(&a->out, "%u mounts are not listed", count - SYSTEM_MOUNTS);
}

static void system_interrupts(struct autopsy *a)
{
	struct interrupts interrupts;

	interrupts_find(&a->kernel, &interrupts);
	out_list(&a->out, "interrupts");
	for (size_t i = 0; i < interrupts.count; i++) {
		out_record(&a->out, NULL);
		out_number(&a->out, "irq", interrupts.top[i].number);
		out_text(&a->out, "name", interrupts.top[i].name);
		out_number(&a->out, "count", interrupts.top[i].count);
		out_end(&a->out);
	}
	out_end(&a->out);
}

void section_system(struct autopsy *a)
{
	system_facts(a);
	system_interrupts(a);
	system_work(a);
	system_mounts(a);
	system_modules(a);
}
