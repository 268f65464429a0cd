/* SPDX-License-Identifier: MIT */
/*
 * query_session: one session's document and lists of them, from a store with a crash, a boot that is not armed, hostile
 * text, and nothing. Evidence: every field; missing sessions are missing; a session without its files, or without the
 * index, has less.
 */
#include <unistd.h>

#include "query/crash_fields.h"
#include "query_store.h"

#define OOPS                                                                                       \
	"[    1.000000] Linux version 6.1.0-18-amd64\n"                                            \
	"[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"         \
	"[    9.000001] CPU: 3 PID: 712 Comm: cat Tainted: G        W  OE 6.1.0-18-amd64 #1\n"     \
	"[    9.000002] Hardware name: QEMU Standard PC\n"                                         \
	"[    9.000003] RIP: 0010:lab_oops+0x5/0x10 [lastwords_lab]\n"                             \
	"[    9.000004] Call Trace:\n"                                                             \
	"[    9.000005]  lab_write+0x20/0x30 [lastwords_lab]\n"

static void test_crash(const char *id)
{
	json_t *s = have(query_session(&err, &query, id), "a session that crashed");

	is(at(s, "session"), id, "it has its id");
	is(at(s, "mac"), "52:54:00:00:01:01", "and its machine");
	is(at(s, "time"), "2023-11-14T22:13:29.000Z", "the time of the death");
	is(at(s, "booted"), "2023-11-14T22:13:20.000Z", "the time of the request");
	is(at(s, "state"), "captured", "its state");
	is(at(s, "channels"), "http", "its channels");
	is(at(s, "title"), "NULL pointer dereference in lab_oops", "its title");
	is(at(s, "class"), "NULL pointer dereference", "its class");
	is(at(s, "function"), "lab_oops", "the function to blame");
	is_num(strlen(at(s, "signature")), 16, "a signature");
	is(at(s, "severity"), "death", "its severity");
	is(at(s, "corrupted"), "true", "whether the report is torn");
	is(at(s, "release"), "6.1.0-18-amd64", "the release");
	is(at(s, "task"), "cat", "the task");
	is(at(s, "pid"), "712", "the pid");
	is(at(s, "cpu"), "3", "the CPU");
	is(at(s, "taint"), "G        W  OE", "the taint flags");
	is(at(s, "hardware"), "QEMU Standard PC", "the hardware");
	is(at(s, "modules"), "lastwords_lab", "the modules");
	is(at(s, "rip"), "lab_oops+0x5/0x10 [lastwords_lab]", "the instruction pointer");
	is(at(s, "uptime"), "9.0", "the kernel's time");
	is(at(s, "serial"), "S1", "the serial number");
	is(at(s, "asset"), "A1", "the asset tag");
	is(at(s, "armed"), "2023-11-14T22:13:22.000Z", "armed");
	is(at(s, "running"), "2023-11-14T22:13:24.000Z", "running");
	is(at(s, "died"), "2023-11-14T22:13:29.000Z", "died");
	is(at(s, "captured"), "2023-11-14T22:13:30.500Z", "captured");
	is(at(s, "kept"), "false", "not kept");
	is(at(s, "counts.packets"), "0", "the counts of netconsole");
	is(at(s, "record.lines"), "7", "the record's lines");
	is(at(s, "record.report"), "2", "the line in which the report begins");
	is(at(s, "record.channels"), "[{\"name\":\"http\",\"lines\":7}]", "the record's channels");
	is(at(s, "timeline.0.what"), "requested", "the timeline begins with the request");
	is(at(s, "timeline.0.seconds"), "0.0", "at 0 s");
	is(at(s, "timeline.4.what"), "stored", "and ends with the stored log");
	is(at(s, "timeline.4.seconds"), "10.5", "after 10.5 s");
	is(at(s, "timeline.5"), "", "there is no step more");
	is(at(s, "summary"), "[\"task cat died\",\"2 CPUs\"]", "the autopsy's sentences");
	is(at(s, "files.0"), "{\"name\":\"autopsy.txt\",\"bytes\":53,\"shown\":true}",
	    "the files, with their sizes");
	is(at(s, "files.5.name"), "record.txt", "all of them, by name");
	is(at(s, "decoded"), "false", "no decoded report");
	is(at(s, "events.0.event"), "requested", "the events, oldest first");
	is(at(s, "events.0.pairs.product"), "KVM <b>", "with their pairs");
	is(at(s, "events.2.text"), "address=10.0.0.9/24", "and for people");
	ok(!json_object_get(s, "dmesg"), "no path for readers elsewhere");
	json_decref(s);
	query.paths = 1;
	s = have(query_session(&err, &query, id), "the same for a reader on the server");
	ok(strstr(at(s, "dmesg"), "/dmesg.txt") && strstr(at(s, "autopsy"), "/autopsy.txt"),
	    "it has paths");
	query.paths = 0;
	json_decref(s);
}

static void test_others(const char *unarmed)
{
	json_t *s = have(query_session(&err, &query, unarmed), "a session that did not crash");

	is(at(s, "title"), "", "its title is empty");
	ok(json_object_get(s, "title") != NULL, "but there");
	ok(!json_object_get(s, "record") && !json_object_get(s, "time"), "no record, no death");
	is(at(s, "state"), "not armed", "it is not armed");
	is(at(s, "why"), "no room <i>\x1b[31m\xef\xbf\xbd\xe2\x80\xae",
	    "any text arrives as it came, as UTF-8");
	is(at(s, "files"), "[]", "it has no files");
	json_decref(s);
	is_missing(
	    query_session(&err, &query, store_session(9, noon)), "an unknown session is missing");
	is_missing(query_session(&err, &query, "../../etc"), "what is no id is missing");
	is_missing(query_session(&err, &query, ""), "nothing is missing");
}

static void test_lists(const char *crashed, const char *unarmed)
{
	struct query_list list = {.limit = 1};
	json_t *s = have(query_sessions(&err, &query, &list), "a list of sessions");

	is(at(s, "total"), "3", "all are counted");
	is(at(s, "sessions.0.session"), unarmed, "the newest is first");
	is(at(s, "sessions.1"), "", "no more than asked for");
	json_decref(s);
	list = (struct query_list){.offset = 2};
	s = query_sessions(&err, &query, &list);
	is(at(s, "sessions.0.session"), crashed, "an offset leaves out the newest ones");
	is(at(s, "sessions.0.title"), "NULL pointer dereference in lab_oops",
	    "a row has the title");
	is(at(s, "sessions.0.channels"), "http", "and the channels");
	json_decref(s);
	list = (struct query_list){.mac = "52:54:00:00:01:01"};
	s = query_sessions(&err, &query, &list);
	is(at(s, "total"), "1", "of one machine");
	json_decref(s);
	list = (struct query_list){.state = "not armed"};
	s = query_sessions(&err, &query, &list);
	is(at(s, "total"), "1", "of one state");
	is(at(s, "sessions.0.session"), unarmed, "and no other");
	json_decref(s);
	list = (struct query_list){.like = "lab_oops"};
	s = query_sessions(&err, &query, &list);
	is(at(s, "sessions.0.session"), crashed, "by a part of the title");
	json_decref(s);
	list = (struct query_list){.since_ms = noon + 1, .until_ms = noon + 29999};
	s = query_sessions(&err, &query, &list);
	is(at(s, "total"), "0", "of a time");
	json_decref(s);
	list = (struct query_list){.state = "dead"};
	is_missing(query_sessions(&err, &query, &list), "an unknown state is missing");
}

/* The files went meanwhile; then the session. */
static void test_gone(const char *id)
{
	struct session session;
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	static const char *const names[] = {"record.meta", "record.txt", "dmesg.txt"};
	json_t *s;
	struct db *db;

	session_parse(&err, id, strlen(id), &session);
	layout_session_dir(&err, query.state, &session, LAYOUT_LOOK, dir);
	for (size_t i = 0; i < 3; i++)
		if (file_path(&err, dir, names[i], path) || unlink(path))
			store_die(names[i]);
	s = have(query_session(&err, &query, id), "a session whose record is gone");
	is(at(s, "title"), "NULL pointer dereference in lab_oops", "its title is the index's");
	ok(!json_object_get(s, "record"), "it has no record");
	json_decref(s);
	db = query.db;
	query.db = NULL;
	s = have(query_session(&err, &query, id), "without the index");
	ok(!json_object_get(s, "state") && !json_object_get(s, "timeline"), "no state, no times");
	is(at(s, "events.4.event"), "uploaded", "the events are the journal's");
	json_decref(s);
	query.db = db;
	store_event(noon + 70000, "pruned", id, "why=age bytes=100");
	store_index();
	is_missing(query_session(&err, &query, id), "a session that was pruned is missing");
}

int main(void)
{
	char crashed[SESSION_ID_MAX + 1], unarmed[SESSION_ID_MAX + 1];

	store_make();
	snprintf(crashed, sizeof(crashed), "%s", store_session(1, noon));
	snprintf(unarmed, sizeof(unarmed), "%s", store_session(3, noon + 60000));
	store_boot(crashed, noon);
	store_text(
	    crashed, "autopsy.txt", "lastwords-autopsy 1\nsummary\n  task cat died\n  2 CPUs\n");
	store_crash(crashed, noon + 9000, OOPS);
	store_boot(store_session(2, noon + 30000), noon + 30000);
	store_event(noon + 60000, "requested", unarmed, "profile=lab");
	store_event(
	    noon + 61000, "not-armed", unarmed, "why=no%20room%20%3Ci%3E%1b%5B31m%ff%e2%80%ae");
	store_index();
	test_crash(crashed);
	test_others(unarmed);
	test_lists(crashed, unarmed);
	test_gone(crashed);
	db_close(query.db);
	return tap_done();
}
