/* SPDX-License-Identifier: MIT */
/*
 * Path: report text -> report_find. Evidence: every file of tests/title/reports gets the class, the
 * function and the other fields that its header lines expect, and the same with other prefixes. Files with
 * the same "same:" name must agree in signature; files with different ones, or with none, must not.
 *
 * A file: lines "# KEY: VALUE" (the keys below), "---", and the kernel log.
 */
#include <dirent.h>
#include <stdlib.h>

#include "report/report.h"
#include "tap.h"

enum { FILES_MAX = 400, KEYS = 11 };

static const char *const keys[KEYS] = {"class", "function", "corrupted", "severity", "release",
    "comm", "title", "same", "line", "rip", "build-id"};
enum { CLASS, FUNCTION, CORRUPTED, SEVERITY, RELEASE, COMM, TITLE, SAME, LINE, RIP, BUILD_ID };

struct sample {
	char name[128];
	char want[KEYS][200];
	int has[KEYS];
	char *text;
	size_t len;
	char signature[17];
};

static struct sample samples[FILES_MAX];
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

/* Cuts the header; the text is copied to its exact size, so that ASan finds a read beyond it. */
static int parse_report(struct sample *sample, char *buf, size_t len)
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
		snprintf(sample->want[key], sizeof(sample->want[key]), "%s", colon);
		sample->has[key] = 1;
		p = end + 1;
	}
	p += 4;
	sample->len = len - (size_t)(p - buf);
	sample->text = malloc(sample->len ? sample->len : 1);
	memcpy(sample->text, p, sample->len);
	return 0;
}

static void load_reports(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct sample *sample = &samples[count];
		char path[512];
		size_t len = 0, name_len = strlen(names[i]->d_name);
		char *buf;

		if (name_len > 4 && name_len < sizeof(sample->name) && count < FILES_MAX &&
		    strcmp(names[i]->d_name + name_len - 4, ".txt") == 0) {
			memcpy(sample->name, names[i]->d_name, name_len - 4);
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
			buf = read_file(path, &len);
			if (ok(buf && parse_report(sample, buf, len) == 0,
				"%s: the sample can be read", sample->name))
				count++;
			free(buf);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void check_field(const struct sample *sample, int key, const char *got)
{
	char name[200];

	if (!sample->has[key])
		return;
	snprintf(name, sizeof(name), "%s: the %s is as expected", sample->name, keys[key]);
	is(got, sample->want[key], name);
}

static void check_report(struct sample *sample)
{
	struct report report;
	char text[24];
	int crash = report_find(sample->text, sample->len, &report);

	check_field(sample, CLASS, report.class);
	check_field(sample, FUNCTION, report.function);
	check_field(sample, CORRUPTED, report.corrupted ? "1" : "0");
	check_field(sample, SEVERITY, report_severity_name(report.severity));
	check_field(sample, RELEASE, report.release);
	check_field(sample, COMM, report.comm);
	check_field(sample, TITLE, report.title);
	check_field(sample, RIP, report.rip);
	check_field(sample, BUILD_ID, report.build_id);
	snprintf(text, sizeof(text), "%zu", report.line);
	check_field(sample, LINE, text);
	ok(crash == (report.severity >= REPORT_BUG) && !report.title[0] == !report.class[0] &&
		!report.signature[0] == !report.class[0],
	    "%s: result, severity, title and signature agree", sample->name);
	memcpy(sample->signature, report.signature, sizeof(sample->signature));
}

/* The same log with other prefixes has the same crash. */
static void check_prefixes(const struct sample *sample)
{
	static const char *const prefixes[] = {"Nov 21 10:00:00 rack7 kernel: ", "kernel: ",
	    "2026-11-21T10:00:00.120000+00:00 rack7 kernel: ", "<4>"};
	struct report report, plain;
	size_t room = sample->len * 40 + 64;
	char *buf = malloc(room);
	int same = 1;

	report_find(sample->text, sample->len, &plain);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = 0;

		for (size_t at = 0; at < sample->len;) {
			const char *end = memchr(sample->text + at, '\n', sample->len - at);
			size_t len = end ? (size_t)(end - sample->text) - at : sample->len - at;
			size_t prefix = strlen(prefixes[i]);

			memcpy(buf + n, prefixes[i], prefix);
			memcpy(buf + n + prefix, sample->text + at, len);
			n += prefix + len;
			if (end) {
				buf[n++] = '\r';
				buf[n++] = '\n';
			}
			at += len + 1;
		}
		report_find(buf, n, &report);
		if (strcmp(report.title, plain.title) != 0 ||
		    strcmp(report.signature, plain.signature) != 0 ||
		    report.corrupted != plain.corrupted) {
			printf("# with \"%s\": %s (%d), not %s (%d)\n", prefixes[i], report.title,
			    report.corrupted, plain.title, plain.corrupted);
			same = 0;
		}
	}
	ok(same, "%s: the result is the same with other prefixes and CRs", sample->name);
	free(buf);
}

static void check_pairs(void)
{
	size_t pairs = 0, bad = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			const struct sample *a = &samples[i], *b = &samples[j];
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
	ok(!bad, "%zu pairs of samples agree in signature where they should, and only there",
	    pairs);
}

int main(void)
{
	load_reports("tests/title/reports");
	ok(count > 100, "there are more than 100 samples: %zu", count);
	for (size_t i = 0; i < count; i++) {
		check_report(&samples[i]);
		check_prefixes(&samples[i]);
	}
	check_pairs();
	for (size_t i = 0; i < count; i++)
		free(samples[i].text);
	return tap_done();
}
