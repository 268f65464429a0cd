/* SPDX-License-Identifier: MIT */
/*
 * query_diff: two crashes of one cause on two machines, with other times, pids, CPUs and addresses, and one that differs
 * in offsets, frames and modules. Evidence: what differs by chance is the same; what a developer looks for is not.
 */
#include "query_store.h"

#define REPORT(cpu, pid, pointer, offset, frame)                                                   \
	"[    1.000000] Linux version 6.1.0-18-amd64\n"                                            \
	"[   " #cpu "9.000000] BUG: unable to handle page fault for address: " pointer "\n"        \
	"[   " #cpu "9.000001] #PF: supervisor read access in kernel mode\n"                       \
	"[   " #cpu "9.000002][ T" #pid "] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"                    \
	"[   " #cpu "9.000003] CPU: " #cpu " PID: " #pid " Comm: kworker/" #cpu                    \
	":1H Tainted: G        W  OE 6.1.0-18-amd64 #1\n"                                          \
	"[   " #cpu "9.000004] RIP: 0010:lab_oops+" offset "/0x10 [lastwords_lab]\n"               \
	"[   " #cpu "9.000005] RAX: 0000000000000000 RBX: " pointer " RCX: 00007f00" #pid "0000\n" \
	"[   " #cpu "9.000006] CR2: 0000000000000008 CR3: 00000001" #pid "000\n"                   \
	"[   " #cpu "9.000007] Call Trace:\n"                                                      \
	"[   " #cpu "9.000008]  " frame "+0x20/0x30 [lastwords_lab]\n"                             \
	"[   " #cpu "9.000009] INFO: task cat:" #pid " blocked for " #cpu "2 seconds.\n"           \
	"[   " #cpu "9.000010] ---[ end trace 0000000000000000 ]---\n"                             \
	"[   " #cpu "9.000011] after the report " #pid "\n"

static char a[SESSION_ID_MAX + 1], b[SESSION_ID_MAX + 1], c[SESSION_ID_MAX + 1];

/* "-N +N": lines that only a has, and only b. */
static const char *counts(const json_t *d)
{
	static char text[64];
	size_t i, only_a = 0, only_b = 0;
	json_t *line;

	json_array_foreach(json_object_get(d, "report"), i, line)
	{
		const char *op = json_string_value(json_object_get(line, "op"));

		only_a += strcmp(op, "a") == 0;
		only_b += strcmp(op, "b") == 0;
	}
	snprintf(text, sizeof(text), "-%zu +%zu", only_a, only_b);
	return text;
}

static const char *fact(const json_t *d, const char *field, const char *what)
{
	size_t i;
	json_t *f;

	json_array_foreach(json_object_get(d, "facts"), i, f)
	{
		if (strcmp(json_string_value(json_object_get(f, "field")), field) == 0)
			return at(f, what);
	}
	return "no such fact";
}

int main(void)
{
	json_t *d;

	store_make();
	snprintf(a, sizeof(a), "%s", store_session(1, noon));
	snprintf(b, sizeof(b), "%s", store_session(2, noon));
	snprintf(c, sizeof(c), "%s", store_session(3, noon));
	store_crash(a, noon + 9000, REPORT(1, 712, "ffff888012345678", "0x5", "lab_write"));
	store_crash(b, noon + 9000, REPORT(3, 4711, "ffff8880fedcba98", "0x5", "lab_write"));
	store_crash(c, noon + 9000, REPORT(3, 4711, "ffff8880fedcba98", "0x7", "lab_ioctl"));
	store_event(noon + 1, "requested", store_session(4, noon), "profile=lab");
	store_index();

	d = have(query_diff(&err, &query, a, b), "two crashes of one cause");
	is(counts(d), "-0 +0", "their reports are the same");
	is(at(d, "a.session"), a, "the first one's fields");
	is(at(d, "b.title"), "page fault in lab_oops", "the second one's");
	is(at(d, "report.0.text"), "BUG: unable to handle page fault for address: #",
	    "the report begins where it begins, without times");
	is(at(d, "report.3.text"),
	    "CPU: # PID: # Comm: kworker/#:#H Tainted: G        W  OE 6.1.0-18-amd64 #1",
	    "without pid, CPU and a worker's numbers, but with the release");
	is(at(d, "report.4.text"), "RIP: 0010:lab_oops+0x5/0x10 [lastwords_lab]", "offsets stay");
	is(at(d, "report.5.text"), "RAX: 0000000000000000 RBX: # RCX: #",
	    "pointers go, zero stays");
	is(at(d, "report.6.text"), "CR2: 0000000000000008 CR3: #", "an offset of NULL stays");
	is(at(d, "report.9.text"), "INFO: task cat:# blocked for # seconds.", "a task's pid goes");
	is(at(d, "report.10.text"), "---[ end trace 0000000000000000 ]---", "it ends at its end");
	is(at(d, "report.11"), "", "not after it");
	is(fact(d, "pid", "a"), "712", "the facts are as they were");
	is(fact(d, "pid", "same"), "false", "and their difference is said");
	is(fact(d, "title", "same"), "true", "or that neither has one");
	json_decref(d);

	d = have(query_diff(&err, &query, b, c), "two crashes of two causes");
	is(counts(d), "-2 +2", "the lines that differ");
	is(at(d, "report.4.op"), "a", "first the one's");
	is(at(d, "report.5.op"), "b", "then the other's");
	is(at(d, "report.5.text"), "RIP: 0010:lab_oops+0x7/0x10 [lastwords_lab]", "as it is");
	json_decref(d);

	d = have(query_diff(&err, &query, a, store_session(4, noon)), "a session without a report");
	is(counts(d), "-11 +0", "has no lines");
	json_decref(d);
	is_missing(
	    query_diff(&err, &query, a, store_session(9, noon)), "an unknown session is missing");
	is_missing(query_diff(&err, &query, "", a), "no session is missing");
	db_close(query.db);
	return tap_done();
}
