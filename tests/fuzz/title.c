/* SPDX-License-Identifier: MIT */
/*
 * title: any bytes are a kernel log with a title or without one, and the record keeps its header's
 * promises. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "title.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

static void check_text(const char *text, size_t size)
{
	must(memchr(text, '\0', size) != NULL);
	for (; *text; text++)
		must((unsigned char)*text >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct title title, again;
	static struct title_step steps[40];
	int crash = title_find((const char *)data, size, &title);
	size_t count = title_explain((const char *)data, size, &again, steps, 40);

	check_text(title.class, sizeof(title.class));
	check_text(title.function, sizeof(title.function));
	check_text(title.title, sizeof(title.title));
	check_text(title.release, sizeof(title.release));
	check_text(title.comm, sizeof(title.comm));
	check_text(title.taint, sizeof(title.taint));
	check_text(title.hardware, sizeof(title.hardware));
	check_text(title.modules, sizeof(title.modules));
	must(memcmp(&title, &again, sizeof(title)) == 0);
	must(crash == (title.severity >= TITLE_BUG));
	must(!title.class[0] == !title.title[0] && !title.class[0] == !title.signature[0]);
	must(!title.class[0] == (title.severity == TITLE_NONE));
	must(strlen(title.signature) == (title.class[0] ? 16 : 0));
	must(title.offset <= size && title.line <= title.offset && title.cpu >= -1);
	must(count <= 40);
	for (size_t i = 0; i < count; i++) {
		check_text(steps[i].function, sizeof(steps[i].function));
		must(steps[i].why != NULL);
	}
	/* no death in a line unless there is one in the log */
	if (title_is_death((const char *)data, size))
		must(title.severity == TITLE_DEATH);
	else
		must(title.severity != TITLE_DEATH);
	return 0;
}
