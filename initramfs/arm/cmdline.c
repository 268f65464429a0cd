/* SPDX-License-Identifier: MIT */
/* cmdline: words of the kernel's command line; see cmdline.h. Pure. */
#include "cmdline.h"

#include <stdio.h>
#include <string.h>

size_t arm_cmdline_word(const char **at, const char **word)
{
	const char *p = *at + strspn(*at, " \t\n");
	int quoted = 0;

	*word = p;
	for (; *p && (quoted || !strchr(" \t\n", *p)); p++)
		quoted ^= *p == '"';
	*at = p;
	if (p - *word == 2 && memcmp(*word, "--", 2) == 0)
		return 0;
	return (size_t)(p - *word);
}

/* Copies without quotes. -1 if it does not fit. */
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

long arm_cmdline_get(
    const char *cmdline, const char *key, const char *except, char *out, size_t size)
{
	size_t key_len = strlen(key), len;
	long found = -1;
	const char *word;

	while ((len = arm_cmdline_word(&cmdline, &word)) > 0) {
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

void arm_cmdline_init(const char *cmdline, char *out, size_t size)
{
	if (arm_cmdline_get(cmdline, "rdinit", ARM_PATH, out, size) <= 0 || out[0] != '/')
		snprintf(out, size, "/init");
}

/*
 * What the OS's own command line says about the hardware, the second kernel must hear as well. Words
 * that end in '=' match by prefix.
 */
static const char *const cmdline_hardware[] = {
    "acpi=", "acpi_osi=", "acpi_rsdp=", "amd_iommu=", "clocksource=", "efi=", "hpet=",
    "intel_iommu=", "intremap=", "iommu=", "iommu.passthrough=", "iommu.strict=", "lapic", "la57",
    "no5lvl", "no_timer_check", "noapic", "noefi", "nohpet", "nolapic", "nomodeset", "nopcid",
    "nox2apic", "pci=", "pcie_aspm=", "pcie_ports=", "tsc=", "x2apic_phys"};

static int cmdline_is_hardware(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(cmdline_hardware) / sizeof(cmdline_hardware[0]); i++) {
		size_t known = strlen(cmdline_hardware[i]);

		if (cmdline_hardware[i][known - 1] == '=' ? len > known : len == known)
			if (memcmp(word, cmdline_hardware[i], known) == 0)
				return 1;
	}
	return 0;
}

/*
 * nr_cpus=1: memory, and no start-up of CPUs that died in unknown states. reset_devices, irqpoll:
 * devices that still talk to the dead kernel. cgroup_disable, numa, transparent_hugepage,
 * novmcoredd, slab_merge, slub_max_order=0 (no half-used slabs of several pages): memory. mce=off:
 * the fault that killed may still be pending. oops=panic with panic=N: a second crash must end in a
 * reboot, not in silence. softlockup_panic: the same for a hang, but only after a minute
 * (watchdog_thresh=30 is 60 s): a host that starves its guests of CPU time makes 20 s look like one,
 * and what a false alarm costs is the record. rcu_cpu_stall_suppress: RCU's own reports, every 21 and
 * then 63 s, would tell the detector each time that all is well (touch_nmi_watchdog()), for ever.
 */
static const char cmdline_fixed[] =
    "nr_cpus=1 reset_devices irqpoll cgroup_disable=memory numa=off mce=off acpi_no_memhotplug "
    "transparent_hugepage=never nokaslr novmcoredd slab_merge slub_max_order=0 oops=panic "
    "softlockup_panic=1 watchdog_thresh=30 rcupdate.rcu_cpu_stall_suppress=1 rdinit=/init quiet";

static int cmdline_console_ok(const char *console)
{
	for (const char *c = console; *c; c++)
		if (*c <= ' ' || *c >= 127 || *c == '"')
			return 0;
	return strlen(console) < 100;
}

int arm_cmdline_capture(
    struct err *err, const struct arm_capture_args *args, char *out, size_t size)
{
	const char *os = args->os, *word;
	size_t len, to;
	int n =
	    snprintf(out, size, "%s panic=%d", cmdline_fixed, args->panic < 1 ? 1 : args->panic);

	if (n > 0 && (size_t)n < size && args->console[0]) {
		if (!cmdline_console_ok(args->console))
			return err_set(err, "console in session.conf is not one word");
		n += snprintf(out + n, size - (size_t)n, " console=%s", args->console);
	}
	if (n < 0 || (size_t)n >= size)
		return err_set(err, "the capture kernel's command line is over %zu bytes", size);
	to = (size_t)n;
	while ((len = arm_cmdline_word(&os, &word)) > 0) {
		if (!cmdline_is_hardware(word, len))
			continue;
		if (len + 2 > size - to)
			return err_set(
			    err, "the capture kernel's command line is over %zu bytes", size);
		out[to++] = ' ';
		memcpy(out + to, word, len);
		to += len;
		out[to] = '\0';
	}
	return 0;
}
