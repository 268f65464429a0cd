/* SPDX-License-Identifier: MIT */
/* kernel: symbols, fields, per-CPU data and lists of the dead kernel; see kernel.h. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "regs.h"
#include "scan.h"

enum {
	KERNEL_PAGES = 96, /* kept: 384 KB */
	KERNEL_NODES = 1024,
	KERNEL_NOTES = 4096, /* CPUs whose function is looked up */
};

static int kernel_tables(struct err *err, struct vmem *vm, struct kallsyms_tables *tables)
{
	const struct vmcoreinfo *info = vmem_info(vm);

	if (!vmcoreinfo_has(info, VMCI_KALLSYMS_NAMES))
		return scan_tables(err, vm, tables);
	tables->names = vmcoreinfo_get(info, VMCI_KALLSYMS_NAMES, 0);
	tables->count = vmcoreinfo_get(info, VMCI_KALLSYMS_COUNT, 0);
	tables->tokens = vmcoreinfo_get(info, VMCI_KALLSYMS_TOKENS, 0);
	tables->index = vmcoreinfo_get(info, VMCI_KALLSYMS_INDEX, 0);
	tables->offsets = vmcoreinfo_get(info, VMCI_KALLSYMS_OFFSETS, 0);
	tables->base = vmcoreinfo_get(info, VMCI_KALLSYMS_BASE, 0);
	return 0;
}

static int kernel_find_symbols(struct err *err, struct kernel *kernel)
{
	static const char *const names[S_COUNT] = {
#define SYMBOL(name) #name,
	    KERNEL_SYMBOLS(SYMBOL)
#undef SYMBOL
	};
	struct kallsyms_tables tables = {0};

	words_init(&kernel->words);
	for (size_t i = 0; i < S_COUNT; i++) {
		if (words_add(&kernel->words, names[i], strlen(names[i])) < 0)
			return err_set(err, "too many symbols");
	}
	if (kernel_tables(err, kernel->vm, &tables))
		return -1;
	kernel->kallsyms =
	    kallsyms_open(err, kernel->vm, kernel->pages, &tables, &kernel->words, kernel->symbol);
	return kernel->kallsyms ? 0 : -1;
}

/* Where the CPUs were: the prototypes of these functions are found with the layouts, in one pass. */
static void kernel_find_traced(struct kernel *kernel)
{
	struct elfcore_notes notes = {0};
	size_t count = 0, i;
	struct regs regs;

	for (unsigned seen = 0;
	     seen < KERNEL_NOTES && count < KERNEL_TRACED && regs_next(kernel->vm, &notes, &regs);
	     seen++) {
		char name[KALLSYMS_NAME];
		uint64_t start, size;
		struct err ignored;

		if (!kernel_is_text(kernel, regs.ip) ||
		    kallsyms_lookup(&ignored, kernel->kallsyms, regs.ip, name, &start, &size) ||
		    strlen(name) >= KERNEL_NAME)
			continue;
		/* (many CPUs are idle in the same function) */
		for (i = 0; i < count && strcmp(kernel->traced[i], name) != 0; i++)
			;
		if (i == count)
			memcpy(kernel->traced[count++], name, strlen(name) + 1);
	}
}

static int kernel_find_layout(struct err *err, struct kernel *kernel)
{
	words_init(&kernel->words);
	if (layout_words(err, &kernel->words))
		return -1;
	for (size_t i = 0; i < KERNEL_TRACED && kernel->traced[i][0]; i++)
		words_add(&kernel->words, kernel->traced[i], strlen(kernel->traced[i]));
	if (kernel->symbol[S_init_task] == 0)
		return err_set(err,
		    "the kernel's symbols are functions alone (no CONFIG_KALLSYMS_ALL): where its "
		    "variables are is unknown");
	if (kernel->symbol[S___start_BTF] == 0)
		return err_set(err,
		    "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): the layout of its structs is unknown");
	kernel->btf = btf_open(err, kernel->vm, kernel->pages, kernel->symbol[S___start_BTF],
	    kernel->symbol[S___stop_BTF], &kernel->words);
	if (!kernel->btf)
		return -1;
	layout_find(kernel->btf, &kernel->words, &kernel->layout);
	return 0;
}

static int kernel_find_cpus(struct err *err, struct kernel *kernel)
{
	uint64_t cpus = kernel_variable(kernel, S_nr_cpu_ids, 4);
	uint64_t mask = kernel->symbol[S___cpu_possible_mask];

	if (cpus == 0 || cpus > KERNEL_CPUS)
		cpus = 1;
	kernel->percpu = calloc(cpus, sizeof(*kernel->percpu));
	if (!kernel->percpu)
		return err_set(err, "out of memory");
	kernel->cpus = (unsigned)cpus;
	for (unsigned i = 0; i < cpus && kernel->symbol[S___per_cpu_offset]; i++) {
		uint64_t bits = kernel_word(kernel, mask + i / 64 * 8);

		if (bits >> i % 64 & 1)
			kernel->percpu[i] = kernel_word(
			    kernel, kernel->symbol[S___per_cpu_offset] + 8 * (uint64_t)i);
	}
	return 0;
}

/* The timekeeper's address; 0: not known. */
static uint64_t kernel_timekeeper(const struct kernel *k)
{
	uint64_t at =
	    k->symbol[S_timekeeper_data] ? k->symbol[S_timekeeper_data] : k->symbol[S_tk_core];
	uint32_t sequence = kernel_has(k, L_SEQ_SIZE) ? k->layout.field[L_SEQ_SIZE].object : 8;

	if (at && kernel_has(k, L_TK_DATA))
		return kernel_at(k, L_TK_DATA, at);
	/* before 6.13 an unnamed struct: a sequence counter, then the timekeeper */
	at = k->symbol[S_tk_core];
	return at ? at + ((sequence + 7) & ~7U) : 0;
}

int64_t kernel_uptime(struct kernel *k)
{
	uint64_t at = kernel_timekeeper(k);
	unsigned shift = (unsigned)kernel_get(k, L_TK_SHIFT, at) & 63;
	/* (sums are unsigned: damaged values may be any) */
	int64_t seconds = (int64_t)(kernel_get(k, L_TK_SECONDS, at) +
				    (uint64_t)kernel_get_signed(k, L_TK_MONO_SEC, at));
	int64_t ns = (int64_t)((kernel_get(k, L_TK_NSEC, at) >> shift) +
			       (uint64_t)kernel_get_signed(k, L_TK_MONO_NSEC, at) +
			       (uint64_t)kernel_get_signed(k, L_TK_BOOT, at));

	if (kernel_fault(k) || at == 0 || seconds < 0 || seconds > INT32_MAX || ns < 0 ||
	    ns > INT64_MAX / 2)
		return -1;
	return seconds * 1000000000 + ns;
}

/* HZ: from the tick's length, or the one with which the jiffies fit the time since the boot. */
static void kernel_find_time(struct kernel *kernel)
{
	static const unsigned usual[] = {100, 250, 300, 1000};
	uint64_t tick = kernel_variable(kernel, S_tick_nsec, 8);
	int64_t uptime = kernel_uptime(kernel);

	kernel->jiffies = kernel_variable(kernel, S_jiffies_64, 8);
	if (kernel->jiffies == 0)
		kernel->jiffies = kernel_variable(kernel, S_jiffies, 8);
	if (tick >= 100000 && tick <= 20000000) {
		kernel->hz = (unsigned)((1000000000 + tick / 2) / tick);
		return;
	}
	for (size_t i = 0; uptime > 0 && i < sizeof(usual) / sizeof(usual[0]); i++) {
		/* jiffies begin at -300 s, of 32 bits */
		uint64_t ticks = kernel->jiffies - (uint32_t)(0 - 300 * usual[i]);
		int64_t error = (int64_t)(ticks / usual[i]) - uptime / 1000000000;

		if (error <= 3 && error >= -3)
			kernel->hz = usual[i];
	}
}

int kernel_open(struct err *err, struct vmem *vm, struct kernel *kernel)
{
	const struct elfcore_header *header = vmem_header(vm);

	memset(kernel, 0, sizeof(*kernel));
	kernel->vm = vm;
	kernel->machine = header->machine;
	kernel->page_size = vmcoreinfo_get(vmem_info(vm), VMCI_PAGESIZE, 4096);
	if (kernel->page_size < 4096 || kernel->page_size > 65536)
		kernel->page_size = 4096;
	if (header->word != 8)
		return err_set(err, "a kernel of 32 bits: only those of 64 can be read");
	kernel->pages = pages_open(err, vm, KERNEL_PAGES);
	if (!kernel->pages || kernel_find_symbols(err, kernel))
		return -1;
	kernel_find_traced(kernel);
	if (kernel_find_layout(err, kernel) || kernel_find_cpus(err, kernel))
		return -1;
	kernel->nodes = (unsigned)kernel_variable(kernel, S_nr_node_ids, 4);
	if (kernel->nodes == 0 || kernel->nodes > KERNEL_NODES)
		kernel->nodes = 1;
	kernel_find_time(kernel);
	kernel_fault(kernel);
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	btf_close(kernel->btf);
	kallsyms_close(kernel->kallsyms);
	pages_close(kernel->pages);
	free(kernel->percpu);
	memset(kernel, 0, sizeof(*kernel));
}

int kernel_fault(struct kernel *kernel)
{
	int faults = kernel->faults;

	kernel->faults = 0;
	return faults != 0;
}

int kernel_expired(const struct kernel *kernel)
{
	return kernel->end_ms && clock_monotonic() >= kernel->end_ms;
}

int kernel_has(const struct kernel *kernel, enum layout_field field)
{
	return kernel->layout.field[field].size != 0;
}

uint64_t kernel_at(const struct kernel *kernel, enum layout_field field, uint64_t object)
{
	return object + kernel->layout.field[field].offset;
}

uint64_t kernel_owner(const struct kernel *kernel, enum layout_field field, uint64_t at)
{
	return at - kernel->layout.field[field].offset;
}

int kernel_read(struct kernel *kernel, uint64_t address, void *buf, size_t len)
{
	struct err ignored;

	if (pages_read(&ignored, kernel->pages, address, buf, len) == 0)
		return 0;
	kernel->faults++;
	return -1;
}

uint64_t kernel_uint(struct kernel *kernel, uint64_t address, size_t size)
{
	uint8_t b[8];

	if (kernel_read(kernel, address, b, size))
		return 0;
	return dump_uint(vmem_header(kernel->vm)->order, b, size);
}

uint64_t kernel_word(struct kernel *kernel, uint64_t address)
{
	return kernel_uint(kernel, address, 8);
}

uint64_t kernel_get(struct kernel *kernel, enum layout_field field, uint64_t object)
{
	const struct layout_place *place = &kernel->layout.field[field];
	uint64_t value;

	if (place->size != 1 && place->size != 2 && place->size != 4 && place->size != 8)
		return 0;
	value = kernel_uint(kernel, object + place->offset, place->size);
	if (place->width && place->width < 64)
		value = value >> place->shift & ((1ULL << place->width) - 1);
	return value;
}

int64_t kernel_get_signed(struct kernel *kernel, enum layout_field field, uint64_t object)
{
	const struct layout_place *place = &kernel->layout.field[field];
	unsigned bits = place->width ? place->width : 8 * place->size;
	uint64_t value = kernel_get(kernel, field, object);

	if (bits > 0 && bits < 64 && value >> (bits - 1) & 1)
		value |= ~0ULL << bits;
	return (int64_t)value;
}

uint64_t kernel_variable(struct kernel *kernel, enum kernel_symbol symbol, size_t size)
{
	return kernel->symbol[symbol] ? kernel_uint(kernel, kernel->symbol[symbol], size) : 0;
}

void kernel_text(struct kernel *kernel, uint64_t address, char *text, size_t size)
{
	size_t n = 0;

	for (; n + 1 < size; n++) {
		if (kernel_read(kernel, address + n, text + n, 1) || text[n] == '\0')
			break;
		if (text[n] < 0x20 || text[n] >= 0x7f)
			text[n] = '?';
	}
	text[n] = '\0';
}

uint64_t kernel_on_cpu(const struct kernel *kernel, uint64_t object, unsigned cpu)
{
	return object + (cpu < kernel->cpus ? kernel->percpu[cpu] : 0);
}

int64_t kernel_sum(struct kernel *kernel, uint64_t object, size_t size)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		uint64_t value;

		if (kernel->percpu[cpu] == 0 && kernel->cpus > 1)
			continue;
		value = kernel_uint(kernel, kernel_on_cpu(kernel, object, cpu), size);
		sum += size == 4 ? (uint64_t)(int64_t)(int32_t)(uint32_t)value : value;
	}
	return (int64_t)sum;
}

void kernel_list_begin(struct kernel_list *list, uint64_t head, unsigned limit)
{
	*list = (struct kernel_list){.head = head, .at = head, .left = limit};
}

int kernel_list_next(struct kernel *kernel, struct kernel_list *list, uint64_t *node)
{
	unsigned ahead = list->backward ? 8 : 0; /* list_head: next, prev */
	uint64_t next = kernel_word(kernel, list->at + ahead);

	if (next == list->head)
		return 0;
	/* a node that is not linked back is not of this list; with that, no cycle lacks the head */
	if (list->left == 0 || next == 0 || kernel_word(kernel, next + 8 - ahead) != list->at) {
		list->damaged = 1;
		return 0;
	}
	list->left--;
	list->at = *node = next;
	return 1;
}

int kernel_is_text(const struct kernel *kernel, uint64_t address)
{
	const uint64_t *s = kernel->symbol;

	return (address >= s[S__stext] && address < s[S__etext]) ||
	       (address >= s[S__sinittext] && address < s[S__einittext]);
}
