/* SPDX-License-Identifier: MIT */
/*
 * command: IPMI commands: a table of those that this BMC has, the privilege that each needs, and their
 * handlers, which are in app.c, chassis.c and payload.c.
 */
#ifndef BMC_COMMAND_H
#define BMC_COMMAND_H

#include "bmc.h"

enum netfn {
	NETFN_CHASSIS = 0x00,
	NETFN_APP = 0x06,
	NETFN_STORAGE = 0x0a,
	NETFN_TRANSPORT = 0x0c,
};

/* Completion codes (IPMI 2.0, table 5-2). */
enum completion {
	CODE_OK = 0x00,
	CODE_PARAMETER = 0x80, /* Set/Get … parameter: not supported */
	CODE_READ_ONLY = 0x82,
	CODE_BUSY = 0xc0,
	CODE_INVALID_COMMAND = 0xc1,
	CODE_LENGTH = 0xc7,
	CODE_RANGE = 0xc9,
	CODE_NOT_PRESENT = 0xcb,
	CODE_FIELD = 0xcc,
	CODE_PRIVILEGE = 0xd4,
	CODE_STATE = 0xd5,
};

struct request {
	struct bmc *bmc;
	struct session *session; /* NULL: outside a session */
	const uint8_t *data;
	size_t len;
};

/* Returns a completion code; out: the data after it. */
typedef unsigned command_fn(const struct request *request, struct bytes *out);

struct command {
	uint8_t netfn, command;
	uint8_t privilege; /* enum privilege; PRIVILEGE_NONE: outside a session too */
	uint8_t shortest; /* bytes of data at least */
	command_fn *run;
	const char *name;
};

extern const struct command app_commands[], chassis_commands[], payload_commands[];
extern const size_t app_command_count, chassis_command_count, payload_command_count;

/* Runs the message in payload. reply: empty (no request, no answer), or the response. */
void command_run(struct bmc *bmc, struct session *session, const uint8_t *payload, size_t len,
    struct bytes *reply);

#endif
