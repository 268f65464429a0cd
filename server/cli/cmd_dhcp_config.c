/* SPDX-License-Identifier: MIT */
/*
 * lastwords dhcp-config: prints the DHCP server's configuration, made from ours and this machine's
 * addresses. Changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/install.h"
#include "cli.h"
#include "dhcp/here.h"
#include "host/input.h"

int cmd_dhcp_config(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name, *file;
		int family;
	} kinds[] = {{"dnsmasq", "ipxe/dnsmasq.conf.in", AF_INET},
	    {"dnsmasq6", "ipxe/dnsmasq6.conf.in", AF_INET6},
	    {"isc-dhcpd", "ipxe/dhcpd.conf.in", AF_INET},
	    {"proxy", "ipxe/dnsmasq-proxy.conf.in", AF_INET},
	    {"pxelinux", "ipxe/dnsmasq-pxelinux.conf.in", AF_INET}};
	char path[FILE_PATH_MAX], *text = NULL, *filled = NULL;
	const char *file = NULL;
	struct firmware firmware;
	struct dhcp_config dhcp;
	struct err err;
	size_t len;
	int assumed, family = AF_INET, rc = cli_take(cli, &argc, argv, NULL);

	if (rc)
		return rc;
	rc = CLI_FAILED;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0) {
			file = kinds[i].file;
			family = kinds[i].family;
		}
	if (!file)
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	if (dhcp_here(&err, &cli->config, family, &dhcp, &firmware, &assumed)) {
		err_prefix(&err, "%s", cli->config.file);
		return cli_fail(&err);
	}
	if (assumed)
		fprintf(stderr,
		    "lastwords: %s is not an address of this machine; netmask %s assumed\n",
		    dhcp.server, family == AF_INET ? dhcp.netmask : "/64");
	if (install_find(&err, file, path) == 0 &&
	    input_read(&err, path, 1 << 20, &text, &len) == 0 &&
	    (filled = template_fill(&err, text, dhcp.values)) != NULL) {
		fputs(filled, stdout);
		rc = CLI_OK;
	} else {
		cli_fail(&err);
	}
	free(text);
	free(filled);
	return rc;
}
