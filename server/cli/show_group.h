/* SPDX-License-Identifier: MIT */
/* show_group: all that is known of a signature, as text. */
#ifndef LASTWORDS_CLI_SHOW_GROUP_H
#define LASTWORDS_CLI_SHOW_GROUP_H

#include <jansson.h>

#include "screen/screen.h"

/* Prints a document of query_group, with so many of its newest crashes. 0/-1. */
int show_group(struct err *err, const struct screen *screen, const json_t *group, int crashes);

#endif
