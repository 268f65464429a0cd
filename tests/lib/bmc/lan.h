/* SPDX-License-Identifier: MIT */
/* lan: the UDP side of a BMC: what arrives goes to its session, command or console; what is sent passes the faults. */
#ifndef BMC_LAN_H
#define BMC_LAN_H

#include "bmc.h"

/*
 * Listens on options.listen, on port base if that has none. step: added to the address (by_address) or the
 * port. 0/-1
 */
int lan_open(struct err *err, struct bmc *bmc, int base, int step);
void lan_close(struct bmc *bmc);
/* The port it listens on. */
unsigned lan_port(const struct bmc *bmc);
/* Sends a payload of a session: PAYLOAD_IPMI or PAYLOAD_SOL. */
void lan_send(struct bmc *bmc, struct session *session, unsigned type, int authenticate,
    int encrypt, const struct bytes *payload);

#endif
