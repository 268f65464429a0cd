/* SPDX-License-Identifier: MIT */
/*
 * doctor: looks whether a live installation works, from the outside in: what a machine on the network would
 * meet first is asked first. Each check finds things and reports them; none changes anything, takes an
 * address, or ends the run. It must also work where the server does not run, the configuration is wrong,
 * STATE cannot be read, or it is not root: what cannot be asked then is "skipped", with what it needs.
 *
 * Every wait has a limit (below); all checks together take 80 s at most, 5 s where all is well. What
 * comes from the network is bounded and only ever text. The files:
 *
 *   doctor.c      the table of checks, the run          report.c    findings as text and as JSON
 *   dhcp.c        dhcp_wire.c  dhcp_packet.c            tftp.c      tftp_get.c  tftp_packet.c
 *   server.c      configuration, STATE, processes       boot.c      http.c
 *   images.c      images, and the channels they have    probe.c     a netconsole line and an upload of our own
 *   firewall.c    nft_text.c                            clock.c  disk.c  index.c  central.c
 */
#ifndef LASTWORDS_CLI_DOCTOR_H
#define LASTWORDS_CLI_DOCTOR_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "cli/dhcp/config.h"
#include "config/config.h"
#include "session/session.h"

enum {
	DOCTOR_DHCP_MS = 7000, /* for all offers; a server may ping an address for 3 s before */
	DOCTOR_DHCP_SECOND_MS =
	    1000, /* after the first answer to each question: for another server's */
	DOCTOR_DHCP_PROXY_MS = 2000, /* for each boot file of a proxy */
	DOCTOR_TFTP_MS = 5000, /* for each file */
	DOCTOR_HTTP_S = 5, /* for each request */
	DOCTOR_PROBE_MS = 4000, /* until what we sent is in a file */
	DOCTOR_PROGRAM_MS = 5000, /* for nft */
	DOCTOR_FILES_MAX = 16,
};

enum doctor_severity {
	DOCTOR_WELL, /* only `what` */
	DOCTOR_SKIPPED, /* it could not be looked at, or nobody needs it: why; fix: what it takes */
	DOCTOR_WARNING,
	DOCTOR_PROBLEM, /* machines do not boot, or their last words would be lost */
	DOCTOR_SEVERITIES
};

struct doctor_finding {
	const char *check;
	enum doctor_severity severity;
	char what[400], why[400], fix[400]; /* one line each; any bytes */
};

/* A boot file that a DHCP server names for a kind of firmware. */
struct doctor_file {
	const char *kind; /* "BIOS" … */
	struct in_addr server; /* TFTP */
	char name[256];
	int optional; /* many networks have no such machine */
};

struct doctor {
	/* Before: */
	const char *conf; /* path of the configuration */
	const struct config *config; /* NULL: it cannot be read */
	const char *config_error; /* then why */
	const char *interface; /* for DHCP; NULL: that of the server's address */
	const uint8_t *mac; /* of the machine to ask for; NULL: of none */
	/* What the checks know of each other: */
	struct dhcp_config here; /* what dhcp-config would print; server "": here_error */
	struct firmware firmware; /* dir "": unknown */
	struct err here_error;
	struct doctor_file files[DOCTOR_FILES_MAX]; /* of the check dhcp, for tftp */
	size_t file_count;
	const char *check; /* that runs */
	/* After: */
	struct doctor_finding *findings; /* malloc'ed */
	size_t count, room;
	struct doctor_finding spare; /* where memory is short */
};

struct doctor_check {
	const char *name, *help;
	void (*run)(struct doctor *doctor);
};
extern const struct doctor_check doctor_checks[]; /* ends with a NULL name */

/*
 * Runs the checks whose names are in only (separated by commas; NULL: all), in the table's order. Before each
 * begin(arg, check) is called, after it end(arg, findings, count) with what it found. 0, or -1: an
 * unknown name. Free with doctor_free.
 */
struct doctor_watch {
	void *arg;
	void (*begin)(void *arg, const struct doctor_check *check);
	void (*end)(void *arg, const struct doctor_finding *findings, size_t count);
};
int doctor_run(
    struct err *err, struct doctor *doctor, const char *only, const struct doctor_watch *watch);
void doctor_free(struct doctor *doctor);

/* For checks. All is well with this. */
void doctor_well(struct doctor *doctor, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A finding; the caller sets why and fix, before the next one. Never NULL. */
struct doctor_finding *doctor_find(struct doctor *doctor, enum doctor_severity severity,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void doctor_why(struct doctor_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_fix(struct doctor_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 1 if there is a configuration; else the check `what` is reported as skipped. */
int doctor_has_config(struct doctor *doctor, const char *what);
/* "PROBLEM; SUGGESTED FIX", as errors are written: to what and fix. */
void doctor_split(struct doctor_finding *finding, const char *text);
/* 1 if a profile before this one has the same image. */
int doctor_image_seen(const struct config *config, size_t profile);
/* A finding for each line that a check of the configuration has printed into text, which is changed. How many. */
int doctor_check_lines(struct doctor *doctor, char *text);

/* --- report.c --- */

/* "well", "skipped", "warning", "problem" */
const char *doctor_severity_name(enum doctor_severity severity);
/* The worst severity found; DOCTOR_WELL also where something was skipped. */
enum doctor_severity doctor_worst(const struct doctor *doctor);
struct kv_out;
/* One object (lastwords(1) describes it), with a newline; out->overflow if it does not fit. */
void doctor_json(struct kv_out *out, const struct doctor *doctor);
enum { DOCTOR_JSON_MAX = 1 << 20 };

/* --- the checks, in their own files --- */

void doctor_dhcp(struct doctor *doctor);
void doctor_tftp(struct doctor *doctor);
void doctor_secure_boot(struct doctor *doctor);
void doctor_server(struct doctor *doctor);
void doctor_boot(struct doctor *doctor);
void doctor_images(struct doctor *doctor);
void doctor_channels(struct doctor *doctor);
void doctor_netconsole(struct doctor *doctor);
void doctor_upload(struct doctor *doctor);
void doctor_firewall(struct doctor *doctor);
void doctor_clock(struct doctor *doctor);
void doctor_disk(struct doctor *doctor);
void doctor_index(struct doctor *doctor);
void doctor_central(struct doctor *doctor);

#endif
