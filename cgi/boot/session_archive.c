/* SPDX-License-Identifier: MIT */
/* session_archive: answers GET …/session/ID.cpio; see session_archive.h. */
#include "session_archive.h"

#include <stdio.h>
#include <string.h>

#include "archive.h"
#include "base/kv.h"
#include "boot/attempts.h"
#include "boot/image.h"
#include "boot/override.h"
#include "cgi/http/base.h"
#include "identity.h"

/* Where machines send their packets: the profile's target, else url's host with our port. */
static void session_netconsole(
    const struct config *config, const struct config_profile *profile, const char *url, char to[80])
{
	char host[ADDRESS_HOST_MAX + 1];
	const char *start = strstr(url, "://");
	uint16_t port = 6666;
	size_t len;
	struct err err;

	to[0] = '\0';
	if (profile->netconsole == FORMAT_OFF)
		return;
	if (profile->netconsole_target[0]) {
		snprintf(to, 80, "%s", profile->netconsole_target);
		return;
	}
	if (!start || address_split(&err, config->netconsole, host, &port))
		return;
	start += 3;
	len = start[0] == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/");
	snprintf(to, 80, "%.*s:%u", (int)(len < 64 ? len : 64), start, port);
}

void session_archive_target(struct site *site, const struct request *request,
    const struct config_profile *profile, char to[80])
{
	char base[REQUEST_BASE_MAX];

	struct err ignored;

	to[0] = '\0';
	if (base_of_session(&ignored, site, request, "/boot", 1, base) == 0)
		session_netconsole(&site->config, profile, base, to);
}

/* Who has the token is the machine, or has seen its script: the boot counts (boot/attempts.h). */
static void session_archive_count(
    struct site *site, const struct session *session, const char *armed, struct reply *reply)
{
	enum attempts_kind kind = armed && strcmp(armed, "no") == 0 ? ATTEMPT_QUIET : ATTEMPT_LOUD;
	struct err err;

	if (site_table(&err, site, &site->attempts) ||
	    attempts_prove(&err, &site->attempts, session->mac, session->time_ms, kind))
		reply_warn(reply, &err);
}

/* A further server, "" if the machine cannot speak to it. */
static const char *session_other_url(const char *url, int tls)
{
	return !tls && strncmp(url, "https:", 6) == 0 ? "" : url;
}

int session_archive_conf(struct site *site, const struct request *request,
    const struct session *session, const char *token, const struct identity *identity,
    struct reply *reply, char conf[SESSION_CONF_MAX])
{
	char base[REQUEST_BASE_MAX], netconsole[80];
	char tls_name[ADDRESS_HOST_MAX + 1];
	struct archive archive = {.session = session,
	    .token = token,
	    .identity = identity,
	    .netconsole = netconsole,
	    .tls_name = tls_name,
	    .url = base};
	struct override override;
	struct image image;
	const char *image_name;
	struct err err;
	int rc;

	archive.profile = config_profile(&site->config, session->profile);
	if (!archive.profile) {
		reply_error(reply, 404, "profile %s is not defined any more", session->profile);
		return -1;
	}
	rc = override_read(&err, site->config.state, session->mac, &override);
	if (rc < 0)
		reply_warn(reply, &err);
	/* One that was set later is meant for the next boot. */
	if (rc != 1 || override.set_ms > session->time_ms)
		memset(&override, 0, sizeof(override));
	image_name = override.image[0] ? override.image : archive.profile->image;
	/* Without it arm tries what it has. */
	if (image_open(&err, site->config.images, image_name, &image) == 0) {
		archive.need_stock = image.stock.need;
		archive.need_small = image.small.need;
	} else {
		image.tls = 0;
	}
	if (base_of_session(&err, site, request, "/session/", image.tls, base)) {
		reply_error(reply, 503, "%s", err.msg);
		return -1;
	}
	base_tls_name(site, base, tls_name);
	session_netconsole(&site->config, archive.profile, base, netconsole);
	archive.url2 = session_other_url(site->config.url2, image.tls);
	archive.url3 = session_other_url(site->config.url3, image.tls);
	archive.drill = override.drill;
	archive.script = override.script;
	if (archive_conf(&err, &archive, conf, SESSION_CONF_MAX) == 0)
		return 0;
	reply_warn(reply, &err);
	reply_error(reply, 503, "%s", err.msg);
	return -1;
}

void session_archive_answer(
    struct site *site, const struct request *request, const char *name, struct reply *reply)
{
	char query[REQUEST_QUERY_MAX + 1], conf[SESSION_CONF_MAX];
	struct identity identity;
	struct session session;
	const char *token;
	struct kv kv;
	size_t id_len = strcspn(name, "/");
	struct err err;

	if (!site->loaded || site_key(&err, site)) {
		reply_warn(reply, site->loaded ? &err : &site->error);
		reply_error(reply, 503, "%s", site->loaded ? err.msg : site->error.msg);
		return;
	}
	if (id_len < 5 || strcmp(name + id_len - 5, ".cpio") != 0 ||
	    session_keys_verify(&err, &site->keys, name, id_len - 5, &session)) {
		reply_error(reply, 404, "not a session of this server");
		return;
	}
	request_query(request->query, query, &kv);
	token = kv_get(&kv, "token");
	if (!session_keys_token_ok(&site->keys, session.id, token ? token : "")) {
		reply_error(reply, 403, "not the token of this session");
		return;
	}
	session_archive_count(site, &session, kv_get(&kv, "armed"), reply);
	identity_read(&identity, request->query);
	if (session_archive_conf(site, request, &session, token, &identity, reply, conf))
		return;
	if (archive_build(&err, conf, (unsigned char *)reply->body, &reply->out.len)) {
		reply_warn(reply, &err);
		reply_error(reply, 503, "%s", err.msg);
		return;
	}
	reply->type = "application/gzip";
}
