/* SPDX-License-Identifier: MIT */
/* platform: by which firmware a machine booted last, from the index; see target.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/kv.h"
#include "base/mac.h"
#include "store/db.h"
#include "target.h"

static int platform_session(void *arg, const struct db_session *session)
{
	snprintf(arg, SESSION_ID_MAX + 1, "%s", session->id);
	return 1;
}

/* Looks at one event: the boot request has what iPXE calls platform: "efi" or "pcbios". */
static int platform_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	char buf[JOURNAL_LINE_MAX];
	int *efi = arg;
	const char *value;
	struct kv kv;

	(void)time_ms;
	if (strcmp(event, "requested") != 0 || strlen(text) >= sizeof(buf))
		return 0;
	memcpy(buf, text, strlen(text) + 1);
	kv_parse(&kv, buf, strlen(buf), ' ');
	value = kv_get(&kv, "platform");
	if (value && value[0])
		*efi = strcmp(value, "efi") == 0;
	return 1;
}

int target_boots_efi(const struct config *config, const struct config_target *target)
{
	char hex[13], id[SESSION_ID_MAX + 1] = "";
	struct db_query query = {.like = hex, .limit = 1, .until_ms = clock_ahead()};
	struct err ignored;
	struct db *db;
	int efi = -1;

	mac_format_hex(target->address, hex);
	db = db_open(&ignored, config->state, 0);
	if (db && db_sessions(&ignored, db, &query, platform_session, id) > 0)
		db_events(&ignored, db, id, platform_event, &efi);
	db_close(db);
	return efi;
}
