/* SPDX-License-Identifier: MIT */
/* app: commands about the BMC itself, its channel, users and sessions; and empty answers of storage. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "command.h"
#include "session.h"

enum { CHANNEL = 1, CHANNEL_THIS = 0x0e };

static int is_our_channel(unsigned channel)
{
	return (channel & 0x0f) == CHANNEL || (channel & 0x0f) == CHANNEL_THIS;
}

static unsigned get_device_id(const struct request *request, struct bytes *out)
{
	static const uint8_t answer[] = {0x20, 0x01, /* device, revision */
	    0x01, 0x00, /* firmware 1.0 */
	    0x02, /* IPMI 2.0 */
	    0x8f, /* chassis, SEL, SDR, sensor */
	    0x00, 0x00, 0x00, /* manufacturer */
	    0x4c, 0x57, /* product */
	    0, 0, 0, 0};

	(void)request;
	bytes_put(out, answer, sizeof(answer));
	return CODE_OK;
}

static unsigned reset(const struct request *request, struct bytes *out)
{
	(void)out;
	request->bmc->restart = 1;
	return CODE_OK;
}

static unsigned get_self_test(const struct request *request, struct bytes *out)
{
	(void)request;
	bytes_put16(out, 0x0055);
	return CODE_OK;
}

static unsigned get_guid(const struct request *request, struct bytes *out)
{
	bytes_put(out, request->bmc->guid, 16);
	return CODE_OK;
}

static unsigned get_channel_auth(const struct request *request, struct bytes *out)
{
	int extended = request->data[0] & 0x80;

	if (!is_our_channel(request->data[0]))
		return CODE_FIELD;
	bytes_put8(out, CHANNEL);
	/* no authentication type of IPMI 1.5: sessions are RMCP+ */
	bytes_put8(out, extended ? 0x80 : 0x00);
	/* Kg is zero, users have names */
	bytes_put8(out, 0x04);
	bytes_put8(out, extended ? 0x02 : 0x00);
	bytes_fill(out, 0, 4);
	return CODE_OK;
}

static unsigned get_cipher_suites(const struct request *request, struct bytes *out)
{
	const struct faults *faults = &request->bmc->faults;
	uint32_t offered = faults->suites ? faults->suites : options.suites;
	size_t from = 16 * (size_t)(request->data[2] & 0x3f);
	struct bytes all = {0};

	if (!is_our_channel(request->data[0]))
		return CODE_FIELD;
	for (unsigned id = 0; id < 32; id++) {
		const struct suite *s = suite_by_id(id);

		if (!s || !(offered >> id & 1))
			continue;
		bytes_put8(&all, 0xc0);
		bytes_put8(&all, id);
		bytes_put8(&all, s->authentication);
		bytes_put8(&all, 0x40u | s->integrity);
		bytes_put8(&all, 0x80u | s->confidentiality);
	}
	bytes_put8(out, CHANNEL);
	if (from < all.len)
		bytes_put(out, all.at + from, all.len - from < 16 ? all.len - from : 16);
	return CODE_OK;
}

static unsigned set_privilege(const struct request *request, struct bytes *out)
{
	struct session *s = request->session;
	unsigned wanted = request->data[0] & 0x0f;

	/* 0: asks for the present one, 1 cannot be set */
	if (wanted == 1 || wanted > PRIVILEGE_ADMINISTRATOR)
		return CODE_FIELD;
	if (wanted > s->ceiling)
		return wanted > s->user->limit ? 0x81 : 0x80;
	if (wanted)
		s->privilege = (uint8_t)wanted;
	bytes_put8(out, s->privilege);
	return CODE_OK;
}

static unsigned close_session(const struct request *request, struct bytes *out)
{
	uint32_t id = bytes_get32(request->data);
	struct session *s = session_find(request->bmc, id);

	(void)out;
	if (!s)
		return 0x87;
	if (s == request->session)
		s->closing = 1;
	else if (request->session->privilege < PRIVILEGE_ADMINISTRATOR)
		return CODE_PRIVILEGE;
	else
		session_end(request->bmc, s, "closed by another session");
	return CODE_OK;
}

/* The session that a request for information names; NULL with the reason in *code. */
static struct session *named_session(const struct request *request, unsigned *code)
{
	unsigned index = request->data[0];

	*code = CODE_NOT_PRESENT;
	if (index == 0)
		return request->session;
	if (index == 0xfe && request->len >= 2)
		return session_by_handle(request->bmc, request->data[1]);
	if (index == 0xff && request->len >= 5)
		return session_find(request->bmc, bytes_get32(request->data + 1));
	*code = index >= 0xfe ? CODE_LENGTH : CODE_OK;
	return index >= 0xfe ? NULL : session_by_index(request->bmc, index);
}

static unsigned get_session_info(const struct request *request, struct bytes *out)
{
	unsigned code;
	const struct session *s = named_session(request, &code);
	const struct sockaddr_in *peer;

	if (!s && code)
		return code;
	bytes_put8(out, s ? s->handle : 0);
	bytes_put8(out, (unsigned)session_limit(request->bmc));
	bytes_put8(out, session_count(request->bmc));
	if (!s)
		return CODE_OK;
	bytes_put8(out, session_user_id(s));
	bytes_put8(out, s->privilege);
	/* channel, and that it is a session of RMCP+ */
	bytes_put8(out, 0x10 | CHANNEL);
	peer = (const struct sockaddr_in *)&s->peer;
	if (peer->sin_family == AF_INET)
		bytes_put(out, &peer->sin_addr, 4);
	else
		bytes_put32(out, 0);
	bytes_put(out, "\x02\x00\x00\x00\x00\x01", 6);
	/* sin_port is at the same place in both families */
	bytes_put16(out, ntohs(peer->sin_port));
	return CODE_OK;
}

static unsigned get_channel_info(const struct request *request, struct bytes *out)
{
	static const uint8_t answer[] = {CHANNEL, 4 /* LAN */, 1 /* IPMB */,
	    0x80 /* many sessions */, 0xf2, 0x1b, 0x00 /* of IPMI */, 0, 0};

	if (!is_our_channel(request->data[0]))
		return CODE_FIELD;
	bytes_put(out, answer, sizeof(answer));
	out->at[3] |= (uint8_t)session_count(request->bmc);
	return CODE_OK;
}

static unsigned get_channel_access(const struct request *request, struct bytes *out)
{
	if (!is_our_channel(request->data[0]))
		return CODE_FIELD;
	/* always available, up to administrator */
	bytes_put8(out, 0x02);
	bytes_put8(out, PRIVILEGE_ADMINISTRATOR);
	return CODE_OK;
}

static const struct user *user_of(unsigned id)
{
	return id >= 2 && id < 2 + options.user_count ? &options.users[id - 2] : NULL;
}

static unsigned get_user_access(const struct request *request, struct bytes *out)
{
	unsigned id = request->data[1] & 0x3f;
	const struct user *u = user_of(id);

	if (!is_our_channel(request->data[0]) || id == 0 || id > USERS_MAX + 1)
		return CODE_FIELD;
	bytes_put8(out, USERS_MAX + 1);
	/* enabled, disabled */
	bytes_put8(out, (unsigned)options.user_count | 0x40);
	bytes_put8(out, 1);
	bytes_put8(out, u ? 0x10u | u->limit : 0x0f);
	return CODE_OK;
}

static unsigned get_user_name(const struct request *request, struct bytes *out)
{
	unsigned id = request->data[0] & 0x3f;
	const struct user *u = user_of(id);

	if (id == 0 || id > USERS_MAX + 1)
		return CODE_FIELD;
	if (u)
		bytes_put(out, u->name, strlen(u->name));
	bytes_fill(out, 0, 16 - out->len);
	return CODE_OK;
}

/* --- storage, which is empty --- */

static unsigned get_repository_info(const struct request *request, struct bytes *out)
{
	(void)request;
	bytes_put8(out, 0x51);
	/* no entries; 1 KB free; never changed */
	bytes_put16(out, 0);
	bytes_put16(out, 1024);
	bytes_fill(out, 0, 8);
	bytes_put8(out, 0x02);
	return CODE_OK;
}

static unsigned reserve(const struct request *request, struct bytes *out)
{
	(void)request;
	bytes_put16(out, 1);
	return CODE_OK;
}

static unsigned get_entry(const struct request *request, struct bytes *out)
{
	(void)request;
	(void)out;
	return CODE_NOT_PRESENT;
}

static unsigned get_time(const struct request *request, struct bytes *out)
{
	(void)request;
	bytes_put32(out, (uint32_t)(clock_now() / 1000));
	return CODE_OK;
}

const struct command app_commands[] = {
    {NETFN_APP, 0x01, PRIVILEGE_USER, 0, get_device_id, "Get Device ID"},
    {NETFN_APP, 0x02, PRIVILEGE_ADMINISTRATOR, 0, reset, "Cold Reset"},
    {NETFN_APP, 0x03, PRIVILEGE_ADMINISTRATOR, 0, reset, "Warm Reset"},
    {NETFN_APP, 0x04, PRIVILEGE_USER, 0, get_self_test, "Get Self Test Results"},
    {NETFN_APP, 0x08, PRIVILEGE_USER, 0, get_guid, "Get Device GUID"},
    {NETFN_APP, 0x37, PRIVILEGE_NONE, 0, get_guid, "Get System GUID"},
    {NETFN_APP, 0x38, PRIVILEGE_NONE, 2, get_channel_auth,
	"Get Channel Authentication Capabilities"},
    {NETFN_APP, 0x3b, PRIVILEGE_CALLBACK, 1, set_privilege, "Set Session Privilege Level"},
    {NETFN_APP, 0x3c, PRIVILEGE_CALLBACK, 4, close_session, "Close Session"},
    {NETFN_APP, 0x3d, PRIVILEGE_USER, 1, get_session_info, "Get Session Info"},
    {NETFN_APP, 0x41, PRIVILEGE_USER, 2, get_channel_access, "Get Channel Access"},
    {NETFN_APP, 0x42, PRIVILEGE_USER, 1, get_channel_info, "Get Channel Info"},
    {NETFN_APP, 0x44, PRIVILEGE_OPERATOR, 2, get_user_access, "Get User Access"},
    {NETFN_APP, 0x46, PRIVILEGE_OPERATOR, 1, get_user_name, "Get User Name"},
    {NETFN_APP, 0x54, PRIVILEGE_NONE, 3, get_cipher_suites, "Get Channel Cipher Suites"},
    {NETFN_STORAGE, 0x20, PRIVILEGE_USER, 0, get_repository_info, "Get SDR Repository Info"},
    {NETFN_STORAGE, 0x22, PRIVILEGE_USER, 0, reserve, "Reserve SDR Repository"},
    {NETFN_STORAGE, 0x23, PRIVILEGE_USER, 6, get_entry, "Get SDR"},
    {NETFN_STORAGE, 0x40, PRIVILEGE_USER, 0, get_repository_info, "Get SEL Info"},
    {NETFN_STORAGE, 0x42, PRIVILEGE_USER, 0, reserve, "Reserve SEL"},
    {NETFN_STORAGE, 0x43, PRIVILEGE_USER, 6, get_entry, "Get SEL Entry"},
    {NETFN_STORAGE, 0x48, PRIVILEGE_USER, 0, get_time, "Get SEL Time"},
};
const size_t app_command_count = sizeof(app_commands) / sizeof(*app_commands);
