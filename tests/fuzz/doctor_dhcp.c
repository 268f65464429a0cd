/* SPDX-License-Identifier: MIT */
/* doctor_dhcp: any packet and any offer of a DHCP server is read within its bounds, and its texts end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/dhcp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text(const char *field)
{
	if (strnlen(field, DHCP_NAME_MAX + 1) > DHCP_NAME_MAX)
		abort();
}

static void offer(const uint8_t *bytes, size_t len)
{
	struct dhcp_offer offer;

	if (dhcp_offer_parse(bytes, len, &offer))
		return;
	text(offer.file);
	text(offer.next_name);
	text(offer.class);
	text(offer.prefix);
	if (offer.menu < -1 || offer.menu > UINT16_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *payload;
	struct in_addr from;
	int len = dhcp_payload(data, size, &payload, &from);

	offer(data, size);
	if (len < 0)
		return 0;
	if (payload < data || payload + len > data + size)
		abort();
	offer(payload, (size_t)len);
	return 0;
}
