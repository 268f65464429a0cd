/* SPDX-License-Identifier: MIT */
/*
 * send: a batch that cannot be made for lack of memory is tried again later, and is no fault of a line. The database
 * refused the batch before: for that reason lines are left out.
 */
#include "relay/send.c"

#include "tap.h"

/* (for SAN=1: an allocation that is too large gives NULL, as without) */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

int main(void)
{
	static struct config config;
	static struct relay relay = {.config = &config, .pq = {.fault = PQ_DATA}};
	struct batch_row row = {.event = "event", .session = "-"};
	struct batch batch = {.rows = &row, .count = 1, .text = ""};
	struct err err = {""};

	/* for so many rows there is no memory anywhere */
	is_num(send_all(&err, &relay, &batch, 0, SIZE_MAX / 32, 1), -1,
	    "a batch for which there is no memory is not sent");
	is(err.msg, "out of memory", "for that reason");
	is_num((long long)relay.poison, 0, "no line of it is left out");
	is_num(relay.pq.fault, PQ_FINE, "the fault of the call before is forgotten");
	return tap_done();
}
