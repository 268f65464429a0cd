/* SPDX-License-Identifier: MIT */
/*
 * channels: which channels can carry a panic of a machine to the server. The one place that knows the rule;
 * measured on Linux 6.1, 6.12 and 7.2. Pure.
 *
 * Since Linux 7.0 netconsole is a console with a thread of its own (nbcon, an N in the flags of its line in
 * /proc/consoles). Its lines are sent by that thread, which does not run any more once panic() has begun, and
 * panic() flushes such a console only after it has had the chance to restart (kernel/panic.c, vpanic: first
 * crash_kexec, then panic_timeout, then nbcon_atomic_flush_unsafe). So of these kernels:
 *
 *   armed            no line of a panic by netconsole; the serial console has only what was printed before
 *                    panic() began
 *   kernel.panic > 0 none by netconsole; all by the serial console
 *   kernel.panic = 0 all by both, and then the machine hangs, unless a watchdog resets it
 *
 * pstore keeps a panic until the next boot. An armed kernel writes to it only with crash_kexec_post_notifiers.
 */
#ifndef LASTWORDS_BOOT_CHANNELS_H
#define LASTWORDS_BOOT_CHANNELS_H

#include <stddef.h>

/* In the order of printing. */
enum channel { CHANNEL_HTTP, CHANNEL_NETCONSOLE, CHANNEL_CONSOLE, CHANNEL_PSTORE, CHANNEL_COUNT };
/* "http", "netconsole", "console", "pstore": as in a record. */
const char *channel_name(enum channel channel);

enum channel_can {
	CHANNEL_NO,
	CHANNEL_PARTLY, /* some lines, or only on some machines */
	CHANNEL_YES
};
/* "no", "partly", "yes" */
const char *channel_can_name(enum channel_can can);

/* What decides; of a session what it reported, else what is planned. Texts: NULL or "" unknown, or no. */
struct channels_ask {
	const char *release; /* uname -r */
	enum { CHANNELS_BY_RELEASE, CHANNELS_THREADED, CHANNELS_DIRECT } consoles; /* reported */
	int armed;
	const char *unarmed_why;
	int netconsole; /* it runs, or is to run */
	const char *netconsole_why; /* why it does not; "" or NULL: off */
	int console; /* the server logs the machine's serial console */
	int pstore; /* records are sent at the next boot */
	const char *backend; /* reported: "ramoops", "efi_pstore", "erst"; "none"; NULL unknown */
	int region; /* of memory, for ramoops, on the command line */
	int post_notifiers; /* crash_kexec_post_notifiers is on the command line */
	int panic; /* kernel.panic, seconds */
	int survives; /* an oops is no panic: it is reported, then the keeper restarts the machine */
	const char *watchdog; /* the identity of the one that ends a panic */
};

enum { CHANNELS_WHY_MAX = 200 };
struct channels {
	struct {
		enum channel_can can;
		char why[CHANNELS_WHY_MAX]; /* why not, or when; "" nothing to add */
	} of[CHANNEL_COUNT];
};

void channels_find(const struct channels_ask *ask, struct channels *channels);
/* How many can carry a panic, with CHANNEL_YES, or as well with CHANNEL_PARTLY. */
int channels_count(const struct channels *channels, enum channel_can least);
/* "http, pstore (at the next boot); not netconsole: WHY; not console: WHY" */
void channels_text(const struct channels *channels, char *out, size_t size);

/* 1 if netconsole of the kernel of this release hands its lines to a thread; 0 also for an unknown release. */
int channels_threaded(const char *release);

#endif
