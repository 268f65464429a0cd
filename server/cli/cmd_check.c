/* SPDX-License-Identifier: MIT */
/* lastwords check: finds errors in the configuration before a machine boots with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "cli.h"
#include "host/firmware.h"
#include "screen/print.h"
#include "screen/progress.h"
#include "serve/tls.h"
#include "target/target.h"
#include "ways.h"

struct check_options {
	int json;
};

const struct options_row check_options[] = {
    {.name = "--json",
	.help = "one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct check_options, json)},
    {.name = NULL},
};

/* A finding, "FILE:LINE: [warning: ]TEXT", without its newline. */
static void check_finding(struct kv_out *out, const struct config *config, char *line)
{
	static const char warning[] = "warning: ";
	const size_t file = strlen(config->file);
	size_t digits = 0;
	uint64_t number = 0;
	struct err ignored;
	char *text = line;

	if (strncmp(line, config->file, file) == 0 && line[file] == ':') {
		text += file + 1;
		digits = strspn(text, "0123456789");
	}
	kv_out_raw(out, "{");
	if (digits && num_u64(&ignored, "line", text, digits, 1, INT32_MAX, &number) == 0)
		json_number(out, "line", (long long)number);
	text += digits + strspn(text + digits, ": ");
	json_pair(out, "level", strncmp(text, warning, sizeof(warning) - 1) ? "error" : "warning");
	json_pair(out, "text",
	    text + (strncmp(text, warning, sizeof(warning) - 1) ? 0 : sizeof(warning) - 1));
	kv_out_raw(out, "}");
}

/* Calls got for each profile that boots an image. */
static void check_ways(const struct config *config,
    void (*got)(
	void *arg, const char *profile, const char *release, const struct channels *channels),
    void *arg)
{
	for (size_t i = 0; i < config->profile_count; i++) {
		const struct config_profile *profile = &config->profiles[i];
		struct channels channels;
		struct image image;
		struct err ignored;

		if (!profile->image[0] ||
		    image_open(&ignored, config->images, profile->image, &image))
			continue;
		config_channels(config, profile, &image, NULL, &channels);
		got(arg, profile->name, image.release, &channels);
	}
}

static void check_ways_text(
    void *arg, const char *profile, const char *release, const struct channels *channels)
{
	char text[1024];

	(void)arg;
	channels_text(channels, text, sizeof(text));
	printf("profile %s, kernel %s: panic by %s\n", profile, release[0] ? release : "unknown",
	    text);
}

static void check_ways_json(
    void *arg, const char *profile, const char *release, const struct channels *channels)
{
	struct kv_out *out = arg;

	kv_out_raw(out, out->buf[out->len - 1] == '[' ? "{" : ",{");
	json_pair(out, "profile", profile);
	json_pair(out, "release", release);
	ways_json(out, channels);
	kv_out_raw(out, "}");
}

/* lines: what was found, changed here. */
static int check_json(
    struct err *err, const struct config *config, char *lines, size_t len, int faults)
{
	struct kv_out out;
	char *save = NULL;
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += lines[i] == '\n';
	/* (a byte takes at most 6) */
	if (print_begin(err, &out,
		6 * len + 64 * count + 6 * FILE_PATH_MAX + 4096 + 2048 * config->profile_count))
		return -1;
	kv_out_raw(&out, "{");
	json_pair(&out, "configuration", config->file);
	json_number(&out, "profiles", (long long)config->profile_count);
	json_number(&out, "rules", (long long)config->rule_count);
	json_number(&out, "targets", (long long)config->target_count);
	json_number(&out, "errors", faults);
	json_key(&out, "findings");
	kv_out_raw(&out, "[");
	count = 0;
	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		kv_out_raw(&out, count++ ? "," : "");
		check_finding(&out, config, line);
	}
	kv_out_raw(&out, "]");
	json_key(&out, "panic");
	kv_out_raw(&out, "[");
	check_ways(config, check_ways_json, &out);
	kv_out_raw(&out, "]}\n");
	return print_end(err, &out);
}

/* Where machines have to boot over IPv6, whether the iPXE that they are given can. */
static void check_six(const struct config *config, FILE *out)
{
	char path[FILE_PATH_MAX], next[FIRMWARE_NAME_MAX];
	struct firmware firmware;
	struct err ignored;
	const char *name;

	if (!strstr(config->url, "://["))
		return;
	firmware_find(config, &firmware);
	name = firmware_is_shim(firmware.efi64, next) ? next : firmware.efi64;
	if (file_path(&ignored, firmware.dir, name, path) || firmware_has_six(&ignored, path))
		return;
	fprintf(out,
	    "%s: warning: url is IPv6, and %s has no IPv6: machines with IPv6 only cannot boot by it; use another iPXE "
	    "(Debian's package ipxe, or make ipxe) as firmware\n",
	    config->file, path);
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
	struct check_options options = {.json = 0};
	const struct config *config = &cli->config;
	char *lines = NULL;
	size_t len = 0;
	struct err err;
	FILE *out;
	int faults, rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (cli_load(&err, cli))
		return cli_fail(&err);
	progress_begin("check");
	out = open_memstream(&lines, &len);
	faults =
	    out ? config_check(config, out) + target_check(config, out) + tls_check(config, out)
		: 0;
	if (out)
		check_six(config, out);
	progress_end();
	if (!out || fclose(out)) {
		free(lines);
		err_set(&err, "out of memory");
		return cli_fail(&err);
	}
	if (options.json) {
		rc = check_json(&err, config, lines, len, faults);
	} else {
		fputs(lines, stderr);
		check_ways(config, check_ways_text, NULL);
		if (!faults)
			printf("%s: %zu profile%s, %zu rule%s, %zu target%s, no fault found\n",
			    config->file, config->profile_count, cli_plural(config->profile_count),
			    config->rule_count, cli_plural(config->rule_count),
			    config->target_count, cli_plural(config->target_count));
	}
	free(lines);
	if (rc)
		return cli_fail(&err);
	return faults ? CLI_FAILED : CLI_OK;
}
