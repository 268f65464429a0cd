/* SPDX-License-Identifier: MIT */
/* release: the version in a kernel's release; see release.h. Pure. */
#include "release.h"

#include <stddef.h>

/* The number at *text, which is moved behind it; at most 9999. -1: none. */
static int release_number(const char **text)
{
	int number = -1;

	for (; **text >= '0' && **text <= '9' && number < 1000; (*text)++)
		number = (number < 0 ? 0 : number * 10) + **text - '0';
	return number;
}

int release_at_least(const char *release, int major, int minor)
{
	int first, second;

	if (!release)
		return 0;
	first = release_number(&release);
	if (first < 0 || *release != '.')
		return 0;
	release++;
	second = release_number(&release);
	return second >= 0 && (first > major || (first == major && second >= minor));
}
