/* SPDX-License-Identifier: MIT */
/* strangers: whether a request may add to the journal; see strangers.h. */
#include "strangers.h"

#include <stdio.h>
#include <unistd.h>

#include "boot/known.h"
#include "store/layout.h"

static int strangers_has_logs(const struct config *config, const uint8_t mac[6])
{
	char hex[13], dir[FILE_PATH_MAX];
	struct err ignored;

	mac_format_hex(mac, hex);
	return layout_machine_dir(&ignored, config->state, hex, dir) == 0 && access(dir, F_OK) == 0;
}

enum disk_kept strangers_disk(const struct site *site, const uint8_t mac[6], int64_t now_ms)
{
	return session_mac_is_probe(mac) || known_machine(site->config.state, mac, now_ms)
		   ? DISK_FULL
		   : DISK_STRANGERS;
}

static void strangers_report(
    struct site *site, const struct quota_ask *ask, uint32_t left_out, struct reply *reply)
{
	char line[JOURNAL_LINE_MAX], text[96];
	struct kv_out out;
	struct err err;

	snprintf(text, sizeof(text),
	    "%u requests of %s machines were not recorded: too many in one day", left_out,
	    ask->newcomer ? "new" : "unknown");
	journal_begin(&out, line, sizeof(line), ask->now_ms, "event", NULL);
	kv_out_pair(&out, ' ', "what", "strangers");
	kv_out_pair(&out, ' ', "text", text);
	if (journal_writer_append(&err, &site->journal, site->config.state, &out))
		reply_warn(reply, &err);
}

int strangers_may_write(struct site *site, struct quota_ask *ask, int is_set, struct reply *reply)
{
	uint32_t left_out = 0;
	struct err err;
	int rc;

	if (site->dry)
		return 0;
	if (!is_set) {
		ask->stranger = !strangers_has_logs(&site->config, ask->mac);
		ask->newcomer =
		    !ask->stranger && strangers_disk(site, ask->mac, ask->now_ms) == DISK_STRANGERS;
	}
	if ((ask->stranger || ask->newcomer) &&
	    disk_has_less(site->config.state, site->config.disk_floor, DISK_FLOOR, 0))
		return 0;
	rc = site_table(&err, site, &site->quota) ? -1
						  : quota_take(&err, &site->quota, ask, &left_out);
	if (rc < 0)
		reply_warn(reply, &err);
	if (left_out)
		strangers_report(site, ask, left_out, reply);
	return rc != 0;
}
