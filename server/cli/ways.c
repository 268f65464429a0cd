/* SPDX-License-Identifier: MIT */
/* ways: which channels can carry a panic; see ways.h. */
#include "ways.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mac.h"
#include "base/num.h"

void ways_json(struct kv_out *out, const struct channels *channels)
{
	json_key(out, "channels");
	kv_out_raw(out, "[");
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		kv_out_raw(out, i ? ",{" : "{");
		json_pair(out, "channel", channel_name((enum channel)i));
		json_pair(out, "can", channel_can_name(channels->of[i].can));
		if (channels->of[i].why[0])
			json_pair(out, "why", channels->of[i].why);
		kv_out_raw(out, "}");
	}
	kv_out_raw(out, "]");
}

/* What a session's journal has of its channels; "" where nothing was reported. */
struct facts {
	char image[PROFILE_NAME_MAX + 1];
	char armed[16], why[160], netconsole[160], consoles[16], pstore[24], watchdog[80];
	int panic; /* -1 unknown */
};

static void facts_take(const struct kv *kv, const char *key, char *out, size_t size)
{
	const char *value = kv_get(kv, key);

	if (value)
		snprintf(out, size, "%s", value);
}

static int facts_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	char buf[JOURNAL_LINE_MAX + 1];
	struct facts *facts = arg;
	size_t len = strlen(text);
	struct kv kv = {.count = 0};

	(void)time_ms;
	if (len >= sizeof(buf))
		return 0;
	memcpy(buf, text, len);
	kv_parse(&kv, buf, len, ' ');
	if (strcmp(event, "requested") == 0) {
		facts_take(&kv, "image", facts->image, sizeof(facts->image));
	} else if (strcmp(event, "armed") == 0 || strcmp(event, "not-armed") == 0) {
		snprintf(facts->armed, sizeof(facts->armed), "%s", event);
		facts_take(&kv, "why", facts->why, sizeof(facts->why));
	} else if (strcmp(event, "running") == 0) {
		facts_take(&kv, "netconsole", facts->netconsole, sizeof(facts->netconsole));
		facts_take(&kv, "consoles", facts->consoles, sizeof(facts->consoles));
		facts_take(&kv, "pstore", facts->pstore, sizeof(facts->pstore));
		facts_take(&kv, "watchdog", facts->watchdog, sizeof(facts->watchdog));
		facts->panic = (int)kv_u64(&kv, "panic", 1 << 30, (uint64_t)facts->panic);
	}
	return 0;
}

/* The profile's plan. 0: the configuration no longer has the profile. */
static int ways_planned(const struct config *config, const struct config_profile *profile,
    const char *image_name, const uint8_t mac[6], struct channels *channels)
{
	struct image image;
	struct err ignored;

	if (!profile || image_open(&ignored, config->images,
			    image_name[0] ? image_name : profile->image, &image))
		return 0;
	config_channels(config, profile, &image, mac, channels);
	return 1;
}

static int ways_console(const struct config *config, const uint8_t mac[6])
{
	for (size_t i = 0; i < config->target_count; i++)
		if (config_target_has_console(&config->targets[i]) &&
		    memcmp(config->targets[i].address, mac, 6) == 0)
			return 1;
	return 0;
}

int ways_of_session(struct db *db, const struct config *config, const struct db_session *session,
    struct channels *channels)
{
	const struct config_profile *profile = config_profile(config, session->profile);
	struct facts facts = {.panic = -1};
	struct channels_ask ask = {.release = session->release, .unarmed_why = facts.why};
	struct err ignored;
	uint8_t mac[6];

	if (mac_parse(&ignored, session->mac, mac) ||
	    db_events(&ignored, db, session->id, facts_event, &facts) < 0)
		return 0;
	if (!facts.armed[0] && !facts.netconsole[0])
		return ways_planned(config, profile, facts.image, mac, channels);
	ask.consoles = strcmp(facts.consoles, "threaded") == 0 ? CHANNELS_THREADED
		       : facts.consoles[0]                     ? CHANNELS_DIRECT
							       : CHANNELS_BY_RELEASE;
	ask.armed = strcmp(facts.armed, "armed") == 0;
	ask.netconsole = strcmp(facts.netconsole, "on") == 0 || session->stream.packets > 0;
	ask.netconsole_why = facts.netconsole;
	ask.console = session->by_console || ways_console(config, mac);
	ask.pstore = !profile || profile->pstore;
	ask.backend = facts.pstore;
	ask.region = profile && config_has_region(profile, session->release);
	ask.post_notifiers = profile && profile->pstore_armed;
	ask.panic = facts.panic >= 0 ? facts.panic : profile ? profile->panic : 10;
	ask.watchdog = facts.watchdog;
	ask.survives = profile && profile->oops == OOPS_REPORT;
	channels_find(&ask, channels);
	return 1;
}
