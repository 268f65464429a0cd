/* SPDX-License-Identifier: MIT */
/* document: what each page shows; see document.h. */
#include "document.h"

#include <stdio.h>
#include <string.h>

#include "base/mac.h"
#include "raw.h"

enum {
	REPORT_LEAD = 12, /* lines that are shown before a report */
	CRASH_LINES = 200, /* of the log on a crash's page */
	SIDE_READ = 1000, /* lines that are read from the end of a channel's own log */
	SIDE_LINES = 200, /* of these, what is shown if the log has no report */
};

json_t *document_diff(struct err *err, struct web *web)
{
	const char *a = web->params.text[PARAM_A], *b = web->params.text[PARAM_B];

	if (!a[0] || !b[0]) {
		web->status = 400;
		err_set(err, "the difference needs two sessions: ?a=ID&b=ID");
		return NULL;
	}
	web->title = "The difference between two crashes";
	return query_diff(err, &web->query, a, b);
}

/* --- one crash --------------------------------------------------------------------------------------- */

/* 0 if the second segment is a session's id; else 404. */
static int document_id(struct err *err, struct web *web, struct session *session)
{
	if (session_parse(err, web->part[1], strlen(web->part[1]), session) == 0)
		return 0;
	web->status = 404;
	return -1;
}

/* Members of from that to does not have. */
static void document_join(json_t *to, json_t *from)
{
	if (from)
		json_object_update_missing(to, from);
	json_decref(from);
}

/* More than one channel has something. */
static int document_is_several(const json_t *document)
{
	const json_t *record = json_object_get(document, "record");

	return json_array_size(json_object_get(record, "channels")) > 1;
}

/* Where the crash's page begins in the record: a little before the report; 0 without one. */
static int64_t document_before(const json_t *document)
{
	const json_t *record = json_object_get(document, "record");
	json_int_t report = json_integer_value(json_object_get(record, "report"));

	return report > REPORT_LEAD ? report - REPORT_LEAD : report != 0;
}

json_t *document_crash(struct err *err, struct web *web)
{
	struct session session;
	struct err ignored;
	json_t *document;

	if (document_id(err, web, &session))
		return NULL;
	web->title = "Session";
	document = query_session(err, &web->query, session.id);
	if (!document || web->form == WEB_JSON)
		return document;
	document_join(document, query_log(&ignored, &web->query, session.id, "record",
				    document_before(document), CRASH_LINES));
	if (document_is_several(document))
		json_object_set_new(web->page, "several", json_true());
	json_object_set_new(web->page, "script", json_string("log.js"));
	return document;
}

/* As text, and not a part: the whole file, however long, if it is here and not at another server. */
static json_t *document_whole_log(struct web *web, const char *name)
{
	static const char *const records[] = {"record.txt", "netconsole.log", "console.log"};
	int record = strcmp(name, "record") == 0;

	for (size_t i = 0; i < (record ? 3 : 1) && !web->whole; i++)
		if (raw_has(web, record ? records[i] : name))
			web->whole = record ? records[i] : name;
	return web->whole ? json_object() : NULL;
}

json_t *document_log(struct err *err, struct web *web)
{
	const char *name = web->params.text[PARAM_NAME];
	int lines = web->params.lines ? web->params.lines : QUERY_LINES;
	struct session session;
	json_t *document;

	if (document_id(err, web, &session))
		return NULL;
	name = name[0] ? name : "record";
	if (web->form == WEB_TEXT && !web->params.from && !web->params.lines &&
	    (document = document_whole_log(web, name)))
		return document;
	document = query_log(err, &web->query, session.id, name, web->params.from, lines);
	if (!document || web->form == WEB_JSON)
		return document;
	web->title = "Log";
	json_object_set_new(document, "name", query_text(name, strlen(name)));
	query_set_text(web->page, "file", strcmp(name, "record") == 0 ? "record.txt" : name);
	json_object_set_new(web->page, "script", json_string("log.js"));
	return document;
}

/* A line of a log without its kernel's prefix: what all channels have of it. */
static const char *document_body(const json_t *line)
{
	const char *text = json_string_value(json_object_get(line, "text"));
	const char *stamp = text ? strstr(text, "] ") : NULL;

	return stamp ? stamp + 2 : text ? text : "";
}

/* The record's line in which the report begins; NULL: it has none. The caller releases it. */
static json_t *document_report(struct web *web, const char *id)
{
	struct err ignored;
	/* (it begins 50 lines before the report) */
	json_t *log = query_log(&ignored, &web->query, id, "record", 0, CRASH_LINES), *line;
	size_t i;

	json_array_foreach(json_object_get(log, "log"), i, line)
	{
		if (json_is_true(json_object_get(line, "report"))) {
			json_incref(line);
			json_decref(log);
			return line;
		}
	}
	json_decref(log);
	return NULL;
}

/* Leaves out what a channel has long before the report. */
static void document_cut_side(json_t *side, const json_t *report)
{
	json_t *lines = json_object_get(side, "log"), *line;
	size_t from = json_array_size(lines), i;

	from = from > SIDE_LINES ? from - SIDE_LINES : 0;
	json_array_foreach(lines, i, line)
	{
		if (report && strcmp(document_body(line), document_body(report)) == 0) {
			json_object_set_new(line, "report", json_true());
			from = i > REPORT_LEAD ? i - REPORT_LEAD : 0;
			break;
		}
	}
	while (from-- > 0)
		json_array_remove(lines, 0);
}

/* The log of each channel, around the report. */
json_t *document_channels(struct err *err, struct web *web)
{
	static const char *const files[][2] = {{"http", "dmesg.txt"},
	    {"netconsole", "netconsole.log"}, {"console", "console.log"},
	    {"pstore", "pstore-1.txt"}};
	json_t *document, *sides, *report;
	struct session session;

	if (document_id(err, web, &session))
		return NULL;
	web->title = "Channels";
	sides = json_array();
	report = document_report(web, session.id);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		json_t *side = query_log(err, &web->query, session.id, files[i][1], 0, SIDE_READ);

		if (!side)
			continue;
		document_cut_side(side, report);
		json_object_set_new(side, "name", json_string(files[i][0]));
		json_array_append_new(sides, side);
	}
	json_decref(report);
	if (json_array_size(sides) == 0) {
		err_set(err, "no channel has a log of this session");
		web->status = 404;
		json_decref(sides);
		return NULL;
	}
	document = json_object();
	json_object_set_new(document, "session", json_string(session.id));
	json_object_set_new(document, "sides", sides);
	for (size_t i = 0; i < 2; i++) {
		static const char *const members[] = {"mac", "title"};

		json_object_set(
		    document, members[i], json_object_get(json_array_get(sides, 0), members[i]));
	}
	return document;
}

/* --- lists ------------------------------------------------------------------------------------------- */

json_t *document_sessions(struct err *err, struct web *web)
{
	struct query_list list;

	web->title = "Sessions";
	params_list(&web->params, &list);
	return query_sessions(err, &web->query, &list);
}

json_t *document_events(struct err *err, struct web *web)
{
	const char *event = web->params.text[PARAM_EVENT];
	const char *session = web->params.text[PARAM_SESSION];
	int limit = web->params.limit ? web->params.limit : QUERY_PAGE;
	json_t *document, *events, *last;

	web->title = "Events";
	document = query_events(err, &web->query, event[0] ? event : NULL,
	    session[0] ? session : NULL, web->params.until_ms, limit);
	events = json_object_get(document, "events");
	/* (until is exclusive: further events of the very same millisecond are left out) */
	if (document && web->form == WEB_HTML && json_array_size(events) == (size_t)limit) {
		char link[WEB_LINK_MAX], next[WEB_LINK_MAX + 16];

		last = json_array_get(events, json_array_size(events) - 1);
		params_link(&web->params, PARAM_UNTIL,
		    json_string_value(json_object_get(last, "time")), link, sizeof(link));
		snprintf(next, sizeof(next), "/events%s", link);
		query_set_text(web->page, "next", next);
	}
	return document;
}

json_t *document_fleet(struct err *err, struct web *web)
{
	web->title = "Coverage";
	return query_fleet(err, &web->query);
}
