/* SPDX-License-Identifier: MIT */
/* view: which interface is which card; see view.h. Pure. */
#include "view.h"

#include <string.h>

const struct arm_link *arm_view_link(const struct arm_view *view, int index)
{
	for (size_t i = 0; index > 0 && i < view->link_count; i++)
		if (view->link[i].index == index)
			return &view->link[i];
	return NULL;
}

/* By permanent MAC first: a bond gives all its slaves one address, and a VLAN has its NIC's. */
static const struct arm_link *view_boot_link(const struct arm_view *view, const uint8_t mac[6])
{
	const struct arm_link *found = NULL;

	for (size_t i = 0; i < view->link_count; i++) {
		const struct arm_link *link = &view->link[i];

		if (link->has_permanent && memcmp(link->permanent, mac, 6) == 0 && !link->below)
			return link;
		if (link->has_mac && memcmp(link->mac, mac, 6) == 0 &&
		    (!found || link->index < found->index))
			found = link;
	}
	return found;
}

/* 1 if index is link or one of its masters. */
static int view_is_above(const struct arm_view *view, const struct arm_link *link, int index)
{
	for (int depth = 0; link && depth < ARM_VIEW_DEPTH; depth++) {
		if (link->index == index)
			return 1;
		link = arm_view_link(view, link->master);
	}
	return 0;
}

int arm_view_is_boot(const struct arm_view *view, const uint8_t mac[6], int index)
{
	const struct arm_link *boot = view_boot_link(view, mac);
	const struct arm_link *link = arm_view_link(view, index);

	for (int depth = 0; boot && link && depth < ARM_VIEW_DEPTH; depth++) {
		if (view_is_above(view, boot, link->index))
			return 1;
		link = arm_view_link(view, link->below);
	}
	return 0;
}

/* Of the ports of a bond or bridge. */
static const struct arm_link *view_port(const struct arm_view *view, int master)
{
	const struct arm_link *found = NULL;

	for (size_t i = 0; i < view->link_count; i++) {
		const struct arm_link *link = &view->link[i];

		if (link->master == master &&
		    (!found || (link->has_permanent && !found->has_permanent) ||
			(link->has_permanent == found->has_permanent &&
			    link->index < found->index)))
			found = link;
	}
	return found;
}

const struct arm_link *arm_view_card(const struct arm_view *view, int index)
{
	const struct arm_link *card = arm_view_link(view, index);

	for (int depth = 0; card && depth < ARM_VIEW_DEPTH; depth++) {
		const struct arm_link *next = arm_view_link(view, card->below);

		if (!next)
			next = view_port(view, card->index);
		if (!next)
			break;
		card = next;
	}
	return card;
}
