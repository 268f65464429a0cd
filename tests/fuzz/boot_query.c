/* SPDX-License-Identifier: MIT */
/*
 * boot_query: any query string becomes a script that does what a harmless machine's does, and a
 * session.conf that fits. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/boot/archive.h"
#include "cgi/boot/script.h"
#include "tests/lib/ipxe_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct reply reply;
static struct ipxe_check check;

static void render(const char *query, struct identity *identity, enum script_kind kind)
{
	char message[IDENTITY_MAX + 8];
	struct script script = {
	    .kind = kind,
	    .identity = identity,
	    .base = "http://10.0.0.1:8080",
	    .message = message,
	    .profile = "debian",
	    .image = "debian",
	    .has_initrd = 1,
	    .session = "525400a1b2c3-20261121T093612123-debian-5f3a9c01",
	    .token = "0123456789abcdef0123456789abcdef",
	    .armed = "ro",
	    .plain = "ro",
	};

	identity_read(identity, query);
	snprintf(message, sizeof(message), "x %s", identity->match[MATCH_SERIAL]);
	reply_init(&reply);
	script_render(&reply, &script);
	if (reply.out.overflow || ipxe_script_check(&check, reply.body, reply.out.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char shape[2][sizeof(check.shape)];
	static struct identity identity;
	static struct config_profile profile = {
	    .console = "", .capture = "stock", .crashkernel = ""};
	static struct session session;
	struct archive archive = {.session = &session,
	    .token = "",
	    .url = "http://10.0.0.1",
	    .url2 = "",
	    .url3 = "",
	    .netconsole = "",
	    .profile = &profile,
	    .identity = &identity};
	static unsigned char packed[ARCHIVE_MAX];
	char *query = malloc(size + 1), conf[4096];
	struct err err;
	size_t len;

	if (!query)
		return 0;
	for (int kind = SCRIPT_ARMED; kind <= SCRIPT_PLAIN && !shape[kind][0]; kind++) {
		render("mac=52-54-00-00-00-01", &identity, (enum script_kind)kind);
		memcpy(shape[kind], check.shape, sizeof(check.shape));
	}
	memcpy(query, data, size);
	query[size] = '\0';
	for (int kind = SCRIPT_ARMED; kind <= SCRIPT_PLAIN; kind++) {
		render(query, &identity, (enum script_kind)kind);
		if (strcmp(check.shape, shape[kind]) != 0)
			abort();
	}
	if (archive_conf(&err, &archive, conf, sizeof(conf)) ||
	    archive_build(&err, conf, packed, &len))
		abort();
	free(query);
	return 0;
}
