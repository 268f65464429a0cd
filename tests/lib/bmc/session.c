/* SPDX-License-Identifier: MIT */
/* session: see session.h. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>

#include <nettle/memops.h>

#include "session.h"
#include "sol.h"

enum {
	HANDSHAKE_MS = 10000,
	PENDING_MAX = 8, /* handshakes of a BMC; the oldest makes room */
	NAME_ONLY = 0x10,
};

/* Status codes (IPMI 2.0, table 13-15). */
enum {
	STATUS_OK = 0x00,
	STATUS_NO_RESOURCES = 0x01,
	STATUS_INVALID_SESSION = 0x02,
	STATUS_INVALID_ROLE = 0x09,
	STATUS_UNAUTHORIZED_ROLE = 0x0a,
	STATUS_NAME_LENGTH = 0x0c,
	STATUS_UNAUTHORIZED_NAME = 0x0d,
	STATUS_INVALID_CHECK = 0x0f,
	STATUS_NO_SUITE = 0x11,
	STATUS_ILLEGAL_PARAMETER = 0x12,
};

static struct session *find(struct bmc *bmc, uint32_t id)
{
	struct session *s;

	LIST_FOREACH(s, &bmc->sessions, link)
	{
		if (s->id == id)
			return s;
	}
	return NULL;
}

struct session *session_find(struct bmc *bmc, uint32_t id)
{
	struct session *s = find(bmc, id);

	return s && s->state == SESSION_ACTIVE ? s : NULL;
}

struct session *session_by_handle(struct bmc *bmc, unsigned handle)
{
	struct session *s;

	LIST_FOREACH(s, &bmc->sessions, link)
	{
		if (s->state == SESSION_ACTIVE && s->handle == handle)
			return s;
	}
	return NULL;
}

struct session *session_by_index(struct bmc *bmc, unsigned index)
{
	for (unsigned handle = 1; handle <= SESSIONS_MAX + 1; handle++) {
		struct session *s = session_by_handle(bmc, handle);

		if (s && --index == 0)
			return s;
	}
	return NULL;
}

static unsigned count(struct bmc *bmc, int active)
{
	struct session *s;
	unsigned n = 0;

	LIST_FOREACH(s, &bmc->sessions, link)
	n += (s->state == SESSION_ACTIVE) == active;
	return n;
}

unsigned session_count(struct bmc *bmc)
{
	return count(bmc, 1);
}

int session_limit(const struct bmc *bmc)
{
	return bmc->faults.sessions ? bmc->faults.sessions : options.sessions;
}

unsigned session_user_id(const struct session *session)
{
	return (unsigned)(session->user - options.users) + 2;
}

void session_end(struct bmc *bmc, struct session *session, const char *why)
{
	bmc_note(bmc, "session %08x of %s: %s", session->id,
	    session->user ? session->user->name : "nobody", why);
	if (bmc->sol.holder == session)
		sol_release(bmc);
	LIST_REMOVE(session, link);
	memset(session, 0, sizeof(*session));
	free(session);
}

/* The handshake that waited longest makes room when there are too many. */
static void make_room(struct bmc *bmc)
{
	struct session *s, *oldest = NULL;

	if (count(bmc, 0) < PENDING_MAX)
		return;
	LIST_FOREACH(s, &bmc->sessions, link)
	{
		if (s->state != SESSION_ACTIVE && (!oldest || s->last_seen < oldest->last_seen))
			oldest = s;
	}
	session_end(bmc, oldest, "too many handshakes");
}

static struct session *create(struct bmc *bmc)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	do {
		if (getrandom(&s->id, sizeof(s->id), 0) != sizeof(s->id) ||
		    getrandom(s->random, sizeof(s->random), 0) != sizeof(s->random)) {
			free(s);
			return NULL;
		}
	} while (!s->id || find(bmc, s->id));
	s->last_seen = clock_monotonic();
	LIST_INSERT_HEAD(&bmc->sessions, s, link);
	bmc_wake(bmc, s->last_seen + HANDSHAKE_MS);
	return s;
}

/* --- Open Session --- */

/* The algorithm of the payload at p, whose number is type; a length of 0 means any. -1: invalid. */
static int algorithm(const uint8_t *p, unsigned type)
{
	if (p[0] != type)
		return -1;
	if (p[3] == 0)
		return 0xff;
	return p[3] == 8 ? p[4] & 0x3f : -1;
}

static int is_offered(const struct bmc *bmc, const struct suite *suite)
{
	uint32_t offered = bmc->faults.suites ? bmc->faults.suites : options.suites;

	return suite && offered >> suite->id & 1 && !(bmc->faults.refuse >> suite->id & 1);
}

/* The suite of a request that leaves algorithms to us: the strongest that fits. NULL: none. */
static const struct suite *choose_suite(const struct bmc *bmc, const uint8_t *request)
{
	static const uint8_t strongest[] = {17, 3, 16, 2, 15, 1};
	int a = algorithm(request, 0), i = algorithm(request + 8, 1),
	    c = algorithm(request + 16, 2);

	for (size_t n = 0; n < sizeof(strongest); n++) {
		const struct suite *s = suite_by_id(strongest[n]);

		if (is_offered(bmc, s) && (a == 0xff || a == s->authentication) &&
		    (i == 0xff || i == s->integrity) && (c == 0xff || c == s->confidentiality))
			return s;
	}
	return NULL;
}

static void put_algorithm(struct bytes *out, unsigned type, unsigned number)
{
	bytes_put32(out, type);
	out->at[out->len - 1] = 8;
	bytes_put32(out, number);
}

static void answer_open(
    struct bytes *reply, const uint8_t *request, unsigned status, const struct session *s)
{
	bytes_put8(reply, request[0]);
	bytes_put8(reply, status);
	bytes_put8(reply, s ? s->ceiling : 0);
	bytes_put8(reply, 0);
	bytes_put(reply, request + 4, 4);
	if (!s)
		return;
	bytes_put32(reply, s->id);
	put_algorithm(reply, 0, s->suite->authentication);
	put_algorithm(reply, 1, s->suite->integrity);
	put_algorithm(reply, 2, s->suite->confidentiality);
}

/* A client that repeats its request gets the same session again. */
static struct session *find_handshake(
    struct bmc *bmc, uint32_t console_id, const struct sockaddr_storage *peer, socklen_t peer_len)
{
	struct session *s;

	LIST_FOREACH(s, &bmc->sessions, link)
	{
		if (s->state == SESSION_OPENED && s->console_id == console_id &&
		    s->peer_len == peer_len && memcmp(&s->peer, peer, peer_len) == 0)
			return s;
	}
	return NULL;
}

void session_open(struct bmc *bmc, const struct wire_packet *packet,
    const struct sockaddr_storage *peer, socklen_t peer_len, struct bytes *reply)
{
	const uint8_t *request = packet->payload;
	const struct suite *suite;
	struct session *s;
	unsigned privilege;

	if (packet->len < 32)
		return;
	privilege = request[1] & 0x0f;
	suite = choose_suite(bmc, request + 8);
	bmc_note(bmc, "Open Session, suite %d/%d/%d: %s", request[12], request[20], request[28],
	    suite ? "accepted" : "refused");
	if (!suite || privilege > PRIVILEGE_ADMINISTRATOR) {
		answer_open(reply, request, suite ? STATUS_INVALID_ROLE : STATUS_NO_SUITE, NULL);
		return;
	}
	s = find_handshake(bmc, bytes_get32(request + 4), peer, peer_len);
	if (!s && (int)session_count(bmc) < session_limit(bmc)) {
		make_room(bmc);
		s = create(bmc);
	}
	if (!s) {
		answer_open(reply, request, STATUS_NO_RESOURCES, NULL);
		return;
	}
	s->suite = suite;
	s->console_id = bytes_get32(request + 4);
	s->ceiling = (uint8_t)(privilege ? privilege : PRIVILEGE_ADMINISTRATOR);
	s->peer = *peer;
	s->peer_len = peer_len;
	answer_open(reply, request, STATUS_OK, s);
}

/* --- RAKP --- */

static const struct user *find_user(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < options.user_count; i++) {
		const struct user *u = &options.users[i];

		if (len && len == strlen(u->name) && memcmp(name, u->name, len) == 0)
			return u;
	}
	return NULL;
}

static void put_name(struct bytes *b, const struct session *s)
{
	bytes_put8(b, s->role);
	bytes_put8(b, s->user ? (unsigned)strlen(s->user->name) : 0);
	if (s->user)
		bytes_put(b, s->user->name, strlen(s->user->name));
}

static void hmac_user(const struct session *s, const struct bytes *b, uint8_t *out)
{
	suite_hmac(s->suite, s->user->key, sizeof(s->user->key), b->at, b->len, out);
}

static void derive_keys(struct session *s)
{
	struct bytes b = {0};
	uint8_t constant[SUITE_KEY];

	bytes_put(&b, s->console_random, 16);
	bytes_put(&b, s->random, 16);
	put_name(&b, s);
	hmac_user(s, &b, s->sik);
	memset(constant, 1, sizeof(constant));
	suite_hmac(s->suite, s->sik, s->suite->hash, constant, sizeof(constant), s->k1);
	memset(constant, 2, sizeof(constant));
	suite_hmac(s->suite, s->sik, s->suite->hash, constant, sizeof(constant), s->k2);
}

static void put_rakp(
    struct bytes *reply, const uint8_t *request, unsigned status, uint32_t console_id)
{
	bytes_put8(reply, request[0]);
	bytes_put8(reply, status);
	bytes_put16(reply, 0);
	bytes_put32(reply, console_id);
}

/* A valid session number of another handshake's client is no way in: only its own random number fits. */
static unsigned check_rakp1(struct session *s, const uint8_t *request, size_t len)
{
	uint8_t wanted = request[24] & 0x0f;
	size_t name_len = request[27];

	if (name_len > 16)
		return STATUS_NAME_LENGTH;
	if (len < 28 + name_len)
		return STATUS_ILLEGAL_PARAMETER;
	s->user = find_user(request + 28, name_len);
	if (!s->user)
		return STATUS_UNAUTHORIZED_NAME;
	if (wanted > PRIVILEGE_ADMINISTRATOR)
		return STATUS_INVALID_ROLE;
	if (wanted > s->user->limit || wanted > s->ceiling)
		return STATUS_UNAUTHORIZED_ROLE;
	return STATUS_OK;
}

static void answer_rakp1(struct bmc *bmc, const struct session *s, struct bytes *reply)
{
	struct bytes b = {0};
	uint8_t code[SUITE_HASH_MAX];

	bytes_put(reply, s->random, 16);
	bytes_put(reply, bmc->guid, 16);
	bytes_put32(&b, s->console_id);
	bytes_put32(&b, s->id);
	bytes_put(&b, s->console_random, 16);
	bytes_put(&b, s->random, 16);
	bytes_put(&b, bmc->guid, 16);
	put_name(&b, s);
	hmac_user(s, &b, code);
	bytes_put(reply, code, s->suite->hash);
}

void session_rakp1(struct bmc *bmc, const struct wire_packet *packet, struct bytes *reply)
{
	const uint8_t *request = packet->payload;
	struct session *s;
	unsigned status;

	if (packet->len < 28)
		return;
	s = find(bmc, bytes_get32(request + 4));
	if (!s || s->state == SESSION_ACTIVE) {
		put_rakp(reply, request, STATUS_INVALID_SESSION, 0);
		return;
	}
	status = check_rakp1(s, request, packet->len);
	put_rakp(reply, request, status, s->console_id);
	bmc_note(bmc, "RAKP 1 of \"%s\", privilege %d: status %02x", s->user ? s->user->name : "?",
	    request[24] & 0x0f, status);
	if (status) {
		session_end(bmc, s, "refused");
		return;
	}
	memcpy(s->console_random, request + 8, 16);
	s->role = request[24] & (NAME_ONLY | 0x0f);
	if (s->user->limit < s->ceiling)
		s->ceiling = s->user->limit;
	if (request[24] & 0x0f)
		s->ceiling = request[24] & 0x0f;
	s->state = SESSION_PROVEN_BMC;
	answer_rakp1(bmc, s, reply);
}

static int knows_password(const struct session *s, const uint8_t *code, size_t len)
{
	struct bytes b = {0};
	uint8_t want[SUITE_HASH_MAX];

	bytes_put(&b, s->random, 16);
	bytes_put32(&b, s->console_id);
	put_name(&b, s);
	hmac_user(s, &b, want);
	return len >= s->suite->hash && memeql_sec(want, code, s->suite->hash);
}

static unsigned free_handle(struct bmc *bmc)
{
	unsigned handle = 1;

	while (session_by_handle(bmc, handle))
		handle++;
	return handle;
}

static int64_t ends_at(const struct session *s)
{
	if (s->phantom)
		return INT64_MAX;
	return s->last_seen +
	       (s->state == SESSION_ACTIVE ? options.session_seconds * 1000 : HANDSHAKE_MS);
}

static void activate(struct bmc *bmc, struct session *s)
{
	derive_keys(s);
	s->handle = free_handle(bmc);
	s->state = SESSION_ACTIVE;
	s->privilege = s->ceiling < PRIVILEGE_USER ? s->ceiling : PRIVILEGE_USER;
	s->last_seen = clock_monotonic();
	bmc_wake(bmc, ends_at(s));
	bmc_note(bmc, "session %08x of %s: active, suite %d", s->id, s->user->name, s->suite->id);
}

static void answer_rakp3(struct bmc *bmc, const struct session *s, struct bytes *reply)
{
	struct bytes b = {0};
	uint8_t code[SUITE_HASH_MAX];

	bytes_put(&b, s->console_random, 16);
	bytes_put32(&b, s->id);
	bytes_put(&b, bmc->guid, 16);
	suite_hmac(s->suite, s->sik, s->suite->hash, b.at, b.len, code);
	bytes_put(reply, code, s->suite->check);
}

/* A client that has sent it before and missed the answer gets it again. */
void session_rakp3(struct bmc *bmc, const struct wire_packet *packet, struct bytes *reply)
{
	const uint8_t *request = packet->payload;
	struct session *s;

	if (packet->len < 8)
		return;
	s = find(bmc, bytes_get32(request + 4));
	if (!s || s->state == SESSION_OPENED) {
		put_rakp(reply, request, STATUS_INVALID_SESSION, 0);
		return;
	}
	if (request[1]) {
		/* the client has seen that our key is not its own, and ends the exchange */
		if (s->state != SESSION_ACTIVE)
			session_end(bmc, s, "given up by its client: wrong password");
		return;
	}
	if (!knows_password(s, request + 8, packet->len - 8)) {
		put_rakp(reply, request, STATUS_INVALID_CHECK, s->console_id);
		if (s->state != SESSION_ACTIVE)
			session_end(bmc, s, "wrong password");
		return;
	}
	if (s->state != SESSION_ACTIVE && (int)session_count(bmc) >= session_limit(bmc)) {
		put_rakp(reply, request, STATUS_NO_RESOURCES, s->console_id);
		session_end(bmc, s, "too many sessions");
		return;
	}
	if (s->state != SESSION_ACTIVE)
		activate(bmc, s);
	put_rakp(reply, request, STATUS_OK, s->console_id);
	answer_rakp3(bmc, s, reply);
}

/* --- in use --- */

struct session *session_phantom(struct bmc *bmc)
{
	struct sockaddr_in *from;
	struct session *s = create(bmc);

	if (!s)
		return NULL;
	s->suite = suite_by_id(3);
	s->user = &options.users[0];
	s->ceiling = s->privilege = s->user->limit;
	s->phantom = 1;
	from = (struct sockaddr_in *)&s->peer;
	from->sin_family = AF_INET;
	from->sin_addr.s_addr = htonl(0xc0000207);
	from->sin_port = htons(623);
	s->peer_len = sizeof(*from);
	s->handle = free_handle(bmc);
	s->state = SESSION_ACTIVE;
	return s;
}

int session_take_seq(struct session *session, const struct wire_packet *packet)
{
	struct window *w = packet->authenticated ? &session->received : &session->received_plain;
	int32_t ahead = (int32_t)(packet->seq - w->highest);

	if (!w->started || (ahead > 0 && ahead < 32)) {
		w->seen = w->started ? w->seen << ahead | 1 : 1;
		w->highest = packet->seq;
		w->started = 1;
		return 1;
	}
	if (ahead > 0 || ahead <= -32 || w->seen >> -ahead & 1)
		return 0;
	w->seen |= UINT32_C(1) << -ahead;
	return 1;
}

void session_tick(struct bmc *bmc, int64_t now)
{
	struct session *s, *next;

	for (s = LIST_FIRST(&bmc->sessions); s; s = next) {
		next = LIST_NEXT(s, link);
		if (ends_at(s) <= now)
			session_end(bmc, s, "timed out");
		else
			bmc_wake(bmc, ends_at(s));
	}
}
