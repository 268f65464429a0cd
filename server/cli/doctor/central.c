/* SPDX-License-Identifier: MIT */
/* central: does lastwords-relay run, and has the central database what happened here? See doctor.h. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/kv.h"
#include "doctor.h"
#include "store/layout.h"

enum {
	CENTRAL_OLD_MS = 180000, /* it writes at least once in 90 s (relay.h) */
	CENTRAL_LAG_S = 300,
};

static void central_silent(struct doctor *doctor)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, DOCTOR_WARNING, "lastwords-relay does not run");

	doctor_why(finding, "the central database gets nothing of this server until it does");
	doctor_fix(finding,
	    "apt-get install lastwords-relay, systemctl restart lastwords; journalctl -u lastwords");
}

static void central_away(struct doctor *doctor, const char *state, const struct kv *kv)
{
	struct doctor_finding *finding = doctor_find(doctor, DOCTOR_WARNING, "%s", "");
	const char *why = kv_get(kv, "why");
	char text[sizeof(finding->what)];

	snprintf(text, sizeof(text), "%s: the central database is not connected: %s", state,
	    why ? why : "unknown reason");
	doctor_split(finding, text);
	doctor_why(finding, "it is %llu s behind; what happened since is sent later",
	    (unsigned long long)kv_u64(kv, "lag", INT64_MAX, 0));
	if (!finding->fix[0])
		doctor_fix(
		    finding, "it is tried again by itself; lastwords-relay(8) has the faults");
}

static void central_judge(struct doctor *doctor, const struct kv *kv)
{
	unsigned long long lag = kv_u64(kv, "lag", INT64_MAX, 0),
			   poison = kv_u64(kv, "poison", INT64_MAX, 0);
	const char *state = kv_get(kv, "state");
	struct doctor_finding *finding;

	if (!state || strcmp(state, "connected") != 0) {
		central_away(doctor, state ? state : "unknown", kv);
		return;
	}
	if (lag > CENTRAL_LAG_S) {
		finding = doctor_find(
		    doctor, DOCTOR_WARNING, "the central database is behind by %llu s", lag);
		doctor_why(
		    finding, "events come faster than the connection takes them, or it was away");
		doctor_fix(finding, "look again; lastwords central status shows whether it grows");
	}
	if (poison) {
		finding = doctor_find(doctor, DOCTOR_WARNING,
		    "the central database has refused %llu event%s", poison,
		    poison == 1 ? "" : "s");
		doctor_why(finding, "they are left out there; this server has them");
		doctor_fix(finding, "lastwords tail shows each with its reason; please report it");
	}
	if (lag <= CENTRAL_LAG_S && !poison)
		doctor_well(doctor, "the central database is connected, and behind by %llu s", lag);
}

void doctor_central(struct doctor *doctor)
{
	char path[FILE_PATH_MAX], text[LAYOUT_RELAY_MAX];
	struct err ignored;
	struct stat st;
	struct kv kv;

	if (!doctor_has_config(doctor, "the central database was not looked at"))
		return;
	if (!doctor->config->central[0]) {
		doctor_well(doctor, "there is no central database (central is not set)");
		return;
	}
	if (file_path(&ignored, doctor->config->state, LAYOUT_RELAY, path) || stat(path, &st) ||
	    clock_now() - clock_of(&st.st_mtim) > CENTRAL_OLD_MS ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		central_silent(doctor);
	else
		central_judge(doctor, &kv);
}
