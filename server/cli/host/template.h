/* SPDX-License-Identifier: MIT */
/*
 * template: fills @NAME@ in a text. Pure. A value with a quote, a backslash or a control character
 * is refused (it goes into configuration files), and so is an unknown name.
 */
#ifndef LASTWORDS_CLI_HOST_TEMPLATE_H
#define LASTWORDS_CLI_HOST_TEMPLATE_H

#include "base/err.h"

struct template_value {
	const char *name, *value; /* ends with a NULL name */
};

/* The filled text, malloc'ed, the caller frees; NULL on error. */
char *template_fill(struct err *err, const char *text, const struct template_value *values);

#endif
