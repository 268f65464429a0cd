/* SPDX-License-Identifier: MIT */
/*
 * autopsy_kallsyms: symbols in each form that kernels had their tables in, found by VMCOREINFO or by a
 * scan; damaged tables are refused with a reason.
 */
#include "autopsy/kallsyms.h"
#include "autopsy/scan.h"
#include "autopsy_open.h"

static struct kallsyms_tables tables;
static struct pages *pages;
static struct kallsyms *ks;
static struct words words;
static uint64_t address[4];
static char name[KALLSYMS_NAME], long_name[300];
static uint64_t start, size;

static size_t in_front; /* bytes between the code and the tables */

/* More symbols than the 256 of a marker each, so that the scan has markers to find. */
static void make(enum fake_rule rule, int named, int offsets_first, const char *release)
{
	static char filler[1200][16];

	fake_begin(&fake, "x86_64", release);
	fake.rule = rule;
	fake.named = named;
	fake.offsets_first = offsets_first;
	fake.long_names = strcmp(release, "6.1.0") >= 0;
	fake_make(&fake);
	memset(long_name, 'L', sizeof(long_name) - 1);
	if (fake.long_names)
		fake_symbol(&fake, long_name, 't', fake_address(&fake, fake_code(F_CRASH, 0x80)));
	if (rule == FAKE_PERCPU)
		fake_symbol(&fake, "cpu_tss_rw", 'A', 0x6000);
	for (int i = 0; i < 1200; i++) {
		snprintf(filler[i], sizeof(filler[i]), "filler_%d", i);
		fake_symbol(&fake, filler[i], 'd', fake_address(&fake, 0x100000 + 16 * (size_t)i));
	}
	bytes_grow(&fake.image->memory, in_front);
	dump_bytes = fake_dump(&fake, NULL);
	/* the scan reads whole pieces of 64 KB */
	{
		size_t len = fake.from + FAKE_TEXT + in_front + 3 * 65536;

		dump_bytes.at = realloc(dump_bytes.at, len);
		if (!dump_bytes.at)
			exit(1);
		memset(dump_bytes.at + dump_bytes.len, 0, len - dump_bytes.len);
		dump_bytes.len = len;
		machine_put(fake.image->m, dump_bytes.at + 64 + 56 + 32,
		    FAKE_TEXT + in_front + 3 * 65536, 8);
	}
}

static void find_tables(void)
{
	memset(&tables, 0, sizeof(tables));
	tables.names = fake_address(&fake, fake.names);
	tables.count = fake_address(&fake, fake.number);
	tables.tokens = fake_address(&fake, fake.tokens);
	tables.index = fake_address(&fake, fake.index);
	tables.offsets = fake_address(&fake, fake.offsets);
	tables.base = fake.rule == FAKE_PLACE ? 0 : fake_address(&fake, fake.base);
}

static int open_tables(void)
{
	words_init(&words);
	words_add(&words, "init_task", 9);
	words_add(&words, "no_such_symbol", 14);
	words_add(&words, "alias_second", 12);
	words_add(&words, "cpu_tss_rw", 10);
	memset(address, 0xff, sizeof(address));
	open_vmem();
	pages = pages_open(&err, vm, 16);
	ks = kallsyms_open(&err, vm, pages, &tables, &words, address);
	return ks ? 0 : -1;
}

static void done(void)
{
	kallsyms_close(ks);
	pages_close(pages);
	close_vmem();
	ks = NULL;
}

static const char *look(uint64_t at)
{
	static char text[KALLSYMS_NAME + 64];

	if (kallsyms_lookup(&err, ks, at, name, &start, &size))
		return err.msg;
	snprintf(text, sizeof(text), "%s+0x%llx/0x%llx", name, (unsigned long long)(at - start),
	    (unsigned long long)size);
	return text;
}

static void test_rules(void)
{
	static const char *const names[] = {"relative_base", "per CPU and relative_base", "place"};

	for (int rule = 0; rule < 3; rule++) {
		char want[340];

		make((enum fake_rule)rule, 1, 0, "6.1.0");
		find_tables();
		ok(open_tables() == 0, "%s: the tables are read", names[rule]);
		is_num((long long)kallsyms_count(ks), (long long)fake.symbols,
		    "the number of symbols is the table's");
		ok(address[0] == fake_address(&fake, fake.init_task),
		    "%s: a wanted symbol has its address", names[rule]);
		ok(address[1] == 0, "%s: one that does not exist has none", names[rule]);
		ok(address[2] == fake_address(&fake, fake_code(F_ALIAS, 0)),
		    "%s: a symbol that shares its address has it too", names[rule]);
		ok(address[3] == (rule == FAKE_PERCPU ? 0x6000 : 0),
		    "%s: an address per CPU is absolute", names[rule]);
		is(look(fake_ip(&fake, F_LAB_WAIT)), "lab_wait+0x50/0x100",
		    "an address within a function");
		is(look(fake_address(&fake, fake_code(F_LAB_WAIT, 0))), "lab_wait+0x0/0x100",
		    "a function's first byte");
		is(look(fake_address(&fake, fake_code(F_KTHREAD, 0)) - 1), "lab_wait+0xff/0x100",
		    "a function's last byte");
		is(look(fake_ip(&fake, F_ALIAS)), "alias_first+0x50/0x100",
		    "of several symbols at an address it is the first, and the size is up to the next address");
		snprintf(want, sizeof(want), "%s+0x8/0x80", long_name);
		is(look(fake_address(&fake, fake_code(F_CRASH, 0x88))), want,
		    "a name of 299 characters");
		is(look(rule == FAKE_PERCPU ? 0x5fff : fake_address(&fake, 0)),
		    "below the first symbol", "an address below all symbols");
		done();
		free(dump_bytes.at);
	}
}

/* The table's damage must be an error or another name; never more than a name. */
static void test_damage(void)
{
	static const struct {
		const char *what;
		int field; /* 0 count, 1 names, 2 index, 3 tokens */
		uint64_t value;
		const char *why;
	} rows[] = {
	    {"no symbols", 0, 3, "impossible number of symbols, 3"},
	    {"too many symbols", 0, KALLSYMS_MAX + 1, "impossible number of symbols"},
	    {"more symbols than names", 0, 60000, "symbol "},
	    {"a name of no tokens", 1, 0, "a name of 0 tokens at offset 0"},
	    {"a name of 4,223 tokens", 1, 0x21ff, "a name of 4351 tokens"},
	    {"a token outside the table", 2, 0xffff, "token 0 is outside its table"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t at[] = {fake.number, fake.names, fake.index};

		make(FAKE_BASE, 1, 0, "6.1.0");
		find_tables();
		fake_poke(&fake, &dump_bytes,
		    rows[i].field == 0   ? fake.number
		    : rows[i].field == 1 ? fake.names
					 : fake.index,
		    rows[i].value, rows[i].field == 0 ? 4 : 2);
		(void)at;
		ok(open_tables() == -1 && strstr(err.msg, rows[i].why), "%s: refused: %s",
		    rows[i].what, err.msg);
		done();
		free(dump_bytes.at);
	}
	make(FAKE_BASE, 1, 0, "6.1.0");
	find_tables();
	tables.names = 0x1000;
	ok(open_tables() == -1 && strstr(err.msg, "kallsyms: "),
	    "tables that are not in the dump: %s", err.msg);
	done();
	find_tables();
	tables.base = 0x1000;
	ok(open_tables() == -1 && strstr(err.msg, "relative base"), "no relative base: %s",
	    err.msg);
	done();
	/* all symbols at one address: names of the first, without end */
	find_tables();
	for (size_t i = 0; i < fake.symbols; i++)
		fake_poke(&fake, &dump_bytes, fake.offsets + 4 * i, 0x50, 4);
	open_tables();
	ok(ks && look(fake_ip(&fake, 0)) && start == fake_ip(&fake, 0),
	    "all symbols at one address: %s", name);
	done();
	/* before 6.1 a length of 128 and more is one byte */
	free(dump_bytes.at);
	make(FAKE_BASE, 1, 1, "5.10.0");
	find_tables();
	fake_poke(&fake, &dump_bytes, fake.names, 200, 1);
	open_tables();
	ok(!ks || kallsyms_count(ks) == fake.symbols, "before 6.1 a length has one byte");
	done();
	free(dump_bytes.at);
}

static void test_scan(void)
{
	static const struct {
		const char *what, *release;
		enum fake_rule rule;
		int offsets_first;
	} rows[] = {
	    {"offsets before the names, 5.10", "5.10.0", FAKE_PERCPU, 1},
	    {"offsets before the names, 6.1", "6.1.0", FAKE_BASE, 1},
	    {"offsets behind the index, 6.6", "6.6.0", FAKE_PERCPU, 0},
	    {"6 MB behind the code", "5.10.0", FAKE_BASE, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kallsyms_tables found;

		in_front = strstr(rows[i].what, "6 MB") ? 6 << 20 : 0;
		make(rows[i].rule, 0, rows[i].offsets_first, rows[i].release);
		in_front = 0;
		open_vmem();
		ok(scan_tables(&err, vm, &found) == 0, "%s: the scan finds the tables",
		    rows[i].what);
		close_vmem();
		find_tables();
		ok(memcmp(&found, &tables, sizeof(found)) == 0, "%s: each of them", rows[i].what);
		ok(open_tables() == 0, "%s: they can be read", rows[i].what);
		is(look(fake_ip(&fake, F_LAB_WAIT)), "lab_wait+0x50/0x100", "and have the symbols");
		done();
		free(dump_bytes.at);
	}
}

/* What looks like the tables but is not must not be taken, nor hide them. */
static void test_lookalikes(void)
{
	static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	struct kallsyms_tables found;
	size_t copy;

	make(FAKE_BASE, 0, 1, "5.10.0");
	/* digits in a row, and a whole table of tokens with its index, in front of the real one */
	copy = FAKE_TEXT + FAKE_FUNCTION * F_UNDEFINED;
	memcpy(dump_bytes.at + fake.from + copy, digits, sizeof(digits));
	open_vmem();
	ok(scan_tables(&err, vm, &found) == 0 && found.tokens == fake_address(&fake, fake.tokens),
	    "ten digits that are no tokens are passed by");
	close_vmem();
	memmove(dump_bytes.at + fake.from + 0x10000 + 0x5000,
	    dump_bytes.at + fake.from + fake.tokens, fake.index + 512 - fake.tokens);
	fake_poke(&fake, &dump_bytes, fake.index + 100, 0xffff, 2);
	open_vmem();
	ok(scan_tables(&err, vm, &found) == -1 && strstr(err.msg, "CONFIG_KALLSYMS"),
	    "tokens without markers in front, and tokens with a wrong index: none is taken: %s",
	    err.msg);
	close_vmem();
	free(dump_bytes.at);

	make(FAKE_BASE, 0, 1, "5.10.0");
	fake_poke(&fake, &dump_bytes, fake.number, 17, 4);
	open_vmem();
	ok(scan_tables(&err, vm, &found) == -1, "a number of symbols that its markers contradict");
	close_vmem();
	free(dump_bytes.at);

	make(FAKE_BASE, 0, 1, "5.10.0");
	fake_poke(&fake, &dump_bytes, fake.base, 0x1234, 8);
	open_vmem();
	ok(scan_tables(&err, vm, &found) == -1, "a base that is not near the code");
	close_vmem();
	/* one stretch of digits after the other: the scan gives up, and soon */
	for (size_t at = FAKE_TEXT; at + sizeof(digits) < fake.number; at += sizeof(digits))
		memcpy(dump_bytes.at + fake.from + at, digits, sizeof(digits));
	open_vmem();
	ok(scan_tables(&err, vm, &found) == -1, "digits everywhere: the scan ends");
	close_vmem();
	free(dump_bytes.at);

	make(FAKE_BASE, 0, 1, "5.10.0");
	memcpy(memmem(dump_bytes.at, dump_bytes.len, "SYMBOL(_stext)", 14), "SYMBOL(_xtext)", 14);
	open_vmem();
	ok(scan_tables(&err, vm, &found) == -1 && strstr(err.msg, "_stext"), "without _stext: %s",
	    err.msg);
	close_vmem();
	free(dump_bytes.at);
}

int main(void)
{
	test_rules();
	test_damage();
	test_scan();
	test_lookalikes();
	return tap_done();
}
