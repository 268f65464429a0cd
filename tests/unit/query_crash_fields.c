/* SPDX-License-Identifier: MIT */
/*
 * query_crash_fields: a crash as a line of JSON, as the hook program and `--json` have it. Evidence: the fields that
 * users' scripts read, any text as ASCII that does nothing to a terminal, and that another parser reads back.
 */
#include "query/crash_fields.h"

#include <stdlib.h>
#include <string.h>

#include "query/query.h"
#include "tap.h"

static struct session session;
static struct db_session known;
static char *text;

static const char *format(const struct report *report, const char *product)
{
	json_t *object = json_object();
	size_t len = 0;

	snprintf(known.product, sizeof(known.product), "%s", product);
	free(text);
	query_crash_add(object, &session, report, &known, "/none", QUERY_PATHS);
	text = query_dump(object, &len);
	ok(text && strlen(text) == len && text[len - 1] == '\n', "a line of JSON");
	json_decref(object);
	return text;
}

/* What a parser reads back. */
static void is_product(const char *product, const char *name)
{
	json_t *object = json_loads(text, 0, NULL);

	is(json_string_value(json_object_get(object, "product")), product, name);
	json_decref(object);
}

static int printable(void)
{
	for (const char *c = text; *c && *c != '\n'; c++)
		if (*c < ' ' || *c > '~')
			return 0;
	return 1;
}

int main(void)
{
	static const struct session_key key;
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	static struct report report;

	session_mint(&key, mac, 1700000000123, "lab", &session);
	report_find("", 0, &report);
	format(&report, "");
	ok(strstr(text,
	       "\"mac\":\"52:54:00:00:00:01\",\"state\":\"requested\",\"profile\":\"lab\","
	       "\"booted\":\"2023-11-14T22:13:20.123Z\",\"class\":\"\",\"function\":\"\","
	       "\"title\":\"\",\"signature\":\"\",\"severity\":\"\",\"corrupted\":false}\n") !=
		NULL,
	    "unknown facts are left out, but for those that are always there");
	snprintf(report.title, sizeof(report.title), "BUG in f");
	snprintf(report.comm, sizeof(report.comm), "a\"b\\c\td\xff\xc3\xa9");
	report.cpu = 3;
	report.time_us = 9000001;
	report.corrupted = 1;
	known.died_ms = 1700000001000;
	known.by_http = known.by_console = 1;
	format(&report, "\xed\xa0\x80\xf4\x90\x80\x80");
	ok(strstr(text, "\"task\":\"a\\\"b\\\\c\\td\\uFFFD\\u00E9\",\"cpu\":3,") != NULL,
	    "quotes, control bytes and invalid bytes are escaped");
	ok(strstr(text, "\"uptime\":9.000001}") != NULL, "the kernel's time is in seconds");
	ok(strstr(text, "\"corrupted\":true,") != NULL, "a corrupted report is marked");
	ok(strstr(text, "\"time\":\"2023-11-14T22:13:21.000Z\"") != NULL, "the death's time");
	ok(strstr(text, "\"channels\":\"http+console\"") != NULL, "the channels");
	is_product(
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    "surrogates and code points beyond Unicode are replaced");
	format(&report, "\xc2\x9b\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa9\x7f\x1b\xf0\x9f\x98\x80");
	ok(printable(), "controls, C1 too, DEL and marks of text direction are escaped");
	is_product("\xc2\x9b\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa9\x7f\x1b\xf0\x9f\x98\x80",
	    "and are read back");
	free(text);
	return tap_done();
}
