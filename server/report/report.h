/* SPDX-License-Identifier: MIT */
/*
 * report: the class, title and signature of the crash in a kernel log. Pure: text in, struct out; no
 * allocation, time linear in the text, any bytes allowed.
 *
 * WHICH REPORT. A log may have several reports. Each has a severity:
 *   DEATH    the kernel has died or is about to: oops, BUG(), panic, a crash by sysrq
 *   BUG      the kernel reports a defect or a hang that it may survive: KASAN, lockdep, hung task,
 *            lockups, RCU stall, "scheduling while atomic", bad page state …
 *   WARNING  WARN() and similar: an event, not a crash
 * The first report counts, because later ones follow from it: the final "Kernel panic - not syncing: Fatal
 * exception", a panic_on_warn, the general protection fault 2 ms after KASAN. Exceptions:
 *   - A WARNING counts only if there is no other report, or if panic_on_warn made it the death.
 *   - BUG reports are the cause of a death only if the last of them, hang or not, is at most 60 s before it:
 *     a UBSAN report of the boot must not name the crash of next week. Then the first report of the row
 *     counts. A hang continues a row if it is at most 10 s after the BUG report or hang before it; any other
 *     BUG report does if it is at most 60 s after. An unknown time is within each limit.
 *   - Where a task dies within 12 lines of its own BUG report, before the report's stack (caller ids are known), the
 *     stack is the death's.
 *   - A BUG report that never has a stack, at most 4 lines before a death, leaves the report to the death.
 *   - A sysrq crash was requested by a person, whatever came before.
 *   - A BUG report's message may follow its WARNING, at most 3 lines later (lib/list_debug.c before 4.10): then
 *     the report begins with the WARNING.
 *   - Some openings are a death only if one follows within 12 lines: a user process's own fault has the
 *     same line.
 *
 * THE FUNCTION TO BLAME is that of the instruction pointer (RIP, pc, epc, NIP), or else of the innermost
 * reliable stack frame. These are skipped (skip.c lists the names):
 *   reporting   panic, die, warn, kasan, lockdep, watchdog: they report the defect
 *   allocators  kmalloc, slab, page allocator: they crash on what others have corrupted
 *   locks       spinlocks, mutexes, lockdep's hooks, refcounts: the object they were given is bad
 *   copy        memory and string routines, checksums, user copies, list helpers: the pointer came from
 *               the caller
 *   helpers     kobjects, devices, timers, work queues, skbs …: the object came from the caller
 *   entry       interrupt, exception and syscall entry, kthread: they are in every stack
 *   waits       schedule and similar: for a hung task, the function that waits is their caller
 * If every frame is skipped, the innermost allocator, lock, copy or helper is to blame; failing that,
 * the innermost entry (a worker that jumped to a bad address); failing that, the innermost wait; else
 * the function is unknown. Reporting is never to blame. Frames marked "? " (or "(unreliable)") are leftovers
 * on the stack; they are read only if no other frame is better than an entry: a kernel without an
 * unwinder marks all frames so.
 * Code that an interrupt stopped is not to blame for a death in the interrupt.
 * What a worker ran ("Workqueue: NAME f") counts as the last frame, as it is known even where the log ends before
 * the stack; there the return address of a function that is skipped counts as its caller.
 * Where a report names the function itself (KASAN "in f+…", lockdep "at: f+…", stack-protector "corrupted
 * in: f", an assertion's "file.c:12:f()"), that function is to blame, unless it is reporting, allocator, lock, copy,
 * helper or wait (for a lock: or entry). For a lock that is freed or kept while held, "at:" names who took it. Where
 * the opening line has it after " in " (KCSAN: the accesses that race) only reporting is left out.
 * Stalls and lockups (RCU stall, soft and hard lockup) are sampled anywhere inside a loop, so for them the
 * frame called by the entry points is to blame: the syscall, the work or thread function, the softirq's
 * handler. Dispatchers that many different bugs share (ioctl, read, write, sendmsg, vfs_*, process_one_work,
 * call_timer_fn …) count as entry points. A CPU that waits for a cross-call is named by the cross-call. If
 * there is no such frame, the one that the sampling interrupt stopped is to blame, unless the CPU was idle.
 * Where a stack is spent (guard page, stack overflow, corrupted stack end) the function that met the end is
 * chance, and the whole chain of calls is the cause. So the title also says who began the chain, "in f, from g", and
 * the signature has only that: a function that calls itself, three times in a row, or else the frame called by the
 * entry points. What ran in an interrupt on top of the chain does not count.
 * A page in a bad state is met by whoever takes or frees it next: where page_owner tells who allocated it, that
 * function is to blame.
 * A hung task that waits for a lock in a page fault is named by the page fault's handler.
 * A hung task that waits for an RCU grace period is named by that wait: no caller is to blame for it.
 *
 * NAMES. Compiler suffixes (.isra.N .constprop.N .part.N .cold .llvm.N .lto_priv.N .localalias) are cut.
 * Syscall prefixes (__x64_sys_ __ia32_sys_ __arm64_sys_ __riscv_sys_ __s390x_sys_ __se_sys_ __do_sys_ ksys_
 * SyS_ SYSC_ … and their compat_ forms) all become "sys_NAME", so that machines of different architecture
 * and kernel agree.
 *
 * SIGNATURE. The first 16 hex digits of the SHA-256 of the class (in its oldest spelling), the function to
 * blame and the next two reliable frames that are not skipped, up to the next entry point (the code that an
 * interrupt stopped is chance). For hangs: class and function only, as their callers differ by chance; for spent
 * stacks: class and who began the chain. Where there is no function: class and message, its numbers replaced by "#".
 * It has no address, offset, pid, CPU number, suffix or, in Rust's names, crate disambiguator.
 *
 * INTERLEAVING. Where lines have caller ids ("[  T123]", "[    C0]"; CONFIG_PRINTK_CALLER) only those of
 * the report's own context are read; for stalls those of any context, because the backtraces come from other
 * CPUs. Source of the formats: the kernel's arch/<arch>/kernel/traps.c, dumpstack.c, process.c, mm/, lib/,
 * kernel/locking/lockdep.c, kernel/rcu/, kernel/watchdog.c, kernel/printk/printk.c (print_prefix).
 */
#ifndef LASTWORDS_REPORT_H
#define LASTWORDS_REPORT_H

#include <stddef.h>
#include <stdint.h>

enum {
	REPORT_BUILD_ID_MAX = 64,
	/* Of this algorithm: to be raised when titles or signatures of logs change, so that a central database gets the
	 * crashes again. */
	REPORT_VERSION = 3,
};
enum report_severity { REPORT_NONE, REPORT_WARNING, REPORT_BUG, REPORT_DEATH };

struct report {
	/* "NULL pointer dereference", "BUG", "sysrq crash", "KASAN: slab-use-after-free" … (all are in
	 * opening.c); "" no report */
	char class[48];
	char function[128]; /* "" unknown */
	/* "CLASS in FUNCTION", "CLASS in FUNCTION, from FUNCTION", "CLASS", "panic: MESSAGE"; "" no report */
	char title[200];
	char signature[17]; /* "" no report */
	char release[128]; /* kernel release; "" unknown */
	char comm[32]; /* task; "" unknown */
	int cpu; /* -1 unknown */
	int by_autopsy; /* 1: function is the autopsy's (record/autopsy.h); report_find sets 0 */
	int corrupted; /* 1: the report is torn or interleaved */
	size_t offset; /* bytes into the text where the report begins */
	size_t line; /* the same as a line number, from 0 */
	enum report_severity severity;
	int64_t time_us; /* uptime of the report, microseconds; -1 unknown */
	long pid; /* -1 unknown */
	char taint[64]; /* "G        W  OE", "" not tainted or unknown */
	char hardware[128]; /* "Hardware name:"; "" unknown */
	char modules[160]; /* of the frames, in order, separated by blanks */
	/* instruction pointer, "f+0x12/0x34 [module]", or "0x0" where it has no symbol; "" unknown */
	char rip[192];
	/* of the kernel, hex (CONFIG_STACKTRACE_BUILD_ID); "" unknown */
	char build_id[REPORT_BUILD_ID_MAX + 1];
};

/*
 * Reads a kernel log as dmesg prints it, with or without "<N>", "[time]", caller id, syslog or journald
 * prefixes. Always fills *out. 1 if there is a crash (severity BUG or DEATH), else 0; then class is "",
 * or that of a WARNING (severity REPORT_WARNING).
 */
int report_find(const char *text, size_t len, struct report *out);

/*
 * 1 if the report's function is more than where every such report ends: not unknown, not the scheduler's, a
 * wait's or a reporting function.
 */
int report_names_cause(const struct report *report);

/* 1 if a report of severity DEATH begins in this line (len bytes, prefixes allowed). */
int report_is_death(const char *line, size_t len);

/* "death", "bug", "warning", "" */
const char *report_severity_name(enum report_severity severity);

#endif
