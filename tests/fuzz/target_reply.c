/* SPDX-License-Identifier: MIT */
/*
 * target_reply: any output of ipmitool and any reply of a Redfish service is read within its bounds, what
 * people see of it is printable, and a path is one. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "target/ipmi_text.h"
#include "target/redfish_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void printable(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		abort();
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			abort();
}

static void path(const char *text)
{
	printable(text, REDFISH_PATH_MAX);
	if (text[0] && (text[0] != '/' || text[1] == '/'))
		abort();
}

static void ipmi(const char *text)
{
	char detail[IPMI_DETAIL_MAX], id[16], holder[TARGET_HOLDER_MAX];
	enum target_power power = TARGET_POWER_UNKNOWN;
	struct ipmi_boot boot;

	for (int action = 0; action <= TARGET_ACTIONS; action++) {
		ipmi_text_read(text, (enum target_action)action, &power, detail);
		printable(detail, sizeof(detail));
	}
	ipmi_text_boot(text, &boot);
	if (ipmi_text_instance(text, id) == 0)
		printable(id, sizeof(id));
	if (ipmi_text_holder(text, holder) == 0)
		printable(holder, sizeof(holder));
}

static void redfish(const char *text, size_t len)
{
	char link[REDFISH_PATH_MAX] = "", said[160];
	struct redfish_system system;
	struct err err;
	json_t *object = redfish_parse(&err, text, len);

	if (!object)
		return;
	if (redfish_link(object, "Systems", link) == 0)
		path(link);
	if (redfish_member(&err, object, link) == 0)
		path(link);
	printable(err.msg, sizeof(err.msg));
	redfish_reason(object, said, sizeof(said));
	printable(said, sizeof(said));
	if (redfish_system_read(&err, object, &system) == 0) {
		redfish_info_read(object, &system);
		path(system.reset);
		path(system.info);
		printable(system.offers, sizeof(system.offers));
		printable(system.boot_target, sizeof(system.boot_target));
		printable(system.boot_enabled, sizeof(system.boot_enabled));
		for (int action = 0; action < TARGET_ACTIONS; action++)
			redfish_reset_type(&system, (enum target_action)action);
	}
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	ipmi(text);
	redfish(text, size);
	free(text);
	return 0;
}
