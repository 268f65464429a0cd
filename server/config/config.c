/* SPDX-License-Identifier: MIT */
/*
 * config: the configuration as the programs use it; see config.h. file.c reads the text,
 * choose.c finds a machine's profile in it, check.c looks at what it names.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "file.h"

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
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	if (!text) {
		err_set(err, "%s: out of memory", path);
		return NULL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, "%s:1: cannot be opened", path);
		goto fail;
	}
	while (len < CONFIG_FILE_MAX && (n = read(fd, text + len, CONFIG_FILE_MAX - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(err, "%s:1: cannot be read", path);
			goto fail;
		}
		len += (size_t)n;
	}
	text[len] = '\0';
	if (len == CONFIG_FILE_MAX || strlen(text) != len) {
		err_set(err, "%s:1: not a text of less than 1 MB; is this the right file?", path);
		goto fail;
	}
	close(fd);
	return text;
fail:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

/* base is the config file; a relative path is taken from its directory. NULL: no memory. */
static char *config_absolute(const char *base, const char *path)
{
	const char *slash = strrchr(base, '/');
	size_t dir = slash ? (size_t)(slash - base) + 1 : 0;
	char *out;

	if (path[0] == '/')
		return strdup(path);
	out = malloc(dir + strlen(path) + 1);
	if (out) {
		memcpy(out, base, dir);
		memcpy(out + dir, path, strlen(path) + 1);
	}
	return out;
}

static char *config_copy(cfg_t *section, const char *key, int *missing)
{
	const char *value = cfg_getstr(section, key);
	char *copy = value ? strdup(value) : NULL;

	*missing |= value && !copy;
	return copy;
}

static void config_cut_slashes(char *url)
{
	for (size_t n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
		url[n - 1] = '\0';
}

/* Checked by config_file already. */
static int config_number(cfg_t *section, const char *key)
{
	struct err err;
	int number = 0;

	(void)num_int(&err, key, cfg_getstr(section, key), 0, INT_MAX, &number);
	return number;
}

/* Checked by config_file already. */
static uint64_t config_size(cfg_t *section, const char *key)
{
	const char *value = cfg_getstr(section, key);
	uint64_t size = 0;
	struct err err;

	(void)num_size(&err, key, value, strlen(value), &size);
	return size;
}

static int config_is(cfg_t *section, const char *key, const char *value)
{
	return strcmp(cfg_getstr(section, key), value) == 0;
}

static int config_take_profile(cfg_t *section, struct config_profile *profile)
{
	const char *format = cfg_getstr(section, "netconsole");
	const char *after = cfg_getstr(section, "after");
	int missing = 0;

	memcpy(profile->name, cfg_title(section), strlen(cfg_title(section)) + 1);
	profile->line = config_file_first_line(section);
	profile->image_line = config_file_line(section, "image", profile->line);
	profile->args_line = config_file_line(section, "args", profile->line);
	profile->capture_line = config_file_line(section, "capture", profile->line);
	profile->crashkernel_line = config_file_line(section, "crashkernel", profile->line);
	profile->image =
	    cfg_getstr(section, "image") ? config_copy(section, "image", &missing) : strdup("");
	missing |= !profile->image;
	profile->args = config_copy(section, "args", &missing);
	profile->console = config_copy(section, "console", &missing);
	profile->netconsole_target = config_copy(section, "netconsole_target", &missing);
	profile->netconsole_early = config_is(section, "netconsole_early", "true");
	profile->netconsole_device = config_copy(section, "netconsole_device", &missing);
	profile->netconsole_mac = config_copy(section, "netconsole_mac", &missing);
	profile->capture = config_copy(section, "capture", &missing);
	profile->crashkernel = config_copy(section, "crashkernel", &missing);
	profile->netconsole = strcmp(format, "off") == 0     ? FORMAT_OFF
			      : strcmp(format, "basic") == 0 ? FORMAT_BASIC
							     : FORMAT_EXTENDED;
	profile->after = strcmp(after, "halt") == 0    ? AFTER_HALT
			 : strcmp(after, "shell") == 0 ? AFTER_SHELL
						       : AFTER_REBOOT;
	profile->panic = config_number(section, "panic");
	profile->deadline = config_number(section, "deadline");
	profile->log_buf_len = config_copy(section, "log_buf_len", &missing);
	profile->pstore = config_is(section, "pstore", "on");
	profile->stay_armed = config_is(section, "stay_armed", "on");
	profile->timestamps = config_is(section, "timestamps", "on");
	profile->backtraces = config_is(section, "backtraces", "on");
	profile->bmc = config_is(section, "bmc", "on");
	profile->vlan = config_number(section, "vlan");
	profile->menu = config_is(section, "menu", "true");
	profile->menu_timeout = config_number(section, "menu_timeout");
	profile->loader = config_is(section, "loader", "pxelinux") ? LOADER_PXELINUX : LOADER_IPXE;
	return missing ? -1 : 0;
}

static int config_take_rule(cfg_t *section, struct config_rule *rule)
{
	int missing = 0;
	char *mac;

	rule->line = config_file_line(section, "profile", config_file_first_line(section));
	for (size_t i = 0; i < MATCH_COUNT; i++)
		rule->glob[i] = config_copy(section, config_match_names[i], &missing);
	rule->profile = config_copy(section, "profile", &missing);
	/* MACs are matched in their colon form. */
	mac = rule->glob[MATCH_MAC];
	if (mac && !strchr(mac, '['))
		for (; *mac; mac++)
			if (*mac == '-')
				*mac = ':';
	return missing ? -1 : 0;
}

static int config_take(struct err *err, const char *path, cfg_t *cfg, struct config *config)
{
	const char *images = cfg_getstr(cfg, "images");
	size_t profiles = cfg_size(cfg, "profile"), rules = cfg_size(cfg, "rule");
	int missing = 0;

	if (profiles > CONFIG_PROFILES_MAX || rules > CONFIG_RULES_MAX)
		return err_set(err, "%s:%d: more than %d profiles or %d rules; merge some by globs",
		    path, cfg->line, CONFIG_PROFILES_MAX, CONFIG_RULES_MAX);
	config->file = strdup(path);
	config->listen = config_copy(cfg, "listen", &missing);
	config->netconsole = config_copy(cfg, "netconsole", &missing);
	config->unknown = config_copy(cfg, "unknown", &missing);
	config->unknown_line = config_file_line(cfg, "unknown", 1);
	config->fallback = config_copy(cfg, "fallback", &missing);
	config->fallback_line = config_file_line(cfg, "fallback", 1);
	config->loop_boots = config_number(cfg, "loop_boots");
	config->loop_minutes = config_number(cfg, "loop_minutes");
	config->shed_after = config_number(cfg, "shed_after");
	config->url = config_copy(cfg, "url", &missing);
	config->more_urls[0] = config_copy(cfg, "url2", &missing);
	config->more_urls[1] = config_copy(cfg, "url3", &missing);
	config->state = config_absolute(path, cfg_getstr(cfg, "state"));
	config->hook = cfg_getstr(cfg, "hook")[0] ? config_absolute(path, cfg_getstr(cfg, "hook"))
						  : strdup("");
	config->forward = config_copy(cfg, "forward", &missing);
	config->hook_timeout = config_number(cfg, "hook_timeout");
	config->hook_wait = config_number(cfg, "hook_wait");
	config->firmware = cfg_getstr(cfg, "firmware")[0]
			       ? config_absolute(path, cfg_getstr(cfg, "firmware"))
			       : strdup("");
	if (images[0]) {
		config->images = config_absolute(path, images);
	} else if (config->state) {
		size_t size = strlen(config->state) + sizeof("/images");

		config->images = malloc(size);
		if (config->images)
			snprintf(config->images, size, "%s/images", config->state);
	}
	config->profiles = calloc(profiles + 1, sizeof(*config->profiles));
	config->rules = calloc(rules + 1, sizeof(*config->rules));
	if (missing || !config->file || !config->state || !config->images || !config->hook ||
	    !config->firmware || !config->profiles || !config->rules)
		return err_set(err, "%s: out of memory", path);
	config_cut_slashes(config->url);
	for (size_t i = 0; i < CONFIG_MORE_URLS; i++)
		config_cut_slashes(config->more_urls[i]);
	config->upload_max = config_size(cfg, "upload_max");
	config->keep_days = config_number(cfg, "keep_days");
	config->keep_days_crash = config_number(cfg, "keep_days_crash");
	config->keep_size = config_size(cfg, "keep_size");
	config->keep_size_machine = config_size(cfg, "keep_size_machine");
	config->disk_floor_line = config_file_line(cfg, "disk_floor", 1);
	config->disk_floor =
	    config_is(cfg, "disk_floor", "auto") ? DISK_FLOOR_AUTO : config_size(cfg, "disk_floor");
	for (size_t i = 0; i < profiles; i++) {
		config->profile_count++;
		if (config_take_profile(
			cfg_getnsec(cfg, "profile", (unsigned int)i), &config->profiles[i]))
			return err_set(err, "%s: out of memory", path);
	}
	for (size_t i = 0; i < rules; i++) {
		config->rule_count++;
		if (config_take_rule(cfg_getnsec(cfg, "rule", (unsigned int)i), &config->rules[i]))
			return err_set(err, "%s: out of memory", path);
	}
	return 0;
}

/* A rule, unknown or their like names a profile: it must be one that boots. */
static int config_names(
    struct err *err, const struct config *config, int line, const char *what, const char *name)
{
	if (config_bootable(config, name))
		return 0;
	if (config_profile(config, name))
		return err_set(err, "%s:%d: %s \"%s\" has no image; add image = \"NAME\" to it",
		    config->file, line, what, name);
	return err_set(err, "%s:%d: %s \"%s\" is not defined; add profile %s { … }", config->file,
	    line, what, name, name);
}

/* What one key says of another. cfg tells who inherits from whom. */
static int config_agree(struct err *err, const struct config *config, cfg_t *cfg)
{
	for (size_t i = 0; i < config->profile_count; i++) {
		const struct config_profile *profile = &config->profiles[i];
		int parent = 0;

		for (unsigned int p = 0; p < cfg_size(cfg, "profile"); p++) {
			const char *from = cfg_getstr(cfg_getnsec(cfg, "profile", p), "from");

			parent |= from && strcmp(from, profile->name) == 0;
		}
		if (!profile->image[0] && !parent)
			return err_set(err, "%s:%d: profile \"%s\": no image; add image = \"NAME\"",
			    config->file, profile->line, profile->name);
	}
	for (size_t i = 0; i < config->rule_count; i++)
		if (config_names(err, config, config->rules[i].line, "the rule's profile",
			config->rules[i].profile))
			return -1;
	if (config->fallback[0] &&
	    config_names(err, config, config->fallback_line, "the fallback", config->fallback))
		return -1;
	if (strcmp(config->unknown, "wait") != 0 && strcmp(config->unknown, "exit") != 0 &&
	    !config_bootable(config, config->unknown))
		return err_set(err,
		    "%s:%d: unknown: \"%s\" is neither wait nor exit nor a profile with an image; "
		    "define it",
		    config->file, config->unknown_line, config->unknown);
	return 0;
}

int config_load(struct err *err, const char *path, struct config *config)
{
	char *text = config_read(err, path);
	cfg_t *cfg = NULL;
	int rc = -1;

	memset(config, 0, sizeof(*config));
	if (!text)
		return -1;
	cfg = config_file_parse(err, path, text);
	if (!cfg)
		goto out;
	rc = config_take(err, path, cfg, config);
	if (rc == 0)
		rc = config_agree(err, config, cfg);
	if (rc)
		config_free(config);
out:
	if (cfg)
		cfg_free(cfg);
	free(text);
	return rc;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->profile_count; i++) {
		struct config_profile *profile = &config->profiles[i];

		free(profile->image);
		free(profile->args);
		free(profile->console);
		free(profile->netconsole_target);
		free(profile->netconsole_device);
		free(profile->netconsole_mac);
		free(profile->capture);
		free(profile->crashkernel);
		free(profile->log_buf_len);
	}
	for (size_t i = 0; i < config->rule_count; i++) {
		for (size_t m = 0; m < MATCH_COUNT; m++)
			free(config->rules[i].glob[m]);
		free(config->rules[i].profile);
	}
	free(config->profiles);
	free(config->rules);
	free(config->file);
	free(config->listen);
	free(config->netconsole);
	free(config->url);
	for (size_t i = 0; i < CONFIG_MORE_URLS; i++)
		free(config->more_urls[i]);
	free(config->state);
	free(config->images);
	free(config->firmware);
	free(config->unknown);
	free(config->hook);
	free(config->fallback);
	free(config->forward);
	memset(config, 0, sizeof(*config));
}

void config_switches(const struct config_profile *profile, char out[CONFIG_SWITCHES_MAX])
{
	int buffer = profile->log_buf_len && profile->log_buf_len[0];

	snprintf(out, CONFIG_SWITCHES_MAX, "%s%s%s%s%s", buffer ? " log_buf_len=" : "",
	    buffer ? profile->log_buf_len : "", profile->timestamps ? " printk.time=1" : "",
	    profile->backtraces ? " sysctl.kernel.oops_all_cpu_backtrace=1"
				  " sysctl.kernel.softlockup_all_cpu_backtrace=1"
				  " sysctl.kernel.hardlockup_all_cpu_backtrace=1"
				  " sysctl.kernel.hung_task_all_cpu_backtrace=1"
				: "",
	    profile->bmc ? " ipmi_msghandler.panic_op=string" : "");
	if (out[0] == ' ')
		memmove(out, out + 1, strlen(out));
}
