/* SPDX-License-Identifier: MIT */
/* payload: commands about payloads (IPMI 2.0, 24) and the configuration of serial-over-LAN (26). */
#include "command.h"
#include "lan.h"
#include "session.h"
#include "sol.h"

enum {
	INSTANCE = 1,
	CODE_ALREADY = 0x80, /* active, or not active */
	CODE_DISABLED = 0x81,
	CODE_NO_ENCRYPTION = 0x83,
	CODE_ENCRYPTION_NEEDED = 0x84,
	CODE_NO_PAYLOAD = 0x80,
	AUX_ENCRYPT = 0x80,
	AUX_AUTHENTICATE = 0x40,
};

static int names_sol(const uint8_t *data)
{
	return (data[0] & 0x3f) == PAYLOAD_SOL && (data[1] & 0x0f) == INSTANCE;
}

static void put_sizes(const struct request *request, struct bytes *out)
{
	const struct faults *f = &request->bmc->faults;

	bytes_put16(out, f->sol_sizes ? (unsigned)f->sol_in : SOL_DATA + SOL_HEADER);
	bytes_put16(out, f->sol_sizes ? (unsigned)f->sol_out : SOL_DATA + SOL_HEADER);
}

static unsigned activate(const struct request *request, struct bytes *out)
{
	struct sol *sol = &request->bmc->sol;
	const struct suite *suite = request->session->suite;
	int encrypt = (request->data[2] & AUX_ENCRYPT) != 0;
	int authenticate = (request->data[2] & AUX_AUTHENTICATE) != 0;

	if (!names_sol(request->data))
		return CODE_FIELD;
	if (request->session->privilege < (sol->authentication & 0x0f))
		return CODE_PRIVILEGE;
	if (!sol->enabled)
		return CODE_DISABLED;
	if (sol->holder)
		return CODE_ALREADY;
	if (encrypt && !suite->confidentiality)
		return CODE_NO_ENCRYPTION;
	if (!encrypt && sol->authentication & AUX_ENCRYPT)
		return CODE_ENCRYPTION_NEEDED;
	if (sol->authentication & AUX_AUTHENTICATE)
		authenticate = 1;
	sol_attach(request->bmc, request->session, authenticate, encrypt);
	bytes_put32(out, 0);
	put_sizes(request, out);
	bytes_put16(out, lan_port(request->bmc));
	/* no VLAN */
	bytes_put16(out, 0xffff);
	return CODE_OK;
}

static unsigned deactivate(const struct request *request, struct bytes *out)
{
	struct sol *sol = &request->bmc->sol;

	(void)out;
	if (!names_sol(request->data))
		return CODE_FIELD;
	if (request->session->privilege < (sol->authentication & 0x0f))
		return CODE_PRIVILEGE;
	if (!sol->holder)
		return CODE_ALREADY;
	if (sol->holder == request->session)
		sol_release(request->bmc);
	else
		sol_deactivate(request->bmc);
	return CODE_OK;
}

static unsigned get_activation(const struct request *request, struct bytes *out)
{
	if ((request->data[0] & 0x3f) != PAYLOAD_SOL)
		return CODE_FIELD;
	bytes_put8(out, 1);
	bytes_put16(out, request->bmc->sol.holder ? INSTANCE : 0);
	return CODE_OK;
}

static unsigned get_instance(const struct request *request, struct bytes *out)
{
	const struct session *holder = request->bmc->sol.holder;

	if (!names_sol(request->data))
		return CODE_FIELD;
	bytes_put32(out, holder ? holder->id : 0);
	/* of port 1 */
	bytes_put8(out, 1);
	bytes_fill(out, 0, 7);
	return CODE_OK;
}

static unsigned get_support(const struct request *request, struct bytes *out)
{
	(void)request;
	/* IPMI and SOL; Open Session and RAKP 1 to 4 */
	bytes_put16(out, 0x0003);
	bytes_put16(out, 0x003f);
	bytes_put32(out, 0);
	return CODE_OK;
}

static unsigned get_version(const struct request *request, struct bytes *out)
{
	unsigned type = request->data[1] & 0x3f;

	if (type > PAYLOAD_SOL && (type < PAYLOAD_OPEN || type > PAYLOAD_RAKP4))
		return CODE_NO_PAYLOAD;
	bytes_put8(out, 0x10);
	return CODE_OK;
}

static unsigned set_user_access(const struct request *request, struct bytes *out)
{
	(void)request;
	(void)out;
	return CODE_OK;
}

static unsigned get_user_access(const struct request *request, struct bytes *out)
{
	(void)request;
	bytes_put32(out, 0x02);
	return CODE_OK;
}

/* --- configuration --- */

enum {
	SOL_PROGRESS = 0,
	SOL_ENABLE = 1,
	SOL_AUTHENTICATION = 2,
	SOL_GATHER = 3,
	SOL_RETRY = 4,
	SOL_BIT_RATE = 5,
	SOL_BIT_RATE_NOW = 6,
	SOL_CHANNEL = 7,
	SOL_PORT = 8,
};

static unsigned set_sol(const struct request *request, struct bytes *out)
{
	struct sol *sol = &request->bmc->sol;
	const uint8_t *value = request->data + 2;
	unsigned parameter = request->data[1];
	int two = parameter == SOL_GATHER || parameter == SOL_RETRY;

	(void)out;
	if (two && request->len < 4)
		return CODE_LENGTH;
	switch (parameter) {
	case SOL_PROGRESS:
		return CODE_OK;
	case SOL_ENABLE:
		sol->enabled = value[0] & 1;
		return CODE_OK;
	case SOL_AUTHENTICATION:
		sol->authentication = value[0];
		return CODE_OK;
	case SOL_GATHER:
		sol->gather = value[0];
		sol->threshold = value[1];
		return CODE_OK;
	case SOL_RETRY:
		sol->retries = value[0] & 7;
		sol->retry_interval = value[1];
		return CODE_OK;
	case SOL_BIT_RATE:
	case SOL_BIT_RATE_NOW:
		sol->bit_rate[parameter - SOL_BIT_RATE] = value[0];
		return CODE_OK;
	case SOL_CHANNEL:
	case SOL_PORT:
		return CODE_READ_ONLY;
	default:
		return CODE_PARAMETER;
	}
}

static void put_parameter(const struct sol *sol, unsigned parameter, struct bytes *out)
{
	switch (parameter) {
	case SOL_PROGRESS:
		bytes_put8(out, 0);
		return;
	case SOL_ENABLE:
		bytes_put8(out, sol->enabled);
		return;
	case SOL_AUTHENTICATION:
		bytes_put8(out, sol->authentication);
		return;
	case SOL_GATHER:
		bytes_put8(out, sol->gather);
		bytes_put8(out, sol->threshold);
		return;
	case SOL_RETRY:
		bytes_put8(out, sol->retries);
		bytes_put8(out, sol->retry_interval);
		return;
	case SOL_CHANNEL:
		bytes_put8(out, 1);
		return;
	default:
		bytes_put8(out, sol->bit_rate[parameter - SOL_BIT_RATE]);
	}
}

static unsigned get_sol(const struct request *request, struct bytes *out)
{
	unsigned parameter = request->data[1];

	bytes_put8(out, 0x11);
	if (request->data[0] & 0x80)
		return CODE_OK;
	if (parameter > SOL_PORT)
		return CODE_PARAMETER;
	if (parameter == SOL_PORT)
		bytes_put16(out, lan_port(request->bmc));
	else
		put_parameter(&request->bmc->sol, parameter, out);
	return CODE_OK;
}

const struct command payload_commands[] = {
    {NETFN_APP, 0x48, PRIVILEGE_USER, 6, activate, "Activate Payload"},
    {NETFN_APP, 0x49, PRIVILEGE_USER, 6, deactivate, "Deactivate Payload"},
    {NETFN_APP, 0x4a, PRIVILEGE_USER, 1, get_activation, "Get Payload Activation Status"},
    {NETFN_APP, 0x4b, PRIVILEGE_USER, 2, get_instance, "Get Payload Instance Info"},
    {NETFN_APP, 0x4c, PRIVILEGE_ADMINISTRATOR, 6, set_user_access, "Set User Payload Access"},
    {NETFN_APP, 0x4d, PRIVILEGE_OPERATOR, 2, get_user_access, "Get User Payload Access"},
    {NETFN_APP, 0x4e, PRIVILEGE_USER, 1, get_support, "Get Channel Payload Support"},
    {NETFN_APP, 0x4f, PRIVILEGE_USER, 2, get_version, "Get Channel Payload Version"},
    {NETFN_TRANSPORT, 0x21, PRIVILEGE_ADMINISTRATOR, 3, set_sol,
	"Set SOL Configuration Parameters"},
    {NETFN_TRANSPORT, 0x22, PRIVILEGE_USER, 4, get_sol, "Get SOL Configuration Parameters"},
};
const size_t payload_command_count = sizeof(payload_commands) / sizeof(*payload_commands);
