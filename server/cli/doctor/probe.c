/* SPDX-License-Identifier: MIT */
/*
 * probe: a netconsole line and an upload that the doctor sends itself, the whole way to a file. Both are of a
 * session of no machine (session/session.h), whose files are in STATE/run/probe: no list, count, hook or syslog
 * gets to know of it. The files are removed. See doctor.h.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "cli/host/host.h"
#include "cli/host/input.h"
#include "doctor.h"
#include "http.h"
#include "session/keys.h"
#include "store/layout.h"

enum { PROBE_STALE_MS = 600000, PROBE_POLL_US = 50000, PROBE_ADDRESSES_MAX = 16 };

struct probe {
	struct session_keys keys;
	struct session session;
	char token[SESSION_TOKEN_MAX + 1];
	char dir[FILE_PATH_MAX]; /* of its files */
};

/* --- the session -------------------------------------------------------------------------------------- */

/* Mints it; 1, or 0 and a finding "skipped". */
static int probe_open(struct doctor *doctor, struct probe *probe, const char *what)
{
	struct doctor_finding *finding;
	uint8_t mac[6];
	struct err err;

	if (!doctor_has_config(doctor, what))
		return 0;
	(void)mac_parse(&err, SESSION_PROBE_MAC, mac);
	if (session_keys_load(&err, doctor->config->state, 0, &probe->keys)) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "%s", what);
		doctor_why(finding, "%s", err.msg);
		doctor_fix(finding,
		    "run lastwords doctor as root, or as the server's user; a server that was "
		    "never started has no key");
		return 0;
	}
	session_keys_mint(&probe->keys, mac, clock_now(), "doctor", &probe->session);
	(void)session_keys_token(&probe->keys, probe->session.id, probe->token);
	session_keys_free(&probe->keys);
	return layout_session_dir(
		   &err, doctor->config->state, &probe->session, LAYOUT_LOOK, probe->dir) == 0;
}

/* Removes the files of dir, and dir. */
static void probe_remove(const char *dir)
{
	char path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	struct err ignored;
	int n = file_list(&ignored, dir, NULL, &names);

	for (int i = 0; i < n; i++)
		if (file_path(&ignored, dir, names[i]->d_name, path) == 0)
			unlink(path); /* (neither "." nor ".." is a file) */
	file_list_free(names, n < 0 ? 0 : n);
	rmdir(dir);
}

/* Removes its files, and those that a killed doctor left; another one that runs keeps its own. */
static void probe_close(const struct probe *probe)
{
	char machine[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	struct err ignored;
	int n;

	snprintf(machine, sizeof(machine), "%s", probe->dir);
	*strrchr(machine, '/') = '\0';
	n = file_list(&ignored, machine, NULL, &names);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		struct session session;

		if (session_parse(&ignored, name, strlen(name), &session) == 0 &&
		    (strcmp(session.id, probe->session.id) == 0 ||
			session.time_ms < clock_now() - PROBE_STALE_MS) &&
		    file_path(&ignored, machine, name, path) == 0)
			probe_remove(path);
	}
	file_list_free(names, n < 0 ? 0 : n);
	rmdir(machine);
	*strrchr(machine, '/') = '\0';
	rmdir(machine);
}

/* 1 if the session's file NAME has the text. */
static int probe_has(const struct probe *probe, const char *name, const char *text)
{
	char path[FILE_PATH_MAX], *content = NULL;
	uint64_t left_out;
	struct err ignored;
	size_t len;
	int has;

	if (file_path(&ignored, probe->dir, name, path) || access(path, R_OK) ||
	    input_read_end(&ignored, path, 1 << 16, &content, &len, &left_out))
		return 0;
	has = strstr(content, text) != NULL;
	free(content);
	return has;
}

/* 1 as soon as it has it, 0 after DOCTOR_PROBE_MS. */
static int probe_wait(const struct probe *probe, const char *name, const char *text)
{
	int64_t end = clock_monotonic() + DOCTOR_PROBE_MS;

	while (!probe_has(probe, name, text)) {
		if (clock_monotonic() >= end)
			return 0;
		clock_pause_us(PROBE_POLL_US);
	}
	return 1;
}

/* --- netconsole --------------------------------------------------------------------------------------- */

/* Sends text to the port at address, from that address. 0/-1. */
static int line_send(struct err *err, const char *address, uint16_t port, const char *text)
{
	struct sockaddr_storage to, from;
	socklen_t len;
	int fd, rc;

	if (address_numeric(err, address, port, &to, &len) ||
	    address_numeric(err, address, 0, &from, &len))
		return -1;
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "socket");
	/* Connected: where nobody listens the answer to the first packet is an error of the second. */
	rc = bind(fd, (const struct sockaddr *)&from, len) ||
		     connect(fd, (const struct sockaddr *)&to, len) ||
		     send(fd, text, strlen(text), 0) < 0
		 ? err_errno(err, "%s", address)
		 : 0;
	close(fd);
	return rc;
}

/* The addresses of this host that the collector listens on; how many. */
static int line_addresses(const char *listen, char out[PROBE_ADDRESSES_MAX][INET6_ADDRSTRLEN])
{
	const int any4 = strcmp(listen, "0.0.0.0") == 0, any6 = strcmp(listen, "::") == 0;
	struct ifaddrs *all = NULL;
	int count = 0;

	if (!any4 && !any6) {
		snprintf(out[0], INET6_ADDRSTRLEN, "%.45s", listen);
		return 1;
	}
	if (getifaddrs(&all))
		return 0;
	for (const struct ifaddrs *a = all; a && count < PROBE_ADDRESSES_MAX; a = a->ifa_next)
		if (a->ifa_addr && a->ifa_flags & IFF_UP && a->ifa_addr->sa_family == AF_INET &&
		    getnameinfo(a->ifa_addr, sizeof(struct sockaddr_in), out[count],
			INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) == 0)
			count++;
	freeifaddrs(all);
	return count;
}

/* 1 if netconsole_from lets the address send. */
static int line_is_allowed(const struct config *config, const char *address)
{
	struct config_subnet subnets[CONFIG_SUBNETS_MAX];
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	struct err ignored;
	int count = config_subnets(&ignored, config->netconsole_from, subnets, CONFIG_SUBNETS_MAX);

	if (count <= 0 || (inet_pton(AF_INET, address, bytes + 12) != 1 &&
			      inet_pton(AF_INET6, address, bytes) != 1))
		return 1;
	for (int i = 0; i < count; i++)
		if (config_subnet_holds(&subnets[i], bytes))
			return 1;
	return 0;
}

static void line_lost(struct doctor *doctor, const char *address, uint16_t port, const char *why)
{
	struct doctor_finding *finding = doctor_find(doctor, DOCTOR_PROBLEM,
	    "a netconsole line sent to %s, UDP port %u, does not arrive", address, port);

	doctor_why(finding, "%s", why);
	doctor_fix(finding,
	    "start the server; open UDP port %u in the firewall; look at netconsole and "
	    "netconsole_from in the configuration",
	    port);
}

/* A command line as the kernel replays it binds the stream; the next line has the word that is looked for. */
static void line_try(
    struct doctor *doctor, const struct probe *probe, const char *address, uint16_t port)
{
	char word[100], text[400];
	struct err err;

	snprintf(word, sizeof(word), "lastwords doctor: a line from %.45s", address);
	snprintf(text, sizeof(text),
	    "[    0.000000] Kernel command line: lastwords.session=%s\n[    0.000001] %s\n",
	    probe->session.id, word);
	if (line_send(&err, address, port, text))
		line_lost(doctor, address, port, err.msg);
	else if (probe_wait(probe, "netconsole.log", word))
		doctor_well(doctor, "a netconsole line from %s is in a log", address);
	else
		line_lost(doctor, address, port,
		    host_collector_runs(doctor->config->state)
			? "the collector runs, but the line is in no log: something drops it on the way"
			: "the collector does not run");
}

void doctor_netconsole(struct doctor *doctor)
{
	char addresses[PROBE_ADDRESSES_MAX][INET6_ADDRSTRLEN], host[ADDRESS_HOST_MAX + 1] = "";
	struct doctor_finding *finding;
	struct probe probe;
	uint16_t port = 6666;
	struct err err;
	int count, tried = 0;

	if (!probe_open(doctor, &probe, "no netconsole line was sent"))
		return;
	(void)address_split(&err, doctor->config->netconsole, host, &port);
	count = line_addresses(host, addresses);
	for (int i = 0; i < count; i++) {
		size_t before = doctor->count;

		if (!line_is_allowed(doctor->config, addresses[i]))
			continue;
		tried++;
		line_try(doctor, &probe, addresses[i], port);
		/* (where one fails for want of a collector, all do) */
		if (doctor->count > before &&
		    doctor->findings[doctor->count - 1].severity == DOCTOR_PROBLEM)
			break;
	}
	probe_close(&probe);
	if (!tried) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "no netconsole line was sent");
		doctor_why(finding, "netconsole_from lets no address of this host send any");
		doctor_fix(
		    finding, "try it from a host that may, or add this host to netconsole_from");
	}
	if (doctor->here.server[0] && strncmp(host, "127.", 4) != 0) {
		finding =
		    doctor_find(doctor, DOCTOR_SKIPPED, "whether UDP comes from another host");
		doctor_why(finding,
		    "this host's own packets pass no switch or router, and hardly a firewall");
		doctor_fix(finding,
		    "on another host: echo lastwords-doctor >/dev/udp/%s/%u (bash); then look for it in "
		    "STATE/streams",
		    doctor->here.server, port);
	}
}

/* --- upload ------------------------------------------------------------------------------------------- */

static void upload_failed(struct doctor *doctor, const char *url, const char *why, long status)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, DOCTOR_PROBLEM, "an upload to %s is not stored", url);

	doctor_why(finding, "%s; the log of a crash would be lost", why);
	doctor_fix(finding, "%s",
	    status == 507 ? "make room on the disk, or lower disk_floor"
	    : status == 401 || status == 403 || status == 404
		? "the server has another key than the state directory of this configuration: restart it"
		: "see the check \"server\", and programs.log in the state directory's run");
}

void doctor_upload(struct doctor *doctor)
{
	static const char text[] = "[    0.000000] Linux version 0 (lastwords doctor)\n"
				   "[    1.000000] lastwords doctor: an upload\n";
	static struct http_reply reply;
	char base[HTTP_BASE_MAX], url[HTTP_BASE_MAX + SESSION_ID_MAX + 16], why[200];
	struct sha256_ctx hash;
	char digest[DIGEST_TEXT];
	struct probe probe;
	struct err err;

	if (!probe_open(doctor, &probe, "nothing was uploaded"))
		return;
	http_base(doctor, base);
	snprintf(url, sizeof(url), "%s/crash/%s", base, probe.session.id);
	sha256_init(&hash);
	sha256_update(&hash, sizeof(text) - 1, (const uint8_t *)text);
	digest_text(&hash, digest);
	if (http_put(&err, doctor, url, probe.token, text, sizeof(text) - 1, &reply)) {
		upload_failed(doctor, base, err.msg, 0);
	} else if (reply.status != 201) {
		snprintf(why, sizeof(why), "status %ld: %.*s", reply.status,
		    (int)strcspn(reply.body, "\n") < 120 ? (int)strcspn(reply.body, "\n") : 120,
		    reply.body);
		upload_failed(doctor, base, why, reply.status);
	} else if (strncmp(reply.body, digest, DIGEST_TEXT - 1) != 0) {
		upload_failed(doctor, base, "acknowledged with another SHA-256", 0);
	} else if (!probe_has(&probe, "dmesg.txt", "lastwords doctor: an upload")) {
		upload_failed(doctor, base,
		    "acknowledged, but it is not in this configuration's state directory", 404);
	} else {
		doctor_well(doctor, "an upload to %s is stored", base);
	}
	probe_close(&probe);
}
