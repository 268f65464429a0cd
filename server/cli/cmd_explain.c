/* SPDX-License-Identifier: MIT */
/*
 * lastwords explain: which rule matches a machine, why each rule before it does not, and the boot script
 * for it, made by the code that serves machines. What is not given is what the machine last said of itself.
 * Records nothing.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/kv.h"
#include "boot/override.h"
#include "cgi/boot/boot.h"
#include "cgi/boot/identity.h"
#include "cli.h"
#include "described.h"
#include "host/firmware.h"
#include "screen/print.h"
#include "ways.h"

struct explain_options {
	int json;
};

const struct options_row explain_options[] = {
    {.name = "--json",
	.help = "one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct explain_options, json)},
    {.name = NULL},
};

enum { EXPLAIN_JSON_MAX = 1 << 20 };

static char explain_query[REQUEST_QUERY_MAX + 1];

struct explain {
	const struct screen *screen;
	struct site site;
	uint8_t mac[6];
	char mac_text[18];
	const char *given[MATCH_COUNT]; /* on the command line; NULL: not */
	struct described described; /* time_ms 0: the machine has never asked */
	struct identity identity; /* both together */
	struct override override;
	int has_override;
	struct request request;
	struct reply reply, pxelinux; /* pxelinux.body: "" if the script does not start it */
	char pxelinux_path[sizeof(((struct request *)0)->path)];
};

static const char *explain_variable(const char *name)
{
	if (strcmp(name, "QUERY_STRING") == 0)
		return explain_query;
	return strcmp(name, "REQUEST_URI") == 0 ? "/boot" : NULL;
}

/* MAC [FIELD=VALUE…]. 0/-1. */
static int explain_read(struct err *err, int argc, char **argv, struct explain *e)
{
	if (mac_parse(err, argv[1], e->mac))
		return -1;
	mac_format(e->mac, e->mac_text);
	for (int i = 2; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t len = equals ? (size_t)(equals - argv[i]) : 0;
		int found = 0;

		if (!equals)
			return err_set(err,
			    "invalid argument \"%.60s\"; use FIELD=VALUE, as in product=KVM",
			    argv[i]);
		for (int m = 0; m < MATCH_COUNT; m++) {
			const char *name = config_match_name(m);

			if (m == MATCH_MAC || strlen(name) != len ||
			    strncmp(argv[i], name, len) != 0)
				continue;
			e->given[m] = equals + 1;
			found = 1;
		}
		if (!found && !(len == 2 && strncmp(argv[i], "ip", 2) == 0))
			return err_set(err,
			    "unknown field \"%.*s\"; use product, manufacturer, serial, asset, uuid, arch, platform or client",
			    len < 60 ? (int)len : 60, argv[i]);
		if (!found)
			e->given[MATCH_CLIENT] = equals + 1;
	}
	return 0;
}

/* The machine as a boot request would describe it. 0/-1. */
static int explain_describe(struct err *err, struct explain *e)
{
	const char *state = e->site.config.state;
	char index[FILE_PATH_MAX];
	struct db *db = NULL;
	struct kv_out out;

	/* without an index (no server has run yet, or it is damaged) the rules can still be explained */
	if (file_path(err, state, "index.db", index) == 0 && access(index, F_OK) == 0 &&
	    (!(db = db_open(err, state, 0)) ||
		described_read(err, db, e->mac, &e->described) < 0)) {
		err_prefix(err, "what the machine last said of itself is unknown");
		err_print("lastwords", err);
	}
	db_close(db);
	kv_out_init(&out, explain_query, sizeof(explain_query));
	for (int m = 0; m < MATCH_COUNT; m++) {
		const char *value = e->given[m] ? e->given[m] : e->described.match[m];

		if (m != MATCH_MAC && value[0])
			kv_out_pair(
			    &out, '&', m == MATCH_CLIENT ? "ip" : config_match_name(m), value);
	}
	kv_out_pair(&out, '&', "mac", e->mac_text);
	if (out.overflow)
		return err_set(
		    err, "arguments longer than %d bytes; leave some out", REQUEST_QUERY_MAX);
	identity_read(&e->identity, explain_query);
	return 0;
}

/* Asks for the script, and for pxelinux's configuration if the script starts pxelinux. */
static void explain_answer(struct explain *e)
{
	static const char option[] = "set 209:string ";
	struct request *request = &e->request;
	const char *name;

	request_init(request, explain_variable);
	boot_answer(&e->site, request, clock_now(), &e->reply);
	name = strstr(e->reply.body, option);
	if (!name)
		return;
	name += sizeof(option) - 1;
	snprintf(
	    request->path, sizeof(request->path), "/pxelinux/%.*s", (int)strcspn(name, "\n"), name);
	memcpy(e->pxelinux_path, request->path, sizeof(e->pxelinux_path));
	request->query = "";
	boot_answer(&e->site, request, clock_now(), &e->pxelinux);
}

/* --- text -------------------------------------------------------------------------------------------- */

static void text_identity(const struct explain *e)
{
	char when[TIMES_MAX];
	int described = e->described.time_ms != 0;

	printf("%s", e->mac_text);
	if (described) {
		screen_time(e->screen, e->described.time_ms, when);
		printf(", as it described itself %s%s", strstr(when, "ago") ? "" : "at ", when);
	} else {
		printf(", which has not asked this server yet");
	}
	printf(":");
	for (int m = 0; m < MATCH_COUNT; m++) {
		if (m == MATCH_MAC || !e->identity.match[m][0])
			continue;
		printf(" %s=\"", config_match_name(m));
		print_safe(e->identity.match[m]);
		printf("\"%s", e->given[m] ? " (given)" : "");
	}
	printf("\n");
}

static void text_override(const struct explain *e)
{
	const struct override *override = &e->override;
	char when[TIMES_MAX];

	if (!e->has_override)
		return;
	screen_time(e->screen, override->set_ms, when);
	printf("set for this machine %s%s%s:", strstr(when, "ago") ? "" : "at ", when,
	    override->once ? ", for one boot" : "");
	if (override->profile[0])
		printf(" profile %s%s", override->profile,
		    config_bootable(&e->site.config, override->profile)
			? " (wins over the rules)"
			: " (not defined: rules decide)");
	if (override->args[0]) {
		printf(" args ");
		print_safe(override->args);
	}
	if (override->drill)
		printf(" drill after %d s", override->drill);
	printf("\n");
}

/* The rules up to the first that matches: that one's index, or the number of rules. each may be NULL. */
static size_t explain_rules(const struct explain *e,
    void (*each)(void *arg, const struct explain *e, const struct config_rule *rule,
	enum config_match mismatch),
    void *arg)
{
	const struct config *config = &e->site.config;
	const char *match[MATCH_COUNT];
	size_t i;

	for (int m = 0; m < MATCH_COUNT; m++)
		match[m] = e->identity.match[m];
	for (i = 0; i < config->rule_count; i++) {
		enum config_match m = config_mismatch(&config->rules[i], match);

		if (each)
			each(arg, e, &config->rules[i], m);
		if (m == MATCH_COUNT)
			break;
	}
	return i;
}

static void text_rule(
    void *arg, const struct explain *e, const struct config_rule *rule, enum config_match m)
{
	(void)arg;
	printf("%s:%d: ", e->site.config.file, rule->at.line);
	if (m == MATCH_COUNT) {
		printf("matches: profile %s\n", rule->profile);
		return;
	}
	printf("no: %s is \"", config_match_name(m));
	print_safe(e->identity.match[m]);
	printf("\", not %s\n", rule->glob[m]);
}

/* By which channels a panic of this boot can reach the server. 0: it has no image of ours. */
static int explain_ways(const struct explain *e, struct channels *channels)
{
	const struct config *config = &e->site.config;
	const size_t rule = explain_rules(e, NULL, NULL);
	const struct config_profile *profile = NULL;
	struct image image;
	struct err ignored;

	if (e->has_override && e->override.profile[0])
		profile = config_bootable(config, e->override.profile);
	if (!profile)
		profile = config_bootable(config,
		    rule < config->rule_count ? config->rules[rule].profile : config->unknown);
	if (!profile ||
	    image_open(&ignored, config->images,
		e->has_override && e->override.image[0] ? e->override.image : profile->image,
		&image))
		return 0;
	config_channels(config, profile, &image, e->mac, channels);
	return 1;
}

/* What Secure Boot asks of a machine with UEFI, where the boot files are signed for it. */
static void text_firmware(const struct explain *e)
{
	struct firmware firmware;
	char path[FILE_PATH_MAX];
	const char *name;
	struct err err;
	int signers;

	if (strcasecmp(e->identity.match[MATCH_PLATFORM], "efi") != 0)
		return;
	firmware_find(&e->site.config, &firmware);
	name =
	    strcmp(e->identity.match[MATCH_ARCH], "arm64") == 0 ? firmware.arm64 : firmware.efi64;
	if (!firmware_is_shim(name, NULL) || file_path(&err, firmware.dir, name, path))
		return;
	signers = firmware_signers(&err, path);
	if (signers < 0)
		err_print("lastwords", &err);
	else
		printf("with Secure Boot its firmware has to trust %s: %s\n",
		    firmware_signers_name(signers), name);
}

static void explain_text(const struct explain *e)
{
	const struct config *config = &e->site.config;
	struct channels channels;
	char ways[1024];

	text_identity(e);
	text_override(e);
	if (explain_rules(e, text_rule, NULL) == config->rule_count)
		printf("%s:%d: no rule matches: unknown = %s\n", config->file,
		    config_line(&config->at, "unknown"), config->unknown);
	if (explain_ways(e, &channels)) {
		channels_text(&channels, ways, sizeof(ways));
		printf("panic by: %s\n", ways);
	}
	text_firmware(e);
	printf("\n%s", e->reply.body);
	if (e->pxelinux_path[0])
		printf("\n%s:\n%s", e->pxelinux_path, e->pxelinux.body);
}

/* --- JSON -------------------------------------------------------------------------------------------- */

static void json_rule(
    void *arg, const struct explain *e, const struct config_rule *rule, enum config_match m)
{
	struct kv_out *out = arg;

	if (out->buf[out->len - 1] != '[')
		kv_out_raw(out, ",");
	kv_out_raw(out, "{");
	json_number(out, "line", rule->at.line);
	json_pair(out, "profile", rule->profile);
	json_key(out, "matches");
	kv_out_raw(out, m == MATCH_COUNT ? "true" : "false");
	if (m != MATCH_COUNT) {
		json_pair(out, "field", config_match_name(m));
		json_pair(out, "value", e->identity.match[m]);
		json_pair(out, "glob", rule->glob[m]);
	}
	kv_out_raw(out, "}");
}

static void json_override(struct kv_out *out, const struct override *override)
{
	char when[25];

	clock_format(override->set_ms, when);
	json_key(out, "override");
	kv_out_raw(out, "{");
	json_pair(out, "set", when);
	json_key(out, "once");
	kv_out_raw(out, override->once ? "true" : "false");
	json_known(out, "profile", override->profile);
	json_known(out, "image", override->image);
	json_known(out, "args", override->args);
	if (override->drill)
		json_number(out, "drill", override->drill);
	if (override->script)
		json_number(out, "script", override->script);
	kv_out_raw(out, "}");
}

static int explain_json(struct err *err, const struct explain *e)
{
	const struct config *config = &e->site.config;
	struct channels channels;
	struct kv_out out;
	char when[25];
	size_t rule;

	if (print_begin(err, &out, EXPLAIN_JSON_MAX))
		return -1;
	kv_out_raw(&out, "{");
	json_pair(&out, "mac", e->mac_text);
	clock_format(e->described.time_ms, when);
	if (e->described.time_ms)
		json_pair(&out, "described", when);
	json_key(&out, "identity");
	kv_out_raw(&out, "{");
	for (int m = 0; m < MATCH_COUNT; m++)
		if (m != MATCH_MAC)
			json_known(&out, config_match_name(m), e->identity.match[m]);
	kv_out_raw(&out, "}");
	if (e->has_override)
		json_override(&out, &e->override);
	json_pair(&out, "configuration", config->file);
	json_key(&out, "rules");
	kv_out_raw(&out, "[");
	rule = explain_rules(e, json_rule, &out);
	kv_out_raw(&out, "]");
	if (rule == config->rule_count)
		json_pair(&out, "unknown", config->unknown);
	if (explain_ways(e, &channels))
		ways_json(&out, &channels);
	json_pair(&out, "script", e->reply.body);
	if (e->pxelinux_path[0]) {
		json_pair(&out, "pxelinux_path", e->pxelinux_path);
		json_pair(&out, "pxelinux", e->pxelinux.body);
	}
	kv_out_raw(&out, "}\n");
	return print_end(err, &out);
}

int cmd_explain(struct cli *cli, int argc, char **argv)
{
	static struct explain e;
	struct explain_options options = {.json = 0};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	e.screen = &cli->screen;
	if (explain_read(&err, argc, argv, &e)) {
		cli_fail(&err);
		return CLI_USAGE;
	}
	site_init(&e.site, config_path(cli->conf));
	e.site.dry = 1;
	site_refresh(&e.site, clock_now());
	if (!e.site.loaded)
		return cli_fail(&e.site.error);
	rc = explain_describe(&err, &e);
	if (rc == 0) {
		e.has_override = override_read(&err, e.site.config.state, e.mac, &e.override);
		if (e.has_override < 0)
			err_print("lastwords", &err);
		e.has_override = e.has_override > 0;
		explain_answer(&e);
		if (options.json)
			rc = explain_json(&err, &e);
		else
			explain_text(&e);
		if (e.reply.warning.msg[0])
			err_print("lastwords", &e.reply.warning);
		if (e.pxelinux.warning.msg[0])
			err_print("lastwords", &e.pxelinux.warning);
	}
	site_free(&e.site);
	return rc ? cli_fail(&err) : CLI_OK;
}
