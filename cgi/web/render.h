/* SPDX-License-Identifier: MIT */
/* render: the templates that a worker has loaded, and where they and the static files are. */
#ifndef LASTWORDS_CGI_WEB_RENDER_H
#define LASTWORDS_CGI_WEB_RENDER_H

#include "base/file.h"
#include "template.h"

/*
 * The template NAME (with its ending), loaded once and again when its files change; if they are wrong then, the
 * one of before. It stays the worker's. NULL with err set.
 */
const struct template *render_template(struct err *err, const char *name);
/* The path of a file of the pages: "templates/…", "static/…". 0/-1. */
int render_path(struct err *err, const char *name, char path[FILE_PATH_MAX]);

#endif
