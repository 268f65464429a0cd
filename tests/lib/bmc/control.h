/* SPDX-License-Identifier: MIT */
/* control: the Unix socket of --control, over which a test orders misbehaviour; its commands are in main.c. */
#ifndef BMC_CONTROL_H
#define BMC_CONTROL_H

#include "bmc.h"

/* 0/-1 */
int control_open(struct err *err, const char *path);
void control_close(const char *path);
/* A list like "3,17" of suites as bits. 0/-1 */
int control_parse_suites(struct err *err, const char *text, uint32_t *suites);

extern int control_quit; /* "quit" came */

#endif
