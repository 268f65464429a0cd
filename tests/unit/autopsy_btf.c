/* SPDX-License-Identifier: MIT */
/*
 * autopsy_btf: types, members and constants by BTF, and the layout that is made of them; loops, unknown kinds
 * and truncated types are refused or cost their own fields alone.
 */
#include "autopsy/layout.h"
#include "autopsy_open.h"

static struct words words;
static struct pages *pages;
static struct btf *btf;
static struct btf_member member;
static struct layout layout;

static void begin(void)
{
	fake_begin(&fake, "x86_64", "6.6.0");
	fake_btf_begin(&fake);
}

/* Opens what was made; layout's words and some more are looked for. */
static int open_btf(void)
{
	static const char *const more[] = {"outer", "inner_a", "inner_b", "late", "flag_b", "wide",
	    "BIG", "SMALL", "deep", "absent", "fn", "loop"};
	size_t len = fake_btf_bytes(&fake);

	fake_make_code(&fake);
	dump_bytes = fake_dump(&fake, NULL);
	open_vmem();
	words_init(&words);
	if (layout_words(&err, &words))
		exit(1);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		words_add(&words, more[i], strlen(more[i]));
	pages = pages_open(&err, vm, 16);
	btf = btf_open(&err, vm, pages, fake_address(&fake, fake.btf),
	    fake_address(&fake, fake.btf) + 24 + len, &words);
	return btf ? 0 : -1;
}

static void done(void)
{
	btf_close(btf);
	pages_close(pages);
	close_vmem();
	free(dump_bytes.at);
	btf = NULL;
}

static int word(const char *text)
{
	return words_number(&words, text);
}

/* A member of a struct as three numbers. */
static void put_member(const char *name, uint32_t type, uint32_t bit)
{
	fake_btf_u32(&fake, fake_btf_string(&fake, name));
	fake_btf_u32(&fake, type);
	fake_btf_u32(&fake, bit);
}

static void test_members(void)
{
	uint32_t inner, wrapped, outer, id, array, element, count;
	struct btf_type type;
	int64_t value;

	begin();
	inner = fake_btf_type(&fake, NULL, 5, 0, 2, 8); /* an unnamed union in it */
	put_member("inner_a", fake.ints[4], 0);
	put_member("inner_b", fake.ints[8], 0);
	wrapped = fake_btf_type(&fake, NULL, 4, 1, 3, 16); /* with bitfields */
	put_member(NULL, inner, 64);
	put_member("flag_b", fake.ints[4], 3U << 24 | 5);
	put_member("wide", fake.ints[2], 32);
	array = fake_btf_array(&fake, fake_btf_array(&fake, fake.ints[2], 3), 5);
	outer = fake_btf_type(&fake, "outer", 4, 0, 3, 64);
	put_member(NULL, wrapped, 128);
	put_member("pid", fake.ints[4], 0);
	put_member("late", array, 256);
	id = fake_btf_type(&fake, NULL, 10, 0, 0, outer); /* const outer */
	id = fake_btf_type(&fake, "late", 8, 0, 0, id); /* typedef */
	fake_btf_type(&fake, "outer", 4, 0, 0, 4); /* a second one of that name */
	ok(open_btf() == 0, "types are read");
	is_num(
	    btf_find(btf, BTF_STRUCT, word("outer")), outer, "the first struct of a name is found");
	is_num(btf_find(btf, BTF_UNION, word("outer")), 0,
	    "a kind that the name does not have is not");
	is_num(btf_find(btf, BTF_STRUCT, -1), 0, "nor is what is no word");
	ok(btf_member(&err, btf, outer, word("pid"), &member) == 1 && member.bit == 0 &&
		member.width == 0 && member.type == fake.ints[4],
	    "a member");
	ok(btf_member(&err, btf, outer, word("inner_b"), &member) == 1 && member.bit == 192 &&
		member.type == fake.ints[8],
	    "a member of an unnamed union in an unnamed struct");
	ok(btf_member(&err, btf, outer, word("flag_b"), &member) == 1 && member.bit == 133 &&
		member.width == 3,
	    "a bitfield in an unnamed struct");
	ok(btf_member(&err, btf, outer, word("wide"), &member) == 1 && member.bit == 160 &&
		member.width == 0,
	    "a plain member of a struct with bitfields");
	ok(btf_member(&err, btf, id, word("late"), &member) == 1 && member.bit == 256,
	    "through a typedef and const");
	is_num(btf_member(&err, btf, outer, word("absent"), &member), 0, "no such member");
	is_num(
	    btf_member(&err, btf, fake.ints[4], word("pid"), &member), 0, "an int has no members");
	is_num((long long)btf_size(btf, array), 30, "the size of an array of arrays");
	ok(btf_array(btf, array, &element, &count) == 0 && count == 5, "an array's length");
	ok(btf_array(btf, outer, &element, &count) == -1, "a struct is no array");
	is_num((long long)btf_size(btf, 0), 0, "void has no size");
	ok(btf_type(&err, btf, 100000, &type) == -1 && strstr(err.msg, "no type 100000"),
	    "a type that does not exist: %s", err.msg);
	is_num(btf_enumerator(&err, btf, outer, word("BIG"), &value), 0,
	    "a struct has no enumerators");
	done();
}

static void test_enums(void)
{
	uint32_t small, big;
	int64_t value = 0;

	begin();
	small = fake_btf_enum(&fake, "zone_stat_item", "NR_FREE_PAGES SMALL NR_MLOCK");
	big = fake_btf_type(&fake, "wide", 19, 0, 2, 8); /* 64 bits */
	fake_btf_u32(&fake, fake_btf_string(&fake, "SMALL"));
	fake_btf_u32(&fake, 7);
	fake_btf_u32(&fake, 0);
	fake_btf_u32(&fake, fake_btf_string(&fake, "BIG"));
	fake_btf_u32(&fake, 9);
	fake_btf_u32(&fake, 0);
	ok(open_btf() == 0, "enums are read");
	ok(btf_enumerator(&err, btf, small, word("SMALL"), &value) == 1 && value == 1,
	    "an enumerator");
	ok(btf_enumerator(&err, btf, big, word("BIG"), &value) == 1 && value == 9,
	    "one of an enum of 64 bits");
	is_num(btf_enumerator(&err, btf, small, word("BIG"), &value), 0, "no such enumerator");
	layout_find(btf, &words, &layout);
	ok(layout.constant[C_ZONE_FREE] == 0 && layout.constant[C_ZONE_MLOCK] == 2,
	    "layout: constants by their names");
	is_num(layout.constant[C_WMARK_MIN], -1, "layout: a constant that does not exist");
	done();
}

static void test_text(void)
{
	uint32_t file, pointer, constant, proto, integer, pointers, name, type;
	struct btf_type of;
	char text[40];

	begin();
	file = fake_btf_type(&fake, "file", 7, 0, 0, 0); /* a forward declaration */
	pointer = fake_btf_type(&fake, NULL, 2, 0, 0, file);
	constant =
	    fake_btf_type(&fake, NULL, 2, 0, 0, fake_btf_type(&fake, NULL, 10, 0, 0, fake.chars));
	pointers = pointer;
	for (int i = 0; i < 20; i++)
		pointers = fake_btf_type(&fake, NULL, 2, 0, 0, pointers);
	proto = fake_btf_type(&fake, NULL, 13, 0, 1, 0);
	fake_btf_u32(&fake, fake_btf_string(&fake, "pos\x01"));
	fake_btf_u32(&fake, pointer);
	integer = fake.ints[8];
	ok(open_btf() == 0, "a prototype is read");
	btf_type_text(btf, pointer, text, sizeof(text));
	is(text, "struct file *", "a pointer to a struct");
	btf_type_text(btf, constant, text, sizeof(text));
	is(text, "const char *", "a pointer to constant characters");
	btf_type_text(btf, integer, text, sizeof(text));
	is(text, "long unsigned int", "an int whose name has blanks");
	btf_type_text(btf, 0, text, sizeof(text));
	is(text, "void", "void");
	btf_type_text(btf, pointers, text, sizeof(text));
	ok(strlen(text) < 30, "a long chain of pointers is short: %s", text);
	btf_type_text(btf, integer, text, 7);
	is(text, "long u", "a type is cut to the size");
	btf_type_text(btf, 4000000, text, sizeof(text));
	ok(strlen(text) > 0, "a type that does not exist: %s", text);
	ok(btf_type(&err, btf, proto, &of) == 0 &&
		btf_parameter(&err, btf, &of, 0, &name, &type) == 0 && type == pointer,
	    "a parameter's type");
	btf_string(btf, name, text, sizeof(text));
	is(text, "pos?", "a parameter's name, printable");
	ok(btf_parameter(&err, btf, &of, 1, &name, &type) == -1, "no second parameter");
	btf_string(btf, 0x7fffffff, text, sizeof(text));
	is(text, "", "a string outside the strings is empty");
	done();
}

/* Each kind of damage: refused as a whole where types cannot be told apart any more. */
static void test_damage(void)
{
	uint32_t id, at;
	struct btf_type type;

	begin();
	fake_btf_type(&fake, "x", 25, 0, 0, 0);
	ok(open_btf() == -1 && strstr(err.msg, "unknown kind 25 of type 6"), "an unknown kind: %s",
	    err.msg);
	done();

	begin();
	fake_btf_type(&fake, "task_struct", 4, 0, 500, 8);
	ok(open_btf() == -1 && strstr(err.msg, "type 6 ends past the types"),
	    "members past the end: %s", err.msg);
	done();

	begin();
	open_btf();
	fake_poke(&fake, &dump_bytes, fake.btf, 0xeb9e, 2);
	btf_close(btf);
	pages_close(pages);
	close_vmem();
	open_vmem();
	pages = pages_open(&err, vm, 16);
	at = (uint32_t)fake_btf_bytes(&fake) + 24;
	btf = btf_open(&err, vm, pages, fake_address(&fake, fake.btf),
	    fake_address(&fake, fake.btf) + at, &words);
	ok(!btf && strstr(err.msg, "no BTF header"), "no magic number: %s", err.msg);
	fake_poke(&fake, &dump_bytes, fake.btf, 0xeb9f, 2);
	pages_close(pages);
	pages = pages_open(&err, vm, 16);
	for (uint32_t less = 1; less < at && !btf; less += 7)
		btf = btf_open(&err, vm, pages, fake_address(&fake, fake.btf),
		    fake_address(&fake, fake.btf) + at - less, &words);
	ok(!btf, "BTF cut anywhere is refused: %s", err.msg);
	btf = btf_open(&err, vm, pages, 0x2000, 0x1000, &words);
	ok(!btf && strstr(err.msg, "impossible length"), "an end before the beginning: %s",
	    err.msg);
	btf = btf_open(&err, vm, pages, 0x2000, 0x3000, &words);
	ok(!btf, "BTF that is not in the dump: %s", err.msg);
	done();

	begin();
	id = fake_btf_type(&fake, "loop", 8, 0, 0, 7); /* two typedefs of each other */
	fake_btf_type(&fake, "fn", 8, 0, 0, id);
	open_btf();
	ok(btf && btf_resolve(&err, btf, &id, &type) == -1 && strstr(err.msg, "refers to itself"),
	    "a loop of typedefs ends: %s", err.msg);
	is_num((long long)btf_size(btf, id), 0, "and has no size");
	done();

	begin();
	id = fake_btf_type(&fake, "outer", 4, 0, 2, 8); /* an unnamed member of its own type */
	put_member(NULL, id, 0);
	put_member("pid", fake.ints[4], 0);
	open_btf();
	ok(btf_member(&err, btf, id, word("pid"), &member) == -1 &&
		strstr(err.msg, "contains itself"),
	    "a struct in itself ends: %s", err.msg);
	done();

	begin();
	for (int i = 0; i < 15; i++) { /* eight of the next in each: 8^15 paths */
		at = fake_btf_type(&fake, i ? NULL : "outer", 4, 0, 8, 8);
		for (int k = 0; k < 8; k++)
			put_member(NULL, i < 14 ? at + 1 : fake.ints[4], 0);
	}
	open_btf();
	id = btf_find(btf, BTF_STRUCT, word("outer"));
	ok(id && btf_member(&err, btf, id, word("pid"), &member) <= 0,
	    "unnamed structs that multiply end soon");
	done();
}

static void test_layout(void)
{
	const struct layout_place *p = layout.field;

	begin();
	fake_struct(&fake, "atomic_long_t 8 counter:8");
	fake_struct(&fake, "mutex 16 @8 owner:atomic_long_t");
	fake_struct(&fake, "rw_semaphore 16 owner:8");
	fake_struct(&fake, "task_struct 96 state:8 pid:4 comm:c16 bits:b3 more:b5");
	fake_struct(&fake, "zone 64 _watermark:8*3");
	fake_btf_type(&fake, "irq_cpustat_t", 8, 0, 0, fake.last + 2);
	fake_btf_type(&fake, NULL, 4, 0, 1, 4);
	put_member("__softirq_pending", fake.ints[2], 16);
	open_btf();
	layout_find(btf, &words, &layout);
	ok(p[L_TASK_STATE].offset == 0 && p[L_TASK_STATE].size == 8,
	    "an older name of a field is found");
	ok(p[L_TASK_PID].offset == 8 && p[L_TASK_PID].size == 4 && p[L_TASK_PID].object == 96,
	    "a field has its place, size and struct's size");
	ok(p[L_TASK_COMM].count == 16 && p[L_TASK_COMM].each == 1, "an array has elements");
	ok(p[L_ZONE_WATERMARK].size == 24 && p[L_ZONE_WATERMARK].each == 8, "an array of numbers");
	is_num(p[L_TASK_TGID].size, 0, "a field that does not exist has no size");
	ok(p[L_MUTEX_OWNER].offset == 8 && p[L_MUTEX_OWNER].size == 8, "a path through a member");
	ok(p[L_RWSEM_OWNER].offset == 0 && p[L_RWSEM_OWNER].size == 8,
	    "where the path's first form does not exist, the second");
	ok(p[L_SOFTIRQ_STAT].offset == 2 && p[L_SOFTIRQ_STAT].size == 2,
	    "a struct that only a typedef names");
	done();

	begin();
	fake_struct(
	    &fake, "orc_entry 6 sp_offset:2 bp_offset:2 @4 sp_reg:b4 bp_reg:b4 type:b2 end:b1");
	open_btf();
	layout_find(btf, &words, &layout);
	ok(p[L_ORC_BP_REG].offset == 4 && p[L_ORC_BP_REG].shift == 4 && p[L_ORC_BP_REG].width == 4,
	    "a bitfield has its integer, shift and width");
	ok(p[L_ORC_END].shift == 10 && p[L_ORC_END].width == 1 && p[L_ORC_SIGNAL].size == 0,
	    "one bit");
	done();

	/* a damaged type costs its own fields */
	begin();
	fake_struct(&fake, "mutex 16 owner:8");
	fake_btf_type(&fake, "task_struct", 4, 1, 2, 8);
	put_member("pid", fake.ints[4], 200U << 24 | 5);
	put_member("tgid", 70000, 0);
	open_btf();
	layout_find(btf, &words, &layout);
	ok(p[L_TASK_PID].size == 0, "a bitfield wider than its integer is no field");
	ok(p[L_TASK_TGID].size <= 1, "a member of an unknown type has no number");
	is_num(p[L_MUTEX_OWNER].size, 8, "the others are there");
	done();
}

int main(void)
{
	test_members();
	test_enums();
	test_text();
	test_damage();
	test_layout();
	return tap_done();
}
