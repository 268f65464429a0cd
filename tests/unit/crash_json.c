/* SPDX-License-Identifier: MIT */
/* crash_json: valid JSON for any log; unknown facts are left out. */
#include "store/crash_json.h"

#include <string.h>

#include "collector/hook_run.h"
#include "tap.h"

static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
static struct session session;
static char text[CRASH_JSON_MAX];

static const char *format(const struct report *report, const char *product)
{
	struct crash_json record = {.session = &session, .report = report, .product = product};
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	crash_json_begin(&out, &record);
	kv_out_raw(&out, "}\n");
	ok(!out.overflow, "the object fits its buffer");
	return text;
}

int main(void)
{
	static const struct session_key key;
	static struct report report;
	struct kv_out out;
	struct crash_json record = {.session = &session, .report = &report};
	char small[64];

	session_mint(&key, mac, 1700000000123, "lab", &session);
	report_find("", 0, &report);
	format(&report, NULL);
	ok(strstr(text, "\"mac\":\"52:54:00:00:00:01\",\"profile\":\"lab\","
			"\"booted\":\"2023-11-14T22:13:20.123Z\",\"class\":\"\"") != NULL,
	    "machine, profile and time are there");
	ok(strstr(text, "\"corrupted\":false}\n") != NULL, "unknown facts are left out");
	snprintf(report.title, sizeof(report.title), "BUG in f");
	snprintf(report.comm, sizeof(report.comm), "a\"b\\c\td\xff\xc3\xa9");
	report.cpu = 3;
	report.time_us = 9000001;
	report.corrupted = 1;
	format(&report, "\xed\xa0\x80\xf4\x90\x80\x80");
	ok(strstr(text, "\"task\":\"a\\\"b\\\\c\\u0009d\\ufffd\xc3\xa9\",\"cpu\":3,") != NULL,
	    "quotes, control bytes and invalid bytes are escaped");
	ok(strstr(text, "\"uptime\":9.000001}") != NULL, "the kernel's time is in seconds");
	ok(strstr(text, "\"corrupted\":true,") != NULL, "a corrupted report is marked");
	ok(strstr(text, "\"product\":\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"") !=
		NULL,
	    "surrogates and code points beyond Unicode are replaced");
	format(&report,
	    "\xc2\x80\xc2\x9b\xc2\x9f\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\x7f");
	ok(strstr(text,
	       "\"product\":\"\\u0080\\u009b\\u009f\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\\u007f\"") !=
		NULL,
	    "C1 controls and marks of text direction are escaped");
	format(&report, "\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa\xf0\x9f\x98\x80");
	ok(strstr(text, "\"\xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa\xf0\x9f\x98\x80\"") != NULL,
	    "the characters next to them are not escaped");
	kv_out_init(&out, small, sizeof(small));
	crash_json_begin(&out, &record);
	ok(out.overflow, "an object that does not fit is reported");
	is_num(hook_backoff(1), 2000, "the first wait is two seconds");
	is_num(hook_backoff(2), 8000, "the second wait is four times as long");
	is_num(hook_backoff(1000), hook_backoff(HOOK_TRIES), "the wait has an upper limit");
	return tap_done();
}
