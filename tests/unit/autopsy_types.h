/* SPDX-License-Identifier: MIT */
/*
 * autopsy_types: the made-up kernel's structs as the rows of a text, its BTF, and writing of objects by the
 * fields' names. Source: Linux Documentation/bpf/btf.rst.
 */
#ifndef TESTS_AUTOPSY_TYPES_H
#define TESTS_AUTOPSY_TYPES_H

#include "autopsy_fake.h"

static uint32_t fake_btf_string(struct fake *f, const char *text)
{
	uint32_t at = (uint32_t)(f->before.len + f->strings.len);

	if (!text || !*text)
		return 0;
	/* each string once, as pahole and resolve_btfids leave them */
	for (size_t i = 0; i < f->before.len; i += strlen((char *)f->before.at + i) + 1) {
		if (strcmp((char *)f->before.at + i, text) == 0)
			return (uint32_t)i;
	}
	for (size_t i = 0; i < f->strings.len; i += strlen((char *)f->strings.at + i) + 1) {
		if (strcmp((char *)f->strings.at + i, text) == 0)
			return (uint32_t)(f->before.len + i);
	}
	memcpy(bytes_grow(&f->strings, strlen(text) + 1), text, strlen(text) + 1);
	return at;
}

static void fake_btf_u32(struct fake *f, uint32_t value)
{
	machine_put(f->image->m, bytes_grow(&f->types, 4), value, 4);
}

/* A type's first 12 bytes. Its number. */
static uint32_t fake_btf_type(
    struct fake *f, const char *name, unsigned kind, int flag, unsigned count, uint32_t size)
{
	fake_btf_u32(f, fake_btf_string(f, name));
	fake_btf_u32(f, (uint32_t)flag << 31 | kind << 24 | count);
	fake_btf_u32(f, size);
	return ++f->last;
}

static void fake_btf_begin(struct fake *f)
{
	bytes_grow(&f->strings, 1);
	for (unsigned size = 1; size <= 8; size *= 2) {
		static const char *const names[] = {
		    [1] = "u8", [2] = "u16", [4] = "unsigned int", [8] = "long unsigned int"};

		f->ints[size] = fake_btf_type(f, names[size], 1, 0, 0, size);
		fake_btf_u32(f, 8 * size);
	}
	f->chars = fake_btf_type(f, "char", 1, 0, 0, 1);
	fake_btf_u32(f, 8);
}

static uint32_t fake_btf_array(struct fake *f, uint32_t element, uint32_t count)
{
	uint32_t id = fake_btf_type(f, NULL, 3, 0, 0, 0);

	fake_btf_u32(f, element);
	fake_btf_u32(f, f->ints[4]);
	fake_btf_u32(f, count);
	return id;
}

/* An enum of names in one text: "A B C" are 0, 1, 2. */
static uint32_t fake_btf_enum(struct fake *f, const char *name, const char *values)
{
	unsigned count = 1, i = 0;
	char word[48];
	uint32_t id;
	int n;

	for (const char *p = values; *p; p++)
		count += *p == ' ';
	id = fake_btf_type(f, name, 6, 0, count, 4);
	for (; sscanf(values, "%47s%n", word, &n) == 1; values += n) {
		fake_btf_u32(f, fake_btf_string(f, word));
		fake_btf_u32(f, i++);
	}
	return id;
}

static int fake_find(const struct fake *f, const char *name, size_t len)
{
	for (size_t i = 0; i < f->objects; i++) {
		if (strlen(f->object[i].name) == len && memcmp(f->object[i].name, name, len) == 0)
			return (int)i;
	}
	return -1;
}

/*
 * A struct of a row "name size member:type …", in whose members' order they lie. Types: a number is an int
 * of so many bytes, cN an array of N characters, bN a bitfield of N bits in an unsigned int (the row's
 * last members), else a struct of a row before, with *N an array of N. "@N" as a member: go on at offset N.
 */
static void fake_struct(struct fake *f, const char *row)
{
	struct fake_struct *s = &f->object[f->objects++];
	uint32_t at = 0, bit = 0;
	char word[96], type[48];
	int n, bits = 0;

	if (f->objects == FAKE_STRUCTS || sscanf(row, "%39s %u%n", s->name, &s->size, &n) != 2)
		abort();
	for (row += n; sscanf(row, "%95s%n", word, &n) == 1; row += n) {
		struct fake_member *m = &s->member[s->count];
		char *star;
		unsigned times = 1;

		if (word[0] == '@') {
			at = (uint32_t)strtoul(word + 1, NULL, 10);
			continue;
		}
		if (s->count++ == FAKE_MEMBERS || sscanf(word, "%39[^:]:%47s", m->name, type) != 2)
			abort();
		m->inner = -1;
		star = strchr(type, '*');
		if (star) {
			*star = '\0';
			times = (unsigned)strtoul(star + 1, NULL, 10);
		}
		if (type[0] >= '0' && type[0] <= '9') {
			m->size = (uint32_t)strtoul(type, NULL, 10);
			m->type = f->ints[m->size];
		} else if (type[0] == 'c' && type[1] >= '0' && type[1] <= '9') {
			m->size = (uint32_t)strtoul(type + 1, NULL, 10);
			m->type = fake_btf_array(f, f->chars, m->size);
		} else if (type[0] == 'b' && type[1] >= '0' && type[1] <= '9') {
			m->size = 0;
			m->type = f->ints[4];
			m->offset = 8 * at + bit; /* bits */
			bits = 1;
			m->inner = (int)-strtol(type + 1, NULL, 10) - 1;
			bit += (uint32_t)(-m->inner - 1);
			continue;
		} else {
			m->inner = fake_find(f, type, strlen(type));
			if (m->inner < 0)
				abort();
			m->size = f->object[m->inner].size;
			m->type = f->object[m->inner].id;
		}
		if (m->size == 2 || m->size == 4 || m->size >= 8)
			at = (at + (m->size > 8 ? 8 : m->size) - 1) &
			     ~((m->size > 8 ? 8 : m->size) - 1);
		if (star)
			m->type = fake_btf_array(f, m->type, times);
		m->offset = at;
		at += m->size * times;
	}
	s->id = fake_btf_type(f, s->name, 4, bits, s->count, s->size);
	for (unsigned i = 0; i < s->count; i++) {
		const struct fake_member *m = &s->member[i];

		fake_btf_u32(f, fake_btf_string(f, m->name));
		fake_btf_u32(f, m->type);
		fake_btf_u32(
		    f, m->inner < -1 ? (uint32_t)(-m->inner - 1) << 24 | m->offset : 8 * m->offset);
	}
}

/* The offset of "struct.member.member", its size too. */
static uint32_t fake_offset(const struct fake *f, const char *path, uint32_t *size)
{
	size_t n = strcspn(path, ".");
	int object = fake_find(f, path, n);
	uint32_t offset = 0;

	while (object >= 0 && path[n] == '.') {
		const struct fake_struct *s = &f->object[object];
		unsigned i;

		path += n + 1;
		n = strcspn(path, ".");
		for (i = 0; i < s->count; i++) {
			if (strlen(s->member[i].name) == n &&
			    memcmp(s->member[i].name, path, n) == 0)
				break;
		}
		if (i == s->count)
			break;
		offset += s->member[i].offset;
		object = s->member[i].inner;
		*size = s->member[i].size;
		if (path[n] == '\0')
			return offset;
	}
	fprintf(stderr, "autopsy_kernel: no member %s\n", path);
	abort();
}

static size_t fake_at(const struct fake *f, size_t object, const char *path)
{
	uint32_t size;

	return object + fake_offset(f, path, &size);
}

static void fake_set(struct fake *f, size_t object, const char *path, uint64_t value)
{
	uint32_t size, offset = fake_offset(f, path, &size);

	fake_put(f, object + offset, value, size > 8 ? 8 : size);
}

static size_t fake_object(struct fake *f, const char *name)
{
	int object = fake_find(f, name, strlen(name));

	if (object < 0)
		abort();
	return image_room(f->image, f->object[object].size);
}

/* Links list heads (offsets of them) into one ring. */
static void fake_ring(struct fake *f, const size_t *node, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fake_put(f, node[i], fake_address(f, node[(i + 1) % count]), 8);
		fake_put(f, node[i] + 8, fake_address(f, node[(i + count - 1) % count]), 8);
	}
}

static const char *const fake_rows[] = {
    "list_head 16 next:8 prev:8",
    "atomic_t 4 counter:4",
    "atomic_long_t 8 counter:8",
    "sched_info 32 pcount:8 run_delay:8 last_arrival:8 last_queued:8",
    "cpu_context 24 fp:8 sp:8 pc:8",
    "percpu_counter 24 count:8 counters:8",
    "mm_struct 96 rss_stat:percpu_counter*4",
    "signal_struct 32 thread_head:list_head",
    "inactive_task_frame 56 r15:8 r14:8 r13:8 r12:8 bx:8 bp:8 ret_addr:8",
    "pt_regs 336 @272 stackframe:8",
    "mutex 32 owner:atomic_long_t wait_list:list_head",
    "mutex_waiter 40 list:list_head task:8",
    "rw_semaphore 40 count:8 owner:atomic_long_t wait_list:list_head",
    "rwsem_waiter 40 list:list_head task:8",
    "kthread 16 data:8",
    "worker 64 current_func:8 last_active:8 desc:c24",
    "rq 64 nr_running:4 clock:8 curr:8 idle:8",
    "mod_kallsyms 32 symtab:8 num_symtab:4 strtab:8",
    "mod_arch 32 num_orcs:4 orc_unwind_ip:8 orc_unwind:8",
    "module_memory 24 base:8 size:4",
    "module 400 state:4 list:list_head name:c56 version:8 srcversion:8 taints:8 kallsyms:8 refcnt:atomic_t "
    "arch:mod_arch mem:module_memory*7",
    "timespec64 16 tv_sec:8 tv_nsec:8",
    "tk_read_base 32 clock:8 shift:4 xtime_nsec:8",
    "timekeeper 96 tkr_mono:tk_read_base xtime_sec:8 wall_to_monotonic:timespec64 offs_boot:8",
    "clocksource 16 name:8",
    "new_utsname 195 sysname:c65 nodename:c65",
    "uts_namespace 200 name:new_utsname",
    "kmem_cache_order_objects 4 x:4",
    "kmem_cache 96 list:list_head name:8 size:4 oo:kmem_cache_order_objects node:8*2",
    "kmem_cache_node 32 nr_slabs:atomic_long_t total_objects:atomic_long_t",
    "zone 96 _watermark:8*3 name:8 managed_pages:atomic_long_t vm_stat:8*4",
    "pglist_data 208 nr_zones:4 node_zones:zone*2",
    "hstate 24 order:4 nr_huge_pages:8 free_huge_pages:8",
    "hwerr_info 16 count:4 timestamp:8",
    "page_counter 16 usage:atomic_long_t max:8",
    "cgroup_subsys_state 48 cgroup:8 sibling:list_head children:list_head",
    "mem_cgroup 64 css:cgroup_subsys_state memory:page_counter",
    "kernfs_node 8 name:8",
    "cgroup 8 kn:8",
    "rtnl_link_stats 64 rx_packets:8 tx_packets:8 rx_bytes:8 tx_bytes:8 rx_errors:8 tx_errors:8 rx_dropped:8 "
    "tx_dropped:8",
    "pcpu_lstats 16 packets:8 bytes:8",
    "net 40 list:list_head dev_base_head:list_head gen:8",
    "net_generic 32 ptr:8*4",
    "btf 16 data:8 data_size:4",
    "btf_module 32 list:list_head module:8 btf:8",
    "net_device 256 name:c16 dev_list:list_head state:8 flags:4 operstate:1 mtu:4 stats:rtnl_link_stats "
    "real_num_tx_queues:4 _tx:8 ip_ptr:8 pcpu_stat_type:4 tstats:8",
    "gnet_stats_queue 16 qlen:4 drops:4",
    "qdisc_skb_head 8 qlen:4",
    "Qdisc 32 qstats:gnet_stats_queue q:qdisc_skb_head",
    "netdev_queue 32 qdisc:8 trans_start:8 state:8",
    "in_device 8 ifa_list:8",
    "in_ifaddr 16 ifa_next:8 ifa_local:4 ifa_prefixlen:1",
    "inet_hashinfo 16 ehash:8 ehash_mask:4",
    "sock_common 32 skc_nulls_node:list_head skc_state:1",
    "super_block 48 s_inodes:list_head s_type:8",
    "file_system_type 8 name:8",
    "inode 32 i_ino:8 i_sb_list:list_head",
    "block_device 16 bd_disk:8",
    "bdev_inode 48 bdev:block_device vfs_inode:inode",
    "gendisk 48 disk_name:c32 queue:8",
    "request_queue 8 tag_set:8",
    "blk_mq_tag_set 16 tags:8 nr_hw_queues:4",
    "blk_mq_tags 16 static_rqs:8 nr_tags:4",
    "request 32 q:8 state:4 cmd_flags:4 start_time_ns:8",
    "nsproxy 8 mnt_ns:8",
    "mnt_namespace 16 list:list_head",
    "vfsmount 8 mnt_sb:8",
    "mount 64 mnt_list:list_head mnt_parent:8 mnt_mountpoint:8 mnt_devname:8 mnt:vfsmount",
    "qstr 8 name:8",
    "dentry 16 d_parent:8 d_name:qstr",
    "irq_cpustat_t 4 __softirq_pending:2",
    "xarray 16 xa_head:8",
    "xa_node 80 shift:1 slots:8*8",
    "irq_data 8 irq:4",
    "irqaction 8 name:8",
    "irq_desc 32 irq_data:irq_data kstat_irqs:8 action:8",
};

/* What differs by architecture and version. */
static void fake_make_types(struct fake *f)
{
	int x86 = f->image->m->elf == EM_X86_64;
	uint32_t parameter[2], proto;

	fake_btf_begin(f);
	for (size_t i = 0; i < sizeof(fake_rows) / sizeof(fake_rows[0]); i++)
		fake_struct(f, fake_rows[i]);
	fake_struct(f, x86 ? "thread_struct 24 sp:8" : "thread_struct 24 cpu_context:cpu_context");
	fake_struct(f,
	    "task_struct 320 __state:4 exit_state:4 flags:4 cpu:4 on_cpu:4 pid:4 tgid:4 stack:8 mm:8 "
	    "tasks:list_head thread_node:list_head signal:8 real_parent:8 comm:c16 sched_info:sched_info "
	    "thread:thread_struct blocked_on:8 worker_private:8 nsproxy:8 blocker:8");
	if (x86)
		fake_struct(f,
		    f->new_orc
			? "orc_entry 6 sp_offset:2 bp_offset:2 @4 sp_reg:b4 bp_reg:b4 type:b3 signal:b1"
			: "orc_entry 6 sp_offset:2 bp_offset:2 @4 sp_reg:b4 bp_reg:b4 type:b2 end:b1");
	fake_btf_enum(f, "zone_stat_item", "NR_FREE_PAGES NR_MLOCK NR_PAGETABLE");
	fake_btf_enum(f, "node_stat_item",
	    "NR_ANON_MAPPED NR_FILE_MAPPED NR_FILE_PAGES NR_FILE_DIRTY NR_WRITEBACK NR_SHMEM "
	    "NR_KERNEL_STACK_KB");
	fake_btf_enum(f, "zone_watermarks", "WMARK_MIN WMARK_LOW WMARK_HIGH");
	fake_btf_enum(f, "netdev_stat_type", "NETDEV_PCPU_STAT_NONE NETDEV_PCPU_STAT_LSTATS");
	/* void do_crash(struct task_struct *task, int how) */
	parameter[0] = fake_btf_type(
	    f, NULL, 2, 0, 0, f->object[fake_find(f, "task_struct", strlen("task_struct"))].id);
	parameter[1] = f->ints[4];
	proto = fake_btf_type(f, NULL, 13, 0, 2, 0);
	fake_btf_u32(f, fake_btf_string(f, "task"));
	fake_btf_u32(f, parameter[0]);
	fake_btf_u32(f, fake_btf_string(f, "how"));
	fake_btf_u32(f, parameter[1]);
	fake_btf_type(f, "do_crash", 12, 0, 0, proto);
}

/* The header, types and strings in memory. */
static size_t fake_put_types(struct fake *f)
{
	uint32_t types = (uint32_t)f->types.len, strings = (uint32_t)f->strings.len;
	size_t at = image_room(f->image, 24 + types + strings);

	fake_put(f, at, 0xeb9f, 2);
	fake_put(f, at + 2, 1, 1);
	fake_put(f, at + 4, 24, 4);
	fake_put(f, at + 8, 0, 4);
	fake_put(f, at + 12, types, 4);
	fake_put(f, at + 16, types, 4);
	fake_put(f, at + 20, strings, 4);
	memcpy(f->image->memory.at + at + 24, f->types.at, types);
	memcpy(f->image->memory.at + at + 24 + types, f->strings.at, strings);
	return at;
}

/* A module's BTF: its types and strings go on where the kernel's end, to which none may be added after it. */
static size_t fake_put_module_btf(
    struct fake *f, const char *const *rows, size_t count, size_t *len)
{
	struct bytes types = f->types;
	uint32_t last = f->last;
	size_t at;

	f->before = f->strings;
	f->types = f->strings = (struct bytes){NULL, 0};
	for (size_t i = 0; i < count; i++)
		fake_struct(f, rows[i]);
	at = fake_put_types(f);
	*len = 24 + f->types.len + f->strings.len;
	free(f->types.at);
	free(f->strings.at);
	f->types = types;
	f->strings = f->before;
	f->before = (struct bytes){NULL, 0};
	f->last = last;
	return at;
}

static void fake_put_btf(struct fake *f)
{
	uint32_t types = (uint32_t)f->types.len, strings = (uint32_t)f->strings.len;

	f->btf = fake_put_types(f);
	if (f->no_btf)
		return;
	fake_symbol(f, "__start_BTF", 'R', fake_address(f, f->btf));
	fake_symbol(f, "__stop_BTF", 'R', fake_address(f, f->btf + 24 + types + strings));
}

#endif
