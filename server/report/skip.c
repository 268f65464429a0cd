/* SPDX-License-Identifier: MIT */
/* skip: the names of functions that are not to blame; see skip.h. A '*' at the end is any rest. */
#include "skip.h"

#include <string.h>

#include "line.h"

static const char *const reporting[] = {"dump_stack*", "__dump_stack*", "show_stack*", "show_regs*",
    "show_trace*", "dump_backtrace*", "unwind_backtrace*", "show_regs*", "dump_trace*", "die",
    "__die*", "die_addr", "oops_*", "panic", "vpanic", "nmi_panic*", "panic_*", "__warn*",
    "warn_slowpath*", "warn_bogus*", "report_bug*", "__report_bug*", "fixup_bug*", "handle_bug*",
    "is_valid_bugaddr", "bug_handler", "bug_brk_handler", "call_break_hook", "brk_handler",
    "report_cfi*", "print_address_description*", "print_report*", "kasan_*", "__kasan_*",
    "____kasan_*", "__asan_*", "check_memory_region*", "check_region_inline*", "__hwasan_*",
    "describe_object*", "describe_access*", "memory_is_poisoned*", "kfence_report*",
    "kfence_handle_page_fault", "__kfence_*", "kfence_*", "kmsan_*", "__msan_*", "kcsan_*",
    "__tsan_*", "__kcsan_*", "ubsan_*", "__ubsan_*", "val_to_string*", "handle_overflow*",
    "handle_object_size*", "type_mismatch*", "print_usage_bug*", "print_circular_bug*",
    "print_deadlock_bug*", "print_bad_irq_dependency*", "print_irq_inversion_bug*",
    "print_unlock_imbalance_bug*", "print_freed_lock_bug*", "print_lock*", "print_irq*",
    "print_held_locks_bug*", "valid_state*", "mark_lock*", "mark_held_locks*", "mark_usage*",
    "mark_irqflags*", "check_usage*", "check_irq_usage*", "check_noncircular*", "check_prev*",
    "check_deadlock*", "validate_chain*", "__lock_acquire*", "lock_acquire*", "lock_release*",
    "__lock_release*", "check_wait_context*", "lockdep_*", "__lockdep_*", "debug_check_no_locks_*",
    "debug_check_no_obj*", "__debug_check_no_obj*", "debug_show_*", "register_lock_class*",
    "assign_lock_key*", "look_up_lock_class*", "lock_is_held*", "lock_set_class*",
    "reacquire_held_locks*", "find_held_lock*", "match_held_lock*", "lock_downgrade*",
    "lock_contended*", "lock_acquired*", "__might_sleep*", "___might_sleep*", "__might_resched*",
    "might_sleep*", "__might_fault*", "might_fault*", "might_alloc*", "might_resched*",
    "__schedule_bug*", "check_preemption_disabled*", "debug_smp_processor_id*",
    "__this_cpu_preempt_check*", "spin_bug*", "spin_dump*", "do_raw_spin_*", "debug_spin_*",
    "rwlock_bug*", "debug_rwlock_*", "do_raw_read_*", "do_raw_write_*", "bad_page*",
    "free_page_is_bad*", "check_new_page*", "check_free_page*", "free_page_bad*", "print_bad_pte*",
    "print_bad_page_map*", "vm_normal_page*", "dump_page*", "__dump_page*", "debug_print_object*",
    "debug_object_*", "debug_objects_*", "lookup_object_or_alloc*", "__debug_object_*",
    "debug_hrtimer_*", "debug_timer_*", "debug_rcu_*", "rcu_lockdep_*", "rcu_sched_clock_irq*",
    "rcu_check_callbacks*", "rcu_pending*", "rcu_dump_cpu_stacks*", "print_cpu_stall*",
    "print_other_cpu_stall*", "check_cpu_stall*", "rcu_print_*", "__rcu_pending*",
    "nmi_cpu_backtrace*", "nmi_trigger_cpumask_backtrace*", "nmi_trigger_all_cpu_backtrace*",
    "arch_trigger_*", "trigger_*_backtrace*", "trigger_single_cpu_backtrace*", "sched_show_task*",
    "show_state_filter*", "dump_cpu_task*", "watchdog", "watchdog_timer_fn*",
    "watchdog_overflow_callback*", "watchdog_hardlockup_*", "is_softlockup*", "check_hung_*",
    "check_hung_uninterruptible_tasks*", "watchdog_check_*", "__stack_chk_fail*", "bad_range*",
    "slab_bug*", "slab_err*", "slab_fix*", "print_trailer*", "object_err*",
    "check_bytes_and_report*", "check_object*", "check_slab*", "check_pad_bytes*", "on_freelist*",
    "slab_pad_check*", "print_section*", "__slab_err*", "free_debug_processing*",
    "alloc_debug_processing*", "free_consistency_checks*", "free_to_partial_list*",
    "alloc_consistency_checks*", "list_slab_objects*", "free_partial*", "__kmem_cache_shutdown*",
    "shutdown_cache*", "kmem_cache_destroy*", "skb_panic", "skb_over_panic", "skb_under_panic",
    "skb_put", "skb_push", "usercopy_abort*", "__check_object_size*", "check_heap_object*",
    "__check_heap_object*", "check_stack_object*", "check_object_size*", "report_usercopy*",
    "check_bogus_address*", "check_page_span*", "check_kernel_text_object*", "no_context*",
    "bad_area*", "__bad_area*", "page_fault_oops*", "pgtable_bad*", "spurious_*",
    "fault_in_kernel_space*", "die_kernel_fault*", "__do_kernel_fault*",
    "do_kernel_address_page_fault*", "do_kern_addr_fault*", "__do_user_fault*", "do_page_fault*",
    "__do_page_fault*", "do_user_addr_fault*", "handle_page_fault*", "do_translation_fault*",
    "do_mem_abort*", "do_bad_area*", "do_alignment_fault*", "do_DataAbort*", "do_PrefetchAbort*",
    "do_undefinstr*", "exc_page_fault*", "exc_general_protection*", "do_general_protection*",
    "do_invalid_op*", "exc_invalid_op*", "exc_divide_error*", "do_divide_error*",
    "exc_double_fault*", "do_double_fault*", "exc_int3*", "do_int3*", "do_trap*", "do_error_trap*",
    "math_error*", "fixup_exception*", "ex_handler_*", "df_debug*", "handle_stack_overflow*",
    "handle_bad_stack*", "panic_bad_stack*", "arm64_notify_die*", "arm64_force_sig*",
    "arm64_serror_panic*", "do_serror*", "arm64_notify_segfault*", "do_trap_unknown*",
    "do_trap_error*", "do_trap_break*", "do_trap_insn*", "do_trap_load*", "do_undefined*",
    "bug_at*", "__bug*", "mce_panic*", "mce_*", "do_machine_check*", "exc_machine_check*",
    "machine_check*", "sysrq_handle_crash", "__handle_sysrq", "write_sysrq_trigger",
    "__list_add_valid*", "__list_del_entry_valid*", "refcount_warn_saturate*",
    "refcount_error_report*", "__stack_depot_*", "stack_depot_*", "stack_trace_*", "save_stack*",
    "set_track*", "instrument_*", "kmemleak_*", "create_object*", "panic_on_*", "out_of_memory",
    "oom_kill_process", "pagefault_out_of_memory", "dump_header", "bust_spinlocks*",
    "console_unlock*", "vprintk*", "printk", "_printk", "printk_*", "notify_die*",
    "atomic_notifier_call_chain*", "notifier_call_chain*", "kgdb_*", "trace_hardirqs_*",
    "suspicious_rcu*", "get_mcount*", "_sched_show_task*", "check_panic_on_warn*", "assfail*",
    "asfail*", "assertfail*", "btrfs_assertfail*", "__assert_fail*", "lbug_with_loc*",
    "libcfs_assertion*", "spl_panic*", "spl_dumpstack*", "usercopy_warn*", "do_tag_check_fault*",
    "do_tag_recovery*", "__bad_stack*", "do_debug_exception*", "do_sp_pc_abort*", "do_sea*",
    "do_undefinstr*", "hlock_class*", "__fortify_report*", "fortify_report*", "dev_printk*",
    "dev_vprintk*", "__dev_printk*", "_dev_info", "_dev_err", "_dev_warn", "_dev_notice",
    "_dev_printk*", "_dev_emerg", "_dev_crit", "_dev_alert", "netdev_printk*", "__netdev_printk*",
    "netdev_info", "netdev_err", "netdev_warn", "__x86_indirect_thunk*", "__x86_return_thunk*",
    "srso_*thunk*", "__sanitizer_cov*", "write_comp_data*", "check_kcov_mode*", "__fentry__",
    "arch_stack_walk*", "unwind_*", "__unwind_*", "walk_stackframe*", "___preempt_schedule*",
    "preempt_schedule_thunk*", "print_unreferenced*", "__printk_safe_*", "printk_safe_*",
    "hex_string", "ptr_to_id*", "trace_lock_*", "perf_trace_lock*", "watchdog_hardlockup*",
    "watchdog_nmi*", "wd_smp_*", "soft_nmi_interrupt*", "watchdog_smp_panic*", "_spl_*",
    "lockup_*detector*", "dump_skip*", "do_report_trap*"};

static const char *const entry[] = {"entry_SYSCALL*", "entry_INT80*", "entry_SYSENTER*",
    "do_syscall_*", "x64_sys_call*", "x32_sys_call*", "ia32_sys_call*", "do_int80*",
    "do_fast_syscall*", "__do_fast_syscall*", "do_SYSENTER*", "system_call*", "sysenter_*",
    "tracesys*", "syscall_call", "ia32_sysret", "ret_from_*", "ret_fast_syscall", "ret_to_user*",
    "__sys_trace*", "syscall_exit_*", "syscall_return_*", "exit_to_user_mode*",
    "prepare_exit_to_usermode*", "irqentry_exit*", "irqentry_*", "resume_userspace*", "retint_*",
    "int_ret_from*", "int_with_check", "invoke_syscall*", "__invoke_syscall*", "el0_svc*", "el0t_*",
    "el1t_*", "el1h_*", "el0_*", "el1_*", "do_el0_svc*", "vectors", "handle_syscall*",
    "handle_exception*", "do_trap_ecall*", "ret_from_exception*", "ret_from_syscall*",
    "check_syscall_*", "system_call_exception", "system_call_common", "system_call_vectored*",
    "syscall_trace*", "__do_syscall", "asm_exc_*", "asm_sysvec_*", "asm_common_*", "asm_*",
    "sysvec_*", "__sysvec_*", "exc_*", "common_interrupt*", "__common_interrupt*",
    "apic_timer_interrupt*", "smp_*apic*interrupt*", "smp_apic_timer_interrupt*",
    "smp_call_function_interrupt*", "reschedule_interrupt*", "call_function_*interrupt*",
    "smp_*_interrupt_entry*", "trace_apic_timer_interrupt*", "trace_*_interrupt",
    "irq_work_interrupt*", "smp_reschedule_interrupt*", "error_entry", "error_exit", "page_fault",
    "async_page_fault", "general_protection", "invalid_op", "divide_error", "double_fault",
    "xen_*trap*", "stack_segment", "int3", "debug", "nmi", "do_nmi*", "default_do_nmi*",
    "nmi_handle*", "end_repeat_nmi*", "nmi_restore", "first_nmi", "paranoid_*", "native_irq_*",
    "do_IRQ*", "handle_irq*", "handle_edge_irq*", "handle_fasteoi_irq*", "handle_level_irq*",
    "handle_simple_irq*", "handle_percpu_*", "handle_domain_irq*", "__handle_domain_irq*",
    "generic_handle_*", "__handle_irq_event*", "gic_handle_irq*", "do_interrupt_handler*",
    "call_on_irq_stack*", "call_on_stack*", "asm_call_*", "__irq_svc", "__irq_usr", "__dabt_svc",
    "__pabt_svc", "__und_svc", "__und_svc_finish", "arch_local_*", "replay_soft_interrupt*",
    "replay_interrupt*", "irq_exit*", "__irq_exit*", "invoke_softirq*", "do_softirq*",
    "__do_softirq*", "___do_softirq*", "handle_softirqs*", "run_ksoftirqd", "do_softirq_own_stack*",
    "softirq_*", "smpboot_thread_fn", "kthread", "kthreadd", "kernel_thread*",
    "kernel_thread_helper*", "worker_thread", "process_one_work", "process_scheduled_works",
    "rescuer_thread", "call_timer_fn", "__run_timers", "run_timer_softirq", "run_timer_base",
    "__run_timer_base", "expire_timers", "timer_expire_*", "__hrtimer_run_queues", "__run_hrtimer",
    "hrtimer_interrupt", "hrtimer_run_queues", "hrtimer_run_softirq", "local_apic_timer_interrupt*",
    "tick_*", "update_process_times", "__tick_*", "arch_timer_handler*", "tasklet_action*",
    "tasklet_hi_action*", "rcu_core*", "rcu_do_batch*", "rcu_process_callbacks*",
    "__rcu_process_callbacks*", "rcu_cpu_kthread*", "rcu_nocb_*", "cpuhp_*", "start_kernel",
    "x86_64_start_*", "secondary_startup*", "start_secondary", "secondary_start*", "__secondary_*",
    "rest_init", "arch_call_rest_init", "kernel_init", "kernel_init_freeable", "do_one_initcall",
    "do_initcalls", "do_initcall_level", "do_basic_setup", "__primary_switched", "__switch_to*",
    "__entry_text*", "stub_clone", "ptregscall_common", "entry_from_*", "handle_IPI*",
    "do_handle_IPI*", "ipi_*", "flush_smp_call_function_queue*", "__flush_smp_call_function_queue*",
    "generic_smp_call_function_*", "irq_work_run*", "irq_work_single*", "task_work_run*",
    "get_signal_to_deliver*", "do_notify_resume*", "exit_to_usermode_loop*", "work_pending",
    "task_work_*", "__put_task_struct_rcu*", "fred_*", "asm_fred*", "pvh_start*", "xen_evtchn_*",
    "__xen_evtchn_*", "riscv_intc_*", "do_irq", "interrupt_entry*", "hypercall_*", "handle_int",
    "plat_irq_*", "timer_interrupt*", "decrementer_common*", "hardware_interrupt_common*",
    "data_access_common*", "program_check_common*", "interrupt_return*", "do_program_check*",
    "__do_pgm_check*", "pgm_check_handler*", "do_io_irq*", "io_int_handler*", "ext_int_handler*",
    "do_ext_irq*", "io_return*", "trace_apic_timer_interrupt*", "smp_trace_*", "trace_*_interrupt",
    "i386_start_*", "smp_*_interrupt_entry*", "smp_*_interrupt", "smp_apic_timer_interrupt_entry*",
    "retint_kernel", "tracesys_phase*", "syscall_handler*", "do_trap_ecall*",
    "_new_vmalloc_restore*", "ret_from_kernel_thread*", ".system_call*", ".kthread"};

static const char *const allocator[] = {"kmalloc*", "__kmalloc*", "kzalloc*", "kcalloc*",
    "kmem_cache_*", "__kmem_cache_*", "kfree", "kfree_const", "kfree_sensitive", "kfree_rcu*",
    "kfree_bulk*", "kfree_link", "kvfree*", "kvmalloc*", "__kvmalloc*", "krealloc*",
    "__do_krealloc*", "ksize", "kmemdup*", "__ksize", "vmalloc*", "__vmalloc*", "vzalloc*",
    "vfree*", "__vfree*", "__vunmap*", "slab_*", "__slab_*", "___slab_*", "slub_*",
    "get_freepointer*", "set_freepointer*", "freelist_*", "new_slab*", "allocate_slab*",
    "alloc_slab_page*", "get_partial*", "get_any_partial*", "deactivate_slab*",
    "unfreeze_partials*", "put_cpu_partial*", "__unfreeze_*", "discard_slab*", "__free_slab*",
    "free_slab*", "memcg_slab*", "cache_alloc*", "cache_grow*", "cache_flusharray*", "cache_free*",
    "____cache_*", "___cache_*", "__cache_*", "do_slab_free*", "do_kmalloc*", "__do_kmalloc*",
    "do_kmem_cache*", "alloc_pages*", "__alloc_pages*", "__alloc_frozen_pages*", "alloc_frozen_*",
    "___alloc_pages*", "get_page_from_freelist*", "prep_new_page*", "post_alloc_hook*", "rmqueue*",
    "__rmqueue*", "free_pages*", "__free_pages*", "__free_page*", "free_pcp*",
    "free_pcppages_bulk*", "free_one_page*", "free_unref_*", "free_frozen_*", "__free_frozen_*",
    "free_page*", "free_hot_cold*", "__get_free_page*", "get_zeroed_page*", "release_pages*",
    "page_frag_*", "__page_frag*", "alloc_page_*", "__page_cache_alloc*", "___kmalloc*",
    "qlist_free*", "quarantine_*", "mempool_alloc*", "mempool_free*", "mempool_kmalloc*",
    "kasan_quarantine*", "devm_kmalloc*", "devm_kzalloc*", "__folio_alloc*", "folio_alloc*",
    "vma_alloc_folio*", "stackdepot_*", "pcpu_alloc*", "__alloc_percpu*", "free_percpu*",
    "rmqueue_*", "build_detached_freelist", "kmalloc_array*", "kstrdup*", "kstrndup*",
    "__alloc_contig*", "alloc_slab*", "allocate_*slab*", "sock_kmalloc*", "sock_kzalloc*",
    "sock_wmalloc*", "sock_omalloc*", "sock_alloc_send_*", "sk_prot_alloc*", "sk_alloc*",
    "__alloc_skb*", "alloc_skb*", "__netdev_alloc_skb*", "netdev_alloc_skb*", "__napi_alloc_skb*",
    "napi_alloc_skb*", "kmalloc_reserve*", "__build_skb*", "build_skb*", "skb_clone*", "skb_copy*",
    "pskb_copy*", "alloc_inode", "alloc_file*", "alloc_empty_file*", "dma_alloc_*", "__dma_alloc*",
    "dma_direct_alloc*", "dma_pool_alloc*", "usb_alloc_urb*", "usb_alloc_coherent*",
    "alloc_netdev*", "alloc_etherdev*", "devm_*alloc*", "alloc_workqueue*", "__list_lru_init*",
    "list_lru_*", "inode_init_always*", "alloc_percpu*", "vmemdup*", "kvzalloc*", "kvcalloc*",
    "sget_userns*", "alloc_slab*", "mempool_*", "free_large_kmalloc*", "free_pages_and_swap*",
    "__put_page*", "put_page*", "folio_put*", "__folio_put*", "folios_put*", "release_pages*",
    "prep_compound*", "free_tail_page*", "lru_add_drain*"};

static const char *const lock[] = {"_raw_spin_*", "__raw_spin_*", "_raw_read_*", "__raw_read_*",
    "_raw_write_*", "__raw_write_*", "_spin_*", "_read_*lock*", "_write_*lock*", "spin_lock*",
    "spin_unlock*", "spin_trylock*", "raw_spin_*", "arch_spin_*", "arch_read_*", "arch_write_*",
    "queued_spin_*", "queued_read_*", "queued_write_*", "native_queued_*", "__pv_queued_*",
    "pv_queued_*", "pv_wait*", "kvm_wait*", "virt_spin_*", "__ticket_*", "ticket_spin_*",
    "do_raw_spin_*", "mutex_lock*", "__mutex_lock*", "__mutex_*", "mutex_unlock*", "mutex_trylock*",
    "mutex_spin_*", "mutex_optimistic_*", "ww_mutex_*", "__ww_mutex_*", "rt_mutex_*",
    "__rt_mutex_*", "rt_spin_*", "rtlock_*", "down", "down_*", "__down*", "up", "__up", "up_read*",
    "up_write*", "__up_read*", "__up_write*", "rwsem_*", "__rwsem_*", "call_rwsem_*", "osq_lock*",
    "osq_*", "percpu_down_*", "percpu_up_*", "__percpu_down_*", "__percpu_*_rwsem*",
    "percpu_rwsem_*", "seqlock_*", "read_seq*", "write_seq*", "do_write_seq*", "__seqprop*",
    "lock_page*", "__lock_page*", "folio_lock*", "__folio_lock*", "lock_buffer*", "__lock_buffer*",
    "lock_sock*", "__lock_sock*", "lock_sock_nested*", "rcu_read_lock*", "rcu_read_unlock*",
    "rcu_lock_*", "srcu_*lock*", "__srcu_*", "__rcu_read_*", "rcu_note_context_switch*",
    "refcount_*", "__refcount_*", "kref_*", "atomic_read*", "atomic_set*", "atomic_inc*",
    "atomic_dec*", "atomic_add*", "atomic_sub*", "atomic_fetch_*", "atomic_cmpxchg*",
    "atomic_xchg*", "atomic_try_*", "atomic_long_*", "atomic_or*", "atomic_and*", "atomic64_*",
    "arch_atomic*", "raw_atomic*", "__atomic_*", "bit_spin_*", "preempt_count_*", "__preempt_*",
    "preempt_schedule*", "test_and_*", "arch_test_*", "test_bit*", "_test_*", "set_bit*",
    "clear_bit*", "cmpxchg*", "__cmpxchg*", "lockref_get*", "lockref_put*", "lockref_*",
    "local_lock*", "ldsem_*", "__ldsem_*", "tty_ldisc_lock*", "tty_ldisc_ref_wait", "tty_lock*",
    "tty_unlock*", "console_lock", "console_trylock*", "_atomic_dec_and_*", "release_sock*",
    "sock_release_owner*", "mutex_remove_waiter*", "rt_mutex*", "task_blocks_on_rt_mutex*",
    "raw_spin_rq_*", "task_rq_lock*", "__task_rq_lock*", "rq_lock*", "lock_timer_base*",
    "lock_hrtimer_base*", "lock_task_sighand*", "__lock_task_sighand*", "folio_unlock*",
    "unlock_page*", "end_page_writeback*", "folio_end_writeback*", "page_lock_*", "unlock_buffer*",
    "lock_two_*", "rtnl_lock*", "rtnl_lock_killable*", "device_lock*", "i_mmap_lock*", "wake_q_*",
    "jbd2_lock*", "_compound_head*", "__local_bh_*", "local_bh_*"};

static const char *const copy[] = {"memcpy*", "__memcpy*", "memset*", "__memset*", "memmove*",
    "__memmove*", "memcmp*", "__memcmp*", "memchr*", "memscan*", "bcmp", "__pi_memcpy*",
    "__pi_memset*", "__pi_memmove*", "__pi_memcmp*", "__pi_str*", "__pi_clear_page*", "strlen*",
    "strnlen*", "strcmp*", "strncmp*", "strcasecmp*", "strncasecmp*", "strcpy*", "strncpy*",
    "strlcpy*", "strscpy*", "sized_strscpy*", "strcat*", "strncat*", "strlcat*", "strchr*",
    "strrchr*", "strnchr*", "strstr*", "strnstr*", "strsep*", "strim*", "strspn*", "strcspn*",
    "strpbrk*", "skip_spaces*", "fortify_panic*", "__fortify_*", "__fortify_panic*", "copy_user_*",
    "__copy_user*", "copy_from_user*", "copy_to_user*", "_copy_from_user*", "_copy_to_user*",
    "__copy_from_user*", "__copy_to_user*", "raw_copy_*", "__arch_copy_*", "arch_copy_*",
    "copy_to_iter*", "_copy_to_iter*", "copy_from_iter*", "_copy_from_iter*", "__copy_to_iter*",
    "__copy_from_iter*", "copyin", "copyout", "copyin_*", "copyout_*", "copy_page_to_iter*",
    "copy_page_from_iter*", "csum_partial*", "csum_and_copy_*", "__get_user_1", "__get_user_2",
    "__get_user_4", "__get_user_8", "__get_user_nocheck*", "__get_user_asm*", "__put_user*",
    "clear_user*", "__clear_user*", "rep_movs*", "rep_stos*", "clear_page", "clear_page_erms",
    "clear_page_rep", "clear_page_orig", "copy_page", "copy_page_regs", "string", "string_nocheck",
    "vsnprintf", "snprintf", "scnprintf", "vscnprintf", "sprintf", "vsprintf", "pointer", "number",
    "format_decode*", "bin2hex", "print_hex_dump*", "hex_dump_to_buffer", "kasprintf",
    "kvasprintf*", "list_add*", "__list_add*", "list_del*", "__list_del*", "list_move*",
    "list_empty*", "list_splice*", "hlist_add_*", "hlist_del*", "__hlist_del*", "hlist_*",
    "rb_insert_*", "rb_erase*", "rb_next", "rb_prev", "rb_first*", "__rb_*", "llist_*", "plist_*",
    "debug_list_*", "find_next_*bit*", "_find_next*", "_find_first*", "find_first_*bit*",
    "__bitmap_*", "bitmap_set", "bitmap_clear", "bitmap_find_*", "bitmap_weight*", "bitmap_copy*",
    "bitmap_zero*", "bitmap_parse*", "__sw_hweight*", "hweight*", "iterate_*iov*", "iterate_bvec*",
    "iterate_and_advance*", "instrumented_*", "__read_once*", "__write_once*", "__read_once_size*",
    "__write_once_size*", "read_word_at_a_time*", "probe_kernel_*", "copy_from_kernel_*",
    "strncpy_from_*", "do_strncpy_from_*", "get_unaligned*", "put_unaligned*", "__get_unaligned*",
    "__put_unaligned*", "__swab*", "memdup_user*", "vmemdup_user*", "__read_overflow*",
    "__write_overflow*", "crc16*", "crc32*", "crc64*", "__crc*", "crct10dif*", "va_format*",
    "widen_string*", "check_pointer*", "hex2bin*", "hex_to_bin*", "kstrto*", "_kstrto*",
    "simple_strto*", "seq_printf*", "seq_puts*", "seq_write*", "seq_vprintf*", "kobject_set_name*",
    "strreplace*", "csum_*", "jhash*", "siphash*", "xxh*", "aes_*", "aesti_*", "aesni_*", "sha1_*",
    "sha256_*", "sha512_*", "md5_*", "crypto_cipher_*", "cipher_crypt_*", "crypto_ecb_*",
    "crypto_skcipher_*", "crypto_shash_*", "crypto_ahash_*", "shash_*", "skcipher_*", "xts_*",
    "crypto_xor*", "__crypto_xor*", "drbg_*", "crypto_rng_*", "rng_setkey", "chacha*", "poly1305*",
    "__phys_addr*", "__virt_addr_valid*", "__virt_to_phys*", "find_next_bit*", "find_first_bit*",
    "nla_memcpy*", "nla_strscpy*", "memcpy_and_pad*", "copy_folio_*", "list_sort*", "sort*",
    "bsearch*", "lz4_*", "LZ4_*", "zlib_*", "ZSTD_*", "lzo1x_*"};

static const char *const wait[] = {"schedule", "__schedule", "schedule_timeout*",
    "schedule_preempt*", "schedule_hrtimeout*", "schedule_rtlock*", "schedule_idle",
    "__schedule_loop*", "context_switch*", "io_schedule*", "io_wait_*", "yield", "__cond_resched*",
    "_cond_resched", "cond_resched*", "__wait_for_common*", "wait_for_common*",
    "do_wait_for_common*", "wait_for_completion*", "wait_on_bit*", "__wait_on_bit*",
    "out_of_line_wait_on_*", "bit_wait*", "wait_on_page*", "__wait_on_page*", "wait_on_buffer*",
    "__wait_on_buffer*", "folio_wait_*", "__folio_wait_*", "wait_on_*page*", "wait_event*",
    "__wait_event*", "do_wait_intr*", "prepare_to_wait*", "wait_woken*", "usleep_*", "msleep*",
    "swait_*", "synchronize_rcu*", "synchronize_srcu*", "__synchronize_srcu*", "synchronize_sched*",
    "synchronize_net*", "__wait_rcu_gp*", "wait_rcu_gp*", "rcu_barrier*", "_synchronize_rcu*",
    "synchronize_*", "rcu_sync_*", "flush_work*", "__flush_work*", "flush_workqueue*",
    "__flush_workqueue*", "drain_workqueue*", "cancel_work_sync*", "cancel_delayed_work_sync*",
    "__cancel_work*", "flush_delayed_work*", "kthread_stop*", "kthread_park*", "sleep_on_*",
    "interruptible_sleep_*", "finish_wait*", "wake_up*", "__wake_up*", "autoremove_*", "freezer*",
    "__refrigerator*", "do_nanosleep", "hrtimer_nanosleep*", "hrtimer_sleep*", "sleep_on_page*",
    "sleep_on_buffer*", "wait_for_stable*", "cv_wait*", "__cv_wait*", "cv_timedwait*",
    "__cv_timedwait*", "taskq_wait*", "usb_start_wait_urb*", "usb_control_msg*", "usb_bulk_msg*",
    "usb_interrupt_msg*", "wait_for_device_probe*", "finish_task_switch*", "put_task_stack*",
    "free_thread_stack*", "kthread_flush*", "flush_delayed*", "rcu_expedited*", "do_exit_wait*"};

/* Objects that all of the kernel uses: what is wrong is the object that the caller gave. */
static const char *const helper[] = {"kobject_*", "__kobject_*", "kset_*", "sysfs_*", "__sysfs_*",
    "internal_create_group*", "device_add*", "device_del*", "device_unregister*",
    "device_register*", "device_initialize*", "device_remove_*", "device_create*",
    "device_destroy*", "get_device*", "put_device*", "device_release*", "dev_set_name*",
    "bus_add_device*", "bus_remove_device*", "dpm_sysfs_*", "cdev_add*", "klist_*",
    "driver_sysfs_*", "i2c_del_adapter*", "i2c_add_adapter*", "queue_work*", "__queue_work*",
    "queue_delayed_work*", "__queue_delayed_work*", "mod_delayed_work*", "schedule_work*",
    "schedule_delayed_work*", "insert_work*", "work_is_static_object*", "destroy_workqueue*",
    "kthread_queue_work*", "kthread_*_work*", "complete", "complete_all", "complete_on_*",
    "complete_with_*", "swake_up*", "try_to_wake_up*", "wake_up_process*", "ttwu_*", "kill_fasync*",
    "fasync_helper*", "__wake_up_*", "mod_timer*", "__mod_timer*", "add_timer*", "del_timer*",
    "timer_delete*", "__timer_delete*", "try_to_del_timer*", "__try_to_del_timer*",
    "timer_shutdown*", "internal_add_timer*", "init_timer_key*", "do_init_timer*", "sk_stop_timer*",
    "sk_reset_timer*", "hrtimer_start*", "hrtimer_cancel*", "hrtimer_try_to_cancel*",
    "enqueue_hrtimer*", "__remove_hrtimer*", "remove_hrtimer*", "hrtimer_init*", "tasklet_*",
    "__tasklet_*", "ida_*", "idr_*", "__idr_*", "xa_*", "__xa_*", "xas_*", "radix_tree_*",
    "__radix_tree_*", "rhashtable_*", "__rhashtable_*", "rht_*", "rhltable_*", "assoc_array_*",
    "mas_*", "mtree_*", "percpu_counter_*", "__percpu_counter_*", "percpu_ref_*", "__percpu_ref_*",
    "ref_tracker_*", "kfifo_*", "__kfifo_*", "mempool_exit*", "bitmap_*", "cleanup_srcu_struct*",
    "init_srcu_struct*", "call_rcu*", "__call_rcu*", "call_srcu*", "kvfree_call_rcu*",
    "kfree_call_rcu*", "skb_pull*", "__skb_pull*", "skb_push*", "skb_put*", "skb_trim*",
    "__skb_trim*", "skb_unlink*", "__skb_unlink*", "skb_queue_*", "__skb_queue*", "skb_dequeue*",
    "__skb_dequeue*", "skb_release_*", "skb_free_head*", "sk_skb_reason_drop*", "kfree_skb*",
    "__kfree_skb*", "consume_skb*", "kfree_skbmem*", "dev_kfree_skb*", "__dev_kfree_skb*",
    "skb_expand_head*", "pskb_expand_head*", "__pskb_pull*", "pskb_may_pull*", "sk_destruct*",
    "__sk_destruct*", "sk_free*", "__sk_free*", "sock_put*", "dst_release*", "sock_wfree*",
    "sock_rfree*", "usb_submit_urb*", "usb_hcd_submit_urb*", "usb_kill_urb*",
    "usb_kill_anchored_urbs*", "usb_unlink_urb*", "usb_poison_*", "usb_free_urb*", "usb_unanchor_*",
    "usb_anchor_urb*", "usb_get_from_anchor*", "usb_free_coherent*", "proc_register*",
    "proc_create*", "proc_mkdir*", "__proc_create*", "remove_proc_*", "proc_remove*",
    "debugfs_remove*", "register_sysctl*", "__register_sysctl*", "unregister_sysctl*",
    "drop_sysctl_table*", "tracepoint_probe_*", "rollback_registered*", "unregister_netdev*",
    "unregister_netdevice*", "register_netdev", "register_netdevice*", "notifier_call_chain*",
    "raw_notifier_call_chain*", "blocking_notifier_*", "__blocking_notifier_*", "srcu_notifier_*",
    "module_put*", "try_module_get*", "__module_get*", "iput*", "igrab*", "dput*", "fast_dput*",
    "put_pid*", "put_task_struct*", "__put_task_struct*", "put_cred*", "__put_cred*", "fput_*",
    "free_percpu_irq*", "free_irq*", "__free_irq*", "request_threaded_irq*"};

static const char *const dispatch[] = {"sys_read", "sys_write", "sys_readv", "sys_writev",
    "sys_pread64", "sys_pwrite64", "sys_preadv*", "sys_pwritev*", "sys_ioctl", "sys_fcntl*",
    "ksys_read", "ksys_write", "ksys_pread*", "ksys_pwrite*", "vfs_read", "vfs_write", "vfs_readv",
    "vfs_writev", "vfs_iter_*", "vfs_ioctl", "__vfs_read", "__vfs_write", "do_vfs_ioctl",
    "vfs_open", "do_iter_*", "do_sync_read", "do_sync_write", "new_sync_*", "call_read_iter",
    "call_write_iter", "do_readv*", "do_writev*", "do_preadv*", "do_pwritev*", "*_compat_ioctl",
    "compat_*ioctl*", "sock_common_setsockopt", "sock_common_getsockopt", "compat_sock_common_*",
    "__sys_setsockopt", "do_sock_setsockopt", "__sys_getsockopt", "do_sock_getsockopt",
    "sys_socketcall", "sock_sendmsg*", "__sock_sendmsg*", "sock_recvmsg*", "sock_ioctl",
    "sock_do_ioctl*", "sock_read_iter", "sock_write_iter", "sock_close", "__sock_release",
    "sock_release", "inet_release", "inet6_release", "inet_sendmsg", "inet6_sendmsg",
    "inet_recvmsg", "inet6_recvmsg", "security_socket_*", "__fput", "____fput", "fput", "fput_many",
    "do_exit", "do_group_exit", "get_signal", "do_dentry_open", "do_open", "do_last", "path_openat",
    "do_filp_open", "do_file*_open*", "netlink_dump", "netlink_rcv_skb", "netlink_unicast",
    "netlink_unicast_kernel*", "netlink_sendmsg", "netlink_dump_*", "__netlink_dump_start*",
    "rtnetlink_rcv*", "nfnetlink_rcv*", "genl_rcv*", "genl_family_rcv*", "genl_lock_dumpit*",
    "genl_dumpit*", "genl_start*", "net_rx_action", "napi_poll", "__napi_poll*", "process_backlog",
    "net_tx_action", "netif_receive_skb*", "__netif_receive_skb*", "deliver_skb*", "netif_rx*",
    "napi_gro_*", "gro_normal_*", "dev_gro_receive*", "__do_fault", "do_fault*", "do_read_fault*",
    "do_cow_fault*", "do_shared_fault*", "handle_mm_fault", "__handle_mm_fault", "handle_pte_fault",
    "do_anonymous_page*", "faultin_page*", "__get_user_pages*", "mmap_region", "__mmap_region*",
    "call_mmap*", "do_mmap*", "vm_mmap_pgoff", "mount_fs", "vfs_get_tree", "vfs_kern_mount*",
    "get_tree_*", "mount_bdev", "mount_nodev", "mount_single", "do_new_mount*",
    "delayed_work_timer_fn", "blk_done_softirq", "run_rebalance_domains", "hrtimer_*", "csd_*",
    "do_splice*", "splice_direct_*", "do_init_module", "load_module", "smp_call_function*",
    "on_each_cpu*"};

static const char *const idle[] = {"default_idle*", "native_safe_halt", "native_halt",
    "pv_native_safe_halt", "arch_cpu_idle", "cpu_startup_entry", "do_idle", "cpu_idle*",
    "call_cpuidle*", "cpuidle_*", "mwait_idle*", "intel_idle*", "acpi_idle_*", "acpi_safe_halt",
    "acpi_processor_ffh*", "native_apic_*idle", "rcu_gp_kthread", "rcu_gp_fqs_loop", "rcu_exp_*",
    "default_enter_idle", "cpu_do_idle", "wait_for_interrupt", "poll_idle", "psci_*idle*",
    "xen_safe_halt", "haltpoll_*", "tick_nohz_idle*"};

#define GROUP(list, why)                                                                           \
	{                                                                                          \
		list, sizeof(list) / sizeof((list)[0]), why                                        \
	}

static const struct {
	const char *const *names;
	size_t count;
	enum report_skip why;
} groups[] = {GROUP(reporting, SKIP_REPORTING), GROUP(entry, SKIP_ENTRY),
    GROUP(allocator, SKIP_ALLOCATOR), GROUP(lock, SKIP_LOCK), GROUP(copy, SKIP_COPY),
    GROUP(wait, SKIP_WAIT), GROUP(helper, SKIP_HELPER), GROUP(dispatch, SKIP_DISPATCH),
    GROUP(idle, SKIP_IDLE)};

static int is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(names[i]);

		if (strchr(names[i], '*') != names[i] + n - 1 && strchr(names[i], '*')) {
			if (report_glob(names[i], name, strlen(name)))
				return 1;
			continue;
		}
		if (names[i][n - 1] == '*' ? strncmp(name, names[i], n - 1) == 0
					   : strcmp(name, names[i]) == 0)
			return 1;
	}
	return 0;
}

/* Rust's way to BUG(): rust/helpers/bug.c, the panic handler, core's own panics; names are mangled. */
static int is_rust_panic(const char *name)
{
	static const char *const parts[] = {"rust_begin_unwind", "4core9panicking",
	    "13unwrap_failed", "13expect_failed", "rust_helper_BUG"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]))
			return 1;
	return 0;
}

enum report_skip report_skip_why(const char *name)
{
	if (is_rust_panic(name))
		return SKIP_REPORTING;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (is_listed(groups[i].names, groups[i].count, name))
			return groups[i].why;
	return SKIP_NOT;
}

int report_skip_is_interrupt(const char *name)
{
	static const char *const ways[] = {"asm_sysvec_*", "asm_common_interrupt*", "asm_exc_nmi*",
	    "asm_exc_*", "apic_timer_interrupt*", "common_interrupt*", "call_function_*interrupt*",
	    "smp_*_interrupt_entry*", "trace_*_interrupt", "smp_*_interrupt_entry*",
	    "trace_*_interrupt", "reschedule_interrupt*", "irq_work_interrupt*", "ret_from_intr*",
	    "end_repeat_nmi*", "nmi", "el1_irq*", "el1h_64_irq", "el1_interrupt*", "__irq_svc",
	    "ret_from_exception*", "handle_exception*", "xen_hvm_callback_vector*",
	    "xen_do_hypervisor_callback*", "decrementer_common*", "hardware_interrupt_common*",
	    "interrupt_entry*", "replay_soft_interrupt*"};

	return is_listed(ways, sizeof(ways) / sizeof(ways[0]), name);
}

int report_skip_is_grace_period(const char *name)
{
	static const char *const waits[] = {"synchronize_rcu*", "synchronize_sched*",
	    "__synchronize_srcu*", "synchronize_srcu*", "rcu_barrier*", "_rcu_barrier*",
	    "rtnl_lock*"};

	return is_listed(waits, sizeof(waits) / sizeof(waits[0]), name);
}

int report_skip_is_cross_call(const char *name)
{
	static const char *const calls[] = {"smp_call_function*"};

	return is_listed(calls, sizeof(calls) / sizeof(calls[0]), name) &&
	       strncmp(name, "smp_call_function_interrupt", 27) != 0;
}
