/* SPDX-License-Identifier: MIT */
/*
 * dmesg_dumps: every description in tests/vmcore, made into a dump for every machine and map that it
 * names, gives exactly the output in it. Evidence: byte-equal output and exit code.
 */
#include <glob.h>
#include <stdlib.h>

#include "dmesg/extract.h"
#include "dmesg/render.h"
#include "tap.h"
#include "tests/vmcore/describe.h"

static struct extract extract;
static struct render render;
static char got[1 << 20];
static size_t got_len;

static int collect(void *arg, const char *text, size_t len)
{
	(void)arg;
	if (len > sizeof(got) - 1 - got_len)
		return -1;
	memcpy(got + got_len, text, len);
	got_len += len;
	return 0;
}

/* Prints the dump's log into got; returns the exit code. */
static int run(const struct bytes *bytes, enum render_form form, int callers)
{
	struct err err;
	struct dump *dump = dump_open_memory(&err, bytes->at, bytes->len);
	struct klog_sink sink;
	int rc;

	got_len = 0;
	got[0] = '\0';
	rc = extract_open(&err, dump, &extract);
	render_init(&render, form, collect, NULL);
	render.callers = callers;
	sink = render_sink(&render);
	if (rc == 0)
		rc = extract_run(&err, &extract, &sink);
	render_finish(&render);
	if (rc)
		got_len += (size_t)snprintf(got + got_len, sizeof(got) - got_len, "%s\n", err.msg);
	got[got_len] = '\0';
	extract_close(&extract);
	dump_close(dump);
	return rc ? 1 : extract.count.holes ? 3 : 0;
}

/* The lines of the output section that begins at line i, joined; *i goes to its end. */
static char *expected(const struct describe *d, size_t *i)
{
	static char text[1 << 18];
	size_t n = 0;

	for (++*i; *i < d->lines && strcmp(d->line[*i], "end") != 0; ++*i)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", d->line[*i]);
	text[n] = '\0';
	return text;
}

static void check_outputs(
    const struct describe *d, const char *name, const struct bytes *bytes, const char *how)
{
	for (size_t i = 0; i < d->lines; i++) {
		const char *rest = describe_word(d->line[i], "output");
		char label[256];
		int code, want, good;

		if (!rest)
			continue;
		want = (int)strtol(rest + strcspn(rest, " "), NULL, 10);
		code = run(bytes,
		    strncmp(rest, "raw", 3) == 0    ? RENDER_RAW
		    : strncmp(rest, "json", 4) == 0 ? RENDER_JSON
						    : RENDER_TEXT,
		    strstr(rest, "callers") ? 1 : 0);
		snprintf(label, sizeof(label), "%s, %s: exact output %s", name, how, rest);
		good = strcmp(got, expected(d, &i)) == 0 && code == want;
		ok(good, "%s", label);
		if (!good)
			printf("# exit %d, expected %d; got:\n%s", code, want, got);
	}
}

int main(void)
{
	static const char *const maps[] = {"load", "split", "walk", "physical"};
	glob_t found;

	if (glob("tests/vmcore/*.desc", 0, NULL, &found)) {
		printf("1..0 # SKIP no tests/vmcore/*.desc below the working directory\n");
		return 0;
	}
	for (size_t f = 0; f < found.gl_pathc; f++) {
		const char *name = strrchr(found.gl_pathv[f], '/') + 1;
		struct describe d;

		if (!ok(describe_load(&d, found.gl_pathv[f]) == 0, "%s is readable", name))
			continue;
		for (size_t m = 0; m < MACHINES; m++) {
			if (!describe_has(&d, "machines", machine_table[m].name, 0))
				continue;
			for (int map = MAP_LOAD; map <= MAP_PHYSICAL; map++) {
				struct bytes bytes;
				char how[64];

				if (!describe_has(&d, "maps", maps[map], map < MAP_WALK))
					continue;
				snprintf(
				    how, sizeof(how), "%s, %s", machine_table[m].name, maps[map]);
				bytes = describe_dump(&d, &machine_table[m], (enum image_map)map);
				if (ok(bytes.at != NULL, "%s, %s: the dump is made", name, how))
					check_outputs(&d, name, &bytes, how);
				free(bytes.at);
			}
		}
		free(d.text);
	}
	globfree(&found);
	return tap_done();
}
