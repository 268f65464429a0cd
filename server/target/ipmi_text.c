/* SPDX-License-Identifier: MIT */
/* ipmi_text: what ipmitool's output means; see ipmi_text.h. */
#include "ipmi_text.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "driver.h"

/* Why there is no session. The first that is found counts. */
static const struct {
	const char *text;
	enum ipmi_said said;
} session_errors[] = {
    {"Address lookup for ", IPMI_NAME},
    {"RAKP 2 HMAC is invalid", IPMI_PASSWORD},
    {"RAKP 4 message has invalid integrity check value", IPMI_PASSWORD},
    {" message indicates an error : invalid integrity check value", IPMI_PASSWORD},
    {" message indicates an error : unauthorized name", IPMI_USER},
    {" message indicates an error : unauthorized role", IPMI_USER},
    {"invalid role", IPMI_USER},
    {"unauthorized role or privilege level requested", IPMI_USER},
    {"Error in open session response message : invalid authentication algorithm", IPMI_SUITE},
    {"Error in open session response message : invalid integrity algorithm", IPMI_SUITE},
    {"Error in open session response message : invalid confidentiality algorithm", IPMI_SUITE},
    {"Error in open session response message : no matching", IPMI_SUITE},
    {"no cipher suite match", IPMI_SUITE},
    {"insufficient resources", IPMI_FULL},
    {"Error issuing Get Channel Authentication Capabilities request", IPMI_SILENT},
    /* (also after a first reply that was late: it asks again in the way of IPMI 1.5) */
    {"This BMC does not support IPMI v2", IPMI_BUSY},
    {"Unable to get Chassis Power Status", IPMI_LOST},
    {"Unable to set Chassis Power Control", IPMI_LOST},
};

static const char *const acknowledged[] = {
    [TARGET_ON] = "Chassis Power Control: Up/On",
    [TARGET_OFF] = "Chassis Power Control: Down/Off",
    [TARGET_RESET] = "Chassis Power Control: Reset",
    [TARGET_NMI] = "Chassis Power Control: Diag",
    [TARGET_PXE] = "Set Boot Device to pxe",
};

/* Completion codes that are no final word (IPMI 2.0, table 5-2: c0, c3, ce, d5). After a time-out it may have
 * been done: only what was surely not begun is tried again. */
static const struct {
	const char *text;
	enum ipmi_said said;
} codes[] = {
    {"Node busy", IPMI_BUSY},
    {"Timeout", IPMI_OTHER},
    {"Command response could not be provided", IPMI_OTHER},
    {"Command not supported in present state", IPMI_STATE},
};

/* The first line that begins with this, or NULL. */
static const char *text_line(const char *text, const char *begin)
{
	const char *at = text;

	while ((at = strstr(at, begin)) != NULL && at != text && at[-1] != '\n')
		at++;
	return at;
}

/* Copies up to the end of the line. */
static void text_detail(const char *from, char detail[IPMI_DETAIL_MAX])
{
	char line[IPMI_DETAIL_MAX];
	size_t len = strcspn(from, "\r\n");

	len = len < sizeof(line) - 1 ? len : sizeof(line) - 1;
	memcpy(line, from, len);
	line[len] = '\0';
	driver_last_line(line, detail, IPMI_DETAIL_MAX);
}

static int text_status(const char *text, enum target_power *power)
{
	const char *line = text_line(text, "Chassis Power is ");

	if (!line)
		return 0;
	line += strlen("Chassis Power is ");
	*power = strncmp(line, "on", 2) == 0    ? TARGET_POWER_ON
		 : strncmp(line, "off", 3) == 0 ? TARGET_POWER_OFF
						: TARGET_POWER_UNKNOWN;
	return *power != TARGET_POWER_UNKNOWN;
}

enum ipmi_said ipmi_text_read(const char *text, enum target_action action, enum target_power *power,
    char detail[IPMI_DETAIL_MAX])
{
	const char *failed = strstr(text, " failed: ");

	detail[0] = '\0';
	if (failed) {
		text_detail(failed + strlen(" failed: "), detail);
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
			if (strncmp(detail, codes[i].text, strlen(codes[i].text)) == 0)
				return codes[i].said;
		return IPMI_REFUSED;
	}
	if (action == TARGET_STATUS ? text_status(text, power)
				    : action < TARGET_ACTIONS && acknowledged[action] &&
					  text_line(text, acknowledged[action]) != NULL)
		return IPMI_DONE;
	for (size_t i = 0; i < sizeof(session_errors) / sizeof(session_errors[0]); i++)
		if (strstr(text, session_errors[i].text))
			return session_errors[i].said;
	driver_last_line(text, detail, IPMI_DETAIL_MAX);
	return IPMI_OTHER;
}

int ipmi_text_boot(const char *text, struct ipmi_boot *boot)
{
	static const char begin[] = "Boot parameter data: ";
	const char *line = text_line(text, begin);
	int flags, device;

	if (!line || strnlen(line, sizeof(begin) + 3) < sizeof(begin) + 3)
		return -1;
	flags = hex_byte(line + strlen(begin));
	device = hex_byte(line + strlen(begin) + 2);
	if (flags < 0 || device < 0)
		return -1;
	boot->valid = flags >> 7;
	boot->persistent = flags >> 6 & 1;
	boot->efi = flags >> 5 & 1;
	boot->device = device >> 2 & 15;
	return 0;
}

/* The id at the beginning of a line of bytes, " 3a d9 07 9b …", the lowest byte first; 0: no session. 0/-1. */
static int text_session(const char *line, char id[16])
{
	int bytes[4], any = 0;

	for (int i = 0; i < 4; i++, line += 3) {
		if (line[0] != ' ' || !line[1])
			return -1;
		bytes[i] = hex_byte(line + 1);
		if (bytes[i] < 0)
			return -1;
		any |= bytes[i];
	}
	if (!any)
		return -1;
	snprintf(id, 16, "0x%02x%02x%02x%02x", bytes[3], bytes[2], bytes[1], bytes[0]);
	return 0;
}

int ipmi_text_instance(const char *text, char id[16])
{
	/* (with -v other lines may come before it) */
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (text_session(line, id) == 0)
			return 0;
	}
	return -1;
}

/* What stands behind "NAME   : " in the text, printable ASCII, cut to size. 0/-1. */
static int text_value(const char *text, const char *name, char *out, size_t size)
{
	const char *at = strstr(text, name);
	size_t n = 0;

	at = at ? strchr(at, ':') : NULL;
	if (!at)
		return -1;
	for (at++; *at == ' '; at++)
		;
	while (n + 1 < size && *at > ' ' && *at < 0x7f)
		out[n++] = *at++;
	out[n] = '\0';
	return n > 0 ? 0 : -1;
}

int ipmi_text_holder(const char *text, char out[TARGET_HOLDER_MAX])
{
	char user[8], address[48];

	if (text_value(text, "user id", user, sizeof(user)) ||
	    text_value(text, "console ip", address, sizeof(address)))
		return -1;
	snprintf(out, TARGET_HOLDER_MAX, "user %s at %s", user, address);
	return 0;
}
