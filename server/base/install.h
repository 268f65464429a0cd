/* SPDX-License-Identifier: MIT */
/* install: where the programs and files of lastwords are: installed, or in a checkout. */
#ifndef LASTWORDS_BASE_INSTALL_H
#define LASTWORDS_BASE_INSTALL_H

#include "err.h"
#include "file.h"

/*
 * Sets path to a program ("bin/lastwords-boot": next to the running one) or a file: PREFIX/share/lastwords/NAME
 * of an installed program; in a checkout NAME, server/NAME for "etc/…" and cgi/NAME for "web/…". 0/-1.
 */
int install_find(struct err *err, const char *name, char path[FILE_PATH_MAX]);

#endif
