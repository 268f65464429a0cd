/* SPDX-License-Identifier: MIT */
/*
 * dmesg_parts: parts of lastwords-dmesg do what their headers promise: VMCOREINFO text, lines of the
 * character ring, lowmem, retries, packs, netconsole packets, options, the wall clock.
 */
#include <arpa/inet.h>
#include <elf.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "dmesg/charlog.h"
#include "dmesg/netcast.h"
#include "dmesg/options.h"
#include "dmesg/pack_log.h"
#include "dmesg/render.h"
#include "ship/put.h"
#include "ship/retry.h"
#include "tap.h"
#include "tests/vmcore/ring.h"
#include "vmcore/vmcoreinfo.h"
#include "vmcore/xlate.h"

static char out[1 << 20];
static size_t out_len;

static int collect(void *arg, const char *text, size_t len)
{
	(void)arg;
	if (len > sizeof(out) - 1 - out_len)
		return -1;
	memcpy(out + out_len, text, len);
	out_len += len;
	out[out_len] = '\0';
	return 0;
}

static void test_vmcoreinfo(void)
{
	static const char text[] =
	    "OSRELEASE=5.10.0-8-amd64\nBUILD-ID=ab\x01"
	    "cd\nPAGESIZE=4096\nNUMBER(phys_base)=-721420288\n"
	    "NUMBER(kimage_voffset)=0xffff7fffc0000000\nKERNELOFFSET=2e000000\n"
	    "SYMBOL(prb)=zzz\nSIZE(prb_desc)=24x\nunknown line\nOFFSET(printk_info.seq)=\n"
	    "SIZE(printk_info)=99999999999999999999\nCRASHTIME=1795250871";
	struct err err;
	struct vmcoreinfo *info = vmcoreinfo_new(&err);

	for (size_t step = 1; step < sizeof(text); step += 13) {
		vmcoreinfo_reset(info);
		for (size_t i = 0; i < sizeof(text) - 1; i += step)
			vmcoreinfo_feed(info, text + i,
			    sizeof(text) - 1 - i < step ? sizeof(text) - 1 - i : step);
		vmcoreinfo_end(info);
		if (vmcoreinfo_get(info, VMCI_CRASHTIME, 0) != 1795250871 ||
		    vmcoreinfo_lines(info) != 12)
			break;
	}
	is(vmcoreinfo_release(info), "5.10.0-8-amd64", "OSRELEASE is the release");
	is(vmcoreinfo_build_id(info), "abcd", "a build id without what does not print");
	is_num((long long)vmcoreinfo_get(info, VMCI_PHYS_BASE, 0), -721420288,
	    "a NUMBER may be negative");
	ok(vmcoreinfo_get(info, VMCI_KIMAGE_VOFFSET, 0) == 0xffff7fffc0000000,
	    "a NUMBER may be hex after 0x");
	ok(vmcoreinfo_get(info, VMCI_KERNELOFFSET, 0) == 0x2e000000,
	    "KERNELOFFSET is hex without 0x");
	is_num((long long)vmcoreinfo_get(info, VMCI_CRASHTIME, 0), 1795250871,
	    "the last line may have no newline");
	is_num(vmcoreinfo_lines(info), 12, "every line is counted");
	ok(!vmcoreinfo_has(info, VMCI_PRB) && !vmcoreinfo_has(info, VMCI_DESC_SIZE) &&
		!vmcoreinfo_has(info, VMCI_INFO_SEQ) && !vmcoreinfo_has(info, VMCI_INFO_SIZE),
	    "an unreadable value is absent");
	is_num((long long)vmcoreinfo_get(info, VMCI_PRB, 7), 7, "an absent value has the default");
	ok(vmcoreinfo_at_least(info, 5, 10, 0) && !vmcoreinfo_at_least(info, 5, 10, 1) &&
		!vmcoreinfo_at_least(info, 5, 11, 0) && !vmcoreinfo_at_least(info, 6, 0, 0) &&
		vmcoreinfo_at_least(info, 4, 99, 9) && vmcoreinfo_at_least(info, 5, 9, 9),
	    "versions are compared by number");
	vmcoreinfo_free(info);
}

static void test_line(void)
{
	struct klog_record r = {0};

	charlog_parse_line("<30>[12345.678901] text", 23, &r);
	ok(r.level == 6 && r.facility == 3, "<30> is level 6, facility 3");
	ok(r.ts_nsec == 12345678901000 && r.stamp == 15,
	    "the time of a line is parsed and measured");
	charlog_parse_line("<6>", 3, &r);
	ok(r.level == 6 && r.len == 0, "a line may be a prefix only");
	charlog_parse_line("<06>x", 5, &r);
	ok(r.level == -1 && r.len == 5, "<06> is no prefix but text");
	charlog_parse_line("<c>x", 4, &r);
	ok(r.level == -1 && r.len == 4, "<c> is no prefix but text");
	charlog_parse_line("<6>[abc] text", 13, &r);
	ok(r.level == 6 && !r.has_time, "[abc] is no time but text");
	charlog_parse_line("", 0, &r);
	ok(r.level == -1 && r.len == 0, "an empty line is parsed");
}

/* The offset of vaddr in a 32-bit dump of 512 MB at offset 0x1000 without virtual addresses; -1: none. */
static long long lowmem_offset(unsigned machine, const char *stext, uint64_t vaddr)
{
	struct {
		Elf32_Ehdr header;
		Elf32_Phdr load;
	} elf = {
	    .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB},
		.e_type = ET_CORE,
		.e_machine = (Elf32_Half)machine,
		.e_phoff = sizeof(elf.header),
		.e_phentsize = sizeof(elf.load),
		.e_phnum = 1},
	    .load = {.p_type = PT_LOAD, .p_offset = 0x1000, .p_filesz = 0x20000000},
	};
	struct err err;
	struct dump *dump = dump_open_memory(&err, (const uint8_t *)&elf, sizeof(elf));
	struct elfcore *core = elfcore_open(&err, dump);
	struct vmcoreinfo *info = vmcoreinfo_new(&err);
	struct xlate *xlate = xlate_new(&err, dump, core, info);
	uint64_t off, run;
	long long found = -1;

	vmcoreinfo_feed(info, stext, strlen(stext));
	vmcoreinfo_end(info);
	if (xlate_find(xlate, vaddr, &off, &run) == 0)
		found = (long long)off;
	xlate_free(xlate);
	vmcoreinfo_free(info);
	elfcore_close(core);
	dump_close(dump);
	return found;
}

static void test_lowmem(void)
{
	is_num(lowmem_offset(EM_386, "SYMBOL(_stext)=c1000000\n", 0xc1001234), 0x1002234,
	    "lowmem of i386 begins at 3 GB");
	is_num(lowmem_offset(EM_386, "SYMBOL(_stext)=db000000\n", 0xdbc7d444), 0x1bc7e444,
	    "lowmem of i386 is found after a move by KASLR");
	is_num(lowmem_offset(EM_386, "SYMBOL(_stext)=79000000\n", 0x79000000), 0x1001000,
	    "lowmem of i386 may begin at 0x78000000");
	is_num(lowmem_offset(EM_ARM, "SYMBOL(_stext)=80008000\n", 0x80108000), 0x109000,
	    "lowmem of arm may begin at 2 GB");
	is_num(lowmem_offset(EM_386, "SYMBOL(_stext)=c1000000\n", 0xe1000000), -1,
	    "an address past the dump's memory is not found");
}

static void test_retry(void)
{
	struct retry r;
	unsigned pause = 0, total = 0;

	retry_init(&r, 1);
	for (int i = 0; i < 1000; i++)
		total += retry_note(&r, RETRY_NO_NETWORK);
	is_num(total, 100000, "without a network there are ten tries a second");
	is_num(retry_connect_ms(&r), 500, "a try may take half a second to connect");
	for (int i = 0; i < 8; i++)
		retry_note(&r, RETRY_SILENT);
	is_num(retry_connect_ms(&r), 1000, "a try may take 1 s to connect after eight silent ones");
	for (int i = 0; i < 100; i++)
		retry_note(&r, RETRY_SILENT);
	is_num(retry_connect_ms(&r), 4000, "a try never takes more than 4 s to connect");
	is_num(retry_note(&r, RETRY_FAILED), 100, "the pause after a failure is 0.1 s");
	is_num(retry_note(&r, RETRY_FAILED), 200, "the pause after the next failure is 0.2 s");
	for (int i = 0; i < 40; i++)
		pause = retry_note(&r, RETRY_MISMATCH);
	is_num(pause, 3000, "a pause is never longer than 3 s");
	is_num(retry_server(&r), 0, "a server that fails is tried again without end");
	retry_init(&r, 3);
	is_num(
	    retry_note(&r, RETRY_FAILED), 0, "with several servers the next one is tried at once");
	is_num(retry_server(&r), 1, "servers are tried in order");
	for (int i = 0; i < 3; i++) {
		r.at = 1;
		retry_note(&r, RETRY_REFUSED);
	}
	r.at = 1;
	is_num(retry_server(&r), 2, "a server that refused three times is not tried again");
	for (int i = 0; i < 20; i++)
		retry_note(&r, RETRY_REFUSED);
	is_num(retry_server(&r), -1, "no server is left when all refused three times");
}

/* Decompresses all of a pack into out, read in pieces of 777 bytes. 1: it is whole and its end is the end. */
static int unpack(const struct pack *pack)
{
	static char gzip[1 << 20];
	size_t pos = 0, len = 0, n;
	z_stream z = {0};
	int rc;

	while ((n = pack_read(pack, &pos, gzip + len, 777)) > 0)
		len += n;
	z.next_in = (Bytef *)gzip;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out;
	z.avail_out = sizeof(out) - 1;
	inflateInit2(&z, 15 + 16);
	rc = inflate(&z, Z_FINISH);
	out_len = z.total_out;
	out[out_len] = '\0';
	inflateEnd(&z);
	return rc == Z_STREAM_END && len == pack->len && z.avail_in == 0;
}

static void test_pack(void)
{
	struct pack pack;
	struct err err;
	static char text[400000];
	uint32_t x = 1;
	size_t n = 0;

	/* bytes that hardly compress, so that several pieces are needed */
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)((x = x * 1664525 + 1013904223) >> 24);
	ok(pack_init(&err, &pack, 1 << 20) == 0, "a pack can be started");
	for (size_t i = 0; i < sizeof(text); i += 1000)
		pack_write(&pack, text + i, 1000);
	ok(pack_finish(&err, &pack) == 0 && pack.len > 350000, "400000 random bytes are packed");
	ok(unpack(&pack) && out_len == sizeof(text) && memcmp(out, text, sizeof(text)) == 0,
	    "a pack decompresses to what was written");
	is_num((long long)pack.plain, sizeof(text), "a pack counts the plain bytes");
	pack_free(&pack);
	pack_init(&err, &pack, 1 << 20);
	pack_write(&pack, "abc", 3);
	pack_finish(&err, &pack);
	is(pack.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "SHA-256 of \"abc\" (FIPS 180)");
	pack_free(&pack);
	pack_init(&err, &pack, 1000);
	while (n < 100 && pack_write(&pack, text + 1000 * n, 1000) == 0)
		n++;
	ok(pack.full && n < 100, "a pack stops at its limit");
	ok(pack_finish(&err, &pack) == -1, "a full pack cannot be finished");
	pack_free(&pack);
}

/* A log of 400 random lines, in a pack that has room for it, for a part of it, and for none. */
static void test_pack_log(void)
{
	static struct ring r;
	static struct extract extract;
	struct dump *dump;
	struct bytes bytes;
	struct pack pack = {0};
	uint64_t left_out = 9;
	uint32_t x = 1;
	struct err err;
	char want[100], levels_of[LEVELS_TEXT];
	static struct levels levels;

	image_begin(&r.image, machine_find("x86_64"), "6.1.0");
	r.kind = RING_PRB;
	prb_begin(&r, 9, 17, 0);
	for (unsigned i = 0; i < 400; i++) {
		char text[80];
		int n = snprintf(text, sizeof(text), "line %u:", i);

		for (; n < 79; n++)
			text[n] = (char)('!' + (x = x * 1664525 + 1013904223) / 65536 % 89);
		prb_store(&r, RING_FINALIZED, i < 398 ? 6 : 1, i * 1000000, 1, text, (size_t)n, 0);
	}
	ring_finish(&r);
	bytes = image_dump(&r.image, MAP_LOAD, 0);
	dump = dump_open_memory(&err, bytes.at, bytes.len);
	ok(extract_open(&err, dump, &extract) == 0, "the dump is read");
	ok(pack_log(&err, &extract, 0, 1 << 20, &pack, &left_out, &levels) == 0 && left_out == 0,
	    "with room for it the whole log is packed");
	ok(unpack(&pack) && strncmp(out, "[    0.000000] line 0:", 22) == 0 &&
		strstr(out, "line 399:"),
	    "the pack has the first line and the last");
	levels_text(&levels, levels_of);
	is(levels_of, "g398b2", "the levels of its lines");
	pack_free(&pack);
	ok(pack_log(&err, &extract, 0, PACK_PIECE, &pack, &left_out, &levels) == 0 &&
		left_out == 200,
	    "without room for it half of the records are left out");
	snprintf(want, sizeof(want), "%s",
	    "[lastwords: the 200 oldest records are left out: not enough memory]\n"
	    "[    0.200000] line 200:");
	ok(unpack(&pack) && strncmp(out, want, strlen(want)) == 0 && strstr(out, "line 399:"),
	    "a mark is in the place of the records left out");
	levels_text(&levels, levels_of);
	is(levels_of, "-g198b2", "the mark's level is unknown, the others stay");
	is_num((long long)extract.count.records, 400, "the count is of all records");
	pack_free(&pack);
	ok(pack_log(&err, &extract, 0, 0, &pack, &left_out, &levels) == -1 &&
		strstr(err.msg, "no memory for even the newest records"),
	    "with no room at all there is an error");
	pack_free(&pack);
	extract_close(&extract);
	dump_close(dump);
	free(bytes.at);
}

static int packet(void *arg, const char *bytes, size_t len)
{
	size_t *longest = arg;

	if (len > *longest)
		*longest = len;
	collect(NULL, bytes, len);
	return collect(NULL, "|", 1);
}

static void test_netcast(void)
{
	static struct netcast cast;
	static char text[3000];
	size_t longest = 0;
	struct klog_record r = {.seq = 812,
	    .ts_nsec = 1234567890,
	    .has_time = 1,
	    .level = 6,
	    .facility = 3,
	    .text = "two\nlines \\ \xff",
	    .len = 13};
	struct klog_hole hole = {.count = 3, .first = 1, .last = 3, .has_seq = 1};
	struct klog_sink sink;
	struct sockaddr_storage to;
	struct err err;
	socklen_t len;

	netcast_init(&cast, packet, &longest);
	sink = netcast_sink(&cast);
	out_len = 0;
	netcast_session(&cast, "abc");
	sink.record(sink.arg, &r);
	r.has_caller = 1;
	r.caller = 0x80000002;
	r.len = 3;
	sink.record(sink.arg, &r);
	sink.hole(sink.arg, &hole);
	is(out,
	    "lastwords.session=abc\n|30,812,1234567,-;two\\x0alines \\x5c \\xff\n|"
	    "30,812,1234567,-,caller=C2;two\n|[lastwords: 3 records lost: seq 1\xe2\x80\x93"
	    "3]\n|",
	    "packets are as the kernel writes them");
	memset(text, 'x', sizeof(text));
	r.text = text;
	r.len = 2500;
	r.has_caller = 0;
	out_len = 0;
	sink.record(sink.arg, &r);
	ok(longest <= NETCAST_PACKET, "no packet is longer than 1000 bytes");
	ok(strncmp(out, "30,812,1234567,-,ncfrag=0/2501;xxx", 34) == 0,
	    "a long record is sent in fragments");
	ok(strstr(out, "|30,812,1234567,-,ncfrag=969/2501;") != NULL,
	    "the second fragment continues the first");
	r.len = 3000;
	memset(text, 1, sizeof(text));
	out_len = 0;
	sink.record(sink.arg, &r);
	ok(out_len < 10000, "a text longer than the kernel's limit is cut");
	ok(netcast_address(&err, "10.77.0.1:6666", &to, &len) == 0 &&
		((struct sockaddr_in *)&to)->sin_port == htons(6666),
	    "a target may be IPv4");
	ok(netcast_address(&err, "[fd00::1]:6666", &to, &len) == 0 && to.ss_family == AF_INET6,
	    "a target may be IPv6");
	ok(netcast_address(&err, "host:6666", &to, &len) &&
		netcast_address(&err, "1.2.3.4", &to, &len) &&
		netcast_address(&err, "1.2.3.4:0", &to, &len) &&
		netcast_address(&err, "", &to, &len),
	    "a name, a missing port, port 0 and \"\" are no targets");
}

static void test_note(void)
{
	static struct netcast cast;
	size_t longest = 0;

	netcast_init(&cast, packet, &longest);
	out_len = 0;
	netcast_note(&cast, "why\x01 \xff");
	is(out, "[lastwords: why? ?]\n|", "a note has '?' for what is not printing ASCII");
}

static int parse(struct err *err, struct options *options, const char *line)
{
	static char copy[300], name[] = "lastwords-dmesg";
	char *argv[20] = {name};
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *p = strtok(copy, " "); p && argc < 19; p = strtok(NULL, " "))
		argv[argc++] = p;
	return dmesg_options_parse(err, argc, argv, options);
}

static void test_options(void)
{
	static const char *const wrong[] = {"--formt raw", "-f xml", "a b", "--ship",
	    "--deadline 0", "--deadline 1x", "--raw=1", "--callers maybe", "--ship ftp://x",
	    "--ship http://a --ship http://b --ship http://c --ship http://d", "-x", "--format="};
	struct options o;
	struct err err;

	ok(parse(&err, &o, "") == 0, "no argument is needed");
	is(o.file, "/proc/vmcore", "the default file is /proc/vmcore");
	ok(parse(&err, &o, "-f json x") == 0 && o.form == RENDER_JSON, "-f json selects JSON");
	ok(parse(&err, &o, "--format=raw x") == 0 && o.form == RENDER_RAW,
	    "--format=raw selects raw");
	ok(parse(&err, &o, "--ship http://a --ship=http://b --udp 1.2.3.4:5 --deadline 7 x") == 0 &&
		o.target.urls == 2 && o.target.seconds == 7,
	    "--ship may be repeated, with = or without");
	ok(parse(&err, &o, "-- -x") == 0 && strcmp(o.file, "-x") == 0,
	    "an argument after -- is the file");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(parse(&err, &o, wrong[i]) == -1 && err.msg[0], "wrong usage: %s", wrong[i]);
	ok(put_word_ok("525400a1b2c3-20261121T093612123-lab-5f3a9c01") && !put_word_ok("") &&
		!put_word_ok("a/b") && !put_word_ok("a\nb") && !put_word_ok("a b") &&
		!put_word_ok("%41"),
	    "an id has no byte with a meaning in a URL or header");
}

static void test_ctime(void)
{
	static struct render render;
	struct klog_record r = {
	    .ts_nsec = 1500000000, .has_time = 1, .level = 6, .text = "x", .len = 1};
	static const char want[] = "[Sat Nov 21 08:47:52 2026] x\n[";
	struct klog_sink sink;

	setenv("TZ", "UTC", 1);
	tzset();
	render_init(&render, RENDER_CTIME, collect, NULL);
	render.boot_ns = 1795250871LL * 1000000000;
	sink = render_sink(&render);
	out_len = 0;
	sink.record(sink.arg, &r);
	r.ts_nsec = UINT64_MAX;
	sink.record(sink.arg, &r);
	render_finish(&render);
	ok(strncmp(out, want, strlen(want)) == 0,
	    "the wall clock is printed, even of an impossible time");
}

int main(void)
{
	test_vmcoreinfo();
	test_line();
	test_lowmem();
	test_retry();
	test_pack();
	test_netcast();
	test_note();
	test_pack_log();
	test_options();
	test_ctime();
	return tap_done();
}
