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
/*
 * The same of a hardware address of another length, from which a MAC can be derived; pairs of hex digits
 * with ':' or '-' between them:
 *   7 bytes   01, then a MAC: the hardware type in front, as PXELINUX names files
 *   8 bytes   an InfiniBand port's GUID or an EUI-64: the MAC is its first three and last three bytes
 *   9 bytes   20, then a GUID: the hardware type of InfiniBand in front (RFC 4390)
 *   20 bytes  an IPoIB address: 4 bytes, a GID whose last 8 bytes are the GUID (RFC 4391)
 * 0/-1.
 */
int mac_derive(struct err *err, const char *text, uint8_t mac[6]);
/* "52:54:00:a1:b2:c3" */
void mac_format(const uint8_t mac[6], char text[18]);
/* "525400a1b2c3" */
void mac_format_hex(const uint8_t mac[6], char text[13]);
/* 0x525400a1b2c3, and back: smaller to store and faster to compare than text, in the same order. */
uint64_t mac_number(const uint8_t mac[6]);
void mac_of_number(uint64_t number, uint8_t mac[6]);

#endif
