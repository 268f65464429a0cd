/* SPDX-License-Identifier: MIT */
/*
 * netwait: waits until this machine's addresses or routes change, by rtnetlink (rtnetlink(7)). For a machine
 * whose network is coming up: what could not be sent is tried again as soon as it can be.
 */
#ifndef SHIP_NETWAIT_H
#define SHIP_NETWAIT_H

/* A file descriptor, to be closed, or -1: then netwait only waits. */
int netwait_open(void);
/* Returns after ms milliseconds, or earlier if something has changed since the last call. */
void netwait(int fd, unsigned ms);

#endif
