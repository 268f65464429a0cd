/* SPDX-License-Identifier: MIT */
/* web_params: queries of pages, and the token of forms: what is valid, what is refused, and links with one change. */
#include "cgi/web/params.h"

#include "cgi/web/csrf.h"
#include "tap.h"

static struct params params;
static struct err err;

/* 0/-1; the texts stay until the next call. */
static int read_query(const char *query, unsigned long allowed)
{
	static char text[4096];
	static struct kv kv;
	size_t dropped;

	snprintf(text, sizeof(text), "%s", query);
	for (char *at = text; (at = strchr(at, '+')) != NULL;)
		*at = ' ';
	dropped = kv_parse(&kv, text, strlen(text), '&');
	return params_read(&err, &kv, dropped, allowed, 1795253772123, &params);
}

static void test_values(void)
{
	const unsigned long all = ~PARAM_BIT(PARAM_SESSION_STATE);
	struct query_filter filter;
	struct query_list list;

	ok(read_query("search=null+deref&tag=&since=2d&offset=100&sort=last&state=muted", all) == 0,
	    "a valid query");
	params_filter(&params, &filter);
	is(filter.search, "null deref", "+ is a blank");
	is(filter.tag, "", "an empty one is absent");
	is_num(filter.since_ms, 1795253772123 - 2LL * 86400000, "a time");
	is_num(filter.offset, 100, "a number");
	ok(read_query("state=died,%20no%20capture&like=x", ~PARAM_BIT(PARAM_STATE)) == 0,
	    "a session's state with a comma");
	params_list(&params, &list);
	is(list.state, "died, no capture", "as it is called");
	is(list.mac, NULL, "absent is NULL in a list");
}

static void refused(const char *query, const char *why)
{
	int rc = read_query(query, ~PARAM_BIT(PARAM_SESSION_STATE) & ~PARAM_BIT(PARAM_TO));

	ok(rc && strstr(err.msg, why), "refused: %s", query);
	if (!rc || !strstr(err.msg, why))
		printf("# %s\n", rc ? err.msg : "it was taken");
}

static void test_refused(void)
{
	refused("nonsense=1", "nonsense");
	refused("to=/", "unknown parameter");
	refused("sort=size", "one of impact");
	refused("sort=impact%7Clast", "one of");
	refused("state=armed", "one of new");
	refused("limit=0", "limit");
	refused("limit=1001", "limit");
	refused("offset=-1", "offset");
	refused("offset=1x", "offset");
	refused("lines=5001", "lines");
	refused("from=0", "from");
	refused("since=now", "invalid since");
	refused("signature=0123456789ABCDEF", "16 hex digits, or none");
	refused("search=%ff", "UTF-8");
	refused("search=a%00b", "UTF-8");
	refused("search=a%0ab", "UTF-8");
	refused("%20=1", "not valid");
	refused(
	    "search="
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x",
	    "200 bytes");
}

static void test_links(void)
{
	char link[4096], small[24];

	(void)read_query("search=a%26b+%22&since=2d&offset=100", ~0UL);
	params_link(&params, PARAM_SORT, "last", link, sizeof(link));
	is(link, "?since=2d&search=a%26b%20%22&sort=last", "a link with one more, without offset");
	params_link(&params, PARAM_SINCE, NULL, link, sizeof(link));
	is(link, "?search=a%26b%20%22", "with one less");
	params_link(&params, PARAM_OFFSET, "200", link, sizeof(link));
	is(link, "?since=2d&search=a%26b%20%22&offset=200", "of the next part");
	params_link(&params, PARAM_SORT, "last", small, sizeof(small));
	is(small, "?since=2d", "one that is too long is cut between two parameters");
	(void)read_query("", ~0UL);
	params_link(&params, PARAM_SORT, NULL, link, sizeof(link));
	is(link, "", "none is nothing");
}

static void test_csrf(void)
{
	const struct session_key key = {{1, 2, 3}}, other = {{3, 2, 1}};
	const int64_t day = 86400000, now = 1795253772123;
	char token[CSRF_TOKEN_LEN + 1];

	csrf_token(&key, "ann", now, token);
	is_num((long long)strlen(token), CSRF_TOKEN_LEN, "a token's length");
	ok(csrf_ok(&key, "ann", now, token), "it is valid");
	ok(csrf_ok(&key, "ann", now + day, token), "and on the next day");
	ok(!csrf_ok(&key, "ann", now + 2 * day, token), "not on the day after that");
	ok(!csrf_ok(&key, "ann", now - day, token), "nor before");
	ok(!csrf_ok(&key, "bob", now, token), "not for another person");
	ok(!csrf_ok(&other, "ann", now, token), "nor of another server");
	token[31] ^= 1;
	ok(!csrf_ok(&key, "ann", now, token), "nor with another end");
	ok(!csrf_ok(&key, "ann", now, ""), "nor empty");
}

int main(void)
{
	test_values();
	test_refused();
	test_links();
	test_csrf();
	return tap_done();
}
