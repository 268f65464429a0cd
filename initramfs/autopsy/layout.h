/* SPDX-License-Identifier: MIT */
/*
 * layout: where the fields are that the autopsy reads, in this kernel's own structs, by its BTF.
 *
 * A field has one name here and, where kernels differ, several there, the newest first: "__state|state".
 * No version is asked for: what a kernel has decides. A field that it does not have has no place.
 */
#ifndef AUTOPSY_LAYOUT_H
#define AUTOPSY_LAYOUT_H

#include "btf.h"

/* LAYOUT(name, struct, path of members or paths, the first that exists) */
#define LAYOUT_FIELDS(LAYOUT)                                                                      \
	LAYOUT(TASK_TASKS, "task_struct", "tasks")                                                 \
	LAYOUT(TASK_PID, "task_struct", "pid")                                                     \
	LAYOUT(TASK_TGID, "task_struct", "tgid")                                                   \
	LAYOUT(TASK_COMM, "task_struct", "comm")                                                   \
	LAYOUT(TASK_STATE, "task_struct", "__state|state")                                         \
	LAYOUT(TASK_EXIT_STATE, "task_struct", "exit_state")                                       \
	LAYOUT(TASK_FLAGS, "task_struct", "flags")                                                 \
	LAYOUT(TASK_STACK, "task_struct", "stack")                                                 \
	LAYOUT(TASK_MM, "task_struct", "mm")                                                       \
	LAYOUT(TASK_SP, "task_struct", "thread.sp|thread.cpu_context.sp")                          \
	LAYOUT(TASK_FP, "task_struct", "thread.cpu_context.fp")                                    \
	LAYOUT(TASK_PC, "task_struct", "thread.cpu_context.pc")                                    \
	LAYOUT(TASK_SIGNAL, "task_struct", "signal")                                               \
	LAYOUT(TASK_THREAD_NODE, "task_struct", "thread_node")                                     \
	LAYOUT(TASK_PARENT, "task_struct", "real_parent")                                          \
	LAYOUT(TASK_ON_CPU, "task_struct", "on_cpu")                                               \
	LAYOUT(TASK_CPU, "task_struct", "thread_info.cpu|cpu")                                     \
	LAYOUT(TASK_ARRIVED, "task_struct", "sched_info.last_arrival")                             \
	LAYOUT(TASK_BLOCKED_ON, "task_struct", "blocked_on")                                       \
	LAYOUT(TASK_BLOCKER, "task_struct", "blocker")                                             \
	LAYOUT(TASK_WORKER, "task_struct", "worker_private")                                       \
	LAYOUT(TASK_NSPROXY, "task_struct", "nsproxy")                                             \
	LAYOUT(SIGNAL_THREADS, "signal_struct", "thread_head")                                     \
	LAYOUT(MM_RSS, "mm_struct", "rss_stat")                                                    \
	LAYOUT(COUNTER_COUNT, "percpu_counter", "count")                                           \
	LAYOUT(COUNTER_COUNTERS, "percpu_counter", "counters")                                     \
	LAYOUT(RQ_CURR, "rq", "curr")                                                              \
	LAYOUT(RQ_IDLE, "rq", "idle")                                                              \
	LAYOUT(RQ_RUNNING, "rq", "nr_running")                                                     \
	LAYOUT(RQ_CLOCK, "rq", "clock")                                                            \
	LAYOUT(FRAME_RETURN, "inactive_task_frame", "ret_addr")                                    \
	LAYOUT(FRAME_BP, "inactive_task_frame", "bp")                                              \
	LAYOUT(REGS_STACKFRAME, "pt_regs", "stackframe")                                           \
	LAYOUT(ORC_SP_OFFSET, "orc_entry", "sp_offset")                                            \
	LAYOUT(ORC_BP_OFFSET, "orc_entry", "bp_offset")                                            \
	LAYOUT(ORC_SP_REG, "orc_entry", "sp_reg")                                                  \
	LAYOUT(ORC_BP_REG, "orc_entry", "bp_reg")                                                  \
	LAYOUT(ORC_TYPE, "orc_entry", "type")                                                      \
	LAYOUT(ORC_SIGNAL, "orc_entry", "signal")                                                  \
	LAYOUT(ORC_END, "orc_entry", "end")                                                        \
	LAYOUT(MODULE_LIST, "module", "list")                                                      \
	LAYOUT(MODULE_NAME, "module", "name")                                                      \
	LAYOUT(MODULE_STATE, "module", "state")                                                    \
	LAYOUT(MODULE_TAINTS, "module", "taints")                                                  \
	LAYOUT(MODULE_REFS, "module", "refcnt.counter")                                            \
	LAYOUT(MODULE_VERSION, "module", "version")                                                \
	LAYOUT(MODULE_SRCVERSION, "module", "srcversion")                                          \
	LAYOUT(MODULE_CORE, "module", "core_layout")                                               \
	LAYOUT(MODULE_MEM, "module", "mem")                                                        \
	LAYOUT(MODULE_KALLSYMS, "module", "kallsyms")                                              \
	LAYOUT(MODULE_ORC_IP, "module", "arch.orc_unwind_ip")                                      \
	LAYOUT(MODULE_ORC, "module", "arch.orc_unwind")                                            \
	LAYOUT(MODULE_ORCS, "module", "arch.num_orcs")                                             \
	LAYOUT(CORE_BASE, "module_layout", "base")                                                 \
	LAYOUT(CORE_SIZE, "module_layout", "size")                                                 \
	LAYOUT(CORE_TEXT_SIZE, "module_layout", "text_size")                                       \
	LAYOUT(MEM_BASE, "module_memory", "base")                                                  \
	LAYOUT(MEM_SIZE, "module_memory", "size")                                                  \
	LAYOUT(SYMS_TABLE, "mod_kallsyms", "symtab")                                               \
	LAYOUT(SYMS_COUNT, "mod_kallsyms", "num_symtab")                                           \
	LAYOUT(SYMS_STRINGS, "mod_kallsyms", "strtab")                                             \
	LAYOUT(MUTEX_OWNER, "mutex", "owner.counter|owner")                                        \
	LAYOUT(MUTEX_WAITERS, "mutex", "wait_list")                                                \
	LAYOUT(MUTEX_WAITER_TASK, "mutex_waiter", "task")                                          \
	LAYOUT(RWSEM_OWNER, "rw_semaphore", "owner.counter|owner")                                 \
	LAYOUT(RWSEM_WAITERS, "rw_semaphore", "wait_list")                                         \
	LAYOUT(RWSEM_WAITER_TASK, "rwsem_waiter", "task")                                          \
	LAYOUT(KTHREAD_DATA, "kthread", "data")                                                    \
	LAYOUT(WORKER_DESC, "worker", "desc")                                                      \
	LAYOUT(WORKER_FUNC, "worker", "current_func")                                              \
	LAYOUT(WORKER_ACTIVE, "worker", "last_active")                                             \
	LAYOUT(BTFMOD_LIST, "btf_module", "list")                                                  \
	LAYOUT(BTFMOD_MODULE, "btf_module", "module")                                              \
	LAYOUT(BTFMOD_BTF, "btf_module", "btf")                                                    \
	LAYOUT(BTFOBJ_DATA, "btf", "data")                                                         \
	LAYOUT(BTFOBJ_SIZE, "btf", "data_size")                                                    \
	LAYOUT(NET_GENERIC, "net", "gen")                                                          \
	LAYOUT(GENERIC_PTR, "net_generic", "ptr")                                                  \
	LAYOUT(TK_DATA, "tk_data", "timekeeper")                                                   \
	LAYOUT(TK_SECONDS, "timekeeper", "xtime_sec")                                              \
	LAYOUT(TK_MONO_SEC, "timekeeper", "wall_to_monotonic.tv_sec")                              \
	LAYOUT(TK_MONO_NSEC, "timekeeper", "wall_to_monotonic.tv_nsec")                            \
	LAYOUT(TK_SHIFT, "timekeeper", "tkr_mono.shift")                                           \
	LAYOUT(TK_NSEC, "timekeeper", "tkr_mono.xtime_nsec")                                       \
	LAYOUT(TK_BOOT, "timekeeper", "offs_boot")                                                 \
	LAYOUT(CLOCK_NAME, "clocksource", "name")                                                  \
	LAYOUT(UTS_NODENAME, "uts_namespace", "name.nodename")                                     \
	LAYOUT(CACHE_LIST, "kmem_cache", "list")                                                   \
	LAYOUT(CACHE_NAME, "kmem_cache", "name")                                                   \
	LAYOUT(CACHE_SIZE, "kmem_cache", "size")                                                   \
	LAYOUT(CACHE_ORDER, "kmem_cache", "oo.x")                                                  \
	LAYOUT(CACHE_NODE, "kmem_cache", "node")                                                   \
	LAYOUT(CACHE_PER_NODE, "kmem_cache", "per_node")                                           \
	LAYOUT(PER_NODE_NODE, "kmem_cache_per_node_ptrs", "node")                                  \
	LAYOUT(NODE_SLABS, "kmem_cache_node", "nr_slabs.counter|nr_slabs")                         \
	LAYOUT(NODE_OBJECTS, "kmem_cache_node", "total_objects.counter|total_objects")             \
	LAYOUT(PGDAT_ZONES, "pglist_data", "node_zones")                                           \
	LAYOUT(PGDAT_NR_ZONES, "pglist_data", "nr_zones")                                          \
	LAYOUT(ZONE_NAME, "zone", "name")                                                          \
	LAYOUT(ZONE_WATERMARK, "zone", "_watermark")                                               \
	LAYOUT(ZONE_MANAGED, "zone", "managed_pages.counter|managed_pages")                        \
	LAYOUT(ZONE_STAT, "zone", "vm_stat")                                                       \
	LAYOUT(HSTATE_ORDER, "hstate", "order")                                                    \
	LAYOUT(HSTATE_PAGES, "hstate", "nr_huge_pages")                                            \
	LAYOUT(HSTATE_FREE, "hstate", "free_huge_pages")                                           \
	LAYOUT(MEMCG_USAGE, "mem_cgroup", "memory.usage.counter")                                  \
	LAYOUT(MEMCG_MAX, "mem_cgroup", "memory.max")                                              \
	LAYOUT(MEMCG_CSS, "mem_cgroup", "css")                                                     \
	LAYOUT(CSS_CHILDREN, "cgroup_subsys_state", "children")                                    \
	LAYOUT(CSS_SIBLING, "cgroup_subsys_state", "sibling")                                      \
	LAYOUT(CSS_CGROUP, "cgroup_subsys_state", "cgroup")                                        \
	LAYOUT(CGROUP_KN, "cgroup", "kn")                                                          \
	LAYOUT(KN_NAME, "kernfs_node", "name")                                                     \
	LAYOUT(HWERR_COUNT, "hwerr_info", "count")                                                 \
	LAYOUT(HWERR_TIME, "hwerr_info", "timestamp")                                              \
	LAYOUT(NET_DEVICES, "net", "dev_base_head")                                                \
	LAYOUT(NET_LIST, "net", "list")                                                            \
	LAYOUT(DEV_NAME, "net_device", "name")                                                     \
	LAYOUT(DEV_LIST, "net_device", "dev_list")                                                 \
	LAYOUT(DEV_STATE, "net_device", "state")                                                   \
	LAYOUT(DEV_OPERSTATE, "net_device", "operstate")                                           \
	LAYOUT(DEV_MTU, "net_device", "mtu")                                                       \
	LAYOUT(STAT_RX_PACKETS, "net_device", "stats.rx_packets")                                  \
	LAYOUT(STAT_TX_PACKETS, "net_device", "stats.tx_packets")                                  \
	LAYOUT(STAT_RX_BYTES, "net_device", "stats.rx_bytes")                                      \
	LAYOUT(STAT_TX_BYTES, "net_device", "stats.tx_bytes")                                      \
	LAYOUT(STAT_RX_ERRORS, "net_device", "stats.rx_errors")                                    \
	LAYOUT(STAT_TX_ERRORS, "net_device", "stats.tx_errors")                                    \
	LAYOUT(STAT_RX_DROPPED, "net_device", "stats.rx_dropped")                                  \
	LAYOUT(STAT_TX_DROPPED, "net_device", "stats.tx_dropped")                                  \
	LAYOUT(DEV_PCPU_KIND, "net_device", "pcpu_stat_type")                                      \
	LAYOUT(DEV_PCPU, "net_device", "tstats")                                                   \
	LAYOUT(LSTATS_PACKETS, "pcpu_lstats", "packets")                                           \
	LAYOUT(LSTATS_BYTES, "pcpu_lstats", "bytes")                                               \
	LAYOUT(TSTATS_RX_PACKETS, "pcpu_sw_netstats", "rx_packets")                                \
	LAYOUT(TSTATS_RX_BYTES, "pcpu_sw_netstats", "rx_bytes")                                    \
	LAYOUT(TSTATS_TX_PACKETS, "pcpu_sw_netstats", "tx_packets")                                \
	LAYOUT(TSTATS_TX_BYTES, "pcpu_sw_netstats", "tx_bytes")                                    \
	LAYOUT(DSTATS_RX_PACKETS, "pcpu_dstats", "rx_packets")                                     \
	LAYOUT(DSTATS_RX_BYTES, "pcpu_dstats", "rx_bytes")                                         \
	LAYOUT(DSTATS_TX_PACKETS, "pcpu_dstats", "tx_packets")                                     \
	LAYOUT(DSTATS_TX_BYTES, "pcpu_dstats", "tx_bytes")                                         \
	LAYOUT(DEV_QUEUES, "net_device", "real_num_tx_queues")                                     \
	LAYOUT(DEV_TX, "net_device", "_tx")                                                        \
	LAYOUT(DEV_OPS, "net_device", "netdev_ops")                                                \
	LAYOUT(OPS_STATS64, "net_device_ops", "ndo_get_stats64")                                   \
	LAYOUT(DEV_IP, "net_device", "ip_ptr")                                                     \
	LAYOUT(QUEUE_QDISC, "netdev_queue", "qdisc")                                               \
	LAYOUT(QUEUE_TIME, "netdev_queue", "trans_start")                                          \
	LAYOUT(QUEUE_STATE, "netdev_queue", "state")                                               \
	LAYOUT(QDISC_LEN, "Qdisc", "qstats.qlen")                                                  \
	LAYOUT(QDISC_QLEN, "Qdisc", "q.qlen")                                                      \
	LAYOUT(QDISC_DROPS, "Qdisc", "qstats.drops")                                               \
	LAYOUT(IN_ADDRESSES, "in_device", "ifa_list")                                              \
	LAYOUT(IFA_NEXT, "in_ifaddr", "ifa_next")                                                  \
	LAYOUT(IFA_LOCAL, "in_ifaddr", "ifa_local")                                                \
	LAYOUT(IFA_PREFIX, "in_ifaddr", "ifa_prefixlen")                                           \
	LAYOUT(HASHINFO_EHASH, "inet_hashinfo", "ehash")                                           \
	LAYOUT(HASHINFO_MASK, "inet_hashinfo", "ehash_mask")                                       \
	LAYOUT(HASHINFO_LHASH, "inet_hashinfo", "lhash2")                                          \
	LAYOUT(HASHINFO_LMASK, "inet_hashinfo", "lhash2_mask")                                     \
	LAYOUT(LISTEN_HEAD, "inet_listen_hashbucket", "nulls_head")                                \
	LAYOUT(LISTEN_NODE, "inet_connection_sock", "icsk_listen_portaddr_node")                   \
	LAYOUT(SOCK_NODE, "sock_common", "skc_nulls_node")                                         \
	LAYOUT(SOCK_STATE, "sock_common", "skc_state")                                             \
	LAYOUT(SB_INODES, "super_block", "s_inodes")                                               \
	LAYOUT(SB_TYPE, "super_block", "s_type")                                                   \
	LAYOUT(FS_NAME, "file_system_type", "name")                                                \
	LAYOUT(INODE_LIST, "inode", "i_sb_list")                                                   \
	LAYOUT(BDEV_INODE, "bdev_inode", "vfs_inode")                                              \
	LAYOUT(BDEV_INODE_BDEV, "bdev_inode", "bdev")                                              \
	LAYOUT(BDEV_DISK, "block_device", "bd_disk")                                               \
	LAYOUT(DISK_NAME, "gendisk", "disk_name")                                                  \
	LAYOUT(DISK_QUEUE, "gendisk", "queue")                                                     \
	LAYOUT(RQUEUE_TAGS, "request_queue", "tag_set")                                            \
	LAYOUT(TAGSET_TAGS, "blk_mq_tag_set", "tags")                                              \
	LAYOUT(TAGSET_QUEUES, "blk_mq_tag_set", "nr_hw_queues")                                    \
	LAYOUT(TAGS_COUNT, "blk_mq_tags", "nr_tags")                                               \
	LAYOUT(TAGS_REQUESTS, "blk_mq_tags", "static_rqs")                                         \
	LAYOUT(REQUEST_QUEUE, "request", "q")                                                      \
	LAYOUT(REQUEST_STATE, "request", "state")                                                  \
	LAYOUT(REQUEST_START, "request", "start_time_ns")                                          \
	LAYOUT(REQUEST_FLAGS, "request", "cmd_flags")                                              \
	LAYOUT(NSPROXY_MNT, "nsproxy", "mnt_ns")                                                   \
	LAYOUT(MNTNS_LIST, "mnt_namespace", "list")                                                \
	LAYOUT(MNTNS_TREE, "mnt_namespace", "mounts")                                              \
	LAYOUT(MOUNT_LIST, "mount", "mnt_list")                                                    \
	LAYOUT(MOUNT_NODE, "mount", "mnt_node")                                                    \
	LAYOUT(MOUNT_PARENT, "mount", "mnt_parent")                                                \
	LAYOUT(MOUNT_POINT, "mount", "mnt_mountpoint")                                             \
	LAYOUT(MOUNT_DEVICE, "mount", "mnt_devname")                                               \
	LAYOUT(MOUNT_SB, "mount", "mnt.mnt_sb")                                                    \
	LAYOUT(DENTRY_PARENT, "dentry", "d_parent")                                                \
	LAYOUT(DENTRY_NAME, "dentry", "d_name.name")                                               \
	LAYOUT(RB_RIGHT, "rb_node", "rb_right")                                                    \
	LAYOUT(RB_LEFT, "rb_node", "rb_left")                                                      \
	LAYOUT(SOFTIRQ_STAT, "irq_cpustat_t", "__softirq_pending")                                 \
	LAYOUT(SOFTIRQ_HOT, "pcpu_hot", "softirq_pending")                                         \
	LAYOUT(TIMER_RUNNING, "timer_base", "running_timer")                                       \
	LAYOUT(TIMER_FUNCTION, "timer_list", "function")                                           \
	LAYOUT(XA_HEAD, "xarray", "xa_head")                                                       \
	LAYOUT(XA_SLOTS, "xa_node", "slots")                                                       \
	LAYOUT(MA_ROOT, "maple_tree", "ma_root")                                                   \
	LAYOUT(MA_RANGE, "maple_range_64", "slot")                                                 \
	LAYOUT(MA_ARANGE, "maple_arange_64", "slot")                                               \
	LAYOUT(IRQ_STAT, "irq_desc", "kstat_irqs")                                                 \
	LAYOUT(IRQ_NUMBER, "irq_desc", "irq_data.irq")                                             \
	LAYOUT(IRQ_ACTION, "irq_desc", "action")                                                   \
	LAYOUT(ACTION_NAME, "irqaction", "name")                                                   \
	LAYOUT(SEQ_SIZE, "seqcount_raw_spinlock_t|seqcount_raw_spinlock", "seqcount")

/* Those in a module's own BTF: LAYOUT(name, module, struct, path). */
#define LAYOUT_MODULE_FIELDS(LAYOUT)                                                               \
	LAYOUT(VIRTNET_DEV, "virtio_net", "virtnet_info", "dev")                                   \
	LAYOUT(VIRTNET_RQ, "virtio_net", "virtnet_info", "rq")                                     \
	LAYOUT(VIRTNET_SQ, "virtio_net", "virtnet_info", "sq")                                     \
	LAYOUT(VIRTNET_PAIRS, "virtio_net", "virtnet_info", "max_queue_pairs")                     \
	LAYOUT(RQ_PACKETS, "virtio_net", "receive_queue", "stats.packets")                         \
	LAYOUT(RQ_BYTES, "virtio_net", "receive_queue", "stats.bytes")                             \
	LAYOUT(SQ_PACKETS, "virtio_net", "send_queue", "stats.packets")                            \
	LAYOUT(SQ_BYTES, "virtio_net", "send_queue", "stats.bytes")                                \
	LAYOUT(SUNRPC_CLIENTS, "sunrpc", "sunrpc_net", "all_clients")                              \
	LAYOUT(CLNT_LIST, "sunrpc", "rpc_clnt", "cl_clients")                                      \
	LAYOUT(CLNT_TASKS, "sunrpc", "rpc_clnt", "cl_tasks")                                       \
	LAYOUT(CLNT_PROGRAM, "sunrpc", "rpc_clnt", "cl_program")                                   \
	LAYOUT(CLNT_VERSION, "sunrpc", "rpc_clnt", "cl_vers")                                      \
	LAYOUT(CLNT_XPRT, "sunrpc", "rpc_clnt", "cl_xprt")                                         \
	LAYOUT(XPRT_SERVER, "sunrpc", "rpc_xprt", "servername")                                    \
	LAYOUT(PROGRAM_NAME, "sunrpc", "rpc_program", "name")                                      \
	LAYOUT(RPC_LIST, "sunrpc", "rpc_task", "tk_task")                                          \
	LAYOUT(RPC_START, "sunrpc", "rpc_task", "tk_start")                                        \
	LAYOUT(RPC_PROC, "sunrpc", "rpc_task", "tk_msg.rpc_proc")                                  \
	LAYOUT(PROC_NAME, "sunrpc", "rpc_procinfo", "p_name")

/* Constants of enums: LAYOUT(name, enum, enumerator). */
#define LAYOUT_CONSTANTS(LAYOUT)                                                                   \
	LAYOUT(ZONE_FREE, "zone_stat_item", "NR_FREE_PAGES")                                       \
	LAYOUT(ZONE_MLOCK, "zone_stat_item", "NR_MLOCK")                                           \
	LAYOUT(NODE_ANON, "node_stat_item", "NR_ANON_MAPPED")                                      \
	LAYOUT(NODE_MAPPED, "node_stat_item", "NR_FILE_MAPPED")                                    \
	LAYOUT(NODE_FILE, "node_stat_item", "NR_FILE_PAGES")                                       \
	LAYOUT(NODE_DIRTY, "node_stat_item", "NR_FILE_DIRTY")                                      \
	LAYOUT(NODE_WRITEBACK, "node_stat_item", "NR_WRITEBACK")                                   \
	LAYOUT(NODE_SHMEM, "node_stat_item", "NR_SHMEM")                                           \
	LAYOUT(NODE_RECLAIMABLE, "node_stat_item", "NR_SLAB_RECLAIMABLE_B")                        \
	LAYOUT(NODE_UNRECLAIMABLE, "node_stat_item", "NR_SLAB_UNRECLAIMABLE_B")                    \
	LAYOUT(NODE_UNEVICTABLE, "node_stat_item", "NR_UNEVICTABLE")                               \
	LAYOUT(NODE_STACKS, "node_stat_item", "NR_KERNEL_STACK_KB")                                \
	LAYOUT(NODE_TABLES, "node_stat_item", "NR_PAGETABLE")                                      \
	LAYOUT(ZONE_TABLES, "zone_stat_item", "NR_PAGETABLE")                                      \
	LAYOUT(WMARK_MIN, "zone_watermarks", "WMARK_MIN")                                          \
	LAYOUT(WMARK_LOW, "zone_watermarks", "WMARK_LOW")                                          \
	LAYOUT(WMARK_HIGH, "zone_watermarks", "WMARK_HIGH")                                        \
	LAYOUT(STATS_LSTATS, "netdev_stat_type", "NETDEV_PCPU_STAT_LSTATS")                        \
	LAYOUT(STATS_TSTATS, "netdev_stat_type", "NETDEV_PCPU_STAT_TSTATS")                        \
	LAYOUT(STATS_DSTATS, "netdev_stat_type", "NETDEV_PCPU_STAT_DSTATS")

enum layout_field {
#define LAYOUT(name, object, path) L_##name,
	LAYOUT_FIELDS(LAYOUT)
#undef LAYOUT
#define LAYOUT(name, module, object, path) L_##name,
	    LAYOUT_MODULE_FIELDS(LAYOUT)
#undef LAYOUT
		L_COUNT
};

enum layout_constant {
#define LAYOUT(name, object, path) C_##name,
	LAYOUT_CONSTANTS(LAYOUT)
#undef LAYOUT
	    C_COUNT
};

struct layout_place {
	uint32_t offset; /* bytes from the beginning of the struct */
	uint32_t size; /* bytes of the whole field; 0: the field does not exist */
	uint8_t shift,
	    width; /* of a bitfield, in the integer of size bytes at offset; width 0: none */
	uint32_t object; /* bytes of the struct */
	uint32_t count, each; /* of an array: elements, and bytes of one */
};

struct layout {
	struct layout_place field[L_COUNT];
	int32_t constant[C_COUNT]; /* -1: it does not exist */
};

/* Adds the names of all structs, members, enums and enumerators. 0, or -1: no room. */
int layout_words(struct err *err, struct words *words);
/* Finds all places. Damage to one type costs the fields in it. */
void layout_find(struct btf *btf, const struct words *words, struct layout *layout);
/* The places of a module's structs, by its own BTF. */
void layout_find_module(
    struct btf *btf, const struct words *words, const char *module, struct layout *layout);
/* 1 if structs of that module have a place in the table. */
int layout_wants_module(const char *module);

#endif
