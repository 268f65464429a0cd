/* SPDX-License-Identifier: MIT */
/* here: the values of the DHCP snippets for this machine and a configuration. Looks names up. */
#ifndef LASTWORDS_CLI_DHCP_HERE_H
#define LASTWORDS_CLI_DHCP_HERE_H

#include <sys/socket.h>

#include "cli/host/firmware.h"
#include "config.h"
#include "config/config.h"

/*
 * From url or listen, else from the one network card that has an address. family: AF_INET or AF_INET6, what
 * the DHCP server speaks. *assumed: 1 if the server's address is not of this machine, so that its netmask was assumed
 * (/24, /64). dhcp's values point into firmware, which it fills in. 0/-1.
 */
int dhcp_here(struct err *err, const struct config *config, int family, struct dhcp_config *dhcp,
    struct firmware *firmware, int *assumed);

#endif
