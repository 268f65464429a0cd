/* SPDX-License-Identifier: MIT */
/*
 * autopsy_record: what the server reads of an autopsy: any text. Up to a NUL it is the log whose report names
 * no cause, the rest is the autopsy; without a NUL it is both.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/autopsy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t log_len = nul ? (size_t)(nul - data) : size, len = size - log_len;
	char *log = malloc(log_len + 1), *text = malloc(len + 1);
	static char lines[AUTOPSY_LINES][AUTOPSY_LINE];
	struct report report;
	size_t count;

	if (!log || !text)
		abort();
	/* of their very sizes */
	log = realloc(log, log_len ? log_len : 1);
	text = realloc(text, nul ? len : size ? size : 1);
	if (!log || !text)
		abort();
	memcpy(log, data, log_len);
	if (nul)
		memcpy(text, nul + 1, len = len - 1);
	else
		memcpy(text, data, len = size);
	count = autopsy_summary(text, len, lines);
	for (size_t i = 0; i < count; i++) {
		if (strlen(lines[i]) >= AUTOPSY_LINE)
			abort();
	}
	report_find(log, log_len, &report);
	if (autopsy_name_from(text, len, log, log_len, &report) && !report_names_cause(&report))
		abort();
	free(log);
	free(text);
	return 0;
}
