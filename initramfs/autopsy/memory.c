/* SPDX-License-Identifier: MIT */
/*
 * memory: as /proc/meminfo, from the same counters; zones against their watermarks; the largest slabs
 * and processes; huge pages, swap, poisoned pages, hardware errors; cgroups near their limits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autopsy.h"
#include "base/clock.h"

enum {
	MEMORY_TOP = 10, /* slabs and processes listed */
	MEMORY_CACHES = 4096,
	MEMORY_ZONES = 6, /* of a node */
	MEMORY_HSTATES = 8,
	MEMORY_HWERRS = 5,
	MEMORY_CGROUPS = 4096,
	MEMORY_CGROUP_DEPTH = 16,
	MEMORY_CGROUP_TOP = 10,
};

#define MEMORY_PAGES_MAX ((int64_t)1 << 44)

/* 0 of a number that no machine has. */
static int64_t memory_kb(const struct autopsy *a, int64_t pages)
{
	if (pages > MEMORY_PAGES_MAX || pages < -MEMORY_PAGES_MAX)
		return 0;
	return pages * (int64_t)(a->kernel.page_size / 1024);
}

/* One of the kernel's global counters, in pages; -1: it does not exist. */
static int64_t memory_counter(
    struct autopsy *a, enum kernel_symbol symbol, enum layout_constant index)
{
	struct kernel *k = &a->kernel;
	int64_t value;

	if (!k->symbol[symbol] || k->layout.constant[index] < 0)
		return -1;
	value =
	    (int64_t)kernel_word(k, k->symbol[symbol] + 8 * (uint64_t)k->layout.constant[index]);
	if (kernel_fault(k) || value > MEMORY_PAGES_MAX)
		return -1;
	return value < 0 ? 0 : value;
}

static void memory_totals(struct autopsy *a)
{
	static const struct {
		const char *key;
		enum kernel_symbol symbol;
		enum layout_constant index;
	} rows[] = {
	    {"free_kb", S_vm_zone_stat, C_ZONE_FREE},
	    {"anonymous_kb", S_vm_node_stat, C_NODE_ANON},
	    {"page_cache_kb", S_vm_node_stat, C_NODE_FILE},
	    {"mapped_kb", S_vm_node_stat, C_NODE_MAPPED},
	    {"shared_kb", S_vm_node_stat, C_NODE_SHMEM},
	    {"dirty_kb", S_vm_node_stat, C_NODE_DIRTY},
	    {"writeback_kb", S_vm_node_stat, C_NODE_WRITEBACK},
	    {"unevictable_kb", S_vm_node_stat, C_NODE_UNEVICTABLE},
	    {"mlocked_kb", S_vm_zone_stat, C_ZONE_MLOCK},
	    {"slab_reclaimable_kb", S_vm_node_stat, C_NODE_RECLAIMABLE},
	    {"slab_unreclaimable_kb", S_vm_node_stat, C_NODE_UNRECLAIMABLE},
	    {"page_tables_kb", S_vm_node_stat, C_NODE_TABLES},
	    {"page_tables_kb", S_vm_zone_stat, C_ZONE_TABLES},
	};
	int64_t total = (int64_t)kernel_variable(&a->kernel, S__totalram_pages, 8);
	int64_t free = memory_counter(a, S_vm_zone_stat, C_ZONE_FREE);
	int64_t stacks = memory_counter(a, S_vm_node_stat, C_NODE_STACKS);
	int64_t swap = (int64_t)kernel_variable(&a->kernel, S_total_swap_pages, 8);
	int64_t poisoned = (int64_t)kernel_variable(&a->kernel, S_num_poisoned_pages, 8);

	if (kernel_fault(&a->kernel) || total <= 0 || total > MEMORY_PAGES_MAX) {
		out_note(&a->out, "the amount of memory cannot be read");
		return;
	}
	out_number(&a->out, "total_kb", memory_kb(a, total));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t pages = memory_counter(a, rows[i].symbol, rows[i].index);

		if (pages >= 0)
			out_number(&a->out, rows[i].key, memory_kb(a, pages));
	}
	if (stacks >= 0)
		out_number(&a->out, "kernel_stacks_kb", stacks);
	if (swap > 0 && swap < MEMORY_PAGES_MAX) {
		out_number(&a->out, "swap_total_kb", memory_kb(a, swap));
		out_number(&a->out, "swap_free_kb",
		    memory_kb(a, (int64_t)kernel_variable(&a->kernel, S_nr_swap_pages, 8)));
	}
	if (poisoned >= 0 && poisoned < MEMORY_PAGES_MAX && a->kernel.symbol[S_num_poisoned_pages])
		out_number(&a->out, "poisoned_kb", memory_kb(a, poisoned));
	if (poisoned > 0)
		out_headline(&a->out, "poisoned pages of memory (hardware errors): %lld",
		    (long long)poisoned);
	if ((int32_t)kernel_variable(&a->kernel, S_oom_victims, 4) > 0)
		out_headline(&a->out, "the OOM killer has victims that had not ended yet");
	if (free >= 0)
		out_headline(&a->out, "memory: %lld of %lld MB free",
		    (long long)memory_kb(a, free) / 1024, (long long)memory_kb(a, total) / 1024);
}

static void memory_zone(struct autopsy *a, unsigned node, uint64_t zone)
{
	struct kernel *k = &a->kernel;
	uint64_t marks = kernel_at(k, L_ZONE_WATERMARK, zone);
	uint64_t stat = kernel_at(k, L_ZONE_STAT, zone);
	int64_t managed = kernel_get_signed(k, L_ZONE_MANAGED, zone), value[3], free;
	char name[KERNEL_NAME];

	kernel_text(k, kernel_get(k, L_ZONE_NAME, zone), name, sizeof(name));
	if (kernel_fault(k) || managed <= 0 || managed > MEMORY_PAGES_MAX)
		return;
	for (unsigned i = 0; i < 3; i++) {
		int32_t index = k->layout.constant[C_WMARK_MIN + i];

		value[i] = index < 0 ? 0 : (int64_t)kernel_word(k, marks + 8 * (uint64_t)index);
	}
	free = k->layout.constant[C_ZONE_FREE] < 0
		   ? 0
		   : (int64_t)kernel_word(k, stat + 8 * (uint64_t)k->layout.constant[C_ZONE_FREE]);
	if (kernel_fault(k))
		return;
	out_record(&a->out, NULL);
	out_number(&a->out, "node", node);
	out_text(&a->out, "zone", name);
	out_number(&a->out, "managed_kb", memory_kb(a, managed));
	out_number(&a->out, "free_kb", memory_kb(a, free));
	out_number(&a->out, "min_kb", memory_kb(a, value[0]));
	out_number(&a->out, "low_kb", memory_kb(a, value[1]));
	out_number(&a->out, "high_kb", memory_kb(a, value[2]));
	out_end(&a->out);
	if (value[0] > 0 && free < value[0])
		out_headline(&a->out,
		    "zone %s of node %u is below its minimum: %lld of %lld kB free", name, node,
		    (long long)memory_kb(a, free), (long long)memory_kb(a, value[0]));
}

static void memory_zones(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	uint32_t each = k->layout.field[L_PGDAT_ZONES].each;

	if (!each || (!k->symbol[S_node_data] && !k->symbol[S_contig_page_data]))
		return;
	out_list(&a->out, "zones");
	for (unsigned node = 0; node < k->nodes; node++) {
		uint64_t pgdat = k->symbol[S_contig_page_data];
		uint64_t zones;

		if (k->symbol[S_node_data])
			pgdat = kernel_word(k, k->symbol[S_node_data] + 8 * (uint64_t)node);
		zones = kernel_get(k, L_PGDAT_NR_ZONES, pgdat);
		for (unsigned i = 0; pgdat && i < zones && i < MEMORY_ZONES; i++)
			memory_zone(
			    a, node, kernel_at(k, L_PGDAT_ZONES, pgdat) + (uint64_t)i * each);
		if (!k->symbol[S_node_data])
			break;
	}
	out_end(&a->out);
}

/* --- slabs ------------------------------------------------------------------------------------------ */

/* The largest so far, largest first. */
struct memory_top {
	int64_t bytes[MEMORY_TOP];
	uint64_t object[MEMORY_TOP];
	size_t count;
};

static void memory_top_add(struct memory_top *top, uint64_t object, int64_t bytes)
{
	size_t i = top->count < MEMORY_TOP ? top->count++ : MEMORY_TOP - 1;

	if (i == MEMORY_TOP - 1 && top->object[i] && top->bytes[i] >= bytes)
		return;
	for (; i > 0 && top->bytes[i - 1] < bytes; i--) {
		top->bytes[i] = top->bytes[i - 1];
		top->object[i] = top->object[i - 1];
	}
	top->bytes[i] = bytes;
	top->object[i] = object;
}

/* Slabs and objects of a cache in all nodes. 0/-1: something cannot be read. */
static int memory_cache(struct autopsy *a, uint64_t cache, int64_t *slabs, int64_t *objects)
{
	struct kernel *k = &a->kernel;
	const struct layout_place *per_node = &k->layout.field[L_CACHE_PER_NODE];
	uint64_t sum = 0, sum_objects = 0;

	*slabs = *objects = 0;
	for (unsigned i = 0; i < k->nodes; i++) {
		uint64_t node;

		if (kernel_has(k, L_CACHE_NODE))
			node = kernel_word(k, kernel_at(k, L_CACHE_NODE, cache) + 8 * (uint64_t)i);
		else
			node = kernel_get(k, L_PER_NODE_NODE,
			    kernel_at(k, L_CACHE_PER_NODE, cache) + (uint64_t)i * per_node->each);
		if (kernel_fault(k))
			return -1;
		if (!node)
			continue;
		sum += kernel_get(k, L_NODE_SLABS, node);
		sum_objects += kernel_get(k, L_NODE_OBJECTS, node);
		if (kernel_fault(k))
			return -1;
	}
	*slabs = (int64_t)sum;
	*objects = (int64_t)sum_objects;
	return 0;
}

static void memory_slabs(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	struct memory_top top = {.count = 0};
	struct kernel_list list;
	size_t caches = 0;
	uint64_t node;

	if (!k->symbol[S_slab_caches] || !kernel_has(k, L_CACHE_ORDER))
		return;
	kernel_list_begin(&list, k->symbol[S_slab_caches], MEMORY_CACHES);
	while (kernel_list_next(k, &list, &node) && !kernel_expired(k)) {
		uint64_t cache = kernel_owner(k, L_CACHE_LIST, node);
		uint64_t order = kernel_get(k, L_CACHE_ORDER, cache) >> 16;
		int64_t slabs, objects;

		if (kernel_fault(k) || memory_cache(a, cache, &slabs, &objects) || order > 16 ||
		    slabs < 0 || slabs > MEMORY_PAGES_MAX >> order)
			continue;
		caches++;
		memory_top_add(&top, cache, slabs * (int64_t)(k->page_size << order));
	}
	if (list.damaged)
		out_note(&a->out, "the list of slab caches is damaged: some may be missing");
	out_number(&a->out, "slab_caches", (int64_t)caches);
	out_list(&a->out, "slabs");
	for (size_t i = 0; i < top.count && top.bytes[i] > 0; i++) {
		char name[KERNEL_NAME];
		int64_t slabs, objects;

		kernel_text(k, kernel_get(k, L_CACHE_NAME, top.object[i]), name, sizeof(name));
		memory_cache(a, top.object[i], &slabs, &objects);
		out_record(&a->out, NULL);
		out_text(&a->out, "name", name);
		out_number(&a->out, "kb", top.bytes[i] / 1024);
		out_number(&a->out, "objects", objects);
		out_number(
		    &a->out, "object_size", (int64_t)kernel_get(k, L_CACHE_SIZE, top.object[i]));
		out_number(&a->out, "objects_per_slab",
		    (int64_t)(kernel_get(k, L_CACHE_ORDER, top.object[i]) & 0xffff));
		out_end(&a->out);
	}
	out_end(&a->out);
	kernel_fault(k);
}

/* --- processes -------------------------------------------------------------------------------------- */

static int memory_is_short(struct autopsy *a)
{
	int64_t free = memory_counter(a, S_vm_zone_stat, C_ZONE_FREE);

	return free >= 0 && free < (int64_t)kernel_variable(&a->kernel, S__totalram_pages, 8) / 16;
}

static void memory_processes(struct autopsy *a)
{
	struct memory_top top = {.count = 0};

	for (size_t i = 0; i < a->tasks.count && !kernel_expired(&a->kernel); i++) {
		const struct task *task = &a->tasks.task[i];
		int64_t pages;

		if (!task->mm || task->pid != task->tgid)
			continue;
		pages = tasks_rss(&a->kernel, task->mm);
		if (pages > 0)
			memory_top_add(&top, i + 1, pages * (int64_t)a->kernel.page_size);
	}
	out_list(&a->out, "processes");
	for (size_t i = 0; i < top.count; i++) {
		out_record(&a->out, NULL);
		autopsy_task(a, &a->tasks.task[top.object[i] - 1]);
		out_number(&a->out, "rss_kb", top.bytes[i] / 1024);
		out_end(&a->out);
	}
	out_end(&a->out);
	if (top.count && memory_is_short(a))
		out_headline(&a->out, "largest process: %s (pid %d), %lld MB",
		    a->tasks.task[top.object[0] - 1].comm, a->tasks.task[top.object[0] - 1].pid,
		    (long long)top.bytes[0] >> 20);
}

/* --- the rest --------------------------------------------------------------------------------------- */

static void memory_huge_pages(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	uint64_t count = kernel_variable(k, S_hugetlb_max_hstate, 4);
	uint32_t each = k->layout.field[L_HSTATE_ORDER].object;

	if (!k->symbol[S_hstates] || !each || count > MEMORY_HSTATES)
		return;
	out_list(&a->out, "huge_pages");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = k->symbol[S_hstates] + i * each;
		uint64_t order = kernel_get(k, L_HSTATE_ORDER, at);
		uint64_t pages = kernel_get(k, L_HSTATE_PAGES, at);

		if (kernel_fault(k) || pages == 0 || order > 30)
			continue;
		out_record(&a->out, NULL);
		out_number(&a->out, "size_kb", memory_kb(a, (int64_t)1 << order));
		out_number(&a->out, "pages", (int64_t)pages);
		out_number(&a->out, "free", (int64_t)kernel_get(k, L_HSTATE_FREE, at));
		out_end(&a->out);
	}
	out_end(&a->out);
	kernel_fault(k);
}

/*
 * Recoverable hardware errors that the kernel has counted since it started (since 6.19): hwerr_data, by enum
 * hwerr_error_type.
 */
static void memory_hardware_errors(struct autopsy *a)
{
	static const char *const names[MEMORY_HWERRS] = {"CPU", "memory", "PCI", "CXL", "other"};
	struct kernel *k = &a->kernel;
	uint32_t each = k->layout.field[L_HWERR_COUNT].object;

	if (!k->symbol[S_hwerr_data] || !each)
		return;
	out_list(&a->out, "hardware_errors");
	for (unsigned i = 0; i < MEMORY_HWERRS; i++) {
		uint64_t at = k->symbol[S_hwerr_data] + (uint64_t)i * each;
		int64_t count = kernel_get_signed(k, L_HWERR_COUNT, at);
		int64_t last = kernel_get_signed(k, L_HWERR_TIME, at);
		char when[25];

		if (kernel_fault(k) || count <= 0)
			continue;
		clock_format(last > 0 && last <= UINT32_MAX ? last * 1000 : 0, when);
		out_record(&a->out, NULL);
		out_text(&a->out, "source", names[i]);
		out_number(&a->out, "count", count);
		out_text(&a->out, "last", when);
		out_end(&a->out);
		out_headline(&a->out, "recoverable hardware errors (%s): %lld, the last at %s",
		    names[i], (long long)count, when);
	}
	out_end(&a->out);
}

struct memory_cgroups {
	uint64_t group[MEMORY_CGROUP_TOP];
	unsigned left; /* cgroups that may still be read */
	size_t count;
};

/* Those below css that use at least 9 tenths of their limit. */
static void memory_cgroup_walk(
    struct autopsy *a, uint64_t group, struct memory_cgroups *found, int depth)
{
	struct kernel *k = &a->kernel;
	uint64_t css = kernel_at(k, L_MEMCG_CSS, group), node;
	int64_t usage = kernel_get_signed(k, L_MEMCG_USAGE, group);
	uint64_t max = kernel_get(k, L_MEMCG_MAX, group);
	struct kernel_list list;

	if (kernel_fault(k))
		return;
	if (max > 0 && max < (uint64_t)MEMORY_PAGES_MAX && usage >= (int64_t)(max - max / 10) &&
	    found->count < MEMORY_CGROUP_TOP)
		found->group[found->count++] = group;
	if (depth == MEMORY_CGROUP_DEPTH)
		return;
	kernel_list_begin(&list, kernel_at(k, L_CSS_CHILDREN, css), MEMORY_CGROUPS);
	while (found->left > 0 && kernel_list_next(k, &list, &node)) {
		found->left--;
		memory_cgroup_walk(a,
		    kernel_owner(k, L_MEMCG_CSS, kernel_owner(k, L_CSS_SIBLING, node)), found,
		    depth + 1);
	}
	kernel_fault(k);
}

static void memory_cgroups(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	struct memory_cgroups found = {.left = MEMORY_CGROUPS};
	uint64_t root = kernel_variable(k, S_root_mem_cgroup, 8);

	if (!root || !kernel_has(k, L_MEMCG_MAX) || !kernel_has(k, L_CSS_SIBLING))
		return;
	memory_cgroup_walk(a, root, &found, 0);
	out_list(&a->out, "cgroups_near_limit");
	for (size_t i = 0; i < found.count; i++) {
		uint64_t group = found.group[i];
		uint64_t cgroup = kernel_get(k, L_CSS_CGROUP, kernel_at(k, L_MEMCG_CSS, group));
		char name[KERNEL_NAME];

		kernel_text(k, kernel_get(k, L_KN_NAME, kernel_get(k, L_CGROUP_KN, cgroup)), name,
		    sizeof(name));
		out_record(&a->out, NULL);
		out_text(&a->out, "cgroup", name);
		out_number(
		    &a->out, "usage_kb", memory_kb(a, kernel_get_signed(k, L_MEMCG_USAGE, group)));
		out_number(
		    &a->out, "max_kb", memory_kb(a, (int64_t)kernel_get(k, L_MEMCG_MAX, group)));
		out_end(&a->out);
	}
	out_end(&a->out);
	kernel_fault(k);
}

void section_memory(struct autopsy *a)
{
	memory_totals(a);
	memory_zones(a);
	memory_slabs(a);
	memory_processes(a);
	memory_huge_pages(a);
	memory_hardware_errors(a);
	memory_cgroups(a);
}
