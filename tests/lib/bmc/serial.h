/* SPDX-License-Identifier: MIT */
/*
 * serial: the machine's serial line. A socket (--serial), reconnected when it ends; or, without one, a machine
 * of our own: it writes lines (--chatter), and echoes what it reads.
 *
 * What the line writes while no console is attached is lost, as on real BMCs. While one is and the ring is
 * full, the line waits.
 */
#ifndef BMC_SERIAL_H
#define BMC_SERIAL_H

#include "bmc.h"

/* Is --serial an address that can be used? 0/-1 */
int serial_check(struct err *err);
void serial_open(struct bmc *bmc);
void serial_close(struct bmc *bmc);
void serial_tick(struct bmc *bmc, int64_t now);
/* To the line; how many characters it took. */
size_t serial_write(struct bmc *bmc, const uint8_t *data, size_t len);
void serial_break(struct bmc *bmc);
/* From our own machine, if the line is no socket. */
void serial_print(struct bmc *bmc, const char *text);
/* From the ring: at most len characters into data. */
size_t serial_read(struct bmc *bmc, uint8_t *data, size_t len);
/* A console is attached, or no more. */
void serial_attach(struct bmc *bmc);
void serial_detach(struct bmc *bmc);

#endif
