/* SPDX-License-Identifier: MIT */
/*
 * kernel: the dead kernel as the sections see it: its symbols, its structs' fields, its per-CPU data, its
 * lists, by virtual address.
 *
 * Reading never ends a section by itself. A value that cannot be read is 0, and kernel_fault then reports
 * it once: a record is read whole and judged at its end. Every number is the dump's: callers bound
 * what they do with it. Times of the dead kernel are in ns of its own clocks.
 */
#ifndef AUTOPSY_KERNEL_H
#define AUTOPSY_KERNEL_H

#include "kallsyms.h"
#include "layout.h"

#define KERNEL_SYMBOLS(SYMBOL)                                                                     \
	SYMBOL(_stext)                                                                             \
	SYMBOL(_etext)                                                                             \
	SYMBOL(_sinittext)                                                                         \
	SYMBOL(_einittext)                                                                         \
	SYMBOL(__sched_text_start)                                                                 \
	SYMBOL(__sched_text_end)                                                                   \
	SYMBOL(__lock_text_start)                                                                  \
	SYMBOL(__lock_text_end)                                                                    \
	SYMBOL(__start_BTF)                                                                        \
	SYMBOL(__stop_BTF)                                                                         \
	SYMBOL(__start_orc_unwind_ip)                                                              \
	SYMBOL(__stop_orc_unwind_ip)                                                               \
	SYMBOL(__start_orc_unwind)                                                                 \
	SYMBOL(vfs_read)                                                                           \
	SYMBOL(ret_from_fork)                                                                      \
	SYMBOL(ret_from_fork_asm)                                                                  \
	SYMBOL(init_task)                                                                          \
	SYMBOL(nr_cpu_ids)                                                                         \
	SYMBOL(__cpu_possible_mask)                                                                \
	SYMBOL(__per_cpu_offset)                                                                   \
	SYMBOL(runqueues)                                                                          \
	SYMBOL(irq_stat)                                                                           \
	SYMBOL(pcpu_hot)                                                                           \
	SYMBOL(__softirq_pending)                                                                  \
	SYMBOL(crashing_cpu)                                                                       \
	SYMBOL(panic_cpu)                                                                          \
	SYMBOL(modules)                                                                            \
	SYMBOL(saved_command_line)                                                                 \
	SYMBOL(tainted_mask)                                                                       \
	SYMBOL(linux_banner)                                                                       \
	SYMBOL(init_uts_ns)                                                                        \
	SYMBOL(avenrun)                                                                            \
	SYMBOL(tk_core)                                                                            \
	SYMBOL(timekeeper_data)                                                                    \
	SYMBOL(jiffies)                                                                            \
	SYMBOL(jiffies_64)                                                                         \
	SYMBOL(tick_nsec)                                                                          \
	SYMBOL(curr_clocksource)                                                                   \
	SYMBOL(vm_zone_stat)                                                                       \
	SYMBOL(vm_node_stat)                                                                       \
	SYMBOL(_totalram_pages)                                                                    \
	SYMBOL(nr_swap_pages)                                                                      \
	SYMBOL(total_swap_pages)                                                                   \
	SYMBOL(num_poisoned_pages)                                                                 \
	SYMBOL(oom_victims)                                                                        \
	SYMBOL(node_data)                                                                          \
	SYMBOL(contig_page_data)                                                                   \
	SYMBOL(nr_node_ids)                                                                        \
	SYMBOL(hstates)                                                                            \
	SYMBOL(hugetlb_max_hstate)                                                                 \
	SYMBOL(root_mem_cgroup)                                                                    \
	SYMBOL(slab_caches)                                                                        \
	SYMBOL(hwerr_data)                                                                         \
	SYMBOL(init_net)                                                                           \
	SYMBOL(net_namespace_list)                                                                 \
	SYMBOL(timer_bases)                                                                        \
	SYMBOL(irq_desc_tree)                                                                      \
	SYMBOL(sparse_irqs)                                                                        \
	SYMBOL(btf_modules)                                                                        \
	SYMBOL(tcp_hashinfo)                                                                       \
	SYMBOL(blockdev_superblock)

enum kernel_symbol {
#define SYMBOL(name) S_##name,
	KERNEL_SYMBOLS(SYMBOL)
#undef SYMBOL
	    S_COUNT
};

enum {
	KERNEL_CPUS = 8192,
	KERNEL_NAME = 64, /* bytes of a name of the kernel's objects, here */
	KERNEL_TRACED = 8,
};

struct kernel {
	struct vmem *vm;
	struct pages *pages;
	struct kallsyms *kallsyms;
	struct btf *btf;
	struct words words; /* the BTF's */
	struct layout layout;
	uint64_t symbol[S_COUNT]; /* 0: it does not exist */
	unsigned machine; /* e_machine */
	uint64_t page_size;
	unsigned cpus; /* numbers of CPUs in use */
	uint64_t *percpu; /* of each CPU the offset; 0: it is not possible */
	unsigned nodes;
	uint64_t jiffies;
	unsigned hz;
	int64_t end_ms; /* when the time for a section is over, by the monotonic clock; 0: never */
	char traced[KERNEL_TRACED][KERNEL_NAME]; /* functions that CPUs were in; "": none */
	/* private */
	int faults;
};

/*
 * Finds symbols and struct layouts; vm has its VMCOREINFO loaded, and must outlive the kernel. 0, or -1: it
 * has no symbol table or no BTF, or they are damaged. kernel_close is due in either case.
 */
int kernel_open(struct err *err, struct vmem *vm, struct kernel *kernel);
void kernel_close(struct kernel *kernel);

/* 1 if something could not be read since the last call. */
int kernel_fault(struct kernel *kernel);
/* 1 if the time is over. */
int kernel_expired(const struct kernel *kernel);

int kernel_has(const struct kernel *kernel, enum layout_field field);
/* The address of the field of the object at that address, and back. */
uint64_t kernel_at(const struct kernel *kernel, enum layout_field field, uint64_t object);
uint64_t kernel_owner(const struct kernel *kernel, enum layout_field field, uint64_t at);
/* Its value, of at most 8 bytes; signed: with its sign. 0 if it does not exist. */
uint64_t kernel_get(struct kernel *kernel, enum layout_field field, uint64_t object);
int64_t kernel_get_signed(struct kernel *kernel, enum layout_field field, uint64_t object);

int kernel_read(struct kernel *kernel, uint64_t address, void *buf, size_t len);
uint64_t kernel_uint(struct kernel *kernel, uint64_t address, size_t size);
uint64_t kernel_word(struct kernel *kernel, uint64_t address);
/* A variable of size bytes, or 0 where the symbol does not exist. */
uint64_t kernel_variable(struct kernel *kernel, enum kernel_symbol symbol, size_t size);
/* A C string of at most size - 1 bytes; what is not printable ASCII becomes '?'. "" if it cannot be read. */
void kernel_text(struct kernel *kernel, uint64_t address, char *text, size_t size);
/* The instance of a per-CPU object. */
uint64_t kernel_on_cpu(const struct kernel *kernel, uint64_t object, unsigned cpu);
/* The sum over all possible CPUs of an integer (size 4 or 8, signed) in a per-CPU object. */
int64_t kernel_sum(struct kernel *kernel, uint64_t object, size_t size);

/* Time since boot in ns, suspend included; -1: not known. */
int64_t kernel_uptime(struct kernel *kernel);

/* A walk along a list_head: at most limit nodes, and it ends where a node is not linked back. */
struct kernel_list {
	uint64_t head, at;
	unsigned left;
	int backward; /* may be set after kernel_list_begin: by prev instead of next */
	int damaged; /* it ended before it came back to its head */
};
void kernel_list_begin(struct kernel_list *list, uint64_t head, unsigned limit);
/* The next node's address: 1, or 0 at the end. */
int kernel_list_next(struct kernel *kernel, struct kernel_list *list, uint64_t *node);

/* 1 if the address lies in the kernel's own code (not a module's). */
int kernel_is_text(const struct kernel *kernel, uint64_t address);

#endif
