/* SPDX-License-Identifier: MIT */
/* firewall: does this host's own firewall drop what machines send? See doctor.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/program.h"
#include "doctor.h"
#include "nft_text.h"

enum { RULESET_MAX = 4 << 20, PORT_DHCP = 67, PORT_TFTP = 69 };

/* 1 if a program of this host has the UDP port (proc(5), /proc/net/udp: the local address in hexadecimal). */
static int firewall_has_udp(uint16_t port)
{
	char line[256], end[8];
	int has = 0;
	FILE *file = fopen("/proc/net/udp", "re");

	if (!file)
		return 0;
	snprintf(end, sizeof(end), ":%04X ", port);
	while (!has && fgets(line, sizeof(line), file)) {
		const char *local = strchr(line, ':'); /* after the slot's number */

		has = local && strncmp(local + 2 + 8, end, 6) == 0;
	}
	fclose(file);
	return has;
}

static void firewall_port(struct doctor *doctor, const char *ruleset, const char *protocol,
    uint16_t port, const char *what)
{
	char where[NFT_WHERE_MAX];
	struct doctor_finding *finding;

	if (!nft_blocks(ruleset, protocol, port, where))
		return;
	finding = doctor_find(
	    doctor, DOCTOR_PROBLEM, "the firewall drops %s port %u: %s", protocol, port, what);
	doctor_why(finding, "%s", where);
	doctor_fix(finding, "nft insert rule %.*s %s dport %u accept, and in /etc/nftables.conf",
	    (int)strcspn(where, ":"), where, protocol, port);
}

static void firewall_ports(struct doctor *doctor, const char *ruleset)
{
	const struct config *config = doctor->config;
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t netconsole = 6666, listen = 8080;
	size_t before = doctor->count;
	struct err ignored;

	if (config) {
		(void)address_split(&ignored, config->netconsole, host, &netconsole);
		(void)address_split(&ignored, config->listen, host, &listen);
	}
	firewall_port(doctor, ruleset, "udp", netconsole, "netconsole");
	firewall_port(doctor, ruleset, "tcp", listen, "boot scripts, images and uploads");
	if (firewall_has_udp(PORT_DHCP))
		firewall_port(doctor, ruleset, "udp", PORT_DHCP, "DHCP");
	if (firewall_has_udp(PORT_TFTP))
		firewall_port(doctor, ruleset, "udp", PORT_TFTP, "TFTP");
	if (doctor->count == before)
		doctor_well(doctor, "this host's firewall lets the ports through");
}

void doctor_firewall(struct doctor *doctor)
{
	static const char *const argv[] = {"nft", "list", "ruleset", NULL};
	char *text = malloc(RULESET_MAX), message[200];
	struct program_text out = {.text = text, .size = RULESET_MAX};
	struct program_text errors = {.text = message, .size = sizeof(message)};
	struct program program = {.argv = (char *const *)argv,
	    .input = -1,
	    .timeout_ms = DOCTOR_PROGRAM_MS,
	    .out = &out,
	    .err = &errors};
	struct doctor_finding *finding;
	struct err err;

	message[0] = '\0';
	if (!text) {
		err_set(&err, "out of memory");
	} else if (program_run(&err, &program) == 0) {
		if (program.exit_code == 0) {
			firewall_ports(doctor, text);
			free(text);
			return;
		}
		err_set(&err, "nft: %.*s", (int)strcspn(message, "\n"),
		    message[0] ? message : program.how);
	}
	free(text);
	finding = doctor_find(doctor, DOCTOR_SKIPPED, "the firewall's rules were not read");
	doctor_why(finding, "%s", err.msg);
	doctor_fix(finding, "%s",
	    geteuid() == 0
		? "apt-get install nftables; without it there may still be rules of iptables-legacy"
		: "run lastwords doctor as root");
}
