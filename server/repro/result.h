/* SPDX-License-Identifier: MIT */
/* result: what a campaign has shown, as text and as JSON. Pure but for a sorted copy of the runs' times. */
#ifndef LASTWORDS_REPRO_RESULT_H
#define LASTWORDS_REPRO_RESULT_H

#include "base/kv.h"
#include "campaign.h"
#include "repro.h"
#include "times.h"

enum { RESULT_CRASHES_MAX = 8, RESULT_CHANNELS = 5 };

struct result {
	struct rate rate;
	struct rate_interval interval;
	size_t counts[VERDICTS];
	/* survivals in a row that make 95 % that a kernel is good: by the measured rate, and by the lower end of
	 * its interval; 0: nothing struck */
	unsigned int survivals, survivals_low;
	double factor; /* Bayes; 0: nothing was expected */
	struct times times;
	/* the runs that crashed, by signature, most frequent first; more: how many others there are */
	struct result_crash {
		const char *signature, *title; /* of the campaign */
		size_t count;
		int same; /* counted in k */
	} crash[RESULT_CRASHES_MAX];
	size_t crashes, more;
	/* crashes that each channel has brought: http, netconsole, console, udp, pstore */
	size_t channel[RESULT_CHANNELS];
};
extern const char *const result_channels[RESULT_CHANNELS];

/* 0, or -1: out of memory. */
int result_of(struct err *err, const struct campaign *campaign, struct result *result);
/* Lines. Text that does not fit sets out->overflow (kv.h). */
void result_text(struct kv_out *out, const struct campaign *campaign, const struct result *result,
    enum repro_end end);
/* One object, and a newline. */
void result_json(struct kv_out *out, const struct campaign *campaign, const struct result *result,
    enum repro_end end);

/* Appends text in printf form, at most 1023 bytes. */
void result_put(struct kv_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "12 s", "3 min", "2.5 h", for people. */
void result_duration(double seconds, char text[24]);

#endif
