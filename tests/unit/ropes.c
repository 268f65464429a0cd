/* SPDX-License-Identifier: MIT */
/* channels: counting the lines of a stream that stand in a dump. */
#include "record/compare.h"
#include "tap.h"

static struct channels compare(const char *dump, const char *stream)
{
	struct channels channels;
	struct err err;

	if (channels_compare(&err, dump, strlen(dump), stream, strlen(stream), &channels))
		ok(0, "channels_compare: %s", err.msg);
	return channels;
}

int main(void)
{
	struct channels r;

	r = compare("[ 1.0] a\n[ 2.0] b\n[ 3.0] c\n", "[ 2.0] b\n[ 3.0] c\n");
	is_num((long long)r.dump_lines, 3, "lines of the dump");
	is_num((long long)r.both, 2, "a stream that begins later agrees");
	r = compare("a\nb\n", "a\nX\nb");
	is_num((long long)r.stream_lines, 3, "a last line without its newline counts");
	is_num((long long)r.both, 2, "a line that the dump has not");
	r = compare("a\n", "a\na\na\n");
	is_num((long long)r.both, 1, "a doubled line counts as often as the dump has it");
	r = compare("a \r\n", "a\n");
	is_num((long long)r.both, 1, "white space at the end does not count");
	r = compare("a\n", "[lastwords: 3 records lost: seq 1]\n\na\n");
	is_num((long long)r.stream_lines, 1, "marks and empty lines do not count");
	r = compare("", "");
	is_num((long long)r.both, 0, "nothing and nothing");
	return tap_done();
}
