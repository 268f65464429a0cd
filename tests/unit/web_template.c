/* SPDX-License-Identifier: MIT */
/*
 * web_template: what cgi/web/template.h promises. Path: templates written to files, loaded and rendered with
 * documents. Evidence: the text that comes out, or the fault with its line.
 */
#include "cgi/web/template.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "scratch.h"
#include "tap.h"

enum { PAGE_MAX = 1 << 16 };

static char page[PAGE_MAX];
static size_t page_len;

static int page_put(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	if (len >= sizeof(page) - page_len)
		return 7;
	memcpy(page + page_len, bytes, len);
	page_len += len;
	page[page_len] = '\0';
	return 0;
}

/* The page of a template and a document, or the fault. */
static const char *render_as(const char *name, const char *text, const char *json)
{
	static struct err err;
	struct template_out out = {.put = page_put};
	struct template *template;
	json_t *document;

	page_len = 0;
	page[0] = '\0';
	scratch_put(name, text);
	template = template_load(&err, scratch_dir, name);
	if (!template)
		return err.msg;
	document = json_loads(json, JSON_ALLOW_NUL, NULL);
	if (!document || clock_parse("2026-11-21T09:36:12.123Z", &out.now_ms))
		return "the test's document is wrong";
	if (template_render(template, document, &out))
		return "put failed";
	json_decref(document);
	template_free(template);
	return page;
}

static const char *render(const char *text, const char *json)
{
	return render_as("t.html", text, json);
}

static void test_values(void)
{
	is(render("<p>{{a}} {{b.c}} {{none}}|{{b}}|{{list}}</p>",
	       "{\"a\":\"x\",\"b\":{\"c\":3},\"list\":[1]}"),
	    "<p>x 3 ||</p>", "members, members of members; what is absent or no value is nothing");
	is(render("{{i}} {{r}} {{z}} {{t}} {{n}}|",
	       "{\"i\":-12,\"r\":1.23456,\"z\":2.5000,\"t\":true,\"n\":null}"),
	    "-12 1.235 2.5 true |", "numbers have at most 3 decimals");
	is(render("{{a|count}} {{b|count}} {{c|bytes}} {{d|bytes}} {{e|bytes}}",
	       "{\"a\":12345,\"b\":-1234567,\"c\":27648,\"d\":4500,\"e\":12}"),
	    "12,345 -1,234,567 27 KB 4.4 KB 12 bytes", "counts and bytes");
	is(render("{{a|percent}} {{b|percent}} {{c|percent}} {{d|percent}} {{e|percent}}",
	       "{\"a\":0.92,\"b\":0.031,\"c\":0.0001,\"d\":0.9999,\"e\":1}"),
	    "92 % 3.1 % under 0.1 % 100 % 100 %", "shares");
	is(render("{{a|seconds}}, {{b|seconds}}, {{c|seconds}}, {{d|seconds}}, {{e|seconds}}",
	       "{\"a\":4.97,\"b\":200,\"c\":18720,\"d\":273600,\"e\":3600}"),
	    "4.97 s, 3 min 20 s, 5 h 12 min, 3 d 4 h, 1 h", "seconds");
	is(render("{{a|time}}", "{\"a\":\"2026-11-21T09:36:12.123Z\"}"),
	    "<time datetime=\"2026-11-21T09:36:12.123Z\">2026-11-21 09:36:12 UTC</time>", "a time");
	is(render("{{a|ago}}", "{\"a\":\"2026-11-21T09:33:02.000Z\"}"),
	    "<time datetime=\"2026-11-21T09:33:02.000Z\" title=\"2026-11-21 09:33:02 UTC\">3 min ago</time>",
	    "how long ago");
	is(render("<p title=\"{{a|ago}}\">{{b|ago}}</p>",
	       "{\"a\":\"2026-11-21T12:36:13.123Z\",\"b\":\"<now>\"}"),
	    "<p title=\"in 3 h\">&lt;now&gt;</p>",
	    "in an attribute a time is text; what is no time is text, escaped");
}

static void test_sections(void)
{
	is(render("{{#l}}{{@n}}{{.}}{{^@last}}, {{/@last}}{{/l}}", "{\"l\":[\"a\",\"b\",\"c\"]}"),
	    "1a, 2b, 3c", "a list of texts, with numbers, and what is between them");
	is(render("{{#l}}{{x}}{{y}}{{.y}};{{/l}}",
	       "{\"y\":\"O\",\"l\":[{\"x\":1},{\"x\":2,\"y\":\"I\"}]}"),
	    "1O;2II;", "an element's members come before the outer ones; .name is its own only");
	is(render(
	       "{{#o}}{{x}}{{/o}}{{#t}}t{{/t}}{{#f}}f{{/f}}{{#z}}z{{/z}}{{#e}}e{{/e}}{{#s}}s{{/s}}",
	       "{\"o\":{\"x\":1},\"t\":true,\"f\":false,\"z\":0,\"e\":\"\",\"s\":\"x\"}"),
	    "1ts", "an object, true, a text are; false, 0 and \"\" are not");
	is(render("{{^l}}none{{/l}}{{^t}}no{{/t}}{{^a}}absent{{/a}}", "{\"l\":[],\"t\":true}"),
	    "noneabsent", "the opposite");
	is(render(
	       "{{#s=few words}}few{{/s=few words}}{{#s=other}}other{{/s=other}}{{^s=other}}not{{/s=other}}{{#n=3}}three{{/n=3}}",
	       "{\"s\":\"few words\",\"n\":3}"),
	    "fewnotthree", "a value that is a word");
	is(render("<p{{#a}} class=\"{{a}}\"{{/a}}{{#b}} hidden{{/b}}>", "{\"a\":\"x\",\"b\":true}"),
	    "<p class=\"x\" hidden>", "sections within a tag");
	is(render("a\n  {{#l}}\n<b>{{.}}</b>\n\t{{/l}}\n{{! for the reader }}\nend\n",
	       "{\"l\":[1,2]}"),
	    "a\n<b>1</b>\n<b>2</b>\nend\n", "a line of one tag that prints nothing is left out");
	scratch_put("row.html", "<li>{{.}}</li>\n");
	is(render("{{#l}}{{>row.html}}{{/l}}\n", "{\"l\":[1,2]}"), "<li>1</li>\n<li>2</li>\n\n",
	    "an include");
}

static void test_escapes(void)
{
	is(render("<p title='{{a}}'>{{a}}</p>", "{\"a\":\"<b>&\\\"'\"}"),
	    "<p title='&lt;b&gt;&amp;&quot;&#39;'>&lt;b&gt;&amp;&quot;&#39;</p>",
	    "what HTML has a meaning for");
	is(render("{{a}}",
	       "{\"a\":\"\\u001b[31m\\n\\t\\r\\u0000\\u007f\\u0085\\u202ex\\u2066\\u061c\"}"),
	    "<span class=\"ctl\">\\x1b</span>[31m\n\t<span class=\"ctl\">\\x0d</span>"
	    "<span class=\"ctl\">\\x00</span><span class=\"ctl\">\\x7f</span>"
	    "<span class=\"ctl\">\\u{0085}</span><span class=\"ctl\">\\u{202e}</span>x"
	    "<span class=\"ctl\">\\u{2066}</span><span class=\"ctl\">\\u{061c}</span>",
	    "controls and marks of text direction");
	is(render("<title>{{a}}</title><i title=\"{{a}}\">", "{\"a\":\"\\u202e\\u001b\"}"),
	    "<title>\\u{202e}\\x1b</title><i title=\"\\u{202e}\\x1b\">",
	    "without a span where only text may be");
	is(render("{{a}}", "{\"a\":\"gr\\u00fc\\u00df \\ud83d\\udca5 \\u6f22\"}"),
	    "gr\xc3\xbc\xc3\x9f \xf0\x9f\x92\xa5 \xe6\xbc\xa2", "letters of all languages stay");
	is(render("<a href=\"/group/{{a|url}}?b={{a|url}}\">", "{\"a\":\"a/b?&\\u00fc \\\"\"}"),
	    "<a href=\"/group/a%2Fb%3F%26%C3%BC%20%22?b=a%2Fb%3F%26%C3%BC%20%22\">", "|url");
	is(render("<a href=\"{{a|link}}\">{{#b}}<a href=\"{{.|link}}\">{{/b}}",
	       "{\"a\":\"/x?a=1&b\",\"b\":[\"?n=1\",\"javascript:alert(1)\",\"//evil/\",\"/\\\\evil\",\"/\\n/e\",\"\",\"/\"]}"),
	    "<a href=\"/x?a=1&amp;b\"><a href=\"?n=1\"><a href=\"#\"><a href=\"#\"><a href=\"#\"><a href=\"#\"><a href=\"#\"><a href=\"/\">",
	    "|link stays on this server");
	is(render_as("t.txt", "{{a}}<{{b|time}}",
	       "{\"a\":\"<&>\\u001b\\n\",\"b\":\"2026-11-21T09:36:12.123Z\"}"),
	    "<&>\\x1b\n<2026-11-21 09:36:12 UTC", "plain text has no entities, but no controls");
	is(render_as("t.xml", "<content>{{a}}</content>", "{\"a\":\"<&>\\u001b\"}"),
	    "<content>&lt;&amp;&gt;\\x1b</content>", "XML has no span");
}

static void test_pictures(void)
{
	is(render("{{l|bars}}", "{\"l\":[0,2,4]}"),
	    "<svg class=\"spark\" role=\"img\" width=\"12\" height=\"20\" viewBox=\"0 0 12 20\">"
	    "<title>3 values, highest 4, last 4</title><path fill=\"currentColor\" "
	    "d=\"M4 20v-9.5h3v9.5zM8 20v-19.0h3v19.0z\"/></svg>",
	    "bars");
	is(render("{{l|line}}", "{\"l\":[0,-3,\"x\"]}"),
	    "<svg class=\"spark\" role=\"img\" width=\"12\" height=\"20\" viewBox=\"0 0 12 20\">"
	    "<title>3 values, highest 0, last 0</title><path fill=\"none\" stroke=\"currentColor\" "
	    "d=\"M2 19.5L6 19.5L10 19.5\"/></svg>",
	    "a line, of what is no number too");
	is(render("{{l|bars}}{{e|bars}}", "{\"l\":\"no\",\"e\":[]}"), "", "no list is no picture");
}

static void fault(const char *text, const char *want, const char *what)
{
	const char *got = render(text, "{}");

	ok(strstr(got, want) != NULL, "fault: %s", what);
	if (!strstr(got, want))
		printf("#      got: \"%s\"\n", got);
}

static void test_faults(void)
{
	fault("a\n{{b", "t.html:2: {{ without }}", "a tag without its end, with file and line");
	fault("\n\n{{#a}}", "t.html:3: the section has no end", "a section without its end");
	fault("{{#a}}{{/b}}", "another name", "a section with another end");
	fault("{{/a}}", "without its beginning", "an end alone");
	fault("{{a b}}", "is no name", "no name");
	fault("{{}}", "is no name", "an empty name");
	fault("{{a|html}}", "unknown format", "an unknown format");
	fault("<p class={{a}}>", "without quotes", "an attribute without quotes");
	fault("<p class=x>", "without quotes", "also without a value");
	fault("<p {{a}}>", "outside a quoted attribute", "a value as an attribute");
	fault("<{{a}}>", "in a tag", "a value as a tag");
	fault("<p {{a}}=\"x\">", "outside a quoted attribute", "a value as an attribute's name");
	fault("<script>{{a}}</script>", "a value in script", "a value in a script");
	fault("<SCRIPT src=\"/x\">\n{{a}}", "t.html:2: a value in script", "of any case");
	fault("<style>{{a}}</style>", "a value in style", "a value in a style");
	fault("<script>\"</scrip\"{{a}}</script>", "a value in script", "what is nearly its end");
	fault("<!-- {{a}} -->", "in a comment", "a value in a comment");
	fault("<p onclick=\"{{a}}\">", "in attribute onclick", "a value in code");
	fault("<p style=\"color:{{a}}\">", "in attribute style", "a value in a style attribute");
	fault("<a href=\"{{a|url}}\">", "begins with", "a URL that begins with a value");
	fault("<a href=\"http://{{a|url}}\">", "begins with", "a URL of another server");
	fault("<a href=\"//{{a|url}}\">", "begins with", "without its scheme");
	fault("<a href=\"/{{a|url}}\">", "begins with", "a path that begins with a value");
	fault("<a href=\"/g/{{a}}\">", "needs |url", "a value in a path as it is");
	fault("<a href=\"/g{{#q}}?{{/q}}{{a}}\">", "needs |url", "a ? that may be left out");
	fault("<form action=\"{{a}}\">", "begins with", "where a form goes");
	fault("{{#a}}<p{{/a}}>", "not in the place of HTML", "a section that leaves a tag open");
	fault("{{#a}}<title>{{/a}}", "not in the place of HTML", "one that leaves a title open");
	fault("<p title=\"{{#a}}\"{{/a}}>", "not in the place of HTML", "one that ends a value");
	fault("<p{{#a}} x{{/a}}y>", "behind a section", "a name that goes on behind a section");
	fault("<title>a <b>", "a tag within title", "a tag in a title");
	fault("<p title=\"", "ends within", "a page that ends in a tag");
	fault("a < b", "begins no tag", "a < that begins no tag");
	fault("<p title=\"{{a|bars}}\">", "where no element may be", "a picture in an attribute");
	fault("{{>none.html}}", "none.html: No such file", "an include that is not there");
	fault("{{>../t.html}}", "is no template's name", "an include elsewhere");
	fault("{{>t.html}}", "more than 8 deep", "a template that includes itself");
	scratch_put("bad.html", "\n<p {{x}}>");
	fault("{{>bad.html}}", "bad.html:2: ", "a fault in an include has its line");
}

static void test_limits(void)
{
	static char text[TEMPLATE_MAX + 2];
	struct template_out out = {.put = page_put};
	struct template *template;
	json_t *document;
	struct err err;

	memset(text, 'x', TEMPLATE_MAX + 1);
	ok(strstr(render(text, "{}"), "longer than 64 KB") != NULL, "a template has 64 KB at most");
	for (int i = 0; i < TEMPLATE_SECTIONS_MAX + 1; i++)
		memcpy(text + i * 6, "{{#a}}", 7);
	ok(strstr(render(text, "{}"), "deep") != NULL, "sections have a depth");
	scratch_put("c.html", "{{a}}");
	template = template_load(&err, scratch_dir, "c.html");
	ok(template && !template_changed(template), "a file that is as it was has not changed");
	document = json_loads("{\"a\":\"x\"}", 0, NULL);
	page_len = sizeof(page) - 1;
	is_num(
	    template_render(template, document, &out), 7, "what put returned ends the rendering");
	scratch_put("c.html", "{{a}} and more");
	ok(template_changed(template), "another one has");
	unlink(scratch_path("c.html"));
	ok(template_changed(template), "one that is gone too");
	template_free(template);
	json_decref(document);
}

/* Only counted: the page is not kept. */
static int count_put(void *arg, const char *bytes, size_t len)
{
	(void)bytes;
	*(size_t *)arg += len;
	return 0;
}

/* 5,000 lines of a log, as its page has them, within a fifth of a second on any machine. */
static void test_speed(void)
{
	size_t bytes = 0;
	struct template_out out = {.put = count_put, .arg = &bytes};
	json_t *log = json_array(), *document;
	struct template *template;
	struct err err;
	int64_t start;

	for (int i = 0; i < 5000; i++)
		json_array_append_new(log,
		    json_pack("{s:i,s:s,s:i,s:s}", "n", i + 1, "text",
			"[   12.345678] BUG: unable to handle page fault for address: <ffff8880>",
			"level", i % 8, "channels", "http,netconsole"));
	document = json_pack("{s:o}", "log", log);
	scratch_put("log.html",
	    "{{#log}}<tr id=\"L{{n}}\" class=\"level{{level}}{{#.report}} report{{/.report}}{{#.mark}} {{mark}}{{/.mark}}\">"
	    "<td><a href=\"#L{{n}}\">{{n}}</a></td><td>{{text}}</td><td>{{.channels}}</td></tr>\n{{/log}}");
	template = template_load(&err, scratch_dir, "log.html");
	ok(template != NULL, "a log's template");
	start = clock_monotonic();
	is_num(template_render(template, document, &out), 0, "5,000 lines are rendered");
	ok(bytes > (size_t)5000 * 150, "%zu bytes", bytes);
	start = clock_monotonic() - start;
	ok(start < 200, "in %lld ms", (long long)start);
	template_free(template);
	json_decref(document);
}

int main(void)
{
	scratch_make();
	test_values();
	test_sections();
	test_escapes();
	test_pictures();
	test_faults();
	test_limits();
	test_speed();
	return tap_done();
}
