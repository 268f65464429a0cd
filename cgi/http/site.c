/* SPDX-License-Identifier: MIT */
/* site: configuration and key in force; see site.h. */
#include "site.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot/attempts.h"
#include "boot/quota.h"
#include "store/layout.h"

void site_init(struct site *site, const char *path)
{
	memset(site, 0, sizeof(*site));
	site->path = path;
	journal_writer_init(&site->journal);
	site->attempts = (struct table){.kind = &attempts_file, .fd = -1};
	site->quota = (struct table){.kind = &quota_file, .fd = -1};
	site->arp = -1;
}

/* What was kept of the files of one configuration. */
static void site_forget(struct site *site)
{
	journal_writer_close(&site->journal);
	table_close(&site->attempts);
	table_close(&site->quota);
	image_cache_drop(&site->images);
}

static void site_forget_key(struct site *site)
{
	if (site->has_key)
		session_keys_free(&site->keys);
	site->has_key = 0;
}

void site_free(struct site *site)
{
	site_forget(site);
	site_forget_key(site);
	if (site->arp >= 0)
		close(site->arp);
	site->arp = -1;
	if (site->loaded)
		config_free(&site->config);
	site->loaded = 0;
}

/*
 * The machine that crashed has no resolver, so the host of url becomes an address here, once for
 * each reading of the file, and not at a request.
 */
static void site_resolve(struct site *site)
{
	const char *url = site->config.url;
	const char *scheme = strncmp(url, "https:", 6) == 0 ? "https" : "http", *path;
	char host[ADDRESS_HOST_MAX + 1], numeric[64];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	uint16_t port = 0;
	struct err err;
	int n;

	site->url[0] = '\0';
	if (address_split_url(&err, url, scheme, host, &port, &path))
		return;
	hints.ai_family = AF_INET;
	if (getaddrinfo(host, NULL, &hints, &found)) {
		hints.ai_family = AF_UNSPEC;
		if (getaddrinfo(host, NULL, &hints, &found))
			return;
	}
	if (getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL, 0,
		NI_NUMERICHOST) == 0) {
		int six = strchr(numeric, ':') != NULL;

		n = snprintf(site->url, sizeof(site->url), "%s://%s%s%s", scheme, six ? "[" : "",
		    numeric, six ? "]" : "");
		if (port)
			n += snprintf(site->url + n, sizeof(site->url) - (size_t)n, ":%u", port);
		snprintf(site->url + n, sizeof(site->url) - (size_t)n, "%s", path);
	}
	freeaddrinfo(found);
}

static int site_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* People see in the journal that their edit is not in force. */
static void site_tell(struct site *site, int64_t now_ms)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), now_ms, "event", NULL);
	kv_out_pair(&out, ' ', "what", "config");
	kv_out_pair(&out, ' ', "text", site->error.msg);
	(void)journal_writer_append(&err, &site->journal, site->config.state, &out);
}

void site_refresh(struct site *site, int64_t now_ms)
{
	struct config fresh;
	struct stat now = {0};

	if (site->tried && now_ms - site->checked_ms < 1000 && now_ms >= site->checked_ms)
		return;
	site->checked_ms = now_ms;
	if (table_gone(&site->attempts))
		table_close(&site->attempts);
	if (table_gone(&site->quota))
		table_close(&site->quota);
	if (stat(site->path, &now))
		memset(&now, 0, sizeof(now));
	if (site->tried && site_same(&now, &site->stat))
		return;
	site->tried = 1;
	site->stat = now;
	if (config_load(&site->error, site->path, &fresh)) {
		if (site->loaded)
			site_tell(site, now_ms);
		return;
	}
	site->error.msg[0] = '\0';
	if (site->loaded) {
		if (strcmp(site->config.state, fresh.state) != 0)
			site_forget_key(site);
		site_forget(site);
		config_free(&site->config);
	}
	site->config = fresh;
	site->loaded = 1;
	site_resolve(site);
}

int site_key(struct err *err, struct site *site)
{
	const char *state = site->config.state;

	if (site->has_key)
		return 0;
	if (session_keys_load(err, state, 0, &site->keys) &&
	    (layout_make(err, state) || session_keys_load(err, state, 1, &site->keys)))
		return -1;
	site->has_key = 1;
	return 0;
}

int site_table(struct err *err, struct site *site, struct table *table)
{
	if (table->fd >= 0)
		return 0;
	return table_open(
	    err, table->kind, site->config.state, site->dry ? TABLE_LOOK : TABLE_MAKE, table);
}
