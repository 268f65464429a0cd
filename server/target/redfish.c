/* SPDX-License-Identifier: MIT */
/*
 * redfish: the driver of BMCs that speak Redfish. Paths are followed from the service root, never made up;
 * reset types are those that the system lists. One boot override, read back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "driver.h"
#include "redfish_http.h"
#include "redfish_text.h"

enum { REDFISH_LOOKS = 5, REDFISH_LOOK_MS = 1000 };

/* Of one call, from the first request to the last. */
struct redfish {
	struct redfish_http http;
	char path[REDFISH_PATH_MAX]; /* of the system */
	char etag[REDFISH_ETAG_MAX]; /* of the system, when it was read last */
	struct redfish_system system;
};

/* --- finding and reading the system ------------------------------------------------------------------- */

/* From a path in url, else by the service root. 0/-1. */
static int redfish_find(struct err *err, struct redfish *redfish)
{
	const char *url = redfish->http.target->url, *path = url + strlen(redfish->http.base);
	char systems[REDFISH_PATH_MAX];
	json_t *object;
	int rc = -1;

	if (path[0] && strcmp(path, "/redfish/v1") != 0 && strcmp(path, "/redfish") != 0) {
		if (snprintf(redfish->path, sizeof(redfish->path), "%s", path) >=
		    (int)sizeof(redfish->path))
			return err_set(err, "url: its path is too long");
		return 0;
	}
	object = redfish_http_get(err, &redfish->http, "/redfish/v1/");
	if (!object)
		return -1;
	if (redfish_link(object, "Systems", systems))
		err_set(err, "the service root has no Systems; is url that of a Redfish service?");
	else
		rc = 0;
	json_decref(object);
	object = rc ? NULL : redfish_http_get(err, &redfish->http, systems);
	rc = object ? redfish_member(err, object, redfish->path) : -1;
	json_decref(object);
	return rc;
}

static int redfish_read(struct err *err, struct redfish *redfish)
{
	json_t *object = redfish_http_get(err, &redfish->http, redfish->path), *info;
	struct redfish_system *system = &redfish->system;
	const char *etag;
	struct err ignored;
	int rc;

	if (!object)
		return -1;
	etag = json_string_value(json_object_get(object, "@odata.etag"));
	snprintf(redfish->etag, sizeof(redfish->etag), "%s",
	    redfish->http.etag[0] ? redfish->http.etag
	    : etag                ? etag
				  : "");
	rc = redfish_system_read(err, object, system);
	json_decref(object);
	if (rc == 0 && !system->offers[0] && system->info[0]) {
		info = redfish_http_get(&ignored, &redfish->http, system->info);
		redfish_info_read(info, system);
		json_decref(info);
	}
	return rc;
}

/* The call's state, with the system found; made with the first request. NULL on error. */
static struct redfish *redfish_of(struct err *err, struct driver_call *driver)
{
	struct redfish *redfish = driver->own;

	if (!redfish) {
		redfish = driver->own = calloc(1, sizeof(*redfish));
		if (!redfish) {
			err_errno(err, "redfish");
			return NULL;
		}
		if (redfish_http_open(err, &redfish->http, driver->target))
			return NULL;
	}
	if (!redfish->http.curl || (!redfish->path[0] && redfish_find(err, redfish)))
		return NULL;
	return redfish;
}

static void redfish_close(struct driver_call *driver)
{
	struct redfish *redfish = driver->own;

	if (redfish)
		redfish_http_close(&redfish->http);
	free(redfish);
	driver->own = NULL;
}

static int redfish_status(struct err *err, struct driver_call *driver, enum target_power *power)
{
	struct redfish *redfish = redfish_of(err, driver);

	if (!redfish || redfish_read(err, redfish))
		return -1;
	*power = redfish->system.power;
	memcpy(driver->progress, redfish->system.progress, sizeof(driver->progress));
	return 0;
}

/* --- reset -------------------------------------------------------------------------------------------- */

/* What a status means for something that was to be changed. */
static enum driver_result redfish_result(
    struct err *err, const struct redfish *redfish, long status, const json_t *reply)
{
	if (status >= 200 && status < 300)
		return DRIVER_DONE;
	if (status > 0)
		redfish_http_reason(err, &redfish->http, status, reply);
	/* 409: not in its state, which may be changing; the status decides */
	return status == 400 || status == 403 || status == 404 || status == 405 || status == 501
		   ? DRIVER_REFUSED
		   : DRIVER_FAILED;
}

static enum driver_result redfish_reset(
    struct err *err, struct redfish *redfish, enum target_action action)
{
	const struct redfish_system *system = &redfish->system;
	const char *type = redfish_reset_type(system, action);
	enum driver_result result;
	json_t *reply = NULL;
	char *body;
	long status;

	if (!type || !system->reset[0]) {
		err_set(err, "the BMC offers no %s; its reset types: %s",
		    target_action_name(action),
		    system->reset[0] && system->offers[0] ? system->offers : "none");
		return DRIVER_CANNOT;
	}
	body = redfish_reset_body(type);
	if (!body) {
		err_set(err, "out of memory");
		return DRIVER_FAILED;
	}
	status = redfish_http_send(err, &redfish->http, "POST", system->reset, body, NULL, &reply);
	result = redfish_result(err, redfish, status, reply);
	json_decref(reply);
	free(body);
	return result;
}

/* --- one boot from the network ------------------------------------------------------------------------ */

/* The PATCH, with If-Match where the service wants one: as it was given, strong, any. */
static long redfish_patch(
    struct err *err, struct redfish *redfish, const char *body, json_t **reply)
{
	const char *matches[] = {NULL, redfish->etag, NULL, "*"};
	long status = -1;

	*reply = NULL;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		if (i == 1 && redfish_read(err, redfish))
			return -1;
		if (i == 2)
			matches[2] =
			    strncmp(redfish->etag, "W/", 2) == 0 ? redfish->etag + 2 : NULL;
		if (i > 0 && (!matches[i] || !matches[i][0]))
			continue;
		json_decref(*reply);
		status = redfish_http_send(
		    err, &redfish->http, "PATCH", redfish->path, body, matches[i], reply);
		if (status != 412 && status != 428)
			break;
	}
	return status;
}

static enum driver_result redfish_override(
    struct err *err, struct redfish *redfish, const char *mode, long *status)
{
	char *body = redfish_boot_body(mode);
	enum driver_result result;
	json_t *reply = NULL;

	if (!body) {
		err_set(err, "out of memory");
		return DRIVER_FAILED;
	}
	*status = redfish_patch(err, redfish, body, &reply);
	result = redfish_result(err, redfish, *status, reply);
	json_decref(reply);
	free(body);
	return result;
}

/* Whether the override is there; some need a moment. */
static int redfish_kept(struct redfish *redfish)
{
	struct err ignored;

	for (int look = 0; look < REDFISH_LOOKS; look++) {
		if (look > 0)
			clock_pause_us(REDFISH_LOOK_MS * 1000);
		if (redfish_read(&ignored, redfish) == 0 &&
		    strcmp(redfish->system.boot_target, "Pxe") == 0 &&
		    strcmp(redfish->system.boot_enabled, "Once") == 0)
			return 1;
	}
	return 0;
}

static enum driver_result redfish_pxe(
    struct err *err, struct redfish *redfish, struct driver_call *driver)
{
	const char *mode = NULL;
	enum driver_result result;
	long status = -1;

	if (!redfish->system.pxe) {
		err_set(err,
		    "the BMC offers no Pxe among its boot devices; set the boot order in its firmware");
		return DRIVER_CANNOT;
	}
	if (driver->call->efi == 1 && redfish->system.uefi)
		mode = "UEFI";
	if (driver->call->efi == 0 && redfish->system.legacy)
		mode = "Legacy";
	result = redfish_override(err, redfish, mode, &status);
	if (status == 400 && mode) /* the mode may be the only thing that it does not take */
		result = redfish_override(err, redfish, NULL, &status);
	/* 400 also from some that have done it */
	if (result != DRIVER_DONE && status != 400)
		return result;
	driver->confirmed = redfish_kept(redfish);
	if (driver->confirmed)
		return DRIVER_DONE;
	if (result == DRIVER_DONE)
		err_set(err,
		    "the BMC acknowledged the boot override, but has not kept it; it is %s, %s",
		    redfish->system.boot_target[0] ? redfish->system.boot_target : "not there",
		    redfish->system.boot_enabled[0] ? redfish->system.boot_enabled : "Disabled");
	return result == DRIVER_DONE ? DRIVER_FAILED : result;
}

static enum driver_result redfish_act(
    struct err *err, struct driver_call *driver, enum target_action action)
{
	struct redfish *redfish = redfish_of(err, driver);

	/* (the status before an action has read the system; before pxe nothing has) */
	if (!redfish || (action == TARGET_PXE && redfish_read(err, redfish)))
		return DRIVER_FAILED;
	return action == TARGET_PXE ? redfish_pxe(err, redfish, driver)
				    : redfish_reset(err, redfish, action);
}

const struct driver driver_redfish = {
    .status = redfish_status, .act = redfish_act, .close = redfish_close};
