/* SPDX-License-Identifier: MIT */
/*
 * news, and when a campaign is due: journal lines in, states out; runs in, reasons and exit codes out. What
 * machines and servers do with it is tests/cli/repro.t's.
 */
#include "repro/news.h"

#include <stdlib.h>

#include "base/mac.h"
#include "repro/repro.h"
#include "repro/result.h"
#include "tap.h"

#define OWN "525400000001-20261121T093612123-lab-5f3a9c01"
#define NEXT "525400000001-20261121T093700000-lab-5f3a9c02"
#define OLD "525400000001-20261121T090000000-lab-5f3a9c03"
#define OTHER "525400000002-20261121T093612123-lab-5f3a9c04"

static struct news news;

static void begin(void)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	struct session session;
	struct err err;

	session_parse(&err, OWN, strlen(OWN), &session);
	news_init(&news, mac, session.time_ms - 1000);
}

static void feed(const char *text)
{
	char line[512];
	struct journal_entry entry;

	snprintf(line, sizeof(line), "2026-11-21T09:36:12.123Z %s", text);
	if (journal_parse(line, strlen(line), &entry))
		exit(1);
	news_feed(&news, &entry);
}

static void watches(void)
{
	begin();
	feed("requested " OTHER " product=A");
	feed("requested " OLD " product=A");
	feed("running " OLD " uptime=1");
	is(news.session, "", "another machine's session, and an older one, are not the run's");
	feed("requested " OWN " product=A");
	is(news.session, OWN, "the first request after the beginning is");
	is(news.profile, "lab", "with its profile");
	feed("requested " NEXT " product=A");
	is(news.session, NEXT, "a loader that asks twice has the later session");
	feed("not-armed " NEXT " why=no%20reservation");
	is(news.why, "no reservation", "why it is not armed is kept");
	feed("running " NEXT " uptime=7");
	ok(news.running_ms && news.uptime == 7 && !news_crash_ms(&news), "it runs");

	begin();
	feed("requested " OWN " product=A");
	feed("armed " OWN " capture=small");
	feed("running " OWN " netconsole=on");
	ok(news.uptime == -1, "an uptime that was not reported is unknown");
	feed("requested " NEXT " product=A");
	ok(news.again_ms && strcmp(news.session, OWN) == 0,
	    "a request after it ran is another boot");
	feed("died " NEXT " line=x");
	ok(!news_crash_ms(&news), "whose death is not the run's");
	feed("uploaded " OWN " file=pstore-1.txt channel=pstore by=" NEXT);
	ok(news_crash_ms(&news) && news.by_pstore, "but what it sends from pstore is");

	begin();
	feed("requested " OWN " product=A");
	feed("died " OWN " line=x");
	ok(news_crash_ms(&news) != 0, "a death before \"running\" is one");
	feed("uploaded " OWN " file=autopsy.txt channel=autopsy");
	ok(news.autopsy_ms && !news.uploaded_ms, "an autopsy is not the log");
	feed("uploaded " OWN " file=dmesg.txt channel=http");
	ok(news.uploaded_ms && !news.by_pstore, "the log is");

	begin();
	feed("requested " OWN " product=A");
	feed("running " OWN);
	feed("script " OWN " status=3");
	ok(news.script_ms && news.script_status == 3, "a script's end has its status");
	feed("script " OWN " signal=9 why=time%20limit");
	is_num(news.script_status, 137, "or 128 and the signal that ended it");
	feed("script " OWN " why=not%20found");
	ok(news.script_status == -1 && strcmp(news.why, "not found") == 0,
	    "or the reason why it is missing");
}

static struct campaign campaign;

static void runs(int same, int other, int survived, int none)
{
	const int counts[VERDICTS] = {none, same, other, survived};
	struct campaign_run run = {.target = "a"};

	campaign.runs = 0;
	for (int v = 0; v < VERDICTS; v++)
		for (int i = 0; i < counts[v]; i++) {
			run.result.verdict = (enum verdict)v;
			campaign.run[campaign.runs++] = run;
		}
}

static void dues(void)
{
	campaign.run = calloc(200, sizeof(*campaign.run));
	campaign.run_count = 20;
	runs(3, 2, 14, 5);
	is_num(repro_due(&campaign), REPRO_GO_ON, "19 of 20 runs: go on");
	is_num(repro_exit_code(&campaign, REPRO_NO_TARGET), 1, "it struck: bad, however it ended");
	is_num(repro_exit_code(&campaign, REPRO_INTERRUPTED), 130, "but for an interrupt");
	runs(3, 2, 15, 5);
	is_num(repro_due(&campaign), REPRO_ALL_RUNS, "20: all made");
	runs(2, 0, 1, 0);
	campaign.stop_after = 2;
	is_num(repro_due(&campaign), REPRO_STOP_AFTER, "two strikes are what was asked for");
	campaign.stop_after = 0;
	runs(0, 0, 3, 31);
	is_num(
	    repro_due(&campaign), REPRO_FAILURES, "31 runs without a verdict for 20 are too many");
	is_num(repro_exit_code(&campaign, REPRO_FAILURES), 125, "and no result");
	runs(0, 0, 3, 0);
	is_num(repro_exit_code(&campaign, REPRO_NO_TARGET), 125, "nor are 3 of 20");
	is_num(repro_exit_code(&campaign, REPRO_ALL_RUNS), 0, "all survived: good");
	runs(0, 20, 0, 0);
	is_num(repro_exit_code(&campaign, REPRO_ALL_RUNS), 125, "only other crashes: untested");
	campaign.width = 0.3;
	runs(0, 0, 11, 0);
	is_num(repro_due(&campaign), REPRO_NARROW, "an interval that is narrow enough ends it");
	campaign.width = 0;
	campaign.expected = (struct rate){19, 20};
	runs(0, 0, 3, 0);
	is_num(repro_due(&campaign), REPRO_STRIKES_NOT, "so does the Bayes factor");
	runs(1, 0, 6, 0);
	is_num(
	    repro_exit_code(&campaign, REPRO_STRIKES_NOT), 0, "a false alarm does not make it bad");
}

static void leaves(void)
{
	campaign.expected = (struct rate){0, 0};
	runs(1, 0, 4, 0);
	for (size_t i = 0; i < campaign.runs; i++)
		campaign.run[i].result.ms = 60000;
	ok(repro_left(&campaign, 3) == 300, "15 runs of a minute on 3 targets are 5 minutes");
	runs(0, 0, 0, 2);
	ok(repro_left(&campaign, 3) < 0, "without a verdict that is not known");
}

static void prints(void)
{
	char text[4096];
	struct result result;
	struct kv_out out;
	struct err err;

	runs(7, 1, 12, 1);
	for (size_t i = 0; i < campaign.runs; i++) {
		struct run_result *run = &campaign.run[i].result;

		run->seconds = run->verdict == VERDICT_SAME ? 12 : 60;
		if (run->verdict == VERDICT_SAME)
			snprintf(run->title, sizeof(run->title), "BUG in f\033[2J");
		snprintf(run->channels, sizeof(run->channels), "netconsole,http-again,http");
	}
	is_num(result_of(&err, &campaign, &result), 0, "a result is made");
	kv_out_init(&out, text, sizeof(text));
	result_text(&out, &campaign, &result, REPRO_ALL_RUNS);
	ok(strstr(text, "struck in 7 of 20 runs: 35 % (95 % interval: 15.4 % to 59.2 %)") != NULL,
	    "k of n and the interval");
	ok(strstr(text, "7 survivals in a row") && strstr(text, "; 18 by the interval's lower end"),
	    "survivals needed, twice");
	ok(strstr(text, "median 12 s") != NULL, "the time until it strikes");
	ok(strstr(text, "BUG in f\\x1b[2J") && !strchr(text, '\033'),
	    "a title cannot write to the terminal");
	ok(strstr(text, "of 8 crashes: http 8, netconsole 8, console 0, udp 0, pstore 0") != NULL,
	    "the channels, each counted once for a crash");
	kv_out_init(&out, text, sizeof(text));
	result_json(&out, &campaign, &result, REPRO_ALL_RUNS);
	ok(strncmp(text, "{\"campaign\":\"", 13) == 0 && strstr(text, "\"rate\":0.35,") &&
		strstr(text, "\"p90_s\":null,"),
	    "JSON, where what is unknown is null");
}

int main(void)
{
	watches();
	dues();
	leaves();
	prints();
	free(campaign.run);
	return tap_done();
}
