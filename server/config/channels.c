/* SPDX-License-Identifier: MIT */
/* channels: what a profile adds to the command line for its logs, and which channels its machines have; see
 * config.h. */
#include <stdio.h>
#include <string.h>

#include "base/release.h"
#include "config.h"

/*
 * ramoops in memory that the kernel sets aside at the same place in each boot of the same image: the whole log of
 * up to 1 MB in one record of at most 256 KB. (pstore.kmsg_bytes is set by the keeper, only where ramoops is the
 * backend: as much would wear out a firmware's variables.)
 *
 * iPXE on BIOS looks for the first "mem=" in the line, wherever it is, and loads no initrd above that
 * (src/arch/x86/image/bzimage.c, bzimage_parse_cmdline): "reserve_mem=2M" alone would end in "Could not boot",
 * 0x2a818006. So one that limits nothing comes before it; the kernel ignores it.
 */
#define REGION                                                                                                      \
	" lastwords.mem=2047M reserve_mem=2M:4096:lastwords ramoops.mem_name=lastwords ramoops.record_size=0x40000" \
	" ramoops.console_size=0 ramoops.ftrace_size=0 ramoops.pmsg_size=0"

#define BACKTRACES                                                                                 \
	" sysctl.kernel.oops_all_cpu_backtrace=1 sysctl.kernel.softlockup_all_cpu_backtrace=1"     \
	" sysctl.kernel.hardlockup_all_cpu_backtrace=1 sysctl.kernel.hung_task_all_cpu_backtrace=1"

/* 1 if a word of args begins with prefix. */
static int args_have(const char *args, const char *prefix)
{
	size_t len = strlen(prefix);

	for (args += strspn(args, " \t\r\n"); *args; args += strspn(args, " \t\r\n")) {
		if (strncmp(args, prefix, len) == 0)
			return 1;
		args += strcspn(args, " \t\r\n");
	}
	return 0;
}

int config_has_region(const struct config_profile *profile, const char *release)
{
	const char *args = profile->args ? profile->args : "";

	return profile->pstore && profile->pstore_memory && release_at_least(release, 6, 12) &&
	       !args_have(args, "ramoops.") && !args_have(args, "reserve_mem=") &&
	       !args_have(args, "pstore.backend=") &&
	       !args_have(args, "modprobe.blacklist=ramoops");
}

void config_switches(
    const struct config_profile *profile, const char *release, char out[CONFIG_SWITCHES_MAX])
{
	int buffer = profile->log_buf_len && profile->log_buf_len[0];

	snprintf(out, CONFIG_SWITCHES_MAX, "%s%s%s%s%s%s%s%s", buffer ? " log_buf_len=" : "",
	    buffer ? profile->log_buf_len : "", profile->timestamps ? " printk.time=1" : "",
	    profile->backtraces ? BACKTRACES : "",
	    profile->backtraces && release_at_least(release, 6, 19)
		? " sysctl.kernel.panic_sys_info=all_bt"
		: "",
	    profile->bmc ? " ipmi_msghandler.panic_op=string" : "",
	    config_has_region(profile, release) ? REGION : "",
	    profile->pstore_armed && profile->crashkernel && profile->crashkernel[0]
		? " crash_kexec_post_notifiers"
		: "");
	if (out[0] == ' ')
		memmove(out, out + 1, strlen(out));
}

/* 1 if the console of the machine, or (NULL) of some target, is logged. */
static int channels_console(const struct config *config, const uint8_t *mac)
{
	for (size_t i = 0; i < config->target_count; i++) {
		const struct config_target *target = &config->targets[i];

		if (config_target_has_console(target) &&
		    (!mac || memcmp(target->address, mac, sizeof(target->address)) == 0))
			return 1;
	}
	return 0;
}

void config_channels(const struct config *config, const struct config_profile *profile,
    const struct image *image, const uint8_t *mac, struct channels *channels)
{
	const struct image_capture *capture = image_capture(image, profile->capture);
	char why[CHANNELS_WHY_MAX] = "";
	struct channels_ask ask = {.release = image->release,
	    .unarmed_why = why,
	    .netconsole = profile->netconsole != FORMAT_OFF,
	    .console = profile->console[0] && channels_console(config, mac),
	    .pstore = profile->pstore,
	    .region =
		config_has_region(profile, image->release) || args_have(profile->args, "ramoops."),
	    .post_notifiers =
		profile->pstore_armed || args_have(profile->args, "crash_kexec_post_notifiers"),
	    .panic = profile->panic,
	    .survives = profile->oops == OOPS_REPORT};

	if (!profile->crashkernel[0])
		snprintf(why, sizeof(why), "the profile has no crashkernel");
	else if (!image->has_overlay)
		snprintf(why, sizeof(why), "the image has no overlay");
	else if (!capture->need && (image->stock.need || image->small.need))
		snprintf(why, sizeof(why), "the image has no %s capture kernel", profile->capture);
	else
		ask.armed = 1;
	channels_find(&ask, channels);
}
