/* SPDX-License-Identifier: MIT */
/*
 * db: states from events in any order; damage that an index survives; an index made again is the same.
 */
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/db.h"
#include "store/journal.h"
#include "store/update.h"

static const char *state;
static const struct session_key key = {{7}};
static const int64_t noon = 1700000000000;
static struct err err;

static void mint(int machine, int64_t time_ms, struct session *session)
{
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 1, (uint8_t)machine};

	session_mint(&key, mac, time_ms, "lab", session);
}

/* Appends an event; pairs is "key=value key=value" as the journal has it. */
static void event(int64_t time_ms, const char *name, const char *session, const char *pairs)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), time_ms, name, session);
	if (*pairs) {
		kv_out_raw(&out, " ");
		kv_out_raw(&out, pairs);
	}
	if (journal_append(&err, state, &out))
		printf("# %s\n", err.msg);
}

static int update_all(void)
{
	struct update update;
	long n;

	if (update_open(&err, state, &update)) {
		printf("# %s\n", err.msg);
		return -1;
	}
	while ((n = update_step(&err, &update, 3)) > 0 ||
	       (n == 0 && (n = update_merge(&err, &update, 1)) > 0))
		;
	if (n < 0)
		printf("# %s\n", err.msg);
	update_close(&update);
	return (int)n;
}

static int keep(void *arg, const struct db_session *session)
{
	*(struct db_session *)arg = *session;
	return 1;
}

static struct db_session look(const char *id)
{
	struct db *db = db_open(&err, state, 0);
	struct db_query query = {.like = id, .limit = 1};
	struct db_session session = {0};

	if (!db || db_sessions(&err, db, &query, keep, &session) < 0)
		printf("# %s\n", err.msg);
	db_close(db);
	return session;
}

static int print_event(void *arg, int64_t time_ms, const char *name, const char *text)
{
	fprintf(arg, "  %lld %s %s\n", (long long)time_ms, name, text);
	return 0;
}

struct dump {
	FILE *file;
	struct db *db;
};

static int print_session(void *arg, const struct db_session *s)
{
	struct dump *dump = arg;

	fprintf(dump->file,
	    "%s %s %s %s %s %s %s %lld %lld %lld %lld %lld %lld %s %s %s %d %d %llu\n", s->id,
	    s->mac, s->product, s->profile, s->address, s->why, session_state_name(s->state),
	    (long long)s->requested_ms, (long long)s->armed_ms, (long long)s->running_ms,
	    (long long)s->died_ms, (long long)s->captured_ms, (long long)s->ended_ms, s->title,
	    s->class, s->signature, s->by_http, s->by_netconsole,
	    (unsigned long long)s->stream.lines);
	db_events(&err, dump->db, s->id, print_event, dump->file);
	return 0;
}

/* All of the index as text; the caller frees. */
static char *dump_all(void)
{
	char *text = NULL;
	size_t size;
	struct dump dump = {.file = open_memstream(&text, &size)};
	struct db_query query = {0};

	dump.db = db_open(&err, state, 0);
	if (dump.db)
		db_sessions(&err, dump.db, &query, print_session, &dump);
	else
		fprintf(dump.file, "%s\n", err.msg);
	db_close(dump.db);
	fclose(dump.file);
	return text;
}

static void put_file(const struct session *session, const char *name, const char *text)
{
	char dir[FILE_PATH_MAX];

	if (layout_session_dir(&err, state, session, LAYOUT_DURABLE, dir) ||
	    file_write(&err, dir, name, text, strlen(text)))
		printf("# %s\n", err.msg);
}

static void damage(const char *name, off_t at, const char *bytes)
{
	char path[FILE_PATH_MAX];
	int fd;

	file_path(&err, state, name, path);
	fd = open(path, O_WRONLY);
	ok(fd >= 0 && pwrite(fd, bytes, strlen(bytes), at) == (ssize_t)strlen(bytes),
	    "the index file is damaged for the test");
	close(fd);
}

static const char crash_log[] =
    "[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
    "[    9.000001] RIP: 0010:lab_oops+0x5/0x10 [lastwords_lab]\n"
    "[    9.000002] Call Trace:\n"
    "[    9.000003]  lab_write+0x20/0x30 [lastwords_lab]\n";

static void states(void)
{
	struct session a, b, c;
	struct db_session s;
	struct db *db;

	db = db_open(&err, state, 0);
	ok(db == NULL && err.msg[0], "a missing index is an error, not an empty one");

	mint(1, noon, &a);
	event(noon, "requested", a.id, "profile=lab product=A%20box address=10.0.0.9");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "requested", "the state is requested");
	is(s.product, "A box", "the product is that of the request");
	is(s.mac, "52:54:00:00:01:01", "the MAC address is that of the id");
	is(s.address, "10.0.0.9", "the address is that of the request");
	event(noon + 10, "armed", a.id, "crashkernel=1");
	update_all();
	is(session_state_name(look(a.id).state), "armed", "the state is armed");
	event(noon + 20, "running", a.id, "address=10.0.0.10/24");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "running", "the state is running");
	is(s.address, "10.0.0.10", "the newer address counts, without its prefix length");
	event(noon + 30, "died", a.id, "line=BUG");
	update_all();
	is(session_state_name(look(a.id).state), "died", "the state is died");
	put_file(&a, "dmesg.txt", crash_log);
	event(noon + 40, "uploaded", a.id, "file=dmesg.txt");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "captured", "the state is captured");
	is(s.title, "NULL pointer dereference in lab_oops", "the title comes from the upload");
	ok(s.by_http && !s.by_netconsole, "the crash is known by HTTP only");
	put_file(&a, "netconsole.log", crash_log);
	event(noon + 50, "died", a.id, "line=again");
	update_all();
	s = look(a.id);
	ok(s.by_http && s.by_netconsole, "the crash is known by netconsole too");
	is_num(s.died_ms, noon + 30, "of two deaths the first counts");

	mint(1, noon + 100000, &b);
	event(noon + 100000, "requested", b.id, "");
	update_all();
	is_num(look(a.id).ended_ms, 0, "a request alone ends no session");
	event(noon + 100010, "not-armed", b.id, "why=no%20crashkernel");
	update_all();
	s = look(b.id);
	is(session_state_name(s.state), "not armed", "the state is not armed");
	is(s.why, "no crashkernel", "the reason of not armed is kept");
	event(noon + 100020, "running", b.id, "");
	update_all();
	is(session_state_name(look(b.id).state), "not armed",
	    "a session without a capture kernel stays not armed while it runs");
	is_num(look(a.id).ended_ms, noon + 100020, "a running session ends the one before");
	is(session_state_name(look(a.id).state), "captured", "a captured session stays captured");

	mint(1, noon + 200000, &c);
	event(noon + 200010, "armed", c.id, "");
	update_all();
	is(session_state_name(look(b.id).state), "ended, cause unknown",
	    "a silent session has ended when the next is armed");
}

static void out_of_order(void)
{
	struct session a, b;
	struct db_session s;

	mint(2, noon, &a);
	mint(2, noon + 1000, &b);
	event(noon + 1010, "running", b.id, "");
	event(noon + 20, "running", a.id, "");
	event(noon + 10, "armed", a.id, "");
	event(noon + 5, "not-armed", a.id, "why=early");
	event(noon + 2, "not-armed", a.id, "why=earlier");
	event(noon, "requested", a.id, "product=late");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "ended, cause unknown",
	    "entries out of order give the same state");
	is_num(s.armed_ms, noon + 10, "the time armed is the journal's");
	is(s.product, "late", "the late product is kept");
	is(s.why, "early", "of two reasons the later counts");
	is(session_state_name(look(b.id).state), "running", "the newer session is running");
}

static int count_event(void *arg, int64_t time_ms, const char *name, const char *text)
{
	(void)time_ms;
	(void)name;
	(void)text;
	++*(int *)arg;
	return 0;
}

/* How many sessions a query gives to a callback that never stops. */
static int count_session(void *arg, const struct db_session *session)
{
	(void)session;
	++*(int *)arg;
	return 0;
}

static long count_sessions(struct db *db, const struct db_query *query)
{
	int count = 0;
	long result = db_sessions(&err, db, query, count_session, &count);

	return result == count ? result : -1;
}

static void more_states(void)
{
	static const struct db_stream stream = {.packets = 3, .lines = 2};
	struct session session, newer;
	struct db *db;

	mint(4, noon, &session);
	event(noon + 5, "not-armed", session.id, "why=early");
	event(noon + 10, "armed", session.id, "");
	update_all();
	is(session_state_name(look(session.id).state), "armed",
	    "an armed that is later than a not-armed counts");
	mint(5, noon, &session);
	event(noon, "requested", session.id, "serial=SN-5 asset=A-5 product=five");
	event(noon + 10, "stalled", session.id, "");
	update_all();
	is(session_state_name(look(session.id).state), "stalled", "the state is stalled");
	db = db_open(&err, state, 1);
	ok(db && db_begin(&err, db) == 0 && db_put_stream(&err, db, session.id, &stream) == 0 &&
		db_commit(&err, db) == 0,
	    "counts of a stream are put");
	is(session_state_name(look(session.id).state), "requested",
	    "a stalled session that sends packets is not stalled");
	is_num((long long)look(session.id).stream.packets, 3, "the counts are read back");
	is_num(count_sessions(db, &(struct db_query){.machine = "sn-5"}), 1,
	    "a query finds a machine by its serial number");
	is_num(count_sessions(db, &(struct db_query){.machine = "A-5"}), 1,
	    "a query finds a machine by its asset tag");
	is_num(count_sessions(db, &(struct db_query){.machine = "SN"}), 0,
	    "a query needs the whole serial number");
	db_close(db);
	mint(5, noon + 1000, &newer);
	event(noon + 1000, "requested", newer.id, "");
	update_all();
	db = db_open(&err, state, 0);
	is_num(count_sessions(db, &(struct db_query){.like = "525400000105"}), 2,
	    "a query finds both sessions of a machine");
	is_num(count_sessions(db, &(struct db_query){.like = "525400000105", .newest_only = 1}), 1,
	    "a query for the newest finds one session of a machine");
	is_num(count_sessions(db, &(struct db_query){.like = "525400000105", .limit = 1}), 1,
	    "a query gives no more sessions than its limit");
	db_close(db);
}

static void queries(void)
{
	struct db *db = db_open(&err, state, 0);
	struct db_query query = {.like = "52:54:00:00:01:02"};
	struct db_session s = {0};
	char id[SESSION_ID_MAX + 1];

	is_num(db_sessions(&err, db, &query, keep, &s), 1, "a query finds sessions by MAC address");
	query.like = "null POINTER";
	is_num(db_sessions(&err, db, &query, keep, &s), 1, "a query finds sessions by title");
	query.like = "%";
	is_num(db_sessions(&err, db, &query, keep, &s), 0, "a query has no wildcards");
	query = (struct db_query){.crashes_only = 1, .since_ms = noon + 1};
	is_num(db_sessions(&err, db, &query, keep, &s), 0, "a query leaves out older crashes");
	ok(db_session_by_address(&err, db, "10.0.0.10", noon + 5, id) == 1 &&
		strncmp(id, "525400000101", 12) == 0,
	    "a session is found by its address");
	is_num(db_session_by_address(&err, db, "10.0.0.10", noon - 1, id), 0,
	    "a session is not found before it was minted");
	is_num(db_session_by_address(&err, db, "10.9.9.9", noon + 5, id), 0,
	    "an unknown address finds no session");
	db_close(db);
}

static void made_again(void)
{
	struct session lost, known;
	int events = 0;
	struct db *db;
	char path[FILE_PATH_MAX], *before, *after;

	mint(3, noon, &lost);
	event(noon, "event", "-", "text=of%20nobody");
	put_file(&lost, "netconsole.meta", "session=x\npackets=5\nlines=4\nbytes=100\nlost=1\n");
	event(noon + 1, "running", lost.id, "");
	update_all();
	file_path(&err, state, "index.db", path);
	unlink(path);
	update_all();
	before = dump_all();
	ok(strstr(before, lost.id) != NULL, "the index has the session of the journal");
	is_num((long long)look(lost.id).stream.lines, 4, "the index has the counts of the stream");
	unlink(path);
	is_num(update_all(), 0, "a removed index is made again");
	after = dump_all();
	is(after, before, "an index made again has the same content");
	free(after);

	damage("index.db", 0, "this is not a database at all");
	is_num(update_all(), 0, "a file that is not a database is put aside");
	after = dump_all();
	is(after, before, "the index that replaces it has the same content");
	free(after);
	free(before);

	db = db_open(&err, state, 1);
	ok(db && !db_begin(&err, db), "a writer opens the index");
	db_rollback(db);
	unlink(path);
	ok(db_begin(&err, db) == -1 && db_broken(db),
	    "a writer notices that its index was removed");
	db_close(db);
	is_num(update_all(), 0, "the index is made again after its removal");

	db = db_open(&err, state, 1);
	scratch_put("other", "");
	ok(rename(scratch_path("other"), path) == 0 && db_begin(&err, db) == -1 && db_broken(db),
	    "a writer notices that its index was replaced");
	db_close(db);
	is_num(update_all(), 0, "an empty file becomes an index");

	db = db_open(&err, state, 1);
	damage("index.db", 0, "this is not a database at all");
	ok(db_begin(&err, db) == -1 && db_broken(db),
	    "a writer notices that its index was overwritten");
	db_close(db);
	is_num(update_all(), 0, "the index is made again after it was overwritten");

	damage("index.db", 4096, "this is not a page of a tree"); /* page 2 */
	is_num(update_all(), 0, "an index with a damaged page is put aside");
	db = db_open(&err, state, 0);
	ok(db && db_verify(&err, db) == 0 && count_sessions(db, &(struct db_query){0}) > 0,
	    "the index that replaces it is sound, and has the sessions");
	db_close(db);

	damage("index.db", 60, "\x7f"); /* user_version */
	is_num(update_all(), 0, "an index of a newer version is put aside");
	db = db_open(&err, state, 0);
	ok(db != NULL && db_verify(&err, db) == 0, "the index that replaces it is sound");
	db_close(db);

	/* an upload that the journal has */
	mint(6, noon, &known);
	put_file(&known, "dmesg.txt", crash_log);
	event(noon + 5, "uploaded", known.id, "file=dmesg.txt");
	unlink(path);
	update_all();
	db = db_open(&err, state, 0);
	ok(db_events(&err, db, known.id, count_event, &events) == 1,
	    "an upload that the journal has is not added again");
	db_close(db);

	/* an upload whose journal line was lost */
	put_file(&lost, "dmesg.txt", crash_log);
	put_file(&lost, "dmesg-2.txt", crash_log);
	put_file(&lost, "dmesg-2.meta", "channel=pstore\n");
	unlink(path);
	update_all();
	is(session_state_name(look(lost.id).state), "captured",
	    "a dump without a journal line is found by a new index");
	is(look(lost.id).title, "NULL pointer dereference in lab_oops",
	    "a dump without a journal line gets its title");
}

static void pruned(void)
{
	struct session older, gone, again;
	int events = 0;
	struct db_tally tally = {.last = ""};
	struct db *db;

	mint(9, noon, &older);
	mint(9, noon + 1000, &gone);
	event(noon, "running", older.id, "");
	event(noon + 2000, "running", gone.id, "");
	event(noon + 3000, "uploaded", gone.id, "file=dmesg.txt");
	event(noon + 9000, "pruned", gone.id, "why=age bytes=77 crash=1 up=1700000002000");
	update_all();
	is(look(gone.id).id, "", "a pruned session is not in the index");
	db = db_open(&err, state, 0);
	ok(db_events(&err, db, gone.id, count_event, &events) == 1 && events == 1,
	    "of a pruned session only its end is kept");
	db_close(db);
	mint(10, noon, &older);
	mint(10, noon + 1000, &gone);
	event(noon, "running", older.id, "");
	event(noon + 9000, "pruned", gone.id, "why=age bytes=1 crash=0 up=1700000002000");
	update_all();
	ok(look(older.id).ended_ms == noon + 2000,
	    "a pruned session ends older ones though its running is not in the journal");
	mint(9, noon, &older);
	mint(9, noon + 1000, &gone);
	is(session_state_name(look(older.id).state), "ended, cause unknown",
	    "the session that it ended stays ended");
	ok(look(older.id).ended_ms == noon + 2000, "it ended when the pruned session came up");
	mint(9, noon + 1000, &again);
	event(noon + 10000, "uploaded", again.id, "file=dmesg.txt");
	update_all();
	is(session_state_name(look(again.id).state), "captured",
	    "a late upload makes a pruned session again");
	ok(look(again.id).running_ms == 0, "a session made again has no earlier events");
	db = db_open(&err, state, 0);
	while (db_tally(&err, db, &tally, 2) == 1)
		;
	ok(tally.pruned == 2 && tally.pruned_bytes == 78,
	    "pruned sessions are counted with their bytes");
	is_num((long long)tally.by_pstore, 1, "a crash by pstore is counted");
	ok(tally.state[SESSION_CAPTURED] > 0 && tally.crashes >= tally.state[SESSION_CAPTURED] &&
		tally.uploads >= 1,
	    "sessions are counted by state");
	db_close(db);
}

struct late {
	char text[1024];
};

static void got_late(void *arg, const char *session, const char *name)
{
	struct late *late = arg;
	size_t len = strlen(late->text);

	snprintf(late->text + len, sizeof(late->text) - len, "%.12s %s ", session, name);
}

/* What is late at now_ms, as "MAC EVENT " of the machines 20 to 22. */
static const char *late_at(int64_t now_ms)
{
	static struct late late;
	struct db *db = db_open(&err, state, 0);
	static char own[512];

	late.text[0] = own[0] = '\0';
	if (!db || db_late(&err, db, now_ms, got_late, &late) < 0)
		printf("# %s\n", err.msg);
	db_close(db);
	for (char *at = late.text; (at = strstr(at, "52540000011")) != NULL; at += 11)
		snprintf(own + strlen(own), sizeof(own) - strlen(own), "%.*s ",
		    (int)strcspn(at + 13, " ") + 1 + 12, at);
	return own;
}

static void late(void)
{
	const int64_t start = noon + 30LL * 86400000;
	struct session stalled, died, before, after;

	mint(0x11, start, &stalled);
	event(start, "requested", stalled.id, "");
	mint(0x12, start, &died);
	event(start + 1000, "died", died.id, "line=BUG");
	mint(0x13, start, &before);
	event(start + 1000, "running", before.id, "");
	mint(0x13, start + 5000, &after);
	event(start + 6000, "running", after.id, "");
	update_all();
	is(late_at(start + 6000 + DB_ENDED_MS - 1), "", "nothing is late before its time");
	is(late_at(start + 6000 + DB_ENDED_MS), "525400000113 ended ",
	    "a session that gave way to the next has ended");
	is(late_at(start + DB_STALLED_MS), "525400000111 stalled 525400000113 ended ",
	    "a script without a sign of life is stalled");
	is(late_at(start + 1000 + DB_NO_CAPTURE_MS),
	    "525400000111 stalled 525400000112 no-capture 525400000113 ended ",
	    "a death without a dump has no capture");
	is(late_at(start + 6000 + DB_LATE_MS + 1), "", "nothing is reported after a week");
	event(start + DB_STALLED_MS, "stalled", stalled.id, "");
	event(start + DB_NO_CAPTURE_MS + 2000, "no-capture", died.id, "");
	update_all();
	is(late_at(start + 1000 + DB_NO_CAPTURE_MS), "525400000113 ended ",
	    "what the journal has is not late any more");
	is(session_state_name(look(stalled.id).state), "stalled", "the state is stalled");
	is(session_state_name(look(died.id).state), "died, no capture",
	    "the state is died, no capture");
}

static void locked(void)
{
	struct db *one = db_open(&err, state, 1), *two = db_open(&err, state, 1);

	ok(one && two, "two writers open one index");
	db_set_wait(two, 10);
	ok(db_begin(&err, one) == 0, "the first writer begins");
	ok(db_begin(&err, two) == -1 && !db_broken(two), "the second writer has to wait");
	db_rollback(one);
	ok(db_begin(&err, two) == 0, "the second writer begins after the first");
	db_rollback(two);
	db_close(one);
	db_close(two);
}

int main(void)
{
	state = scratch_make();
	if (layout_make(&err, state))
		return 1;
	states();
	out_of_order();
	more_states();
	queries();
	made_again();
	pruned();
	late();
	locked();
	return tap_done();
}
