/* SPDX-License-Identifier: MIT */
/* target: where to send to; see target.h. */
#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "put.h"

int target_option_url(struct err *err, void *field, const char *value)
{
	struct target_options *options = field;

	if (options->urls == TARGET_URLS)
		return err_set(err, "more than %d servers; leave some --ship out", TARGET_URLS);
	if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
		return err_set(err, "invalid --ship %.80s; write http://HOST[:PORT]", value);
	options->url[options->urls++] = value;
	return 0;
}

int target_wanted(const struct target_options *options)
{
	return options->urls > 0 || options->session_file != NULL;
}

static int target_check(struct err *err, const struct target *target)
{
	if (target->urls == 0)
		return err_set(err, "no server to send to; use --ship URL or --session FILE");
	if (!target->session || !put_word_ok(target->session))
		return err_set(
		    err, "missing or invalid session id; use --id SESSION or --session FILE");
	if (!target->token || !put_word_ok(target->token))
		return err_set(err,
		    "missing or invalid token; use LASTWORDS_TOKEN, --token or --session FILE");
	return 0;
}

int target_resolve(struct err *err, const struct target_options *options, struct session_conf *conf,
    struct target *target)
{
	*target = (struct target){.seconds = TARGET_SECONDS, .tls_name = ""};
	if (options->session_file) {
		if (session_conf_read(err, options->session_file, conf))
			return -1;
		for (; target->urls < conf->url_count && target->urls < TARGET_URLS; target->urls++)
			target->url[target->urls] = conf->url[target->urls];
		target->session = conf->session;
		target->token = conf->token;
		target->tls_name = conf->tls_name;
		/* a quarter of the session's time is left for the other channels */
		if (conf->deadline > 0)
			target->seconds = conf->deadline - conf->deadline / 4;
	}
	if (options->urls) {
		for (target->urls = 0; target->urls < options->urls; target->urls++)
			target->url[target->urls] = options->url[target->urls];
	}
	if (options->session)
		target->session = options->session;
	if (options->token)
		target->token = options->token;
	else if (!target->token)
		target->token = getenv("LASTWORDS_TOKEN");
	if (options->seconds > 0)
		target->seconds = options->seconds;
	return target_check(err, target);
}
