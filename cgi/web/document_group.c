/* SPDX-License-Identifier: MIT */
/* document_group: the pages of crashes by their signature; see document.h. */
#include <string.h>

#include "asset.h"
#include "document.h"

json_t *document_overview(struct err *err, struct web *web)
{
	web->title = "Overview";
	return query_overview(err, &web->query);
}

json_t *document_crashes(struct err *err, struct web *web)
{
	struct query_filter filter;

	if (web->form == WEB_ATOM)
		return document_atom(err, web);
	web->title = "Crashes";
	params_filter(&web->params, &filter);
	return query_groups(err, &web->query, &filter);
}

/* The newest crashes one by one. A feed has absolute addresses: of the host that was asked. */
json_t *document_atom(struct err *err, struct web *web)
{
	struct query_filter filter;
	char base[REQUEST_BASE_MAX];
	json_t *document;

	web->title = "Crashes";
	params_filter(&web->params, &filter);
	document = query_crashes(err, &web->query, &filter);
	if (document && request_base(web->request, "/crashes", 0, base) == 0)
		json_object_set_new(web->page, "base", json_string(base));
	return document;
}

json_t *document_group(struct err *err, struct web *web)
{
	const char *signature = web->part[1];

	if (strcmp(signature, "-") == 0)
		signature = "none";
	else if (strlen(signature) != 16 || strspn(signature, "0123456789abcdef") != 16) {
		web->status = 404;
		err_set(err, "\"%.40s\" is no signature; it has 16 hex digits", signature);
		return NULL;
	}
	web->title = "Logs without a report";
	return query_group(err, &web->query, signature);
}

json_t *document_rates(struct err *err, struct web *web)
{
	const char *by = web->params.text[PARAM_BY];
	struct query_filter filter;

	web->title = "Rates";
	params_filter(&web->params, &filter);
	if (asset_has("uPlot.iife.min.js") && asset_has("uPlot.min.css"))
		json_object_set_new(web->page, "uplot", json_true());
	return query_rates(err, &web->query, by[0] ? by : "release", &filter);
}
