/* SPDX-License-Identifier: MIT */
/* forward_message: RFC 5424's header, octet counts, lines that are too long or hostile. */
#include "collector/forward_message.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static char out[FORWARD_MESSAGE_MAX + 1];

static size_t format(
    unsigned int prio, const char *session, const char *text, size_t len, int counted)
{
	struct forward_line line = {.utc = 1700000000123,
	    .prio = prio,
	    .host = "52:54:00:00:00:01",
	    .session = session,
	    .text = text,
	    .len = len};
	size_t n = forward_message_format(&line, counted, out);

	out[n] = '\0';
	return n;
}

int main(void)
{
	static char longest[20000];
	size_t n;

	format(3, "ID", "[    9.0] BUG", 13, 0);
	is(out,
	    "<3>1 2023-11-14T22:13:20.123Z 52:54:00:00:00:01 kernel ID netconsole - [    9.0] BUG",
	    "a line of a session");
	n = format(12, "", "x\ty\x7f\x1b[2J\n", 9, 1);
	is(out,
	    "80 <12>1 2023-11-14T22:13:20.123Z 52:54:00:00:00:01 kernel - netconsole - x?y??[2J?",
	    "counted, without a session, control bytes shown as ?");
	is_num((long long)n, 80 + 3, "the count is of what follows it");
	format(192, NULL, "", 0, 0);
	ok(strncmp(out, "<6>1 ", 5) == 0, "a priority that there is not");
	memset(longest, 'a', sizeof(longest));
	n = format(6, "ID", longest, sizeof(longest), 1);
	ok(n <= FORWARD_MESSAGE_MAX, "a long line is cut");
	is_num(strtol(out, NULL, 10), (long long)(n - strcspn(out, " ") - 1),
	    "the length counts the cut message");
	return tap_done();
}
