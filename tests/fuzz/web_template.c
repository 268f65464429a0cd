/* SPDX-License-Identifier: MIT */
/*
 * web_template: any template, up to a NUL byte, with any document behind it. Whatever is loaded renders a page
 * in which no value has opened or closed a tag, an attribute or a comment: read as HTML it is as sound as
 * the template, and ends where text may be. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/web/html_place.h"
#include "cgi/web/template.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGE_MAX = 1 << 20 };

struct page {
	struct html_place place;
	int is_html; /* of others nothing is known of places */
	size_t len;
};

static int page_put(void *arg, const char *bytes, size_t len)
{
	struct page *page = arg;
	struct err err;

	page->len += len;
	if (page->len > PAGE_MAX)
		return 1;
	if (page->is_html && html_advance(&err, &page->place, bytes, len)) {
		fprintf(stderr, "%s: ...%.*s\n", err.msg, (int)len, bytes);
		abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"t.html", "t.xml", "t.txt"};
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	char *text = malloc(len + 1);
	json_t *document;

	if (!text)
		return 0;
	if (!scratch_dir[0])
		scratch_make();
	memcpy(text, data, len);
	text[len] = '\0';
	document = end ? json_loadb((const char *)end + 1, size - len - 1, JSON_ALLOW_NUL, NULL)
		       : json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct page page = {.is_html = i == 0};
		struct template_out out = {.put = page_put, .arg = &page};
		struct template *template;
		struct err err;

		scratch_put(names[i], text);
		template = template_load(&err, scratch_dir, names[i]);
		if (!template)
			continue;
		if (template_render(template, document, &out) == 0 && page.is_html &&
		    (page.place.state != HTML_TEXT || page.place.element[0])) {
			fprintf(stderr, "the page does not end in text\n");
			abort();
		}
		template_free(template);
	}
	json_decref(document);
	free(text);
	return 0;
}
