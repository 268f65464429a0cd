/* SPDX-License-Identifier: MIT */
/*
 * store.h's and index.h's promises: states from events in any order, what survives which damage,
 * and that an index made again is the same.
 */
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "index.h"
#include "journal.h"
#include "scratch.h"
#include "store.h"

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

static int index_all(void)
{
	struct index index;
	long n;

	if (index_open(&err, state, &index)) {
		printf("# %s\n", err.msg);
		return -1;
	}
	while ((n = index_step(&err, &index, 3)) > 0)
		;
	if (n < 0)
		printf("# %s\n", err.msg);
	index_close(&index);
	return (int)n;
}

static int keep(void *arg, const struct store_session *session)
{
	*(struct store_session *)arg = *session;
	return 1;
}

static struct store_session look(const char *id)
{
	struct store *store = store_open(&err, state, 0);
	struct store_query query = {.like = id, .limit = 1};
	struct store_session session = {0};

	if (!store || store_sessions(&err, store, &query, keep, &session) < 0)
		printf("# %s\n", err.msg);
	store_close(store);
	return session;
}

static int print_event(void *arg, int64_t time_ms, const char *name, const char *text)
{
	fprintf(arg, "  %lld %s %s\n", (long long)time_ms, name, text);
	return 0;
}

struct dump {
	FILE *file;
	struct store *store;
};

static int print_session(void *arg, const struct store_session *s)
{
	struct dump *dump = arg;

	fprintf(dump->file,
	    "%s %s %s %s %s %s %s %lld %lld %lld %lld %lld %lld %s %s %s %d %d %llu\n", s->id,
	    s->mac, s->product, s->profile, s->address, s->why, store_state_name(s->state),
	    (long long)s->requested_ms, (long long)s->armed_ms, (long long)s->running_ms,
	    (long long)s->died_ms, (long long)s->captured_ms, (long long)s->ended_ms, s->title,
	    s->class, s->signature, s->by_http, s->by_netconsole,
	    (unsigned long long)s->stream.lines);
	store_events(&err, dump->store, s->id, print_event, dump->file);
	return 0;
}

/* Everything the index says, as text; to be freed. */
static char *dump_all(void)
{
	char *text = NULL;
	size_t size;
	struct dump dump = {.file = open_memstream(&text, &size)};
	struct store_query query = {0};

	dump.store = store_open(&err, state, 0);
	if (dump.store)
		store_sessions(&err, dump.store, &query, print_session, &dump);
	else
		fprintf(dump.file, "%s\n", err.msg);
	store_close(dump.store);
	fclose(dump.file);
	return text;
}

static void put_file(const struct session *session, const char *name, const char *text)
{
	char dir[STATE_PATH_MAX];

	if (state_session_dir(&err, state, session, 1, dir) ||
	    state_write(&err, dir, name, text, strlen(text)))
		printf("# %s\n", err.msg);
}

static void damage(const char *name, off_t at, const char *bytes)
{
	char path[STATE_PATH_MAX];
	int fd;

	state_path(&err, state, name, path);
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
	struct store_session s;
	struct store *store;

	store = store_open(&err, state, 0);
	ok(store == NULL && err.msg[0], "no index yet: an error, not an empty one");

	mint(1, noon, &a);
	event(noon, "requested", a.id, "profile=lab product=A%20box address=10.0.0.9");
	index_all();
	s = look(a.id);
	is(store_state_name(s.state), "requested", "requested");
	is(s.product, "A box", "product");
	is(s.mac, "52:54:00:00:01:01", "MAC");
	is(s.address, "10.0.0.9", "address");
	event(noon + 10, "armed", a.id, "crashkernel=1");
	index_all();
	is(store_state_name(look(a.id).state), "armed", "armed");
	event(noon + 20, "running", a.id, "address=10.0.0.10/24");
	index_all();
	s = look(a.id);
	is(store_state_name(s.state), "running", "running");
	is(s.address, "10.0.0.10", "its newer address, without the prefix length");
	event(noon + 30, "died", a.id, "line=BUG");
	index_all();
	is(store_state_name(look(a.id).state), "died", "died");
	put_file(&a, "dmesg.txt", crash_log);
	event(noon + 40, "uploaded", a.id, "file=dmesg.txt");
	index_all();
	s = look(a.id);
	is(store_state_name(s.state), "captured", "captured");
	is(s.title, "NULL pointer dereference in lab_oops", "titled from the upload");
	ok(s.by_http && !s.by_netconsole, "which came by HTTP");
	put_file(&a, "netconsole.log", crash_log);
	event(noon + 50, "died", a.id, "line=again");
	index_all();
	s = look(a.id);
	ok(s.by_http && s.by_netconsole, "and by netconsole when its log has it too");
	is_num(s.died_ms, noon + 30, "a later death is not the first");

	mint(1, noon + 100000, &b);
	event(noon + 100000, "requested", b.id, "");
	index_all();
	is_num(look(a.id).ended_ms, 0, "a mere request ends nothing");
	event(noon + 100010, "not-armed", b.id, "why=no%20crashkernel");
	index_all();
	s = look(b.id);
	is(store_state_name(s.state), "not armed", "not armed");
	is(s.why, "no crashkernel", "and why");
	event(noon + 100020, "running", b.id, "");
	index_all();
	is(store_state_name(look(b.id).state), "not armed", "runs, without a net");
	is_num(look(a.id).ended_ms, noon + 100020, "now the one before is over");
	is(store_state_name(look(a.id).state), "captured", "but stays what it was");

	mint(1, noon + 200000, &c);
	event(noon + 200010, "armed", c.id, "");
	index_all();
	is(store_state_name(look(b.id).state), "ended, cause unknown",
	    "one that nothing was heard of has ended");
}

static void out_of_order(void)
{
	struct session a, b;
	struct store_session s;

	mint(2, noon, &a);
	mint(2, noon + 1000, &b);
	event(noon + 1010, "running", b.id, "");
	event(noon + 20, "running", a.id, "");
	event(noon + 10, "armed", a.id, "");
	event(noon + 5, "not-armed", a.id, "why=early");
	event(noon + 2, "not-armed", a.id, "why=earlier");
	event(noon, "requested", a.id, "product=late");
	index_all();
	s = look(a.id);
	is(store_state_name(s.state), "ended, cause unknown", "entries out of order: ended");
	is_num(s.armed_ms, noon + 10, "armed as told");
	is(s.product, "late", "product as told");
	is(s.why, "early", "of two reasons the later");
	is(store_state_name(look(b.id).state), "running", "the newer one runs");
}

static void queries(void)
{
	struct store *store = store_open(&err, state, 0);
	struct store_query query = {.like = "52:54:00:00:01:02"};
	struct store_session s = {0};
	char id[SESSION_ID_MAX + 1];

	is_num(store_sessions(&err, store, &query, keep, &s), 1, "by MAC");
	query.like = "null POINTER";
	is_num(store_sessions(&err, store, &query, keep, &s), 1, "by title");
	query.like = "%";
	is_num(store_sessions(&err, store, &query, keep, &s), 0, "no wildcards");
	query = (struct store_query){.crashes_only = 1, .since_ms = noon + 1};
	is_num(store_sessions(&err, store, &query, keep, &s), 0, "crashes since");
	ok(store_session_by_address(&err, store, "10.0.0.10", noon + 5, id) == 1 &&
		strncmp(id, "525400000101", 12) == 0,
	    "by address");
	is_num(store_session_by_address(&err, store, "10.0.0.10", noon - 1, id), 0,
	    "not one that is younger");
	is_num(
	    store_session_by_address(&err, store, "10.9.9.9", noon + 5, id), 0, "nor a stranger");
	store_close(store);
}

static void made_again(void)
{
	struct session lost;
	struct store *store;
	char path[STATE_PATH_MAX], *before, *after;

	mint(3, noon, &lost);
	event(noon, "event", "-", "text=of%20nobody");
	put_file(&lost, "netconsole.meta", "session=x\npackets=5\nlines=4\nbytes=100\nlost=1\n");
	event(noon + 1, "running", lost.id, "");
	index_all();
	state_path(&err, state, "index.db", path);
	unlink(path);
	index_all();
	before = dump_all();
	ok(strstr(before, lost.id) != NULL, "the index has the session");
	is_num((long long)look(lost.id).stream.lines, 4, "and its counts");
	unlink(path);
	is_num(index_all(), 0, "a removed index is made again");
	after = dump_all();
	is(after, before, "and says the same");
	free(after);

	damage("index.db", 0, "this is not a database at all");
	is_num(index_all(), 0, "one that is no database is put aside");
	after = dump_all();
	is(after, before, "and the new one says the same");
	free(after);
	free(before);

	store = store_open(&err, state, 1);
	ok(store && !store_begin(&err, store), "a writer");
	store_rollback(store);
	unlink(path);
	ok(store_begin(&err, store) == -1 && store_broken(store),
	    "notices that its index was removed");
	store_close(store);
	is_num(index_all(), 0, "and can begin again");

	/* an upload whose journal line was lost */
	put_file(&lost, "dmesg.txt", crash_log);
	unlink(path);
	index_all();
	is(store_state_name(look(lost.id).state), "captured",
	    "a dump alone is found by a new index");
	is(look(lost.id).title, "NULL pointer dereference in lab_oops", "and titled");
}

static void pruned(void)
{
	struct session older, gone, again;
	struct store_tally tally = {.last = ""};
	struct store *store;

	mint(9, noon, &older);
	mint(9, noon + 1000, &gone);
	event(noon, "running", older.id, "");
	event(noon + 2000, "running", gone.id, "");
	event(noon + 3000, "uploaded", gone.id, "file=dmesg.txt");
	event(noon + 9000, "pruned", gone.id, "why=age bytes=77 crash=1 up=1700000002000");
	index_all();
	is(look(gone.id).id, "", "what was pruned is gone");
	is(store_state_name(look(older.id).state), "ended, cause unknown",
	    "what it ended stays ended");
	ok(look(older.id).ended_ms == noon + 2000, "at the time it came up");
	mint(9, noon + 1000, &again);
	event(noon + 10000, "uploaded", again.id, "file=dmesg.txt");
	index_all();
	is(store_state_name(look(again.id).state), "captured", "a late upload makes it again");
	ok(look(again.id).running_ms == 0, "without what was told before");
	store = store_open(&err, state, 0);
	while (store_tally(&err, store, &tally, 2) == 1)
		;
	ok(tally.pruned == 1 && tally.pruned_bytes == 77, "one was pruned");
	ok(tally.state[STATE_CAPTURED] > 0 && tally.crashes >= tally.state[STATE_CAPTURED] &&
		tally.uploads >= 1,
	    "counted by state");
	store_close(store);
}

static void locked(void)
{
	struct store *one = store_open(&err, state, 1), *two = store_open(&err, state, 1);

	ok(one && two, "two writers");
	store_set_wait(two, 10);
	ok(store_begin(&err, one) == 0, "one writes");
	ok(store_begin(&err, two) == -1 && !store_broken(two), "the other is told to wait");
	store_rollback(one);
	ok(store_begin(&err, two) == 0, "and comes through later");
	store_rollback(two);
	store_close(one);
	store_close(two);
}

int main(void)
{
	state = scratch_make();
	if (state_make(&err, state))
		return 1;
	states();
	out_of_order();
	queries();
	made_again();
	pruned();
	locked();
	return tap_done();
}
