/* SPDX-License-Identifier: MIT */
/* view: which interfaces belong to which card; see view.h. Pure. */
#include "view.h"

#include <string.h>

const struct netlink_link *view_link(const struct view *view, int index)
{
	for (size_t i = 0; index > 0 && i < view->link_count; i++)
		if (view->link[i].index == index)
			return &view->link[i];
	return NULL;
}

/* By permanent MAC first: all slaves of a bond have one address, and a VLAN has its NIC's. */
static const struct netlink_link *view_boot_link(const struct view *view, const uint8_t mac[6])
{
	const struct netlink_link *found = NULL;

	for (size_t i = 0; i < view->link_count; i++) {
		const struct netlink_link *link = &view->link[i];

		if (link->has_permanent && memcmp(link->permanent, mac, 6) == 0 && !link->below)
			return link;
		if (link->has_mac && memcmp(link->mac, mac, 6) == 0 &&
		    (!found || link->index < found->index))
			found = link;
	}
	return found;
}

/* 1 if index is link or one of its masters. */
static int view_is_above(const struct view *view, const struct netlink_link *link, int index)
{
	for (int depth = 0; link && depth < VIEW_DEPTH; depth++) {
		if (link->index == index)
			return 1;
		link = view_link(view, link->master);
	}
	return 0;
}

int view_is_boot(const struct view *view, const uint8_t mac[6], int index)
{
	const struct netlink_link *boot = view_boot_link(view, mac);
	const struct netlink_link *link = view_link(view, index);

	for (int depth = 0; boot && link && depth < VIEW_DEPTH; depth++) {
		if (view_is_above(view, boot, link->index))
			return 1;
		link = view_link(view, link->below);
	}
	return 0;
}

/* The port of a bond or bridge that view_card means. */
static const struct netlink_link *view_port(const struct view *view, int master)
{
	const struct netlink_link *found = NULL;

	for (size_t i = 0; i < view->link_count; i++) {
		const struct netlink_link *link = &view->link[i];

		if (link->master == master &&
		    (!found || (link->has_permanent && !found->has_permanent) ||
			(link->has_permanent == found->has_permanent &&
			    link->index < found->index)))
			found = link;
	}
	return found;
}

const struct netlink_link *view_card(const struct view *view, int index)
{
	const struct netlink_link *card = view_link(view, index);

	for (int depth = 0; card && depth < VIEW_DEPTH; depth++) {
		const struct netlink_link *next = view_link(view, card->below);

		if (!next)
			next = view_port(view, card->index);
		if (!next)
			break;
		card = next;
	}
	return card;
}
