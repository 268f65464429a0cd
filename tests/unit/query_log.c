/* SPDX-License-Identifier: MIT */
/*
 * query_log: parts of a session's logs. From a record of two channels with a hole, a difference and a report, logs with
 * hostile text, a long one, and files that are damaged or are no logs. Evidence: numbers, texts, levels, channels and
 * marks of the lines that are asked for, and of no others.
 */
#include <fcntl.h>
#include <unistd.h>

#include "query_store.h"

enum { LONG = 200000 };

static char id[SESSION_ID_MAX + 1];

static json_t *look(const char *name, int64_t from, int count)
{
	return query_log(&err, &query, id, name, from, count);
}

static size_t lines_of(const json_t *document)
{
	return json_array_size(json_object_get(document, "log"));
}

/* A record as record/save.c writes it. */
static void make_record(void)
{
	char text[4096];
	size_t len = 0;

	for (int i = 1; i <= 120; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "[%5d.000000] line %d\n", i, i);
	store_text(id, "record.txt", text);
	store_text(id, "record.channels",
	    "1 60 http,netconsole\n61 61 netconsole hole\n62 63 http differs\n64 120 http\n");
	store_text(id, "record.levels", "1 99 6\n101 101 1\n102 120 4\n");
	store_text(id, "record.meta", "lines=120\ntitle=BUG%20in%20f\nreport-line=101\n");
}

static void test_record(void)
{
	json_t *d = have(look("record", 0, 100), "the record, from where people want it");

	is(at(d, "session"), id, "it is the session's");
	is(at(d, "name"), "record", "it has its name");
	is(at(d, "lines"), "120", "all lines are counted");
	is(at(d, "report"), "101", "the report's place");
	is(at(d, "from"), "51", "it begins 50 lines before the report");
	is_num(lines_of(d), 70, "it goes on to the end");
	is(at(d, "log.0.n"), "51", "the first line's number");
	is(at(d, "log.0.text"), "[   51.000000] line 51", "its text");
	is(at(d, "log.0.level"), "6", "its level");
	is(at(d, "log.0.channels"), "http,netconsole", "its channels");
	is(at(d, "log.0.mark"), "", "no mark");
	is(at(d, "log.10.mark"), "hole", "a hole is marked");
	is(at(d, "log.10.channels"), "netconsole", "with its channel");
	is(at(d, "log.11.mark"), "differs", "a difference is marked");
	is(at(d, "log.12.mark"), "differs", "to its end");
	is(at(d, "log.13.mark"), "", "and no further");
	is(at(d, "log.49.level"), "", "an unknown level is absent");
	is(at(d, "log.49.report"), "", "a line before the report");
	is(at(d, "log.50.report"), "true", "the line in which the report begins");
	is(at(d, "log.50.level"), "1", "its level");
	is(at(d, "log.69.text"), "[  120.000000] line 120", "the last line");
	json_decref(d);
	d = look("record", 62, 2);
	is_num(lines_of(d), 2, "as many lines as asked for");
	is(at(d, "log.0.n"), "62", "from the line that was asked for");
	is(at(d, "log.1.channels"), "http", "with its channels");
	json_decref(d);
	d = look("record", 120, 10);
	is_num(lines_of(d), 1, "the last line");
	json_decref(d);
	d = look("record", 121, 10);
	is_num(lines_of(d), 0, "nothing after it");
	is(at(d, "lines"), "120", "but the number of lines");
	json_decref(d);
	d = look("record", INT64_MAX, 10);
	is_num(lines_of(d), 0, "nor far after it");
	json_decref(d);
	d = look("record", 1, 0);
	is(at(d, "log.119.n"), "120", "by default it has many lines");
	json_decref(d);
	store_text(
	    id, "record.channels", "x\n1 2\n5 4 http\n7 7 http\n\n8 99999999999999999999 udp");
	d = look("record", 1, 20);
	is_num(lines_of(d), 20, "damaged channels do not harm the lines");
	is(at(d, "log.6.channels"), "http", "what is whole of them is used");
	json_decref(d);
}

/* A record that an older version has made: without report-line, and without levels. */
static void test_old(void)
{
	json_t *d;

	store_text(id, "record.txt",
	    "[    1.000000] a\n<3>[    2.000000] b\n"
	    "[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n");
	store_text(id, "record.meta", "lines=3\ntitle=x\n");
	store_text(id, "record.levels", "");
	d = look("record", 0, 10);
	is(at(d, "report"), "3", "the report is found by the text");
	is(at(d, "log.0.level"), "", "no level");
	is(at(d, "log.1.level"), "3", "that of the prefix");
	json_decref(d);
}

static void test_hostile(void)
{
	static char text[2 << 20];
	json_t *d;

	memcpy(text, "a\0b\xff\xc3(\x1b[31m\xe2\x80\xae<b>\n\r\n", 20);
	store_file(id, "dmesg.txt", text, 20);
	d = look("dmesg.txt", 0, 10);
	is(at(d, "lines"), "2", "lines with any bytes");
	is_num(json_string_length(
		   json_object_get(json_array_get(json_object_get(d, "log"), 0), "text")),
	    21, "are given whole");
	ok(memcmp(json_string_value(
		      json_object_get(json_array_get(json_object_get(d, "log"), 0), "text")),
	       "a\0b\xef\xbf\xbd\xef\xbf\xbd(\x1b[31m\xe2\x80\xae<b>", 21) == 0,
	    "as UTF-8, and otherwise as they came");
	is(at(d, "log.1.text"), "", "a carriage return is no text");
	ok(!json_object_get(d, "report"), "only the record has a report");
	json_decref(d);
	memset(text, 'x', sizeof(text));
	memcpy(text + QUERY_LINE_MAX - 1, "\xe2\x82\xac", 3);
	text[1 << 20] = '\n';
	store_file(id, "dmesg.txt", text, sizeof(text));
	d = look("dmesg.txt", 0, 10);
	is(at(d, "lines"), "2", "two lines of 1 MB");
	is(at(d, "log.0.cut"), "1048576", "a long line is cut, and its length is known");
	is_num(json_string_length(
		   json_object_get(json_array_get(json_object_get(d, "log"), 0), "text")),
	    QUERY_LINE_MAX - 1, "before the character that does not fit");
	is(at(d, "log.1.cut"), "1048575", "the one without an end too");
	json_decref(d);
}

static void test_long(void)
{
	static char text[LONG * 16];
	size_t len = 0;
	json_t *d;

	for (int i = 1; i <= LONG; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "line %d\n", i);
	store_file(id, "netconsole.log", text, len - 1);
	d = look("netconsole.log", 0, 3);
	is(at(d, "lines"), "200000", "a long log");
	is(at(d, "from"), "199998", "its last lines");
	is(at(d, "log.0.text"), "line 199998", "the first of them");
	is(at(d, "log.2.text"), "line 200000", "and the last, which has no end yet");
	json_decref(d);
	d = look("netconsole.log", 100000, 1000000);
	is_num(lines_of(d), QUERY_LINES_MAX, "no more than the limit");
	is(at(d, "log.4999.text"), "line 104999", "from the middle");
	json_decref(d);
	d = look("netconsole.log", 1, 1);
	is(at(d, "log.0.text"), "line 1", "from the beginning");
	json_decref(d);
}

/* A record whose channels change in every line: the words of each line are found. */
static void test_stretches(void)
{
	static char lines[20000 * 12], words[20000 * 40];
	size_t line = 0, word = 0;
	int wrong = 0;

	for (int i = 1; i <= 20000; i++) {
		line += (size_t)snprintf(lines + line, sizeof(lines) - line, "line %d\n", i);
		word += (size_t)snprintf(words + word, sizeof(words) - word, "%d %d %s\n", i, i,
		    i % 2 ? "http" : "udp hole");
	}
	store_file(id, "record.txt", lines, line);
	store_file(id, "record.channels", words, word);
	for (int from = 1; from < 20000; from += 997) {
		json_t *d = look("record", from, 2);

		wrong += strcmp(at(d, "log.0.channels"), from % 2 ? "http" : "udp") != 0;
		wrong += strcmp(at(d, "log.1.mark"), from % 2 ? "hole" : "") != 0;
		json_decref(d);
	}
	is_num(wrong, 0, "the channels of any line among many stretches");
}

static void test_missing(void)
{
	static const char *const no[] = {"pstore-1.txt", "../../index.db", "keep", "script.sh", ".",
	    "", "/etc/passwd", "record.meta", "decoded.txt"};
	char path[FILE_PATH_MAX + 32], dir[FILE_PATH_MAX];
	struct session session;
	json_t *d;

	store_text(id, "keep", "x\n");
	store_text(id, "script.sh", "x\n");
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		is_missing(look(no[i], 0, 10), no[i]);
	is_missing(query_log(&err, &query, store_session(9, noon), "record", 0, 10),
	    "the record of an unknown session");
	session_parse(&err, id, strlen(id), &session);
	layout_session_dir(&err, query.state, &session, LAYOUT_LOOK, dir);
	snprintf(path, sizeof(path), "%s/decoded.txt", dir);
	if (symlink("/etc/passwd", path))
		store_die("symlink");
	is_missing(look("decoded.txt", 0, 10), "a link is not followed");
	unlink(path);
	if (mkfifo(path, 0600))
		store_die("mkfifo");
	is_missing(look("decoded.txt", 0, 10), "a fifo is not waited for");
	snprintf(path, sizeof(path), "%s/record.txt", dir);
	unlink(path);
	d = have(look("record", 0, 3), "without a record there is netconsole's log");
	is(at(d, "name"), "netconsole.log", "which says so");
	json_decref(d);
	store_text(id, "record.txt", "");
	d = have(look("record", 0, 3), "an empty record");
	is(at(d, "lines"), "0", "has no lines");
	json_decref(d);
}

int main(void)
{
	store_make();
	snprintf(id, sizeof(id), "%s", store_session(1, noon));
	store_boot(id, noon);
	store_index();
	make_record();
	test_record();
	test_old();
	test_hostile();
	test_long();
	test_stretches();
	test_missing();
	db_close(query.db);
	return tap_done();
}
