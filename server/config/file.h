/* SPDX-License-Identifier: MIT */
/*
 * file: the text of lastwords.conf to checked values, with a line for every complaint; only
 * config.c uses it. The keys, their kinds and defaults are one table in file.c.
 */
#ifndef LASTWORDS_CONFIG_FILE_H
#define LASTWORDS_CONFIG_FILE_H

#include <confuse.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Parses text (NUL-terminated, of the file path) with libconfuse; every value has been checked for
 * itself then, but not against each other; what a profile inherits (from) is in it as its own. NULL and "PATH:LINE: what, and the mend". Free with
 * cfg_free. Comments in
 * text are blanked.
 */
cfg_t *config_file_parse(struct err *err, const char *path, char *text);

/* The line where key was given in this section, else otherwise. */
int config_file_line(cfg_t *section, const char *key, int otherwise);
/* The first line of any key in this section; the section's end if it has none. */
int config_file_first_line(cfg_t *section);

#endif
