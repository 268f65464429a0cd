/* SPDX-License-Identifier: MIT */
/*
 * redfish PORT QUIRKS: the least Redfish service (DMTF DSP0266) that a test of power needs, plain HTTP on
 * loopback, one request at a time, for user "lastwords" with password "pass-Word_7%". Each request, and what
 * it led to, is a line on standard error. The file QUIRKS has words, read again for each request, each a
 * thing that some BMC does:
 *
 *   noallow     no AllowableValues, but an ActionInfo        noinfo      neither
 *   nonmi, norestart, nooff   that reset type is missing     nopxe       Pxe is no boot device
 *   nomode      BootSourceOverrideMode is read-only: 400     modeless    there is none
 *   etag        a PATCH without If-Match: 428, another: 412  weak        the same, with a weak ETag that
 *                                                                        must be sent as a strong one
 *   slash       308 to the path with a trailing slash        away        308 to another server
 *   busy        503 to two of three requests, Retry-After    full        503 always
 *   lag         PowerState follows three looks later         changing    and is PoweringOn until then
 *   dead        acknowledges and does nothing                lost        forgets the boot override
 *   did         sets the boot override, and answers 400      taken       409 to a reset
 *   two         there are two systems                        denied      403 to what changes something
 *   progress    the system has BootProgress
 *   huge        a reply of 4 MB      text    no JSON         hang        no reply
 *   deep        a reply nested 100,000 deep                  odd         members of unexpected types
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char quirks[512];
static int power_on, shown_on, looks, busy, etag = 1;
static char target[16] = "None", enabled[16] = "Disabled", mode[16] = "UEFI";

static int quirk(const char *name)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(quirks, word) != NULL;
}

static void quirks_read(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(quirks + 1, 1, sizeof(quirks) - 3, file) : 0;

	if (file)
		fclose(file);
	quirks[0] = ' ';
	quirks[n + 1] = ' ';
	quirks[n + 2] = '\0';
	for (char *c = quirks; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

/* --- replies ------------------------------------------------------------------------------------------ */

static void reply(int fd, int status, const char *headers, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void reply(int fd, int status, const char *headers, const char *fmt, ...)
{
	static char body[8192];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(body, sizeof(body), fmt, ap);
	va_end(ap);
	fprintf(stderr, "  %d\n", status);
	dprintf(fd,
	    "HTTP/1.1 %d Status\r\nConnection: close\r\nContent-Type: application/json\r\n%s"
	    "Content-Length: %d\r\n\r\n%s",
	    status, headers, len, body);
}

static void refuse(int fd, int status, const char *message)
{
	reply(fd, status, status == 503 ? "Retry-After: 1\r\n" : "",
	    "{\"error\":{\"code\":\"Base.1.8.GeneralError\",\"message\":\"see below\","
	    "\"@Message.ExtendedInfo\":[{\"MessageId\":\"Base.1.8.X\",\"Message\":\"%s\"}]}}",
	    message);
}

/* A reply of one character, again and again. */
static void flood(int fd, const char *begin, char c, size_t count)
{
	char block[4096];

	memset(block, c, sizeof(block));
	dprintf(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", begin);
	while (count > 0) {
		size_t n = count < sizeof(block) ? count : sizeof(block);

		if (write(fd, block, n) != (ssize_t)n)
			return;
		count -= n;
	}
}

static const char *etag_now(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%s\"%d\"", quirk("weak") ? "W/" : "", etag);
	return text;
}

static void types(char *out, size_t size)
{
	snprintf(out, size, "[\"On\",\"GracefulShutdown\",\"PushPowerButton\"%s%s%s]",
	    quirk("nooff") ? "" : ",\"ForceOff\"", quirk("norestart") ? "" : ",\"ForceRestart\"",
	    quirk("nonmi") ? "" : ",\"Nmi\"");
}

static void reply_system(int fd)
{
	char allowed[200], action[400], boot_mode[64] = "", headers[64];

	if (shown_on != power_on && ++looks > 3)
		shown_on = power_on;
	types(allowed, sizeof(allowed));
	if (quirk("noallow"))
		snprintf(action, sizeof(action),
		    ",\"@Redfish.ActionInfo\":\"/redfish/v1/Systems/Self/Info\"");
	else if (quirk("noinfo"))
		action[0] = '\0';
	else
		snprintf(
		    action, sizeof(action), ",\"ResetType@Redfish.AllowableValues\":%s", allowed);
	if (!quirk("modeless"))
		snprintf(boot_mode, sizeof(boot_mode), "\"BootSourceOverrideMode\":\"%s\",", mode);
	snprintf(headers, sizeof(headers), "ETag: %s\r\n", etag_now());
	reply(fd, 200, headers,
	    "{\"@odata.id\":\"/redfish/v1/Systems/Self\",%s\"PowerState\":\"%s\",\"Boot\":{%s"
	    "\"BootSourceOverrideTarget\":\"%s\",\"BootSourceOverrideEnabled\":\"%s\","
	    "\"BootSourceOverrideTarget@Redfish.AllowableValues\":[\"None\",%s\"Hdd\"]},"
	    "\"Actions\":{\"#ComputerSystem.Reset\":{\"target\":"
	    "\"/redfish/v1/Systems/Self/Actions/ComputerSystem.Reset\"%s}}}",
	    quirk("progress") ? "\"BootProgress\":{\"LastState\":\"OSBootStarted\"}," : "",
	    shown_on == power_on || !quirk("changing") ? shown_on ? "On" : "Off"
	    : power_on                                 ? "PoweringOn"
						       : "PoweringOff",
	    boot_mode, target, enabled, quirk("nopxe") ? "" : "\"Pxe\",", action);
}

/* --- changes ------------------------------------------------------------------------------------------ */

/* The text value of a name in a body. */
static int value(const char *body, const char *name, char *out, size_t size)
{
	char key[64];
	const char *at;
	size_t len;

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = body ? strstr(body, key) : NULL;
	if (!at)
		return 0;
	at += strlen(key);
	len = strcspn(at, "\"");
	snprintf(out, size, "%.*s", (int)(len < size ? len : size - 1), at);
	return 1;
}

static void change_power(int fd, const char *body)
{
	char type[32] = "", allowed[200], word[40];

	value(body, "ResetType", type, sizeof(type));
	snprintf(word, sizeof(word), "\"%s\"", type);
	types(allowed, sizeof(allowed));
	if (!type[0] || !strstr(allowed, word)) {
		refuse(fd, 400, "The action does not support this ResetType");
		return;
	}
	if (quirk("taken") || (strcmp(type, "On") == 0 && power_on)) {
		refuse(fd, 409, "The resource is in use");
		return;
	}
	fprintf(stderr, "  reset %s\n", type);
	if (!quirk("dead")) {
		power_on = strcmp(type, "ForceOff") != 0;
		looks = 0;
		if (!quirk("lag"))
			shown_on = power_on;
	}
	reply(fd, 204, "", "%s", "");
}

static void change_boot(int fd, const char *request, const char *body)
{
	const char *match = strcasestr(request, "if-match: ");
	char ignored[16], want[64];

	snprintf(want, sizeof(want), "\"%d\"\r\n", etag);
	if ((quirk("etag") || quirk("weak")) && !match) {
		refuse(fd, 428, "If-Match is missing");
		return;
	}
	if ((quirk("etag") || quirk("weak")) && strncmp(match + 10, want, strlen(want)) != 0) {
		refuse(fd, 412, "If-Match is another");
		return;
	}
	if ((quirk("nomode") || quirk("modeless")) &&
	    value(body, "BootSourceOverrideMode", ignored, sizeof(ignored))) {
		refuse(fd, 400, "BootSourceOverrideMode is read-only");
		return;
	}
	if (!quirk("lost")) {
		value(body, "BootSourceOverrideTarget", target, sizeof(target));
		value(body, "BootSourceOverrideEnabled", enabled, sizeof(enabled));
		value(body, "BootSourceOverrideMode", mode, sizeof(mode));
		fprintf(stderr, "  boot %s %s %s\n", target, enabled, mode);
	}
	etag++;
	if (quirk("did"))
		refuse(fd, 400, "Something is wrong");
	else
		reply(fd, 204, "", "%s", "");
}

/* --- requests ----------------------------------------------------------------------------------------- */

static void reply_members(int fd)
{
	reply(fd, 200, "", "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/Self\"}%s]}",
	    quirk("two") ? ",{\"@odata.id\":\"/redfish/v1/Systems/DPU\"}" : "");
}

static void route(
    int fd, const char *request, const char *method, const char *path, const char *body)
{
	static const char system_path[] = "/redfish/v1/Systems/Self";
	char allowed[200];
	int get = strcmp(method, "GET") == 0;

	if (strcmp(path, "/redfish/v1") == 0)
		reply(fd, 200, "", "{\"Systems\":{\"@odata.id\":%s}}",
		    quirk("odd") ? "[1,{}]" : "\"/redfish/v1/Systems\"");
	else if (!strstr(request, "Authorization: Basic bGFzdHdvcmRzOnBhc3MtV29yZF83JQ=="))
		refuse(fd, 401, "While accessing the resource, the authentication failed");
	else if (!get && quirk("denied"))
		refuse(fd, 403, "There are insufficient privileges");
	else if (strcmp(path, "/redfish/v1/Systems") == 0)
		reply_members(fd);
	else if (strcmp(path, system_path) == 0 && get)
		reply_system(fd);
	else if (strcmp(path, system_path) == 0 && strcmp(method, "PATCH") == 0)
		change_boot(fd, request, body);
	else if (strcmp(path, "/redfish/v1/Systems/Self/Actions/ComputerSystem.Reset") == 0 &&
		 strcmp(method, "POST") == 0)
		change_power(fd, body);
	else if (strcmp(path, "/redfish/v1/Systems/Self/Info") == 0) {
		types(allowed, sizeof(allowed));
		reply(fd, 200, "",
		    "{\"Parameters\":[{\"Name\":\"ResetType\",\"AllowableValues\":%s}]}", allowed);
	} else
		refuse(fd, 404, "There is no such resource");
}

/* Quirks of the server as a whole. 1: it was answered. */
static int misbehaves(int fd, const char *path)
{
	char location[400];

	if (quirk("hang"))
		sleep(3);
	else if (quirk("huge"))
		flood(fd, "{\"x\":\"", 'x', 4 << 20);
	else if (quirk("deep"))
		flood(fd, "{\"x\":", '[', 100000);
	else if (quirk("text"))
		flood(fd, "<html>", ' ', 100);
	else if (quirk("full") || (quirk("busy") && ++busy % 3))
		refuse(fd, 503, "The maximum number of user sessions is reached");
	else if (quirk("away"))
		reply(fd, 308, "Location: http://127.0.0.2:9/redfish/v1/\r\n", "%s", "");
	else if (quirk("slash") && path[strlen(path) - 1] != '/') {
		snprintf(location, sizeof(location), "Location: %s/\r\n", path);
		reply(fd, 308, location, "%s", "");
	} else
		return 0;
	return 1;
}

/* Reads the request with its body; the body, or NULL. */
static char *request_read(int fd, char *buf, size_t size)
{
	size_t have = 0, need = 0;
	char *body = NULL, *length;
	ssize_t n;

	while (have < size - 1 && (n = read(fd, buf + have, size - 1 - have)) > 0) {
		have += (size_t)n;
		buf[have] = '\0';
		if (!body && (body = strstr(buf, "\r\n\r\n")) != NULL) {
			body += 4;
			length = strcasestr(buf, "content-length: ");
			need = length && length < body ? strtoul(length + 16, NULL, 10) : 0;
		}
		if (body && have - (size_t)(body - buf) >= need)
			return body;
	}
	return NULL;
}

static void serve(int fd, const char *quirks_path)
{
	static char request[16384];
	char *body = request_read(fd, request, sizeof(request));
	char method[8], path[256];

	if (!body || sscanf(request, "%7s %255s", method, path) != 2)
		return;
	quirks_read(quirks_path);
	fprintf(stderr, "%s %s %s\n", method, path, body);
	if (misbehaves(fd, path))
		return;
	if (strlen(path) > 1 && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	route(fd, request, method, path, body);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, client;

	if (argc != 3)
		return 2;
	to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stderr, NULL, _IOLBF, 0);
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) || listen(fd, 8)) {
		perror("redfish");
		return 1;
	}
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		serve(client, argv[2]);
		close(client);
	}
	return 1;
}
