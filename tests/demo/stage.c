/* SPDX-License-Identifier: MIT */
/* stage: the stages of one crash and how each is known; see stage.h. */
#include "stage.h"

#include <stdio.h>
#include <string.h>

const char *const demo_stage_names[DEMO_STAGES] = {
    [DEMO_FIRMWARE] = "firmware",
    [DEMO_SCRIPT] = "script served",
    [DEMO_KERNEL] = "kernel",
    [DEMO_ARMED] = "armed",
    [DEMO_RUNNING] = "running",
    [DEMO_PANIC] = "panic seen",
    [DEMO_CAPTURE] = "capture kernel up",
    [DEMO_STORED] = "dmesg stored",
    [DEMO_REBOOTED] = "rebooted",
};

/* What the machine's console says of a stage; the note is the rest of that line. */
static const struct {
	enum demo_stage_id id;
	const char *text;
} demo_needles[] = {
    {DEMO_FIRMWARE, "iPXE 1"},
    {DEMO_FIRMWARE, "iPXE 2"},
    {DEMO_KERNEL, "Linux version "},
    {DEMO_ARMED, "lastwords: armed "},
    {DEMO_CAPTURE, "lastwords: capture kernel up"},
};

static void demo_reach(
    struct demo *demo, enum demo_stage_id id, int64_t ms, const char *note, size_t len)
{
	size_t to = 0;

	if (demo->at_ms[id])
		return;
	demo->at_ms[id] = ms;
	for (size_t i = 0; i < len && to < sizeof(demo->note[id]) - 1; i++) {
		if (note[i] == '\r' || note[i] == '\n' || note[i] == '\033')
			break;
		if (note[i] >= 0x20 && note[i] < 0x7f)
			demo->note[id][to++] = note[i];
	}
	demo->note[id][to] = '\0';
}

void demo_console(struct demo *demo, const char *text, size_t len, int64_t now_ms)
{
	/* A line may have been cut where the last look ended. */
	size_t from = demo->scanned > 200 ? demo->scanned - 200 : 0;

	for (size_t i = 0; i < sizeof(demo_needles) / sizeof(demo_needles[0]); i++) {
		const char *hit;

		if (demo->at_ms[demo_needles[i].id])
			continue;
		hit = memmem(
		    text + from, len - from, demo_needles[i].text, strlen(demo_needles[i].text));
		/* Only with its whole line, so that the note is whole too. */
		if (hit && memchr(hit, '\n', (size_t)(text + len - hit)))
			demo_reach(
			    demo, demo_needles[i].id, now_ms, hit, (size_t)(text + len - hit));
	}
	demo->scanned = len;
}

static const char *demo_value(const struct journal_entry *entry, const char *key)
{
	const char *value = kv_get(&entry->kv, key);

	return value ? value : "";
}

void demo_journal(struct demo *demo, const struct journal_entry *entry)
{
	char note[256];

	if (strcmp(entry->event, "requested") == 0) {
		if (!demo->session[0]) {
			memcpy(demo->session, entry->session, sizeof(demo->session));
			demo_reach(demo, DEMO_SCRIPT, entry->time_ms, entry->session,
			    strlen(entry->session));
		} else if (demo->at_ms[DEMO_STORED] && strcmp(entry->session, demo->session) != 0) {
			demo_reach(
			    demo, DEMO_REBOOTED, entry->time_ms, "it asks for its next script", 27);
		}
		return;
	}
	if (strcmp(entry->session, demo->session) != 0)
		return;
	if (strcmp(entry->event, "running") == 0) {
		snprintf(note, sizeof(note), "%s on %s, netconsole %s",
		    demo_value(entry, "address"), demo_value(entry, "interface"),
		    demo_value(entry, "netconsole"));
		demo_reach(demo, DEMO_RUNNING, entry->time_ms, note, strlen(note));
	} else if (strcmp(entry->event, "died") == 0) {
		snprintf(note, sizeof(note), "netconsole: %s", demo_value(entry, "line"));
		demo_reach(demo, DEMO_PANIC, entry->time_ms, note, strlen(note));
	} else if (strcmp(entry->event, "uploaded") == 0) {
		snprintf(note, sizeof(note), "%s bytes by %s, sha256 %.16s",
		    demo_value(entry, "bytes"), demo_value(entry, "channel"),
		    demo_value(entry, "sha256"));
		demo_reach(demo, DEMO_STORED, entry->time_ms, note, strlen(note));
	}
}

int demo_complete(const struct demo *demo)
{
	for (int i = 0; i < DEMO_STAGES; i++)
		if (!demo->at_ms[i])
			return 0;
	return 1;
}
