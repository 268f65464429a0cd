/* SPDX-License-Identifier: MIT */
/* conf: reads session.conf; see conf.h. */
#include "conf.h"

#include <string.h>

#include "base/num.h"

static const char *conf_text(const struct session_conf *conf, const char *key)
{
	const char *value = kv_get(&conf->kv, key);

	return value ? value : "";
}

static int conf_seconds(
    struct err *err, const struct session_conf *conf, const char *key, int otherwise, int *out)
{
	const char *value = kv_get(&conf->kv, key);

	*out = otherwise;
	return value && value[0] ? num_int(err, key, value, 0, 86400, out) : 0;
}

static int conf_take(struct err *err, const char *path, struct session_conf *conf)
{
	static const char *const urls[SESSION_CONF_URLS] = {"url", "url2", "url3"};

	conf->session = conf_text(conf, "session");
	conf->token = conf_text(conf, "token");
	conf->open = conf_text(conf, "open");
	conf->mac = conf_text(conf, "mac");
	conf->address = conf_text(conf, "address");
	conf->gateway = conf_text(conf, "gateway");
	conf->netconsole = conf_text(conf, "netconsole");
	conf->format = conf_text(conf, "format");
	conf->console = conf_text(conf, "console");
	conf->capture = conf_text(conf, "capture");
	conf->crashkernel = conf_text(conf, "crashkernel");
	conf->need_stock = conf_text(conf, "need-stock");
	conf->need_small = conf_text(conf, "need-small");
	conf->after = conf_text(conf, "after");
	conf->autopsy = conf_text(conf, "autopsy");
	conf->tls_name = conf_text(conf, "tls-name");
	conf->pstore = strcmp(conf_text(conf, "pstore"), "on") == 0;
	conf->stay_armed = strcmp(conf_text(conf, "stay-armed"), "on") == 0;
	conf->watchdog = strcmp(conf_text(conf, "watchdog"), "on") == 0;
	conf->oops_report = strcmp(conf_text(conf, "oops"), "report") == 0;
	conf->early = strcmp(conf_text(conf, "early"), "on") == 0;
	conf->url_count = 0;
	for (size_t i = 0; i < SESSION_CONF_URLS; i++) {
		const char *url = conf_text(conf, urls[i]);

		if (url[0])
			conf->url[conf->url_count++] = url;
	}
	if (((!conf->session[0] || !conf->token[0]) && !conf->open[0]) || conf->url_count == 0)
		return err_set(err, "%s: needs url, and either session and token or open", path);
	if (conf_seconds(err, conf, "panic", 10, &conf->panic) ||
	    conf_seconds(err, conf, "deadline", 300, &conf->deadline) ||
	    conf_seconds(err, conf, "drill", 0, &conf->drill) ||
	    conf_seconds(err, conf, "script", 0, &conf->script))
		return err_prefix(err, "%s", path);
	return 0;
}

int session_conf_read(struct err *err, const char *path, struct session_conf *conf)
{
	if (kv_read_file(err, path, conf->text, sizeof(conf->text), &conf->kv))
		return -1;
	return conf_take(err, path, conf);
}

int session_conf_parse(
    struct err *err, const char *name, const char *text, size_t len, struct session_conf *conf)
{
	if (len >= sizeof(conf->text))
		return err_set(err, "%s: over %zu bytes", name, sizeof(conf->text) - 1);
	memcpy(conf->text, text, len);
	conf->text[len] = '\0';
	(void)kv_parse(&conf->kv, conf->text, len, '\n');
	return conf_take(err, name, conf);
}
