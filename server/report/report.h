/* SPDX-License-Identifier: MIT */
/*
 * report: the class, title and signature of a kernel log. Pure: text in, record out; no allocation,
 * time linear in the text, any bytes allowed.
 *
 * WHICH REPORT. A log may hold several. Every one has a severity:
 *   DEATH    the kernel has died or is about to: oops, BUG(), panic, a crash asked for by sysrq
 *   BUG      the kernel's own report of a defect or a hang, which it may outlive: KASAN, lockdep,
 *            hung task, lockups, RCU stall, "scheduling while atomic", bad page state …
 *   WARNING  WARN() and its kin: an event, not a crash
 * The first report counts, because what follows is its consequence: the final "Kernel panic - not
 * syncing: Fatal exception", a panic_on_warn, the general protection fault 2 ms after KASAN. But:
 *   - a WARNING is taken only when there is nothing else, or when panic_on_warn made it the death;
 *   - when there is a death, BUG reports older than a minute before it (10 s for hangs, which corrupt
 *     nothing) are not its cause: a UBSAN report of the boot must not name the crash of next week;
 *   - a sysrq crash was asked for by a person, whatever came before.
 *
 * THE GUILTY FRAME. The function is that of the instruction pointer (RIP, pc, epc, NIP) or else of
 * the innermost reliable stack frame, leaving out (skip.c has the names):
 *   reporting   panic, die, warn, kasan, lockdep, watchdog: they tell the story, they are not in it
 *   allocators  kmalloc, slab, page allocator: they trip over what others have corrupted
 *   locks       spinlocks, mutexes, lockdep's hooks, refcounts: the object they were given is bad
 *   copy        memory and string routines, user copies, list helpers: the pointer was the caller's
 *   entry       interrupt, exception and syscall entry, kthread: in every stack, so they say nothing
 *   waits       schedule and its kin: for a hung task, the one who waits is their caller
 * Frames marked "? " (or "(unreliable)") are leftovers on the stack and are never used. Where a report
 * names the function itself (KASAN "in f+…", lockdep "at: f+…", stack-protector "corrupted in: f")
 * that one counts, unless it is reporting, allocator, lock or copy. If everything is skipped, the
 * innermost frame that is not reporting or entry counts; failing that, the innermost that is not
 * reporting (a worker that jumped to a bad address); else the function is unknown.
 * Stalls and lockups (RCU stall, soft and hard lockup) are sampled somewhere inside a loop, elsewhere
 * every time, so for them the frame below (called by) the entry points counts: the syscall, the work
 * or thread function, the softirq's handler; dispatchers which many different bugs share (ioctl, read,
 * write, sendmsg, vfs_*, process_one_work, call_timer_fn …) count as entry points. Failing any, where
 * the sampling interrupt came upon the CPU, unless it idled there.
 *
 * NAMES. Compiler suffixes (.isra.N .constprop.N .part.N .cold .llvm.N .lto_priv.N .localalias) are
 * cut. Syscall prefixes (__x64_sys_ __ia32_sys_ __arm64_sys_ __riscv_sys_ __s390x_sys_ __se_sys_
 * __do_sys_ ksys_ SyS_ SYSC_ … and their compat_ forms) all become "sys_NAME", so that machines of
 * different architecture and kernel agree.
 *
 * SIGNATURE. The first 16 hex digits of the SHA-256 of the class (in its oldest spelling), the guilty
 * function and the next two frames that are reliable and not left out by the list above, up to the next
 * entry point (what an interrupt came upon is chance); of class and function only for hangs, whose
 * callers differ by chance; of class and message, its numbers replaced by "#", where there is no
 * function. No address, offset, pid, CPU number, suffix or, in Rust's names, crate disambiguator.
 *
 * INTERLEAVING. Where lines have caller ids ("[  T123]", "[    C0]"; CONFIG_PRINTK_CALLER) only those
 * of the report's own context are read (of any context for stalls: their backtraces come from other
 * CPUs). Source of the formats: the kernel's arch/<arch>/kernel/traps.c, dumpstack.c, process.c, mm/,
 * lib/, kernel/locking/lockdep.c, kernel/rcu/, kernel/watchdog.c, kernel/printk/printk.c (print_prefix).
 */
#ifndef LASTWORDS_REPORT_H
#define LASTWORDS_REPORT_H

#include <stddef.h>
#include <stdint.h>

enum { REPORT_BUILD_ID_MAX = 64 };
enum report_severity { REPORT_NONE, REPORT_WARNING, REPORT_BUG, REPORT_DEATH };

struct report {
	/* "NULL pointer dereference", "BUG", "sysrq crash", "KASAN: slab-use-after-free" …;
	 * "" no report (report_report.c has them all) */
	char class[48];
	char function[128]; /* "" unknown */
	char title[200]; /* "CLASS in FUNCTION", "CLASS", "panic: MESSAGE"; "" no report */
	char signature[17]; /* "" no report */
	char release[128]; /* kernel release where the log states it */
	char comm[32]; /* task, where stated */
	int cpu; /* -1 unknown */
	int corrupted; /* 1: the report is torn or interleaved */
	size_t offset; /* bytes into the text where the report begins */
	size_t line; /* the same as a line number, from 0 */
	enum report_severity severity;
	int64_t time_us; /* the kernel's time of the report (uptime), microseconds; -1 not stated */
	long pid; /* -1 unknown */
	char taint[64]; /* "G        W  OE", "" not tainted or unknown */
	char hardware[128]; /* "Hardware name:" */
	char modules[160]; /* of the frames, in order, separated by spaces */
	/* instruction pointer, "f+0x12/0x34 [module]", or "0x0" where it has no symbol; "" unknown */
	char rip[192];
	/* the kernel's, hex, where the log prints it (CONFIG_STACKTRACE_BUILD_ID); "" unknown */
	char build_id[REPORT_BUILD_ID_MAX + 1];
};

/*
 * Reads a kernel log as dmesg prints it, with or without "<N>", "[time]", caller id, syslog or journald
 * prefixes. Always fills *out. Returns 1 if there is a crash (severity BUG or DEATH). Returns 0
 * if not; then class is "" unless the log has a WARNING, which is told with severity REPORT_WARNING.
 */
int report_find(const char *text, size_t len, struct report *out);

/*
 * 1 if this one line (len bytes, prefixes allowed) says that the kernel has died or is about to:
 * an oops, BUG or panic line. WARNING is not, nor are reports the kernel may outlive.
 */
int report_is_death(const char *line, size_t len);

/* "death", "bug", "warning", "" */
const char *report_severity_name(enum report_severity severity);

/* Why a frame was passed over or taken, for people who doubt a report. */
struct report_step {
	char function[128]; /* as the log has it, without offset */
	const char *why; /* "guilty", "signature", "reporting", "unreliable" …; static text */
};

/*
 * As report_find, and tells how the function was found: up to max steps, innermost frame first.
 * Returns how many were filled in.
 */
size_t report_explain(
    const char *text, size_t len, struct report *out, struct report_step *steps, size_t max);

#endif
