/* SPDX-License-Identifier: MIT */
/* index: is it there, and does it have all of the journal? See doctor.h. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/host/host.h"
#include "doctor.h"
#include "store/db.h"
#include "store/layout.h"

enum { LINES_MAX = 1000000, WAIT_MS = 3000, POLL_US = 200000, MERGES_MAX = 100 };

static int index_count(void *arg, struct journal_entry *entry)
{
	long *count = arg;

	(void)entry;
	return ++*count >= LINES_MAX;
}

/* Lines of the journal that the index has not read; -1 with err. */
static long index_behind(struct err *err, const char *state, struct db *db)
{
	struct journal_pos pos;
	long count = 0;

	if (db_get_pos(err, db, &pos) || journal_read(err, state, &pos, index_count, &count) < 0)
		return -1;
	return count;
}

/* The same, after a running collector has had some time. */
static long index_behind_now(struct err *err, const char *state, struct db *db, int collector)
{
	int64_t end = clock_monotonic() + WAIT_MS;
	long behind;

	while ((behind = index_behind(err, state, db)) > 0 && collector && clock_monotonic() < end)
		clock_pause_us(POLL_US);
	return behind;
}

static void index_damaged(struct doctor *doctor, const struct err *err)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, DOCTOR_PROBLEM, "the index cannot be read");

	doctor_why(finding, "%s", err->msg);
	doctor_fix(finding, "lastwords reindex makes it again from the files; nothing is lost");
}

static void index_judge(struct doctor *doctor, struct db *db)
{
	const char *state = doctor->config->state;
	const int collector = host_collector_runs(state);
	struct doctor_finding *finding;
	long behind, merges;
	struct err err;

	behind = index_behind_now(&err, state, db, collector);
	merges = behind < 0 ? -1 : db_merges(&err, db);
	if (behind < 0 || merges < 0) {
		index_damaged(doctor, &err);
		return;
	}
	if (behind > 0) {
		finding = doctor_find(doctor, DOCTOR_WARNING,
		    "the index is behind the journal by %ld line%s", behind,
		    behind == 1 ? "" : "s");
		doctor_why(finding, "lists lack what is newer; %s",
		    collector ? "the collector reads them more slowly than they come"
			      : "the collector, which reads them, does not run");
		doctor_fix(finding, "%s",
		    collector ? "wait, and look again; journalctl -u lastwords"
			      : "start the server, or lastwords reindex");
	}
	if (merges > (collector ? MERGES_MAX : 0)) {
		finding = doctor_find(doctor, DOCTOR_WARNING, "%ld record%s still to be made",
		    merges, merges == 1 ? " is" : "s are");
		doctor_why(finding, "these crashes have no title yet");
		doctor_fix(finding, "%s", collector ? "wait, and look again" : "start the server");
	}
	if (behind == 0 && merges <= (collector ? MERGES_MAX : 0))
		doctor_well(doctor, "the index has all of the journal");
}

void doctor_index(struct doctor *doctor)
{
	struct doctor_finding *finding;
	char path[FILE_PATH_MAX];
	struct err err;
	struct db *db;

	if (!doctor_has_config(doctor, "the index was not looked at") ||
	    file_path(&err, doctor->config->state, "index.db", path))
		return;
	if (access(path, R_OK)) {
		const int missing = errno == ENOENT;

		finding = doctor_find(doctor, DOCTOR_SKIPPED, "the index was not looked at");
		doctor_why(finding, missing ? "there is none yet" : "this user cannot read it");
		doctor_fix(finding, missing
					? "start the server, which makes it"
					: "run lastwords doctor as root, or as the server's user");
		return;
	}
	db = db_open(&err, doctor->config->state, 0);
	if (!db) {
		index_damaged(doctor, &err);
		return;
	}
	index_judge(doctor, db);
	db_close(db);
}
