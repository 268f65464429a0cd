/* SPDX-License-Identifier: MIT */
/* reasons.h's promises: each reason once, in order, bounded whatever comes. */
#include <string.h>

#include "dmesg/reasons.h"
#include "tap.h"

int main(void)
{
	struct reasons reasons = {.count = 0};
	char line[REASONS_LINE], tight[12], huge[2000];
	size_t len;

	is_num((long)reasons_text(&reasons, line, sizeof(line)), 0, "none: nothing to say");
	is(line, "", "none: an empty line");
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
	is_num((long)len, (long)strlen(line), "its length");
	is(line,
	    "HTTP 500 (2 times), HTTP 502: busy, "
	    "Failed to connect to 10.0.2.2 port 80: Couldn't connect (2 times), "
	    "Operation timed out with 0 bytes received",
	    "each once, in the order they came, times without their milliseconds");

	reasons = (struct reasons){.count = 0};
	reasons_note(&reasons, "10.0.2.2:80", "HTTP 401: no such token");
	reasons_note(&reasons, "10.0.2.3:80", "HTTP 401: no such token");
	reasons_note(&reasons, NULL, "gone after all, after x ms, after 12 minutes");
	reasons_text(&reasons, line, sizeof(line));
	is(line,
	    "10.0.2.2:80: HTTP 401: no such token, 10.0.2.3:80: HTTP 401: no such token, "
	    "gone after all, after x ms, after 12 minutes",
	    "two servers' reasons are two; other afters stay");
	reasons_text(&reasons, tight, sizeof(tight));
	is(tight, "10.0.2.2:80", "what does not fit is cut");

	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	reasons = (struct reasons){.count = 0};
	reasons_note(&reasons, huge, huge);
	is_num((long)strlen(reasons.reason[0].text), REASONS_TEXT - 1, "an endless reason is cut");
	reasons_note(&reasons, NULL, "");
	for (int i = 0; i < 100; i++) {
		char text[] = {(char)('a' + i % 26), (char)('a' + i / 26), '\0'};

		reasons_note(&reasons, NULL, text);
	}
	is_num((long)reasons.count, REASONS_MAX, "no more kinds than there is room for");
	is_num((long)reasons.others, 100 - (REASONS_MAX - 2), "the others are counted");
	is_num(reasons_text(&reasons, line, sizeof(line)) < sizeof(line), 1, "and all fits");
	is_num(strstr(line, "96 for other reasons") != NULL, 1, "and is said");
	return tap_done();
}
