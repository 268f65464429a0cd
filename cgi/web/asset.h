/* SPDX-License-Identifier: MIT */
/* asset: the static files of the pages. */
#ifndef LASTWORDS_CGI_WEB_ASSET_H
#define LASTWORDS_CGI_WEB_ASSET_H

#include "web.h"

/* /static/NAME: style.css, icon.svg, scripts; those that the build vendored are next to the programs or installed. */
void asset_answer(struct web *web);
/* 1 if there is such a file. */
int asset_has(const char *name);

/*
 * Sends an open regular file, with an ETag of its size and time; 304 if the client has it. Closes fd. Where the web
 * server says that it can ($LASTWORDS_SENDFILE), it sends the file of this path itself: who reads slowly then keeps
 * neither a worker nor a copy.
 */
void asset_send(struct web *web, int fd, const char *path, const struct sink_head *head);

#endif
