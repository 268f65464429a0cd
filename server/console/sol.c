/* SPDX-License-Identifier: MIT */
/*
 * sol: serial-over-LAN by libipmiconsole, which is GPL-3+: of all programs only lastwords-console is linked
 * with it. The library's threads speak RMCP+; each console is a descriptor here.
 */
#include <errno.h>
#include <fcntl.h>
#include <ipmiconsole.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"
#include "target/target.h"

enum {
	/* ms; each must be longer than the next */
	SOL_SESSION_MS = 30000,
	SOL_KEEPALIVE_MS = 10000,
	SOL_RETRANSMIT_MS = 3000,
	SOL_STOP_S = 4,
	SOL_THREADS_EVERY = 64, /* consoles for one thread */
};

static const struct {
	const char *name;
	unsigned flag;
} workarounds[] = {
    {"authcap", IPMICONSOLE_WORKAROUND_AUTHENTICATION_CAPABILITIES},
    {"intel20", IPMICONSOLE_WORKAROUND_INTEL_2_0_SESSION},
    {"supermicro20", IPMICONSOLE_WORKAROUND_SUPERMICRO_2_0_SESSION},
    {"sun20", IPMICONSOLE_WORKAROUND_SUN_2_0_SESSION},
    {"opensesspriv", IPMICONSOLE_WORKAROUND_OPEN_SESSION_PRIVILEGE},
    {"integritycheckvalue", IPMICONSOLE_WORKAROUND_NON_EMPTY_INTEGRITY_CHECK_VALUE},
    {"nochecksumcheck", IPMICONSOLE_WORKAROUND_NO_CHECKSUM_CHECK},
    {"serialalertsdeferred", IPMICONSOLE_WORKAROUND_SERIAL_ALERTS_DEFERRED},
    {"solpacketseq", IPMICONSOLE_WORKAROUND_INCREMENT_SOL_PACKET_SEQUENCE},
    {"solpayloadsize", IPMICONSOLE_WORKAROUND_IGNORE_SOL_PAYLOAD_SIZE},
    {"solport", IPMICONSOLE_WORKAROUND_IGNORE_SOL_PORT},
    {"solstatus", IPMICONSOLE_WORKAROUND_SKIP_SOL_ACTIVATION_STATUS},
    {"solchannelsupport", IPMICONSOLE_WORKAROUND_SKIP_CHANNEL_PAYLOAD_SUPPORT},
};

static int sol_workarounds(struct err *err, const char *words, unsigned *flags)
{
	*flags = 0;
	for (size_t len; *words; words += len + (words[len] == ',')) {
		size_t i = 0;

		len = strcspn(words, ",");
		while (i < sizeof(workarounds) / sizeof(workarounds[0]) &&
		       (strlen(workarounds[i].name) != len ||
			   strncmp(workarounds[i].name, words, len) != 0))
			i++;
		if (i == sizeof(workarounds) / sizeof(workarounds[0]))
			return err_set(err,
			    "workarounds: \"%.*s\" is unknown; see lastwords.conf(5)",
			    (int)(len < 40 ? len : 40), words);
		*flags |= workarounds[i].flag;
	}
	return 0;
}

int sol_start(struct err *err, size_t count)
{
	size_t threads = 1 + count / SOL_THREADS_EVERY;

	if (threads > IPMICONSOLE_THREAD_COUNT_MAX)
		threads = IPMICONSOLE_THREAD_COUNT_MAX;
	return ipmiconsole_engine_init((unsigned)threads, 0) < 0 ? err_errno(err, "serial-over-LAN")
								 : 0;
}

static void sol_give_up(int signal)
{
	(void)signal;
	_exit(0);
}

/* (The library waits for BMCs that answer no more: the program does not.) */
void sol_stop(void)
{
	signal(SIGALRM, sol_give_up);
	alarm(SOL_STOP_S);
	ipmiconsole_engine_teardown(1);
}

/* What the library says of an end: the state it means, and a text for people. */
static void sol_ended(struct err *err, struct source *source, int code)
{
	static const struct {
		int code;
		enum source_state state;
		const char *text;
	} ends[] = {
	    {IPMICONSOLE_ERR_SOL_INUSE, SOURCE_HELD, "another session holds the console"},
	    {IPMICONSOLE_ERR_SOL_STOLEN, SOURCE_HELD, "another session took the console"},
	    {IPMICONSOLE_ERR_USERNAME_INVALID, SOURCE_REFUSED, "unknown user; check user"},
	    {IPMICONSOLE_ERR_PASSWORD_INVALID, SOURCE_REFUSED,
		"wrong password; check password_file"},
	    {IPMICONSOLE_ERR_K_G_INVALID, SOURCE_REFUSED,
		"the BMC has a K_g key; remove it from the BMC"},
	    {IPMICONSOLE_ERR_PRIVILEGE_LEVEL_INSUFFICIENT, SOURCE_REFUSED,
		"the privilege does not suffice; raise privilege"},
	    {IPMICONSOLE_ERR_PRIVILEGE_LEVEL_CANNOT_BE_OBTAINED, SOURCE_REFUSED,
		"the user may not have this privilege; lower privilege"},
	    {IPMICONSOLE_ERR_CIPHER_SUITE_ID_UNAVAILABLE, SOURCE_REFUSED,
		"the BMC has no such cipher suite; set cipher"},
	    {IPMICONSOLE_ERR_SOL_UNAVAILABLE, SOURCE_REFUSED,
		"serial-over-LAN is disabled; enable it in the BMC"},
	    {IPMICONSOLE_ERR_SOL_REQUIRES_ENCRYPTION, SOURCE_REFUSED,
		"the BMC wants encryption; set cipher = 3 or 17"},
	    /* also for a port above 32767, which the library takes for none */
	    {IPMICONSOLE_ERR_HOSTNAME_INVALID, SOURCE_LOST,
		"unknown host, or a port above 32767; check host"},
	    {IPMICONSOLE_ERR_CONNECTION_TIMEOUT, SOURCE_LOST, "the BMC does not answer"},
	    {IPMICONSOLE_ERR_SESSION_TIMEOUT, SOURCE_LOST, "the BMC answers no more"},
	    {IPMICONSOLE_ERR_EXCESS_RETRANSMISSIONS_SENT, SOURCE_LOST, "the BMC answers no more"},
	    {IPMICONSOLE_ERR_SUCCESS, SOURCE_LOST, "BMC closed the session"},
	};

	source->state = SOURCE_LOST;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == code) {
			source->state = ends[i].state;
			err_set(err, "%s", ends[i].text);
			return;
		}
	err_set(err, "%s", ipmiconsole_ctx_strerror(code));
}

/* Begins a session with the BMC at address, as libipmiconsole takes it. 0/-1. */
static int sol_submit(struct err *err, struct source *source, const char *address)
{
	static const int privileges[] = {IPMICONSOLE_PRIVILEGE_ADMIN,
	    IPMICONSOLE_PRIVILEGE_OPERATOR, IPMICONSOLE_PRIVILEGE_USER};
	const struct config_target *target = source->target;
	char password[TARGET_PASSWORD_MAX + 1] = "", user[64];
	struct ipmiconsole_ipmi_config ipmi = {.username = user,
	    .password = password,
	    .privilege_level = privileges[target->privilege],
	    .cipher_suite_id = source->cipher ? source->cipher : 17};
	struct ipmiconsole_protocol_config protocol = {.session_timeout_len = SOL_SESSION_MS,
	    .keepalive_timeout_len = SOL_KEEPALIVE_MS,
	    .retransmission_keepalive_timeout_len = SOL_RETRANSMIT_MS};
	struct ipmiconsole_engine_config engine = {
	    .engine_flags = IPMICONSOLE_ENGINE_OUTPUT_ON_SOL_ESTABLISHED,
	    .behavior_flags = source->steal ? 0 : IPMICONSOLE_BEHAVIOR_ERROR_ON_SOL_INUSE};
	ipmiconsole_ctx_t ctx;

	snprintf(user, sizeof(user), "%s", target->user);
	source->state = SOURCE_REFUSED;
	if (sol_workarounds(err, target->workarounds, &ipmi.workaround_flags) ||
	    (target->password_file[0] && target_password(err, target, password)))
		return -1;
	ctx = ipmiconsole_ctx_create(address, &ipmi, &protocol, &engine);
	explicit_bzero(password, sizeof(password));
	if (!ctx)
		return err_errno(err, "serial-over-LAN of %s", target->host);
	if (ipmiconsole_engine_submit(ctx, NULL, NULL) < 0) {
		sol_ended(err, source, ipmiconsole_ctx_errnum(ctx));
		ipmiconsole_ctx_destroy(ctx);
		return -1;
	}
	source->state = SOURCE_CONNECTING;
	source->own = ctx;
	source->fd = ipmiconsole_ctx_fd(ctx);
	fcntl(source->fd, F_SETFL, fcntl(source->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

/* (The library would wait for the resolver itself: it gets numbers only.) */
static int sol_open(struct err *err, struct source *source)
{
	char host[ADDRESS_HOST_MAX + 1];
	struct sockaddr_storage numeric;
	struct err ignored;
	uint16_t port = 0;
	socklen_t len;

	if (address_split(err, source->target->host, host, &port)) {
		source->state = SOURCE_REFUSED;
		return -1;
	}
	if (address_numeric(&ignored, host, port, &numeric, &len) == 0)
		return sol_submit(err, source, source->target->host);
	return lookup_begin(err, &source->lookup, host);
}

static int sol_wait(struct err *err, struct source *source)
{
	char host[ADDRESS_HOST_MAX + 1], address[LOOKUP_ADDRESS_MAX], text[LOOKUP_ADDRESS_MAX + 16];
	int known = lookup_end(err, &source->lookup, address);
	uint16_t port = 0;

	if (known <= 0)
		return known;
	if (address_split(err, source->target->host, host, &port))
		return -1;
	if (port == 0)
		snprintf(text, sizeof(text), "%s", address);
	else
		snprintf(
		    text, sizeof(text), strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
	return sol_submit(err, source, text);
}

static ssize_t sol_read(struct err *err, struct source *source, char *bytes, size_t size)
{
	ipmiconsole_ctx_t ctx = source->own;
	ssize_t n = read(source->fd, bytes, size);
	int code;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0 && source->state == SOURCE_CONNECTING) {
		source->state = SOURCE_UP;
		n -= bytes[0] == '\0'; /* the library's sign that it is up */
		memmove(bytes, bytes + (bytes[0] == '\0'), (size_t)n);
		return n;
	}
	if (n > 0)
		return n;
	code = ipmiconsole_ctx_errnum(ctx);
	/* Suite 17 is tried first: what a BMC without it answers differs. */
	if (source->state == SOURCE_CONNECTING && !source->cipher &&
	    (code == IPMICONSOLE_ERR_BMC_ERROR || code == IPMICONSOLE_ERR_BMC_IMPLEMENTATION ||
		code == IPMICONSOLE_ERR_CIPHER_SUITE_ID_UNAVAILABLE)) {
		source->cipher = 3;
		source->state = SOURCE_LOST;
		return err_set(err, "no cipher suite 17; suite 3 is tried");
	}
	sol_ended(err, source, code);
	return -1;
}

static size_t sol_write(struct source *source, const char *bytes, size_t len)
{
	ssize_t n = source->state == SOURCE_UP ? write(source->fd, bytes, len) : 0;

	return n > 0 ? (size_t)n : 0;
}

static int sol_break(struct source *source)
{
	return source->state == SOURCE_UP ? ipmiconsole_ctx_generate_break(source->own) : -1;
}

static void sol_close(struct source *source)
{
	close(source->fd);
	ipmiconsole_ctx_destroy(source->own);
	source->own = NULL;
}

const struct source_kind source_sol = {
    .open = sol_open,
    .wait = sol_wait,
    .read = sol_read,
    .write = sol_write,
    .send_break = sol_break,
    .close = sol_close,
};
