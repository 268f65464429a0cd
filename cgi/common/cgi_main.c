/* SPDX-License-Identifier: MIT */
/*
 * cgi_main: the frame of a CGI and FastCGI program; see cgi_main.h. Of cgi/, only this file knows of
 * stdio, the environment and exit.
 */
#include "cgi_main.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"

/* Last: it takes over the names of stdio. */
#include <fcgi_stdio.h>

/* Before FCGI_Accept, libfcgi's stdio writes nowhere. */
static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		exit(1);
}

static const char *variable(const char *name)
{
	return getenv(name);
}

/* Less than asked for is the end of the body, or the connection's. */
static ssize_t body_read(void *arg, void *buf, size_t size)
{
	(void)arg;
	return (ssize_t)fread(buf, 1, size, stdin);
}

static void answer(const struct cgi_program *program, struct site *site)
{
	static struct reply reply;
	struct request request;
	char head[REPLY_HEAD_MAX];
	int64_t now = clock_now();

	request_init(&request, variable);
	request.read = body_read;
	site_refresh(site, now);
	program->answer(site, &request, now, &reply);
	fwrite(head, 1, reply_head(&reply, head), stdout);
	if (strcmp(request.method, "HEAD") != 0)
		fwrite(reply.body, 1, reply.out.len, stdout);
	if (reply.warning.msg[0])
		fprintf(stderr, "%s: %s\n", program->name, reply.warning.msg);
}

int cgi_main(const struct cgi_program *program, int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = NULL;
	struct site site;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			path = optarg;
		} else {
			say(option == 'h' ? STDOUT_FILENO : STDERR_FILENO, program->usage);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		say(STDERR_FILENO, program->usage);
		return 2;
	}
	site_init(&site, config_path(path));
	while (FCGI_Accept() >= 0)
		answer(program, &site);
	site_free(&site);
	return 0;
}
