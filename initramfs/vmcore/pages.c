/* SPDX-License-Identifier: MIT */
/* pages: small reads through pages that are kept; see pages.h. */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

struct pages_kept {
	uint64_t page; /* its address; 1: none yet */
	int missing; /* the whole page cannot be read */
	uint8_t *bytes;
};

struct pages {
	struct vmem *vm;
	size_t count;
	uint8_t *memory;
	struct pages_kept kept[];
};

struct pages *pages_open(struct err *err, struct vmem *vm, size_t count)
{
	struct pages *pages = calloc(1, sizeof(*pages) + count * sizeof(pages->kept[0]));

	if (pages)
		pages->memory = malloc(count * PAGES_SIZE);
	if (!pages || !pages->memory) {
		free(pages);
		err_set(err, "out of memory");
		return NULL;
	}
	pages->vm = vm;
	pages->count = count;
	for (size_t i = 0; i < count; i++) {
		pages->kept[i].page = 1;
		pages->kept[i].bytes = pages->memory + i * PAGES_SIZE;
	}
	return pages;
}

void pages_close(struct pages *pages)
{
	if (!pages)
		return;
	free(pages->memory);
	free(pages);
}

/* The page at that address (a multiple of PAGES_SIZE). */
static struct pages_kept *pages_get(struct pages *pages, uint64_t page)
{
	/* the odd factor spreads objects that lie the same distance apart */
	struct pages_kept *kept =
	    &pages->kept[(page / PAGES_SIZE * 0x9e3779b97f4a7c15ULL >> 32) % pages->count];
	struct err ignored;

	if (kept->page != page) {
		kept->page = page;
		kept->missing = vmem_read(&ignored, pages->vm, page, kept->bytes, PAGES_SIZE) != 0;
	}
	return kept;
}

int pages_read(struct err *err, struct pages *pages, uint64_t vaddr, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		size_t into = (size_t)(vaddr % PAGES_SIZE), n = PAGES_SIZE - into;
		const struct pages_kept *kept = pages_get(pages, vaddr - into);

		if (n > len)
			n = len;
		if (!kept->missing)
			memcpy(to, kept->bytes + into, n);
		else if (vmem_read(err, pages->vm, vaddr, to, n)) /* a part of it may be there */
			return -1;
		to += n;
		vaddr += n;
		len -= n;
	}
	return 0;
}
