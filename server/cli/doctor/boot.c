/* SPDX-License-Identifier: MIT */
/*
 * boot: asks the server what a machine would get, by a request that it neither records nor counts (dry=1,
 * lastwords-boot(8)), and for the head of each file that the script loads. See doctor.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/kv.h"
#include "doctor.h"
#include "http.h"
#include "store/db.h"

enum { BOOT_FILES_MAX = 8, BOOT_QUERY_MAX = 2048 };

/* --- the machine -------------------------------------------------------------------------------------- */

struct boot_sample {
	char mac[18], session[SESSION_ID_MAX + 1]; /* "": of no machine */
	char query[BOOT_QUERY_MAX]; /* the fields of its last request */
	struct kv_out out;
};

static int boot_newest(void *arg, const struct db_session *session)
{
	struct boot_sample *sample = arg;

	snprintf(sample->session, sizeof(sample->session), "%s", session->id);
	snprintf(sample->mac, sizeof(sample->mac), "%s", session->mac);
	return 1;
}

/* What it said in its request is said again. */
static int boot_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	static const char *const fields[] = {"product", "manufacturer", "serial", "asset", "uuid",
	    "arch", "platform", "netmask", "gateway"};
	struct boot_sample *sample = arg;
	char line[JOURNAL_LINE_MAX + 1];
	struct kv kv;

	(void)time_ms;
	if (strcmp(event, "requested") != 0)
		return 0;
	snprintf(line, sizeof(line), "%s", text);
	kv_parse(&kv, line, strlen(line), ' ');
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (kv_get(&kv, fields[i]))
			kv_out_pair(&sample->out, '&', fields[i], kv_get(&kv, fields[i]));
	if (kv_get(&kv, "address"))
		kv_out_pair(&sample->out, '&', "ip", kv_get(&kv, "address"));
	return 1;
}

/* The machine that was asked for, else the one that booted last, else none. */
static void boot_choose(struct doctor *doctor, struct boot_sample *sample)
{
	struct db_query query = {.limit = 1, .until_ms = clock_ahead()};
	struct err ignored;
	struct db *db;
	char hex[13];

	memset(sample, 0, sizeof(*sample));
	kv_out_init(&sample->out, sample->query, sizeof(sample->query));
	if (doctor->mac) {
		mac_format(doctor->mac, sample->mac);
		mac_format_hex(doctor->mac, hex);
		query.like = hex;
	}
	db = db_open(&ignored, doctor->config->state, 0);
	if (!db)
		return;
	if (db_sessions(&ignored, db, &query, boot_newest, sample) > 0)
		(void)db_events(&ignored, db, sample->session, boot_event, sample);
	db_close(db);
}

/* --- the script --------------------------------------------------------------------------------------- */

/* The message after the line that says who is booted: "echo lastwords: TEXT"; "" none. */
static void boot_message(const char *script, char out[300])
{
	static const char echo[] = "\necho lastwords: ";
	const char *line = strstr(script, echo);

	out[0] = '\0';
	if (!line)
		return;
	line = strchr(line + 1, '\n');
	if (line && strncmp(line, echo, sizeof(echo) - 1) == 0)
		snprintf(out, 300, "%.*s", (int)strcspn(line + sizeof(echo) - 1, "\n"),
		    line + sizeof(echo) - 1);
}

/* One file that the script loads. 1 if nobody answers: then no other need be asked for. */
static int boot_file(struct doctor *doctor, const char *url)
{
	static struct http_reply reply;
	struct doctor_finding *finding;
	struct err err;

	if (http_head(&err, doctor, url, &reply) == 0 && reply.status == 200 && reply.size != 0)
		return 0;
	finding = doctor_find(doctor, DOCTOR_PROBLEM, "%.300s cannot be loaded", url);
	if (reply.status)
		doctor_why(finding, "status %ld%s", reply.status,
		    reply.status == 200 ? ", of 0 bytes" : "");
	else
		doctor_why(finding, "%s", err.msg);
	doctor_fix(finding, "%s",
	    reply.status == 403
		? "let the server's user read the image (chmod -R a+rX)"
		: "make the image again with lastwords image; correct images or url");
	return !reply.status;
}

/* The files of /images/ in the script, each once; how many. */
static int boot_files(struct doctor *doctor, const char *script)
{
	char seen[BOOT_FILES_MAX][400];
	int count = 0;

	for (const char *at = script; (at = strstr(at, " http")) != NULL;) {
		char url[400];
		int known = 0;
		size_t len = strcspn(++at, " \n");

		if (len >= sizeof(url) || count == BOOT_FILES_MAX)
			continue;
		snprintf(url, sizeof(url), "%.*s", (int)len, at);
		for (int i = 0; i < count && !known; i++)
			known = strcmp(seen[i], url) == 0;
		if (known || !strstr(url, "/images/"))
			continue;
		memcpy(seen[count++], url, sizeof(url));
		if (boot_file(doctor, url))
			break;
	}
	return count;
}

static void boot_judge(struct doctor *doctor, const struct boot_sample *sample, const char *script)
{
	const char *who = sample->mac[0] ? sample->mac : "a machine without a name";
	const int armed = strstr(script, "rdinit=/lastwords/arm") != NULL;
	struct doctor_finding *finding;
	char message[300];
	int files;

	boot_message(script, message);
	files = boot_files(doctor, script);
	if (armed && !message[0]) {
		doctor_well(doctor, "/boot arms %s; %d file%s there", who, files,
		    files == 1 ? " is" : "s are");
		return;
	}
	if (strstr(script, "kernel ") || armed) {
		finding = doctor_find(doctor, DOCTOR_WARNING, "/boot: %s boots unarmed", who);
		doctor_why(finding, "%s", message[0] ? message : "its script has no arm");
		doctor_fix(finding, "lastwords explain %s; lastwords check",
		    sample->mac[0] ? sample->mac : "MAC");
		return;
	}
	if (!message[0]) {
		doctor_well(doctor, "/boot has a menu, or another loader, for %s", who);
		return;
	}
	finding = doctor_find(doctor, sample->mac[0] ? DOCTOR_PROBLEM : DOCTOR_SKIPPED,
	    "/boot has nothing to boot for %s", who);
	doctor_why(finding, "%s", message);
	doctor_fix(finding, "%s",
	    sample->mac[0]
		? "add a rule, or set unknown; lastwords explain MAC shows which rule fails"
		: "nothing, if rules are for known machines only: name one with --mac");
}

void doctor_boot(struct doctor *doctor)
{
	static struct http_reply reply;
	static struct boot_sample sample;
	char base[HTTP_BASE_MAX], url[HTTP_BASE_MAX + BOOT_QUERY_MAX + 64];
	struct doctor_finding *finding;
	struct err err;

	if (!doctor_has_config(doctor, "/boot was not asked"))
		return;
	boot_choose(doctor, &sample);
	http_base(doctor, base);
	snprintf(url, sizeof(url), "%s/boot?mac=%s&dry=1%s%s", base,
	    sample.mac[0] ? sample.mac : SESSION_PROBE_MAC, sample.query[0] ? "&" : "",
	    sample.query);
	if (http_get(&err, doctor, url, &reply)) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "/boot does not answer at %s", base);
		doctor_why(finding, "%s", err.msg);
		doctor_fix(finding, "see the check \"server\"");
	} else if (reply.status != 200 || strncmp(reply.body, "#!ipxe", 6) != 0) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "/boot answers with status %ld%s",
		    reply.status, reply.status == 200 ? ", but no script" : "");
		doctor_why(finding, "lastwords-boot does not run below the web server");
		doctor_fix(
		    finding, "see lighttpd.log and programs.log in the state directory's run");
	} else {
		boot_judge(doctor, &sample, reply.body);
	}
}
