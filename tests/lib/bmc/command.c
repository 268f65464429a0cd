/* SPDX-License-Identifier: MIT */
/* command: see command.h. */
#include <stdio.h>

#include "command.h"

static const struct command *find_in(
    const struct command *rows, size_t count, const struct wire_request *request)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].netfn == request->netfn && rows[i].command == request->command)
			return &rows[i];
	}
	return NULL;
}

static const struct command *find(const struct wire_request *request)
{
	const struct command *c = find_in(app_commands, app_command_count, request);

	if (!c)
		c = find_in(chassis_commands, chassis_command_count, request);
	return c ? c : find_in(payload_commands, payload_command_count, request);
}

/* The completion code that a fault has for the request, or -1. */
static int fault_code(const struct bmc *bmc, const struct wire_request *request)
{
	for (size_t i = 0; i < bmc->faults.fail_count; i++) {
		if (bmc->faults.fail[i].netfn == request->netfn &&
		    bmc->faults.fail[i].command == request->command)
			return bmc->faults.fail[i].code;
	}
	return -1;
}

static unsigned run(struct bmc *bmc, struct session *session, const struct command *command,
    const struct wire_request *request, struct bytes *out)
{
	struct request r = {bmc, session, request->data, request->len};
	int fault = fault_code(bmc, request);

	if (!session && (!command || command->privilege != PRIVILEGE_NONE))
		return CODE_PRIVILEGE;
	if (fault >= 0)
		return (unsigned)fault;
	if (!command)
		return CODE_INVALID_COMMAND;
	if (session && session->privilege < command->privilege)
		return CODE_PRIVILEGE;
	if (r.len < command->shortest)
		return CODE_LENGTH;
	return command->run(&r, out);
}

static void note(const struct bmc *bmc, const struct session *session,
    const struct command *command, const struct wire_request *request, unsigned code)
{
	char data[3 * 16 + 1] = "";
	size_t shown = request->len < 16 ? request->len : 16;

	for (size_t i = 0; i < shown; i++)
		snprintf(data + 3 * i, 4, " %02x", request->data[i]);
	bmc_note(bmc, "%s: %02x %02x %s%s%s: code %02x", session ? session->user->name : "-",
	    request->netfn, request->command, command ? command->name : "unknown command", data,
	    shown < request->len ? " …" : "", code);
}

void command_run(struct bmc *bmc, struct session *session, const uint8_t *payload, size_t len,
    struct bytes *reply)
{
	struct wire_request request;
	const struct command *command;
	struct bytes data = {0};
	unsigned code;

	if (wire_parse_request(payload, len, &request))
		return;
	command = find(&request);
	code = run(bmc, session, command, &request, &data);
	note(bmc, session, command, &request, code);
	if (code)
		data.len = 0;
	wire_build_response(reply, &request, (uint8_t)code, &data);
}
