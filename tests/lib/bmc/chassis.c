/* SPDX-License-Identifier: MIT */
/* chassis: chassis commands (IPMI 2.0, 28): power, boot options. */
#include "command.h"
#include "power.h"

/* Boot option parameters (IPMI 2.0, table 28-14). */
enum { BOOT_PROGRESS = 0, BOOT_VALID_CLEARING = 3, BOOT_ACKNOWLEDGE = 4, BOOT_FLAGS = 5 };

enum { DEVICE_PXE = 1 };

static unsigned get_capabilities(const struct request *request, struct bytes *out)
{
	(void)request;
	/* diagnostic interrupt */
	bytes_put8(out, 0x04);
	bytes_fill(out, 0x20, 4);
	return CODE_OK;
}

static unsigned get_status(const struct request *request, struct bytes *out)
{
	const struct power *p = &request->bmc->power;

	bytes_put8(out, p->on ? 1 : 0);
	bytes_put8(out, p->last_event);
	/* identify is supported; its state */
	bytes_put8(out, 0x40u | (p->identify ? 0x10u : 0));
	return CODE_OK;
}

static unsigned control(const struct request *request, struct bytes *out)
{
	static const unsigned codes[] = {
	    [POWER_TAKEN] = CODE_OK, [POWER_NOT_NOW] = CODE_STATE, [POWER_BUSY] = CODE_BUSY};
	static const enum power_action actions[] = {
	    POWER_OFF, POWER_ON, POWER_ON, POWER_RESET, POWER_NMI, POWER_SOFT};
	unsigned what = request->data[0] & 0x0f;

	(void)out;
	if (what > 5)
		return CODE_FIELD;
	return codes[what == 2 ? power_cycle(request->bmc)
			       : power_request(request->bmc, actions[what])];
}

static unsigned identify(const struct request *request, struct bytes *out)
{
	(void)out;
	request->bmc->power.identify = request->len == 0 || request->data[0] != 0;
	return CODE_OK;
}

static unsigned get_restart_cause(const struct request *request, struct bytes *out)
{
	(void)request;
	/* a command over channel 1 */
	bytes_put16(out, 0x0101);
	return CODE_OK;
}

/* --- boot options --- */

static unsigned set_flags(const struct request *request)
{
	struct power *p = &request->bmc->power;

	if (request->len < 6)
		return CODE_LENGTH;
	memcpy(p->boot_flags, request->data + 1, sizeof(p->boot_flags));
	if (p->boot_flags[0] & 0x80 && (p->boot_flags[1] >> 2 & 15) == DEVICE_PXE)
		power_request(request->bmc, POWER_PXE);
	return CODE_OK;
}

static unsigned set_boot(const struct request *request, struct bytes *out)
{
	struct power *p = &request->bmc->power;
	size_t ack = sizeof(p->boot_ack);

	(void)out;
	switch (request->data[0] & 0x7f) {
	case BOOT_PROGRESS:
		if (request->len < 2)
			return CODE_LENGTH;
		/* 0x81: set in progress */
		if ((request->data[1] & 3) == 1 && p->boot_progress == 1)
			return 0x81;
		p->boot_progress = request->data[1] & 3;
		if (p->boot_progress == 2)
			p->boot_progress = 0;
		return CODE_OK;
	case BOOT_VALID_CLEARING:
		return CODE_OK;
	case BOOT_ACKNOWLEDGE:
		if (request->len < 1 + ack)
			return CODE_LENGTH;
		memcpy(p->boot_ack, request->data + 1, ack);
		return CODE_OK;
	case BOOT_FLAGS:
		return set_flags(request);
	default:
		return CODE_PARAMETER;
	}
}

static unsigned get_boot(const struct request *request, struct bytes *out)
{
	const struct power *p = &request->bmc->power;
	unsigned parameter = request->data[0] & 0x7f;

	bytes_put8(out, 0x01);
	bytes_put8(out, parameter);
	switch (parameter) {
	case BOOT_PROGRESS:
		bytes_put8(out, p->boot_progress);
		return CODE_OK;
	case BOOT_VALID_CLEARING:
		bytes_put8(out, 0);
		return CODE_OK;
	case BOOT_ACKNOWLEDGE:
		bytes_put(out, p->boot_ack, sizeof(p->boot_ack));
		return CODE_OK;
	case BOOT_FLAGS:
		bytes_put(out, p->boot_flags, sizeof(p->boot_flags));
		return CODE_OK;
	default:
		return CODE_PARAMETER;
	}
}

const struct command chassis_commands[] = {
    {NETFN_CHASSIS, 0x00, PRIVILEGE_USER, 0, get_capabilities, "Get Chassis Capabilities"},
    {NETFN_CHASSIS, 0x01, PRIVILEGE_USER, 0, get_status, "Get Chassis Status"},
    {NETFN_CHASSIS, 0x02, PRIVILEGE_OPERATOR, 1, control, "Chassis Control"},
    {NETFN_CHASSIS, 0x04, PRIVILEGE_OPERATOR, 0, identify, "Chassis Identify"},
    {NETFN_CHASSIS, 0x07, PRIVILEGE_USER, 0, get_restart_cause, "Get System Restart Cause"},
    {NETFN_CHASSIS, 0x08, PRIVILEGE_OPERATOR, 1, set_boot, "Set System Boot Options"},
    {NETFN_CHASSIS, 0x09, PRIVILEGE_OPERATOR, 3, get_boot, "Get System Boot Options"},
};
const size_t chassis_command_count = sizeof(chassis_commands) / sizeof(*chassis_commands);
