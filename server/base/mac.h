/* SPDX-License-Identifier: MIT */
/*
 * mac: Ethernet addresses (48 bits) as text. Pure.
 */
#ifndef LASTWORDS_BASE_MAC_H
#define LASTWORDS_BASE_MAC_H

#include <stdint.h>

#include "err.h"

/*
 * Reads a MAC: six pairs of hex digits, separated by ':' or '-' or nothing. Refuses anything else,
 * multicast addresses and 00:00:00:00:00:00. 0/-1.
 */
int mac_parse(struct err *err, const char *text, uint8_t mac[6]);
/* "52:54:00:a1:b2:c3" */
void mac_format(const uint8_t mac[6], char text[18]);
/* "525400a1b2c3" */
void mac_format_hex(const uint8_t mac[6], char text[13]);

#endif
