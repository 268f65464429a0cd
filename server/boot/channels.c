/* SPDX-License-Identifier: MIT */
/* channels: which channels can carry a panic; see channels.h. Pure. */
#include "channels.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/release.h"

const char *channel_name(enum channel channel)
{
	static const char *const names[CHANNEL_COUNT] = {[CHANNEL_HTTP] = "http",
	    [CHANNEL_NETCONSOLE] = "netconsole",
	    [CHANNEL_CONSOLE] = "console",
	    [CHANNEL_PSTORE] = "pstore"};

	return names[channel];
}

const char *channel_can_name(enum channel_can can)
{
	static const char *const names[] = {
	    [CHANNEL_NO] = "no", [CHANNEL_PARTLY] = "partly", [CHANNEL_YES] = "yes"};

	return names[can];
}

int channels_threaded(const char *release)
{
	return release_at_least(release, 7, 0);
}

static void channels_set(struct channels *channels, enum channel channel, enum channel_can can,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void channels_set(
    struct channels *channels, enum channel channel, enum channel_can can, const char *fmt, ...)
{
	va_list ap;

	channels->of[channel].can = can;
	va_start(ap, fmt);
	vsnprintf(channels->of[channel].why, CHANNELS_WHY_MAX, fmt, ap);
	va_end(ap);
}

static const char *channels_or(const char *text, const char *otherwise)
{
	return text && text[0] ? text : otherwise;
}

static void channels_http(const struct channels_ask *ask, struct channels *channels)
{
	if (ask->armed)
		channels_set(channels, CHANNEL_HTTP, CHANNEL_YES, "%s", "");
	else
		channels_set(channels, CHANNEL_HTTP, CHANNEL_NO, "%s",
		    channels_or(ask->unarmed_why, "no capture kernel is loaded"));
}

static void channels_netconsole(
    const struct channels_ask *ask, int threaded, struct channels *channels)
{
	const enum channel channel = CHANNEL_NETCONSOLE;

	if (!ask->netconsole)
		channels_set(
		    channels, channel, CHANNEL_NO, "%s", channels_or(ask->netconsole_why, "off"));
	else if (threaded && ask->armed)
		channels_set(channels, channel, CHANNEL_NO,
		    "this kernel starts the capture kernel before netconsole's thread has sent the "
		    "panic");
	else if (threaded && ask->panic != 0 && ask->survives)
		channels_set(channels, channel, CHANNEL_PARTLY,
		    "an oops, which the machine survives until it is sent; not a panic");
	else if (threaded && ask->panic != 0)
		channels_set(channels, channel, CHANNEL_NO,
		    "this kernel restarts before netconsole's thread has sent the panic; it would send "
		    "it with panic = 0");
	else if (threaded && !(ask->watchdog && ask->watchdog[0]))
		channels_set(channels, channel, CHANNEL_YES,
		    "with panic = 0 the machine stays down after it");
	else
		channels_set(channels, channel, CHANNEL_YES, "%s", "");
}

static void channels_console(
    const struct channels_ask *ask, int threaded, struct channels *channels)
{
	if (!ask->console)
		channels_set(channels, CHANNEL_CONSOLE, CHANNEL_NO, "not logged: no target has it");
	else if (threaded && ask->armed)
		channels_set(channels, CHANNEL_CONSOLE, CHANNEL_PARTLY,
		    "only what is printed before the panic itself");
	else
		channels_set(channels, CHANNEL_CONSOLE, CHANNEL_YES, "%s", "");
}

static void channels_pstore(const struct channels_ask *ask, struct channels *channels)
{
	const char *backend = channels_or(ask->backend, ask->region ? "ramoops" : "");

	if (!ask->pstore)
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_NO, "off in the profile");
	else if (ask->armed && !ask->post_notifiers)
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_NO,
		    "the capture kernel starts before it is written; pstore_armed = \"true\" changes "
		    "that");
	else if (strcmp(backend, "none") == 0)
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_NO,
		    "neither firmware nor memory of this machine keeps records");
	else if (strcmp(backend, "ramoops") == 0)
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_YES,
		    "at the next boot, if it is a warm one of the same image and crashkernel");
	else if (backend[0])
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_YES,
		    "at the next boot, from %s, the last 10 KB",
		    strncmp(backend, "efi", 3) == 0 ? "EFI variables" : backend);
	else
		channels_set(channels, CHANNEL_PSTORE, CHANNEL_PARTLY,
		    "at the next boot, if the firmware has ERST or room for EFI variables");
}

void channels_find(const struct channels_ask *ask, struct channels *channels)
{
	int threaded = ask->consoles == CHANNELS_BY_RELEASE ? channels_threaded(ask->release)
							    : ask->consoles == CHANNELS_THREADED;

	channels_http(ask, channels);
	channels_netconsole(ask, threaded, channels);
	channels_console(ask, threaded, channels);
	channels_pstore(ask, channels);
}

int channels_count(const struct channels *channels, enum channel_can least)
{
	int count = 0;

	for (int i = 0; i < CHANNEL_COUNT; i++)
		count += channels->of[i].can >= least;
	return count;
}

static void channels_add(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void channels_add(char *out, size_t size, const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, size - len, fmt, ap);
	va_end(ap);
}

void channels_text(const struct channels *channels, char *out, size_t size)
{
	const char *between = "";

	out[0] = '\0';
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		const char *why = channels->of[i].why;

		if (channels->of[i].can == CHANNEL_NO)
			continue;
		channels_add(out, size, "%s%s%s%s%s", between, channel_name((enum channel)i),
		    why[0] ? " (" : "", why, why[0] ? ")" : "");
		between = ", ";
	}
	if (!out[0])
		channels_add(out, size, "none");
	for (int i = 0; i < CHANNEL_COUNT; i++)
		if (channels->of[i].can == CHANNEL_NO)
			channels_add(out, size, "; not %s: %s", channel_name((enum channel)i),
			    channels->of[i].why);
}
