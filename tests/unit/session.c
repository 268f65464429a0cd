/* SPDX-License-Identifier: MIT */
/* session: ids are verified without a store, forgeries are refused; the key; profile names. */
#include "session/session.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "session/server.h"
#include "tap.h"

static const struct session_key key = {{1, 2, 3}}, other_key = {{1, 2, 4}};
static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xa1, 0xb2, 0xc3};

static void test_ids(void)
{
	struct session session, back;
	char token[SESSION_TOKEN_LEN + 1], other[SESSION_TOKEN_LEN + 1], bad[SESSION_ID_MAX + 1];
	struct err err;
	int passed = 0;

	session_mint(&key, mac, 1795253772123, "debian-12.x", &session);
	ok(strncmp(session.id, "525400a1b2c3-20261121T093612123-debian-12.x-", 44) == 0 &&
		strlen(session.id) == 52,
	    "an id has machine, time, profile and check: %s", session.id);
	ok(session_verify(&err, &key, session.id, strlen(session.id), &back) == 0 &&
		memcmp(back.mac, mac, 6) == 0 && back.time_ms == 1795253772123 &&
		strcmp(back.profile, "debian-12.x") == 0 && strcmp(back.id, session.id) == 0,
	    "an id gives back machine, time and profile");
	ok(session_verify(&err, &other_key, session.id, strlen(session.id), &back) == -1 &&
		strstr(err.msg, "not a session of this server"),
	    "another key does not verify it");
	for (size_t i = 0; i < strlen(session.id); i++) {
		snprintf(bad, sizeof(bad), "%s", session.id);
		bad[i] = bad[i] == '0' ? '1' : '0';
		passed += session_verify(&err, &key, bad, strlen(bad), &back) == 0;
		passed += session_verify(&err, &key, session.id, i, &back) == 0;
	}
	is_num(passed, 0, "no byte of an id can be changed or left out");
	ok(session_parse(&err, session.id, strlen(session.id) + 1, &back) == -1,
	    "an id with a NUL is refused");
	session_token(&key, session.id, token);
	session_token(&other_key, session.id, other);
	ok(session_token_ok(&key, session.id, token), "the token of a session is accepted");
	ok(!session_token_ok(&key, session.id, other) && !session_token_ok(&key, session.id, "") &&
		!session_token_ok(&key, session.id, session.id),
	    "other tokens are refused");
	session_mint(&key, mac, 1795253772124, "p", &back);
	ok(strcmp(session.id, back.id) < 0 && !session_token_ok(&key, back.id, token),
	    "ids sort by time, and a token is for one session");
	/* Known answers, so that ids of an older version stay valid (from another HMAC). */
	is(session.id + 44, "202721ec", "the check is the HMAC of RFC 2104");
	is(token, "c34877c5576c362e333791ced66d7607", "the token is the HMAC of RFC 2104");
}

static void test_profiles(void)
{
	ok(profile_name_ok("a-b.c_9") && !profile_name_ok("") && !profile_name_ok(".a") &&
		!profile_name_ok("-a") && !profile_name_ok("A") && !profile_name_ok("a/b") &&
		!profile_name_ok("a b") && profile_name_ok("12345678901234567890123456789012") &&
		!profile_name_ok("123456789012345678901234567890123"),
	    "profile names are short, lower case, and safe in a path");
}

static void test_key(void)
{
	const char *dir = scratch_make(), *path = scratch_path("key");
	struct session_key first, second;
	struct stat st;
	struct err err;
	int same = 1;

	ok(session_key_load(&err, path, 0, &first) == -1, "a key is not made unless asked for");
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(session_key_load(&err, path, 1, &first) ? 1 : 0);
	for (int i = 0, status; i < 8; i++)
		same &= wait(&status) > 0 && status == 0;
	ok(same, "eight processes make the key at once");
	ok(session_key_load(&err, path, 1, &first) == 0 &&
		session_key_load(&err, path, 0, &second) == 0 &&
		memcmp(&first, &second, sizeof(first)) == 0,
	    "all of them have one key");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the key is readable by its owner only");
	scratch_put("key", "too short\n");
	ok(session_key_load(&err, path, 1, &first) == -1 && strstr(err.msg, "64 hex digits"),
	    "a broken key is reported, not replaced");
	unlink(path);
	ok(rmdir(dir) == 0, "no temporary file is left next to the key");
	(void)mkdir(dir, 0755);
}

static void test_server(void)
{
	char id[SERVER_ID_LEN + 1], again[SERVER_ID_LEN + 1];
	struct err err;

	ok(server_id_load(&err, scratch_dir, 0, id) == -1,
	    "a server's id is not made unless asked for");
	ok(server_id_load(&err, scratch_dir, 1, id) == 0 && strlen(id) == SERVER_ID_LEN &&
		server_id_load(&err, scratch_dir, 1, again) == 0 && strcmp(id, again) == 0,
	    "it is made once");
	ok(server_id_renew(&err, scratch_dir, again) == 0 && strcmp(id, again) != 0 &&
		server_id_load(&err, scratch_dir, 0, id) == 0 && strcmp(id, again) == 0,
	    "a copy of a server gets another one");
}

int main(void)
{
	test_ids();
	test_profiles();
	test_key();
	test_server();
	return tap_done();
}
