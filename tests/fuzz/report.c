/* SPDX-License-Identifier: MIT */
/*
 * report: any bytes are a kernel log with a report or without one, and the result keeps the promises of
 * report.h. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

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
	static struct report report, again;
	int crash = report_find((const char *)data, size, &report);

	report_find((const char *)data, size, &again);

	check_text(report.class, sizeof(report.class));
	check_text(report.function, sizeof(report.function));
	check_text(report.title, sizeof(report.title));
	check_text(report.release, sizeof(report.release));
	check_text(report.comm, sizeof(report.comm));
	check_text(report.taint, sizeof(report.taint));
	check_text(report.hardware, sizeof(report.hardware));
	check_text(report.modules, sizeof(report.modules));
	must(memcmp(&report, &again, sizeof(report)) == 0);
	must(crash == (report.severity >= REPORT_BUG));
	must(!report.class[0] == !report.title[0] && !report.class[0] == !report.signature[0]);
	must(!report.class[0] == (report.severity == REPORT_NONE));
	must(strlen(report.signature) == (report.class[0] ? 16 : 0));
	must(report.offset <= size && report.line <= report.offset && report.cpu >= -1);
	/* a log has a death if and only if one of its lines has */
	if (report_is_death((const char *)data, size))
		must(report.severity == REPORT_DEATH);
	else
		must(report.severity != REPORT_DEATH);
	return 0;
}
