/* SPDX-License-Identifier: MIT */
/*
 * driver: how target.c reaches one kind of target. A driver makes one call to the BMC at a time, does what
 * it was asked for, and reports what was acknowledged; locks, pauses, confirmation and the journal are
 * target.c's. For this room only.
 */
#ifndef TARGET_DRIVER_H
#define TARGET_DRIVER_H

#include "target.h"

enum driver_result {
	DRIVER_DONE, /* it was acknowledged */
	DRIVER_CANNOT, /* the target has no such function */
	DRIVER_REFUSED, /* it has, and refused */
	DRIVER_FAILED, /* no reply, or one that is no acknowledgement: it may have been done all the same */
};

struct driver_call {
	const struct target_call *call;
	const struct config_target *target; /* call->target */
	const char *dir; /* STATE/run/targets; it exists */
	char progress[TARGET_PROGRESS_MAX]; /* as in target_reply; set by status */
	int confirmed; /* a driver sets it when it has read back what it set */
	void *own; /* of the driver, from its first call to close */
};

struct driver {
	/* 0/-1 */
	int (*status)(struct err *err, struct driver_call *driver, enum target_power *power);
	/* TARGET_ON to TARGET_PXE, without TARGET_CYCLE: that is off and on. */
	enum driver_result (*act)(
	    struct err *err, struct driver_call *driver, enum target_action action);
	/* 0/-1; may be NULL */
	int (*holder)(struct err *err, struct driver_call *driver, char out[TARGET_HOLDER_MAX]);
	void (*close)(struct driver_call *driver); /* may be NULL */
	int hasty; /* 1: no BMC that a burst could freeze, calls need no pause */
};

extern const struct driver driver_ipmi, driver_redfish, driver_qemu, driver_command;

/* Sets dir to STATE/run/targets. 0/-1: too long. */
int driver_dir(struct err *err, const struct config *config, char dir[FILE_PATH_MAX]);
/* Sets path to STATE/run/targets/NAME.SUFFIX. 0/-1: too long. */
int driver_path(struct err *err, const struct driver_call *driver, const char *suffix,
    char path[FILE_PATH_MAX]);
/* The number from min to max on the first line of NAME.SUFFIX; 0: no such file, or no such number there. */
int driver_number(const struct driver_call *driver, const char *suffix, int min, int max);
/* The target's pause: between two calls that a driver makes by itself. */
void driver_pause(const struct driver_call *driver);
/* The last line of a program's output that has anything in it, printable ASCII, cut to size. */
void driver_last_line(const char *text, char *out, size_t size);

#endif
