/* SPDX-License-Identifier: MIT */
/* lastwords-ingest: CGI and FastCGI, in the frame of fastcgi.h; ingest.c and its neighbours decide. */
#include "cgi/http/fastcgi.h"
#include "ingest.h"

static const char usage[] =
    "usage: lastwords-ingest [-c FILE]\n"
    "\n"
    "Takes kernel logs and callbacks of machines over CGI or FastCGI.\n"
    "\n"
    "  -c, --config FILE  default: $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf\n"
    "  -h, --help\n"
    "\n"
    "See lastwords-ingest(8), lastwords.conf(5).\n";

int main(int argc, char **argv)
{
	static const struct fastcgi_program program = {
	    .name = "lastwords-ingest",
	    .usage = usage,
	    .answer = ingest_answer,
	};

	return fastcgi_main(&program, argc, argv);
}
