/* SPDX-License-Identifier: MIT */
/* lastwords-boot: CGI and FastCGI, in the frame of fastcgi.h; boot.c decides and renders. */
#include <string.h>

#include "boot.h"
#include "cgi/http/fastcgi.h"

static const char usage[] =
    "usage: lastwords-boot [-c FILE]\n"
    "\n"
    "Answers a booting machine over CGI or FastCGI; from a shell:\n"
    "  QUERY_STRING='mac=52:54:00:a1:b2:c3&product=KVM' lastwords-boot\n"
    "\n"
    "  -c, --config FILE  default: $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf\n"
    "  -h, --help\n"
    "\n"
    "See lastwords-boot(8), lastwords.conf(5).\n";

/* iPXE does, from 2019 on; of others nobody knows. */
static int comes_again(const struct request *request)
{
	return strncmp(request->agent, "iPXE/", 5) == 0;
}

int main(int argc, char **argv)
{
	static const struct fastcgi_program program = {
	    .name = "lastwords-boot",
	    .usage = usage,
	    .answer = boot_answer,
	    .comes_again = comes_again,
	};

	return fastcgi_main(&program, argc, argv);
}
