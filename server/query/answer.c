/* SPDX-License-Identifier: MIT */
/* answer: the query that a request names; see answer.h. */
#include "answer.h"

#include <string.h>

static const char *answer_text(const char *text)
{
	return text ? text : "";
}

static json_t *answer_groups(struct err *err, struct query *query, const struct request *request)
{
	return query_groups(err, query, &request->filter);
}

static json_t *answer_group(struct err *err, struct query *query, const struct request *request)
{
	return query_group(err, query, answer_text(request->signature));
}

static json_t *answer_crashes(struct err *err, struct query *query, const struct request *request)
{
	return query_crashes(err, query, &request->filter);
}

static json_t *answer_rates(struct err *err, struct query *query, const struct request *request)
{
	return query_rates(err, query, answer_text(request->by), &request->filter);
}

static json_t *answer_diff(struct err *err, struct query *query, const struct request *request)
{
	return query_diff(err, query, answer_text(request->a), answer_text(request->b));
}

static json_t *answer_session(struct err *err, struct query *query, const struct request *request)
{
	return query_session(err, query, answer_text(request->session));
}

static json_t *answer_log(struct err *err, struct query *query, const struct request *request)
{
	return query_log(err, query, answer_text(request->session), answer_text(request->name),
	    request->from, request->count);
}

static json_t *answer_sessions(struct err *err, struct query *query, const struct request *request)
{
	return query_sessions(err, query, &request->list);
}

static json_t *answer_newest(struct err *err, struct query *query, const struct request *request)
{
	return query_newest(err, query, request->a, request->b);
}

static json_t *answer_machines(struct err *err, struct query *query, const struct request *request)
{
	return query_machines(err, query, &request->list);
}

static json_t *answer_machine(struct err *err, struct query *query, const struct request *request)
{
	return query_machine(err, query, answer_text(request->mac));
}

static json_t *answer_fleet(struct err *err, struct query *query, const struct request *request)
{
	(void)request;
	return query_fleet(err, query);
}

static json_t *answer_events(struct err *err, struct query *query, const struct request *request)
{
	return query_events(
	    err, query, request->event, request->session, request->until_ms, request->limit);
}

static json_t *answer_overview(struct err *err, struct query *query, const struct request *request)
{
	(void)request;
	return query_overview(err, query);
}

json_t *query_answer(struct err *err, struct query *query, const struct request *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(
		    struct err *err, struct query *query, const struct request *request);
	} answers[] = {{"groups", answer_groups}, {"group", answer_group},
	    {"crashes", answer_crashes}, {"rates", answer_rates}, {"diff", answer_diff},
	    {"session", answer_session}, {"log", answer_log}, {"sessions", answer_sessions},
	    {"newest", answer_newest}, {"machines", answer_machines}, {"machine", answer_machine},
	    {"fleet", answer_fleet}, {"events", answer_events}, {"overview", answer_overview}};

	if (request->now_ms)
		query->now_ms = request->now_ms;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i].name, request->query) == 0)
			return answers[i].answer(err, query, request);
	err_set(err, "there is no query \"%.40s\"", request->query);
	return NULL;
}
