/* SPDX-License-Identifier: MIT */
/*
 * sol: the serial-over-LAN payload (IPMI 2.0, 15): one instance. A packet is sent, repeated until it is
 * acknowledged, and only then the next; characters of which only some were accepted go into a new packet.
 */
#ifndef BMC_SOL_H
#define BMC_SOL_H

#include "bmc.h"

void sol_init(struct bmc *bmc);
/* The console is the session's now. */
void sol_attach(struct bmc *bmc, struct session *session, int authenticate, int encrypt);
/* It ends; its holder gets a packet with the status "deactivated". */
void sol_deactivate(struct bmc *bmc);
/* It ends without a word. */
void sol_release(struct bmc *bmc);
void sol_receive(struct bmc *bmc, struct session *session, const uint8_t *payload, size_t len);
/* Characters are in the ring of the serial line. */
void sol_gather(struct bmc *bmc);
void sol_tick(struct bmc *bmc, int64_t now);

#endif
