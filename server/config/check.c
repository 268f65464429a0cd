/* SPDX-License-Identifier: MIT */
/* check: what a configuration would do wrong on a machine; see config.h. */
#include "config.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/num.h"
#include "boot/command_line.h"
#include "boot/image.h"

struct check {
	const struct config *config;
	FILE *out;
	int count;
};

static void check_say(struct check *check, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void check_warn(struct check *check, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void check_print(
    struct check *check, int line, const char *kind, const char *fmt, va_list ap)
{
	fprintf(check->out, "%s:%d: %s", check->config->file, line, kind);
	vfprintf(check->out, fmt, ap);
	fputc('\n', check->out);
}

static void check_say(struct check *check, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	check_print(check, line, "", fmt, ap);
	va_end(ap);
	check->count++;
}

/* What is no fault, but a person should know. */
static void check_warn(struct check *check, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	check_print(check, line, "warning: ", fmt, ap);
	va_end(ap);
}

/* Arguments that do not do what they are written for. */
static const struct {
	const char *prefix, *why;
} traps[] = {
    {"panic_on_oops=", "is not a kernel argument; remove it: lastwords adds oops=panic"},
    {"kernel.panic_on_oops=", "is not a kernel argument; remove it: lastwords adds oops=panic"},
    {"kernel.panic=", "is a sysctl, not a kernel argument; set panic in the profile"},
    {"crashkernel=", "would be overridden; set crashkernel in the profile"},
    {"lastwords.session=", "is made for each boot; remove it"},
    {"kexec_load_disabled=",
	"is not a kernel argument; it would be sysctl.kernel.kexec_load_disabled"
	", and keep lastwords from arming; remove it"},
    {"sysctl.kernel.kexec_load_disabled=", "keeps lastwords from arming; remove it"},
};

static void check_args(struct check *check, const struct config_profile *profile)
{
	for (const char *arg = profile->args; *arg;) {
		size_t len;

		arg += strspn(arg, " \t\r\n");
		len = strcspn(arg, " \t\r\n");
		for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
			if (len >= strlen(traps[i].prefix) &&
			    strncmp(arg, traps[i].prefix, strlen(traps[i].prefix)) == 0)
				check_say(check, profile->args_line, "profile %s: %.*s %s",
				    profile->name, (int)len, arg, traps[i].why);
		arg += len;
	}
}

static void check_length(struct check *check, const struct config_profile *profile)
{
	char line[COMMAND_LINE_MAX];
	char switches[CONFIG_SWITCHES_MAX + 160];
	struct session session;
	const struct session_key key = {{0}};
	const uint8_t mac[6] = {0};
	struct command_line in = {
	    .initrds = "initrd=os initrd=session initrd=overlay",
	    .args = profile->args,
	    .more = "",
	    .switches = switches,
	    .console = profile->console,
	    .crashkernel = profile->crashkernel,
	    .arm = 1,
	    .panic = profile->panic,
	};
	struct err err;

	config_switches(profile, switches);
	if (profile->netconsole_early && profile->netconsole != FORMAT_OFF)
		snprintf(switches + strlen(switches), sizeof(switches) - strlen(switches),
		    "%s" COMMAND_LINE_EARLY, switches[0] ? " " : "", "+", "255.255.255.255",
		    profile->netconsole_device, UINT16_MAX, "255.255.255.255", "ff:ff:ff:ff:ff:ff");
	session_mint(&key, mac, 0, profile->name, &session);
	in.session = session.id;
	if (command_line_build(&err, &in, line))
		check_say(check, profile->args_line, "profile %s: %s", profile->name, err.msg);
}

/* Sizes as crashkernel= has them, never less than they are. */
static unsigned long long check_mb(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

static const char *check_from(const struct image_capture *capture)
{
	return capture->measured[0]                      ? capture->measured
	       : strcmp(capture->from, "sized") == 0     ? "measured for this kind of kernel"
	       : strcmp(capture->from, "estimated") == 0 ? "estimated from its size"
	       : strcmp(capture->from, "stated") == 0    ? "stated when it was made"
							 : "as image.conf says";
}

static void check_crashkernel(
    struct check *check, const struct config_profile *profile, const struct image *image)
{
	const struct image_capture *capture = image_capture(image, profile->capture);
	const char *text = profile->crashkernel;
	int other = image->stock.need || image->small.need;
	uint64_t asked;
	struct err err;

	if (strcmp(profile->capture, "stock") != 0 && strcmp(profile->capture, "small") != 0) {
		check_say(check, profile->capture_line,
		    "profile %s: capture = \"%s\" is neither \"stock\" nor \"small\"",
		    profile->name, profile->capture);
		return;
	}
	if (!capture->need && other)
		check_say(check, profile->capture_line,
		    "profile %s: image %s has no %s capture kernel; make it with `lastwords image "
		    "--capture small`%s",
		    profile->name, profile->image, profile->capture,
		    image->stock.need ? "" : ", or set capture = \"small\"");
	if (!text[0])
		return;
	if (image->tier2 && capture == &image->small)
		check_warn(check, profile->capture_line,
		    "profile %s: image %s has the larger small capture kernel (tier 2): its "
		    "further "
		    "drivers were not verified on hardware; `lastwords drill` tries a machine",
		    profile->name, profile->image);
	/* Only a plain size can be compared; "384M-:128M" depends on the machine. */
	if (num_size(&err, "crashkernel", text, strcspn(text, "@,"), &asked) == 0 &&
	    asked < capture->need) {
		check_say(check, profile->crashkernel_line,
		    "profile %s: crashkernel = \"%s\" is too small for image %s; its %s capture "
		    "kernel needs %lluM (%s, %lluM of it margin); ask for that, or measure it "
		    "with `lastwords image --estimate %s --capture %s`",
		    profile->name, text, profile->image, profile->capture, check_mb(capture->need),
		    check_from(capture), check_mb(capture->margin), profile->image,
		    profile->capture);
		return;
	}
	if (!image_capture_measured(capture) && (capture->need || !other))
		check_warn(check, profile->crashkernel_line,
		    "profile %s: what the %s capture kernel of image %s needs was not measured%s; "
		    "measure it with `lastwords image --estimate %s --capture %s`",
		    profile->name, profile->capture, profile->image,
		    !capture->need                         ? ""
		    : strcmp(capture->from, "stated") == 0 ? ", only stated"
							   : ", only estimated",
		    profile->image, profile->capture);
}

static void check_image(struct check *check, const struct config_profile *profile)
{
	const char *name = profile->image;
	int line = profile->image_line;
	struct image image;
	struct err err;

	if (image_open(&err, check->config->images, name, &image)) {
		check_say(check, line, "profile %s: %s; make it with `lastwords image`",
		    profile->name, err.msg);
		return;
	}
	if (!image.has_kernel)
		check_say(check, line,
		    "profile %s: %s/vmlinuz is missing; nothing can boot from it", profile->name,
		    image.dir);
	if (!image.has_initrd)
		check_say(check, line,
		    "profile %s: %s/initrd.img is missing: without an initrd there is no /init "
		    "that "
		    "rdinit= could hand over to; add the OS's initrd",
		    profile->name, image.dir);
	if (image_overlay_ok(&err, &image))
		check_say(check, line,
		    "profile %s: image %s: %s; machines would boot unarmed, make it again",
		    profile->name, name, err.msg);
	check_crashkernel(check, profile, &image);
}

/* Uploads that would be refused from the first on. */
static void check_floor(struct check *check)
{
	const struct config *config = check->config;
	uint64_t available = 0, size = 0, floor;
	struct err ignored;

	if (disk_look(&ignored, config->state, &available, &size))
		return; /* not made yet */
	floor = disk_floor_of(config->disk_floor, size);
	if (available < floor / 2)
		check_say(check, config->disk_floor_line,
		    "disk_floor is %lluM, but only %lluM are free where %s is: uploads are refused "
		    "below half of it; make room, or lower it",
		    check_mb(floor), check_mb(available), config->state);
}

/* What pxelinux is started with, and its menu; Debian's packages have them there. */
static void check_loader(struct check *check, const struct config_profile *profile)
{
	static const char *const files[] = {"/usr/lib/PXELINUX/pxelinux.0",
	    "/usr/lib/PXELINUX/lpxelinux.0", "/usr/lib/syslinux/modules/bios/ldlinux.c32",
	    "/usr/lib/syslinux/modules/bios/menu.c32"};

	if (profile->loader != LOADER_PXELINUX)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (access(files[i], R_OK) == 0)
			continue;
		check_say(check, profile->line,
		    "profile %s: loader = \"pxelinux\", and %s is missing; apt-get install "
		    "pxelinux syslinux-common",
		    profile->name, files[i]);
		return;
	}
}

int config_check(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};

	check_floor(&check);

	for (size_t i = 0; i < config->profile_count; i++) {
		if (!config->profiles[i].image[0])
			continue; /* only inherited from */
		check_loader(&check, &config->profiles[i]);
		check_image(&check, &config->profiles[i]);
		check_args(&check, &config->profiles[i]);
		check_length(&check, &config->profiles[i]);
	}
	return check.count;
}
