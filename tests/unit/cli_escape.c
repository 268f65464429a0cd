/* SPDX-License-Identifier: MIT */
/* The keys of `lastwords console` (cli/escape.h): which bytes are sent, and which are for us. */
#include "cli/attach/escape.h"
#include "tap.h"

/* What the keys do: sent bytes, and "<BREAK>" and the like for actions. */
static const char *typed(const char *keys)
{
	static const char *const names[] = {
	    "", "<break>", "<sysrq>", "<write>", "<help>", "<suspend>", "<end>"};
	static char text[200];
	struct escape escape = {0};
	size_t used = 0;

	for (; *keys && used < sizeof(text); keys++) {
		char out[2];
		size_t len;
		enum escape_action action = escape_take(&escape, *keys, out, &len);

		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%s%.*s", names[action], (int)len, out);
	}
	return text;
}

static void test_escapes(void)
{
	is(typed("ls ~/x\r"), "ls ~/x\r", "a ~ within a line is for the machine");
	is(typed("~."), "<end>", "~. at the start ends");
	is(typed("a\r~."), "a\r<end>", "~. after Enter ends");
	is(typed("a\n~B"), "a\n<break>", "~B sends a break");
	is(typed("~Sc"), "<sysrq>c", "~S and a key are SysRq");
	is(typed("~~."), "~.", "~~ sends one ~");
	is(typed("~xy"), "~xy", "any other key is sent with its ~");
	is(typed("~w~?"), "<write><help>", "an escape may follow another");
	is(typed("~\032"), "<suspend>", "~^Z suspends");
	is(typed("~\r~."), "~\r<end>", "Enter after a ~ begins a line");
}

int main(void)
{
	test_escapes();
	return tap_done();
}
