/* SPDX-License-Identifier: MIT */
/*
 * autopsy_scene: what goes on in the made-up kernel: tasks that sleep, two that wait for each other, one for a
 * reader; a busy work; a module; one network device, disk, slab cache, cgroup and mount.
 */
#ifndef TESTS_AUTOPSY_SCENE_H
#define TESTS_AUTOPSY_SCENE_H

#include "autopsy_kernel.h"

/* --- stacks and tasks --------------------------------------------------------------------------------- */

/* The frames of functions[], which returns address go up from sp; ends with a call from the last. The end. */
static size_t fake_frames(struct fake *f, size_t sp, const unsigned *functions, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		fake_put(f, sp + 16, fake_address(f, sp + FAKE_FRAME + 16), 8); /* bp */
		fake_put(f, sp + 24, fake_ip(f, functions[i + 1]), 8);
		sp += FAKE_FRAME;
	}
	return sp;
}

/* A sleeping task's stack: the frame of the switch, then functions[]. */
static void fake_sleep(
    struct fake *f, size_t task, size_t stack, const unsigned *functions, size_t count)
{
	fake_set(f, task, "task_struct.stack", fake_address(f, stack));
	if (f->image->m->elf == EM_X86_64) {
		size_t sp = stack + 0x100;

		fake_set(f, task, "task_struct.thread.sp", fake_address(f, sp));
		fake_set(f, sp, "inactive_task_frame.ret_addr", fake_ip(f, functions[0]));
		fake_set(f, sp, "inactive_task_frame.bp", 0);
		fake_frames(f, sp + 56, functions, count);
	} else {
		size_t fp = stack + 0x100;

		fake_set(f, task, "task_struct.thread.cpu_context.sp", fake_address(f, fp));
		fake_set(f, task, "task_struct.thread.cpu_context.fp", fake_address(f, fp));
		fake_set(f, task, "task_struct.thread.cpu_context.pc", fake_ip(f, functions[0]));
		for (size_t i = 1; i < count; i++, fp += 32) {
			fake_put(f, fp, fake_address(f, fp + 32), 8);
			fake_put(f, fp + 8, fake_ip(f, functions[i]) & ~f->pac, 8);
		}
		/* the last record: {0, 0} */
	}
}

/* A process of one thread; *tail: the node of init_task.tasks that it follows. */
static size_t fake_task(struct fake *f, unsigned pid, const char *comm, unsigned state,
    size_t parent, const unsigned *functions, size_t count)
{
	size_t task = fake_object(f, "task_struct"), signal = fake_object(f, "signal_struct");
	size_t stack = image_room(f->image, 0x300);
	size_t threads[2];

	fake_set(f, task, "task_struct.pid", pid);
	fake_set(f, task, "task_struct.tgid", pid);
	fake_set(f, task, "task_struct.__state", state);
	fake_set(f, task, "task_struct.signal", fake_address(f, signal));
	fake_set(f, task, "task_struct.real_parent", fake_address(f, parent ? parent : task));
	fake_set(f, task, "task_struct.sched_info.last_arrival", 1000000000ULL * pid);
	fake_text(f, fake_at(f, task, "task_struct.comm"), comm);
	threads[0] = fake_at(f, signal, "signal_struct.thread_head");
	threads[1] = fake_at(f, task, "task_struct.thread_node");
	fake_ring(f, threads, 2);
	if (count)
		fake_sleep(f, task, stack, functions, count);
	return task;
}

/* A thread more of a process. */
static size_t fake_thread(struct fake *f, size_t leader, unsigned pid, const char *comm)
{
	size_t task = fake_object(f, "task_struct"), threads[3];

	memcpy(f->image->memory.at + task, f->image->memory.at + leader, 320);
	fake_set(f, task, "task_struct.pid", pid);
	fake_set(f, task, "task_struct.__state", 1);
	memset(f->image->memory.at + fake_at(f, task, "task_struct.comm"), 0, 16);
	fake_text(f, fake_at(f, task, "task_struct.comm"), comm);
	threads[0] =
	    (size_t)(fake_get(f, fake_at(f, leader, "task_struct.signal"), 8) - fake_address(f, 0));
	threads[1] = fake_at(f, leader, "task_struct.thread_node");
	threads[2] = fake_at(f, task, "task_struct.thread_node");
	fake_ring(f, threads, 3);
	return task;
}

/* The task waits for a lock: its waiter, on its stack, in the lock's ring. */
static void fake_wait(
    struct fake *f, size_t task, size_t lock, int rwsem, size_t owner, unsigned flags)
{
	size_t stack =
	    (size_t)(fake_get(f, fake_at(f, task, "task_struct.stack"), 8) - fake_address(f, 0));
	size_t waiter = stack + 0x280, nodes[2];

	nodes[0] = fake_at(f, lock, rwsem ? "rw_semaphore.wait_list" : "mutex.wait_list");
	nodes[1] = fake_at(f, waiter, rwsem ? "rwsem_waiter.list" : "mutex_waiter.list");
	fake_ring(f, nodes, 2);
	fake_set(
	    f, waiter, rwsem ? "rwsem_waiter.task" : "mutex_waiter.task", fake_address(f, task));
	fake_set(
	    f, lock, rwsem ? "rw_semaphore.owner" : "mutex.owner", fake_address(f, owner) | flags);
}

static const unsigned fake_asleep[] = {
    F_SCHEDULE_1, F_SCHEDULE, F_LAB_WAIT, F_KTHREAD, F_RET_FROM_FORK, F_RET_FROM_FORK_ASM};
static const unsigned fake_in_mutex[] = {
    F_SCHEDULE_1, F_SCHEDULE, F_MUTEX, F_LAB_WAIT, F_KTHREAD, F_RET_FROM_FORK, F_RET_FROM_FORK_ASM};
static const unsigned fake_in_rwsem[] = {
    F_SCHEDULE_1, F_SCHEDULE, F_RWSEM, F_LAB_WAIT, F_KTHREAD, F_RET_FROM_FORK, F_RET_FROM_FORK_ASM};

static void fake_make_tasks(struct fake *f)
{
	size_t init, kthreadd, tail[8], idle1, thread, kthread, counters, mm;
	unsigned n = 0;

	f->init_task = fake_task(f, 0, "swapper/0", 0, 0, fake_asleep, 6);
	init = fake_task(f, 1, "init", 1, f->init_task, fake_asleep, 6);
	kthreadd = fake_task(f, 2, "kthreadd", 1, f->init_task, fake_asleep, 6);
	f->worker = fake_task(f, 30, "kworker/0:1", 0x402, kthreadd, fake_asleep, 6);
	f->task_a = fake_task(f, 93, "wk-a", 2, kthreadd, fake_in_mutex, 7);
	f->task_b = fake_task(f, 94, "wk-b", 2, kthreadd, fake_in_mutex, 7);
	f->task_r = fake_task(f, 95, "wk-reader", 2, kthreadd, fake_in_rwsem, 7);
	f->victim = fake_task(f, 100, "victim", 0, init, NULL, 0);
	idle1 = fake_task(f, 0, "swapper/1", 0, 0, fake_asleep, 6);
	fake_set(f, f->victim, "task_struct.on_cpu", 1);
	fake_set(f, idle1, "task_struct.on_cpu", 1);
	tail[n++] = fake_at(f, f->init_task, "task_struct.tasks");
	tail[n++] = fake_at(f, init, "task_struct.tasks");
	tail[n++] = fake_at(f, kthreadd, "task_struct.tasks");
	tail[n++] = fake_at(f, f->worker, "task_struct.tasks");
	tail[n++] = fake_at(f, f->task_a, "task_struct.tasks");
	tail[n++] = fake_at(f, f->task_b, "task_struct.tasks");
	tail[n++] = fake_at(f, f->task_r, "task_struct.tasks");
	tail[n++] = fake_at(f, f->victim, "task_struct.tasks");
	fake_ring(f, tail, n);
	thread = fake_thread(f, init, 3, "init-thread");
	(void)thread;

	f->mutex_a = fake_object(f, "mutex");
	f->mutex_b = fake_object(f, "mutex");
	f->rwsem = fake_object(f, "rw_semaphore");
	fake_wait(f, f->task_a, f->mutex_a, 0, f->task_b, 1);
	fake_wait(f, f->task_b, f->mutex_b, 0, f->task_a, 1);
	fake_wait(f, f->task_r, f->rwsem, 1, init, 1);

	kthread = fake_object(f, "kthread");
	{
		size_t worker = fake_object(f, "worker");

		fake_set(f, worker, "worker.current_func", fake_address(f, fake_code(F_WORK, 0)));
		fake_set(f, worker, "worker.last_active", 1000);
		fake_text(f, fake_at(f, worker, "worker.desc"), "nfsiod");
		fake_set(f, kthread, "kthread.data", fake_address(f, worker));
	}
	fake_set(f, f->worker, "task_struct.flags", 0x00200020);
	fake_set(f, f->worker, "task_struct.worker_private", fake_address(f, kthread));

	/* address spaces: 100 anonymous pages of init, of which 40 are counted per CPU */
	mm = fake_object(f, "mm_struct");
	counters = image_room(f->image, 128); /* of both CPUs */
	fake_put(f, mm + 24, 60, 8);
	fake_put(f, mm + 32, fake_address(f, counters), 8);
	fake_put(f, counters, 40, 4);
	fake_set(f, init, "task_struct.mm", fake_address(f, mm));
	fake_symbol(f, "init_task", 'D', fake_address(f, f->init_task));

	{
		size_t percpu = fake_variable(f, "__per_cpu_offset", 0, 16), template;

		template = f->rq[0] = fake_object(f, "rq");
		f->rq[1] = fake_object(f, "rq");
		fake_symbol(f, "runqueues", 'D', fake_address(f, template) - 0x1000);
		fake_put(f, percpu, 0x1000, 8);
		fake_put(f, percpu + 8, 0x1000 + f->rq[1] - f->rq[0], 8);
		/* (the counters are reached from CPU 0 alone) */
		fake_put(f, mm + 32, fake_address(f, counters) - 0x1000, 8);
		for (int cpu = 0; cpu < 2; cpu++) {
			fake_set(
			    f, f->rq[cpu], "rq.curr", fake_address(f, cpu ? idle1 : f->victim));
			fake_set(
			    f, f->rq[cpu], "rq.idle", fake_address(f, cpu ? idle1 : f->init_task));
			fake_set(f, f->rq[cpu], "rq.clock", 200000000000ULL);
			fake_set(f, f->rq[cpu], "rq.nr_running", 1 - (unsigned)cpu);
		}
	}
	fake_variable(f, "nr_cpu_ids", 2, 4);
	fake_variable(f, "__cpu_possible_mask", 3, 8);
	fake_variable(f, "panic_cpu", 0, 4);
}

/* --- modules ------------------------------------------------------------------------------------------ */

static void fake_make_modules(struct fake *f)
{
	static const char names[] = "\0lab_die_now\0lab_die_init\0$d\0";
	size_t head = fake_variable(f, "modules", 0, 16), m = fake_object(f, "module"), nodes[2];
	size_t text = image_room(f->image, 0x200), syms = fake_object(f, "mod_kallsyms");
	size_t table = image_room(f->image, 24 * 4), strings = image_room(f->image, sizeof(names));

	f->module = m;
	f->modules = head;
	nodes[0] = head;
	nodes[1] = fake_at(f, m, "module.list");
	fake_ring(f, nodes, 2);
	fake_text(f, fake_at(f, m, "module.name"), "lab_die");
	fake_set(f, m, "module.version", fake_string(f, "1.0"));
	fake_set(f, m, "module.srcversion", fake_string(f, "ABCDEF0123"));
	fake_set(f, m, "module.taints", 1 << 12);
	fake_set(f, m, "module.refcnt", 1);
	fake_put(f, fake_at(f, m, "module.mem"), fake_address(f, text), 8);
	fake_put(f, fake_at(f, m, "module.mem") + 8, 0x200, 4);
	fake_set(f, m, "module.kallsyms", fake_address(f, syms));
	fake_set(f, syms, "mod_kallsyms.symtab", fake_address(f, table));
	fake_set(f, syms, "mod_kallsyms.num_symtab", 4);
	fake_set(f, syms, "mod_kallsyms.strtab", fake_address(f, strings));
	memcpy(f->image->memory.at + strings, names, sizeof(names));
	for (unsigned i = 1; i < 4; i++) {
		static const unsigned name[] = {0, 1, 13, 26}, into[] = {0, 0, 0x100, 0x180};

		fake_put(f, table + 24 * i, name[i], 4);
		fake_put(f, table + 24 * i + 6, 1, 2);
		fake_put(f, table + 24 * i + 8, fake_address(f, text) + into[i], 8);
	}
}

/* sunrpc: a module with BTF of its own, one client, and a request that waits for a server since 100 s. */
static void fake_make_rpc(struct fake *f)
{
	static const char *const rows[] = {"sunrpc_net 16 all_clients:list_head",
	    "rpc_program 8 name:8", "rpc_xprt 8 servername:8", "rpc_procinfo 8 p_name:8",
	    "rpc_clnt 64 cl_clients:list_head cl_tasks:list_head cl_xprt:8 cl_program:8 cl_vers:4",
	    "rpc_message 8 rpc_proc:8",
	    "rpc_task 40 tk_task:list_head tk_msg:rpc_message tk_start:8"};
	static const char names[] = "\0sunrpc_net_id\0";
	size_t list = fake_variable(f, "btf_modules", 0, 16), entry = fake_object(f, "btf_module");
	size_t object = fake_object(f, "btf"), m = fake_object(f, "module"), len, nodes[3];
	size_t data = fake_put_module_btf(f, rows, sizeof(rows) / sizeof(rows[0]), &len);
	size_t syms = fake_object(f, "mod_kallsyms"), table = image_room(f->image, 48);
	size_t strings = image_room(f->image, sizeof(names)), id = image_room(f->image, 8);
	size_t generic = fake_object(f, "net_generic"), net = fake_object(f, "sunrpc_net");
	size_t client = fake_object(f, "rpc_clnt"), task = fake_object(f, "rpc_task");
	size_t xprt = fake_object(f, "rpc_xprt"), program = fake_object(f, "rpc_program");
	size_t proc = fake_object(f, "rpc_procinfo");

	/* behind lab_die in the list of modules */
	nodes[0] = f->modules;
	nodes[1] = fake_at(f, f->module, "module.list");
	nodes[2] = fake_at(f, m, "module.list");
	fake_ring(f, nodes, 3);
	fake_text(f, fake_at(f, m, "module.name"), "sunrpc");
	fake_set(f, m, "module.kallsyms", fake_address(f, syms));
	fake_set(f, syms, "mod_kallsyms.symtab", fake_address(f, table));
	fake_set(f, syms, "mod_kallsyms.num_symtab", 2);
	fake_set(f, syms, "mod_kallsyms.strtab", fake_address(f, strings));
	memcpy(f->image->memory.at + strings, names, sizeof(names));
	fake_put(f, table + 24, 1, 4);
	fake_put(f, table + 24 + 6, 1, 2);
	fake_put(f, table + 24 + 8, fake_address(f, id), 8);
	fake_put(f, id, 2, 4);
	nodes[0] = list;
	nodes[1] = fake_at(f, entry, "btf_module.list");
	fake_ring(f, nodes, 2);
	fake_set(f, entry, "btf_module.module", fake_address(f, m));
	fake_set(f, entry, "btf_module.btf", fake_address(f, object));
	fake_set(f, object, "btf.data", fake_address(f, data));
	fake_set(f, object, "btf.data_size", len);
	fake_set(f, f->net, "net.gen", fake_address(f, generic));
	fake_put(f, fake_at(f, generic, "net_generic.ptr") + 16, fake_address(f, net), 8);
	nodes[0] = fake_at(f, net, "sunrpc_net.all_clients");
	nodes[1] = fake_at(f, client, "rpc_clnt.cl_clients");
	fake_ring(f, nodes, 2);
	nodes[0] = fake_at(f, client, "rpc_clnt.cl_tasks");
	nodes[1] = fake_at(f, task, "rpc_task.tk_task");
	fake_ring(f, nodes, 2);
	fake_set(f, client, "rpc_clnt.cl_program", fake_address(f, program));
	fake_set(f, client, "rpc_clnt.cl_xprt", fake_address(f, xprt));
	fake_set(f, client, "rpc_clnt.cl_vers", 4);
	fake_set(f, program, "rpc_program.name", fake_string(f, "nfs"));
	fake_set(f, xprt, "rpc_xprt.servername", fake_string(f, "10.77.0.1"));
	fake_set(f, task, "rpc_task.tk_msg.rpc_proc", fake_address(f, proc));
	fake_set(f, task, "rpc_task.tk_start", 100000000000ULL);
	fake_set(f, proc, "rpc_procinfo.p_name", fake_string(f, "GETATTR"));
}

/* --- devices, memory, mounts: one of each ------------------------------------------------------------- */

static void fake_make_devices(struct fake *f)
{
	size_t net = fake_variable(f, "init_net", 0, 40), dev = fake_object(f, "net_device");
	size_t list = fake_variable(f, "net_namespace_list", 0, 16);
	size_t queue = fake_object(f, "netdev_queue"), qdisc = fake_object(f, "Qdisc"), nodes[2];
	size_t in = fake_object(f, "in_device"), ifa = fake_object(f, "in_ifaddr");
	size_t bdev = fake_object(f, "bdev_inode"), disk = fake_object(f, "gendisk");
	size_t rqueue = fake_object(f, "request_queue"), set = fake_object(f, "blk_mq_tag_set");
	size_t tags = fake_object(f, "blk_mq_tags"), table = image_room(f->image, 64);
	size_t request = fake_object(f, "request"), sb = fake_object(f, "super_block");

	f->net = net;
	nodes[0] = list;
	nodes[1] = fake_at(f, net, "net.list");
	fake_ring(f, nodes, 2);
	nodes[0] = fake_at(f, net, "net.dev_base_head");
	nodes[1] = fake_at(f, dev, "net_device.dev_list");
	fake_ring(f, nodes, 2);
	fake_text(f, fake_at(f, dev, "net_device.name"), "eth0");
	fake_set(f, dev, "net_device.operstate", 6);
	fake_set(f, dev, "net_device.mtu", 1500);
	fake_set(f, dev, "net_device.stats.rx_packets", 7);
	fake_set(f, dev, "net_device.real_num_tx_queues", 1);
	fake_set(f, dev, "net_device._tx", fake_address(f, queue));
	fake_set(f, dev, "net_device.ip_ptr", fake_address(f, in));
	fake_set(f, in, "in_device.ifa_list", fake_address(f, ifa));
	fake_put(f, fake_at(f, ifa, "in_ifaddr.ifa_local"), 0x0a4d0002, 4);
	memcpy(f->image->memory.at + fake_at(f, ifa, "in_ifaddr.ifa_local"), "\x0a\x4d\0\x02", 4);
	fake_set(f, ifa, "in_ifaddr.ifa_prefixlen", 24);
	fake_set(f, queue, "netdev_queue.qdisc", fake_address(f, qdisc));
	fake_set(f, queue, "netdev_queue.trans_start", 1000);
	fake_set(f, queue, "netdev_queue.state", 1);
	fake_set(f, qdisc, "Qdisc.q.qlen", 5);
	fake_variable(f, "jiffies_64", 3500, 8);
	fake_variable(f, "tick_nsec", 4000000, 8);

	nodes[0] = fake_at(f, sb, "super_block.s_inodes");
	nodes[1] = fake_at(f, bdev, "bdev_inode.vfs_inode.i_sb_list");
	fake_ring(f, nodes, 2);
	fake_variable(f, "blockdev_superblock", fake_address(f, sb), 8);
	fake_set(f, bdev, "bdev_inode.bdev.bd_disk", fake_address(f, disk));
	fake_text(f, fake_at(f, disk, "gendisk.disk_name"), "sda");
	fake_set(f, disk, "gendisk.queue", fake_address(f, rqueue));
	fake_set(f, rqueue, "request_queue.tag_set", fake_address(f, set));
	fake_set(f, set, "blk_mq_tag_set.tags", fake_address(f, table));
	fake_set(f, set, "blk_mq_tag_set.nr_hw_queues", 1);
	fake_put(f, table, fake_address(f, tags), 8);
	fake_set(f, tags, "blk_mq_tags.static_rqs", fake_address(f, table + 8));
	fake_set(f, tags, "blk_mq_tags.nr_tags", 1);
	fake_put(f, table + 8, fake_address(f, request), 8);
	fake_set(f, request, "request.q", fake_address(f, rqueue));
	fake_set(f, request, "request.state", 1);
	fake_set(f, request, "request.cmd_flags", 1);
	fake_set(f, request, "request.start_time_ns", 180000000000ULL);
}

static void fake_make_memory(struct fake *f)
{
	size_t head = fake_variable(f, "slab_caches", 0, 16), cache = fake_object(f, "kmem_cache"),
	       nodes[2];
	size_t per_node = fake_object(f, "kmem_cache_node"), pgdat = fake_object(f, "pglist_data"),
	       zone;
	size_t group = fake_object(f, "mem_cgroup"), child = fake_object(f, "mem_cgroup");
	size_t cgroup = fake_object(f, "cgroup"), kn = fake_object(f, "kernfs_node");
	size_t stat = fake_variable(f, "vm_zone_stat", 0, 64);
	size_t errors =
	    fake_variable(f, "hwerr_data", 0, 5 * 16); /* hwerr_info of autopsy_types.h */

	nodes[0] = head;
	nodes[1] = fake_at(f, cache, "kmem_cache.list");
	fake_ring(f, nodes, 2);
	fake_set(f, cache, "kmem_cache.name", fake_string(f, "dentry"));
	fake_set(f, cache, "kmem_cache.size", 192);
	fake_set(f, cache, "kmem_cache.oo.x", 1 << 16 | 42);
	fake_put(f, fake_at(f, cache, "kmem_cache.node"), fake_address(f, per_node), 8);
	fake_set(f, per_node, "kmem_cache_node.nr_slabs", 10);
	fake_set(f, per_node, "kmem_cache_node.total_objects", 420);
	fake_variable(f, "nr_node_ids", 1, 4);
	fake_variable(f, "node_data", fake_address(f, pgdat), 8);
	fake_variable(f, "_totalram_pages", 65536, 8);
	fake_variable(f, "vm_node_stat", 0, 64);
	fake_put(f, stat, 1000, 8);
	fake_set(f, pgdat, "pglist_data.nr_zones", 1);
	zone = fake_at(f, pgdat, "pglist_data.node_zones");
	fake_set(f, zone, "zone.name", fake_string(f, "DMA32"));
	fake_set(f, zone, "zone.managed_pages", 65000);
	fake_put(f, fake_at(f, zone, "zone._watermark"), 2000, 8);
	fake_put(f, fake_at(f, zone, "zone.vm_stat"), 1000, 8);
	/* the second: of memory */
	fake_put(f, errors + 16, 3, 4);
	fake_put(f, errors + 24, 1793847600, 8);
	fake_variable(f, "root_mem_cgroup", fake_address(f, group), 8);
	nodes[0] = fake_at(f, group, "mem_cgroup.css.children");
	nodes[1] = fake_at(f, child, "mem_cgroup.css.sibling");
	fake_ring(f, nodes, 2);
	nodes[0] = fake_at(f, child, "mem_cgroup.css.children");
	fake_ring(f, nodes, 1);
	fake_set(f, child, "mem_cgroup.css.cgroup", fake_address(f, cgroup));
	fake_set(f, child, "mem_cgroup.memory.usage", 990);
	fake_set(f, child, "mem_cgroup.memory.max", 1000);
	fake_set(f, cgroup, "cgroup.kn", fake_address(f, kn));
	fake_set(f, kn, "kernfs_node.name", fake_string(f, "build.slice"));
}

static void fake_make_system(struct fake *f)
{
	size_t ns = fake_object(f, "mnt_namespace"), proxy = fake_object(f, "nsproxy"), nodes[2];
	size_t mount = fake_object(f, "mount"), sb = fake_object(f, "super_block");
	size_t type = fake_object(f, "file_system_type"), dentry = fake_object(f, "dentry"), banner;
	size_t timekeeper = fake_variable(f, "tk_core", 0, 8 + 96) + 8;
	static const char version[] = "Linux version 6.1.0 (made up)\n";

	fake_set(f, timekeeper, "timekeeper.xtime_sec", 1700000200);
	fake_set(f, timekeeper, "timekeeper.wall_to_monotonic.tv_sec", (uint64_t)-1700000000);
	fake_variable(f, "avenrun", 2048, 24);
	fake_variable(f, "tainted_mask", 1 << 12, 8);
	banner = fake_variable(f, "linux_banner", 0, sizeof(version));
	fake_text(f, banner, version);
	fake_variable(f, "saved_command_line", fake_string(f, "root=/dev/nfs quiet"), 8);
	nodes[0] = fake_at(f, ns, "mnt_namespace.list");
	nodes[1] = fake_at(f, mount, "mount.mnt_list");
	fake_ring(f, nodes, 2);
	fake_set(f, proxy, "nsproxy.mnt_ns", fake_address(f, ns));
	fake_set(f, f->init_task, "task_struct.nsproxy", fake_address(f, proxy));
	fake_set(f, mount, "mount.mnt_parent", fake_address(f, mount));
	fake_set(f, mount, "mount.mnt_mountpoint", fake_address(f, dentry));
	fake_set(f, mount, "mount.mnt_devname", fake_string(f, "10.77.0.1:/srv/debian"));
	fake_set(f, mount, "mount.mnt.mnt_sb", fake_address(f, sb));
	fake_set(f, dentry, "dentry.d_parent", fake_address(f, dentry));
	fake_set(f, sb, "super_block.s_type", fake_address(f, type));
	fake_set(f, type, "file_system_type.name", fake_string(f, "nfs4"));
}

/* Interrupt 9 of "acpi": 5 times on each CPU. */
static void fake_make_interrupts(struct fake *f)
{
	size_t tree = fake_variable(f, "irq_desc_tree", 0, 16), node = fake_object(f, "xa_node");
	size_t desc = fake_object(f, "irq_desc"), action = fake_object(f, "irqaction");
	size_t counts = image_room(f->image, 128);

	fake_put(f, tree, fake_address(f, node) | 2, 8);
	fake_put(f, fake_at(f, node, "xa_node.slots") + 8, fake_address(f, desc), 8);
	fake_set(f, desc, "irq_desc.irq_data.irq", 9);
	fake_set(f, desc, "irq_desc.kstat_irqs", fake_address(f, counts) - 0x1000);
	fake_set(f, desc, "irq_desc.action", fake_address(f, action));
	fake_set(f, action, "irqaction.name", fake_string(f, "acpi"));
	fake_put(f, counts, 5, 4);
	fake_put(f, counts + (f->rq[1] - f->rq[0]), 5, 4);
}

/* --- the whole ----------------------------------------------------------------------------------------- */

static void fake_make(struct fake *f)
{
	fake_make_types(f);
	fake_make_code(f);
	fake_make_tasks(f);
	fake_make_modules(f);
	fake_make_devices(f);
	fake_make_memory(f);
	fake_make_system(f);
	fake_make_interrupts(f);
	fake_make_rpc(f);
}

#endif
