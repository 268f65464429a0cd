/* SPDX-License-Identifier: MIT */
/*
 * keys: with a key of its own a server makes sessions that others of its fleet verify and cannot make; what the old
 * key has made stays valid; keys that come and go are noticed.
 */
#include "session/keys.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"
#include "boot/opened.h"
#include "scratch.h"
#include "session/server.h"
#include "tap.h"

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xa1, 0xb2, 0xc3};
static struct err err;

struct server {
	char state[SCRATCH_PATH_MAX], id[SERVER_ID_LEN + 1];
	struct session_keys keys;
};

static void make(struct server *server, const char *name)
{
	snprintf(server->state, sizeof(server->state), "%s", scratch_path(name));
	scratch_mkdir(name);
	if (server_id_load(&err, server->state, 1, server->id) ||
	    session_keys_load(&err, server->state, 1, &server->keys))
		scratch_fail(err.msg);
}

/* What changed in STATE/keys is seen from now on. */
static void look(struct server *server)
{
	server->keys.looked_at = 0;
}

/* from's public key comes to the other. */
static void introduce(const struct server *from, struct server *to)
{
	uint8_t public[SESSION_PUBLIC_SIZE];
	char path[2 * SCRATCH_PATH_MAX];

	snprintf(path, sizeof(path), "%s/keys/%s.pub", to->state, from->id);
	if (session_keys_public(&err, from->state, public) ||
	    secret_write(&err, path, public, sizeof(public)))
		scratch_fail(err.msg);
	look(to);
}

static int knows(struct server *server, const char *id)
{
	struct session session;

	return session_keys_verify(&err, &server->keys, id, strlen(id), &session) == 0 &&
	       memcmp(session.mac, mac, 6) == 0;
}

static struct server a, b;

static void test_old(struct session *old, char token[SESSION_TOKEN_MAX + 1])
{
	struct session same;
	char plain[SESSION_TOKEN_LEN + 1];

	session_keys_mint(&a.keys, mac, 1795253772123, "debian", old);
	session_mint(&a.keys.old, mac, 1795253772123, "debian", &same);
	is(old->id, same.id, "without keys/own an id is as ever");
	session_token(&a.keys.old, old->id, plain);
	ok(session_keys_token(&a.keys, old->id, token) == 0 && strcmp(token, plain) == 0,
	    "and so is its token");
	ok(session_keys_token_ok(&a.keys, old->id, token) && knows(&a, old->id),
	    "both are accepted");
	ok(!knows(&b, old->id), "another server does not know the session");
}

static void test_own(void)
{
	char token[SESSION_TOKEN_MAX + 1], forged[SESSION_TOKEN_MAX + 1],
	    plain[SESSION_TOKEN_LEN + 1];
	struct session session, forgery;
	struct stat st;
	char left[64];

	/* a process of our number was killed while it wrote */
	scratch_mkdir("a/keys");
	snprintf(left, sizeof(left), "a/keys/own.%ld", (long)getpid());
	scratch_put(left, "half");
	ok(session_keys_make(&err, a.state) == 0 && session_keys_make(&err, b.state) == 0,
	    "two servers get keys of their own, whatever a killed process left");
	ok(access(scratch_path(left), F_OK) != 0, "and nothing of that stays");
	ok(stat(scratch_path("a/keys/own"), &st) == 0 && (st.st_mode & 07777) == 0600,
	    "which only their owner can read");
	look(&a);
	look(&b);
	session_keys_mint(&a.keys, mac, 1795253772124, "debian", &session);
	ok(knows(&a, session.id), "a server knows its session");
	is_num(session_keys_token(&a.keys, session.id, token), 0, "and makes its token");
	is_num((long long)strlen(token), SESSION_TOKEN_MAX, "of 128 digits");
	ok(session_keys_token_ok(&a.keys, session.id, token), "which it accepts");
	ok(!knows(&b, session.id) && !session_keys_token_ok(&b.keys, session.id, token),
	    "a server without its public key does not know it");
	introduce(&a, &b);
	ok(knows(&b, session.id) && session_keys_token_ok(&b.keys, session.id, token),
	    "a server with its public key knows the session, and accepts the token");
	is_num(session_keys_token(&b.keys, session.id, forged), -1,
	    "but cannot make a token of that session");
	is(forged, "", "and gives none");

	/* b has all that is needed to make an id of a's; its own key does not make the token of it */
	session_keys_mint(&b.keys, mac, 1795253772125, "debian", &forgery);
	ok(session_keys_token(&b.keys, forgery.id, forged) == 0 &&
		!session_keys_token_ok(&a.keys, session.id, forged) &&
		!session_keys_token_ok(&b.keys, session.id, forged),
	    "a token of one server's key is refused for another's id");
	session_token(&b.keys.old, session.id, plain);
	ok(!session_keys_token_ok(&b.keys, session.id, plain),
	    "as is one of the old key for an id that is not of it");
	token[17] = token[17] == '0' ? '1' : '0';
	ok(!session_keys_token_ok(&a.keys, session.id, token), "a changed token is refused");
	token[17] = 'x';
	ok(!session_keys_token_ok(&a.keys, session.id, token) &&
		!session_keys_token_ok(&a.keys, session.id, "") &&
		!session_keys_token_ok(&a.keys, "", token),
	    "and what is no token");
}

static void test_ring(void)
{
	char path[2 * SCRATCH_PATH_MAX];
	struct session of_a, again;

	session_keys_mint(&a.keys, mac, 1795253772126, "debian", &of_a);
	ok(knows(&b, of_a.id), "a further session of a known server");
	snprintf(path, sizeof(path), "b/keys/%s.pub", a.id);
	unlink(scratch_path(path));
	ok(knows(&b, of_a.id), "the ring is not read again at each id");
	look(&b);
	ok(!knows(&b, of_a.id), "without its public key a server's sessions are unknown");
	scratch_put(path, "too short\n");
	snprintf(path, sizeof(path), "b/keys/%s.pub", "../../../../../../../etc/passwd");
	look(&b);
	ok(!knows(&b, of_a.id), "a broken public key is passed over");
	introduce(&a, &b);
	ok(knows(&b, of_a.id), "and counts when it is whole");
	/* (as after so many made-up ids, in a second that does not end) */
	b.keys.looked_at = clock_monotonic() + 3600000;
	b.keys.misses = SESSION_KEYS_MISSES;
	b.keys.last = 0;
	session_keys_mint(&a.keys, mac, 1795253772127, "debian", &of_a);
	is_num(session_keys_verify(&err, &b.keys, of_a.id, strlen(of_a.id), &again),
	    SESSION_KEYS_BUSY, "a flood of made-up ids costs a limited search, and says so");
	look(&b);
	ok(knows(&b, of_a.id), "and a second later others are known again");
}

static void test_renew(const struct session *old, const char *token)
{
	char first[SERVER_ID_LEN + 1], signature[SESSION_TOKEN_MAX + 1];
	struct session before, after;

	session_keys_mint(&a.keys, mac, 1795253772128, "debian", &before);
	(void)session_keys_token(&a.keys, before.id, signature);
	memcpy(first, a.id, sizeof(first));
	ok(session_keys_renew(&err, a.state, first) == 0 &&
		server_id_renew(&err, a.state, a.id) == 0,
	    "a copy becomes a server of its own");
	look(&a);
	session_keys_mint(&a.keys, mac, 1795253772129, "debian", &after);
	ok(knows(&a, before.id) && session_keys_token_ok(&a.keys, before.id, signature),
	    "it still accepts what it made before");
	ok(knows(&a, after.id) && !knows(&b, after.id), "and what it makes now is not the other's");
	ok(knows(&a, old->id) && session_keys_token_ok(&a.keys, old->id, token),
	    "a token of the old key is valid all the time");
}

/* What a machine opened itself has the key that was in use then. */
static void test_opened(const struct session *old)
{
	static const char boot[] = "0123456789abcdef", other[] = "fedcba9876543210";
	struct session now, found;

	session_keys_mint(&a.keys, mac, 1795253772130, "debian", &now);
	ok(opened_add(&err, a.state, boot, &now) == 0 &&
		opened_add(&err, a.state, other, old) == 0 &&
		opened_find(&err, a.state, &a.keys.old, mac, boot, &found) == 1,
	    "a machine finds the session that it opened");
	is(found.id, now.id, "made by the own key");
	(void)opened_find(&err, a.state, &a.keys.old, mac, other, &found);
	is(found.id, old->id, "or the old one");
}

int main(void)
{
	char token[SESSION_TOKEN_MAX + 1];
	struct session old;

	scratch_make();
	make(&a, "a");
	make(&b, "b");
	test_old(&old, token);
	test_own();
	test_ring();
	test_renew(&old, token);
	test_opened(&old);
	session_keys_free(&a.keys);
	session_keys_free(&b.keys);
	return tap_done();
}
