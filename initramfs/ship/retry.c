/* SPDX-License-Identifier: MIT */
/* retry: which server to try next, and when; see retry.h. Pure. */
#include "retry.h"

#include <string.h>

enum {
	RETRY_FIRST_MS = 100,
	RETRY_MOST_MS = 3000,
	RETRY_CONNECT_MS = 500,
	RETRY_CONNECT_MOST = 4000,
	RETRY_CONNECT_TRIES = 8, /* of each length, before it is doubled */
};

void retry_init(struct retry *retry, size_t servers)
{
	memset(retry, 0, sizeof(*retry));
	retry->servers = servers < RETRY_SERVERS ? servers : RETRY_SERVERS;
}

static int retry_usable(const struct retry *retry, size_t i)
{
	return retry->refusals[i] < RETRY_REFUSALS;
}

int retry_server(const struct retry *retry)
{
	for (size_t n = 0; n < retry->servers; n++) {
		size_t i = (retry->at + n) % retry->servers;

		if (retry_usable(retry, i))
			return (int)i;
	}
	return -1;
}

static unsigned retry_doubled(unsigned first, unsigned times, unsigned most)
{
	while (times-- > 0 && first < most)
		first *= 2;
	return first < most ? first : most;
}

/*
 * Short at first: the first SYN after the carrier comes up is often lost, and the kernel takes longer to
 * send it again than a new try does.
 */
unsigned retry_connect_ms(const struct retry *retry)
{
	return retry_doubled(
	    RETRY_CONNECT_MS, retry->silent / RETRY_CONNECT_TRIES, RETRY_CONNECT_MOST);
}

unsigned retry_note(struct retry *retry, enum retry_outcome outcome)
{
	int i = retry_server(retry);
	unsigned pause;

	retry->tries++;
	if (i < 0)
		return 0;
	if (outcome == RETRY_REFUSED)
		retry->refusals[i]++;
	if (outcome == RETRY_SILENT)
		retry->silent++;
	else if (outcome != RETRY_NO_NETWORK)
		retry->serious = 1;
	retry->at = (size_t)i + 1;
	if (retry->at < retry->servers)
		return 0; /* the next server, at once */
	retry->at = 0;
	if (!retry->serious)
		return RETRY_FIRST_MS;
	pause = retry_doubled(RETRY_FIRST_MS, retry->rounds, RETRY_MOST_MS);
	retry->rounds++;
	retry->serious = 0;
	return pause;
}
