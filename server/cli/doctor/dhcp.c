/* SPDX-License-Identifier: MIT */
/* dhcp: does a DHCP server answer, and name the right boot file to each kind of machine? See doctor.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dhcp_wire.h"
#include "doctor.h"
#include "http.h"

/* What `lastwords dhcp-config` names. */
static const struct {
	size_t name; /* for TFTP: where the name is in struct firmware */
	int url; /* no TFTP */
	int optional; /* many networks have no such machine */
} expected[DHCP_KINDS] = {
    [DHCP_BIOS] = {.name = offsetof(struct firmware, bios)},
    [DHCP_UEFI] = {.name = offsetof(struct firmware, efi64)},
    [DHCP_ARM64] = {.name = offsetof(struct firmware, arm64), .optional = 1},
    [DHCP_HTTP] = {.url = 1, .optional = 1},
    [DHCP_IPXE] = {.url = 1},
};

static const char *dhcp_name(const struct doctor *doctor, enum dhcp_kind kind)
{
	return (const char *)&doctor->firmware + expected[kind].name;
}

static void dhcp_path(const struct doctor *doctor, enum dhcp_kind kind, char *url, size_t size)
{
	if (kind == DHCP_IPXE)
		snprintf(url, size, "%s/boot.ipxe", doctor->here.url);
	else
		snprintf(url, size, "%s/firmware/%s", doctor->here.url, doctor->firmware.efi64);
}

/* --- the interface ------------------------------------------------------------------------------------ */

/* The interface that has the address, else the only one that is up and no loopback. 0/-1. */
static int dhcp_interface(const char *address, char out[IF_NAMESIZE])
{
	struct ifaddrs *all = NULL;
	struct in_addr wanted;
	int exact = address[0] && inet_pton(AF_INET, address, &wanted) == 1, found = 0, count = 0;

	if (getifaddrs(&all))
		return -1;
	for (const struct ifaddrs *a = all; a && !found; a = a->ifa_next) {
		struct sockaddr_in in;

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET ||
		    a->ifa_flags & IFF_LOOPBACK || !(a->ifa_flags & IFF_UP))
			continue;
		memcpy(&in, a->ifa_addr, sizeof(in));
		found = exact && in.sin_addr.s_addr == wanted.s_addr;
		if (found || strncmp(out, a->ifa_name, IF_NAMESIZE) != 0)
			count++;
		if (found || !exact)
			snprintf(out, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, a->ifa_name);
	}
	freeifaddrs(all);
	return found || (!exact && count == 1) ? 0 : -1;
}

/* --- what is answered --------------------------------------------------------------------------------- */

static const char *dhcp_text(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN) ? text : "?";
}

/* Who sent it: the server's own word, else the packet's source. */
static struct in_addr dhcp_sender(const struct dhcp_answer *answer)
{
	return answer->offer.server.s_addr ? answer->offer.server : answer->from;
}

/* The answer whose boot file the machine takes: a DHCP server's own, else a proxy's. NULL: none has one. */
static const struct dhcp_answer *dhcp_taken(const struct dhcp_answers *answers, enum dhcp_kind kind)
{
	const struct dhcp_answer *proxy = NULL;

	for (size_t i = 0; i < answers->count; i++) {
		const struct dhcp_answer *answer = &answers->answer[i];

		if (answer->kind != kind || !answer->offer.file[0])
			continue;
		if (answer->offer.address.s_addr)
			return answer;
		proxy = proxy ? proxy : answer;
	}
	return proxy;
}

/* 1 if some server gives an address to this kind. */
static int dhcp_has_address(const struct dhcp_answers *answers, enum dhcp_kind kind)
{
	for (size_t i = 0; i < answers->count; i++)
		if (answers->answer[i].kind == kind && answers->answer[i].offer.address.s_addr)
			return 1;
	return 0;
}

/* The TFTP server of an offer, as PXE ROMs choose it. */
static struct in_addr dhcp_tftp_server(const struct dhcp_answer *answer)
{
	struct in_addr server = answer->offer.next;

	if (!server.s_addr && answer->offer.next_name[0])
		(void)inet_pton(AF_INET, answer->offer.next_name, &server);
	return server.s_addr ? server : dhcp_sender(answer);
}

static const char *dhcp_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* Two servers that name different files: whichever answers first decides. */
static void dhcp_rivals(struct doctor *doctor, const struct dhcp_answers *answers,
    enum dhcp_kind kind, const struct dhcp_answer *taken)
{
	char a[INET_ADDRSTRLEN], b[INET_ADDRSTRLEN];

	for (size_t i = 0; i < answers->count; i++) {
		const struct dhcp_answer *other = &answers->answer[i];
		struct doctor_finding *finding;

		if (other->kind != kind || other == taken || !other->offer.file[0] ||
		    !other->offer.address.s_addr != !taken->offer.address.s_addr ||
		    (strcmp(other->offer.file, taken->offer.file) == 0 &&
			other->offer.next.s_addr == taken->offer.next.s_addr))
			continue;
		finding = doctor_find(doctor, DOCTOR_PROBLEM,
		    "two DHCP servers answer %s differently: %s names %.80s, %s names %.80s",
		    dhcp_kind_name(kind), dhcp_text(dhcp_sender(taken), a), taken->offer.file,
		    dhcp_text(dhcp_sender(other), b), other->offer.file);
		doctor_why(finding, "the machine takes whichever answers first");
		doctor_fix(finding,
		    "stop one of them on this network, or let it name no boot file (lastwords "
		    "dhcp-config proxy)");
		return;
	}
}

/* A file by TFTP: kept for the check tftp. */
static void dhcp_keep(struct doctor *doctor, enum dhcp_kind kind, const struct dhcp_answer *answer)
{
	struct doctor_file *file = &doctor->files[doctor->file_count];

	if (doctor->file_count == DOCTOR_FILES_MAX)
		return;
	doctor->file_count++;
	file->kind = dhcp_kind_name(kind);
	file->server = dhcp_tftp_server(answer);
	snprintf(file->name, sizeof(file->name), "%s", answer->offer.file);
	file->optional = expected[kind].optional;
}

static void dhcp_next_server(
    struct doctor *doctor, enum dhcp_kind kind, const struct dhcp_answer *answer)
{
	const struct in_addr server = dhcp_tftp_server(answer);
	char next[INET_ADDRSTRLEN], sender[INET_ADDRSTRLEN];
	struct doctor_finding *finding;

	if (!doctor->here.server[0] || strcmp(dhcp_text(server, next), doctor->here.server) == 0)
		return;
	finding =
	    doctor_find(doctor, DOCTOR_WARNING, "next-server for %s is %s, not this server (%s)",
		dhcp_kind_name(kind), next, doctor->here.server);
	doctor_why(finding,
	    "the DHCP server %s sends machines to another TFTP server; the check \"tftp\" asks that one",
	    dhcp_text(dhcp_sender(answer), sender));
	doctor_fix(finding,
	    "correct it (next-server, dhcp-boot); lastwords dhcp-config prints what it should be");
}

/* iPXE, or HTTP boot: the whole URL. */
static void dhcp_url(struct doctor *doctor, enum dhcp_kind kind, const struct dhcp_answer *answer)
{
	static struct http_reply reply;
	const struct dhcp_offer *offer = &answer->offer;
	struct doctor_finding *finding;
	char url[400];
	struct err err;

	dhcp_path(doctor, kind, url, sizeof(url));
	if (doctor->here.server[0] && strcmp(offer->file, url) != 0) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "%s gets %.120s, not %.120s",
		    dhcp_kind_name(kind), offer->file, url);
		if (kind == DHCP_IPXE && strcmp(dhcp_base(offer->file), "boot.ipxe") != 0)
			doctor_why(finding,
			    "without a rule for iPXE's user class the machine loads iPXE again and again");
		else
			doctor_why(finding, "it would ask another address than url or listen name");
		doctor_fix(finding, "take the lines for iPXE and HTTP boot from lastwords "
				    "dhcp-config; or correct url in the configuration");
		return;
	}
	if (kind == DHCP_HTTP && strncmp(offer->class, "HTTPClient", 10) != 0) {
		finding = doctor_find(
		    doctor, DOCTOR_PROBLEM, "HTTP boot: the offer has no option 60 \"HTTPClient\"");
		doctor_why(finding, "firmware ignores such an offer (UEFI 2.10, 24.7.3)");
		doctor_fix(finding, "let the DHCP server send it, as lastwords dhcp-config does");
		return;
	}
	if (doctor->config && http_head(&err, doctor, offer->file, &reply) == 0 &&
	    reply.status != 200) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "%s gets %.200s, which is not there",
		    dhcp_kind_name(kind), offer->file);
		doctor_why(finding, "status %ld", reply.status);
		doctor_fix(finding,
		    "put the file into %s, or correct firmware in the configuration",
		    doctor->firmware.dir);
		return;
	}
	doctor_well(doctor, "%s gets %.200s", dhcp_kind_name(kind), offer->file);
}

static void dhcp_file(struct doctor *doctor, enum dhcp_kind kind, const struct dhcp_answer *answer)
{
	const struct dhcp_offer *offer = &answer->offer;
	char next[INET_ADDRSTRLEN];
	struct doctor_finding *finding;

	dhcp_keep(doctor, kind, answer);
	dhcp_next_server(doctor, kind, answer);
	if (strstr(offer->file, "://")) {
		finding = doctor_find(doctor, DOCTOR_WARNING, "%s gets %.200s, a URL",
		    dhcp_kind_name(kind), offer->file);
		doctor_why(
		    finding, "a PXE ROM loads by TFTP only; it takes this for a file's name");
		doctor_fix(
		    finding, "name %s for machines that are no iPXE", dhcp_name(doctor, kind));
	} else if (strcmp(dhcp_base(offer->file), dhcp_base(dhcp_name(doctor, kind))) != 0 &&
		   strcmp(dhcp_base(offer->file), "lpxelinux.0") != 0) {
		finding = doctor_find(doctor, DOCTOR_WARNING, "%s gets %.200s, not %s",
		    dhcp_kind_name(kind), offer->file, dhcp_name(doctor, kind));
		doctor_why(finding, "right only if that is an iPXE, or loads one");
		doctor_fix(finding, "lastwords dhcp-config prints what it should be");
	} else {
		doctor_well(doctor, "%s gets %.200s from %s", dhcp_kind_name(kind), offer->file,
		    dhcp_text(dhcp_tftp_server(answer), next));
	}
}

/* No boot file for this kind. */
static void dhcp_nothing(
    struct doctor *doctor, const struct dhcp_answers *answers, enum dhcp_kind kind)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, expected[kind].optional ? DOCTOR_SKIPPED : DOCTOR_PROBLEM,
		"no boot file for %s", dhcp_kind_name(kind));

	if (dhcp_has_address(answers, kind))
		doctor_why(finding, "the machine gets an address, and then boots nothing");
	else
		doctor_why(finding, "no answer to this kind of machine");
	doctor_fix(finding, "take what is missing from lastwords dhcp-config%s",
	    expected[kind].optional ? ", if you have such machines" : "");
}

static void dhcp_judge(struct doctor *doctor, const struct dhcp_answers *answers)
{
	struct doctor_finding *finding;
	int address = 0;

	for (int k = 0; k < DHCP_KINDS; k++) {
		const enum dhcp_kind kind = (enum dhcp_kind)k;
		const struct dhcp_answer *taken = dhcp_taken(answers, kind);

		address |= dhcp_has_address(answers, kind);
		if (!taken) {
			dhcp_nothing(doctor, answers, kind);
			continue;
		}
		if (expected[kind].url)
			dhcp_url(doctor, kind, taken);
		else
			dhcp_file(doctor, kind, taken);
		dhcp_rivals(doctor, answers, kind, taken);
	}
	if (address)
		return;
	finding = doctor_find(doctor, DOCTOR_PROBLEM, "no DHCP server gives addresses");
	doctor_why(finding, "only a proxy answered, which names boot files but gives no addresses");
	doctor_fix(finding, "start the network's DHCP server, or lastwords dhcp-config dnsmasq");
}

/* --- asking ------------------------------------------------------------------------------------------- */

static void dhcp_unanswered(struct doctor *doctor, const char *interface)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, DOCTOR_PROBLEM, "no DHCP server answers on %s", interface);

	doctor_why(finding,
	    "no offer within %d s, asked as BIOS, UEFI, UEFI ARM64, HTTP boot and iPXE; a machine gets no address and no boot file",
	    DOCTOR_DHCP_MS / 1000);
	doctor_fix(finding,
	    "look whether it runs (systemctl status dnsmasq), serves %s, is not kept from UDP port 67 by a firewall; "
	    "does it answer known machines only, ask with --mac",
	    interface);
}

static void dhcp_unasked(struct doctor *doctor, const struct err *err, int forbidden)
{
	struct doctor_finding *finding = doctor_find(
	    doctor, forbidden ? DOCTOR_SKIPPED : DOCTOR_WARNING, "the DHCP server was not asked");

	doctor_why(finding, "%s", err->msg);
	doctor_fix(finding, "%s",
	    forbidden ? "run lastwords doctor as root (CAP_NET_RAW)"
		      : "name the network card with --interface");
}

/* Proxies that answered without a boot file are asked for it. */
static void dhcp_proxies(struct dhcp_answers *answers, const char *interface, const uint8_t mac[6])
{
	for (size_t i = 0; i < answers->count; i++) {
		struct dhcp_answer *answer = &answers->answer[i];

		if (!answer->offer.address.s_addr && !answer->offer.file[0] &&
		    strncmp(answer->offer.class, "PXEClient", 9) == 0 &&
		    !dhcp_taken(answers, answer->kind))
			(void)dhcp_wire_boot(interface, mac, DOCTOR_DHCP_PROXY_MS, answer);
	}
}

void doctor_dhcp(struct doctor *doctor)
{
	static struct dhcp_answers answers;
	const uint8_t *mac = doctor->mac;
	char interface[IF_NAMESIZE] = "";
	uint8_t none[6];
	struct err err;

	(void)mac_parse(&err, SESSION_PROBE_MAC, none);
	mac = mac ? mac : none;
	if (doctor->interface) {
		snprintf(interface, sizeof(interface), "%s", doctor->interface);
	} else if (dhcp_interface(doctor->here.server, interface)) {
		err_set(&err, "%s%s",
		    doctor->here.server[0] ? "no network card has the address " : "",
		    doctor->here.server[0] ? doctor->here.server : doctor->here_error.msg);
		dhcp_unasked(doctor, &err, 0);
		return;
	}
	if (dhcp_wire_ask(&err, interface, mac, DOCTOR_DHCP_MS, DOCTOR_DHCP_SECOND_MS, &answers)) {
		dhcp_unasked(doctor, &err, errno == EPERM || errno == EACCES);
		return;
	}
	dhcp_proxies(&answers, interface, mac);
	if (answers.count == 0)
		dhcp_unanswered(doctor, interface);
	else
		dhcp_judge(doctor, &answers);
}
