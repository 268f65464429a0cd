/* SPDX-License-Identifier: MIT */
/* template: what is filled in, and what is refused. */
#include <stdlib.h>

#include "cli/host/template.h"
#include "tap.h"

static void fills(const char *text, const char *value, const char *want, const char *name)
{
	const struct template_value values[] = {{"A", value}, {"LONG_ONE", "x"}, {NULL, NULL}};
	struct err err;
	char *got = template_fill(&err, text, values);

	is(got, want, name);
	free(got);
}

int main(void)
{
	fills("p = \"@A@\"\n", "/tmp", "p = \"/tmp\"\n", "a name is replaced by its value");
	fills("@A@@LONG_ONE@@A@", "1", "1x1", "names next to each other are replaced");
	fills("a@b.c @ @@ @a@", "1", "a@b.c @ @@ @a@", "other at-signs stay");
	fills("@UNKNOWN@", "1", NULL, "an unknown name is refused");
	fills("@A@", "a\"; include \"x", NULL, "a quote in a value is refused");
	fills("@A@", "a\nb", NULL, "a newline in a value is refused");
	fills("@A@", "a\\b", NULL, "a backslash in a value is refused");
	return tap_done();
}
