/* SPDX-License-Identifier: MIT */
/* infosearch: the kernel's own page of VMCOREINFO in a dump's memory; see infosearch.h. */
#include "infosearch.h"

#include <string.h>

static const char begins[] = "OSRELEASE=";

int infosearch_next(
    struct dump *dump, const struct elfcore *core, struct infosearch *search, uint64_t *off)
{
	const struct elfcore_segment *segment;

	for (; (segment = elfcore_segment(core, search->segment)) != NULL;
	     search->segment++, search->pos = 0) {
		if (search->pos == 0)
			search->pos =
			    (INFOSEARCH_PAGE - segment->paddr % INFOSEARCH_PAGE) % INFOSEARCH_PAGE;
		while (
		    search->pos < segment->size && segment->size - search->pos >= sizeof(begins)) {
			uint64_t at = segment->off + search->pos;
			char text[sizeof(begins) - 1];
			struct err ignored;

			if (at < segment->off || search->pages++ >= INFOSEARCH_PAGES ||
			    dump_read(&ignored, dump, text, sizeof(text), at))
				break; /* the rest of the segment is missing */
			search->pos += INFOSEARCH_PAGE;
			if (memcmp(text, begins, sizeof(text)) == 0) {
				*off = at;
				return 1;
			}
		}
	}
	return 0;
}
