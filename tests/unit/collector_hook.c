/* SPDX-License-Identifier: MIT */
/* hook.h's promises about when the program's turn comes, on a real directory with made clocks. */
#include "tap.h"

#include "collector/hook.h"
#include "collector/hook_run.h"
#include "scratch.h"

static const char *state;
static struct session session;
static struct hook hook;
static const int64_t utc = 1763718973123;

static void event(void *arg, const char *event, const char *id, const char *key, const char *value)
{
	(void)arg;
	ok(0, "no event: %s %s %s=%s", event, id, key, value);
}

static void died(int64_t time_ms, const char *channel)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), time_ms, "died", session.id);
	if (channel)
		kv_out_pair(&out, ' ', "channel", channel);
	ok(journal_append(&err, state, &out) == 0, "a death is in the journal");
}

static void warn(const char *text)
{
	ok(0, "no message: %s", text);
}

/* When the hook's turn for the death comes, of a collector that starts now; -1: never. */
static long long due(int wait, int64_t now)
{
	struct err err;
	long long at;

	if (hook_init(&err, &hook, state, "/bin/false", 10, wait, NULL, event, warn))
		return -2;
	hook_step(&hook, now, utc);
	at = hook.count ? hook.jobs[0].due : -1;
	hook_close(&hook);
	return at;
}

static char told[256];

static void note(void *arg, const char *event, const char *id, const char *key, const char *value)
{
	(void)arg;
	(void)event;
	(void)key;
	if (strcmp(id, "-") == 0)
		snprintf(told, sizeof(told), "%s", value);
}

/* A machine's session dies, made-up ones before it by the thousand. */
static void crowd(const struct session_key *key)
{
	uint8_t mac[6] = {0x52, 0x54, 7, 0, 0, 0};
	char dir[FILE_PATH_MAX], lines[HOOK_NEWCOMERS + 100][128];
	size_t count = sizeof(lines) / sizeof(lines[0]);
	struct session known;
	struct err err;

	for (size_t i = 0; i < count; i++) {
		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		session_mint(key, mac, utc - 600000, "lab", &session);
		if (layout_session_dir(&err, state, &session, LAYOUT_LAZY, dir))
			ok(0, "%s", err.msg);
		snprintf(
		    lines[i], sizeof(lines[i]), "2025-11-21T09:50:00.000Z died %s\n", session.id);
	}
	ok(hook_init(&err, &hook, state, "/bin/true", 10, 0, NULL, note, warn) == 0,
	    "a hook that begins now");
	for (size_t i = 0; i < count; i++) {
		size_t done;

		if (journal_append_lines(&err, state, lines[i], strlen(lines[i]), &done))
			ok(0, "%s", err.msg);
	}
	mac[2] = 8;
	session_mint(key, mac, utc - 48 * 3600000, "lab", &known);
	ok(layout_session_dir(&err, state, &known, LAYOUT_LAZY, dir) == 0, "a known machine");
	session = known;
	died(utc, NULL);
	for (int i = 0; i < 5000 && strcmp(hook.running, known.id) != 0; i++) {
		hook_step(&hook, 1000 + 500 * i, utc);
		usleep(1000);
	}
	is(hook.running, known.id, "a known machine's crash has its turn");
	ok(hook.runs < 50, "before those of made-up machines");
	ok(hook.count <= HOOK_NEWCOMERS + 1, "of which only so many wait");
	ok(strstr(told, "the hook did not run for ") != NULL, "what was passed over is reported");
	hook_close(&hook);
}

int main(int argc, char **argv)
{
	static const struct session_key key = {{1, 2, 3}};
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	char dir[FILE_PATH_MAX];
	struct err err;

	if (argc > 1 && strcmp(argv[1], HOOK_RUN_OPTION) == 0)
		return 0; /* the hook's runner, which is its program again */
	state = scratch_make();
	session_mint(&key, mac, utc - 600000, "lab", &session);
	ok(layout_make(&err, state) == 0 &&
		layout_session_dir(&err, state, &session, LAYOUT_LAZY, dir) == 0,
	    "a session with its directory is made");
	is_num(due(60, 1000), -1, "without a crash the hook has nothing to do");
	died(utc, NULL);
	is_num(due(60, 1000), 1000 + 60000, "a death waits hook_wait for its upload");
	is_num(due(86400, 1000), 1000 + 86400000, "a hook_wait of a day is kept");
	session_mint(&key, mac, utc - 300000, "lab", &session);
	ok(layout_session_dir(&err, state, &session, LAYOUT_LAZY, dir) == 0, "another session");
	died(utc, "capture");
	is_num(hook.count, 0, "(its hook has not looked yet)");
	ok(hook_init(&err, &hook, state, "/bin/false", 10, 60, NULL, event, warn) == 0 &&
		hook_step(&hook, 1000, utc) >= 0 && hook.count == 2 &&
		hook.jobs[1].due == 1000 + HOOK_CAPTURE_MS,
	    "a death that the capture kernel reports waits for its upload");
	hook_close(&hook);
	crowd(&key);
	is_num(hook_backoff(1), 2000, "the first wait after a failure is two seconds");
	is_num(hook_backoff(2), 8000, "the second wait is four times as long");
	is_num(hook_backoff(1000), hook_backoff(HOOK_TRIES), "the wait has an upper limit");
	return tap_done();
}
