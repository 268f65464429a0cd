/* SPDX-License-Identifier: MIT */
/* check: what a configuration would do wrong on a machine; see config.h. */
#include "config.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/num.h"
#include "base/release.h"
#include "boot/command_line.h"
#include "boot/image.h"

struct check {
	const struct config *config;
	const struct config_profile *profile; /* NULL: the server's keys */
	FILE *out;
	int faults;
};

/* Reports a fault of key, or a warning, which is not counted. */
static void check_report(struct check *check, int warning, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void check_report(struct check *check, int warning, const char *key, const char *fmt, ...)
{
	const struct config_profile *profile = check->profile;
	va_list ap;

	fprintf(check->out, "%s:%d: %s", check->config->file,
	    config_line(profile ? &profile->at : &check->config->at, key),
	    warning ? "warning: " : "");
	if (profile)
		fprintf(check->out, "profile %s: ", profile->name);
	va_start(ap, fmt);
	vfprintf(check->out, fmt, ap);
	va_end(ap);
	fputc('\n', check->out);
	check->faults += !warning;
}

/* Arguments that do not do what they seem to. */
static const struct {
	const char *prefix, *why;
} traps[] = {
    {"panic_on_oops=", "is not a kernel argument; remove it: lastwords adds oops=panic"},
    {"kernel.panic_on_oops=", "is not a kernel argument; remove it: lastwords adds oops=panic"},
    {"kernel.panic=", "is a sysctl, not a kernel argument; set panic in the profile"},
    {"crashkernel=", "would be overridden; set crashkernel in the profile"},
    {"lastwords.session=", "is made for each boot; remove it"},
    {"kexec_load_disabled=",
	"is not a kernel argument, and as a sysctl it would prevent arming; remove it"},
    {"sysctl.kernel.kexec_load_disabled=", "prevents arming; remove it"},
};

/* Passwords of the pages must not be read on their way. */
static void check_web(struct check *check)
{
	const struct config *config = check->config;

	if (config->web[0] && !config_web_is_local(config) && !config_has_tls(config))
		check_report(check, 1, "web",
		    "web = \"%s\": passwords of the pages are sent in clear; set tls, or a loopback address with a proxy in front",
		    config->web);
}

/* iPXE on BIOS takes the first "mem=" that it finds for the end of memory (channels.c). */
static void check_reserve_mem(struct check *check)
{
	const char *args = check->profile->args, *mem = strstr(args, "mem=");

	if (mem && mem - args >= 8 && strncmp(mem - 8, "reserve_", 8) == 0)
		check_report(check, 1, "args",
		    "reserve_mem= is the end of memory to iPXE on BIOS, which then cannot boot; write lastwords.mem=2047M before it");
}

static void check_args(struct check *check)
{
	size_t len;

	for (const char *arg = check->profile->args; *arg;
	     arg += len + strspn(arg + len, " \t\r\n")) {
		len = strcspn(arg, " \t\r\n");
		for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
			if (strncmp(arg, traps[i].prefix, strlen(traps[i].prefix)) == 0)
				check_report(
				    check, 0, "args", "%.*s %s", (int)len, arg, traps[i].why);
	}
}

/* Whether the longest command line that a machine may get by this profile is too long. */
static void check_length(struct check *check, const char *release)
{
	const struct config_profile *profile = check->profile;
	char line[COMMAND_LINE_MAX];
	char switches[CONFIG_SWITCHES_MAX + 160];
	const struct session_key key = {{0}};
	const uint8_t mac[6] = {0};
	struct session session;
	struct command_line in = {
	    .initrds = "initrd=os initrd=session initrd=overlay",
	    .args = profile->args,
	    .more = "",
	    .switches = switches,
	    .console = profile->console,
	    .crashkernel = profile->crashkernel,
	    .session = session.id,
	    .arm = 1,
	    .panic = profile->panic,
	};
	struct err err;

	session_mint(&key, mac, 0, profile->name, &session);
	config_switches(profile, release, switches);
	if (profile->netconsole_early && profile->netconsole != FORMAT_OFF)
		snprintf(switches + strlen(switches), sizeof(switches) - strlen(switches),
		    "%s" COMMAND_LINE_EARLY, switches[0] ? " " : "", "+", "255.255.255.255",
		    profile->netconsole_device, UINT16_MAX, "255.255.255.255", "ff:ff:ff:ff:ff:ff");
	if (command_line_build(&err, &in, line))
		check_report(check, 0, "args", "%s", err.msg);
}

/* Bytes as MB, rounded up. */
static unsigned long long check_mb(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

static const char *check_source(const struct image_capture *capture)
{
	if (capture->measured[0])
		return capture->measured;
	if (strcmp(capture->from, "sized") == 0)
		return "measured for this kind of kernel";
	if (strcmp(capture->from, "estimated") == 0)
		return "estimated from its size";
	return strcmp(capture->from, "stated") == 0 ? "stated when it was made" : "from image.conf";
}

static void check_crashkernel(struct check *check, const struct image *image)
{
	const struct config_profile *profile = check->profile;
	const struct image_capture *capture = image_capture(image, profile->capture);
	const char *text = profile->crashkernel, *name = profile->capture;
	int other = image->stock.need || image->small.need;
	uint64_t asked;
	struct err err;

	if (strcmp(name, "stock") != 0 && strcmp(name, "small") != 0) {
		check_report(check, 0, "capture",
		    "capture = \"%s\" is unknown; it must be stock or small", name);
		return;
	}
	if (!capture->need && other)
		check_report(check, 0, "capture",
		    "image %s has no %s capture kernel; make it with `lastwords image --capture small`%s",
		    profile->image, name, image->stock.need ? "" : ", or set capture = \"small\"");
	if (!text[0])
		return;
	if (image->tier2 && capture == &image->small)
		check_report(check, 1, "capture",
		    "image %s has the larger small capture kernel (tier 2), whose extra drivers were "
		    "not tried on real hardware; try a machine with `lastwords drill`",
		    profile->image);
	/* Only a plain size can be compared; "384M-:128M" depends on the machine. */
	if (num_size(&err, "crashkernel", text, strcspn(text, "@, "), &asked) == 0 &&
	    asked < capture->need)
		check_report(check, 0, "crashkernel",
		    "crashkernel = \"%s\" is too small for image %s, whose %s capture kernel needs %lluM "
		    "(%s, %lluM of it margin); set it to that, or measure with `lastwords image --estimate "
		    "%s --capture %s`",
		    text, profile->image, name, check_mb(capture->need), check_source(capture),
		    check_mb(capture->margin), profile->image, name);
	else if (!image_capture_measured(capture) && (capture->need || !other))
		check_report(check, 1, "crashkernel",
		    "the memory that the %s capture kernel of image %s needs was not measured%s; measure "
		    "it with `lastwords image --estimate %s --capture %s`",
		    name, profile->image,
		    !capture->need                         ? ""
		    : strcmp(capture->from, "stated") == 0 ? ", only stated"
							   : ", only estimated",
		    profile->image, name);
}

/* Memory that the dying kernel uses too. */
static void check_cma(struct check *check, const struct image *image)
{
	const char *text = check->profile->crashkernel;

	if (!strstr(text, ",cma"))
		return;
	if (image->release[0] && !release_at_least(image->release, 6, 17))
		check_report(check, 1, "crashkernel",
		    "crashkernel = \"%s\": kernel %s knows no cma (Linux 6.17) and ignores that part; remove it",
		    text, image->release);
	else
		check_report(check, 1, "crashkernel",
		    "crashkernel = \"%s\": the kernel uses the cma part itself until it dies, and then waits 10 s "
		    "before the capture, because devices may still write there; without cma captures are sooner "
		    "and safer",
		    text);
}

/* Whether a panic can reach the server. */
static void check_channels(struct check *check, const struct image *image)
{
	const struct config_profile *profile = check->profile;
	struct channels channels;
	char text[1024];

	config_channels(check->config, profile, image, NULL, &channels);
	if (channels.of[CHANNEL_HTTP].can == CHANNEL_YES)
		return;
	channels_text(&channels, text, sizeof(text));
	if (channels_count(&channels, CHANNEL_YES) == 0)
		check_report(check, 1, profile->crashkernel[0] ? "capture" : "crashkernel",
		    "no channel surely carries a panic of kernel %s: %s; set crashkernel",
		    image->release[0] ? image->release : "unknown", text);
	else if (channels_threaded(image->release) && profile->netconsole != FORMAT_OFF)
		check_report(check, 1, profile->crashkernel[0] ? "capture" : "crashkernel",
		    "of kernel %s a panic is carried by %s; set crashkernel, and it is uploaded at once",
		    image->release, text);
}

static void check_image(struct check *check, const struct image *image)
{
	const char *name = check->profile->image;
	struct err err;

	if (!image->has_kernel)
		check_report(check, 0, "image",
		    "%s/vmlinuz is missing, nothing can boot; make the image again", image->dir);
	if (!image->has_initrd)
		check_report(check, 0, "image",
		    "%s/initrd.img is missing, and with it the /init that runs after arm; add the OS's initrd",
		    image->dir);
	if (image_overlay_ok(&err, image))
		check_report(check, 0, "image",
		    "image %s: %s: machines would boot unarmed; make it again", name, err.msg);
	check_crashkernel(check, image);
	check_cma(check, image);
}

/* Whether uploads would be refused from the first one on. */
static void check_floor(struct check *check)
{
	const struct config *config = check->config;
	uint64_t available = 0, size = 0, floor;
	struct err ignored;

	if (disk_look(&ignored, config->state, &available, &size))
		return; /* not made yet */
	floor = disk_floor_of(config->disk_floor, size);
	if (available < floor / 2)
		check_report(check, 0, "disk_floor",
		    "disk_floor is %lluM, but only %lluM are free where %s is, and below half of it uploads "
		    "are refused; make room, or lower it",
		    check_mb(floor), check_mb(available), config->state);
}

/* pxelinux and its menu, where Debian's packages have them. */
static void check_loader(struct check *check)
{
	static const char *const files[] = {"/usr/lib/PXELINUX/pxelinux.0",
	    "/usr/lib/PXELINUX/lpxelinux.0", "/usr/lib/syslinux/modules/bios/ldlinux.c32",
	    "/usr/lib/syslinux/modules/bios/menu.c32"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (access(files[i], R_OK)) {
			check_report(check, 0, "loader",
			    "loader = \"pxelinux\", and %s is missing; apt-get install pxelinux syslinux-common",
			    files[i]);
			return;
		}
}

int config_check(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};

	check_floor(&check);
	return check.faults + config_check_web(config, out) + config_check_profiles(config, out) +
	       config_check_channels(config, out);
}

int config_check_web(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};

	check_web(&check);
	return check.faults;
}

int config_check_profiles(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};
	struct image image;
	struct err err;

	for (size_t i = 0; i < config->profile_count; i++) {
		check.profile = &config->profiles[i];
		if (!check.profile->image[0])
			continue; /* only inherited from */
		if (check.profile->loader == LOADER_PXELINUX)
			check_loader(&check);
		if (image_open(&err, config->images, check.profile->image, &image)) {
			check_report(
			    &check, 0, "image", "%s; make it with `lastwords image`", err.msg);
			image.release[0] = '\0';
		} else {
			check_image(&check, &image);
		}
		check_args(&check);
		check_reserve_mem(&check);
		check_length(&check, image.release);
	}
	return check.faults;
}

int config_check_channels(const struct config *config, FILE *out)
{
	struct check check = {.config = config, .out = out};
	struct image image;
	struct err ignored;

	for (size_t i = 0; i < config->profile_count; i++) {
		check.profile = &config->profiles[i];
		if (check.profile->image[0] &&
		    image_open(&ignored, config->images, check.profile->image, &image) == 0)
			check_channels(&check, &image);
	}
	return check.faults;
}
