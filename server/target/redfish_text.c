/* SPDX-License-Identifier: MIT */
/* redfish_text: what a Redfish service's replies say; see redfish_text.h. */
#include "redfish_text.h"

#include <stdio.h>
#include <string.h>

#include "driver.h"

static const struct {
	const char *name;
	enum redfish_reset bit;
} types[] = {
    {"On", REDFISH_ON},
    {"ForceOn", REDFISH_FORCE_ON},
    {"ForceOff", REDFISH_FORCE_OFF},
    {"ForceRestart", REDFISH_FORCE_RESTART},
    {"PowerCycle", REDFISH_POWER_CYCLE},
    {"Nmi", REDFISH_NMI},
};

/* Which types do an action, the best first. Nothing graceful: a kernel that hangs does not take part. */
static const struct {
	enum target_action action;
	enum redfish_reset order[2];
} wishes[] = {
    {TARGET_ON, {REDFISH_ON, REDFISH_FORCE_ON}},
    {TARGET_OFF, {REDFISH_FORCE_OFF}},
    {TARGET_RESET, {REDFISH_FORCE_RESTART, REDFISH_POWER_CYCLE}},
    {TARGET_NMI, {REDFISH_NMI}},
};

json_t *redfish_parse(struct err *err, const char *text, size_t len)
{
	json_t *object = json_loadb(text, len, 0, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	err_set(err, "the reply is not a JSON object; is url that of a Redfish service?");
	return NULL;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

int redfish_path(const char *text, char path[REDFISH_PATH_MAX])
{
	size_t len = strlen(text);

	if (text[0] != '/' || text[1] == '/' || len >= REDFISH_PATH_MAX ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 "-._~/:@!$&'()*+,;=%") != len)
		return -1;
	memcpy(path, text, len + 1);
	return 0;
}

int redfish_link(const json_t *object, const char *name, char path[REDFISH_PATH_MAX])
{
	return redfish_path(
	    text_of(name[0] ? json_object_get(object, name) : object, "@odata.id"), path);
}

/* Adds ", TEXT" to a list for people. */
static void list_add(char *list, size_t size, const char *text)
{
	char word[REDFISH_PATH_MAX];
	size_t len = strlen(list);

	driver_last_line(text, word, sizeof(word));
	if (len + strlen(word) + 3 < size)
		snprintf(list + len, size - len, "%s%s", len ? ", " : "", word);
}

int redfish_member(struct err *err, const json_t *collection, char path[REDFISH_PATH_MAX])
{
	const json_t *members = json_object_get(collection, "Members");
	char list[REDFISH_LIST_MAX] = "";

	for (size_t i = 0; i < json_array_size(members); i++)
		list_add(list, sizeof(list), text_of(json_array_get(members, i), "@odata.id"));
	if (json_array_size(members) > 1)
		return err_set(err,
		    "the BMC has %zu systems, %s; put the path of one behind the host in url",
		    json_array_size(members), list);
	if (redfish_link(json_array_get(members, 0), "", path))
		return err_set(err, "the BMC lists no system; is url that of a Redfish service?");
	return 0;
}

/* --- a system ----------------------------------------------------------------------------------------- */

static void types_read(const json_t *list, struct redfish_system *system)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name)
			continue;
		list_add(system->offers, sizeof(system->offers), name);
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
			if (strcmp(name, types[t].name) == 0)
				system->types |= types[t].bit;
	}
}

void redfish_info_read(const json_t *object, struct redfish_system *system)
{
	const json_t *parameters = json_object_get(object, "Parameters");

	for (size_t i = 0; i < json_array_size(parameters); i++) {
		const json_t *parameter = json_array_get(parameters, i);

		if (strcmp(text_of(parameter, "Name"), "ResetType") == 0)
			types_read(json_object_get(parameter, "AllowableValues"), system);
	}
}

/* Whether the list has the word; also without a list. */
static int list_allows(const json_t *list, const char *word)
{
	if (json_array_size(list) == 0)
		return 1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *value = json_string_value(json_array_get(list, i));

		if (value && strcmp(value, word) == 0)
			return 1;
	}
	return 0;
}

static void boot_read(const json_t *boot, struct redfish_system *system)
{
	const json_t *modes =
	    json_object_get(boot, "BootSourceOverrideMode@Redfish.AllowableValues");
	int has_mode = json_object_get(boot, "BootSourceOverrideMode") != NULL;

	system->pxe = list_allows(
	    json_object_get(boot, "BootSourceOverrideTarget@Redfish.AllowableValues"), "Pxe");
	system->uefi = has_mode && list_allows(modes, "UEFI");
	system->legacy = has_mode && list_allows(modes, "Legacy");
	driver_last_line(text_of(boot, "BootSourceOverrideTarget"), system->boot_target,
	    sizeof(system->boot_target));
	driver_last_line(text_of(boot, "BootSourceOverrideEnabled"), system->boot_enabled,
	    sizeof(system->boot_enabled));
}

int redfish_system_read(struct err *err, const json_t *object, struct redfish_system *system)
{
	const json_t *reset =
	    json_object_get(json_object_get(object, "Actions"), "#ComputerSystem.Reset");
	const char *power = text_of(object, "PowerState");

	memset(system, 0, sizeof(*system));
	if (!json_object_get(object, "PowerState"))
		return err_set(err, "it has no PowerState; is url that of a system?");
	system->power = strcmp(power, "On") == 0 || strcmp(power, "Paused") == 0 ? TARGET_POWER_ON
			: strcmp(power, "Off") == 0                              ? TARGET_POWER_OFF
						    : TARGET_POWER_UNKNOWN;
	if (redfish_path(text_of(reset, "target"), system->reset))
		system->reset[0] = '\0';
	if (redfish_path(text_of(reset, "@Redfish.ActionInfo"), system->info))
		system->info[0] = '\0';
	types_read(json_object_get(reset, "ResetType@Redfish.AllowableValues"), system);
	boot_read(json_object_get(object, "Boot"), system);
	driver_last_line(text_of(json_object_get(object, "BootProgress"), "LastState"),
	    system->progress, sizeof(system->progress));
	return 0;
}

/* --- what it is sent ---------------------------------------------------------------------------------- */

static const char *type_name(enum redfish_reset bit)
{
	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
		if (types[t].bit == bit)
			return types[t].name;
	return NULL;
}

const char *redfish_reset_type(const struct redfish_system *system, enum target_action action)
{
	for (size_t w = 0; w < sizeof(wishes) / sizeof(wishes[0]); w++) {
		if (wishes[w].action != action)
			continue;
		if (!system->offers[0])
			return type_name(wishes[w].order[0]);
		for (size_t i = 0; i < 2; i++)
			if (system->types & wishes[w].order[i])
				return type_name(wishes[w].order[i]);
	}
	return NULL;
}

/* (The callers' free(3) is jansson's: nothing sets another.) */
static char *body_of(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

char *redfish_reset_body(const char *type)
{
	return body_of(json_pack("{s:s}", "ResetType", type));
}

char *redfish_boot_body(const char *mode)
{
	return body_of(json_pack("{s:{s:s,s:s,s:s*}}", "Boot", "BootSourceOverrideTarget", "Pxe",
	    "BootSourceOverrideEnabled", "Once", "BootSourceOverrideMode", mode));
}

void redfish_reason(const json_t *reply, char *out, size_t size)
{
	const json_t *error = json_object_get(reply, "error");
	const json_t *first = json_array_get(json_object_get(error, "@Message.ExtendedInfo"), 0);
	const char *text = text_of(first, "Message");

	driver_last_line(text[0] ? text : text_of(error, "message"), out, size);
}
