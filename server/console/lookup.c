/* SPDX-License-Identifier: MIT */
/* lookup: see lookup.h. */
#include "lookup.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

int lookup_begin(struct err *err, struct lookup *lookup, const char *host)
{
	struct gaicb *requests[] = {&lookup->request};
	struct sigevent quiet = {.sigev_notify = SIGEV_NONE};

	if (lookup->host[0])
		return 0;
	snprintf(lookup->host, sizeof(lookup->host), "%s", host);
	lookup->hints = (struct addrinfo){.ai_socktype = SOCK_DGRAM};
	lookup->request = (struct gaicb){.ar_name = lookup->host, .ar_request = &lookup->hints};
	if (getaddrinfo_a(GAI_NOWAIT, requests, 1, &quiet) == 0)
		return 0;
	lookup->host[0] = '\0';
	return err_set(err, "the address of %s cannot be looked up now", host);
}

int lookup_is_busy(struct lookup *lookup)
{
	return lookup->host[0] && gai_error(&lookup->request) == EAI_INPROGRESS;
}

int lookup_end(struct err *err, struct lookup *lookup, char address[LOOKUP_ADDRESS_MAX])
{
	struct addrinfo *found;
	int rc;

	if (lookup_is_busy(lookup))
		return 0;
	rc = gai_error(&lookup->request);
	found = lookup->request.ar_result;
	if (rc == 0)
		rc = getnameinfo(found->ai_addr, found->ai_addrlen, address, LOOKUP_ADDRESS_MAX,
		    NULL, 0, NI_NUMERICHOST);
	if (rc)
		err_set(err, "%s: %s; check host", lookup->host, gai_strerror(rc));
	if (found)
		freeaddrinfo(found);
	lookup->host[0] = '\0';
	return rc ? -1 : 1;
}
