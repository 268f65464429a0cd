/* SPDX-License-Identifier: MIT */
/* route: from a path to its row of the table of routes. Pure. */
#ifndef LASTWORDS_CGI_WEB_ROUTE_H
#define LASTWORDS_CGI_WEB_ROUTE_H

#include "web.h"

/*
 * Cuts web->path into its segments, decoded in place. 0, or -1 if no page can have such a path: an empty segment, an
 * invalid escape, or one for a slash or a control.
 */
int route_split(struct web *web);

/*
 * The row of the path for POST or not, of a table that ends with a NULL path. NULL if there is no row; *other is 1 if
 * there is one for the other method. ".json" and its like are cut off the last segment and plain_path, and set
 * web->form, if the row has that form.
 */
const struct web_route *route_find(
    struct web *web, const struct web_route *routes, int is_post, int *other);

#endif
