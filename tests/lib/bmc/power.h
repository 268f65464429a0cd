/* SPDX-License-Identifier: MIT */
/*
 * power: the machine behind a BMC. Its power changes by the program of --power, or, without one, at once.
 * Requests are acknowledged before they are carried out, as by real BMCs.
 */
#ifndef BMC_POWER_H
#define BMC_POWER_H

#include "bmc.h"

/* What a request does; POWER_NOT_NOW: it needs a machine that is on. */
enum power_result { POWER_TAKEN, POWER_NOT_NOW, POWER_BUSY };

enum power_result power_request(struct bmc *bmc, enum power_action action);
/* Off, half a second, on. */
enum power_result power_cycle(struct bmc *bmc);
/* The boot device of the boot flags as a word: "none", "pxe", "disk", … */
const char *power_boot_device(const struct power *power);
/* The machine is on or off now, whatever caused it. */
void power_set(struct bmc *bmc, int on);

void power_tick(struct bmc *bmc, int64_t now);
/* A child of this process ended. */
void power_reap(int pid, int status);
/* Starts a program of the command line with one argument, and BMC_… in its environment. Its process, or -1. */
int power_spawn(struct bmc *bmc, const char *program, const char *argument);
void power_close(struct bmc *bmc);

#endif
