/* SPDX-License-Identifier: MIT */
/*
 * boot_script: identity to script, read back by tests/lib/ipxe_script.h. Whatever a machine says of
 * itself, its script does what that of a harmless machine does.
 */
#include "cgi/boot/script.h"

#include "cgi/boot/choice.h"
#include "cgi/boot/menu.h"

#include <stdlib.h>

#include "tap.h"
#include "tests/lib/ipxe_script.h"

static struct reply reply;
static struct ipxe_check check;
static char shape[SCRIPT_EDIT + 1][sizeof(check.shape)];

/* The image has its distribution's shim. */
static int has_shim;

static const char *render(enum script_kind kind, const char *query)
{
	static struct identity identity;
	static char message[200];
	static struct choice choice;
	static char names[2][8] = {"debian", "rescue"}, image[] = "img", args[] = "ro  quiet -- x";
	static char far[] = "an-image-with-a-name-that-no-menu-of-eighty-columns-can-show-in-full";
	static struct config_profile profiles[2] = {
	    {.image = image, .args = args, .menu_timeout = 20}, {.image = far, .args = args}};
	static const struct config config = {.profile_count = 2, .profiles = profiles};
	static const struct menu menu = {
	    .config = &config, .profile = &profiles[0], .more = "rootdelay=3"};
	struct err err;
	struct script script = {
	    .menu = &menu,
	    .choice = &choice,
	    .kind = kind,
	    .identity = &identity,
	    .base = "http://10.0.0.1:8080/lw",
	    .message = "",
	    .profile = "debian",
	    .image = "debian-12",
	    .has_initrd = 1,
	    .has_shim = has_shim,
	    .session = "525400a1b2c3-20261121T093612123-debian-5f3a9c01",
	    .token = "0123456789abcdef0123456789abcdef",
	    .armed = "initrd=os initrd=session initrd=overlay ro crashkernel=192M -- single",
	    .plain = "initrd=os ro -- single",
	};

	for (int i = 0; i < 2; i++)
		snprintf(profiles[i].name, sizeof(profiles[i].name), "%s", names[i]);
	identity_read(&identity, query);
	(void)choice_read(&err, &choice, query);
	/* Every byte a stranger chose, as a message of the server might repeat it. */
	snprintf(message, sizeof(message), "said: %s", identity.match[MATCH_PRODUCT]);
	if (kind == SCRIPT_WAIT)
		script.message = message;
	reply_init(&reply);
	script_render(&reply, &script);
	return reply.body;
}

/*
 * Whether what a menu's script says fits a terminal of 80 columns: iPXE cuts an entry at 74, and has
 * a border of one beside a title; text that it echoes would go on in the next row.
 */
static int fits(const char *text)
{
	/* (behind :retry nobody reads a menu) */
	for (const char *line = text; strncmp(line, ":retry", 6) != 0;
	     line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n"), skip = 0;

		if (strncmp(line, "echo ", 5) == 0 || strncmp(line, "menu ", 5) == 0)
			skip = 5;
		else if (strncmp(line, "item --key ", 11) == 0)
			skip = 13 + strcspn(line + 13, " ");
		else if (strncmp(line, "item ", 5) == 0)
			skip = 5 + strcspn(line + 5, " ");
		if (skip && len > skip + (strncmp(line, "item", 4) == 0 ? 75 : 80)) {
			printf("# too wide: %.*s\n", (int)len, line);
			return 0;
		}
	}
	return 1;
}

/* Whether the script is sound, and does what the harmless one does. */
static int sound(enum script_kind kind, const char *query)
{
	render(kind, query);
	return ipxe_script_check(&check, reply.body, reply.out.len) == 0 && !reply.out.overflow &&
	       strcmp(check.shape, shape[kind]) == 0 && (kind < SCRIPT_MENU || fits(reply.body));
}

static void test_form(void)
{
	const char *text = render(SCRIPT_ARMED, "mac=52-54-00-a1-b2-c3&product=KVM&ip=10.0.0.5");

	ok(strncmp(text, "#!ipxe\necho lastwords: 52:54:00:a1:b2:c3 (KVM): profile debian", 62) ==
		0,
	    "says who it is");
	ok(strstr(text,
	       "kernel --timeout 30000 --name linux http://10.0.0.1:8080/lw/images/debian-12/"
	       "vmlinuz initrd=os initrd=session initrd=overlay ro crashkernel=192M -- single "
	       "|| goto retry\n") != NULL,
	    "the kernel with its arguments");
	ok(strstr(text, "/images/debian-12/overlay.cpio.gz || goto unarmed\n") != NULL,
	    "an overlay that does not come leaves the boot unarmed");
	ok(strstr(text,
	       ".cpio?token=0123456789abcdef0123456789abcdef&ip=10.0.0.5 || goto unarmed\n") !=
		NULL,
	    "so does the session archive");
	ok(strstr(text,
	       "/boot?mac=52:54:00:a1:b2:c3&producthex=4b564d&ip=10.0.0.5 || goto retry\n") != NULL,
	    "the retry says the same again");
	text = strstr(text, ":unarmed\n");
	ok(text && strstr(text, "vmlinuz initrd=os ro -- single || goto retry\n") &&
		!strstr(text, "crashkernel"),
	    "unarmed has no crashkernel=");
	text = render(SCRIPT_EXIT, "mac=52-54-00-a1-b2-c3");
	ok(strstr(text, "\nexit\n") != NULL && !strstr(text, "chain"), "exit exits");
	text = render(SCRIPT_EDIT, "mac=52-54-00-a1-b2-c3&choice=debian&edit=1");
	ok(strstr(text, "\nset lw-args ro quiet -- x rootdelay=3\nread lw-args ||") != NULL,
	    "the arguments to edit, the override's behind the profile's");
	text = render(SCRIPT_WAIT, "");
	ok(strstr(text, "no MAC") != NULL && strstr(text, "chain --timeout"),
	    "no MAC waits and asks");
}

static void test_shim(void)
{
	const char *text;
	int boots = 0;

	has_shim = 1;
	text = render(SCRIPT_ARMED, "mac=52-54-00-a1-b2-c3&platform=efi");
	for (const char *at = text; (at = strstr(at, "\nboot || goto retry\n")) != NULL; at++)
		boots++;
	ok(boots == 2, "armed, else unarmed");
	for (const char *at = text;
	     (at = strstr(at,
		  "\nshim --timeout 30000 http://10.0.0.1:8080/lw/images/debian-12/shim.efi ||"
		  "\nboot || goto retry\n")) != NULL;
	     at++)
		boots--;
	ok(boots == 0, "UEFI: the distribution's shim is loaded before each boot");
	ok(!strstr(render(SCRIPT_ARMED, "mac=52-54-00-a1-b2-c3&platform=pcbios"), "shim"),
	    "BIOS: no shim");
	has_shim = 0;
	ok(!strstr(render(SCRIPT_PLAIN, "mac=52-54-00-a1-b2-c3&platform=efi"), "shim"),
	    "an image without a shim: no shim");
}

static const char *const hostile[] = {
    "x\"y",
    "\"",
    "\"\"\"",
    "%0aexit",
    "a%0D%0Aexit",
    "%0a:retry",
    "a%0a#!ipxe%0asanboot",
    "%00",
    "a%00b",
    "${ip}",
    "$%7Bip%7D",
    "${",
    "a%26b%26%26c",
    " %26%26 exit",
    "a=b=c",
    "#",
    " #comment",
    "|| exit",
    "a || exit ||",
    ";",
    " ; exit ; ",
    "a+b",
    "%ff%fe%80",
    "%c3%28",
    "back\\slash\\",
    "tab%09tab",
    "%1b[2J",
    "-n",
    "--help",
    ":label",
    "%",
    "%2",
    "%zz",
    "(((",
    "'quote'",
    "`id`",
    "<b>",
    "http://evil/",
};

static void test_hostile(void)
{
	static const char *const fields[] = {"product", "manufacturer", "serial", "asset", "uuid",
	    "arch", "platform", "type", "mac", "ip", "netmask", "gateway"};
	static char query[20000];

	for (int kind = SCRIPT_ARMED; kind <= SCRIPT_EDIT; kind++) {
		render(kind, "mac=52-54-00-a1-b2-c3&product=KVM");
		if (!ok(ipxe_script_check(&check, reply.body, reply.out.len) == 0,
			"a harmless script of kind %d is sound", kind))
			printf("# %s\n%s", check.why, reply.body);
		memcpy(shape[kind], check.shape, sizeof(check.shape));
	}
	for (size_t h = 0; h < sizeof(hostile) / sizeof(hostile[0]); h++) {
		int good = 1;

		for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
			/* The field comes last, so that it is the one that counts. */
			snprintf(query, sizeof(query), "mac=52-54-00-a1-b2-c3&product=KVM&%s=%s",
			    fields[f], hostile[h]);
			for (int kind = SCRIPT_WAIT; kind <= SCRIPT_EDIT; kind++)
				good &= sound(kind, query);
			if (strcmp(fields[f], "mac") == 0)
				continue;
			for (int kind = SCRIPT_ARMED; kind <= SCRIPT_PLAIN; kind++)
				good &= sound(kind, query);
			if (!good) {
				printf("# %s: %s\n# %s", fields[f], check.why, reply.body);
				break;
			}
		}
		ok(good, "no byte of %s acts", hostile[h]);
	}
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		int n = snprintf(query, sizeof(query), "mac=52-54-00-a1-b2-c3&%s=", fields[f]);

		memset(query + n, 'x', 10240);
		query[n + 10240] = '\0';
		ok(sound(SCRIPT_WAIT, query), "10 KB of %s", fields[f]);
	}
}

static void test_random(void)
{
	static const char bytes[] = " \t\n\r\"#|&;${}\\:%+=-.ax0/";
	char query[1200];
	int bad = 0;

	srand(20261121);
	for (int round = 0; round < 100000; round++) {
		size_t n = (size_t)snprintf(query, sizeof(query), "mac=52-54-00-a1-b2-c3");

		for (int f = 0; f < 4; f++) {
			n += (size_t)snprintf(
			    query + n, sizeof(query) - n, "&%shex=", config_match_name(f));
			for (int i = rand() % 30; i > 0; i--) {
				int c = rand() % 3 ? bytes[(size_t)rand() % (sizeof(bytes) - 1)]
						   : rand() % 256;

				n +=
				    (size_t)snprintf(query + n, sizeof(query) - n, "%02x", c & 255);
			}
		}
		/* What comes back of a menu: chosen, with arguments, some of which pass. */
		if (round % 3 == 0) {
			n += (size_t)snprintf(query + n, sizeof(query) - n,
			    "&choice=%s&argshex=", round % 2 ? "debian" : "d||exit");
			for (int i = rand() % 20; i > 0; i--)
				n += (size_t)snprintf(query + n, sizeof(query) - n, "%02x",
				    bytes[(size_t)rand() % (sizeof(bytes) - 1)] & 255);
		}
		if (!sound((enum script_kind)(round % (SCRIPT_EDIT + 1)), query)) {
			if (!bad++)
				printf("# %s\n# %s\n%s", query, check.why, reply.body);
		}
	}
	is_num(bad, 0, "100,000 random identities");
}

static void test_identity(void)
{
	struct identity identity;

	identity_read(&identity, "mac=52%3A54%3A00%3AA1%3AB2%3AC3&type=Old%20Form&ip=10.0.0.5"
				 "&netmask=255.255.252.0&gateway=10.0.0.1.2");
	is(identity.match[MATCH_MAC], "52:54:00:a1:b2:c3", "an escaped MAC");
	is(identity.match[MATCH_PRODUCT], "Old Form", "type= is product=");
	is_num(identity.prefix, 22, "the netmask as a prefix");
	is(identity.gateway, "", "an invalid address is dropped");
	identity_read(&identity, "product=Acme%20&producthex=41636d652026&netmask=255.0.255.0");
	is(identity.match[MATCH_PRODUCT], "Acme &", "hex wins");
	is_num(identity.prefix, -1, "a netmask with a hole is dropped");
	ok(!identity.has_mac, "no MAC");
	identity_read(&identity, "product=Acme&producthex=4163zz&mac=01-00-5e-00-00-01");
	is(identity.match[MATCH_PRODUCT], "Acme", "broken hex does not");
	ok(!identity.has_mac, "a multicast MAC is dropped");
	identity_read(&identity, "product=%20%20C%2B%2B+%20%00");
	is(identity.match[MATCH_PRODUCT], "C+++", "+ is no space; white space around goes");
	identity_read(&identity, "producthex=&product=P&mac=52-54-00-00-00-01%00x");
	is(identity.match[MATCH_PRODUCT], "P", "empty hex falls back");
	ok(!identity.has_mac, "a MAC with a NUL in it is dropped");
}

int main(void)
{
	test_identity();
	test_hostile();
	test_form();
	test_shim();
	test_random();
	return tap_done();
}
