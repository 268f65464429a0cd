/* SPDX-License-Identifier: MIT */
/*
 * fastcgi: the frame of a CGI and FastCGI program (libfcgi tells which it is): options, the
 * environment, the loop over requests, stdio. What is answered is the program's.
 */
#ifndef LASTWORDS_CGI_HTTP_FASTCGI_H
#define LASTWORDS_CGI_HTTP_FASTCGI_H

#include <stdint.h>

#include "reply.h"
#include "request.h"
#include "sink.h"
#include "site.h"

struct fastcgi_program {
	const char *name; /* before warnings on stderr */
	const char *usage; /* the whole --help */
	/* Makes the reply; site has been refreshed for now_ms. Never fails. */
	void (*answer)(
	    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply);
	/*
	 * Whether who asks comes again by itself after a 503 with Retry-After, so that it may be sent
	 * away while too many wait (config.shed_after); NULL: nobody does.
	 */
	int (*comes_again)(const struct request *request);
	/*
	 * Instead of answer: sends the reply by sink_begin and sink_put. One that takes longer than limit_s
	 * is given up, with late_page (head and body, as a CGI writes them) if nothing went out yet; the
	 * process ends, and the web server starts another.
	 */
	void (*send)(
	    struct site *site, const struct request *request, int64_t now_ms, struct sink *sink);
	int limit_s;
	const char *late_page; /* at most 60,000 bytes */
};

/* main's whole work; its result is the exit code: 0, 1 if a CGI's answer cannot be written, 2 for wrong
 * options. */
int fastcgi_main(const struct fastcgi_program *program, int argc, char **argv);

#endif
