/* SPDX-License-Identifier: MIT */
/* dmesg_reasons: each reason once, in order, and bounded. */
#include <string.h>

#include "ship/reasons.h"
#include "tap.h"

int main(void)
{
	struct reasons reasons = {.count = 0};
	char line[REASONS_LINE], tight[12], huge[2000];
	size_t len;

	is_num(
	    (long)reasons_text(&reasons, line, sizeof(line)), 0, "without reasons the length is 0");
	is(line, "", "without reasons the line is empty");
	reasons_note(&reasons, NULL, "HTTP 500: ");
	reasons_note(&reasons, NULL, "HTTP 502: busy");
	reasons_note(
	    &reasons, NULL, "Failed to connect to 10.0.2.2 port 80 after 3 ms: Couldn't connect");
	reasons_note(
	    &reasons, NULL, "Failed to connect to 10.0.2.2 port 80 after 17 ms: Couldn't connect");
	reasons_note(
	    &reasons, NULL, "Operation timed out after 15001 milliseconds with 0 bytes received");
	reasons_note(&reasons, NULL, "HTTP 500: ");
	len = reasons_text(&reasons, line, sizeof(line));
	is_num((long)len, (long)strlen(line), "the length of the line is returned");
	is(line,
	    "HTTP 500 (2 times), HTTP 502: busy, "
	    "Failed to connect to 10.0.2.2 port 80: Couldn't connect (2 times), "
	    "Operation timed out with 0 bytes received",
	    "each reason is there once, in order, without milliseconds");

	reasons = (struct reasons){.count = 0};
	reasons_note(&reasons, "10.0.2.2:80", "HTTP 401: no such token");
	reasons_note(&reasons, "10.0.2.3:80", "HTTP 401: no such token");
	reasons_note(&reasons, NULL, "gone after all, after x ms, after 12 minutes");
	reasons_text(&reasons, line, sizeof(line));
	is(line,
	    "10.0.2.2:80: HTTP 401: no such token, 10.0.2.3:80: HTTP 401: no such token, "
	    "gone after all, after x ms, after 12 minutes",
	    "equal reasons of two servers are two reasons");
	reasons_text(&reasons, tight, sizeof(tight));
	is(tight, "10.0.2.2:80", "a line that does not fit is cut");

	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	reasons = (struct reasons){.count = 0};
	reasons_note(&reasons, huge, huge);
	is_num((long)strlen(reasons.reason[0].text), REASONS_TEXT - 1,
	    "a reason that is too long is cut");
	reasons_note(&reasons, NULL, "");
	for (int i = 0; i < 100; i++) {
		char text[] = {(char)('a' + i % 26), (char)('a' + i / 26), '\0'};

		reasons_note(&reasons, NULL, text);
	}
	is_num((long)reasons.count, REASONS_MAX, "at most 6 reasons are kept");
	is_num(
	    (long)reasons.others, 100 - (REASONS_MAX - 2), "tries with other reasons are counted");
	ok(reasons_text(&reasons, line, sizeof(line)) < sizeof(line),
	    "the line of all reasons fits");
	ok(strstr(line, "96 for other reasons") != NULL,
	    "the line has the number of other reasons");
	return tap_done();
}
