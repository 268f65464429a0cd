/* SPDX-License-Identifier: MIT */
/* opening: the table of report openings; see opening.h. First match wins. */
#include "opening.h"

#include <stdint.h>
#include <string.h>

#include "line.h"

#define NULLDEREF "NULL pointer dereference"
#define GPF "general protection fault"
#define PAGEFAULT "page fault"
#define STACKOVER "stack overflow"
#define PANIC "Kernel panic - not syncing: "
#define SOFT "soft lockup"
#define HARD "hard lockup"
#define STALL "RCU stall"
#define HUNG "hung task"
#define RCUUSE "suspicious RCU usage"
#define ATOMIC "sleeping function called from invalid context"
#define LIST "list corruption"
#define REFCOUNT "refcount bug"
#define ODEBUG "ODEBUG bug"
#define USERCOPY "bad usercopy"
#define MCE "machine check"
#define OOM "out of memory panic"
#define STACKCORRUPT "stack corruption"
#define ASSERTION "assertion failure"

#define W REPORT_WARNING
#define B REPORT_BUG
#define D REPORT_DEATH

static const struct report_opening openings[] = {
    /* requested by a person */
    {"sysrq: Trigger a crash", "sysrq crash", D, RULE_NONE, OPEN_ASKED},
    {"SysRq : Trigger a crash", "sysrq crash", D, RULE_NONE, OPEN_ASKED},
    {PANIC "sysrq triggered crash", "sysrq crash", D, RULE_NONE, OPEN_ASKED | OPEN_MORE},

    /* arch traps: x86 before and since 5.1, arm, arm64, riscv, powerpc, s390, mips, loongarch */
    {"BUG: kernel NULL pointer dereference", NULLDEREF, D, RULE_STACK, 0},
    {"BUG: unable to handle kernel NULL pointer", NULLDEREF, D, RULE_STACK, 0},
    {"BUG: Kernel NULL pointer dereference", NULLDEREF, D, RULE_STACK, 0},
    {"Unable to handle kernel NULL pointer", NULLDEREF, D, RULE_STACK, 0},
    {"BUG: *stack guard page was hit", STACKOVER, D, RULE_CHAIN, 0},
    {"kernel stack overflow", STACKOVER, D, RULE_CHAIN, OPEN_MORE},
    {"stack guard page: # [*", STACKOVER, D, RULE_CHAIN, OPEN_MORE},
    {"Kernel stack overflow", STACKOVER, D, RULE_CHAIN, OPEN_MORE},
    {"Insufficient stack space to handle exception", STACKOVER, D, RULE_CHAIN, 0},
    {"BUG: unable to handle ", PAGEFAULT, D, RULE_STACK, 0},
    {"BUG: Unable to handle kernel ", PAGEFAULT, D, RULE_STACK, 0},
    {"Unable to handle kernel paging request for * at address 0x00000000", NULLDEREF, D, RULE_STACK,
	0},
    {"CPU * Unable to handle kernel paging request at virtual address 00000000", NULLDEREF, D,
	RULE_STACK, 0},
    {"Unable to handle kernel ", PAGEFAULT, D, RULE_STACK, 0},
    {"CPU * Unable to handle kernel paging request", PAGEFAULT, D, RULE_STACK, 0},
    {"Unable to handle * of user memory", PAGEFAULT, D, RULE_STACK, 0},
    {"Unhandled fault: *external abort", "external abort", D, RULE_STACK, OPEN_IF_DIES},
    {"Unhandled fault: alignment", "alignment check", D, RULE_STACK, OPEN_IF_DIES},
    {"Unhandled fault: ", PAGEFAULT, D, RULE_STACK, OPEN_IF_DIES},
    {"Unhandled prefetch abort: ", PAGEFAULT, D, RULE_STACK, OPEN_IF_DIES},
    {"general protection fault", GPF, D, RULE_STACK, 0},
    {"segment-related general protection fault", GPF, D, RULE_STACK, 0},
    {"PANIC: early exception ", "early exception", D, RULE_STACK, 0},
    {"Unhandled * exception on CPU#, ESR", "unhandled exception", D, RULE_STACK, 0},
    {"general protection maybe", GPF, D, RULE_STACK, 0},
    {"kernel BUG at *lib/list_debug.c:", LIST, D, RULE_STACK, OPEN_MORE},
    {"kernel BUG at *mm/usercopy.c:", USERCOPY, D, RULE_STACK, OPEN_MORE},
    {"kernel BUG at ", "BUG", D, RULE_STACK, OPEN_MORE},
    {"Kernel BUG at ", "BUG", D, RULE_STACK, OPEN_MORE},
    {"kernel BUG in ", "BUG", D, RULE_STACK, OPEN_MORE},
    {"divide_error: # [*", "divide error", D, RULE_STACK, 0},
    {"divide error: *# [*", "divide error", D, RULE_STACK, 0},
    {"Division by zero in kernel.", "divide error", B, RULE_STACK, 0},
    {PANIC "double fault", "double fault", D, RULE_STACK, OPEN_MORE},
    {"PANIC: double fault", "double fault", D, RULE_STACK, 0},
    {"double fault: # [*", "double fault", D, RULE_STACK, OPEN_MORE},
    {"stack segment: # [*", "stack segment fault", D, RULE_STACK, 0},
    {"segment not present: # [*", "segment not present", D, RULE_STACK, 0},
    {"invalid TSS: # [*", "invalid TSS", D, RULE_STACK, 0},
    {"int3: # [*", "int3", D, RULE_STACK, 0},
    {"alignment check: # [*", "alignment check", D, RULE_STACK, 0},
    {"overflow: # [*", "overflow", D, RULE_STACK, 0},
    {"bounds: # [*", "bounds", D, RULE_STACK, 0},
    {"simd exception: # [*", "simd exception", D, RULE_STACK, 0},
    {"invalid opcode: # [*", "invalid opcode", D, RULE_STACK, OPEN_MORE},
    {"Internal error: Oops - BUG", "BUG", D, RULE_STACK, OPEN_MORE},
    {"Internal error: Oops - undefined instruction", "invalid opcode", D, RULE_STACK, OPEN_MORE},
    {"Internal error: Oops - Undefined instruction", "invalid opcode", D, RULE_STACK, OPEN_MORE},
    {"Internal error: Oops - bad mode", "bad mode", D, RULE_STACK, OPEN_MORE},
    {"Internal error: synchronous external abort", "external abort", D, RULE_STACK, OPEN_MORE},
    {"Unable to handle * external abort", "external abort", D, RULE_STACK, 0},
    {"Internal error: KASAN", "KASAN", D, RULE_STACK, OPEN_MORE},
    {"Internal error: UBSAN: ", "UBSAN: ", D, RULE_STACK, OPEN_WORDS},
    {"Internal error: CFI", "CFI failure", D, RULE_STACK, OPEN_MORE},
    {"Oops - illegal instruction", "invalid opcode", D, RULE_STACK, OPEN_MORE},
    {"Oops - ", "oops", D, RULE_STACK, OPEN_MORE | OPEN_COUNTED},
    {"Internal error: ", "oops", D, RULE_STACK, OPEN_MORE},
    {"CFI failure at ", "CFI failure", B, RULE_LINE, 0},
    {"CFI failure (target: ", "CFI failure", B, RULE_STACK, 0},
    {"Bad mode in ", "bad mode", D, RULE_STACK, OPEN_MORE},
    {"Unhandled exception in kernel", "oops", D, RULE_STACK, OPEN_MORE},
    {"Unexpected kernel BRK exception", "BUG", D, RULE_STACK, OPEN_MORE},
    {"Kernel BUG [*]", "BUG", D, RULE_STACK, OPEN_MORE},
    {"Kernel bug detected", "BUG", D, RULE_STACK, 0},
    {"Oops: Machine check", MCE, D, RULE_STACK, OPEN_MORE},
    {"Oops: Exception in kernel mode", "oops", D, RULE_STACK, OPEN_MORE},
    {"Oops: Kernel access of bad area", PAGEFAULT, D, RULE_STACK, OPEN_MORE},
    {"Oops - BUG", "BUG", D, RULE_STACK, OPEN_MORE},
    {"Oops: 0*", "oops", D, RULE_STACK, OPEN_MORE},
    {"Oops: ", "oops", D, RULE_STACK, OPEN_MORE | OPEN_COUNTED},
    {"Oops[*]:", "oops", D, RULE_STACK, OPEN_MORE},
    {"Oops [*]", "oops", D, RULE_STACK, OPEN_MORE},
    {"specification exception: # ilc", "specification exception", D, RULE_STACK, OPEN_MORE},
    {"operand exception: # ilc", "operand exception", D, RULE_STACK, OPEN_MORE},
    {"addressing exception: # ilc", "addressing exception", D, RULE_STACK, OPEN_MORE},
    {"data exception: # ilc", "data exception", D, RULE_STACK, OPEN_MORE},
    {"execute exception: # ilc", "execute exception", D, RULE_STACK, OPEN_MORE},
    {"privileged operation: # ilc", "privileged operation", D, RULE_STACK, OPEN_MORE},
    {"special operation exception: # ilc", "special operation exception", D, RULE_STACK, OPEN_MORE},
    {"fixed point divide exception: # ilc", "divide error", D, RULE_STACK, OPEN_MORE},
    {"illegal operation: # ilc", "invalid opcode", D, RULE_STACK, OPEN_MORE},
    {"monitor event: # ilc", "BUG", D, RULE_STACK, OPEN_MORE},

    /* assertions of OpenZFS (SPL) and Lustre: the thread stops; with spl_panic_halt, panic_on_lbug the kernel dies */
    {"PANIC at *:#:*()", ASSERTION, B, RULE_CALL, 0},
    {"PANIC: zfs: ", ASSERTION, B, RULE_STACK, 0},
    {"PANIC: adding existent segment to range tree", ASSERTION, B, RULE_STACK, 0},
    {"SPLError: *()) ASSERTION", ASSERTION, B, RULE_CALL, 0},
    {"SPLError: *()) SPL PANIC", ASSERTION, B, RULE_CALL, 0},
    {"LustreError: *()) ASSERTION", ASSERTION, B, RULE_CALL, 0},
    {"LustreError: *()) LBUG", ASSERTION, B, RULE_CALL, 0},
    /* BUG() of architectures without a trap for it: include/asm-generic/bug.h */
    {"BUG: failure at *()!", "BUG", B, RULE_CALL, 0},

    /* memory checkers */
    {"BUG: KASAN: ", "KASAN: ", B, RULE_LINE, OPEN_WORDS},
    {"BUG: KASan: ", "KASAN: ", B, RULE_LINE, OPEN_WORDS}, /* its name until 4.3 */
    {"KASAN: maybe wild-memory-access", GPF, D, RULE_STACK, OPEN_MORE},
    {"BUG: KFENCE: ", "KFENCE: ", B, RULE_LINE, OPEN_WORDS | OPEN_DIRECT},
    {"BUG: KMSAN: ", "KMSAN: ", B, RULE_LINE, OPEN_WORDS | OPEN_DIRECT},
    {"BUG: KCSAN: ", "KCSAN: ", B, RULE_AFTER, OPEN_WORDS | OPEN_DIRECT},
    {"BUG: memory leak", "memory leak", B, RULE_STACK, 0},
    {"unreferenced object 0x", "memory leak", B, RULE_STACK, OPEN_MORE},
    {"BUG: corrupted list", LIST, B, RULE_STACK, 0},
    {"UBSAN: Undefined behaviour in ", "UBSAN", B, RULE_STACK, 0},
    {"UBSAN: ", "UBSAN: ", B, RULE_STACK, OPEN_WORDS},

    /* memory management and data structures */
    {"usercopy: *ernel memory ", USERCOPY, B, RULE_STACK, OPEN_HINT},
    {"list_add corruption", LIST, B, RULE_STACK, OPEN_HINT},
    {"list_add double add", LIST, B, RULE_STACK, OPEN_HINT},
    {"list_del corruption", LIST, B, RULE_STACK, OPEN_HINT},
    {"slab corruption", "slab corruption", B, RULE_STACK, 0},
    {"Slab corruption", "slab corruption", B, RULE_STACK, 0},
    {"BUG: Bad page state", "bad page state", B, RULE_PAGE, 0},
    {"BUG: Bad page map", "bad page map", B, RULE_STACK, 0},
    {"BUG: Bad page cache", "bad page cache", B, RULE_STACK, 0},
    {"BUG: Bad rss-counter", "bad rss-counter", B, RULE_NONE, OPEN_BARE},
    {"BUG: non-zero pgtables_bytes", "non-zero pgtables_bytes", B, RULE_NONE, OPEN_BARE},
    {"BUG: Dentry ", "dentry still in use", B, RULE_STACK, OPEN_BARE},
    {"BUG: Object ", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: *overwritten", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Object already ", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Free* corrupt", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Freelist Pointer check fails", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Wrong ", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Invalid object pointer", "slab corruption", B, RULE_STACK, 0},
    {"BUG *: Objects remaining", "objects remaining in slab", B, RULE_STACK, 0},
    {"BUG * (*): ", "slab corruption", B, RULE_STACK, 0},
    {"cache_from_obj: Wrong slab cache", "wrong slab cache", B, RULE_STACK, 0},
    {"VFS: Busy inodes after unmount", "busy inodes after unmount", B, RULE_NONE, OPEN_BARE},
    {"swap_free: Bad swap", "bad swap entry", B, RULE_NONE, OPEN_BARE},

    /* scheduling and locking */
    {"BUG: sleeping function called from invalid context", ATOMIC, B, RULE_STACK, 0},
    {"BUG: scheduling while atomic", "scheduling while atomic", B, RULE_STACK, 0},
    {"BUG: scheduling with irqs disabled", "scheduling while atomic", B, RULE_STACK, 0},
    {"BUG: using * in preemptible", "using CPU-local data in preemptible code", B, RULE_STACK, 0},
    {"BUG: workqueue leaked lock or atomic", "workqueue leaked lock or atomic", B, RULE_LAST, 0},
    {"BUG: workqueue leaked atomic", "workqueue leaked lock or atomic", B, RULE_LAST, 0},
    {"BUG: spinlock ", "spinlock ", B, RULE_STACK, OPEN_WORDS},
    {"BUG: rwlock ", "rwlock ", B, RULE_STACK, OPEN_WORDS},
    {"BUG: rwlock-lockup", "rwlock lockup", B, RULE_STACK, 0},
    {"BUG: soft lockup", SOFT, B, RULE_STALL, OPEN_HANG},
    {"BUG: workqueue lockup", "workqueue lockup", B, RULE_NONE, OPEN_HANG | OPEN_BARE},
    {"Watchdog detected hard LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"BUG: NMI Watchdog detected LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"CPU*: Watchdog detected hard LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"CPU *detected hard LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"CPU * Hard LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"Watchdog CPU:* Hard LOCKUP", HARD, B, RULE_STALL, OPEN_HANG},
    {"INFO: rcu* stall", STALL, B, RULE_STALL, OPEN_HANG},
    {"INFO: task * blocked ", HUNG, B, RULE_STACK, OPEN_HANG},
    {"INFO: task * can't die for more than", HUNG, B, RULE_STACK, OPEN_HANG},
    {"INFO: trying to register non-static key", "non-static lock key", B, RULE_STACK, 0},
    {"BUG: key * has not been registered", "unregistered lock key", B, RULE_STACK, 0},
    {"BUG: key * not in .data", "unregistered lock key", B, RULE_STACK, 0},
    {"BUG: MAX_", "lockdep limit", B, RULE_NONE, OPEN_BARE},
    {"BUG: looking up invalid subclass", "invalid lock subclass", B, RULE_STACK, 0},
    {"INFO: possible circular locking", "possible circular locking", B, RULE_LOCK, 0},
    {"INFO: possible recursive locking", "possible recursive locking", B, RULE_LOCK, 0},
    {"INFO: inconsistent lock state", "inconsistent lock state", B, RULE_LOCK, 0},
    {"INFO: suspicious RCU usage", RCUUSE, B, RULE_STACK, 0},
    {"WARNING: possible circular locking", "possible circular locking", B, RULE_LOCK, 0},
    {"WARNING: possible recursive locking", "possible recursive locking", B, RULE_LOCK, 0},
    {"WARNING: possible irq lock inversion", "possible irq lock inversion", B, RULE_LOCK, 0},
    {"WARNING: * lock order detected", "irq-unsafe lock order", B, RULE_IRQ_LOCK, 0},
    {"INFO: possible irq lock inversion", "possible irq lock inversion", B, RULE_LOCK, 0},
    {"INFO: * lock order detected", "irq-unsafe lock order", B, RULE_IRQ_LOCK, 0},
    {"INFO: suspicious rcu_dereference_check", RCUUSE, B, RULE_STACK, 0},
    {"WARNING: suspicious RCU usage", RCUUSE, B, RULE_STACK, 0},
    {"WARNING: inconsistent lock state", "inconsistent lock state", B, RULE_LOCK, 0},
    {"WARNING: held lock freed", "held lock freed", B, RULE_LOCK, 0},
    {"BUG: held lock freed", "held lock freed", B, RULE_LOCK, 0},
    {"WARNING: bad unlock balance", "bad unlock balance", B, RULE_LOCK, 0},
    {"BUG: bad unlock balance", "bad unlock balance", B, RULE_LOCK, 0},
    {"WARNING: lock held when returning to user", "lock held when returning to user space", B,
	RULE_LOCK, OPEN_BARE},
    {"BUG: lock held when returning to user", "lock held when returning to user space", B,
	RULE_LOCK, OPEN_BARE},
    {"WARNING: * still has locks held", "locks held", B, RULE_LOCK, 0},
    {"BUG: * still has locks held", "locks held", B, RULE_LOCK, 0},
    {"WARNING: bad contention", "bad contention", B, RULE_LOCK, 0},
    {"BUG: bad contention", "bad contention", B, RULE_LOCK, 0},
    {"WARNING: Nested lock was not taken", "nested lock not taken", B, RULE_LOCK, 0},
    {"BUG: Nested lock was not taken", "nested lock not taken", B, RULE_LOCK, 0},
    {"BUG: Invalid wait context", "invalid wait context", B, RULE_LOCK, 0},
    {"WARNING: Invalid wait context", "invalid wait context", B, RULE_LOCK, 0},
    {"unregister_netdevice: waiting for ", "unregister_netdevice", B, RULE_NONE,
	OPEN_HANG | OPEN_BARE},

    /* panics; those with OPEN_END are only the end of what was reported before */
    {PANIC "Fatal exception", "oops", D, RULE_STACK, OPEN_MORE | OPEN_END},
    {PANIC "Fatal hardware error", "hardware error", D, RULE_NONE, OPEN_MORE},
    {PANIC "Attempted to kill init", "init killed", D, RULE_NONE, OPEN_MORE},
    {PANIC "Attempted to kill the idle task", "oops", D, RULE_STACK, OPEN_MORE | OPEN_END},
    {PANIC "Aiee, killing interrupt handler", "oops", D, RULE_STACK, OPEN_MORE | OPEN_END},
    {PANIC "VFS: Unable to mount root", "no root filesystem", D, RULE_NONE, OPEN_MORE},
    {PANIC "No init found", "no init", D, RULE_NONE, OPEN_MORE},
    {PANIC "No working init found", "no init", D, RULE_NONE, OPEN_MORE},
    {PANIC "Requested init", "no init", D, RULE_NONE, OPEN_MORE},
    {PANIC "Out of memory", OOM, D, RULE_NONE, OPEN_MORE},
    {PANIC "out of memory", OOM, D, RULE_NONE, OPEN_MORE},
    {PANIC "System is deadlocked on memory", OOM, D, RULE_NONE, OPEN_MORE},
    {PANIC "Memory cgroup out of memory", OOM, D, RULE_NONE, OPEN_MORE},
    {PANIC "softlockup: hung tasks", SOFT, D, RULE_STALL, OPEN_MORE | OPEN_END},
    {PANIC "hung_task: blocked tasks", HUNG, D, RULE_NONE, OPEN_MORE | OPEN_END},
    {PANIC "RCU Stall", STALL, D, RULE_STALL, OPEN_MORE | OPEN_END},
    {PANIC "Hard LOCKUP", HARD, D, RULE_STALL, OPEN_MORE | OPEN_END},
    {PANIC "Watchdog detected hard LOCKUP", HARD, D, RULE_STALL, OPEN_MORE | OPEN_END},
    {PANIC "*panic_on_warn set", "WARNING", D, RULE_STACK, OPEN_MORE | OPEN_END | OPEN_WARNED},
    {PANIC "*kasan.fault=panic set", "KASAN", D, RULE_STACK, OPEN_MORE | OPEN_END},
    {PANIC "scheduling while atomic", "scheduling while atomic", D, RULE_STACK,
	OPEN_MORE | OPEN_END},
    {PANIC "Machine check", MCE, D, RULE_NONE, OPEN_MORE},
    {PANIC "Timeout: Not all CPUs entered broadcast exception handler", MCE, D, RULE_NONE,
	OPEN_MORE},
    {PANIC "* machine check", MCE, D, RULE_NONE, OPEN_MORE},
    {PANIC "stack-protector:", STACKCORRUPT, D, RULE_AFTER, OPEN_MORE},
    {PANIC "corrupted stack end detected", STACKCORRUPT, D, RULE_CHAIN, OPEN_MORE},
    {PANIC "kernel stack overflow", STACKOVER, D, RULE_CHAIN, OPEN_MORE},
    {PANIC "Kernel stack overflow", STACKOVER, D, RULE_CHAIN, OPEN_MORE},
    {PANIC "Asynchronous SError Interrupt", "SError", D, RULE_NONE, OPEN_MORE},
    {PANIC "NMI", "NMI", D, RULE_NONE, OPEN_MORE},
    {PANIC "Non maskable interrupt", "NMI", D, RULE_NONE, OPEN_MORE},
    {PANIC "An NMI occurred", "NMI", D, RULE_NONE, OPEN_MORE},
    {PANIC "Oops", "oops", D, RULE_STACK, OPEN_MORE | OPEN_END},
    {"Kernel panic", "panic", D, RULE_STACK, OPEN_MORE | OPEN_TEXT},
    {"Kernel Panic", "panic", D, RULE_STACK, OPEN_MORE | OPEN_TEXT},
    {"SError Interrupt on CPU", "SError", D, RULE_NONE, 0},
    {"Uhhuh. NMI received for unknown reason", "NMI", W, RULE_NONE, OPEN_BARE},
    {"NMI: PCI system error (SERR)", "NMI", B, RULE_NONE, OPEN_BARE},
    {"NMI: IOCK error", "NMI", B, RULE_NONE, OPEN_BARE},
    {"mce: [Hardware Error]: CPU *: Machine Check Exception", MCE, B, RULE_NONE, OPEN_BARE},
    {"[Hardware Error]: CPU *: Machine Check Exception", MCE, B, RULE_NONE, OPEN_BARE},
    {"[Hardware Error]: Hardware error from APEI", "hardware error", W, RULE_NONE, OPEN_BARE},
    {"mce: [Hardware Error]: ", MCE, W, RULE_NONE, OPEN_BARE},
    {"INFO: NMI handler (", "slow NMI handler", W, RULE_NONE, OPEN_BARE | OPEN_MORE},

    /* the kernel's other BUG: lines */
    {"BUG: ", "BUG", B, RULE_STACK, OPEN_TEXT | OPEN_MORE},

    /* WARN() */
    {"refcount_t: ", REFCOUNT, W, RULE_STACK, OPEN_HINT},
    {"refcount_t * at *+0x", REFCOUNT, W, RULE_LINE, OPEN_HINT},
    {"ODEBUG: ", ODEBUG, W, RULE_STACK, OPEN_HINT},
    {"WARNING: CPU: * at *lib/list_debug.c:", LIST, W, RULE_LINE, OPEN_MORE},
    {"WARNING: CPU: * at *kernel/locking/lockdep.c:", "locking bug", B, RULE_STACK, 0},
    {"WARNING: kernel/locking/lockdep.c:# at ", "locking bug", B, RULE_STACK, 0},
    {"WARNING: CPU: * at *lib/refcount.c:", REFCOUNT, W, RULE_LINE, OPEN_MORE},
    {"WARNING: CPU: * at *lib/debugobjects.c:", ODEBUG, W, RULE_LINE, OPEN_MORE},
    {"WARNING: at *lib/list_debug.c:", LIST, W, RULE_LINE, OPEN_MORE},
    {"WARNING: at *lib/debugobjects.c:", ODEBUG, W, RULE_LINE, OPEN_MORE},
    {"WARNING: at *kernel/lockdep.c:", "locking bug", B, RULE_STACK, 0},
    {"WARNING: CPU: * at *kernel/lockdep.c:", "locking bug", B, RULE_STACK, 0},
    {"WARNING: lib/list_debug.c:# at ", LIST, W, RULE_LINE, OPEN_MORE},
    {"WARNING: lib/refcount.c:# at ", REFCOUNT, W, RULE_LINE, OPEN_MORE},
    {"WARNING: lib/debugobjects.c:# at ", ODEBUG, W, RULE_LINE, OPEN_MORE},
    {"WARNING: stack *", "bad stack in unwinder", W, RULE_NONE, OPEN_BARE | OPEN_MORE},
    {"WARNING: kernel stack ", "bad stack in unwinder", W, RULE_NONE, OPEN_BARE | OPEN_MORE},
    {"WARNING: CPU: ", "WARNING", W, RULE_LINE, OPEN_MORE},
    {"WARNING: at *:", "WARNING", W, RULE_LINE, OPEN_MORE},
    {"WARNING: *:# at *+0x", "WARNING", W, RULE_LINE, OPEN_MORE},
    {"WARNING: *:# at 0x", "WARNING", W, RULE_STACK, OPEN_MORE},
};

#define OPENINGS (sizeof(openings) / sizeof(openings[0]))

/* What the first four bytes of patterns have, by their hash: of nearly all lines none of the words does. */
enum { HEAD_KNOWN = 1, HEAD_DEATH = 2 };
static unsigned char heads[8192];

/* What a byte can be: one that stands before an opening (blank, digit, sign, closing bracket), or a death's first. */
enum { BYTE_BEFORE = 1, BYTE_DEATH = 2 };
static unsigned char bytes[256];

static unsigned int head_hash(const char *text)
{
	uint32_t four;

	memcpy(&four, text, sizeof(four));
	return four * 2654435761U >> 19;
}

static void make_tables(void)
{
	static int made;

	if (made)
		return;
	for (int byte = 0; byte < 256; byte++)
		if (byte < '@' || byte == ']' || byte == '}')
			bytes[byte] = BYTE_BEFORE;
	for (size_t i = 0; i < OPENINGS; i++) {
		int death = openings[i].severity == REPORT_DEATH;

		heads[head_hash(openings[i].pattern)] |= HEAD_KNOWN | (death ? HEAD_DEATH : 0);
		if (death)
			bytes[(unsigned char)openings[i].pattern[0]] |= BYTE_DEATH;
	}
	made = 1;
}

static int head_is(const char *text, int kind)
{
	return heads[head_hash(text)] & kind;
}

/* Words before an opening that do not change it. */
static const char *const before[] = {"rcu: ", "watchdog: ", "NMI watchdog: ", "workqueue: ",
    "hung_task: ", "{1}", "{2}", "traps: ", "sysrq: ", "Oops: ", "[ "};

static int is_opening(const struct report_opening *opening, const char *text, size_t len)
{
	size_t fixed = strcspn(opening->pattern, "*#"), n = strlen(opening->pattern);
	char open[128];

	if (len < fixed || memcmp(opening->pattern, text, fixed) != 0)
		return 0;
	if (opening->flags & OPEN_COUNTED && !report_seek(text, len, "[#"))
		return 0;
	if (!opening->pattern[fixed])
		return 1;
	memcpy(open, opening->pattern, n);
	memcpy(open + n, "*", 2);
	return report_glob(open, text, len);
}

static const struct report_opening *lookup(const char *text, size_t len)
{
	if (len < 4 || !head_is(text, HEAD_KNOWN))
		return NULL;
	for (size_t i = 0; i < OPENINGS; i++)
		if (openings[i].pattern[0] == text[0] && is_opening(&openings[i], text, len))
			return &openings[i];
	return NULL;
}

/* Words that only the kernel itself prints: matched inside a line too, after an unknown prefix. */
static const char *const strong[] = {"BUG: KASAN: ", "BUG: KFENCE: ", "BUG: KMSAN: ",
    "BUG: unable to handle ", "BUG: kernel NULL pointer ", "BUG: soft lockup - CPU#",
    "Unable to handle kernel ", "Kernel panic - not syncing: ", "kernel BUG at ",
    "general protection fault: 0000 [", "general protection fault, ", "Internal error: Oops",
    "WARNING: CPU: ", "WARNING: possible circular ", "INFO: possible circular "};

static const struct report_opening *lookup_inside(const char *text, size_t len)
{
	for (size_t at = 1; at + 4 <= len; at++) {
		if ((text[at - 1] != ' ' && text[at - 1] != ']') || !head_is(text + at, HEAD_KNOWN))
			continue;
		for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
			if (!report_starts(text + at, len - at, strong[i]))
				continue;
			/* "app[12]: …" is a program that quotes a kernel */
			return report_seek(text, at, "]: ") ? NULL : lookup(text + at, len - at);
		}
	}
	return NULL;
}

const struct report_opening *report_opening_match(const char *text, size_t len)
{
	const struct report_opening *opening = NULL;

	make_tables();
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	for (size_t i = 0; !opening && i < sizeof(before) / sizeof(before[0]); i++) {
		size_t n = strlen(before[i]);

		if (report_starts(text, len, before[i]))
			opening = lookup(text + n, len - n);
	}
	if (!opening)
		opening = lookup(text, len);
	return opening ? opening : lookup_inside(text, len);
}

int report_opening_may_be_death(const char *text, size_t len)
{
	int previous = BYTE_BEFORE;

	make_tables();
	for (size_t at = 0; at + 4 <= len; at++) {
		int byte = bytes[(unsigned char)text[at]];

		if (previous & BYTE_BEFORE && byte & BYTE_DEATH && head_is(text + at, HEAD_DEATH))
			return 1;
		previous = byte;
	}
	return 0;
}

const struct report_opening *report_opening_at(size_t i)
{
	return i < OPENINGS ? &openings[i] : NULL;
}
