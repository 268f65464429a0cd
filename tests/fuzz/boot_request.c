/* SPDX-License-Identifier: MIT */
/*
 * boot_request: any request to lastwords-boot as a whole. The input's lines are path, query, Host,
 * client's address and User-Agent. Every answer is whole, of a known status and of plain text: an iPXE
 * script that may be run, a configuration of pxelinux made of its own words, a session.conf of lines
 * NAME=VALUE, or one line that says what is wrong. libFuzzer's entry; it leaves nothing behind: its
 * state is where no file can be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cgi/boot/boot.h"
#include "tests/lib/ipxe_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 40000, NOW = 1795253772 };

static const char text[] = "state = \"/dev/null/state\"\n"
			   "images = \"/dev/null/images\"\n"
			   "listen = \"127.0.0.1:8080\"\n"
			   "profile debian { image = \"debian\" args = \"ro\" menu = true\n"
			   "	console = \"ttyS0,115200n8\" crashkernel = \"192M\" }\n"
			   "profile old { image = \"old\" args = \"ro\" loader = \"pxelinux\" }\n"
			   "rule { product = \"Old*\" profile = \"old\" }\n"
			   "rule { mac = \"52:54:*\" profile = \"debian\" }\n";

static const char *nothing(const char *name)
{
	(void)name;
	return NULL;
}

static void fail(const struct request *request, const struct reply *reply, const char *what)
{
	fprintf(stderr, "%s: %s?%s\n%d %s\n", what, request->path, request->query, reply->status,
	    reply->body);
	abort();
}

/* Every line begins with one of pxelinux's words that are ours to use. */
static int pxelinux_fits(const char *body)
{
	static const char *const words[] = {"SERIAL ", "# ", "SAY ", "PROMPT ", "TIMEOUT ",
	    "ONTIMEOUT ", "DEFAULT ", "UI menu.c32", "MENU TITLE ", "MENU SEPARATOR", "LABEL ",
	    "\tMENU LABEL ", "\tMENU DEFAULT", "\tKERNEL ", "\tINITRD ", "\tAPPEND ", "\tIPAPPEND ",
	    "\tLOCALBOOT ", "\tCONFIG "};

	while (*body) {
		size_t i = 0;

		while (i < sizeof(words) / sizeof(words[0]) &&
		       strncmp(body, words[i], strlen(words[i])) != 0)
			i++;
		if (i == sizeof(words) / sizeof(words[0]) || !strchr(body, '\n'))
			return 0;
		body = strchr(body, '\n') + 1;
	}
	return 1;
}

static int conf_fits(const char *body)
{
	while (*body) {
		size_t name = strspn(body, "abcdefghijklmnopqrstuvwxyz0123456789-_");
		const char *stop = strchr(body, '\n');

		if (!name || body[name] != '=' || !stop)
			return 0;
		body = stop + 1;
	}
	return 1;
}

static void judge(const struct request *request, const struct reply *reply)
{
	static struct ipxe_check check;
	size_t len = strlen(reply->body);

	if (reply->status != 200 && reply->status != 400 && reply->status != 401 &&
	    reply->status != 403 && reply->status != 404 && reply->status != 503)
		fail(request, reply, "status");
	if (reply->out.overflow || (reply->status == 200 && !reply->out.len))
		fail(request, reply, "no answer");
	if (strcmp(reply->type, "application/gzip") == 0)
		return; /* archive.h's: a token that fits was guessed */
	if (len != reply->out.len)
		fail(request, reply, "NUL");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)reply->body[i] < ' ' && !strchr("\n\t", reply->body[i]))
			fail(request, reply, "control character");
	if (reply->status != 200) {
		if (strchr(reply->body, '\n') != reply->body + len - 1)
			fail(request, reply, "not one line");
	} else if (request_path_after(request, "pxelinux.cfg")) {
		if (!pxelinux_fits(reply->body))
			fail(request, reply, "pxelinux");
	} else if (request_path_after(request, "session")) {
		if (!conf_fits(reply->body))
			fail(request, reply, "session.conf");
	} else if (ipxe_script_check(&check, reply->body, len)) {
		fail(request, reply, check.why);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site site;
	static struct reply reply;
	static char input[INPUT_MAX + 1];
	char *field[5] = {"", "", "", "", ""}, *at = input;
	struct request request;
	struct err err;

	if (!site.loaded) {
		char path[40];
		int fd = memfd_create("conf", 0);

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		site_init(&site, "/dev/null/conf");
		if (write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1 ||
		    config_load(&err, path, &site.config)) {
			fprintf(stderr, "%s\n", err.msg);
			abort();
		}
		close(fd);
		site.loaded = site.has_key = site.dry = 1;
	}
	if (size > INPUT_MAX)
		size = INPUT_MAX;
	memcpy(input, data, size);
	input[size] = '\0';
	for (int i = 0; i < 5 && at; i++)
		field[i] = strsep(&at, "\n");
	request_init(&request, nothing);
	request.method = "GET";
	snprintf(request.path, sizeof(request.path), "%s", field[0]);
	request.query = field[1];
	request.host = field[2];
	request.remote = field[3];
	request.agent = field[4];
	boot_answer(&site, &request, (int64_t)NOW * 1000, &reply);
	judge(&request, &reply);
	return 0;
}
