/* SPDX-License-Identifier: MIT */
/* svg: a list of counts as a small picture; see svg.h. Pure. */
#include "svg.h"

#include <stdio.h>

#include "format.h"

enum { SVG_HEIGHT = 20, SVG_STEP = 4, SVG_BAR = 3 };

static double svg_value(const json_t *values, size_t i)
{
	double value = json_number_value(json_array_get(values, i));

	return value > 0 ? value : 0;
}

static int svg_begin(const json_t *values, size_t count, double most, escape_put put, void *arg)
{
	char most_text[FORMAT_MAX], last_text[FORMAT_MAX], text[512];
	int n;

	format_number(most, most_text);
	format_number(count ? svg_value(values, count - 1) : 0, last_text);
	n = snprintf(text, sizeof(text),
	    "<svg class=\"spark\" role=\"img\" width=\"%zu\" height=\"%d\" viewBox=\"0 0 %zu %d\">"
	    "<title>%zu values, highest %s, last %s</title>",
	    count * SVG_STEP, SVG_HEIGHT, count * SVG_STEP, SVG_HEIGHT, count, most_text,
	    last_text);
	return put(arg, text, (size_t)n);
}

/* The piece of the path for one value. A bar that is not 0 is seen. */
static int svg_piece(enum svg_kind kind, size_t i, double share, escape_put put, void *arg)
{
	double height = share * (SVG_HEIGHT - 1);
	char text[96];
	int n;

	if (kind == SVG_LINE) {
		n = snprintf(text, sizeof(text), "%c%zu %.1f", i ? 'L' : 'M',
		    i * SVG_STEP + SVG_STEP / 2, SVG_HEIGHT - 0.5 - height);
		return put(arg, text, (size_t)n);
	}
	if (share <= 0)
		return 0;
	height = height < 1 ? 1 : height;
	n = snprintf(text, sizeof(text), "M%zu %dv-%.1fh%dv%.1fz", i * SVG_STEP, SVG_HEIGHT, height,
	    SVG_BAR, height);
	return put(arg, text, (size_t)n);
}

int svg_put(enum svg_kind kind, const json_t *values, escape_put put, void *arg)
{
	static const char bars[] = "<path fill=\"currentColor\" d=\"";
	static const char line[] = "<path fill=\"none\" stroke=\"currentColor\" d=\"";
	static const char end[] = "\"/></svg>";
	size_t count = json_array_size(values);
	double most = 0;
	int rc;

	count = count < SVG_VALUES_MAX ? count : SVG_VALUES_MAX;
	for (size_t i = 0; i < count; i++)
		most = svg_value(values, i) > most ? svg_value(values, i) : most;
	if (count == 0)
		return 0;
	rc = svg_begin(values, count, most, put, arg);
	if (rc == 0)
		rc = kind == SVG_BARS ? put(arg, bars, sizeof(bars) - 1)
				      : put(arg, line, sizeof(line) - 1);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = svg_piece(kind, i, most > 0 ? svg_value(values, i) / most : 0, put, arg);
	return rc ? rc : put(arg, end, sizeof(end) - 1);
}
