/* SPDX-License-Identifier: MIT */
/*
 * store/db.h's and store/update.h's promises: states from events in any order, what survives which damage,
 * and that an index made again is the same.
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

/* Appends an event; pairs is "key=value key=value" as it stands in the journal. */
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
	while ((n = update_step(&err, &update, 3)) > 0)
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

/* Everything the index says, as text; to be freed. */
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
	ok(fd >= 0 && pwrite(fd, bytes, strlen(bytes), at) == (ssize_t)strlen(bytes), "damaged");
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
	ok(db == NULL && err.msg[0], "no index yet: an error, not an empty one");

	mint(1, noon, &a);
	event(noon, "requested", a.id, "profile=lab product=A%20box address=10.0.0.9");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "requested", "requested");
	is(s.product, "A box", "product");
	is(s.mac, "52:54:00:00:01:01", "MAC");
	is(s.address, "10.0.0.9", "address");
	event(noon + 10, "armed", a.id, "crashkernel=1");
	update_all();
	is(session_state_name(look(a.id).state), "armed", "armed");
	event(noon + 20, "running", a.id, "address=10.0.0.10/24");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "running", "running");
	is(s.address, "10.0.0.10", "its newer address, without the prefix length");
	event(noon + 30, "died", a.id, "line=BUG");
	update_all();
	is(session_state_name(look(a.id).state), "died", "died");
	put_file(&a, "dmesg.txt", crash_log);
	event(noon + 40, "uploaded", a.id, "file=dmesg.txt");
	update_all();
	s = look(a.id);
	is(session_state_name(s.state), "captured", "captured");
	is(s.title, "NULL pointer dereference in lab_oops", "titled from the upload");
	ok(s.by_http && !s.by_netconsole, "which came by HTTP");
	put_file(&a, "netconsole.log", crash_log);
	event(noon + 50, "died", a.id, "line=again");
	update_all();
	s = look(a.id);
	ok(s.by_http && s.by_netconsole, "and by netconsole when its log has it too");
	is_num(s.died_ms, noon + 30, "a later death is not the first");

	mint(1, noon + 100000, &b);
	event(noon + 100000, "requested", b.id, "");
	update_all();
	is_num(look(a.id).ended_ms, 0, "a mere request ends nothing");
	event(noon + 100010, "not-armed", b.id, "why=no%20crashkernel");
	update_all();
	s = look(b.id);
	is(session_state_name(s.state), "not armed", "not armed");
	is(s.why, "no crashkernel", "and why");
	event(noon + 100020, "running", b.id, "");
	update_all();
	is(session_state_name(look(b.id).state), "not armed", "runs, without a net");
	is_num(look(a.id).ended_ms, noon + 100020, "now the one before is over");
	is(session_state_name(look(a.id).state), "captured", "but stays what it was");

	mint(1, noon + 200000, &c);
	event(noon + 200010, "armed", c.id, "");
	update_all();
	is(session_state_name(look(b.id).state), "ended, cause unknown",
	    "one that nothing was heard of has ended");
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
	is(session_state_name(s.state), "ended, cause unknown", "entries out of order: ended");
	is_num(s.armed_ms, noon + 10, "armed as told");
	is(s.product, "late", "product as told");
	is(s.why, "early", "of two reasons the later");
	is(session_state_name(look(b.id).state), "running", "the newer one runs");
}

static void queries(void)
{
	struct db *db = db_open(&err, state, 0);
	struct db_query query = {.like = "52:54:00:00:01:02"};
	struct db_session s = {0};
	char id[SESSION_ID_MAX + 1];

	is_num(db_sessions(&err, db, &query, keep, &s), 1, "by MAC");
	query.like = "null POINTER";
	is_num(db_sessions(&err, db, &query, keep, &s), 1, "by title");
	query.like = "%";
	is_num(db_sessions(&err, db, &query, keep, &s), 0, "no wildcards");
	query = (struct db_query){.crashes_only = 1, .since_ms = noon + 1};
	is_num(db_sessions(&err, db, &query, keep, &s), 0, "crashes since");
	ok(db_session_by_address(&err, db, "10.0.0.10", noon + 5, id) == 1 &&
		strncmp(id, "525400000101", 12) == 0,
	    "by address");
	is_num(db_session_by_address(&err, db, "10.0.0.10", noon - 1, id), 0,
	    "not one that is younger");
	is_num(db_session_by_address(&err, db, "10.9.9.9", noon + 5, id), 0, "nor a stranger");
	db_close(db);
}

static void made_again(void)
{
	struct session lost;
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
	ok(strstr(before, lost.id) != NULL, "the index has the session");
	is_num((long long)look(lost.id).stream.lines, 4, "and its counts");
	unlink(path);
	is_num(update_all(), 0, "a removed index is made again");
	after = dump_all();
	is(after, before, "and says the same");
	free(after);

	damage("index.db", 0, "this is not a database at all");
	is_num(update_all(), 0, "one that is no database is put aside");
	after = dump_all();
	is(after, before, "and the new one says the same");
	free(after);
	free(before);

	db = db_open(&err, state, 1);
	ok(db && !db_begin(&err, db), "a writer");
	db_rollback(db);
	unlink(path);
	ok(db_begin(&err, db) == -1 && db_broken(db), "notices that its index was removed");
	db_close(db);
	is_num(update_all(), 0, "and can begin again");

	/* an upload whose journal line was lost */
	put_file(&lost, "dmesg.txt", crash_log);
	unlink(path);
	update_all();
	is(session_state_name(look(lost.id).state), "captured",
	    "a dump alone is found by a new index");
	is(look(lost.id).title, "NULL pointer dereference in lab_oops", "and titled");
}

static void pruned(void)
{
	struct session older, gone, again;
	struct db_tally tally = {.last = ""};
	struct db *db;

	mint(9, noon, &older);
	mint(9, noon + 1000, &gone);
	event(noon, "running", older.id, "");
	event(noon + 2000, "running", gone.id, "");
	event(noon + 3000, "uploaded", gone.id, "file=dmesg.txt");
	event(noon + 9000, "pruned", gone.id, "why=age bytes=77 crash=1 up=1700000002000");
	update_all();
	is(look(gone.id).id, "", "what was pruned is gone");
	is(session_state_name(look(older.id).state), "ended, cause unknown",
	    "what it ended stays ended");
	ok(look(older.id).ended_ms == noon + 2000, "at the time it came up");
	mint(9, noon + 1000, &again);
	event(noon + 10000, "uploaded", again.id, "file=dmesg.txt");
	update_all();
	is(session_state_name(look(again.id).state), "captured", "a late upload makes it again");
	ok(look(again.id).running_ms == 0, "without what was told before");
	db = db_open(&err, state, 0);
	while (db_tally(&err, db, &tally, 2) == 1)
		;
	ok(tally.pruned == 1 && tally.pruned_bytes == 77, "one was pruned");
	ok(tally.state[SESSION_CAPTURED] > 0 && tally.crashes >= tally.state[SESSION_CAPTURED] &&
		tally.uploads >= 1,
	    "counted by state");
	db_close(db);
}

static void locked(void)
{
	struct db *one = db_open(&err, state, 1), *two = db_open(&err, state, 1);

	ok(one && two, "two writers");
	db_set_wait(two, 10);
	ok(db_begin(&err, one) == 0, "one writes");
	ok(db_begin(&err, two) == -1 && !db_broken(two), "the other is told to wait");
	db_rollback(one);
	ok(db_begin(&err, two) == 0, "and comes through later");
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
	queries();
	made_again();
	pruned();
	locked();
	return tap_done();
}
