/* SPDX-License-Identifier: MIT */
/*
 * skip: the names of functions that are not to blame; see reader.h. Words are separated by blanks; '*' is
 * any run. A word without leading underscores is also the name with them: foo, _foo, __foo.
 */
#include "reader.h"

#include <string.h>

static const char reporting[] =
    "alloc_consistency_checks* alloc_debug_processing* arch_stack_walk* arch_trigger_* "
    "arm64_force_sig* arm64_notify_die* arm64_notify_segfault* arm64_serror_panic* __asan_* "
    "asfail* __assert_fail* assertfail* assfail* assign_lock_key* atomic_notifier_call_chain* "
    "bad_area* bad_page* bad_range* __bad_stack* brk_handler btrfs_assertfail* __bug* bug_at* "
    "bug_brk_handler bug_handler bust_spinlocks* call_break_hook check_bogus_address* "
    "check_bytes_and_report* check_cpu_stall* check_deadlock* check_flags check_free_page* "
    "check_heap_object* check_hung_* check_irq_usage* check_kcov_mode* check_kernel_text_object* "
    "check_memory_region* check_new_page* check_noncircular* check_object* check_pad_bytes* "
    "check_page_span* check_panic_on_warn* check_preemption_disabled* check_prev* "
    "check_region_inline* check_slab* check_stack_object* check_usage* check_wait_context* "
    "console_unlock* create_object* debug_check_no_locks_* debug_check_no_obj* debug_hrtimer_* "
    "debug_object_* debug_objects_* debug_print_object* debug_rcu_* debug_rwlock_* debug_show_* "
    "debug_smp_processor_id* debug_spin_* debug_timer_* describe_access* describe_object* "
    "_dev_alert _dev_crit _dev_emerg _dev_err _dev_info _dev_notice dev_printk* dev_vprintk* "
    "_dev_warn df_debug* die __die* die_addr die_kernel_fault* do_alignment_fault* do_bad_area* "
    "do_DataAbort* do_debug_exception* do_divide_error* do_double_fault* do_error_trap* "
    "do_general_protection* do_int3* do_invalid_op* do_kern_addr_fault* "
    "do_kernel_address_page_fault* __do_kernel_fault* do_machine_check* do_mem_abort* "
    "do_page_fault* do_PrefetchAbort* do_raw_read_* do_raw_spin_* do_raw_write_* do_report_trap* "
    "do_sea* do_serror* do_sp_pc_abort* do_tag_check_fault* do_tag_recovery* "
    "do_translation_fault* do_trap* do_undefined* do_undefinstr* do_user_addr_fault* "
    "__do_user_fault* dump_backtrace* dump_cpu_task* dump_header dump_page* dump_skip* "
    "dump_stack* dump_trace* ex_handler_* exc_divide_error* exc_double_fault* "
    "exc_general_protection* exc_int3* exc_invalid_op* exc_machine_check* exc_page_fault* "
    "fault_in_kernel_space* __fentry__ find_held_lock* fixup_bug* fixup_exception* "
    "fortify_report* free_consistency_checks* free_debug_processing* free_page_bad* "
    "free_page_is_bad* free_partial* free_to_partial_list* get_mcount* handle_bad_stack* "
    "handle_bug* handle_object_size* handle_overflow* handle_page_fault* handle_stack_overflow* "
    "__handle_sysrq hex_string hlock_class* __hwasan_* instrument_* is_softlockup* "
    "is_valid_bugaddr kasan_* kcsan_* kfence_* kgdb_* kmem_cache_destroy* __kmem_cache_shutdown* "
    "kmemleak_* kmsan_* lbug_with_loc* libcfs_assertion* __list_add_valid* "
    "__list_del_entry_valid* list_slab_objects* lock_acquire* lock_contended* lock_downgrade* "
    "lock_is_held* lock_release* lock_set_class* lockdep_* lockup_*detector* look_up_lock_class* "
    "lookup_object_or_alloc* machine_check* mark_held_locks* mark_irqflags* mark_lock* "
    "mark_usage* match_held_lock* math_error* mce_* memory_is_poisoned* might_alloc* might_fault* "
    "might_resched* might_sleep* __msan_* netdev_err netdev_info netdev_printk* netdev_warn "
    "nmi_cpu_backtrace* nmi_panic* nmi_trigger_all_cpu_backtrace* nmi_trigger_cpumask_backtrace* "
    "no_context* notifier_call_chain* notify_die* object_err* on_freelist* oom_kill_process "
    "oops_* out_of_memory page_fault_oops* pagefault_out_of_memory panic panic_* perf_trace_lock* "
    "pgtable_bad* ___preempt_schedule* preempt_schedule_thunk* print_address_description* "
    "print_bad_irq_dependency* print_bad_page_map* print_bad_pte* print_circular_bug* "
    "print_cpu_stall* print_deadlock_bug* print_freed_lock_bug* print_held_locks_bug* print_irq* "
    "print_lock* print_other_cpu_stall* print_report* print_section* print_trailer* "
    "print_unlock_imbalance_bug* print_unreferenced* print_usage_bug* printk printk_* ptr_to_id* "
    "rcu_check_callbacks* rcu_dump_cpu_stacks* rcu_lockdep_* rcu_pending* rcu_print_* "
    "rcu_sched_clock_irq* reacquire_held_locks* refcount_error_report* refcount_warn_saturate* "
    "register_lock_class* report_bug* report_cfi* report_usercopy* rwlock_bug* __sanitizer_cov* "
    "save_stack* sched_show_task* __schedule_bug* set_track* show_regs* show_stack* "
    "show_state_filter* show_trace* shutdown_cache* skb_over_panic skb_panic skb_push skb_put "
    "skb_under_panic slab_bug* slab_err* slab_fix* slab_pad_check* soft_nmi_interrupt* spin_bug* "
    "spin_dump* _spl_* spl_dumpstack* spl_panic* spurious_* srso_*thunk* __stack_chk_fail* "
    "stack_depot_* stack_trace_* suspicious_rcu* sysrq_handle_crash __this_cpu_preempt_check* "
    "trace_hardirqs_* trace_lock_* trigger_*_backtrace* __tsan_* type_mismatch* ubsan_* unwind_* "
    "usercopy_abort* usercopy_warn* val_to_string* valid_state* validate_chain* vcmn_err* "
    "vm_normal_page* vpanic vprintk* walk_stackframe* __warn* warn_bogus* warn_slowpath* watchdog "
    "watchdog_check_* watchdog_hardlockup* watchdog_nmi* watchdog_overflow_callback* "
    "watchdog_smp_panic* watchdog_timer_fn* wd_smp_* write_comp_data* write_sysrq_trigger "
    "__x86_indirect_thunk* __x86_return_thunk* zfs_panic_recover*";

/* _stext, efi_header_end, *_text_start: the first symbol of a section, in place of __do_softirq or an entry. */
static const char entry[] =
    ".kthread .system_call* apic_timer_interrupt* arch_call_rest_init arch_local_* "
    "arch_timer_handler* asm_* async_page_fault call_function_*interrupt* call_on_irq_stack* "
    "call_on_stack* call_timer_fn check_syscall_* common_interrupt* cpuhp_* __dabt_svc "
    "data_access_common* debug decrementer_common* default_do_nmi* divide_error do_basic_setup "
    "do_el0_svc* do_ext_irq* do_fast_syscall* do_handle_IPI* do_initcall_level do_initcalls "
    "do_int80* do_interrupt_handler* do_io_irq* do_irq do_IRQ* do_nmi* do_notify_resume* "
    "do_one_initcall __do_pgm_check* do_program_check* do_softirq* __do_syscall do_syscall_* "
    "do_SYSENTER* double_fault efi_header_end el0_* el0t_* el1_* el1h_* el1t_* end_repeat_nmi* "
    "entry_from_* entry_INT80* entry_SYSCALL* entry_SYSENTER* __entry_text* error_entry "
    "error_exit exc_* __exception_text* exit_to_user_mode* exit_to_usermode_loop* expire_timers "
    "ext_int_handler* first_nmi flush_smp_call_function_queue* fred_* general_protection "
    "generic_handle_* generic_smp_call_function_* get_signal_to_deliver* gic_handle_irq* "
    "handle_domain_irq* handle_edge_irq* handle_exception* handle_fasteoi_irq* handle_int "
    "handle_IPI* handle_irq* handle_level_irq* handle_percpu_* handle_simple_irq* "
    "handle_softirqs* handle_syscall* hardware_interrupt_common* hrtimer_interrupt "
    "hrtimer_run_queues hrtimer_run_softirq hypercall_* i386_start_* ia32_sys_call* ia32_sysret "
    "int3 int_ret_from* int_with_check interrupt_entry* interrupt_return* invalid_op "
    "invoke_softirq* invoke_syscall* io_int_handler* io_return* ipi_* irq_exit* __irq_svc "
    "__irq_usr irq_work_interrupt* irq_work_run* irq_work_single* irqentry_* __irqentry_text* "
    "kernel_init kernel_init_freeable kernel_thread* kthread kthreadd local_apic_timer_interrupt* "
    "native_irq_* _new_vmalloc_restore* nmi nmi_handle* nmi_restore __pabt_svc page_fault "
    "paranoid_* pgm_check_handler* plat_irq_* prepare_exit_to_usermode* __primary_switched "
    "process_one_work process_scheduled_works program_check_common* ptregscall_common "
    "__put_task_struct_rcu* pvh_start* rcu_core* rcu_cpu_kthread* rcu_do_batch* rcu_nocb_* "
    "rcu_process_callbacks* replay_interrupt* replay_soft_interrupt* reschedule_interrupt* "
    "rescuer_thread rest_init resume_userspace* ret_fast_syscall ret_from_* ret_to_user* retint_* "
    "riscv_intc_* __run_hrtimer run_ksoftirqd run_timer_base run_timer_softirq __run_timers "
    "__secondary_* secondary_start* smp_*_interrupt smp_*_interrupt_entry* smp_*apic*interrupt* "
    "smp_call_function_interrupt* smp_reschedule_interrupt* smp_trace_* smpboot_thread_fn "
    "softirq_* __softirqentry_text* stack_segment start_kernel start_secondary _stext stub_clone "
    "__switch_to* __sys_trace* syscall_call syscall_exit_* syscall_handler* syscall_return_* "
    "syscall_trace* sysenter_* system_call* sysvec_* task_work_* tasklet_action* "
    "tasklet_hi_action* tick_* timer_expire_* timer_interrupt* trace_*_interrupt "
    "trace_apic_timer_interrupt* tracesys* __und_svc __und_svc_finish update_process_times "
    "vectors work_pending worker_thread x32_sys_call* x64_sys_call* x86_64_start_* xen_*trap* "
    "xen_evtchn_*";

static const char allocator[] =
    "__alloc_contig* alloc_empty_file* alloc_etherdev* alloc_file* alloc_frozen_* alloc_inode "
    "alloc_netdev* alloc_page_* alloc_pages* alloc_percpu* alloc_skb* alloc_slab* "
    "alloc_workqueue* allocate_*slab* build_detached_freelist build_skb* ____cache_* ___cache_* "
    "__cache_* cache_alloc* cache_flusharray* cache_free* cache_grow* deactivate_slab* "
    "destroy_compound* devm_*alloc* discard_slab* __dma_alloc* dma_alloc_* dma_direct_alloc* "
    "dma_pool_alloc* do_kmalloc* do_kmem_cache* __do_krealloc* do_slab_free* filemap_alloc_folio* "
    "__filemap_get_folio* find_or_create_page* folio_alloc* folio_put* folios_put* "
    "free_compound_page* free_frozen_* free_hot_cold* free_large_kmalloc* free_one_page* "
    "free_page* free_pcp* free_percpu* free_slab* free_tail_page* free_unref_* freelist_* "
    "get_any_partial* __get_free_page* get_freepointer* get_page_from_freelist* get_partial* "
    "get_zeroed_page* grab_cache_page* inode_init_always* kcalloc* kfree kfree_bulk* kfree_const "
    "kfree_link kfree_rcu* kfree_sensitive kmalloc* kmem_cache_* kmemdup* krealloc* ksize "
    "kstrdup* kstrndup* kvcalloc* kvfree* kvmalloc* kvzalloc* kzalloc* list_lru_* lru_add_drain* "
    "memcg_slab* mempool_* napi_alloc_skb* netdev_alloc_skb* new_slab* __page_cache_alloc* "
    "__page_frag* page_frag_* page_pool_alloc* pagecache_get_page* pcpu_alloc* post_alloc_hook* "
    "prep_compound* prep_new_page* pskb_copy* put_compound_page* put_cpu_partial* put_page* "
    "qlist_free* quarantine_* release_pages* rmqueue* set_freepointer* __set_page_owner* "
    "sget_userns* sk_alloc* sk_prot_alloc* skb_clone* skb_copy* slab_* slub_* sock_alloc_send_* "
    "sock_kmalloc* sock_kzalloc* sock_omalloc* sock_wmalloc* stackdepot_* __unfreeze_* "
    "unfreeze_partials* usb_alloc_coherent* usb_alloc_urb* vfree* vma_alloc_folio* vmalloc* "
    "vmemdup* __vunmap* vzalloc*";

static const char lock[] =
    "arch_atomic* arch_read_* arch_spin_* arch_test_* arch_write_* atomic64_* __atomic_* "
    "atomic_add* atomic_and* atomic_cmpxchg* atomic_dec* atomic_fetch_* atomic_inc* atomic_long_* "
    "atomic_or* atomic_read* atomic_set* atomic_sub* atomic_try_* atomic_xchg* bit_spin_* "
    "call_rwsem_* clear_bit* cmpxchg* _compound_head* console_lock console_trylock* device_lock* "
    "do_write_seq* down __down* down_* end_page_writeback* folio_end_writeback* folio_lock* "
    "folio_unlock* i_mmap_lock* jbd2_lock* kref_* kvm_wait* ldsem_* local_bh_* local_lock* "
    "lock_buffer* lock_hrtimer_base* lock_page* lock_sock* lock_task_sighand* lock_timer_base* "
    "lock_two_* lockref_* __mutex_* mutex_lock* mutex_optimistic_* mutex_remove_waiter* "
    "mutex_spin_* mutex_trylock* mutex_unlock* native_queued_* osq_* page_lock_* "
    "__percpu_*_rwsem* percpu_down_* percpu_rwsem_* percpu_up_* __preempt_* preempt_count_* "
    "preempt_schedule* pv_queued_* pv_wait* queued_read_* queued_spin_* queued_write_* "
    "raw_atomic* __raw_read_* _raw_read_* raw_spin_* __raw_write_* _raw_write_* rcu_lock_* "
    "rcu_note_context_switch* __rcu_read_* rcu_read_lock* rcu_read_unlock* _read_*lock* read_seq* "
    "refcount_* release_sock* rq_lock* rt_mutex* rt_spin_* rtlock_* rtnl_lock* rwsem_* seqlock_* "
    "__seqprop* set_bit* sock_release_owner* _spin_* spin_lock* spin_trylock* spin_unlock* "
    "__srcu_* srcu_*lock* task_blocks_on_rt_mutex* task_rq_lock* _test_* test_and_* test_bit* "
    "__ticket_* ticket_spin_* tty_ldisc_lock* tty_ldisc_ref_wait tty_lock* tty_unlock* "
    "unlock_buffer* unlock_page* up up_read* up_write* virt_spin_* wake_q_* _write_*lock* "
    "write_seq* ww_mutex_*";

static const char copy[] =
    "aes_* aesni_* aesti_* arch_copy_* bcmp bin2hex __bitmap_* bitmap_clear bitmap_copy* "
    "bitmap_find_* bitmap_parse* bitmap_set bitmap_weight* bitmap_zero* bsearch* chacha* "
    "check_pointer* cipher_crypt_* clear_page clear_page_erms clear_page_orig clear_page_rep "
    "clear_user* copy_folio_* copy_from_iter* copy_from_kernel_* copy_from_user* copy_page "
    "copy_page_from_iter* copy_page_regs copy_page_to_iter* copy_to_iter* copy_to_user* "
    "__copy_user* copy_user_* copyin copyin_* copyout copyout_* __crc* crc16* crc32* crc64* "
    "crct10dif* crypto_ahash_* crypto_cipher_* crypto_ecb_* crypto_rng_* crypto_shash_* "
    "crypto_skcipher_* crypto_xor* csum_* debug_list_* div64_* div_s64* div_u64* "
    "do_strncpy_from_* drbg_* _find_first* find_first_*bit* _find_next* find_next_*bit* "
    "format_decode* __fortify_* fortify_panic* get_unaligned* __get_user_1 __get_user_2 "
    "__get_user_4 __get_user_8 __get_user_asm* __get_user_nocheck* hex2bin* hex_dump_to_buffer "
    "hex_to_bin* hlist_* hweight* instrumented_* iterate_*iov* iterate_and_advance* iterate_bvec* "
    "jhash* kasprintf kobject_set_name* kstrto* kvasprintf* list_add* list_del* list_empty* "
    "list_move* list_sort* list_splice* llist_* LZ4_* lz4_* lzo1x_* md5_* memchr* memcmp* memcpy* "
    "memdup_* memmove* memscan* memset* mul_u64* nla_memcpy* nla_strscpy* number __phys_addr* "
    "__pi_clear_page* __pi_memcmp* __pi_memcpy* __pi_memmove* __pi_memset* __pi_str* plist_* "
    "pointer poly1305* print_hex_dump* probe_kernel_* put_unaligned* __put_user* raw_copy_* "
    "__rb_* rb_erase* rb_first* rb_insert_* rb_next rb_prev __read_once* __read_overflow* "
    "read_word_at_a_time* rep_movs* rep_stos* rng_setkey scnprintf seq_printf* seq_puts* "
    "seq_vprintf* seq_write* sha1_* sha256_* sha512_* shash_* simple_strto* siphash* "
    "sized_strscpy* skcipher_* skip_spaces* snprintf sort* sprintf strcasecmp* strcat* strchr* "
    "strcmp* strcpy* strcspn* strim* string string_nocheck strlcat* strlcpy* strlen* strncasecmp* "
    "strncat* strnchr* strncmp* strncpy* strndup_user* strnlen* strnstr* strpbrk* strrchr* "
    "strreplace* strscpy* strsep* strspn* strstr* __sw_hweight* __swab* va_format* "
    "__virt_addr_valid* __virt_to_phys* vscnprintf vsnprintf vsprintf widen_string* __write_once* "
    "__write_overflow* xts_* xxh* zlib_* ZSTD_*";

static const char wait[] =
    "autoremove_* bit_wait* cancel_delayed_work_sync* __cancel_work* cancel_work_sync* "
    "cond_resched* context_switch* cv_timedwait* cv_wait* do_exit_wait* do_nanosleep "
    "do_wait_for_common* do_wait_intr* drain_workqueue* file_fdatawait* file_write_and_wait* "
    "filemap_fdatawait* filemap_write_and_wait* finish_task_switch* finish_wait* flush_delayed* "
    "flush_work* folio_wait_* free_thread_stack* freezer* hrtimer_nanosleep* hrtimer_sleep* "
    "interruptible_sleep_* io_schedule* io_wait_* kthread_flush* kthread_park* kthread_stop* "
    "msleep* out_of_line_wait_on_* prepare_to_wait* put_task_stack* rcu_barrier* rcu_expedited* "
    "rcu_sync_* __refrigerator* schedule schedule_hrtimeout* schedule_idle __schedule_loop* "
    "schedule_preempt* schedule_rtlock* schedule_timeout* sleep_on_* swait_* synchronize_* "
    "taskq_wait* usb_bulk_msg* usb_control_msg* usb_interrupt_msg* usb_start_wait_urb* usleep_* "
    "wait_event* wait_for_common* wait_for_completion* wait_for_device_probe* wait_for_stable* "
    "wait_on_*page* wait_on_bit* wait_on_buffer* wait_rcu_gp* wait_woken* wake_up* yield";

/* Objects that all of the kernel uses: what is wrong is the object that the caller gave. */
static const char helper[] =
    "add_timer* assoc_array_* bitmap_* blocking_notifier_* bus_add_device* bus_remove_device* "
    "call_rcu* call_srcu* cdev_add* cleanup_srcu_struct* complete complete_all complete_on_* "
    "complete_with_* consume_skb* debugfs_remove* del_timer* destroy_workqueue* dev_kfree_skb* "
    "dev_set_name* device_add* device_create* device_del* device_destroy* device_initialize* "
    "device_register* device_release* device_remove_* device_unregister* do_init_timer* "
    "dpm_sysfs_* dput* driver_sysfs_* drop_sysctl_table* dst_release* enqueue_hrtimer* fast_dput* "
    "fasync_helper* fput_* free_irq* get_device* hrtimer_cancel* hrtimer_init* hrtimer_start* "
    "hrtimer_try_to_cancel* i2c_add_adapter* i2c_del_adapter* ida_* idr_* igrab* "
    "init_srcu_struct* init_timer_key* insert_work* internal_add_timer* internal_create_group* "
    "iput* kfifo_* kfree_call_rcu* kfree_skb* kill_fasync* klist_* kobject_* kset_* "
    "kthread_*_work* mas_* mod_delayed_work* mod_timer* __module_get* module_put* mtree_* "
    "percpu_counter_* percpu_ref_* proc_create* proc_mkdir* proc_register* proc_remove* "
    "pskb_expand_head* pskb_may_pull* __pskb_pull* put_cred* put_device* put_pid* "
    "put_task_struct* queue_delayed_work* queue_work* radix_tree_* raw_notifier_call_chain* "
    "ref_tracker_* register_netdev register_netdevice* register_sysctl* remove_hrtimer* "
    "remove_proc_* request_threaded_irq* rhashtable_* rhltable_* rht_* rollback_registered* "
    "schedule_delayed_work* schedule_work* sk_destruct* sk_free* sk_reset_timer* "
    "sk_skb_reason_drop* sk_stop_timer* skb_dequeue* skb_expand_head* skb_free_head* skb_pull* "
    "skb_push* skb_put* __skb_queue* skb_queue_* skb_release_* skb_trim* skb_unlink* sock_put* "
    "sock_rfree* sock_wfree* srcu_notifier_* swake_up* sysfs_* tasklet_* timer_delete* "
    "timer_shutdown* tracepoint_probe_* try_module_get* try_to_del_timer* try_to_wake_up* ttwu_* "
    "unregister_netdev* unregister_sysctl* usb_anchor_urb* usb_free_coherent* usb_free_urb* "
    "usb_get_from_anchor* usb_hcd_submit_urb* usb_kill_anchored_urbs* usb_kill_urb* usb_poison_* "
    "usb_submit_urb* usb_unanchor_* usb_unlink_urb* work_is_static_object* xa_* xas_*";

static const char dispatch[] =
    "blk_done_softirq call_mmap* call_read_iter call_write_iter compat_*ioctl* *_compat_ioctl "
    "compat_sock_common_* csd_* delayed_work_timer_fn deliver_skb* dev_gro_receive* "
    "do_anonymous_page* do_cow_fault* do_dentry_open do_exit do_fault* do_file*_open* "
    "do_filp_open do_group_exit do_init_module do_iter_* do_last do_mmap* do_new_mount* do_open "
    "do_preadv* do_pwritev* do_read_fault* do_readv* do_shared_fault* do_sock_getsockopt "
    "do_sock_setsockopt do_splice* do_sync_read do_sync_write do_vfs_ioctl do_writev* "
    "faultin_page* fput genl_dumpit* genl_family_rcv* genl_lock_dumpit* genl_rcv* genl_start* "
    "get_signal get_tree_* __get_user_pages* gro_normal_* handle_mm_fault handle_pte_fault "
    "hrtimer_* inet6_recvmsg inet6_release inet6_sendmsg inet_recvmsg inet_release inet_sendmsg "
    "load_module mmap_region __mmap_region* mount_bdev mount_fs mount_nodev mount_single "
    "napi_gro_* napi_poll __napi_poll* net_rx_action net_tx_action netif_receive_skb* netif_rx* "
    "netlink_dump netlink_dump_* netlink_rcv_skb netlink_sendmsg netlink_unicast "
    "netlink_unicast_kernel* new_sync_* nfnetlink_rcv* on_each_cpu* path_openat process_backlog "
    "rtnetlink_rcv* run_rebalance_domains security_socket_* smp_call_function* sock_close "
    "sock_common_getsockopt sock_common_setsockopt sock_do_ioctl* sock_ioctl sock_read_iter "
    "sock_recvmsg* sock_release sock_sendmsg* sock_write_iter splice_direct_* sys_fcntl* "
    "__sys_getsockopt sys_ioctl sys_pread64 sys_preadv* sys_pwrite64 sys_pwritev* sys_read "
    "sys_readv __sys_setsockopt sys_socketcall sys_write sys_writev vfs_get_tree vfs_ioctl "
    "vfs_iter_* vfs_kern_mount* vfs_open vfs_read vfs_readv vfs_write vfs_writev vm_mmap_pgoff";

static const char idle[] =
    "acpi_idle_* acpi_processor_ffh* acpi_safe_halt arch_cpu_idle call_cpuidle* cpu_do_idle "
    "cpu_idle* cpu_startup_entry cpuidle_* default_enter_idle default_idle* do_idle haltpoll_* "
    "intel_idle* mwait_idle* native_apic_*idle native_halt native_safe_halt poll_idle psci_*idle* "
    "pv_native_safe_halt rcu_exp_* rcu_gp_fqs_loop rcu_gp_kthread wait_for_interrupt "
    "xen_safe_halt";

static const struct {
	const char *names;
	enum report_skip why;
} groups[] = {{reporting, SKIP_REPORTING}, {entry, SKIP_ENTRY}, {allocator, SKIP_ALLOCATOR},
    {lock, SKIP_LOCK}, {copy, SKIP_COPY}, {wait, SKIP_WAIT}, {helper, SKIP_HELPER},
    {dispatch, SKIP_DISPATCH}, {idle, SKIP_IDLE}};

static int is_listed(const char *words, const char *name)
{
	const char *plain = name + strspn(name, "_");
	char pattern[64];
	size_t len;

	for (; *words; words += len + strspn(words + len, " ")) {
		const char *text = *words == '_' ? name : plain;

		len = strcspn(words, " ");
		if (*words != *text && *words != '*')
			continue;
		memcpy(pattern, words, len);
		pattern[len] = '\0';
		if (report_glob(pattern, text, strlen(text)))
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
		if (is_listed(groups[i].names, name))
			return groups[i].why;
	return SKIP_NOT;
}

int report_skip_is_interrupt(const char *name)
{
	return is_listed(
	    "apic_timer_interrupt* asm_common_interrupt* asm_exc_* asm_sysvec_* "
	    "call_function_*interrupt* common_interrupt* decrementer_common* el1_interrupt* "
	    "el1_irq* el1h_64_irq end_repeat_nmi* handle_exception* "
	    "hardware_interrupt_common* interrupt_entry* irq_svc irq_work_interrupt* nmi "
	    "replay_soft_interrupt* reschedule_interrupt* ret_from_exception* "
	    "ret_from_intr* smp_*_interrupt_entry* trace_*_interrupt "
	    "xen_do_hypervisor_callback* xen_hvm_callback_vector*",
	    name);
}

int report_skip_is_exception(const char *name)
{
	return is_listed(
	    "asm_exc_* end_repeat_nmi* handle_exception* interrupt_entry* nmi ret_from_exception*",
	    name);
}

int report_skip_is_page_fault(const char *name)
{
	return is_listed("do_page_fault* do_user_addr_fault* handle_page_fault*", name);
}

int report_skip_is_grace_period(const char *name)
{
	return is_listed(
	    "rcu_barrier* rtnl_lock* synchronize_rcu* synchronize_sched* synchronize_srcu*", name);
}

int report_skip_is_cross_call(const char *name)
{
	return is_listed("smp_call_function*", name) &&
	       strncmp(name, "smp_call_function_interrupt", 27) != 0;
}
