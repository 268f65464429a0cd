/* SPDX-License-Identifier: MIT */
/* cmdline: kernel command lines; see cmdline.h. Pure. */
#include "cmdline.h"

#include <stdio.h>
#include <string.h>

size_t cmdline_word(const char **at, const char **word)
{
	const char *p = *at + strspn(*at, " \t\n");
	int quoted = 0;

	*word = p;
	for (; *p && (quoted || !strchr(" \t\n", *p)); p++)
		quoted ^= *p == '"';
	*at = p;
	if ((p - *word == 2 && memcmp(*word, "--", 2) == 0) ||
	    (p - *word == 4 && memcmp(*word, "\"--\"", 4) == 0))
		return 0;
	return (size_t)(p - *word);
}

/* Copies without quotes. The length, or -1: it does not fit. */
static long cmdline_unquote(const char *text, size_t len, char *out, size_t size)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			continue;
		if (to + 1 >= size)
			return -1;
		out[to++] = text[i];
	}
	out[to] = '\0';
	return (long)to;
}

long cmdline_get(const char *cmdline, const char *key, const char *except, char *out, size_t size)
{
	size_t key_len = strlen(key), len;
	long found = -1;
	const char *word;

	while ((len = cmdline_word(&cmdline, &word)) > 0) {
		char value[1024];
		long n;

		if (*word == '"') { /* "key=value with spaces" */
			word++;
			len--;
		}
		if (len <= key_len || memcmp(word, key, key_len) != 0 || word[key_len] != '=')
			continue;
		n = cmdline_unquote(word + key_len + 1, len - key_len - 1, value, sizeof(value));
		if (n < 0 || (size_t)n >= size || (except && strcmp(value, except) == 0))
			continue;
		memcpy(out, value, (size_t)n + 1);
		found = n;
	}
	return found;
}

void cmdline_init(const char *cmdline, char *out, size_t size)
{
	if (cmdline_get(cmdline, "rdinit", ARM_PATH, out, size) <= 0 || out[0] != '/')
		snprintf(out, size, "/init");
}

/*
 * Words of the OS's command line that the capture kernel must not have; it gets all others, because only
 * the machine's owner knows which of them it needs to start, to reach the network and to reset: reboot=,
 * pci=, acpi_osi=, intel_iommu=, options of drivers. A word that ends in '=', '.' or '_' is a prefix; a
 * '-' in the command line is a '_', as for the kernel.
 */
static const char *const cmdline_harmful[] = {
    /* for the OS's init and initramfs, or where its root is: the capture has its own */
    "BOOTIF=", "BOOT_IMAGE=", "boot=", "cryptdevice=", "dracut.",
    "fetch=", "init=", "initrd=", "ip=", "lastwords.", "luks.", "dm_mod.",
    "hibernate=", "md=", "netboot=", "nfsaddrs=", "nfsroot=", "noresume", "plymouth.",
    "raid=", "rd.", "rdinit=", "resume=", "resume_", "resumedelay=", "resumewait", "ro",
    "root=", "rootdelay=", "rootflags=", "rootfstype=", "rootovl", "rootwait", "rootwait=", "rw",
    "single", "splash", "systemd.", "toram", "udev.",
    /* memory: a map that has the dead kernel's, sizes for all of the machine's, costly checks */
    "add_efi_memmap", "cma_pernuma=", "dhash_entries=", "efi_fake_mem=", "ihash_entries=", "kho=",
    "mhash_entries=", "movable_node",
    "mphash_entries=", "numa_cma=", "thash_entries=", "uhash_entries=", "cgroup_",
    "cma=", "crashkernel=", "debug_pagealloc=", "default_hugepagesz=", "hugepages=", "hugepagesz=",
    "hugetlb_", "init_on_alloc=", "init_on_free=", "kasan.", "kasan=", "kernelcore=", "kmemleak=",
    "log_buf_len=", "mem=", "memblock=", "memmap=", "memory_hotplug.",
    "memtest=", "movablecore=", "numa=", "page_owner=", "page_poison=", "percpu_alloc=", "ramoops.",
    "reserve_mem=", "slab_debug=", "slub_debug", "slub_debug=", "stack_depot_",
    "swiotlb=", "trace_buf_size=", "transparent_hugepage=", "vmalloc=", "zswap.",
    /* CPUs: it has one */
    "irqaffinity=", "isolcpus=", "maxcpus=", "nohz_full=", "nosmp", "nosmt",
    "nosmt=", "nr_cpus=", "possible_cpus=", "rcu_nocb_poll", "rcu_nocbs=", "rcupdate.", "rcutree.",
    "skew_tick=",
    /* faults and self-tests: they are for the OS */
    "fail_", "failslab=", "fips=", "ima_",
    /* console and log: one line says what matters, and tracing costs time and memory */
    "boot_delay=", "console=", "ddebug_query=", "debug", "dyndbg=", "earlycon",
    "earlycon=", "earlyprintk=", "ftrace=", "ftrace_", "ignore_loglevel", "initcall_debug",
    "kgdboc=", "kgdbwait", "kgdb_", "loglevel=", "netconsole=", "netconsole.", "printk.", "quiet",
    "trace_",
    /* how it ends is ours to set; an NMI that ended the OS may still be pending, and noirqdebug undoes
     * our irqpoll */
    "noirqdebug", "nosoftlockup", "pause_on_oops=", "unknown_nmi_panic",
    "elfcorehdr=", "crash_kexec_post_notifiers", "hardlockup_",
    "hung_task_panic=", "mce=", "nmi_watchdog=", "nowatchdog", "oops=", "panic=", "panic_",
    "pstore.", "softlockup_", "sysctl.", "sysrq_", "watchdog_thresh=",
    /* drivers that the OS must not load, perhaps for a guest: the capture loads its card's only */
    "module_blacklist=", "modprobe.blacklist="};

/* What is left out last when not everything fits: words without which it may not start or not reach the
 * network, and options of drivers. */
static const char *const cmdline_hardware[] = {"acpi", "amd_iommu",
    "clocksource=", "efi=", "hpet=", "intel_iommu=", "intremap=", "iommu", "lapic", "la57",
    "no5lvl", "no_timer_check", "noapic", "noefi", "nohpet", "nolapic", "nopcid", "nox2apic",
    "pci=", "pcie_", "reboot=", "tsc=", "x2apic_phys"};

/* 1 if word begins with known, in which '-' is not used. */
static int cmdline_begins(const char *word, const char *known, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((word[i] == '-' ? '_' : word[i]) != known[i])
			return 0;
	return 1;
}

static int cmdline_is_harmful(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(cmdline_harmful) / sizeof(cmdline_harmful[0]); i++) {
		const char *known = cmdline_harmful[i];
		size_t n = strlen(known);

		if ((strchr("=._", known[n - 1]) ? len >= n : len == n) &&
		    cmdline_begins(word, known, n))
			return 1;
	}
	return 0;
}

/* 1 if a quote in word is open: it would take in all words that follow. */
static int cmdline_is_open(const char *word, size_t len)
{
	int open = 0;

	for (size_t i = 0; i < len; i++)
		open ^= word[i] == '"';
	return open;
}

/* Also MODULE.OPTION=VALUE. */
static int cmdline_is_hardware(const char *word, size_t len)
{
	const char *dot = memchr(word, '.', len), *equals = memchr(word, '=', len);

	for (size_t i = 0; i < sizeof(cmdline_hardware) / sizeof(cmdline_hardware[0]); i++) {
		size_t n = strlen(cmdline_hardware[i]);

		if (len >= n && memcmp(word, cmdline_hardware[i], n) == 0)
			return 1;
	}
	return dot && (!equals || dot < equals);
}

/*
 * nr_cpus=1: saves memory, and starts no CPU that the crash left in an unknown state.
 * reset_devices, irqpoll: devices may still be doing what the dead kernel ordered. cgroup_disable,
 * numa, transparent_hugepage, novmcoredd, slab_merge, slub_max_order=0 (no half-used slabs of
 * several pages): save memory. mce=off: the machine check that caused the crash may still be
 * pending. oops=panic with panic=N: a second crash must end in a reboot. softlockup_panic: the same
 * for a hang, but only after a minute (watchdog_thresh=30 is 60 s): on an overloaded host a guest
 * can look hung for 20 s, and a false alarm costs the log. rcu_cpu_stall_suppress: RCU's own
 * reports, after 21 s and every 63 s from then on, would reset the detector of hangs each time
 * (touch_nmi_watchdog()). ipv6.disable_ipv6: joining its multicast groups makes QEMU's e1000 drop all packets
 * for another second; init takes this back where a server has an IPv6 address only.
 */
static const char cmdline_fixed[] =
    "nr_cpus=1 reset_devices irqpoll cgroup_disable=memory numa=off mce=off acpi_no_memhotplug "
    "transparent_hugepage=never nokaslr novmcoredd slab_merge slub_max_order=0 oops=panic "
    "softlockup_panic=1 watchdog_thresh=30 rcupdate.rcu_cpu_stall_suppress=1 ipv6.disable_ipv6=1 rdinit=/init "
    "quiet";

static int cmdline_mac_ok(const char *mac)
{
	return strlen(mac) == 17 && strspn(mac, "0123456789abcdefABCDEF:") == 17;
}

static int cmdline_console_ok(const char *console)
{
	for (const char *c = console; *c; c++)
		if (*c <= ' ' || *c >= 127 || *c == '"')
			return 0;
	return strlen(console) < 100;
}

/*
 * Words without a dot that the kernel does not know become init's arguments and environment. Of more than 32
 * of either it panics (init/main.c, MAX_INIT_ARGS, MAX_INIT_ENVS), and a small kernel knows few.
 */
enum { CMDLINE_WORDS_MAX = 20 };

/* Appends the OS's words of one kind, each if it fits below size. *left: how many more without a dot. The
 * length then. */
static size_t cmdline_copy(
    const char *os, int hardware, int *left, char *out, size_t used, size_t size)
{
	const char *word;
	size_t len;

	while ((len = cmdline_word(&os, &word)) > 0) {
		int quote = *word == '"'; /* "key=value with blanks" */
		int counts = !memchr(word, '.', strcspn(word, "= "));

		if (cmdline_is_open(word, len) ||
		    cmdline_is_harmful(word + quote, len - (size_t)quote) ||
		    cmdline_is_hardware(word + quote, len - (size_t)quote) != hardware ||
		    len + 2 > size - used || (counts && *left == 0))
			continue;
		*left -= counts;
		memcpy(out + used, word, len);
		used += len;
		out[used++] = ' ';
	}
	return used;
}

int cmdline_capture(struct err *err, const struct cmdline_capture *args, char *out, size_t size)
{
	char ours[1024];
	const char *nic;
	int left = CMDLINE_WORDS_MAX;
	size_t len, used;

	if (!cmdline_console_ok(args->console))
		return err_set(err, "console in session.conf is not one word");
	nic = cmdline_mac_ok(args->nic) ? args->nic : "";
	len = (size_t)snprintf(ours, sizeof(ours), "%s panic=%d%s%s%s%s", cmdline_fixed,
	    args->panic < 1 ? 1 : args->panic, nic[0] ? " lastwords.nic=" : "", nic,
	    args->console[0] ? " console=" : "", args->console);
	if (len >= size)
		return err_set(
		    err, "the capture kernel's command line would be over %zu bytes", size);
	/* Ours come last: of two equal words the kernel takes the last. */
	used = cmdline_copy(args->os, 1, &left, out, 0, size - len);
	used = cmdline_copy(args->os, 0, &left, out, used, size - len);
	memcpy(out + used, ours, len + 1);
	return 0;
}
