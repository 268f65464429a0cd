/* SPDX-License-Identifier: MIT */
/*
 * config: the configuration as the programs use it; see config.h. parse.c reads the syntax, keys.c
 * has the keys, choose.c finds a machine's profile, check.c looks at what a configuration names.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "keys.h"

enum { CONFIG_FILE_MAX = 1 << 20 }; /* bytes */

const char *config_path(const char *path)
{
	const char *env = getenv("LASTWORDS_CONF");

	if (path)
		return path;
	return env && env[0] ? env : "/etc/lastwords/lastwords.conf";
}

/* The whole file with a NUL behind it; NULL. Caller frees. */
static char *config_read(struct err *err, const char *path)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);
	FILE *file = text ? fopen(path, "re") : NULL;
	size_t len;

	if (!file) {
		err_errno(err, "%s:1: cannot be opened", path);
		free(text);
		return NULL;
	}
	len = fread(text, 1, CONFIG_FILE_MAX, file);
	text[len] = '\0';
	if (!ferror(file) && len < CONFIG_FILE_MAX && strlen(text) == len) {
		fclose(file);
		return text;
	}
	err_set(err, "%s:1: not a text of less than 1 MB; is this the right file?", path);
	fclose(file);
	free(text);
	return NULL;
}

/*
 * from = "PARENT": what the profile was not given it takes from the nearest ancestor that was. So the
 * order in which profiles inherit does not matter.
 */
static int config_inherit(
    struct err *err, const struct config *config, struct config_profile *profile)
{
	const struct config_profile *child = profile, *parent;
	int line = config_line(&profile->at, "from");

	for (size_t steps = 0; child->from[0]; steps++, child = parent) {
		if (steps == config->profile_count)
			return config_fail(err, config, line,
			    "profile %s: from = \"%s\" leads round in a circle; remove one from",
			    profile->name, profile->from);
		parent = config_profile(config, child->from);
		if (!parent)
			return config_fail(err, config, config_line(&child->at, "from"),
			    "profile %s: from = \"%s\" is not defined; add profile %s { … }",
			    child->name, child->from, child->from);
		config_section_inherit(&profile->at, &parent->at);
	}
	return 0;
}

static int config_has_child(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->profile_count; i++)
		if (strcmp(config->profiles[i].from, name) == 0)
			return 1;
	return 0;
}

/* A rule, unknown or fallback names a profile: it must be one that boots. */
static int config_names(
    struct err *err, const struct config *config, int line, const char *what, const char *name)
{
	if (config_bootable(config, name))
		return 0;
	if (config_profile(config, name))
		return config_fail(err, config, line,
		    "%s \"%s\" has no image; add image = \"NAME\" to it", what, name);
	return config_fail(
	    err, config, line, "%s \"%s\" is not defined; add profile %s { … }", what, name, name);
}

/* How the keys fit each other. */
static int config_agree(struct err *err, const struct config *config)
{
	for (size_t i = 0; i < config->profile_count; i++) {
		const struct config_profile *profile = &config->profiles[i];

		if (!profile->image[0] && !config_has_child(config, profile->name))
			return config_fail(err, config, profile->at.line,
			    "profile \"%s\": no image; add image = \"NAME\"", profile->name);
	}
	for (size_t i = 0; i < config->rule_count; i++) {
		const struct config_rule *rule = &config->rules[i];

		if (config_names(err, config, config_line(&rule->at, "profile"),
			"the rule's profile", rule->profile))
			return -1;
	}
	if (config->fallback[0] && config_names(err, config, config_line(&config->at, "fallback"),
				       "the fallback", config->fallback))
		return -1;
	if (strcmp(config->unknown, "wait") != 0 && strcmp(config->unknown, "exit") != 0 &&
	    !config_bootable(config, config->unknown))
		return config_fail(err, config, config_line(&config->at, "unknown"),
		    "unknown: \"%s\" is neither wait nor exit nor a profile with an image; define it",
		    config->unknown);
	return 0;
}

/* The greatest number of paths in a configuration: four of the server's, two in each other section. */
static size_t config_paths(const char *text)
{
	size_t braces = 0;

	for (; (text = strchr(text, '{')); text++)
		braces++;
	return 4 + 2 * (braces < CONFIG_TARGETS_MAX ? braces : CONFIG_TARGETS_MAX);
}

int config_parse(struct err *err, const char *path, const char *text, struct config *config)
{
	/* each text once, the paths with the file's directory; and STATE/images */
	size_t len = strlen(path), words = strlen(text) + config_paths(text) * len + 1;
	size_t images = strlen(text) + len + sizeof("/var/lib/lastwords/images");
	int rc;

	memset(config, 0, sizeof(*config));
	config->file = malloc(len + 1 + words + images);
	if (!config->file)
		return err_set(err, "%s:1: out of memory", path);
	memcpy(config->file, path, len + 1);
	config->words = config->file + len + 1;
	rc = config_parse_text(err, text, config);
	for (size_t i = 0; rc == 0 && i < config->profile_count; i++)
		rc = config_inherit(err, config, &config->profiles[i]);
	if (rc == 0)
		rc = config_agree(err, config);
	if (rc == 0)
		rc = config_targets_agree(err, config);
	if (rc)
		config_free(config);
	else if (!config->images[0]) {
		snprintf(config->words + words, images, "%s/images", config->state);
		config->images = config->words + words;
	}
	return rc;
}

int config_web_is_local(const struct config *config)
{
	const char *web = config->web;

	return strncmp(web, "127.", 4) == 0 || strncmp(web, "localhost:", 10) == 0 ||
	       strncmp(web, "[::1]:", 6) == 0;
}

int config_has_tls(const struct config *config)
{
	return config->tls.at.line > 0;
}

int config_load(struct err *err, const char *path, struct config *config)
{
	char *text = config_read(err, path);
	int rc = -1;

	memset(config, 0, sizeof(*config));
	if (text)
		rc = config_parse(err, path, text, config);
	free(text);
	return rc;
}

void config_free(struct config *config)
{
	free(config->profiles);
	free(config->rules);
	free(config->targets);
	free(config->file);
	memset(config, 0, sizeof(*config));
}
