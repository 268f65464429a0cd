/* SPDX-License-Identifier: MIT */
/* screen: what standard output can show; see screen.h. */
#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"

enum { SCREEN_WIDTH = 80, SCREEN_HEIGHT = 24, SCREEN_MOST = 10000 };

int screen_parse_when(struct err *err, const char *text, enum screen_when *when)
{
	static const char *const names[] = {
	    [SCREEN_AUTO] = "auto", [SCREEN_ALWAYS] = "always", [SCREEN_NEVER] = "never"};

	for (int i = SCREEN_AUTO; i <= SCREEN_NEVER; i++) {
		if (strcmp(text, names[i]) == 0) {
			*when = (enum screen_when)i;
			return 0;
		}
	}
	return err_set(err, "invalid --color \"%.20s\"; use auto, always or never", text);
}

/* A variable that is a number; else the terminal's; else the usual. */
static int screen_size(const char *variable, int real, int usual)
{
	const char *text = getenv(variable);
	struct err ignored;
	int value;

	if (text && num_int(&ignored, variable, text, 1, SCREEN_MOST, &value) == 0)
		return value;
	return real > 0 ? real : usual;
}

/* The first of these variables that is set decides, as in setlocale(3). */
static int screen_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return 0;
}

static int screen_colour(const struct screen *screen, enum screen_when when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != SCREEN_AUTO)
		return when == SCREEN_ALWAYS;
	return screen->terminal && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
}

void screen_open(struct screen *screen, const struct screen_options *options)
{
	struct winsize size = {0};

	memset(screen, 0, sizeof(*screen));
	screen->out = stdout;
	screen->now_ms = clock_now();
	screen->terminal = isatty(STDOUT_FILENO);
	if (screen->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		memset(&size, 0, sizeof(size));
	screen->width = screen_size("COLUMNS", size.ws_col, SCREEN_WIDTH);
	screen->height = screen_size("LINES", size.ws_row, SCREEN_HEIGHT);
	screen->utf8 = screen_utf8();
	screen->colour = screen_colour(screen, options->colour);
	screen->pager = screen->terminal && !options->no_pager;
	screen->absolute = options->local ? TIMES_LOCAL : TIMES_UTC;
	screen->times = screen->terminal && !options->local && !options->utc ? TIMES_RELATIVE
									     : screen->absolute;
}

const char *screen_begin(const struct screen *screen, enum screen_colour colour)
{
	static const char *const codes[] = {[SCREEN_PLAIN] = "",
	    [SCREEN_GOOD] = "\033[32m",
	    [SCREEN_WARN] = "\033[33m",
	    [SCREEN_BAD] = "\033[31m",
	    [SCREEN_STRONG] = "\033[1m"};

	return screen->colour ? codes[colour] : "";
}

const char *screen_end(const struct screen *screen, enum screen_colour colour)
{
	return screen->colour && colour != SCREEN_PLAIN ? "\033[0m" : "";
}

void screen_time(const struct screen *screen, int64_t ms, char text[TIMES_MAX])
{
	times_format(ms, screen->times, screen->now_ms, text);
}

void screen_time_both(const struct screen *screen, int64_t ms, char text[SCREEN_TIME_MAX])
{
	char absolute[TIMES_MAX], ago[TIMES_MAX];

	times_format_exact(ms, screen->absolute, absolute);
	times_format(ms, TIMES_RELATIVE, screen->now_ms, ago);
	if (screen->terminal)
		snprintf(text, SCREEN_TIME_MAX, "%s (%s)", absolute, ago);
	else
		snprintf(text, SCREEN_TIME_MAX, "%s", absolute);
}
