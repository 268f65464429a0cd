/* SPDX-License-Identifier: MIT */
/* session: ids explain themselves, forgeries do not pass; the key; MACs; profile names. */
#include "session/session.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
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
	    "the id: %s", session.id);
	ok(session_verify(&err, &key, session.id, strlen(session.id), &back) == 0 &&
		memcmp(back.mac, mac, 6) == 0 && back.time_ms == 1795253772123 &&
		strcmp(back.profile, "debian-12.x") == 0 && strcmp(back.id, session.id) == 0,
	    "says machine, time and profile");
	ok(session_verify(&err, &other_key, session.id, strlen(session.id), &back) == -1 &&
		strstr(err.msg, "not a session of this server"),
	    "not with another key");
	for (size_t i = 0; i < strlen(session.id); i++) {
		snprintf(bad, sizeof(bad), "%s", session.id);
		bad[i] = bad[i] == '0' ? '1' : '0';
		passed += session_verify(&err, &key, bad, strlen(bad), &back) == 0;
		passed += session_verify(&err, &key, session.id, i, &back) == 0;
	}
	is_num(passed, 0, "no byte can be changed, none left out");
	ok(session_parse(&err, session.id, strlen(session.id) + 1, &back) == -1, "no NUL within");
	session_token(&key, session.id, token);
	session_token(&other_key, session.id, other);
	ok(session_token_ok(&key, session.id, token), "its token");
	ok(!session_token_ok(&key, session.id, other) && !session_token_ok(&key, session.id, "") &&
		!session_token_ok(&key, session.id, session.id),
	    "no other token");
	session_mint(&key, mac, 1795253772124, "p", &back);
	ok(strcmp(session.id, back.id) < 0 && !session_token_ok(&key, back.id, token),
	    "ids sort by time; a token is for one session");
	/* Known answers, so that ids of an older version stay valid (from another HMAC). */
	is(session.id + 44, "202721ec", "the check, by RFC 2104");
	is(token, "c34877c5576c362e333791ced66d7607", "the token, by RFC 2104");
}

static void test_macs(void)
{
	static const char *const wrong[] = {"", "52:54:00:a1:b2",
	    "52:54:00:a1:b2:c3:", "52:54-00:a1:b2:c3", "525400a1b2c", "52.54.00.a1.b2.c3",
	    "g2:54:00:a1:b2:c3", "00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff",
	    "52:54:00:a1:b2:c3 ", "5254:00:a1b2:c3"};
	uint8_t got[6];
	char text[18];
	struct err err;

	ok(mac_parse(&err, "52:54:00:A1:B2:C3", got) == 0 && memcmp(got, mac, 6) == 0, "colons");
	ok(mac_parse(&err, "52-54-00-a1-b2-c3", got) == 0 && memcmp(got, mac, 6) == 0, "dashes");
	ok(mac_parse(&err, "525400a1b2c3", got) == 0 && memcmp(got, mac, 6) == 0, "bare");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(mac_parse(&err, wrong[i], got) == -1, "no machine's MAC: \"%s\"", wrong[i]);
	mac_format(mac, text);
	is(text, "52:54:00:a1:b2:c3", "written with colons");
	ok(profile_name_ok("a-b.c_9") && !profile_name_ok("") && !profile_name_ok(".a") &&
		!profile_name_ok("-a") && !profile_name_ok("A") && !profile_name_ok("a/b") &&
		!profile_name_ok("a b") && !profile_name_ok("123456789012345678901234567890123"),
	    "profile names");
}

static void test_key(void)
{
	const char *dir = scratch_make(), *path = scratch_path("key");
	struct session_key first, second;
	struct stat st;
	struct err err;
	int same = 1;

	ok(session_key_load(&err, path, 0, &first) == -1, "not made unless asked for");
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(session_key_load(&err, path, 1, &first) ? 1 : 0);
	for (int i = 0, status; i < 8; i++)
		same &= wait(&status) > 0 && status == 0;
	ok(same, "eight makers at once");
	ok(session_key_load(&err, path, 1, &first) == 0 &&
		session_key_load(&err, path, 0, &second) == 0 &&
		memcmp(&first, &second, sizeof(first)) == 0,
	    "agree on one key");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "for its owner only");
	scratch_put("key", "too short\n");
	ok(session_key_load(&err, path, 1, &first) == -1 && strstr(err.msg, "64 hex digits"),
	    "a broken key is not replaced in silence");
	unlink(path);
	ok(rmdir(dir) == 0, "nothing is left beside it");
}

int main(void)
{
	test_ids();
	test_macs();
	test_key();
	return tap_done();
}
