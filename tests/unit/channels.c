/* SPDX-License-Identifier: MIT */
/* channels.h and base/release.h: which channels can carry a panic, as it was measured on Linux 6.1, 6.12 and 7.2. */
#include "boot/channels.h"

#include "base/release.h"
#include "tap.h"

static struct channels channels;

static struct channels_ask armed(const char *release)
{
	return (struct channels_ask){.release = release,
	    .armed = 1,
	    .netconsole = 1,
	    .console = 1,
	    .pstore = 1,
	    .panic = 10};
}

static struct channels_ask unarmed(const char *release)
{
	struct channels_ask ask = armed(release);

	ask.armed = 0;
	ask.unarmed_why = "no reservation";
	return ask;
}

/* "yes no partly no": http, netconsole, console, pstore */
static void can(const struct channels_ask *ask, const char *want, const char *name)
{
	char text[64] = "";

	channels_find(ask, &channels);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
		    channel_can_name(channels.of[i].can));
	is(text, want, name);
}

static void test_release(void)
{
	ok(release_at_least("6.12.118+deb13-amd64", 6, 12), "6.12 is at least 6.12");
	ok(release_at_least("7.0.0", 6, 12), "7.0 is at least 6.12");
	ok(!release_at_least("6.1.0-56-amd64", 6, 12), "6.1 is older than 6.12");
	ok(!release_at_least("5.19", 6, 12), "5.19 is older than 6.12");
	ok(release_at_least("10.2", 9, 9), "a version with two digits is newer than one with one");
	ok(!release_at_least("", 0, 0) && !release_at_least(NULL, 0, 0) &&
		!release_at_least("6", 0, 0) && !release_at_least("x.1", 0, 0) &&
		!release_at_least("6.x", 0, 0),
	    "what is no version is not at least any");
}

static void test_armed(void)
{
	struct channels_ask ask = armed("6.12.118");

	can(&ask, "yes yes yes no", "armed, 6.12: all but pstore");
	ask.post_notifiers = 1;
	ask.region = 1;
	can(&ask, "yes yes yes yes", "armed with pstore_armed: pstore as well");
	ask = armed("7.2.13+deb14-amd64");
	can(&ask, "yes no partly no", "armed, 7.2: the upload alone carries a panic");
	ask.panic = 0;
	can(&ask, "yes no partly no", "armed, 7.2, panic = 0: the same");
	ask.consoles = CHANNELS_DIRECT;
	can(&ask, "yes yes yes no",
	    "what the machine reports of its consoles wins over the release");
	ask = armed("6.12.118");
	ask.consoles = CHANNELS_THREADED;
	can(&ask, "yes no partly no", "an N in /proc/consoles counts on any release");
}

static void test_unarmed(void)
{
	struct channels_ask ask = unarmed("6.1.0-56");

	can(&ask, "no yes yes partly",
	    "not armed, 6.1: netconsole; pstore depends on the firmware");
	is(channels.of[CHANNEL_HTTP].why, "no reservation", "the reason why it is not armed");
	ask = unarmed("7.2.13");
	can(&ask, "no no yes partly", "not armed, 7.2, panic = 10: no netconsole");
	ask.survives = 1;
	can(&ask, "no partly yes partly", "not armed, 7.2, oops = report: an oops by netconsole");
	ask.panic = 0;
	can(&ask, "no yes yes partly", "not armed, 7.2, panic = 0: netconsole");
	ok(strstr(channels.of[CHANNEL_NETCONSOLE].why, "stays down") != NULL,
	    "without a watchdog the machine stays down: %s", channels.of[CHANNEL_NETCONSOLE].why);
	ask.watchdog = "i6300ESB timer";
	can(&ask, "no yes yes partly", "with a watchdog as well");
	is(channels.of[CHANNEL_NETCONSOLE].why, "", "and it comes back");
	ask = unarmed("7.2.13");
	ask.region = 1;
	ask.console = 0;
	can(&ask, "no no no yes", "not armed, 7.2, a region of memory: pstore");
	ask.backend = "none";
	can(&ask, "no no no no", "a machine that reports no backend has no pstore");
	is_num(channels_count(&channels, CHANNEL_PARTLY), 0, "no channel at all is counted");
	ask.backend = "efi_pstore";
	can(&ask, "no no no yes", "EFI variables keep it");
	ask.pstore = 0;
	can(&ask, "no no no no", "pstore = off");
	ask = unarmed("");
	ask.netconsole = 0;
	ask.netconsole_why = "the next hop does not answer ARP";
	can(&ask, "no no yes partly", "netconsole that does not run");
	is(channels.of[CHANNEL_NETCONSOLE].why, "the next hop does not answer ARP",
	    "the reason why netconsole does not run");
}

static void test_text(void)
{
	struct channels_ask ask = armed("6.1.0");
	char text[1024];

	ask.console = 0;
	channels_find(&ask, &channels);
	channels_text(&channels, text, sizeof(text));
	is(text,
	    "http, netconsole; not console: not logged: no target has it; not pstore: the capture kernel "
	    "starts before it is written; pstore_armed = \"true\" changes that",
	    "the channels as text");
	ask = unarmed("7.2");
	ask.console = ask.pstore = 0;
	channels_find(&ask, &channels);
	channels_text(&channels, text, sizeof(text));
	ok(strncmp(text, "none; not http: ", 16) == 0, "a machine without any: %s", text);
	channels_text(&channels, text, 20);
	is_num((long long)strlen(text), 19, "a small buffer cuts the text");
}

int main(void)
{
	test_release();
	test_armed();
	test_unarmed();
	test_text();
	return tap_done();
}
