/* SPDX-License-Identifier: MIT */
/*
 * config: what the file may have, every error with file:line and a fix, rules, inheritance, lastwords
 * check, and that the manual has exactly the keys and defaults of the tables.
 */
#include "config/config.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "config/keys.h"
#include "scratch.h"
#include "tap.h"

static char path[SCRATCH_PATH_MAX];

#define P "profile a {\n image = \"i\"\n}\n"
#define L10 "0123456789"
#define L50 L10 L10 L10 L10 L10
#define LONG L50 L50 L50 L50 L50 L50 L50 L50 L50 L50
/* a profile with this in line 3 */
#define IN(text) "profile b {\n image = i\n " text "\n}\n"

/* Each must be refused at this line, with words that hold both. */
static const struct {
	const char *name, *text;
	int line;
	const char *what, *fix;
} refusals[] = {
    {"an unknown key", "state = \"s\"\nstaet = \"x\"\n", 2, "staet", "must be one of"},
    {"an unknown key in a profile", IN("imge = x"), 3, "imge", "crashkernel"},
    {"an unknown section", "\n\nprofil a { }\n", 3, "profil", "must be one of"},
    {"a section inside a section", "profile a {\n rule { }\n}\n", 2, "rule", "must be one of"},
    {"panic is not a number", IN("panic = \"soon\""), 3, "panic", "not a number"},
    {"panic is negative", IN("panic = -1"), 3, "panic", "number"},
    {"panic with trailing text", IN("panic = 10s"), 3, "10s", "number"},
    {"a deadline too short", IN("deadline = 1"), 3, "deadline", "from 10 to 86400"},
    {"a switch that is neither on nor off", IN("bmc = yes"), 3, "yes", "off or on"},
    {"half of a word that is allowed", IN("bmc = of"), 3, "of", "off or on"},
    {"a log buffer that is not a size", IN("log_buf_len = big"), 3, "big", "4M"},
    {"a log buffer too small", IN("log_buf_len = 4"), 3, "\"4\"", "64K to 1G"},
    {"a log buffer too large", IN("log_buf_len = 2G"), 3, "\"2G\"", "64K to 1G"},
    {"a list for a text", "state = { \"a\", \"b\" }\n", 1, "", "KEY = \"VALUE\""},
    {"a key without =", "state \"a\"\n", 1, "", "KEY = \"VALUE\""},
    {"a text without quotes that needs them", IN("console = ttyS0,115200"), 3, "unexpected ,",
	"quotes"},
    {"a section without a name", "profile = 7\n", 1, "", "lastwords.conf(5)"},
    {"tls without a key", "\ntls { cert = a.pem }\n", 2, "without key", "add key"},
    {"tls without a certificate", "tls { key = a.pem }\n", 1, "without cert", "add cert"},
    {"tls twice", "tls { cert = a key = b }\n\ntls { cert = a key = b }\n", 3, "in line 1",
	"remove one"},
    {"an invalid name in tls", "tls { cert = a key = b name = \"a b\" }\n", 1, "name",
	"boot.example.org"},
    {"a closing brace too many", P "}\n", 4, "unexpected }", "quotes"},
    {"a size that is not one", "upload_max = \"much\"\n", 1, "upload_max", "64M"},
    {"upload_max of zero", "upload_max = 0\n", 1, "upload_max", "64M"},
    {"a size too large", "upload_max = 99999999999999999999G\n", 1, "upload_max", "64M"},
    {"a port too large", "listen = \"0.0.0.0:99999\"\n", 1, "listen", "65535"},
    {"an address without a port", "listen = \"0.0.0.0\"\n", 1, "no port", "HOST:PORT"},
    {"a URL of another scheme", "url = \"ftp://x/\"\n", 1, "url", "http://"},
    {"a URL with a query", "url = \"http://x/?a\"\n", 1, "url", "not allowed"},
    {"a url2 with a name", "url2 = \"http://crash.example:8080\"\n", 1, "url2", "numeric"},
    {"a VLAN id too large", IN("vlan = 4095"), 3, "vlan", "to 4094"},
    {"a link-local url", "url = \"http://[fe80::1]:8080/\"\n", 1, "url", "link-local"},
    {"a link-local url2", "url2 = \"http://[febf::1]:8080/\"\n", 1, "url2", "link-local"},
    {"a link-local netconsole_target", IN("netconsole_target = \"[fe80::1]:6666\""), 3,
	"netconsole_target", "link-local"},
    {"a URL without a host", "url = \"http:///\"\n", 1, "url", "HOST"},
    {"a URL with a space", "url = \"http://a b/\"\n", 1, "url", "address"},
    {"a URL too long", "url = \"http://a/" LONG "\"\n", 1, "longer", "URL"},
    {"central without words", "central = \"db1\"\n", 1, "central", "host="},
    {"central as a URL", "central = \"postgresql://u:secret@db1/x?a=b\"\n", 1, "central", "host="},
    {"a password in central", "central = \"host=db1  password = 'x y'\"\n", 1, "password",
	"central_password_file"},
    {"forward with a path", "forward = \"udp://a/b\"\n", 1, "forward", "tcp://"},
    {"forward over another protocol", "forward = \"http://a\"\n", 1, "forward", "tcp://"},
    {"a device with a space", IN("netconsole_device = \"a b\""), 3, "netconsole_device", "eth0"},
    {"a device too long", IN("netconsole_device = a123456789012345"), 3, "longer", "eth0"},
    {"early netconsole that is neither true nor false", IN("netconsole_early = on"), 3,
	"netconsole_early", "false or true"},
    {"a multicast MAC", IN("netconsole_mac = \"ff:ff:ff:ff:ff:ff\""), 3, "netconsole_mac",
	"MAC address"},
    {"an unknown format", IN("netconsole = full"), 3, "netconsole", "off or basic or extended"},
    {"an unknown end", IN("after = sleep"), 3, "after", "reboot"},
    {"a crashkernel that is not a size", IN("crashkernel = lots"), 3, "crashkernel", "192M"},
    {"a crashkernel with a second argument", IN("crashkernel = \"192M init=/x\""), 3, "crashkernel",
	"192M"},
    {"a crashkernel that is low alone", IN("crashkernel = \"72M,low\""), 3, "crashkernel",
	"write 256M,high 72M,low"},
    {"a crashkernel of two plain sizes", IN("crashkernel = \"192M 72M\""), 3, "crashkernel",
	"256M,high"},
    {"a crashkernel pair in the wrong order", IN("crashkernel = \"72M,low 256M,high\""), 3,
	"crashkernel", "256M,high"},
    {"a crashkernel of cma alone", IN("crashkernel = \"512M,cma\""), 3, "crashkernel",
	"write 192M 512M,cma"},
    {"a crashkernel whose cma is no size", IN("crashkernel = \"192M x,cma\""), 3, "crashkernel",
	"not a size"},
    {"a crashkernel of three sizes", IN("crashkernel = \"1G,high 72M,low 1M,low\""), 3,
	"crashkernel", "256M,high"},
    {"a console with a second argument", IN("console = \"ttyS0 quiet\""), 3, "console",
	"one console"},
    {"a netconsole_target with a name", IN("netconsole_target = \"log:6666\""), 3,
	"netconsole_target", "ADDRESS:PORT"},
    {"a profile without an image", "profile b {\n args = \"ro\"\n}\n", 1, "no image", "add image"},
    {"an empty profile", "\nprofile b {\n}\n", 2, "no image", "add image"},
    {"an invalid profile name", "profile \"B c\" {\n image = i\n}\n", 1, "B c", "a-z"},
    {"a profile called wait", "profile wait {\n image = i\n}\n", 1, "wait", "choose another"},
    {"a profile called exit", "profile exit {\n image = i\n}\n", 1, "exit", "choose another"},
    {"a profile given twice", P P, 4, "line 1", "name of its own"},
    {"a key given twice", "state = \"a\"\n\nstate = \"b\"\n", 3, "line 1", "remove one"},
    {"a key given twice in a rule", P "rule {\n mac = a\n mac = b\n profile = a\n}\n", 6, "line 5",
	"remove one"},
    {"an image outside the images", "profile b {\n image = \"../../etc\"\n}\n", 2, "image", "a-z"},
    {"a rule to an unknown profile", P "rule { product = \"x\"\n profile = \"zz\" }\n", 5, "zz",
	"add profile"},
    {"a rule without a profile", P "rule {\n product = \"x\"\n}\n", 4, "without a profile",
	"add profile"},
    {"an empty glob", P "rule { product = \"\" profile = a }\n", 4, "product: empty", "a glob"},
    {"an unknown profile for unknown", P "unknown = \"zz\"\n", 4, "zz", "define it"},
    {"an unknown profile for fallback", P "fallback = \"zz\"\n", 4, "zz", "add profile"},
    {"${} in double quotes", P "state = \"${HOME}/x\"\n", 4, "${", "single quotes"},
    {"${} without quotes", P "state = ${HOME}\n", 4, "${", "single quotes"},
    {"a section that is not closed", "\nprofile b {\n image = i\n", 2, "never closed",
	"add the missing }"},
    {"a text that is not closed", "\nstate = \"abc\n\n", 2, "never closed", "add the missing \""},
    {"an empty text", "state = \"\"\n", 1, "state", "remove the line"},
    {"an escape out of range", "state = \"\\777\"\n", 1, "invalid escape", "backslash"},
    {"an escape that is no octal number", "state = \"\\9\"\n", 1, "invalid escape", "backslash"},
    {"an octal escape with a digit above 7", "state = \"\\18\"\n", 1, "invalid escape",
	"backslash"},
    {"an escape for NUL", "state = \"a\\x00b\"\n", 1, "invalid escape", "backslash"},
    {"arguments with a command of iPXE", IN("args = \"a || shell\""), 3, "||", "remove it"},
    {"arguments with a comment of iPXE", IN("args = \"a #b\""), 3, "#b", "remove"},
    {"arguments with a quote", IN("args = \"a=\\\"b c\\\"\""), 3, "quote", "without one"},
    {"arguments that end with a backslash", IN("args = 'a\\\\'"), 3, "backslash", "remove it"},
    {"arguments with text of the firmware", IN("args = 'a=${product}'"), 3, "${product}",
	"addresses"},
    {"arguments with ${ that is not closed", IN("args = 'a=${ip'"), 3, "${ip", "addresses"},
    {"arguments that are not ASCII", IN("args = \"a=\xc3\xa4\""), 3, "0xc3", "ASCII"},
    {"profiles that inherit in a circle",
	P "profile b {\n from = \"c\"\n}\nprofile c {\n from = \"b\"\n}\n", 5, "circle",
	"remove one"},
    {"a profile that inherits from itself", IN("from = \"b\""), 3, "circle", "remove one"},
    {"inheritance from an unknown profile", IN("\n from = \"zz\""), 4, "zz", "add profile"},
    {"a rule to a profile without an image",
	"profile b {\n args = \"ro\"\n}\nprofile c {\n from = \"b\"\n image = \"i\"\n}\n"
	"rule {\n mac = \"*\"\n profile = \"b\"\n}\n",
	10, "no image", "add image"},
    {"a profile that inherits no image",
	"profile b {\n args = \"ro\"\n}\nprofile c {\n from = \"b\"\n}\n", 4, "no image",
	"add image"},
    {"a netconsole_from that is not a subnet", "netconsole_from = [10.0.0.0/8, lab]\n", 1,
	"not a subnet", "10.77.0.0/16"},
    {"a netconsole_from list without its end", "netconsole_from = [10.0.0.0/8\n", 1, "closed", "]"},
    {"a subnet with too many digits", "netconsole_from = 10.0.0.0/000000024\n", 1, "not a subnet",
	"10.77.0.0/16"},
    {"a subnet that is too wide", P "rule {\n client = \"10.0.0.0/33\"\n profile = a\n}\n", 5,
	"not a subnet", "10.77.0.0/16"},
    {"a subnet without an address", P "rule {\n client = \"/8\"\n profile = a\n}\n", 5,
	"not a subnet", "10.77.0.0/16"},
    {"a sender's subnet that is too wide", "netconsole_from = \"10.0.0.0/8, fd00::/129\"\n", 1,
	"\"fd00::/129\" is not a subnet", "such as"},
    {"a sender's host name", "netconsole_from = \"host1\"\n", 1, "not a subnet", "such as"},
    {"an empty list of senders", "netconsole_from = []\n", 1, "empty", "such as"},
};

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct config config;
		struct err err = {""};
		char prefix[20];
		int rc = config_parse(&err, "f", refusals[i].text, &config);

		snprintf(prefix, sizeof(prefix), "f:%d: ", refusals[i].line);
		if (!ok(rc == -1 && strncmp(err.msg, prefix, strlen(prefix)) == 0 &&
			    strstr(err.msg, refusals[i].what) && strstr(err.msg, refusals[i].fix) &&
			    strstr(err.msg, "; ") && !config.profiles && !config.state,
			"refused at its line with a fix: %s", refusals[i].name))
			printf("# rc %d, error: %s\n", rc, rc ? err.msg : "(none)");
		if (rc == 0)
			config_free(&config);
	}
}

static void test_files(void)
{
	struct config config;
	struct err err = {""};

	ok(config_load(&err, "/nowhere/a.conf", &config) == -1 &&
		strstr(err.msg, "/nowhere/a.conf:1: "),
	    "a missing file is an error with its name");
	ok(config_load(&err, "/dev/zero", &config) == -1 &&
		strstr(err.msg, "is this the right file?"),
	    "a file that is not text is refused");
}

/* The accepted syntax, in full. */
static void test_syntax(void)
{
	struct config config = {0};
	struct err err = {""};

	if (!ok(config_parse(&err, "/etc/f",
		    "\"state\"=/a//b#c\n/* \" ' { ${\n */ images='a\\'b\\\\c\\d'// ${x}\n"
		    "firmware = \"a\\\"\\x41\\102\\q\\\nb\"\r\n"
		    "hook = /*x*/ \"${\" ",
		    &config) == -1 &&
		    strncmp(err.msg, "/etc/f:6: ${", 12) == 0,
		"lines are counted through comments and quotes"))
		printf("# %s\n", err.msg);
	if (!ok(config_parse(&err, "/etc/f",
		    "\"state\"=/a//b#c\n/* \" ' { ${\n */ images='a\\'b\\\\c\\d'// ${x}\n"
		    "firmware = \"a\\\"\\x41\\102\\q\\\nb\"\r\n"
		    "hook = '${a}' profile a { from='b'image=i}profile 'b'{image=j}rule{mac=*-A profile=a}",
		    &config) == 0,
		"the whole syntax is accepted")) {
		printf("# %s\n", err.msg);
		return;
	}
	is(config.state, "/a//b", "a bare word ends at # and has slashes");
	is(config.images, "/etc/a'b\\c\\d", "single quotes: only \\' and \\\\ are escapes");
	is(config.firmware, "/etc/a\"ABqb", "double quotes: hexadecimal, octal, a joined line");
	is(config.hook, "/etc/${a}", "single quotes keep ${}");
	is(config.rules[0].glob[MATCH_MAC], "*:A", "a bare glob keeps its *");
	is(config.profiles[0].image, "i", "no blanks are needed between words");
	config_free(&config);
}

/* Checks a line ".It Cm KEY No = Qq DEFAULT , KEY2" against the keys of a section; counts its keys. */
static int manual_item(const struct config_key *keys, char *line)
{
	const struct config_key *key = NULL;
	struct config_section section = {.keys = keys};
	int count = 0, value = 0;

	for (char *word = strtok(line, " \n\""); word; word = strtok(NULL, " \n\"")) {
		/* (macros have two letters) */
		if (strcmp(word, ".It") == 0 ||
		    (word[0] >= 'A' && word[0] <= 'Z' && strlen(word) == 2))
			continue;
		if (strcmp(word, "=") == 0) {
			value = 1;
		} else if (strcmp(word, ",") == 0) {
			value = 0;
		} else if (value) {
			ok(key && key->fallback && strcmp(word, key->fallback) == 0,
			    "the manual has the default of %s: %s", key ? key->name : "?", word);
		} else {
			key = config_section_find(&section, word);
			ok(key != NULL, "the manual's key %s exists", word);
			count++;
		}
	}
	return count;
}

static void test_manual(void)
{
	static const struct {
		const char *heading;
		const struct config_key *keys;
	} sections[] = {{".Ss The server", config_server_keys},
	    {".Ss profile", config_profile_keys}, {".Ss rule", config_rule_keys},
	    {".Ss target", config_target_keys}, {".Ss tls", config_tls_keys}};
	FILE *manual = fopen("server/etc/lastwords.conf.5", "r");
	char line[400];
	int count[5] = {0}, section = -1;

	if (!ok(manual != NULL, "the manual is there"))
		return;
	while (fgets(line, sizeof(line), manual)) {
		if (strncmp(line, ".Sh EXAMPLES", 12) == 0)
			section = -1;
		for (int i = 0; i < 5; i++)
			if (strncmp(line, sections[i].heading, strlen(sections[i].heading)) == 0)
				section = i;
		if (section >= 0 && strncmp(line, ".It Cm ", 7) == 0)
			count[section] += manual_item(sections[section].keys, line);
	}
	fclose(manual);
	for (int i = 0; i < 5; i++) {
		int keys = 0;

		while (sections[i].keys[keys].name)
			keys++;
		ok(count[i] == keys, "the manual has each of %d keys: %s", keys,
		    sections[i].heading + 4);
	}
}

static void test_values(void)
{
	char switches[CONFIG_SWITCHES_MAX];
	struct config config;
	struct err err = {""};
	const struct config_profile *p;

	scratch_put("a.conf", "");
	ok(config_load(&err, path, &config) == 0, "an empty file is a configuration");
	is(config.listen, "0.0.0.0:8080", "the default of listen");
	is(config.images, "/var/lib/lastwords/images", "the default of images");
	is(config.unknown, "wait", "the default of unknown");
	is(config.url, "", "the default of url");
	ok(config.disk_floor == DISK_FLOOR_AUTO, "the default of disk_floor");
	is_num((long long)config.upload_max, 64 << 20, "the default of upload_max");
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
	is(config.state, scratch_path("state"), "state is taken from the directory of the file");
	is(config.images, scratch_path("state/images"), "images is under state by default");
	is(config.url, "http://10.0.0.1:8080/lw", "url loses its trailing slashes");
	is(config.url2, "http://10.0.0.2:8080", "url2 loses its trailing slash");
	is(config.url3, "http://[fd00::3]:1", "url3 may be an IPv6 address");
	is_num((long long)config.upload_max, 2 << 20, "upload_max in megabytes");
	p = config_profile(&config, "b");
	ok(p != NULL, "a profile is found by its name");
	ok(config_profile(&config, "c") == NULL, "a profile that is not defined is not found");
	if (p) {
		is_num(config_line(&p->at, "image"), 8, "the line of an image");
		is_num(config_line(&p->at, "args"), 9, "the line of the arguments");
		is_num(p->panic, 3, "panic is a number of seconds");
		is_num(p->vlan, 12, "vlan is a number");
		is_num(p->deadline, 300, "the default of deadline");
		is_num(p->after, AFTER_HALT, "after is one of three words");
		is_num(p->netconsole, FORMAT_OFF, "netconsole may be off");
		ok(p->netconsole_early && strcmp(p->netconsole_mac, "broadcast") == 0 &&
			strcmp(p->netconsole_device, "eth0") == 0,
		    "early netconsole to a broadcast MAC");
		is(p->crashkernel, "384M-:128M", "crashkernel may be a range");
		is(p->capture, "stock", "the default of capture");
		ok(p->pstore && p->stay_armed, "pstore and stay_armed are on by default");
		config_switches(p, "6.1.0-56-amd64", switches);
		is(switches, "", "no switch changes the command line by default");
	}
	config_free(&config);
}

static void test_switches(void)
{
	struct config_profile p = {.log_buf_len = "4M"};
	char out[CONFIG_SWITCHES_MAX];

	config_switches(&p, "6.1.0", out);
	is(out, "log_buf_len=4M", "log_buf_len on the command line");
	p.timestamps = p.bmc = 1;
	config_switches(&p, "6.1.0", out);
	is(out, "log_buf_len=4M printk.time=1 ipmi_msghandler.panic_op=string",
	    "log_buf_len, timestamps and bmc on the command line");
	p.timestamps = p.bmc = 0;
	p.log_buf_len = NULL;
	p.backtraces = 1;
	config_switches(&p, "6.1.0", out);
	is(out,
	    "sysctl.kernel.oops_all_cpu_backtrace=1 sysctl.kernel.softlockup_all_cpu_backtrace=1 "
	    "sysctl.kernel.hardlockup_all_cpu_backtrace=1 "
	    "sysctl.kernel.hung_task_all_cpu_backtrace=1",
	    "backtraces on the command line");
	config_switches(&p, "7.2.13+deb14-amd64", out);
	ok(strstr(out, " sysctl.kernel.panic_sys_info=all_bt") != NULL,
	    "and of a panic, from 6.19 on");
	p.backtraces = 0;
	p.args = "quiet";
	p.pstore = p.pstore_memory = p.pstore_armed = 1;
	config_switches(&p, "6.12.118+deb13-amd64", out);
	is(out,
	    "lastwords.mem=2047M reserve_mem=2M:4096:lastwords ramoops.mem_name=lastwords ramoops.record_size=0x40000 "
	    "ramoops.console_size=0 ramoops.ftrace_size=0 ramoops.pmsg_size=0",
	    "a region for ramoops from 6.12 on");
	config_switches(&p, "6.11", out);
	is(out, "", "not before");
	config_switches(&p, "", out);
	is(out, "", "nor of an unknown kernel");
	p.crashkernel = "192M";
	config_switches(&p, "6.1.0", out);
	is(out, "crash_kexec_post_notifiers",
	    "pstore_armed, where a capture kernel is to be loaded");
	p.pstore_armed = 0;
	p.args = "quiet ramoops.mem_address=0x1000";
	config_switches(&p, "6.12", out);
	is(out, "", "a region of the profile's own args is left alone");
	p.args = "";
	p.pstore = 0;
	config_switches(&p, "6.12", out);
	is(out, "", "without pstore there is no region");
}

static void test_targets(void)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
	    {"target a { }", "no mac; add mac"},
	    {"target a { mac = \"52:54\" }", "it must be a MAC address"},
	    {"target a { mac = \"broadcast\" }", "it must be a MAC address"},
	    {"target a { mac = \"52:54:00:00:00:01\" }", "driver ipmi needs host"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = redfish }",
		"driver redfish needs url"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = command }", "needs status"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = lamp }",
		"it must be ipmi or redfish or qemu or command"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = qemu }\n"
	     "target a { mac = \"52:54:00:00:00:02\" driver = qemu }",
		"is also in line 1; give each target a name of its own"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = qemu }\n"
	     "target b { mac = \"52-54-00-00-00-01\" driver = qemu }",
		":2: target \"b\": target \"a\" has this mac too"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = command status = x sol = true }",
		"driver command has no console of its own; add console"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = redfish url = \"https://b\" sol = true }",
		"or host for serial-over-LAN"},
	    {"target a { mac = \"52:54:00:00:00:01\" driver = redfish url = \"ftp://b\" }",
		"it must be a URL"},
	};
	struct config config;
	struct err err = {""};
	char dir[1024];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scratch_put("a.conf", bad[i].text);
		ok(config_load(&err, path, &config) != 0 && strstr(err.msg, bad[i].error),
		    "a target is refused: %s (%s)", bad[i].error, err.msg);
		config_free(&config);
	}
	scratch_put("a.conf",
	    "target rack1-u4 {\n"
	    "  mac = \"52-54-00-AA-00-01\" host = \"[fd00::1]:6230\" user = admin\n"
	    "  password_file = \"bmc.password\" ca = \"ca.pem\" sol = true\n}\n"
	    "target b { mac = \"525400aa0002\" driver = redfish\n"
	    "  url = \"https://bmc-b/\" password_file = \"bmc.password\" }\n");
	if (!ok(config_load(&err, path, &config) == 0, "a file with targets loads: %s", err.msg))
		return;
	is_num((long long)config.target_count, 2, "both targets are there");
	ok(config_target(&config, "rack1-u4") == &config.targets[0], "a target by its name");
	ok(config_target(&config, "52:54:00:aa:00:02") == &config.targets[1],
	    "a target by its machine's MAC");
	ok(!config_target(&config, "52:54:00:aa:00:03"), "no target has this MAC");
	is(config.targets[1].url, "https://bmc-b", "a Redfish root has no slash at its end");
	snprintf(dir, sizeof(dir), "%.*sbmc.password", (int)(strrchr(path, '/') + 1 - path), path);
	is(config.targets[0].password_file, dir, "password_file is beside the configuration");
	is(config.targets[1].password_file, dir, "also that of the second target");
	ok(config.targets[0].driver == DRIVER_IPMI && config.targets[0].sol,
	    "the driver is ipmi by default");
	ok(config.targets[0].pause == 1 && config.targets[0].wait == 60 && config.targets[1].verify,
	    "the defaults of pause, wait and verify");
	config_free(&config);
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
	if (!ok(config_load(&err, path, &config) == 0, "a file with rules loads")) {
		printf("# %s\n", err.msg);
		return;
	}
	is(choose(&config, "PowerEdge R640", "52:54:00:00:00:01"), "one",
	    "a rule matches if each of its globs does");
	is(choose(&config, "PowerEdge R640", "52:54:01:00:00:01"), "two",
	    "the first rule that matches wins, without regard to case");
	is(choose(&config, NULL, "aa:bb:00:00:00:01"), "three", "a MAC glob may have dashes");
	is(choose(&config, "Other", "00:00:00:00:00:01"), NULL, "a machine that no rule matches");
	is(choose(&config, NULL, NULL), NULL, "a machine without an identity");
	config_free(&config);
}

/* config_check's number of faults; out: what it prints. */
static int check_prints(const struct config *config, char *out, size_t size)
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
	    "profile sized { image = known\n crashkernel = 111M }\n"
	    "profile shared { image = good\n crashkernel = \"192M 512M,cma\" }\n"
	    "profile quiet { image = newest\n args = \"reserve_mem=1M:4096:x\" }\n");
	scratch_mkdir("images/newest");
	scratch_put("images/newest/vmlinuz", "k");
	scratch_put("images/newest/initrd.img", "i");
	scratch_put("images/newest/overlay.cpio.gz", "hello\n");
	scratch_put("images/newest/image.conf",
	    "release=7.2.13+deb14-amd64\ncrashkernel=112M\noverlay-size=6\noverlay-sha256="
	    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n");
	scratch_put("a.conf", text);
	if (!ok(config_load(&err, path, &config) == 0, "a file with faulty images loads")) {
		printf("# %s\n", err.msg);
		return;
	}
	is_num(check_prints(&config, out, sizeof(out)), 8, "the check finds eight faults");
	ok(strstr(out, "a.conf:2: profile bare: image") && strstr(out, "lastwords image"),
	    "a missing image is a fault");
	ok(strstr(out, "a.conf:4: profile none: ") && strstr(out, "initrd.img is missing"),
	    "a missing initrd is a fault");
	ok(strstr(out, "without overlay") != NULL, "a missing overlay is a fault");
	ok(strstr(out, "a.conf:7: profile small: crashkernel = \"64M\" is too small") &&
		strstr(out, "needs 96M"),
	    "a crashkernel that is too small is a fault");
	ok(strstr(out, "a.conf:8: profile small: panic_on_oops=1 is not a kernel argument") != NULL,
	    "panic_on_oops among the arguments is a fault");
	ok(strstr(out, "a.conf:13: profile long: ") && strstr(out, "2047 bytes"),
	    "a command line that is too long is a fault");
	ok(strstr(out, "profile little: crashkernel = \"23M\" is too small for image known") &&
		strstr(out, "needs 24M (bios:21M:2400K:3,iommu:22M:2000K:3, 2M of it margin)") &&
		strstr(out, "`lastwords image --estimate known --capture small`"),
	    "less than was measured: the figures, the margin and how to measure");
	ok(strstr(out, "profile sized: crashkernel = \"111M\" is too small") &&
		strstr(out, "needs 112M (measured for this kind of kernel, 16M of it margin)"),
	    "less than kernels of this kind need is a fault");
	ok(!strstr(out, "profile enough: crashkernel"), "what was measured is enough");
	ok(strstr(
	       out, ": warning: profile enough: image known has the larger small capture kernel") &&
		!strstr(out, "warning: profile sized"),
	    "a small kernel of tier 2 is a warning where it is used");
	ok(strstr(out, "a.conf:10: warning: profile fine: ") &&
		strstr(out, "was not measured, only estimated; measure it with `lastwords image "
			    "--estimate good --capture stock`"),
	    "enough, but never measured, is a warning");
	ok(!strstr(out, "a.conf:10: profile fine"), "a warning is not a fault");
	ok(!strstr(out, "warning: profile small"), "a fault comes without the warning");
	ok(strstr(
	       out, "profile shared: crashkernel = \"192M 512M,cma\": kernel 6.1.0 knows no cma") &&
		!strstr(out, "profile shared: crashkernel = \"192M 512M,cma\" is too small"),
	    "cma behind a reservation is no fault, but of no use to 6.1");
	ok(strstr(out,
	       "profile quiet: no channel surely carries a panic of kernel 7.2.13+deb14-amd64: pstore (") !=
		NULL,
	    "7.2 without crashkernel: no channel is sure");
	ok(!strstr(out, "profile none: no channel"), "of older kernels netconsole is");
	ok(strstr(out, "profile quiet: reserve_mem= is the end of memory to iPXE") != NULL,
	    "reserve_mem= without a mem= before it cannot boot on BIOS");
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
	is_num(check_prints(&config, out, sizeof(out)), 1, "one of the command lines is too long");
	ok(strstr(out, "a.conf:4: profile early: ") && strstr(out, "2047 bytes"),
	    "the command line with netconsole= is the one too long");
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
	if (!ok(config_load(&err, path, &config) == 0,
		"profiles inherit from profiles defined later")) {
		printf("# %s\n", err.msg);
		return;
	}
	child = config_profile(&config, "child");
	is(child->image, "i", "an image from the parent");
	is(child->console, "ttyS1,9600", "a console from the grandparent");
	is(child->args, "own", "its own arguments win");
	is_num(child->panic, 7, "the nearest ancestor wins");
	is_num(child->deadline, 300, "a default where no ancestor has the key");
	is_num(child->at.line, 1, "the line of a profile is where it begins");
	is_num(config_line(&child->at, "image"), 7,
	    "the line of an inherited key is that in the parent");
	ok(config_bootable(&config, "child") && !config_bootable(&config, "base"),
	    "nothing boots by a profile without an image");
	config_free(&config);
}

static void test_client(void)
{
	struct config config = {0};
	struct err err = {""};
	const struct config_rule *rule;

	scratch_put("a.conf", P "rule {\n client = \"10.77.4.0/22\"\n profile = a\n}\n"
				"rule {\n client = \"fd00:77::/33\"\n profile = a\n}\n"
				"rule {\n client = \"192.168.*\"\n profile = a\n}\n");
	if (!ok(config_load(&err, path, &config) == 0, "rules with subnets load")) {
		printf("# %s\n", err.msg);
		return;
	}
	rule = choose_client(&config, "10.77.7.255");
	ok(rule && rule->at.line == 4, "the last address of an IPv4 subnet");
	ok(!choose_client(&config, "10.77.8.0") && !choose_client(&config, "10.77.3.255"),
	    "the addresses next to an IPv4 subnet");
	rule = choose_client(&config, "fd00:77:0:1::1");
	ok(rule && rule->at.line == 8, "an address in an IPv6 subnet");
	ok(!choose_client(&config, "fd00:77:8000::1"), "an address outside of an IPv6 subnet");
	rule = choose_client(&config, "192.168.1.1");
	ok(rule && rule->at.line == 12, "an address by a glob");
	ok(!choose_client(&config, "") && !choose_client(&config, NULL) &&
		!choose_client(&config, "10.77.4.1x"),
	    "a client without an address is in no subnet");
	config_free(&config);
}

static int from_holds(const struct config *config, const char *address)
{
	struct config_subnet subnets[CONFIG_SUBNETS_MAX];
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	struct err err;
	int n = config_subnets(&err, config->netconsole_from, subnets, CONFIG_SUBNETS_MAX);

	if (inet_pton(AF_INET, address, bytes + 12) != 1)
		inet_pton(AF_INET6, address, bytes);
	while (n > 0)
		if (config_subnet_holds(&subnets[--n], bytes))
			return 1;
	return 0;
}

static void test_senders(void)
{
	static const char *const forms[] = {"\"10.77.0.0/16 192.168.7.9, fd00:77::/33\"",
	    "[10.77.0.0/16, 192.168.7.9, fd00:77::/33]",
	    "[\"10.77.0.0/16\",\n \"192.168.7.9\" \"fd00:77::/33\"]"};
	char text[160];

	for (size_t i = 0; i < 3; i++) {
		struct config config = {0};
		struct err err = {""};

		snprintf(text, sizeof(text), "netconsole_from = %s\nstate = x\n", forms[i]);
		if (!ok(config_parse(&err, "a.conf", text, &config) == 0,
			"a list of senders' subnets is accepted"))
			printf("# %s\n", err.msg);
		ok(from_holds(&config, "10.77.255.1") && from_holds(&config, "192.168.7.9") &&
			from_holds(&config, "fd00:77:7fff::1"),
		    "addresses of each subnet may send");
		ok(!from_holds(&config, "10.78.0.1") && !from_holds(&config, "192.168.7.8") &&
			!from_holds(&config, "fd00:77:8000::1") &&
			!from_holds(&config, "::10.77.0.1"),
		    "addresses of no subnet may not send");
		ok(strcmp(config.state, "x") == 0 || config.state[0], "the next key is read");
		config_free(&config);
	}
}

int main(void)
{
	snprintf(path, sizeof(path), "%s/a.conf", scratch_make());
	test_values();
	test_files();
	test_syntax();
	test_manual();
	test_refusals();
	test_switches();
	test_targets();
	test_rules();
	test_inherit();
	test_client();
	test_senders();
	test_check();
	test_check_early();
	return tap_done();
}
