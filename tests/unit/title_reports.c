/* SPDX-License-Identifier: MIT */
/*
 * Path: report text -> title_find. Evidence: every file of tests/title/reports gets the class, the
 * function and the corrupted flag that its header lines expect, and cutting it anywhere or adding
 * prefixes breaks nothing. Lines with the same "same:" name must agree in signature; files with
 * different ones, or with none, must not.
 *
 * A file: lines "# KEY: VALUE" (class, function, corrupted; severity, release, comm, title, same, rip,
 * build-id),
 * "---", and the kernel log.
 */
#include <dirent.h>
#include <stdlib.h>

#include "tap.h"
#include "title.h"

enum { FILES_MAX = 400, KEYS = 11 };

static const char *const keys[KEYS] = {"class", "function", "corrupted", "severity", "release",
    "comm", "title", "same", "line", "rip", "build-id"};
enum { CLASS, FUNCTION, CORRUPTED, SEVERITY, RELEASE, COMM, TITLE, SAME, LINE, RIP, BUILD_ID };

struct report {
	char name[128];
	char want[KEYS][200];
	int has[KEYS];
	char *text;
	size_t len;
	char signature[17];
};

static struct report reports[FILES_MAX];
static size_t count;

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *buf = NULL;
	long size;

	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	if (size >= 0 && (buf = malloc((size_t)size + 1)))
		*len = fread(buf, 1, (size_t)size, file);
	if (buf)
		buf[*len] = '\0';
	fclose(file);
	return buf;
}

/* Takes the header off; the text is copied to its exact size, so that ASan sees one byte too far. */
static int parse_report(struct report *report, char *buf, size_t len)
{
	char *p = buf;

	while (strncmp(p, "---\n", 4) != 0) {
		char *end = strchr(p, '\n'), *colon;
		size_t key;

		if (!end || p[0] != '#' || p[1] != ' ')
			return -1;
		*end = '\0';
		colon = strchr(p, ':');
		if (!colon)
			return -1;
		*colon++ = '\0';
		while (*colon == ' ')
			colon++;
		for (key = 0; key < KEYS && strcmp(p + 2, keys[key]) != 0; key++)
			;
		if (key == KEYS)
			return -1;
		snprintf(report->want[key], sizeof(report->want[key]), "%s", colon);
		report->has[key] = 1;
		p = end + 1;
	}
	p += 4;
	report->len = len - (size_t)(p - buf);
	report->text = malloc(report->len ? report->len : 1);
	memcpy(report->text, p, report->len);
	return 0;
}

static void load_reports(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct report *report = &reports[count];
		char path[512];
		size_t len = 0, name_len = strlen(names[i]->d_name);
		char *buf;

		if (name_len > 4 && name_len < sizeof(report->name) && count < FILES_MAX &&
		    strcmp(names[i]->d_name + name_len - 4, ".txt") == 0) {
			memcpy(report->name, names[i]->d_name, name_len - 4);
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
			buf = read_file(path, &len);
			if (ok(buf && parse_report(report, buf, len) == 0, "%s: readable",
				report->name))
				count++;
			free(buf);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void check_field(const struct report *report, int key, const char *got)
{
	char name[200];

	if (!report->has[key])
		return;
	snprintf(name, sizeof(name), "%s: %s", report->name, keys[key]);
	is(got, report->want[key], name);
}

static void check_report(struct report *report)
{
	struct title title;
	char text[24];
	int crash = title_find(report->text, report->len, &title);

	check_field(report, CLASS, title.class);
	check_field(report, FUNCTION, title.function);
	check_field(report, CORRUPTED, title.corrupted ? "1" : "0");
	check_field(report, SEVERITY, title_severity_name(title.severity));
	check_field(report, RELEASE, title.release);
	check_field(report, COMM, title.comm);
	check_field(report, TITLE, title.title);
	check_field(report, RIP, title.rip);
	check_field(report, BUILD_ID, title.build_id);
	snprintf(text, sizeof(text), "%zu", title.line);
	check_field(report, LINE, text);
	if (crash != (title.severity >= TITLE_BUG) || !title.title[0] != !title.class[0] ||
	    !title.signature[0] != !title.class[0])
		ok(0, "%s: result, severity, title and signature agree", report->name);
	memcpy(report->signature, title.signature, sizeof(report->signature));
}

/* The same words under other prefixes are the same crash. */
static void check_prefixes(const struct report *report)
{
	static const char *const prefixes[] = {"Nov 21 10:00:00 rack7 kernel: ", "kernel: ",
	    "2026-11-21T10:00:00.120000+00:00 rack7 kernel: ", "<4>"};
	struct title title, plain;
	size_t room = report->len * 40 + 64;
	char *buf = malloc(room);
	int same = 1;

	title_find(report->text, report->len, &plain);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = 0;

		for (size_t at = 0; at < report->len;) {
			const char *end = memchr(report->text + at, '\n', report->len - at);
			size_t len = end ? (size_t)(end - report->text) - at : report->len - at;
			size_t prefix = strlen(prefixes[i]);

			memcpy(buf + n, prefixes[i], prefix);
			memcpy(buf + n + prefix, report->text + at, len);
			n += prefix + len;
			if (end) {
				buf[n++] = '\r';
				buf[n++] = '\n';
			}
			at += len + 1;
		}
		title_find(buf, n, &title);
		if (strcmp(title.title, plain.title) != 0 ||
		    strcmp(title.signature, plain.signature) != 0 ||
		    title.corrupted != plain.corrupted) {
			printf("# with \"%s\": %s (%d), not %s (%d)\n", prefixes[i], title.title,
			    title.corrupted, plain.title, plain.corrupted);
			same = 0;
		}
	}
	ok(same, "%s: the same under other prefixes and with CRs", report->name);
	free(buf);
}

static void check_pairs(void)
{
	size_t pairs = 0, bad = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			const struct report *a = &reports[i], *b = &reports[j];
			int same =
			    a->has[SAME] && b->has[SAME] && !strcmp(a->want[SAME], b->want[SAME]);

			if (!a->signature[0] || !b->signature[0])
				continue;
			pairs++;
			if (same != !strcmp(a->signature, b->signature)) {
				bad++;
				printf("# %s and %s: signatures %s and %s should %s\n", a->name,
				    b->name, a->signature, b->signature, same ? "agree" : "differ");
			}
		}
	}
	ok(!bad, "%zu pairs of reports agree in signature where they should, and only there",
	    pairs);
}

int main(void)
{
	load_reports("tests/title/reports");
	ok(count > 0, "%zu reports", count);
	for (size_t i = 0; i < count; i++) {
		check_report(&reports[i]);
		check_prefixes(&reports[i]);
	}
	check_pairs();
	for (size_t i = 0; i < count; i++)
		free(reports[i].text);
	return tap_done();
}
