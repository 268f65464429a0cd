/* SPDX-License-Identifier: MIT */
/*
 * run: one boot of one target, from the override to the verdict. It blocks, for a bounded time; farm.h gives
 * each run a process of its own.
 *
 *   1. the target is powered off, and the machine's override set: the profile (and image), for one boot; with it
 *      the drill or script
 *   2. the target is asked for one boot from the network, where it can, and powered on
 *   3. the boot is recognised by the journal's events of that MAC, never by a console: requested, running
 *   4. the trigger: sysrq and script are in the override, an NMI is sent `after` seconds after "running"
 *   5. the verdict, from the session's record once died or uploaded is in the journal and the record is made;
 *      survived when `timeout` seconds have passed since "running", or since the sysrq or NMI, or when a
 *      script has ended before that and nothing followed
 *
 * No verdict, with the reason, for: an override that cannot be set, a BMC's error, no boot request or no
 * "running" within `boot_timeout`, another profile than the one asked for (the server's fallback), a script
 * that could not be run or ended with 125 to 127, a record that is not made. A machine that hangs silently
 * counts as survived: only an NMI can make it report (trigger nmi).
 *
 * A machine that boots again without any report has crashed, without a signature: "other crash" where a
 * signature is expected.
 */
#ifndef LASTWORDS_REPRO_RUN_H
#define LASTWORDS_REPRO_RUN_H

#include "base/err.h"
#include "config/config.h"
#include "session/session.h"
#include "verdict.h"

enum run_trigger {
	RUN_TRIGGER_NONE,
	RUN_TRIGGER_SYSRQ,
	RUN_TRIGGER_NMI,
	RUN_TRIGGER_SCRIPT, /* plan->script */
	RUN_TRIGGERS,
};
/* "none", "sysrq", "nmi", "script" */
const char *run_trigger_name(enum run_trigger trigger);
/*
 * The script that makes the kernel's own test module, lkdtm, crash it at the point KIND (PANIC, BUG, EXCEPTION,
 * HARDLOCKUP …), after that many seconds; it ends with 127 where that module is missing. malloc'ed, the
 * caller frees; NULL: kind is not of A-Z 0-9 _, or out of memory.
 */
char *run_kind_script(const char *kind, int after);

struct run_plan {
	const struct config *config;
	const struct config_target *target;
	const char *profile;
	const char *image; /* instead of the profile's; NULL */
	enum run_trigger trigger;
	const char
	    *script; /* with RUN_TRIGGER_SCRIPT, script_len bytes; its time limit is timeout */
	size_t script_len;
	int after, timeout, boot_timeout; /* s */
	const char *expect; /* a signature; "" any */
	const char *by; /* who switches the target, for the journal */
};

/* Without pointers: it travels through a pipe. */
struct run_result {
	enum verdict verdict;
	char why[200]; /* no verdict: why; else "" or a remark; printable ASCII */
	char session[SESSION_ID_MAX + 1]; /* "" it has none */
	char title[200], signature[17], channels[64]; /* of the crash; "" unknown */
	double seconds; /* from "running" to the crash or the end; below 0: never ran */
	int64_t ms; /* duration of all of it */
};

/* Never fails: what fails is a result without a verdict. */
void run_do(const struct run_plan *plan, struct run_result *result);

/*
 * After the last run of a target: removes its override, if it is still a campaign's (once, that profile), and
 * switches it off. 0/-1.
 */
int run_clean_up(struct err *err, const struct run_plan *plan);

#endif
