/* SPDX-License-Identifier: MIT */
/* lastwords-web: CGI and FastCGI, in the frame of fastcgi.h; answer.c and its neighbours answer. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "answer.h"
#include "cgi/http/fastcgi.h"

static const char usage[] =
    "usage: lastwords-web [-c FILE]\n"
    "\n"
    "The pages for people over CGI or FastCGI; from a shell:\n"
    "  REQUEST_URI=/crashes.json lastwords-web\n"
    "\n"
    "  -c, --config FILE  default: $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf\n"
    "  -h, --help\n"
    "\n"
    "See lastwords-web(8), lastwords.conf(5).\n";

static const char late_page[] =
    "Status: 503 Service Unavailable\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "Retry-After: 10\r\n"
    "\r\n"
    "<!doctype html>\n<html lang=\"en\"><title>503 Service Unavailable</title>\n"
    "<h1>503 Service Unavailable</h1>\n"
    "<p>This page would have taken more than 5 seconds. Ask for less: a shorter time, fewer lines.</p>\n";

enum { LIMIT_S = 5, NICE = 5 };

#define MEMORY_MAX (1UL << 30)

/* A page must never cost a machine its boot: pages come after them, and have a limit of memory. */
static void be_modest(void)
{
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};

	(void)!nice(NICE);
#ifndef __SANITIZE_ADDRESS__
	(void)setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

int main(int argc, char **argv)
{
	static const struct fastcgi_program program = {
	    .name = "lastwords-web",
	    .usage = usage,
	    .send = web_answer,
	    .limit_s = LIMIT_S,
	    .late_page = late_page,
	};

	be_modest();
	return fastcgi_main(&program, argc, argv);
}
