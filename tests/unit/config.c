/* SPDX-License-Identifier: MIT */
/*
 * config: what the file may say, every complaint with file:line and a mend, rules, lastwords check.
 */
#include "config/config.h"

#include <stdlib.h>

#include "scratch.h"
#include "tap.h"

static char path[SCRATCH_PATH_MAX];

/* The file must be refused at this line with words that hold both. */
static void refused(
    const char *name, const char *text, int line, const char *what, const char *mend)
{
	struct config config;
	struct err err = {""};
	char prefix[SCRATCH_PATH_MAX + 20];
	int rc;

	scratch_put("a.conf", text);
	snprintf(prefix, sizeof(prefix), "%s:%d: ", path, line);
	rc = config_load(&err, path, &config);
	ok(rc == -1 && strncmp(err.msg, prefix, strlen(prefix)) == 0 && strstr(err.msg, what) &&
		strstr(err.msg, mend),
	    "%s", name);
	if (!strstr(rc ? err.msg : "", prefix))
		printf("# rc %d, said: %s\n", rc, rc ? err.msg : "(nothing)");
	if (rc == 0)
		config_free(&config);
	else
		ok(config.profiles == NULL && config.state == NULL, "%s: nothing is left", name);
}

#define P "profile a {\n image = \"i\"\n}\n"

static void test_refusals(void)
{
	struct config config;
	struct err err;
	char big[3000];

	refused("unknown key", "state = \"s\"\nstaet = \"x\"\n", 2, "staet", "must be one of");
	refused("unknown key in a profile", "profile a {\n image = \"i\"\n imge = \"x\"\n}\n", 3,
	    "imge", "crashkernel");
	refused("unknown section", "\n\nprofil a { }\n", 3, "profil", "must be one of");
	refused("panic is no number", "profile a {\n image = i\n panic = \"soon\"\n}\n", 3, "panic",
	    "not a number");
	refused(
	    "panic negative", "profile a {\n image = i\n panic = -1\n}\n", 3, "panic", "number");
	refused(
	    "panic with a rest", "profile a {\n image = i\n panic = 10s\n}\n", 3, "10s", "number");
	refused("deadline too short", "profile a {\n image = i\n deadline = 1\n}\n", 3, "deadline",
	    "between");
	refused("a switch", "profile a {\n image = i\n bmc = yes\n}\n", 3, "yes", "on or off");
	refused("a log buffer", "profile a {\n image = i\n log_buf_len = big\n}\n", 3, "big", "4M");
	refused("a log buffer too small", "profile a {\n image = i\n log_buf_len = 4\n}\n", 3,
	    "\"4\"", "64K to 1G");
	refused(
	    "a list where text is meant", "state = { \"a\", \"b\" }\n", 1, "", "KEY = \"VALUE\"");
	refused("a word where a section is meant", "profile = 7\n", 1, "", "lastwords.conf(5)");
	refused("size", "upload_max = \"much\"\n", 1, "upload_max", "64M");
	refused("size zero", "upload_max = 0\n", 1, "upload_max", "64M");
	refused("size too large", "upload_max = 99999999999999999999G\n", 1, "upload_max", "64M");
	refused("port", "listen = \"0.0.0.0:99999\"\n", 1, "listen", "65535");
	refused("no port", "listen = \"0.0.0.0\"\n", 1, "listen", "needs a port");
	refused("url", "url = \"ftp://x/\"\n", 1, "url", "http://");
	refused("url with a query", "url = \"http://x/?a\"\n", 1, "url", "letters");
	refused("url2 with a name", "url2 = \"http://crash.example:8080\"\n", 1, "url2", "numeric");
	refused("vlan", "profile a {\n image = i\n vlan = 4095\n}\n", 3, "vlan", "between");
	refused("url of IPv6", "url = \"http://[fd00::1]:8080/\"\n", 1, "url", "IPv4");
	refused("a target of IPv6",
	    "profile a { image = \"a\" netconsole_target = \"[fd00::1]:6666\" }\n", 1,
	    "netconsole_target", "IPv4");
	refused("url without host", "url = \"http:///\"\n", 1, "url", "host");
	refused("url with a space", "url = \"http://a b/\"\n", 1, "url", "address");
	refused("device", P "profile b {\n image = i\n netconsole_device = \"a b\"\n}\n", 6,
	    "netconsole_device", "eth0");
	refused("early", P "profile b {\n image = i\n netconsole_early = \"on\"\n}\n", 6,
	    "netconsole_early", "true or false");
	refused("MAC", P "profile b {\n image = i\n netconsole_mac = \"ff:ff:ff:ff:ff:ff\"\n}\n", 6,
	    "netconsole_mac", "MAC address");
	refused("format", P "profile b {\n image = i\n netconsole = \"full\"\n}\n", 6, "netconsole",
	    "extended, basic or off");
	refused("after", "profile b {\n image = i\n after = \"sleep\"\n}\n", 3, "after", "reboot");
	refused("crashkernel", "profile b {\n image = i\n crashkernel = \"lots\"\n}\n", 3,
	    "crashkernel", "192M");
	refused("crashkernel with a second argument",
	    "profile b {\n image = i\n crashkernel = \"192M init=/x\"\n}\n", 3, "crashkernel",
	    "192M");
	refused("console", "profile b {\n image = i\n console = \"ttyS0 quiet\"\n}\n", 3, "console",
	    "one console");
	refused("target is a name",
	    "profile b {\n image = i\n netconsole_target = \"log:6666\"\n}\n", 3,
	    "netconsole_target", "numeric");
	refused("no image", "profile b {\n args = \"ro\"\n}\n", 2, "no image", "add image");
	refused("empty profile", "profile b {\n}\n", 2, "no image", "add image");
	refused("profile's name", "profile \"B c\" {\n image = i\n}\n", 2, "B c", "a-z");
	refused(
	    "profile called wait", "profile wait {\n image = i\n}\n", 2, "wait", "choose another");
	refused("profile twice", P P, 4, "a", "name of its own");
	refused("key twice", "state = \"a\"\n\nstate = \"b\"\n", 3, "line 1", "remove one");
	refused("image climbs", "profile b {\n image = \"../../etc\"\n}\n", 2, "image", "a-z");
	refused("rule's profile absent", P "rule { product = \"x\"\n profile = \"zz\" }\n", 5, "zz",
	    "add profile");
	refused("rule without profile", P "rule {\n product = \"x\"\n}\n", 5, "without a profile",
	    "add profile");
	refused("unknown's profile absent", P "unknown = \"zz\"\n", 4, "zz", "define it");
	refused("environment", P "state = \"${HOME}/x\"\n", 4, "environment", "single quotes");
	refused("environment unquoted", P "state = ${HOME}\n", 4, "environment", "single quotes");
	refused(
	    "brace missing", "profile b {\n image = i\n", 1, "never closed", "add the missing }");
	refused("quote missing", "state = \"abc\n", 1, "never closed", "add the missing \"");
	refused("empty text", "state = \"\"\n", 1, "state", "remove the line");
	refused("args: newline-borne command",
	    "profile b {\n image = i\n args = \"a || shell\"\n}\n", 3, "||", "remove it");
	refused(
	    "args: comment", "profile b {\n image = i\n args = \"a #b\"\n}\n", 3, "#b", "remove");
	refused("args: quote", "profile b {\n image = i\n args = \"a=\\\"b c\\\"\"\n}\n", 3,
	    "quote", "without one");
	refused("args: backslash", "profile b {\n image = i\n args = 'a\\\\'\n}\n", 3, "backslash",
	    "remove it");
	refused("args: SMBIOS text", "profile b {\n image = i\n args = 'a=${product}'\n}\n", 3,
	    "${product}", "addresses");
	refused("args: unclosed", "profile b {\n image = i\n args = 'a=${ip'\n}\n", 3, "${ip",
	    "addresses");
	refused("args: not ASCII", "profile b {\n image = i\n args = \"a=\xc3\xa4\"\n}\n", 3,
	    "0xc3", "ASCII");
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	memcpy(big, "state = \"", 9);
	ok(config_load(&err, "/nowhere/a.conf", &config) == -1 &&
		strstr(err.msg, "/nowhere/a.conf:1: "),
	    "missing file");
}

static void test_values(void)
{
	char switches[CONFIG_SWITCHES_MAX];
	struct config config;
	struct err err = {""};
	const struct config_profile *p;

	scratch_put("a.conf", "");
	ok(config_load(&err, path, &config) == 0, "an empty file will do");
	is(config.listen, "0.0.0.0:8080", "default listen");
	is(config.images, "/var/lib/lastwords/images", "default images");
	is(config.unknown, "wait", "default unknown");
	is(config.url, "", "default url");
	is_num((long long)config.upload_max, 64 << 20, "default upload_max");
	config_free(&config);

	scratch_put("a.conf", "# ${HOME} in a comment, \" and a quote\n"
			      "url = \"http://10.0.0.1:8080/lw//\"\n"
			      "url2 = \"http://10.0.0.2:8080/\" url3 = \"http://[fd00::3]:1\"\n"
			      "state = \"state\" /* ${X} */\n"
			      "upload_max = 2M\n"
			      "unknown = b\n"
			      "profile b {\n"
			      "  image = \"debian-12\"\n"
			      "  args = 'ip=${ip}::${gateway}:${netmask} "
			      "BOOTIF=01-${netX/mac:hexhyp} ro -- single'\n"
			      "  crashkernel = \"384M-:128M\"\n"
			      "  vlan = 12\n"
			      "  panic = 3 after = \"halt\" netconsole = \"off\"\n"
			      "  netconsole_early = true netconsole_mac = broadcast\n"
			      "}\n");
	ok(config_load(&err, path, &config) == 0, "a full file loads");
	printf("# %s\n", err.msg);
	is(config.state, scratch_path("state"), "state relative to the file");
	is(config.images, scratch_path("state/images"), "images under it");
	is(config.url, "http://10.0.0.1:8080/lw", "url without trailing slashes");
	is(config.more_urls[0], "http://10.0.0.2:8080", "url2");
	is(config.more_urls[1], "http://[fd00::3]:1", "url3");
	is_num((long long)config.upload_max, 2 << 20, "upload_max");
	p = config_profile(&config, "b");
	ok(p != NULL, "profile found");
	ok(config_profile(&config, "c") == NULL, "no other");
	if (p) {
		is_num(p->image_line, 8, "the image's line");
		is_num(p->args_line, 9, "the arguments' line");
		is_num(p->panic, 3, "panic");
		is_num(p->vlan, 12, "vlan");
		is_num(p->deadline, 300, "deadline's default");
		is_num(p->after, AFTER_HALT, "after");
		is_num(p->netconsole, FORMAT_OFF, "netconsole");
		ok(p->netconsole_early && strcmp(p->netconsole_mac, "broadcast") == 0 &&
			strcmp(p->netconsole_device, "eth0") == 0,
		    "early netconsole");
		is(p->crashkernel, "384M-:128M", "crashkernel as a range");
		is(p->capture, "stock", "capture's default");
		ok(p->pstore && p->stay_armed, "pstore and stay_armed are on");
		config_switches(p, switches);
		is(switches, "", "and no switch that changes the command line");
	}
	config_free(&config);
}

static void test_switches(void)
{
	struct config_profile p = {.log_buf_len = "4M"};
	char out[CONFIG_SWITCHES_MAX];

	config_switches(&p, out);
	is(out, "log_buf_len=4M", "log_buf_len alone");
	p.timestamps = p.bmc = 1;
	config_switches(&p, out);
	is(out, "log_buf_len=4M printk.time=1 ipmi_msghandler.panic_op=string", "three");
	p.timestamps = p.bmc = 0;
	p.log_buf_len = NULL;
	p.backtraces = 1;
	config_switches(&p, out);
	is(out,
	    "sysctl.kernel.oops_all_cpu_backtrace=1 sysctl.kernel.softlockup_all_cpu_backtrace=1 "
	    "sysctl.kernel.hardlockup_all_cpu_backtrace=1 "
	    "sysctl.kernel.hung_task_all_cpu_backtrace=1",
	    "backtraces");
}

static const char *choose(const struct config *config, const char *product, const char *mac)
{
	const char *identity[MATCH_COUNT] = {NULL};
	const struct config_rule *rule;

	identity[MATCH_PRODUCT] = product;
	identity[MATCH_MAC] = mac;
	rule = config_choose(config, identity);
	return rule ? rule->profile : NULL;
}

static void test_rules(void)
{
	struct config config;
	struct err err = {""};

	scratch_put("a.conf",
	    "profile one { image = i }\nprofile two { image = i }\nprofile three { image = i "
	    "}\n"
	    "rule { product = \"PowerEdge R6*\" mac = \"52:54:00:*\" profile = one }\n"
	    "rule { product = \"poweredge*\" profile = two }\n"
	    "rule { mac = \"AA-BB-*\" profile = three }\n");
	if (!ok(config_load(&err, path, &config) == 0, "rules load")) {
		printf("# %s\n", err.msg);
		return;
	}
	is(choose(&config, "PowerEdge R640", "52:54:00:00:00:01"), "one", "every glob matches");
	is(choose(&config, "PowerEdge R640", "52:54:01:00:00:01"), "two",
	    "first match, case folded");
	is(choose(&config, NULL, "aa:bb:00:00:00:01"), "three", "MAC with dashes in the file");
	is(choose(&config, "Other", "00:00:00:00:00:01"), NULL, "no rule");
	is(choose(&config, NULL, NULL), NULL, "nothing known");
	config_free(&config);
}

/* config_check's number of faults; out: what it says of them. */
static int check_says(const struct config *config, char *out, size_t size)
{
	FILE *file = tmpfile();
	int faults = config_check(config, file);
	size_t n;

	rewind(file);
	n = fread(out, 1, size - 1, file);
	out[n] = '\0';
	fclose(file);
	return faults;
}

static void test_check(void)
{
	struct config config;
	struct err err = {""};
	char out[8192] = "", text[4096];
	size_t n;

	scratch_mkdir("images");
	scratch_mkdir("images/noinitrd");
	scratch_mkdir("images/good");
	scratch_mkdir("images/known");
	scratch_put("images/known/vmlinuz", "k");
	scratch_put("images/known/initrd.img", "i");
	scratch_put("images/known/overlay.cpio.gz", "hello\n");
	scratch_put("images/known/image.conf",
	    "release=6.1.0\ncrashkernel=112M\ncrashkernel-margin=16M\ncrashkernel-from=sized\n"
	    "crashkernel-small=24M\ncrashkernel-small-margin=2M\ncrashkernel-small-from=measured\n"
	    "capture-tier=2\n"
	    "crashkernel-small-measured=bios:21M:2400K:3,iommu:22M:2000K:3\noverlay-size=6\n"
	    "overlay-sha256=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n");
	scratch_put("images/noinitrd/vmlinuz", "k");
	scratch_put("images/noinitrd/image.conf", "crashkernel=96M\n");
	scratch_put("images/good/vmlinuz", "k");
	scratch_put("images/good/initrd.img", "i");
	scratch_put("images/good/overlay.cpio.gz", "hello\n");
	scratch_put("images/good/image.conf",
	    "release=6.1.0\ncrashkernel=96M\noverlay-size=6\noverlay-sha256="
	    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n");
	n = (size_t)snprintf(text, sizeof(text),
	    "images = images\n"
	    "profile bare { image = absent }\n"
	    "profile none {\n image = noinitrd }\n"
	    "profile small {\n image = good\n crashkernel = 64M\n"
	    " args = \"panic_on_oops=1 ro\" }\n"
	    "profile fine { image = good\n crashkernel = 192M }\n"
	    "profile long { image = good\n crashkernel = 192M\n args = \"");
	memset(text + n, 'x', 1990);
	snprintf(text + n + 1990, sizeof(text) - n - 1990, "%s",
	    "\" }\n"
	    "profile enough { image = known\n crashkernel = 24M\n capture = small }\n"
	    "profile little { image = known\n crashkernel = 23M\n capture = small }\n"
	    "profile sized { image = known\n crashkernel = 111M }\n");
	scratch_put("a.conf", text);
	if (!ok(config_load(&err, path, &config) == 0, "a file with faulty images loads")) {
		printf("# %s\n", err.msg);
		return;
	}
	is_num(check_says(&config, out, sizeof(out)), 8, "eight faults");
	ok(strstr(out, "a.conf:2: profile bare: image") && strstr(out, "lastwords image"),
	    "image missing");
	ok(strstr(out, "a.conf:4: profile none: ") && strstr(out, "initrd.img is missing"),
	    "initrd missing");
	ok(strstr(out, "without overlay") != NULL, "overlay missing");
	ok(strstr(out, "a.conf:7: profile small: crashkernel = \"64M\" is too small") &&
		strstr(out, "needs 96M"),
	    "crashkernel too small");
	ok(strstr(out, "a.conf:8: profile small: panic_on_oops=1 is not a kernel argument") != NULL,
	    "panic_on_oops");
	ok(strstr(out, "a.conf:13: profile long: ") && strstr(out, "2047 bytes"),
	    "command line too long");
	ok(strstr(out, "profile little: crashkernel = \"23M\" is too small for image known") &&
		strstr(out, "needs 24M (bios:21M:2400K:3,iommu:22M:2000K:3, 2M of it margin)") &&
		strstr(out, "`lastwords image --estimate known --capture small`"),
	    "less than was measured, with the margin: the figures, and how to measure");
	ok(strstr(out, "profile sized: crashkernel = \"111M\" is too small") &&
		strstr(out, "needs 112M (measured for this kind of kernel, 16M of it margin)"),
	    "less than such kernels need");
	ok(!strstr(out, "profile enough: crashkernel"), "nothing against what was measured");
	ok(strstr(
	       out, ": warning: profile enough: image known has the larger small capture kernel") &&
		!strstr(out, "warning: profile sized"),
	    "tier 2: not verified on hardware, where it is used");
	ok(strstr(out, "a.conf:10: warning: profile fine: ") &&
		strstr(out, "was not measured, only estimated; measure it with `lastwords image "
			    "--estimate good --capture stock`"),
	    "enough, but nobody measured: a warning");
	ok(!strstr(out, "a.conf:10: profile fine"), "that is no fault");
	ok(!strstr(out, "warning: profile small"), "no warning beside a fault");
	config_free(&config);
}

/* Room for the session and all else, but not for netconsole=. */
static void test_check_early(void)
{
	struct config config;
	struct err err;
	char out[2048] = "", text[4096];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
	    "images = images\n"
	    "profile early { image = known\n netconsole_early = true\n args = \"");
	memset(text + n, 'x', 1840);
	snprintf(text + n + 1840, sizeof(text) - n - 1840, "%s",
	    "\" }\n"
	    "profile late { from = early\n netconsole_early = false }\n"
	    "profile none { from = early\n netconsole = off }\n");
	scratch_put("a.conf", text);
	ok(config_load(&err, path, &config) == 0, "profiles with and without netconsole=");
	is_num(check_says(&config, out, sizeof(out)), 1, "one line is too long");
	ok(strstr(out, "a.conf:4: profile early: ") && strstr(out, "2047 bytes"),
	    "that which netconsole= stands on");
	config_free(&config);
}

static const struct config_rule *choose_client(struct config *config, const char *client)
{
	const char *identity[MATCH_COUNT] = {[MATCH_CLIENT] = client};

	return config_choose(config, identity);
}

static void test_inherit(void)
{
	struct config config = {0};
	struct err err = {""};
	const struct config_profile *child;

	scratch_put("a.conf", "profile child {\n from = \"mid\"\n args = \"own\"\n}\n"
			      "profile mid {\n from = \"base\"\n image = \"i\"\n panic = 7\n}\n"
			      "profile base {\n console = \"ttyS1,9600\"\n args = \"theirs\"\n"
			      " panic = 5\n}\n");
	if (!ok(config_load(&err, path, &config) == 0, "inherits, grandparents defined last")) {
		printf("# %s\n", err.msg);
		return;
	}
	child = config_profile(&config, "child");
	is(child->image, "i", "the parent's");
	is(child->console, "ttyS1,9600", "the grandparent's");
	is(child->args, "own", "its own wins");
	is_num(child->panic, 7, "the nearer one wins");
	is_num(child->deadline, 300, "what nobody gives is the default");
	is_num(child->line, 2, "its line is its own");
	is_num(child->image_line, 7, "an inherited key's line is where it stands");
	ok(config_bootable(&config, "child") && !config_bootable(&config, "base"),
	    "without an image it is only inherited from");
	config_free(&config);
	refused("circle", P "profile b {\n from = \"c\"\n}\nprofile c {\n from = \"b\"\n}\n", 5,
	    "circle", "remove one");
	refused("of itself", "profile b {\n image = \"i\"\n from = \"b\"\n}\n", 3, "circle",
	    "remove one");
	refused("from nobody", "profile b {\n image = \"i\"\n\n from = \"zz\"\n}\n", 4, "zz",
	    "add profile");
	refused("a rule to what has no image",
	    "profile b {\n args = \"ro\"\n}\nprofile c {\n from = \"b\"\n image = \"i\"\n}\n"
	    "rule {\n mac = \"*\"\n profile = \"b\"\n}\n",
	    10, "no image", "add image");
	refused("no image to inherit",
	    "profile b {\n args = \"ro\"\n}\nprofile c {\n from = \"b\"\n}\n", 5, "no image",
	    "add image");
}

static void test_client(void)
{
	struct config config = {0};
	struct err err = {""};
	const struct config_rule *rule;

	scratch_put("a.conf", P "rule {\n client = \"10.77.4.0/22\"\n profile = a\n}\n"
				"rule {\n client = \"fd00:77::/33\"\n profile = a\n}\n"
				"rule {\n client = \"192.168.*\"\n profile = a\n}\n");
	if (!ok(config_load(&err, path, &config) == 0, "client subnets")) {
		printf("# %s\n", err.msg);
		return;
	}
	rule = choose_client(&config, "10.77.7.255");
	ok(rule && rule->line == 6, "the last address of a subnet");
	ok(!choose_client(&config, "10.77.8.0") && !choose_client(&config, "10.77.3.255"),
	    "its neighbours");
	rule = choose_client(&config, "fd00:77:0:1::1");
	ok(rule && rule->line == 10, "IPv6");
	ok(!choose_client(&config, "fd00:77:8000::1"), "and what is beyond its bits");
	rule = choose_client(&config, "192.168.1.1");
	ok(rule && rule->line == 14, "a glob");
	ok(!choose_client(&config, "") && !choose_client(&config, NULL) &&
		!choose_client(&config, "10.77.4.1x"),
	    "no address is in no subnet");
	config_free(&config);
	refused("a subnet too wide", P "rule {\n client = \"10.0.0.0/33\"\n profile = a\n}\n", 5,
	    "not a subnet", "10.77.0.0/16");
	refused("a subnet of nothing", P "rule {\n client = \"/8\"\n profile = a\n}\n", 5,
	    "not a subnet", "10.77.0.0/16");
}

int main(void)
{
	snprintf(path, sizeof(path), "%s/a.conf", scratch_make());
	setenv("HOME", "/evil", 1);
	test_values();
	test_refusals();
	test_switches();
	test_rules();
	test_inherit();
	test_client();
	test_check();
	test_check_early();
	return tap_done();
}
