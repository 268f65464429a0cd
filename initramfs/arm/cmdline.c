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
	if (p - *word == 2 && memcmp(*word, "--", 2) == 0)
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
 * Words on hardware in the OS's command line, which the capture kernel needs as well. Those that
 * end in '=' match by prefix.
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
 * nr_cpus=1: saves memory, and starts no CPU that the crash left in an unknown state.
 * reset_devices, irqpoll: devices may still be doing what the dead kernel ordered. cgroup_disable,
 * numa, transparent_hugepage, novmcoredd, slab_merge, slub_max_order=0 (no half-used slabs of
 * several pages): save memory. mce=off: the machine check that caused the crash may still be
 * pending. oops=panic with panic=N: a second crash must end in a reboot. softlockup_panic: the same
 * for a hang, but only after a minute (watchdog_thresh=30 is 60 s): on an overloaded host a guest
 * can look hung for 20 s, and a false alarm costs the log. rcu_cpu_stall_suppress: RCU's own
 * reports, after 21 s and every 63 s from then on, would reset the detector of hangs each time
 * (touch_nmi_watchdog()).
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

int cmdline_capture(struct err *err, const struct cmdline_capture *args, char *out, size_t size)
{
	const char *os = args->os, *word;
	size_t len, used;

	if (!cmdline_console_ok(args->console))
		return err_set(err, "console in session.conf is not one word");
	used = (size_t)snprintf(out, size, "%s panic=%d%s%s", cmdline_fixed,
	    args->panic < 1 ? 1 : args->panic, args->console[0] ? " console=" : "", args->console);
	while (used < size && (len = cmdline_word(&os, &word)) > 0)
		if (cmdline_is_hardware(word, len))
			used += (size_t)snprintf(out + used, size - used, " %.*s", (int)len, word);
	return used < size ? 0
			   : err_set(err,
				 "the capture kernel's command line would be over %zu bytes", size);
}
