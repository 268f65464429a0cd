/* SPDX-License-Identifier: MIT */
/*
 * autopsy_sections: the whole autopsy of a made-up kernel: each section has what is there, and fails alone;
 * without symbols or BTF there is one reason; numbers that no machine has end no section.
 */
#include "autopsy_open.h"

static const char *text;

static int has(const char *what)
{
	return strstr(text, what) != NULL;
}

static void poke(size_t at, uint64_t value, size_t size)
{
	fake_poke(&fake, &dump_bytes, at, value, size);
}

static size_t symbol(const char *name)
{
	for (size_t i = 0; i < fake.symbols; i++) {
		if (strcmp(fake.symbol[i].name, name) == 0)
			return (size_t)(fake.symbol[i].address - fake_address(&fake, 0));
	}
	fprintf(stderr, "no symbol %s\n", name);
	exit(1);
}

/* The object that a variable points to. */
static size_t pointed(const char *name)
{
	return (size_t)(dump_uint(DUMP_LITTLE, dump_bytes.at + fake.from + symbol(name), 8) -
			fake_address(&fake, 0));
}

/* All sections have their names; one has nothing of its own. */
static void only(const char *what, const char *gone)
{
	static const char *const marks[] = {"\ndeath\n", "\ncpus\n", "\ntasks\n", "\nmemory\n",
	    "\nnetwork\n", "\nstorage\n", "\nsystem\n", "at=do_crash+0x50/0x100",
	    "cpu=1 state=idle", "pid=95 comm=wk-reader", "name=dentry kb=80",
	    "device=eth0 state=up", "disk=sda in_flight=1", "at=/ type=nfs4",
	    "module=lab_die size=512"};
	int good = 1;

	text = run_autopsy(OUT_TEXT, 0);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strcmp(marks[i], gone) == 0)
			good &= !has(marks[i]);
		else if (!has(marks[i])) {
			printf("# missing: %s\n", marks[i]);
			good = 0;
		}
	}
	ok(good, "%s", what);
}

static void test_whole(const char *machine)
{
	make_dump(machine);
	text = run_autopsy(OUT_TEXT, 1);
	ok(has("cpu=0 state=") && has("memory: 3 of 256 MB free") &&
		has("zone DMA32 of node 0 is below its minimum: 4000 of 8000 kB free") &&
		has("network: eth0 has not sent for 10 s, 1 of its queues are stopped") &&
		has("disk sda: requests in flight: 1, the oldest for 20 s") &&
		has("worker kworker/0:1 (pid 30) has been busy for 10 s, now in nfs_work"),
	    "%s: the summary has what stands out", machine);
	ok(has("rx_packets=7 ") && has("addresses=10.77.0.2/24") && has("packets_waiting=5") &&
		has("cgroup=build.slice usage_kb=3960 max_kb=4000") && has("uptime_s=200.000") &&
		has("taint=\"O (out-of-tree module)\"") && has("rss_kb=400") &&
		has("oldest_s=20.000 operation=write") && has("load=\"1.00 0.00 0.00\""),
	    "%s: the numbers are those of the memory", machine);
	ok(has("source=memory count=3 last=2026-11-05T") &&
		has("recoverable hardware errors (memory): 3, the last at 2026-11-05T") &&
		!has("source=PCI"),
	    "%s: hardware errors that the kernel survived", machine);
	ok(has("irq=9 name=acpi count=10\n"), "%s: interrupts, of all CPUs", machine);
	ok(has("program=nfs version=4 requests=1 oldest_s=100.000 procedure=GETATTR") &&
		has("nfs: requests that wait for the server: 1, the oldest (GETATTR) for 100 s"),
	    "%s: a module's structs, by its own BTF", machine);
	ok(!has("10.77.0.1:/srv") && !has("server="),
	    "%s: a network file system's device is not shown", machine);
	ok(has("    pid=30 comm=kworker/0:1 state=I in=lab_wait\n"), "%s: --all has every task",
	    machine);
	free(dump_bytes.at);
}

static void test_death(void)
{
	make_dump("x86_64");
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("CPU 0 died while it ran victim (pid 100) in do_crash+0x50/0x100"),
	    "the CPU and the task that died");
	ok(has("name=task type=\"struct task_struct *\" value=0 sure=no") &&
		has("name=how type=\"unsigned int\" value=0 sure=no"),
	    "the arguments of the function, by its prototype");
	ok(has("  ancestors\n    pid=100 comm=victim\n    pid=1 comm=init\n"), "its ancestors");
	poke(symbol("panic_cpu"), 0xffffffff, 4);
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("no CPU has panicked"), "a dump of a machine that lived");
	poke(symbol("panic_cpu"), 77, 4);
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("no CPU has panicked"), "a CPU that does not exist");
	free(dump_bytes.at);
}

static void test_alone(void)
{
	make_dump("x86_64");
	poke(fake_at(&fake, fake.module, "module.refcnt"), 0xffffffff, 4);
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("module=lab_die size=512 refs=-2 "), "numbers below 0 keep their sign");
	free(dump_bytes.at);

	make_dump("x86_64");
	only("all sections of a whole dump", "-");
	poke(symbol("slab_caches"), 0, 8);
	only("a damaged list of slab caches", "name=dentry kb=80");
	ok(has("the list of slab caches is damaged"), "and a note of it");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("net_namespace_list"), 0x1234, 8);
	only("a damaged list of networks", "device=eth0 state=up");
	ok(has("the list of network namespaces cannot be read"), "and a note of it");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("blockdev_superblock"), 0xffff888000000000, 8);
	only("a damaged list of block devices", "disk=sda in_flight=1");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("modules"), 0x1234, 8);
	only("a damaged list of modules", "module=lab_die size=512");
	ok(has("the list of modules is damaged"), "and a note of it");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("_totalram_pages"), UINT64_MAX, 8);
	only("an impossible amount of memory", "-");
	ok(has("the amount of memory cannot be read"), "and a note of it");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("init_task") + fake_offset(&fake, "task_struct.tasks", &(uint32_t){0}), 0, 8);
	poke(symbol("init_task") + fake_offset(&fake, "task_struct.tasks", &(uint32_t){0}) + 8, 0,
	    8);
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("the list of tasks cannot be read") && has("at=do_crash+0x50/0x100") &&
		has("cpu=1 state=idle") && has("device=eth0") && has("disk=sda"),
	    "no task: the CPUs and devices are there");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(fake_at(&fake, fake.rq[0], "rq.curr"), 0x1234, 8);
	text = run_autopsy(OUT_TEXT, 0);
	ok(has("no CPU has panicked") && has("cpu=1 state=idle") && has("pid=95 comm=wk-reader"),
	    "a CPU whose task cannot be read");
	free(dump_bytes.at);
}

/* One reason for the whole. */
static void test_nothing(void)
{
	make_dump("x86_64");
	poke(fake.btf, 0, 2);
	text = run_autopsy(OUT_TEXT, 0);
	is(text, "", "without BTF there is nothing");
	ok(strstr(err.msg, "BTF") != NULL && !strchr(err.msg, '\n'), "and one reason: %s", err.msg);
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(fake.number, 0, 4);
	ok(!*run_autopsy(OUT_TEXT, 0) && strstr(err.msg, "kallsyms"),
	    "without symbols one reason: %s", err.msg);
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(fake.names, 0, 1);
	ok(!*run_autopsy(OUT_TEXT, 0) && strstr(err.msg, "a name of 0 tokens"),
	    "with damaged symbols one reason: %s", err.msg);
	free(dump_bytes.at);

	fake_begin(&fake, "i386", "6.1.0");
	fake_btf_begin(&fake);
	dump_bytes = fake_dump(&fake, NULL);
	ok(!*run_autopsy(OUT_TEXT, 0) && strstr(err.msg, "32 bits"), "of 32 bits: %s", err.msg);
	free(dump_bytes.at);
}

/* Every number as large as it can be: no section may hang, or overflow (make SAN=1 check). */
/* A module's BTF that is damaged costs what is in it. */
static void test_module_btf(void)
{
	size_t entry, object, data;

	make_dump("x86_64");
	entry = pointed("btf_modules");
	object =
	    (size_t)(dump_uint(DUMP_LITTLE,
			 dump_bytes.at + fake.from + fake_at(&fake, entry, "btf_module.btf"), 8) -
		     fake_address(&fake, 0));
	data = (size_t)(dump_uint(DUMP_LITTLE, dump_bytes.at + fake.from + object, 8) -
			fake_address(&fake, 0));
	poke(data, 0, 2);
	only("a module's BTF without its magic number", "-");
	ok(!has("program=nfs"), "costs its structs");
	poke(data, 0xeb9f, 2);
	poke(fake_at(&fake, object, "btf.data_size"), 0xffffffff, 4);
	only("a module's BTF of 4 GB", "-");
	ok(!has("program=nfs"), "costs its structs");
	free(dump_bytes.at);
}

static void test_impossible(void)
{
	static const uint64_t values[] = {
	    UINT64_MAX, 1ULL << 63, 0x7fffffffffffffff, 0x4000000000000001};
	static const char *const variables[] = {"nr_node_ids", "nr_cpu_ids", "tick_nsec",
	    "jiffies_64", "avenrun", "tainted_mask", "vm_zone_stat", "_totalram_pages"};
	size_t len;
	int good = 1;

	make_dump("x86_64");
	len = dump_bytes.len;
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		struct bytes whole = dump_bytes;

		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
			size_t size = strncmp(variables[i], "nr_", 3) == 0 ? 4 : 8;

			dump_bytes.at = malloc(len);
			if (!dump_bytes.at)
				exit(1);
			memcpy(dump_bytes.at, whole.at, len);
			poke(symbol(variables[i]), values[v], size);
			text = run_autopsy(OUT_JSON, 1);
			good &= has("\"system\":{") && text[strlen(text) - 2] == '}';
			free(dump_bytes.at);
		}
		dump_bytes = whole;
	}
	ok(good, "variables that are as large as can be");
	/* a word of ones at each place of the data, one after the other */
	for (size_t at = FAKE_TEXT + FAKE_FUNCTION * F_END; at + 8 < fake.number; at += 8) {
		uint64_t old = dump_uint(DUMP_LITTLE, dump_bytes.at + fake.from + at, 8);

		poke(at, values[at / 8 % 4], 8);
		text = run_autopsy(at % 16 ? OUT_JSON : OUT_TEXT, 0);
		if (*text && !has("system") && !has("\"cut\"")) {
			printf("# at 0x%zx\n", at);
			good = 0;
		}
		poke(at, old, 8);
	}
	ok(good, "a word of ones at each place: every section is there, or one reason");
	free(dump_bytes.at);
}

/* More requests, caches, queues than a machine has, all of them the same few bytes. */
static void test_repeated(void)
{
	size_t disk, queue, set, at;

	make_dump("x86_64");
	at = pointed("blockdev_superblock");
	(void)at;
	disk =
	    (size_t)((uint8_t *)memmem(dump_bytes.at, dump_bytes.len, "sda", 4) - dump_bytes.at) -
	    fake.from;
	queue = (size_t)(dump_uint(DUMP_LITTLE,
			     dump_bytes.at + fake.from + fake_at(&fake, disk, "gendisk.queue"), 8) -
			 fake_address(&fake, 0));
	set = (size_t)(dump_uint(DUMP_LITTLE, dump_bytes.at + fake.from + queue, 8) -
		       fake_address(&fake, 0));
	poke(fake_at(&fake, set, "blk_mq_tag_set.nr_hw_queues"), 0xffffffff, 4);
	only("a disk of 4 billion queues", "-");
	free(dump_bytes.at);

	make_dump("x86_64");
	poke(symbol("nr_node_ids"), 1024, 4);
	only("1,024 nodes", "name=dentry kb=80");
	free(dump_bytes.at);
}

static void test_time(void)
{
	struct open_text all = {NULL, 0};

	make_dump("x86_64");
	if (open_autopsy() == 0) {
		out_init(&autopsy.out, OUT_TEXT);
		autopsy_run(&autopsy, -1); /* the time was over a second ago */
		out_finish(&autopsy.out, "6.1.0", "x86_64", open_write, &all);
	}
	text = all.at ? all.at : "";
	ok(has("\nsystem\n  left out: the time for the autopsy is over\n") && autopsy.partial,
	    "when the time is over, sections say so");
	close_autopsy();
	free(all.at);
	free(dump_bytes.at);
}

static void test_cut(void)
{
	make_dump("x86_64");
	if (open_autopsy() == 0) {
		out_init(&autopsy.out, OUT_JSON);
		autopsy_run(&autopsy, 0);
		ok(!autopsy.partial, "a whole dump: nothing is missing");
		autopsy.out.cut = 1; /* as when the limit is reached */
		autopsy_run(&autopsy, 0);
		ok(autopsy.partial, "output that is cut: parts are missing");
	}
	close_autopsy();
	free(dump_bytes.at);
}

int main(void)
{
	test_whole("x86_64");
	test_whole("arm64");
	test_death();
	test_alone();
	test_nothing();
	test_module_btf();
	test_impossible();
	test_repeated();
	test_time();
	test_cut();
	return tap_done();
}
