/* SPDX-License-Identifier: MIT */
/*
 * nft_text: what the output of "nft list ruleset" (nftables 1.0, which shows iptables' rules as well) does to a
 * new packet to a port of this host. Pure. Every chain of the hook "input" is followed, with its jumps.
 *
 * It is no firewall: of conditions it knows protocol, port, conntrack state and the interface lo. A rule with
 * any other is taken as accepting if it accepts, and as no match if it drops: what is reported is certain.
 */
#ifndef LASTWORDS_CLI_DOCTOR_NFT_TEXT_H
#define LASTWORDS_CLI_DOCTOR_NFT_TEXT_H

#include <stdint.h>

enum { NFT_WHERE_MAX = 200 };

/*
 * protocol: "udp" or "tcp". 1 and where ("inet filter input: udp dport 6666 drop", "…: policy drop") if the
 * packet is dropped or rejected, else 0. Text that is no ruleset drops nothing.
 */
int nft_blocks(const char *ruleset, const char *protocol, uint16_t port, char where[NFT_WHERE_MAX]);

#endif
