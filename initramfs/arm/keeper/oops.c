/* SPDX-License-Identifier: MIT */
/* oops: when a machine that survived an oops restarts; see oops.h. Pure. */
#include "oops.h"

#include <string.h>

void oops_init(struct oops *oops)
{
	oops->at = -1;
}

/* 1 if text has "[#N]". */
static int oops_is_head(const char *text)
{
	while ((text = strstr(text, "[#"))) {
		size_t digits = strspn(text += 2, "0123456789");

		if (digits > 0 && text[digits] == ']')
			return 1;
	}
	return 0;
}

/* A program can write whatever it likes to /dev/kmsg, but not as the kernel: PRIO is facility * 8 + level. */
static int oops_is_kernels(const char *record)
{
	size_t digits = strspn(record, "0123456789");

	return digits == 1 && record[0] < '8' && record[1] == ',';
}

void oops_line(struct oops *oops, const char *record, int64_t now)
{
	const char *text = strchr(record, ';');

	if (!text || !oops_is_kernels(record))
		return;
	if (oops->at < 0 && oops_is_head(text))
		oops->at = now + OOPS_CUT_MS;
	else if (oops->at >= 0 && strstr(text, "---[ end trace"))
		oops->at = now + OOPS_SENT_MS;
}
