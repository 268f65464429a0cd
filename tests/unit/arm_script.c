/* SPDX-License-Identifier: MIT */
/* arm_script: what is kept of a script's output, and how its end is reported. */
#include "arm/keeper/script.h"

#include <stdlib.h>

#include "tap.h"

static struct script_tail tail;

static const char *text(const struct script_end *end)
{
	static char *last;
	size_t len;

	free(last);
	last = script_text(&tail, end, &len);
	return last && len == strlen(last) ? last : "(no text)";
}

static void clear(void)
{
	char *bytes = tail.bytes;

	tail = (struct script_tail){.bytes = bytes};
}

int main(void)
{
	enum { ALL = SCRIPT_OUTPUT_MAX };
	struct script_end good = {.status = 0, .ms = 1234}, bad = {.status = 3, .ms = 60007};
	struct script_end killed = {.status = -1, .signal = 15, .why = "not ended after 5 s"};
	struct script_end none = {.status = -1, .why = "not run: HTTP status 404"};
	char *large = malloc(2 * ALL);
	const char *got;

	tail.bytes = malloc(ALL);
	script_tail_add(&tail, "a\nb\n", 4);
	good.why[0] = '\0';
	is(text(&good), "a\nb\n[lastwords: exit status 0, 1.234 s]\n", "output and exit status");
	script_tail_add(&tail, "c", 1);
	is(text(&bad), "a\nb\nc\n[lastwords: exit status 3, 60.007 s]\n",
	    "our line begins a line of its own");
	clear();
	is(text(&good), "[lastwords: exit status 0, 1.234 s]\n", "without output");
	is(text(&killed), "[lastwords: ended by signal 15, not ended after 5 s, 0.000 s]\n",
	    "a signal, and the reason");
	is(text(&none), "[lastwords: not run: HTTP status 404, 0.000 s]\n",
	    "a script that was not run");

	memset(large, 'x', 2 * ALL);
	for (int i = 0; i < 3; i++)
		script_tail_add(&tail, large, ALL - 10);
	script_tail_add(&tail, "end\n", 4);
	got = text(&good);
	is_num((long long)strlen(got),
	    (long long)(strlen("[lastwords: 2097126 bytes left out]\n") + ALL +
			strlen("[lastwords: exit status 0, 1.234 s]\n")),
	    "the last megabyte is kept");
	ok(strncmp(got, "[lastwords: 2097126 bytes left out]\nxxx", 39) == 0,
	    "what was left out is counted");
	ok(strstr(got, "xxxend\n[lastwords: exit") != NULL, "the end is there");
	clear();
	script_tail_add(&tail, large, 2 * ALL);
	script_tail_add(&tail, "y", 1);
	got = text(&good);
	ok(strstr(got, "[lastwords: 1048577 bytes left out]\n") == got && strstr(got, "xy\n"),
	    "more at once than is kept");
	free(large);
	free(tail.bytes);
	return tap_done();
}
