// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * lab_die: kernel crashes that user space cannot cause, for the lab machines of lastwords' tests, and
 * scenes: kernel threads that wait for each other, which the machine survives.
 * Never load it on a machine that matters.
 *
 *	insmod lab_die.ko kind=KIND
 *	echo KIND > /sys/module/lab_die/parameters/kind		(once it is loaded, with kind=none)
 *
 * Each KIND's function has the prefix lab_die_, which tests compare titles with; a scene's has lab_scene_.
 */
#include <linux/completion.h>
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nmi.h>
#include <linux/notifier.h>
#if __has_include(<linux/panic_notifier.h>)
#include <linux/panic_notifier.h>
#endif
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

/* A zero that the compiler does not know. */
static volatile unsigned long lab_zero;

static noinline void lab_die_null(void)
{
	*(volatile int *)lab_zero = 1;
}

static noinline void lab_die_gpf(void)
{
	*(volatile int *)(lab_zero + 0xdead000000000100UL) = 1;
}

static noinline void lab_die_jump(void)
{
	void (*nowhere)(void) = (void (*)(void))lab_zero;

	nowhere();
	barrier();
}

static noinline void lab_die_divide(void)
{
	pr_info("lab_die: %lu\n", 1000 / lab_zero);
}

static noinline void lab_die_bug(void)
{
	BUG();
}

static noinline void lab_die_warn(void)
{
	WARN(1, "lab_die: a warning\n");
}

static noinline void lab_die_panic(void)
{
	panic("lab_die: asked for");
}

static noinline unsigned long lab_die_stack(unsigned long depth)
{
	volatile char page[512];

	page[depth % sizeof(page)] = (char)depth;
	return depth == ULONG_MAX ? lab_zero : lab_die_stack(depth + 1) + page[lab_zero];
}

static void lab_die_stack_start(void)
{
	pr_info("lab_die: %lu\n", lab_die_stack(lab_zero));
}

static void lab_die_softirq_timer(struct timer_list *unused)
{
	lab_die_null();
}

static DEFINE_TIMER(lab_timer, lab_die_softirq_timer);

static void lab_die_softirq(void)
{
	mod_timer(&lab_timer, jiffies + 1);
	msleep(1000);
}

static void lab_die_hardirq_work(struct irq_work *unused)
{
	lab_die_null();
}

static DEFINE_IRQ_WORK(lab_irq_work, lab_die_hardirq_work);

static void lab_die_hardirq(void)
{
	irq_work_queue(&lab_irq_work);
	msleep(1000);
}

/* Crashes only with kernel.softlockup_panic=1. */
static noinline void lab_die_softlockup(void)
{
	preempt_disable();
	while (!lab_zero)
		cpu_relax();
	preempt_enable();
}

/* Crashes only with kernel.panic_on_rcu_stall=1. */
static noinline void lab_die_rcustall(void)
{
	rcu_read_lock();
	while (!lab_zero)
		touch_softlockup_watchdog();
	rcu_read_unlock();
}

static noinline int lab_die_hung(void *unused)
{
	DECLARE_COMPLETION_ONSTACK(never);

	wait_for_completion(&never);
	return 0;
}

/* Crashes only with kernel.hung_task_panic=1. */
static void lab_die_hung_start(void)
{
	kthread_run(lab_die_hung, NULL, "lab_hung");
}

/* With every lock that a sender of network packets needs. */
static noinline void lab_die_netlock(void)
{
	struct net_device *dev;

	rtnl_lock();
	local_bh_disable();
	for_each_netdev(&init_net, dev)
		netif_tx_lock(dev);
	lab_die_null();
}

static noinline void lab_die_consolelock(void)
{
	console_lock();
	lab_die_null();
}

static int lab_die_in_notifier(struct notifier_block *nb, unsigned long event, void *text)
{
	static int lab_notified;

	/* the panic of this crash calls the notifiers again */
	if (!lab_notified++)
		lab_die_null();
	return NOTIFY_DONE;
}

static struct notifier_block lab_notifier = {
	.notifier_call = lab_die_in_notifier,
	.priority = INT_MAX,
};

/* The notifier runs before the capture kernel only with crash_kexec_post_notifiers. */
static void lab_die_notifier(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &lab_notifier);
	panic("lab_die: a panic whose notifier dies");
}

static void lab_die_cpu_work(struct work_struct *unused)
{
	pr_info("lab_die: on CPU %d\n", raw_smp_processor_id());
	lab_die_null();
}

static DECLARE_WORK(lab_cpu_work, lab_die_cpu_work);

/* On the last CPU; with one CPU, on that. */
static void lab_die_cpu(void)
{
	schedule_work_on(cpumask_last(cpu_online_mask), &lab_cpu_work);
	msleep(1000);
}

/* Overwrites freed objects of its own cache, then allocates from it. */
static noinline void lab_die_slab(void)
{
	struct kmem_cache *cache = kmem_cache_create("lab_die", 96, 0, 0, NULL);
	void *object[32];

	if (!cache)
		return;
	for (int i = 0; i < ARRAY_SIZE(object); i++)
		object[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (int i = 0; i < ARRAY_SIZE(object); i++)
		kmem_cache_free(cache, object[i]);
	for (int i = 0; i < ARRAY_SIZE(object); i++) {
		OPTIMIZER_HIDE_VAR(object[i]);
		memset(object[i], 0x5a, 96);
	}
	for (int i = 0; i < ARRAY_SIZE(object); i++)
		object[i] = kmem_cache_alloc(cache, GFP_KERNEL);
}

static noinline void lab_die_list(void)
{
	static struct list_head head = LIST_HEAD_INIT(head), item;

	list_add(&item, &head);
	list_del(&item);
	list_del(&item);
}

/*
 * Damage that a capture must not be misled by. The layouts are those of 6.1, the lab's kernel: struct
 * printk_ringbuffer begins with an int and the addresses of descriptors and infos
 * (kernel/printk/printk_ringbuffer.h); vmcoreinfo_data_safecopy is what crash_kexec copies into
 * the dump's note (kernel/crash_core.c).
 */
enum { LAB_DESC = 24, LAB_INFO = 88, LAB_SPOILT_FIRST = 100, LAB_SPOILT = 64 };

/* Only a probe gives the address of a function that is not exported. */
static void *lab_symbol(const char *name)
{
	struct kprobe probe = {.symbol_name = "kallsyms_lookup_name"};
	unsigned long (*lookup)(const char *);

	if (register_kprobe(&probe))
		return NULL;
	lookup = (unsigned long (*)(const char *))probe.addr;
	unregister_kprobe(&probe);
	return (void *)lookup(name);
}

/* Overwrites records of the log that are neither its oldest nor its newest. */
static noinline void lab_die_ring(void)
{
	char ***prb = lab_symbol("prb");

	if (!prb)
		panic("lab_die: no address of the ring");
	memset((*prb)[1] + LAB_SPOILT_FIRST * LAB_DESC, 0x5a, LAB_SPOILT * LAB_DESC);
	memset((*prb)[2] + LAB_SPOILT_FIRST * LAB_INFO, 0xa5, LAB_SPOILT * LAB_INFO);
	panic("lab_die: the log's ring is spoilt");
}

/* Overwrites vmcoreinfo, which has the address of everything else. */
static noinline void lab_die_info(void)
{
	char **copy = lab_symbol("vmcoreinfo_data_safecopy");

	if (!copy || !*copy)
		panic("lab_die: no vmcoreinfo");
	memset(*copy, 0x5a, PAGE_SIZE);
	panic("lab_die: vmcoreinfo is spoilt");
}

/* Two threads take two mutexes in opposite order. */
struct lab_pair {
	struct mutex *first, *second;
};

static DEFINE_MUTEX(lab_mutex_a);
static DEFINE_MUTEX(lab_mutex_b);
static const struct lab_pair lab_ab = {&lab_mutex_a, &lab_mutex_b};
static const struct lab_pair lab_ba = {&lab_mutex_b, &lab_mutex_a};

static noinline int lab_scene_deadlock(void *data)
{
	const struct lab_pair *pair = data;

	mutex_lock(pair->first);
	msleep(500);
	mutex_lock(pair->second);
	mutex_unlock(pair->second);
	mutex_unlock(pair->first);
	return 0;
}

/* It is not of the circle, and the second in its queue. */
static noinline int lab_scene_behind(void *unused)
{
	mutex_lock(&lab_mutex_a);
	mutex_unlock(&lab_mutex_a);
	return 0;
}

static void lab_scene_deadlock_start(void)
{
	kthread_run(lab_scene_deadlock, (void *)&lab_ab, "lab_dead_ab");
	kthread_run(lab_scene_deadlock, (void *)&lab_ba, "lab_dead_ba");
	msleep(1000);
	kthread_run(lab_scene_behind, NULL, "lab_behind");
}

/* A writer owns an rwsem for ever; a reader and two more writers wait. */
static DECLARE_RWSEM(lab_rwsem);

static noinline int lab_scene_rw_owner(void *unused)
{
	DECLARE_COMPLETION_ONSTACK(never);

	down_write(&lab_rwsem);
	wait_for_completion(&never);
	up_write(&lab_rwsem);
	return 0;
}

static noinline int lab_scene_rw_reader(void *unused)
{
	down_read(&lab_rwsem);
	up_read(&lab_rwsem);
	return 0;
}

static noinline int lab_scene_rw_writer(void *unused)
{
	down_write(&lab_rwsem);
	up_write(&lab_rwsem);
	return 0;
}

static void lab_scene_rwsem_start(void)
{
	kthread_run(lab_scene_rw_owner, NULL, "lab_rw_owner");
	msleep(500);
	kthread_run(lab_scene_rw_reader, NULL, "lab_rw_reader");
	kthread_run(lab_scene_rw_writer, NULL, "lab_rw_writer");
	kthread_run(lab_scene_rw_writer, NULL, "lab_rw_writer2");
}

/* A work that uses its CPU for 90 s, and one that waits behind it in an ordered queue. */
static void lab_scene_busy_work(struct work_struct *unused)
{
	unsigned long end = jiffies + 90 * HZ;

	while (time_before(jiffies, end))
		cond_resched();
}

static void lab_scene_queued_work(struct work_struct *unused)
{
}

static DECLARE_WORK(lab_busy_work, lab_scene_busy_work);
static DECLARE_WORK(lab_queued_work, lab_scene_queued_work);

static void lab_scene_busy_work_start(void)
{
	struct workqueue_struct *queue = alloc_ordered_workqueue("lab_queue", 0);

	if (!queue)
		return;
	queue_work(queue, &lab_busy_work);
	queue_work(queue, &lab_queued_work);
}

/* The last CPU loops with interrupts off. */
static noinline int lab_scene_irqs_off(void *unused)
{
	local_irq_disable();
	while (!lab_zero)
		cpu_relax();
	local_irq_enable();
	return 0;
}

static void lab_scene_irqs_off_start(void)
{
	struct task_struct *task = kthread_create(lab_scene_irqs_off, NULL, "lab_irqs_off");

	if (IS_ERR(task))
		return;
	kthread_bind(task, cpumask_last(cpu_online_mask));
	wake_up_process(task);
}

/* The queues of all network cards are stopped, as when their hardware takes no more. */
static void lab_scene_tx_stopped(void)
{
	struct net_device *dev;

	rtnl_lock();
	for_each_netdev(&init_net, dev)
		if (!(dev->flags & IFF_LOOPBACK))
			netif_tx_stop_all_queues(dev);
	rtnl_unlock();
}

static const struct {
	const char *name;
	void (*die)(void);
} lab_kinds[] = {
	{"null", lab_die_null},
	{"null_softirq", lab_die_softirq},
	{"null_hardirq", lab_die_hardirq},
	{"gpf", lab_die_gpf},
	{"jump", lab_die_jump},
	{"divide", lab_die_divide},
	{"bug", lab_die_bug},
	{"warn", lab_die_warn},
	{"panic", lab_die_panic},
	{"stack", lab_die_stack_start},
	{"softlockup", lab_die_softlockup},
	{"rcustall", lab_die_rcustall},
	{"hung", lab_die_hung_start},
	{"netlock", lab_die_netlock},
	{"consolelock", lab_die_consolelock},
	{"notifier", lab_die_notifier},
	{"cpu", lab_die_cpu},
	{"slab", lab_die_slab},
	{"list", lab_die_list},
	{"ring", lab_die_ring},
	{"info", lab_die_info},
	{"deadlock", lab_scene_deadlock_start},
	{"rwsem", lab_scene_rwsem_start},
	{"busy_work", lab_scene_busy_work_start},
	{"irqs_off", lab_scene_irqs_off_start},
	{"tx_stopped", lab_scene_tx_stopped},
};

static char kind[32] = "none";
static bool loaded;

static int lab_die_of(const char *name)
{
	if (strcmp(name, "none") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(lab_kinds); i++)
		if (strcmp(name, lab_kinds[i].name) == 0) {
			pr_info("lab_die: dying of %s\n", name);
			lab_kinds[i].die();
			return 0;
		}
	pr_err("lab_die: no kind \"%s\"\n", name);
	return -EINVAL;
}

static int lab_kind_set(const char *value, const struct kernel_param *unused)
{
	strscpy(kind, value, sizeof(kind));
	kind[strcspn(kind, "\n")] = '\0';
	return loaded ? lab_die_of(kind) : 0;
}

static const struct kernel_param_ops lab_kind_ops = {.set = lab_kind_set};
module_param_cb(kind, &lab_kind_ops, NULL, 0200);
MODULE_PARM_DESC(kind, "what to die of");

static int __init lab_init(void)
{
	loaded = true;
	return lab_die_of(kind);
}

/* It has no exit function: its damage cannot be undone. */
module_init(lab_init);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Deaths for the lab machines of lastwords");
