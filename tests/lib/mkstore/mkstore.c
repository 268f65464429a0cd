/* SPDX-License-Identifier: MIT */
/*
 * mkstore: a STATE as large as wanted, for measurements and for pages that need something to show.
 *
 *	mkstore STATE [KEY=NUMBER…]
 *
 *	sessions=100000 machines=10000 crashes=10000 signatures=300 releases=12
 *	days=180       the time that they cover, until now
 *	lines=80       of each crash's log before the report
 *	big=0          lines of one log more, dmesg.txt of the newest session (mac 52:54:00:ff:ff:ff)
 *	seed=1         the same numbers give the same store, but for its times when now differs
 *	now=0          seconds since 1970; 0: the clock's
 *	index=1        0: leaves the index to be made (lastwords reindex)
 *	first=0        the number of the first machine, so that several stores have machines of their own
 *
 * What it makes is of the programs' own code: session ids, journal lines, dumps with their metadata, records with
 * titles and signatures from the logs, and the index. Some 50 s of CPU for the numbers above; STATE must not exist.
 *
 * Who crashes of what is not all chance, so that statistics find something. Of signature number k (0 the most frequent):
 *	k % 4 == 1    only machines of one product          k % 4 == 2    only releases from one on
 *	k % 4 == 3    only some machines (2 of 100)         k % 4 == 0    everywhere
 * One crash of 20 is known by netconsole only, and has no report. Machines take a new release at their own time.
 */
#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/kv.h"
#include "base/num.h"
#include "record/record.h"
#include "session/session.h"
#include "store/journal.h"
#include "store/layout.h"
#include "store/update.h"

enum { TRIES = 12, STEP = 10000 };

static struct {
	const char *name;
	int value;
} options[] = {{"sessions", 100000}, {"machines", 10000}, {"crashes", 10000}, {"signatures", 300},
    {"releases", 12}, {"days", 180}, {"lines", 80}, {"big", 0}, {"seed", 1}, {"now", 0},
    {"index", 1}, {"first", 0}};
enum {
	SESSIONS,
	MACHINES,
	CRASHES,
	SIGNATURES,
	RELEASES,
	DAYS,
	LINES,
	BIG,
	SEED,
	NOW,
	INDEX,
	FIRST,
	OPTIONS
};
#define OPTION(which) (options[which].value)

enum kind { REQUESTED, ARMED, NOT_ARMED, RUNNING, DIED, UPLOADED };
struct event {
	int64_t time_ms;
	int number; /* of the session */
	enum kind kind;
};

struct made {
	int machine, release;
	int64_t time_ms, bytes;
	char sha256[DIGEST_TEXT];
};

static const char *state;
static struct err err;
static struct session_key key;
static struct made *sessions;
static struct event *events;
static size_t event_count, event_room;

static void die(const char *what)
{
	fprintf(stderr, "mkstore: %s: %s\n", what, err.msg);
	exit(1);
}

static void mint(int number, struct session *session)
{
	static const char *const profiles[] = {"debian", "debian", "debian", "rescue", "compute"};
	const struct made *made = &sessions[number];
	uint32_t m = (uint32_t)made->machine;
	const uint8_t mac[6] = {0x52, 0x54, 0, (uint8_t)(m >> 16), (uint8_t)(m >> 8), (uint8_t)m};

	session_mint(&key, mac, made->time_ms, profiles[m % 5], session);
}

static void event_add(int64_t time_ms, int number, enum kind kind)
{
	struct event *to = array_grow(&err, events, &event_room, event_count, sizeof(*events));

	if (!to)
		die("events");
	events = to;
	events[event_count++] = (struct event){time_ms, number, kind};
}

/* --- a crash's files -------------------------------------------------------------------------------- */

static void put_file(
    const char *dir, const char *name, const char *text, size_t len, int64_t time_ms)
{
	struct timespec times[2] = {{.tv_sec = time_ms / 1000}, {.tv_sec = time_ms / 1000}};
	char path[FILE_PATH_MAX];
	FILE *file;

	if (file_path(&err, dir, name, path))
		die(name);
	file = fopen(path, "w");
	if (!file || fwrite(text, 1, len, file) != len || fclose(file) ||
	    utimensat(AT_FDCWD, path, times, 0)) {
		err_errno(&err, "%s", path);
		die("file");
	}
}

/* The dump with its metadata, and the record that is made of it. */
static void put_dump(int number, const char *text, size_t len, int64_t time_ms)
{
	char dir[FILE_PATH_MAX], meta[1024], when[25];
	struct made *made = &sessions[number];
	struct session session;
	struct sha256_ctx hash;
	struct kv_out out;

	mint(number, &session);
	if (layout_session_dir(&err, state, &session, LAYOUT_LAZY, dir))
		die("session");
	sha256_init(&hash);
	sha256_update(&hash, len, (const uint8_t *)text);
	digest_text(&hash, made->sha256);
	made->bytes = (int64_t)len;
	clock_format(time_ms, when);
	kv_out_init(&out, meta, sizeof(meta));
	kv_out_pair(&out, '\n', "session", session.id);
	kv_out_pair(&out, '\n', "received", when);
	kv_out_num(&out, '\n', "bytes", len);
	kv_out_pair(&out, '\n', "sha256", made->sha256);
	kv_out_pair(&out, '\n', "channel", "http");
	kv_out_pair(&out, '\n', "address", "10.0.0.1");
	kv_out_raw(&out, "\n");
	put_file(dir, "dmesg.txt", text, len, time_ms);
	put_file(dir, "dmesg.meta", meta, out.len, time_ms);
	if (record_make(&err, dir, log_product(made->machine)))
		die("record");
}

/* --- who crashes, and of what ------------------------------------------------------------------------ */

/* The release that a machine runs at a share of the time: each release comes to the machines over a while. */
static int release_at(int machine, double part)
{
	double late = log_share(3, (uint64_t)machine) * 0.6;
	int release = (int)(part * OPTION(RELEASES) - late);

	return release < 0 ? 0 : release < OPTION(RELEASES) ? release : OPTION(RELEASES) - 1;
}

static const char *release_name(int release, char name[32])
{
	snprintf(name, 32, "6.1.0-%d-amd64", 9 + release);
	return name;
}

/* A signature's number; -1: no report. */
static int signature_of(int number)
{
	const struct made *made = &sessions[number];

	if (log_chance(40, (uint64_t)number) % 20 == 0)
		return -1;
	for (uint64_t i = 0; i < TRIES; i++) {
		double u = log_share(50 + i, (uint64_t)number);
		int k = (int)(u * u * u * OPTION(SIGNATURES));

		if (k % 4 == 1 && log_product_number(made->machine) != k % LOG_PRODUCTS)
			continue;
		if (k % 4 == 2 && made->release < k % OPTION(RELEASES))
			continue;
		if (k % 4 == 3 && made->machine % 50 != k % 50)
			continue;
		return k;
	}
	return 0;
}

static void crash(int number, int64_t up_ms, int64_t until_ms)
{
	int64_t died_ms =
	    up_ms + (int64_t)(log_share(41, (uint64_t)number) * (double)(until_ms - up_ms));
	char release[32], *text;
	int k = signature_of(number);
	size_t len;

	event_add(died_ms, number, DIED);
	if (k < 0)
		return;
	text = log_make(&(struct log){.number = number,
			    .machine = sessions[number].machine,
			    .signature = k,
			    .lines = OPTION(LINES),
			    .up_s = (double)(died_ms - up_ms) / 1000,
			    .release = release_name(sessions[number].release, release)},
	    &len);
	if (!text)
		die("log");
	put_dump(number, text, len, died_ms + 4970);
	free(text);
	event_add(died_ms + 4970, number, UPLOADED);
}

/* The sessions of one machine. */
static int boot(int machine, int first, int64_t from_ms, int64_t now_ms)
{
	int count =
	    OPTION(SESSIONS) / OPTION(MACHINES) + (machine < OPTION(SESSIONS) % OPTION(MACHINES));
	int64_t slot = count ? (now_ms - from_ms) / count : 0;

	for (int i = 0; i < count; i++) {
		int number = first + i;
		struct made *made = &sessions[number];
		int64_t at = from_ms + slot * i +
			     (int64_t)(log_share(2, (uint64_t)number) * 0.8 * (double)slot);

		*made = (struct made){.machine = OPTION(FIRST) + machine, .time_ms = at};
		made->release = release_at(
		    made->machine, (double)(at - from_ms) / (double)(now_ms - from_ms + 1));
		event_add(at, number, REQUESTED);
		if (log_chance(4, (uint64_t)number) % 40 == 0)
			event_add(at + 21000, number, NOT_ARMED);
		else
			event_add(at + 20300, number, ARMED);
		event_add(at + 31000, number, RUNNING);
	}
	/* (exactly OPTION(CRASHES) crash: each with the chance that is left) */
	for (int i = 0; i < count; i++) {
		static int left = -1, seen;
		int64_t up = sessions[first + i].time_ms + 31000;
		int64_t until =
		    i + 1 < count ? sessions[first + i + 1].time_ms - 60000 : now_ms - 60000;

		if (left < 0)
			left = OPTION(CRASHES);
		if (log_share(5, (uint64_t)(first + i)) * (OPTION(SESSIONS) - seen++) < left &&
		    left-- > 0)
			crash(first + i, up, until > up ? until : up + 1000);
	}
	return count;
}

/* --- the journal ------------------------------------------------------------------------------------- */

static int event_order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return x->number != y->number ? (x->number < y->number ? -1 : 1)
				      : (int)x->kind - (int)y->kind;
}

static void event_pairs(struct kv_out *out, const struct event *event)
{
	static const char *const why[] = {
	    "no crashkernel reservation: the kernel found no room", "image without overlay"};
	const struct made *made = &sessions[event->number];
	char text[64];

	if (event->kind == REQUESTED) {
		kv_out_pair(out, ' ', "product", log_product(made->machine));
		snprintf(text, sizeof(text), "SN%07d", made->machine);
		kv_out_pair(out, ' ', "serial", text);
	}
	if (event->kind == REQUESTED || event->kind == RUNNING) {
		snprintf(text, sizeof(text), "10.%d.%d.%d", made->machine >> 16 & 255,
		    made->machine >> 8 & 255, made->machine & 255);
		kv_out_pair(out, ' ', "address", text);
	}
	if (event->kind == ARMED || event->kind == NOT_ARMED || event->kind == RUNNING)
		kv_out_pair(out, ' ', "release", release_name(made->release, text));
	if (event->kind == NOT_ARMED)
		kv_out_pair(out, ' ', "why", why[made->machine % 2]);
	if (event->kind == UPLOADED) {
		kv_out_pair(out, ' ', "file", "dmesg.txt");
		kv_out_num(out, ' ', "bytes", (unsigned long long)made->bytes);
		kv_out_pair(out, ' ', "sha256", made->sha256);
		kv_out_pair(out, ' ', "channel", "http");
	}
}

static void write_journal(void)
{
	static const char *const names[] = {
	    "requested", "armed", "not-armed", "running", "died", "uploaded"};
	char text[JOURNAL_LINE_MAX], when[25], month[16] = "", path[FILE_PATH_MAX], name[64];
	char number[NUMBER_PAIR + 1];
	FILE *file = NULL;

	qsort(events, event_count, sizeof(*events), event_order);
	for (size_t i = 0; i < event_count; i++) {
		struct session session;
		struct kv_out out;

		mint(events[i].number, &session);
		journal_begin(
		    &out, text, sizeof(text), events[i].time_ms, names[events[i].kind], session.id);
		event_pairs(&out, &events[i]);
		clock_format(events[i].time_ms, when);
		if (strncmp(when, month, 7) != 0) {
			snprintf(month, sizeof(month), "%.7s", when);
			snprintf(name, sizeof(name), LAYOUT_JOURNAL "/%s.log", month);
			if ((file && fclose(file)) || file_path(&err, state, name, path) ||
			    !(file = fopen(path, "w")))
				die(path);
		}
		number_pair(NUMBER_JUMP + 1 + (int64_t)i, number);
		fprintf(file, "%s%s\n", out.buf, number);
	}
	if (file && fclose(file))
		die(path);
}

static void make_index(void)
{
	struct update update;
	long n;

	if (update_open(&err, state, &update))
		die("index");
	while ((n = update_step(&err, &update, STEP)) > 0 ||
	       (n == 0 && (n = update_merge(&err, &update, 1)) > 0))
		;
	if (n < 0)
		die("index");
	update_close(&update);
}

/* The machine whose log is long. */
static void big(int64_t now_ms)
{
	int number = OPTION(SESSIONS);
	char release[32], *text;
	size_t len;

	sessions[number] = (struct made){.machine = 0xffffff, .time_ms = now_ms - 3600000};
	event_add(now_ms - 3600000, number, REQUESTED);
	event_add(now_ms - 3580000, number, ARMED);
	event_add(now_ms - 60000, number, DIED);
	text = log_make(&(struct log){.number = number,
			    .machine = 0xffffff,
			    .lines = OPTION(BIG),
			    .up_s = 3500,
			    .release = release_name(0, release)},
	    &len);
	if (!text)
		die("log");
	put_dump(number, text, len, now_ms - 55000);
	free(text);
	event_add(now_ms - 55000, number, UPLOADED);
}

static int parse(const char *text)
{
	const char *equal = strchr(text, '=');

	for (size_t i = 0; equal && i < OPTIONS; i++)
		if (strlen(options[i].name) == (size_t)(equal - text) &&
		    strncmp(options[i].name, text, (size_t)(equal - text)) == 0)
			return num_int(
			    &err, options[i].name, equal + 1, 0, INT32_MAX, &options[i].value);
	return err_set(&err, "no such key");
}

/* The key that its session ids are of, the same for the same seed. */
static void put_key(void)
{
	char text[2 * SESSION_KEY_SIZE + 2];

	for (size_t i = 0; i < SESSION_KEY_SIZE; i++) {
		key.bytes[i] = (uint8_t)log_chance(9, i);
		snprintf(text + 2 * i, 4, "%02x\n", key.bytes[i]);
	}
	if (file_write(&err, state, "key", text, strlen(text)))
		die("key");
}

int main(int argc, char **argv)
{
	int64_t now_ms, from_ms;
	int number = 0;

	for (int i = 2; i < argc; i++)
		if (parse(argv[i]))
			die(argv[i]);
	if (argc < 2) {
		fputs("usage: mkstore STATE [KEY=NUMBER...]\n", stderr);
		return 2;
	}
	state = argv[1];
	if (access(state, F_OK) == 0) {
		fprintf(stderr, "mkstore: %s exists\n", state);
		return 1;
	}
	now_ms = OPTION(NOW) ? OPTION(NOW) * 1000LL : clock_now();
	from_ms = now_ms - OPTION(DAYS) * 86400000LL;
	sessions = calloc((size_t)OPTION(SESSIONS) + 1, sizeof(*sessions));
	log_seed = (uint64_t)OPTION(SEED);
	if (!sessions || layout_make(&err, state))
		die("state");
	put_key();
	for (int machine = 0; machine < OPTION(MACHINES); machine++)
		number += boot(machine, number, from_ms, now_ms);
	if (OPTION(BIG))
		big(now_ms);
	write_journal();
	if (OPTION(INDEX))
		make_index();
	free(sessions);
	free(events);
	return 0;
}
