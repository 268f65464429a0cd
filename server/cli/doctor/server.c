/* SPDX-License-Identifier: MIT */
/* server: the configuration, the state directory, and the programs that should run; see doctor.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kv.h"
#include "cli/host/host.h"
#include "cli/serve/tls.h"
#include "doctor.h"
#include "http.h"
#include "store/layout.h"
#include "target/target.h"

/* --- configuration ------------------------------------------------------------------------------------ */

/* What is wrong with pages, targets and certificate, a finding for each line. */
static void server_targets(struct doctor *doctor)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	config_check_web(doctor->config, out);
	target_check(doctor->config, out);
	tls_check(doctor->config, out);
	if (fclose(out) == 0)
		doctor_check_lines(doctor, text);
	free(text);
}

static int server_config(struct doctor *doctor)
{
	struct doctor_finding *finding;

	if (!doctor->config) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "%s", "");
		doctor_split(finding, doctor->config_error);
		doctor_why(finding,
		    "the configuration cannot be read; a running server keeps the old one, "
		    "a new one does not start");
		if (!finding->fix[0])
			doctor_fix(
			    finding, "lastwords check names each error; -c names another file");
		return -1;
	}
	if (!doctor->here.server[0] && !strstr(doctor->config->url, "://[")) {
		finding = doctor_find(doctor, DOCTOR_WARNING, "%s", "");
		doctor_split(finding, doctor->here_error.msg);
		doctor_why(finding, "machines have no address of this server");
	}
	server_targets(doctor);
	doctor_well(doctor, "%s: profiles: %zu, rules: %zu, targets: %zu", doctor->conf,
	    doctor->config->profile_count, doctor->config->rule_count,
	    doctor->config->target_count);
	return 0;
}

/* --- state -------------------------------------------------------------------------------------------- */

/* 1 if the owner of STATE may write in its directory NAME, which is his. */
static int server_owns(const char *state, const char *name, const struct stat *owner)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;

	if (file_path(&ignored, state, name, path) || stat(path, &st))
		return errno == ENOENT; /* it is made when it is needed */
	return st.st_uid == owner->st_uid && (st.st_mode & 0300) == 0300;
}

static void server_state(struct doctor *doctor)
{
	static const char *const names[] = {
	    LAYOUT_JOURNAL, LAYOUT_MACHINES, LAYOUT_SESSIONS, LAYOUT_STREAMS, LAYOUT_RUN};
	const char *state = doctor->config->state;
	struct doctor_finding *finding;
	struct stat st;

	if (stat(state, &st)) {
		finding = doctor_find(doctor, errno == EACCES ? DOCTOR_SKIPPED : DOCTOR_PROBLEM,
		    "%s: %s", state, strerror(errno));
		doctor_why(finding, "sessions, logs and the key are kept there");
		doctor_fix(finding, "%s",
		    errno == EACCES ? "run lastwords doctor as root, or as the server's user"
				    : "start the server once, which makes it; or correct state");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (access(state, X_OK))
			break;
		if (server_owns(state, names[i], &st))
			continue;
		finding = doctor_find(doctor, DOCTOR_PROBLEM,
		    "%s/%s does not belong to the server's user, or he cannot write there", state,
		    names[i]);
		doctor_why(finding, "what arrives cannot be stored");
		doctor_fix(finding, "lastwords fsck --repair, as root");
	}
	if (access(state, R_OK | X_OK)) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "%s cannot be read", state);
		doctor_why(finding, "by this user; checks that need it are skipped");
		doctor_fix(finding, "run lastwords doctor as root, or as the server's user");
	}
}

/* --- processes ---------------------------------------------------------------------------------------- */

/* What the collector has counted since it started. */
static void server_counts(struct doctor *doctor)
{
	static const struct {
		const char *key, *what, *fix;
	} counts[] = {
	    {"overflow", "packets were lost because the collector's socket was full",
		"raise net.core.rmem_max (/usr/lib/sysctl.d/lastwords.conf has the value), restart the server"},
	    {"write-errors", "times a log could not be written",
		"see the server's messages (journalctl -u lastwords), and the check \"disk\""},
	    {"events-dropped", "events could not be written into the journal",
		"make room on the disk of the state directory"},
	};
	char path[FILE_PATH_MAX], text[2048];
	struct err ignored;
	struct kv kv;

	if (file_path(&ignored, doctor->config->state, "run/collector.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t count = kv_u64(&kv, counts[i].key, INT64_MAX, 0);
		struct doctor_finding *finding;

		if (!count)
			continue;
		finding = doctor_find(
		    doctor, DOCTOR_WARNING, "%llu %s", (unsigned long long)count, counts[i].what);
		doctor_why(finding, "counted since the collector started");
		doctor_fix(finding, "%s", counts[i].fix);
	}
}

static void server_collector(struct doctor *doctor)
{
	const char *state = doctor->config->state;
	struct doctor_finding *finding;
	char path[FILE_PATH_MAX];
	struct err ignored;

	/* (its lock can be tried only by who may read it) */
	if (file_path(&ignored, state, "run/collector.lock", path) ||
	    (access(path, R_OK) && errno == EACCES))
		return;
	if (host_collector_runs(state)) {
		doctor_well(doctor, "the collector runs");
		server_counts(doctor);
		return;
	}
	finding = doctor_find(doctor, DOCTOR_PROBLEM, "the collector does not run");
	doctor_why(finding, "netconsole lines are lost, and new crashes come into no list");
	doctor_fix(finding, "systemctl start lastwords; journalctl -u lastwords has its messages");
}

static void server_http(struct doctor *doctor)
{
	static struct http_reply reply;
	char base[HTTP_BASE_MAX], url[HTTP_BASE_MAX + 16];
	struct doctor_finding *finding;
	struct err err;

	http_base(doctor, base);
	snprintf(url, sizeof(url), "%s/boot.ipxe", base);
	if (http_get(&err, doctor, url, &reply)) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "no HTTP server answers at %s", base);
		doctor_why(finding, "%s; machines get no script", err.msg);
		doctor_fix(finding,
		    "systemctl start lastwords; or correct listen and url; a firewall may "
		    "drop the port");
	} else if (reply.status != 200 || strncmp(reply.body, "#!ipxe", 6) != 0) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "%s: status %ld%s", url, reply.status,
		    reply.status == 200 ? ", but no iPXE script" : "");
		doctor_why(finding, "another web server answers there, or ours is not whole");
		doctor_fix(finding,
		    "free the port (Debian's lighttpd.service takes 80), or correct listen and "
		    "url; install lastwords again if boot.ipxe is missing");
	} else {
		doctor_well(doctor, "%s is served", url);
	}
}

void doctor_server(struct doctor *doctor)
{
	if (server_config(doctor))
		return;
	server_state(doctor);
	server_collector(doctor);
	server_http(doctor);
}
