/* SPDX-License-Identifier: MIT */
/* redfish_text.h's promises: which reset type an action becomes, what is sent, which paths are taken. */
#include "target/redfish_text.h"

#include <stdlib.h>

#include "tap.h"

static struct redfish_system read_system;
static struct err err;

/* Reads a system whose reset has these members. */
static const struct redfish_system *system_with(const char *reset, const char *boot)
{
	char text[2000];
	json_t *object;
	int len = snprintf(text, sizeof(text),
	    "{\"PowerState\":\"Off\",\"Boot\":{%s},\"Actions\":{\"#ComputerSystem.Reset\":"
	    "{\"target\":\"/redfish/v1/Systems/1/Actions/Reset\"%s}}}",
	    boot, reset);

	object = redfish_parse(&err, text, (size_t)len);
	ok(object && redfish_system_read(&err, object, &read_system) == 0, "a system is read");
	json_decref(object);
	return &read_system;
}

static void reset_types(void)
{
	const struct redfish_system *all = system_with(
	    ",\"ResetType@Redfish.AllowableValues\":[\"On\",\"ForceOff\",\"ForceRestart\","
	    "\"PowerCycle\",\"Nmi\",\"GracefulShutdown\"]",
	    "");

	is_num(all->power, TARGET_POWER_OFF, "its power");
	is(all->reset, "/redfish/v1/Systems/1/Actions/Reset", "where a reset is posted");
	is(redfish_reset_type(all, TARGET_ON), "On", "on");
	is(redfish_reset_type(all, TARGET_OFF), "ForceOff", "off");
	is(redfish_reset_type(all, TARGET_RESET), "ForceRestart", "reset");
	is(redfish_reset_type(all, TARGET_NMI), "Nmi", "NMI");
	is(redfish_reset_type(all, TARGET_PXE), NULL, "pxe is no reset");
	is(redfish_reset_type(
	       system_with(
		   ",\"ResetType@Redfish.AllowableValues\":[\"ForceOn\",\"PowerCycle\"]", ""),
	       TARGET_ON),
	    "ForceOn", "on where there is no On");
	is(redfish_reset_type(&read_system, TARGET_RESET), "PowerCycle",
	    "reset where there is no ForceRestart");
	is(redfish_reset_type(&read_system, TARGET_OFF), NULL, "off where there is no ForceOff");
	is(read_system.offers, "ForceOn, PowerCycle", "what it offers");
	is(redfish_reset_type(system_with("", ""), TARGET_NMI), "Nmi",
	    "without a list the common type is tried");
	system_with(",\"ResetType@Redfish.AllowableValues\":[7,null,\"\\u001b[2J\"]", "");
	is(redfish_reset_type(&read_system, TARGET_ON), NULL, "a list of other things has no type");
	is(read_system.offers, "?[2J", "and is shown as printable text");
}

static void info(void)
{
	static const char text[] =
	    "{\"Parameters\":[{\"Name\":\"X\",\"AllowableValues\":[\"Nmi\"]},"
	    "{\"Name\":\"ResetType\",\"AllowableValues\":[\"On\"]}]}";
	json_t *object = redfish_parse(&err, text, sizeof(text) - 1);

	system_with(",\"@Redfish.ActionInfo\":\"/redfish/v1/Info\"", "");
	is(read_system.info, "/redfish/v1/Info", "the ActionInfo's path");
	redfish_info_read(object, &read_system);
	is_num(read_system.types, REDFISH_ON, "its types, of the right parameter only");
	json_decref(object);
}

static void boot(void)
{
	char *body = redfish_boot_body("UEFI");

	is(body,
	    "{\"Boot\":{\"BootSourceOverrideTarget\":\"Pxe\",\"BootSourceOverrideEnabled\":\"Once\","
	    "\"BootSourceOverrideMode\":\"UEFI\"}}",
	    "an override with a mode");
	free(body);
	body = redfish_boot_body(NULL);
	is(body,
	    "{\"Boot\":{\"BootSourceOverrideTarget\":\"Pxe\",\"BootSourceOverrideEnabled\":\"Once\"}}",
	    "and without");
	free(body);
	body = redfish_reset_body("Nmi");
	is(body, "{\"ResetType\":\"Nmi\"}", "a reset");
	free(body);
	system_with("", "");
	ok(read_system.pxe && !read_system.uefi && !read_system.legacy,
	    "no list of devices, no mode");
	system_with("",
	    "\"BootSourceOverrideMode\":\"Legacy\","
	    "\"BootSourceOverrideMode@Redfish.AllowableValues\":[\"UEFI\"],"
	    "\"BootSourceOverrideTarget\":\"Pxe\",\"BootSourceOverrideEnabled\":\"Once\","
	    "\"BootSourceOverrideTarget@Redfish.AllowableValues\":[\"Hdd\"]");
	ok(!read_system.pxe && read_system.uefi && !read_system.legacy, "lists are followed");
	is(read_system.boot_target, "Pxe", "the override's target");
	is(read_system.boot_enabled, "Once", "and how long it holds");
}

static void paths(void)
{
	static const char *const bad[] = {"", "redfish", "//elsewhere/x", "http://elsewhere/",
	    "/a b", "/a\r\nHost: x", "/a?x=1", "/\303\251", "/a#b", "/\"", NULL};
	char path[REDFISH_PATH_MAX], deep[2 * REDFISH_PATH_MAX];

	ok(redfish_path("/redfish/v1/Systems/437XR1138R2", path) == 0, "a path is taken");
	for (int i = 0; bad[i]; i++)
		ok(redfish_path(bad[i], path) == -1, "text %d is no path", i);
	memset(deep, '/', sizeof(deep));
	memset(deep + 1, 'a', sizeof(deep) - 2);
	deep[sizeof(deep) - 1] = '\0';
	ok(redfish_path(deep, path) == -1, "a path that is too long is refused");
}

static void replies(void)
{
	static const char members[] =
	    "{\"Members\":[{\"@odata.id\":\"/a\"},{\"@odata.id\":\"/b\"}]}";
	static const char error[] =
	    "{\"error\":{\"message\":\"general\",\"@Message.ExtendedInfo\":[{\"Message\":\"no\\u001b[2J\"}]}}";
	char path[REDFISH_PATH_MAX], said[80];
	json_t *object = redfish_parse(&err, members, sizeof(members) - 1);

	ok(redfish_member(&err, object, path) == -1 && strstr(err.msg, "2 systems, /a, /b"),
	    "several members: %s", err.msg);
	json_decref(object);
	object = redfish_parse(&err, error, sizeof(error) - 1);
	redfish_reason(object, said, sizeof(said));
	is(said, "no?[2J", "why a request was refused");
	json_decref(object);
	ok(!redfish_parse(&err, "[1]", 3) && !redfish_parse(&err, "", 0),
	    "only objects are replies");
	redfish_reason(NULL, said, sizeof(said));
	is(said, "", "no reply has no reason");
}

int main(void)
{
	reset_types();
	info();
	boot();
	paths();
	replies();
	return tap_done();
}
