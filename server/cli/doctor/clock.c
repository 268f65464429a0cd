/* SPDX-License-Identifier: MIT */
/*
 * clock: is this host's clock right? Without asking any other, it is compared with what must not be in its
 * future: the newest journal entry, files, this program; and with the hardware clock. See doctor.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/host/input.h"
#include "doctor.h"
#include "store/journal.h"
#include "store/layout.h"

enum {
	AHEAD_MS = 60 * 1000, /* what is later than this is of a wrong clock */
	RTC_S = 300,
	ZONE_S = 900, /* the hardware clock may run in local time */
	ZONE_SLACK_S = 60,
	JOURNAL_END = 65536, /* bytes: the last lines */
};

static void clock_wrong(struct doctor *doctor, const char *what, int64_t when)
{
	struct doctor_finding *finding;
	char now[25], then[25];

	clock_format(clock_now(), now);
	clock_format(when, then);
	finding = doctor_find(doctor, DOCTOR_PROBLEM,
	    "the clock is wrong: it is %s, and %s is of %s", now, what, then);
	doctor_why(finding,
	    "it is behind now, or was ahead then; sessions sort by it, and ages, limits and "
	    "time-outs count by it");
	doctor_fix(finding,
	    "timedatectl set-ntp true; if it was ahead, lastwords fsck names what is of the "
	    "future");
}

/* 1 if the file's time is in the future. */
static int clock_file(struct doctor *doctor, const char *path)
{
	struct stat st;

	if (stat(path, &st) || clock_of(&st.st_mtim) <= clock_now() + AHEAD_MS)
		return 0;
	clock_wrong(doctor, path, clock_of(&st.st_mtim));
	return 1;
}

/* The journal's last whole line; 1 if it is of the future. */
static int clock_journal(struct doctor *doctor)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], *text = NULL;
	struct dirent **names = NULL;
	int64_t newest = 0, when;
	uint64_t left_out;
	struct err ignored;
	size_t len = 0;
	int n;

	if (file_path(&ignored, doctor->config->state, LAYOUT_JOURNAL, dir))
		return 0;
	n = file_list(&ignored, dir, journal_is_name, &names);
	if (n > 0 && file_path(&ignored, dir, names[n - 1]->d_name, path) == 0 &&
	    input_read_end(&ignored, path, JOURNAL_END, &text, &len, &left_out))
		text = NULL;
	file_list_free(names, n < 0 ? 0 : n);
	for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n")) {
		line[strcspn(line, " ")] = '\0';
		if (clock_parse(line, &when) == 0 && when > newest)
			newest = when;
	}
	free(text);
	if (newest <= clock_now() + AHEAD_MS)
		return 0;
	clock_wrong(doctor, "the journal's newest entry", newest);
	return 1;
}

/* The hardware clock, if there is one: seconds that the system's is ahead of it. 0/-1. */
static int clock_rtc(int64_t *ahead)
{
	FILE *file = fopen("/sys/class/rtc/rtc0/since_epoch", "re");
	char text[32] = "";
	struct err ignored;
	uint64_t seconds;

	if (!file)
		return -1;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	if (num_u64(&ignored, "rtc", text, strcspn(text, "\n"), 0, UINT32_MAX * 2ULL, &seconds))
		return -1;
	*ahead = clock_now() / 1000 - (int64_t)seconds;
	return 0;
}

/* 1 if it was reported. */
static int clock_hardware(struct doctor *doctor)
{
	struct doctor_finding *finding;
	int64_t ahead, zone;

	if (clock_rtc(&ahead))
		return 0;
	zone = llabs(ahead) % ZONE_S;
	if (llabs(ahead) < RTC_S ||
	    (llabs(ahead) < 15 * 3600 && (zone < ZONE_SLACK_S || zone > ZONE_S - ZONE_SLACK_S)))
		return 0;
	finding = doctor_find(doctor, DOCTOR_WARNING, "the clock is %lld s %s the hardware clock",
	    (long long)llabs(ahead), ahead > 0 ? "ahead of" : "behind");
	doctor_why(
	    finding, "one of them is wrong; after the next start the system has the hardware's");
	doctor_fix(finding, "timedatectl set-ntp true, then hwclock --systohc");
	return 1;
}

void doctor_clock(struct doctor *doctor)
{
	struct timex state = {.modes = 0};
	struct doctor_finding *finding;
	char path[FILE_PATH_MAX], self[FILE_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct err ignored;
	int wrong = 0;

	self[n > 0 ? n : 0] = '\0';
	wrong = clock_file(doctor, self) || clock_file(doctor, doctor->conf);
	if (!wrong && doctor->config)
		wrong = clock_journal(doctor) ||
			(file_path(&ignored, doctor->config->state, "index.db", path) == 0 &&
			    clock_file(doctor, path));
	wrong |= clock_hardware(doctor);
	if (wrong)
		return;
	if (adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0) {
		doctor_well(doctor, "the clock is synchronised");
		return;
	}
	doctor_well(doctor, "the clock is behind nothing that is stored");
	finding = doctor_find(doctor, DOCTOR_SKIPPED, "whether the clock is right to the second");
	doctor_why(finding, "no time service keeps it (adjtimex: unsynchronised)");
	doctor_fix(finding, "apt-get install systemd-timesyncd, or chrony");
}
