/* SPDX-License-Identifier: MIT */
/*
 * autopsy_tasks: the list of tasks, whole and damaged in each way, and what tasks wait for: mutexes, rwsems,
 * the kernel's own field, a deadlock.
 */
#include "autopsy_open.h"

static char pids[400];

/* The tasks' pids in their order. */
static const char *list(void)
{
	pids[0] = '\0';
	for (size_t i = 0; i < autopsy.tasks.count; i++)
		snprintf(pids + strlen(pids), sizeof(pids) - strlen(pids), "%s%d", i ? " " : "",
		    autopsy.tasks.task[i].pid);
	return pids;
}

static const struct task *task(int32_t pid)
{
	for (size_t i = 0; i < autopsy.tasks.count; i++) {
		if (autopsy.tasks.task[i].pid == pid)
			return &autopsy.tasks.task[i];
	}
	return NULL;
}

static size_t in_tasks(size_t at)
{
	return fake_at(&fake, at, "task_struct.tasks");
}

static void poke(size_t at, uint64_t value)
{
	fake_poke(&fake, &dump_bytes, at, value, 8);
}

static void open_all(void)
{
	if (open_autopsy())
		printf("# %s\n", err.msg);
}

static void test_whole(void)
{
	static const struct {
		unsigned state, exit;
		char letter;
	} states[] = {{0, 0, 'R'}, {1, 0, 'S'}, {2, 0, 'D'}, {0x402, 0, 'I'}, {4, 0, 'T'},
	    {8, 0, 't'}, {0, 0x10, 'X'}, {0, 0x20, 'Z'}, {0x40, 0, 'P'}, {0x80, 0, '?'},
	    {0x2002, 0, 'D'}};
	uint64_t prev;
	int good = 1;

	make_dump("x86_64");
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "all tasks by pid, threads too");
	ok(!autopsy.tasks.damaged, "the list is whole");
	is(task(3)->comm, "init-thread", "a thread has its name");
	ok(task(3)->tgid == 1 && task(93)->tgid == 93, "a thread has its process");
	ok(task(93)->parent == 2 && task(93)->state == 'D' && task(1)->state == 'S',
	    "parents and states");
	is_num(tasks_waited(&autopsy.tasks, task(93)), 107000000000LL,
	    "a task waits since it last came to a CPU");
	is_num(tasks_rss(&autopsy.kernel, task(1)->mm), 100,
	    "resident pages, those counted per CPU too");
	is_num(tasks_rss(&autopsy.kernel, 0), -1, "a kernel thread has no address space");
	ok(autopsy.cpu_count == 2 && autopsy.cpus[0].task.pid == 100 &&
		autopsy.cpus[1].task.pid == 0,
	    "what runs on each CPU");
	ok(autopsy.cpus[0].has_regs && !autopsy.cpus[1].has_regs &&
		autopsy.dead == &autopsy.cpus[0],
	    "registers belong to the CPU whose task the note names");
	close_autopsy();
	/* the victim on the other CPU */
	prev = dump_uint(
	    DUMP_LITTLE, dump_bytes.at + fake.from + fake_at(&fake, fake.rq[1], "rq.curr"), 8);
	poke(fake_at(&fake, fake.rq[0], "rq.curr"), prev);
	poke(fake_at(&fake, fake.rq[1], "rq.curr"), fake_address(&fake, fake.victim));
	open_all();
	ok(!autopsy.cpus[0].has_regs && autopsy.cpus[1].has_regs,
	    "also where the note is not that of the first CPU");
	close_autopsy();
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.task_a, "task_struct.__state"),
		    states[i].state, 4);
		fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.task_a, "task_struct.exit_state"),
		    states[i].exit, 4);
		open_all();
		good &= task(93)->state == states[i].letter;
		close_autopsy();
	}
	ok(good, "states are the letters of /proc");
	free(dump_bytes.at);
}

static void test_damaged(void)
{
	make_dump("x86_64");
	/* init, kthreadd, kworker, wk-a, wk-b, wk-reader, victim: the ring is torn behind the worker */
	poke(in_tasks(fake.worker), 0xdeadbeef);
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "a wild pointer: the rest is found backward");
	ok(autopsy.tasks.damaged && autopsy.partial, "and the list is marked as damaged");
	close_autopsy();
	poke(in_tasks(fake.worker), 0);
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "a NULL pointer");
	close_autopsy();
	poke(in_tasks(fake.worker), fake_address(&fake, in_tasks(fake.worker)));
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "a pointer to itself");
	close_autopsy();
	poke(in_tasks(fake.worker), fake_address(&fake, in_tasks(fake.init_task)) + 8);
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "a pointer to what is no node");
	close_autopsy();
	/* torn backward too: those between are lost */
	poke(in_tasks(fake.task_r) + 8, 0xdeadbeef);
	open_all();
	is(list(), "1 2 3 30 95 100", "torn at two places: those between are missing");
	ok(autopsy.tasks.damaged, "and that is known");
	close_autopsy();
	free(dump_bytes.at);

	make_dump("x86_64");
	memset(dump_bytes.at + fake.from + fake.task_a, 0, 320);
	open_all();
	is(list(), "1 2 3 30 94 95 100", "a task of zeros: the others, from both ends");
	close_autopsy();
	free(dump_bytes.at);

	make_dump("x86_64");
	fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.task_a, "task_struct.pid"), 4194305, 4);
	open_all();
	is(list(), "1 2 3 30 94 95 100", "an impossible pid");
	ok(autopsy.tasks.damaged, "is damage");
	close_autopsy();
	free(dump_bytes.at);

	/* all processes share one list of threads */
	make_dump("x86_64");
	for (size_t i = 0; i < 3; i++) {
		const size_t tasks[] = {fake.task_a, fake.task_b, fake.task_r};
		uint64_t signal = dump_uint(DUMP_LITTLE,
		    dump_bytes.at + fake.from + fake_at(&fake, fake.init_task, "task_struct.tasks"),
		    8);

		signal -= fake_offset(&fake, "task_struct.tasks", &(uint32_t){0});
		signal = dump_uint(DUMP_LITTLE,
		    dump_bytes.at + fake.from + (size_t)(signal - fake_address(&fake, 0)) +
			fake_offset(&fake, "task_struct.signal", &(uint32_t){0}),
		    8);
		poke(fake_at(&fake, tasks[i], "task_struct.signal"), signal);
	}
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "threads in several processes are listed once");
	close_autopsy();
	free(dump_bytes.at);

	/* a list of threads that does not end at its head */
	make_dump("x86_64");
	poke(fake_at(&fake, fake.task_b, "task_struct.thread_node"),
	    fake_address(&fake, fake_at(&fake, fake.task_b, "task_struct.thread_node")));
	open_all();
	is(list(), "1 2 3 30 93 94 95 100", "a circle of threads without its head");
	ok(autopsy.tasks.damaged, "is damage");
	close_autopsy();
	poke(in_tasks(fake.init_task), 0);
	poke(in_tasks(fake.init_task) + 8, 0);
	open_all();
	ok(autopsy.tasks.count == 0 && autopsy.tasks.damaged, "no list at all");
	close_autopsy();
	free(dump_bytes.at);
}

/* Many leaders, each with all threads, none of which can be read: the work is bounded. */
static void test_many(void)
{
	enum { MANY = 3000 };
	static size_t leaders[MANY + 1], threads[MANY + 1];
	size_t signal, at;

	fake_begin(&fake, "x86_64", "6.1.0");
	fake_make(&fake);
	signal = fake_object(&fake, "signal_struct");
	leaders[0] = in_tasks(fake.init_task);
	threads[0] = fake_at(&fake, signal, "signal_struct.thread_head");
	at = image_room(fake.image, MANY * 320);
	for (size_t i = 1; i <= MANY; i++, at += 320) {
		leaders[i] = in_tasks(at);
		threads[i] = fake_at(&fake, at, "task_struct.thread_node");
		fake_set(&fake, at, "task_struct.signal", fake_address(&fake, signal));
		fake_set(&fake, at, "task_struct.pid", 0x7fffffff);
	}
	fake_ring(&fake, leaders, MANY + 1);
	fake_ring(&fake, threads, MANY + 1);
	dump_bytes = fake_dump(&fake, NULL);
	open_all();
	ok(autopsy.tasks.count == 0 && autopsy.tasks.damaged && autopsy.tasks.steps > 3000 &&
		autopsy.tasks.steps <= 5 * TASKS_MAX,
	    "3,000 processes that share 3,000 unreadable threads: %u were read",
	    autopsy.tasks.steps);
	close_autopsy();
	free(dump_bytes.at);
}

static struct locks_wait wait_of(int32_t pid, int rwsem)
{
	struct locks_wait wait;

	locks_find(&autopsy.kernel, &autopsy.tasks, task(pid), rwsem, &wait);
	return wait;
}

static int owner(struct locks_wait wait)
{
	return wait.owner ? wait.owner->pid : 0;
}

static void test_locks(const char *machine)
{
	struct locks_wait wait;
	uint64_t waiter, prev;

	make_dump(machine);
	open_all();
	wait = wait_of(93, 0);
	ok(wait.kind == LOCKS_MUTEX && owner(wait) == 94 && !wait.hint &&
		wait.lock == fake_address(&fake, fake.mutex_a),
	    "%s: a mutex and its owner", machine);
	wait = wait_of(95, 1);
	ok(wait.kind == LOCKS_RWSEM && owner(wait) == 1 && wait.hint,
	    "%s: a rwsem; a reader owns it perhaps", machine);
	wait = wait_of(1, 0);
	ok(wait.kind == LOCKS_NONE && !wait.owner, "%s: a task without a waiter", machine);
	close_autopsy();

	/* the word before the waiter's task is no pointer back */
	waiter =
	    dump_uint(DUMP_LITTLE,
		dump_bytes.at + fake.from + fake_at(&fake, fake.mutex_a, "mutex.wait_list"), 8) -
	    fake_address(&fake, 0);
	prev = dump_uint(DUMP_LITTLE, dump_bytes.at + fake.from + waiter + 8, 8);
	poke(waiter + 8, fake_address(&fake, fake.task_a));
	open_all();
	ok(wait_of(93, 0).kind == LOCKS_NONE, "%s: a waiter that is not linked back", machine);
	close_autopsy();
	/* something that cannot be read, before the waiter */
	poke(waiter + 8, prev);
	poke(waiter - 0x40, UINT64_MAX - 4095);
	poke(waiter - 0x38, UINT64_MAX - 4095);
	poke(waiter - 0x30, fake_address(&fake, fake.task_a));
	open_all();
	ok(wait_of(93, 0).kind == LOCKS_MUTEX, "%s: a waiter behind what cannot be read", machine);
	close_autopsy();
	poke(fake_at(&fake, fake.mutex_a, "mutex.owner"), 0x1234567);
	open_all();
	ok(wait_of(93, 0).kind == LOCKS_NONE, "%s: an owner that is no task", machine);
	close_autopsy();
	/* the kernel's own field wins, and needs no waiter */
	poke(fake_at(&fake, fake.task_a, "task_struct.blocker"),
	    fake_address(&fake, fake.rwsem) | 3);
	open_all();
	wait = wait_of(93, 0);
	ok(wait.kind == LOCKS_RWSEM && owner(wait) == 1, "%s: the field blocker", machine);
	close_autopsy();
	poke(fake_at(&fake, fake.task_a, "task_struct.blocker"),
	    fake_address(&fake, fake.rwsem) | 1);
	open_all();
	wait = wait_of(93, 0);
	ok(wait.kind == LOCKS_SEMAPHORE && !wait.owner, "%s: a semaphore has no owner", machine);
	close_autopsy();
	poke(fake_at(&fake, fake.task_a, "task_struct.blocker"), 0);
	poke(fake_at(&fake, fake.task_a, "task_struct.blocked_on"),
	    fake_address(&fake, fake.mutex_b));
	open_all();
	wait = wait_of(93, 0);
	ok(wait.kind == LOCKS_MUTEX && owner(wait) == 93, "%s: the field blocked_on", machine);
	close_autopsy();
	poke(fake_at(&fake, fake.task_a, "task_struct.blocked_on"), 0x1000);
	open_all();
	wait = wait_of(93, 0);
	ok(wait.kind == LOCKS_MUTEX && !wait.owner, "%s: a lock that cannot be read", machine);
	close_autopsy();
	free(dump_bytes.at);
}

static void test_deadlock(void)
{
	const char *text;

	make_dump("x86_64");
	text = run_autopsy(OUT_TEXT, 0);
	ok(strstr(text,
	       "deadlock: wk-a (pid 93) waits for a mutex of wk-b (pid 94); wk-b (pid 94) waits "
	       "for a mutex of wk-a (pid 93)") != NULL,
	    "two tasks that wait for each other are named as a deadlock");
	ok(strstr(text,
	       "\n    pid=93 comm=wk-a state=D blocked_s=107.000 in=lab_wait waits_for=mutex "
	       "owner_pid=94 owner_comm=wk-b\n      lab_wait+0x50/0x100\n") != NULL,
	    "each is a record with what it waits for, its owner and its stack");
	ok(strstr(text, "owner_is=\"one of its readers\"") != NULL, "a reader is marked as a hint");
	/* no circle: b's lock is owned by init */
	poke(fake_at(&fake, fake.mutex_b, "mutex.owner"),
	    dump_uint(DUMP_LITTLE,
		dump_bytes.at + fake.from + fake_at(&fake, fake.rwsem, "rw_semaphore.owner"), 8));
	text = run_autopsy(OUT_TEXT, 0);
	ok(*text && !strstr(text, "deadlock"), "a chain without a circle is no deadlock");
	/* a task that waits for itself */
	poke(fake_at(&fake, fake.mutex_a, "mutex.owner"), fake_address(&fake, fake.task_a));
	text = run_autopsy(OUT_TEXT, 0);
	ok(strstr(text, "deadlock: wk-a (pid 93) waits for a mutex of wk-a (pid 93)\n") != NULL,
	    "a task that waits for itself is one");
	free(dump_bytes.at);
}

int main(void)
{
	test_whole();
	test_damaged();
	test_many();
	test_locks("x86_64");
	test_locks("arm64");
	test_deadlock();
	return tap_done();
}
