/* SPDX-License-Identifier: MIT */
/*
 * mkvmcore: writes a described dump to a file, for people, benchmarks and fuzzing corpora.
 *
 *   mkvmcore DESCRIPTION MACHINE load|split|walk|physical FILE
 *   mkvmcore ring MACHINE COUNT_BITS SIZE_BITS RECORDS FILE    a lockless ring filled with lines
 */
#include <errno.h>

#include "describe.h"

static int write_file(const char *path, const struct bytes *bytes)
{
	FILE *f = fopen(path, "wb");
	int bad = !f || fwrite(bytes->at, 1, bytes->len, f) != bytes->len;

	if (f && fclose(f))
		bad = 1;
	if (bad)
		fprintf(stderr, "mkvmcore: %s: %s\n", path, strerror(errno));
	return bad;
}

static struct bytes make_ring(const struct machine *m, char **argv)
{
	static struct ring r;
	unsigned long records = strtoul(argv[5], NULL, 10);

	image_begin(&r.image, m, "6.1.0");
	r.kind = RING_PRB;
	prb_begin(
	    &r, (unsigned)strtoul(argv[3], NULL, 10), (unsigned)strtoul(argv[4], NULL, 10), 0);
	for (unsigned long i = 0; i < records; i++) {
		char text[128];
		int n = snprintf(text, sizeof(text),
		    "e1000 0000:00:03.0 eth0: line %lu of a long log, state %lx", i,
		    i * 2654435761UL);

		prb_store(&r, RING_FINALIZED, 6, i * 1000000, 1, text, (size_t)n, 0);
	}
	ring_finish(&r);
	return image_dump(&r.image, MAP_LOAD, 0);
}

/* It writes one file and ends: memory that it has not freed then is no leak. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(int argc, char **argv)
{
	const struct machine *m = argc > 2 ? machine_find(argv[2]) : NULL;
	struct describe d;
	struct bytes bytes = {0};

	if (argc == 7 && strcmp(argv[1], "ring") == 0 && m) {
		bytes = make_ring(m, argv);
		return write_file(argv[6], &bytes);
	}
	if (argc == 5 && m && describe_load(&d, argv[1]) == 0)
		bytes = describe_dump(&d, m,
		    strcmp(argv[3], "walk") == 0       ? MAP_WALK
		    : strcmp(argv[3], "physical") == 0 ? MAP_PHYSICAL
		    : strcmp(argv[3], "split") == 0    ? MAP_SPLIT
						       : MAP_LOAD);
	if (!bytes.at) {
		fprintf(stderr,
		    "usage: mkvmcore DESCRIPTION MACHINE load|split|walk|physical FILE\n"
		    "       mkvmcore ring MACHINE COUNT_BITS SIZE_BITS RECORDS FILE\n");
		return 2;
	}
	return write_file(argv[4], &bytes);
}
