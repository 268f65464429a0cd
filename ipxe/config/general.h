/* SPDX-License-Identifier: MIT */
/*
 * What our own iPXE has besides upstream's defaults: config/local/general.h of the build. Behind each
 * option the object that it brings into the program, by which images/ipxe.sh sees that it is there, and
 * the reason. An option that the source does not know yet is left out, and said.
 */
#define DOWNLOAD_PROTO_HTTPS /* https: a server behind a TLS proxy; TRUST=CA.pem for its certificate */
#define NSLOOKUP_CMD /* nslookup_cmd: names of servers, for scripts and people at the prompt */
#define PING_CMD /* ping_cmd: is the server there? asked by people at the prompt */
#define NTP_CMD /* ntp_cmd: certificates are of no use to a machine without a clock */
#define TIME_CMD /* time_cmd: how long a download takes */
#define PARAM_CMD /* param_cmd: what does not fit into a query string goes by POST */
#define IMAGE_TRUST_CMD /* image_trust_cmd: imgverify, for sites that sign their kernels */
#define CERT_CMD /* cert_cmd: certstat, which certificates it trusts */
#define CONSOLE_CMD /* console_cmd: scripts of other servers say console and would end there */
#define PCI_CMD /* pci_cmd: pciscan, which cards there are */
#define REBOOT_CMD /* reboot_cmd: out of the prompt without a power cycle */
#define POWEROFF_CMD /* poweroff_cmd: as reboot */
#define VLAN_CMD /* vlan_cmd: boot networks that are tagged */
#define NEIGHBOUR_CMD /* neighbour_cmd: nstat, whose MAC answers for the server */
#define IPSTAT_CMD /* ipstat_cmd: where packets were lost */
#define IMAGE_ARCHIVE_CMD /* image_archive_cmd: imgextract, compressed images */
#define SHIM_CMD /* shim_cmd: kernels signed for Secure Boot */
