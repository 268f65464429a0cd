/* SPDX-License-Identifier: MIT */
/* ipmi_text.h's promises, on what ipmitool 1.8.19 printed with -v for each case. */
#include "target/ipmi_text.h"

#include "tap.h"

static char detail[IPMI_DETAIL_MAX];
static enum target_power power;

static void says(enum target_action action, const char *text, enum ipmi_said want, const char *name)
{
	is_num(ipmi_text_read(text, action, &power, detail), want, name);
}

#define NOISE                                                                                      \
	"Loading IANA PEN Registry...\n"                                                           \
	"Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20\n"                      \
	"Invalid completion code received: Invalid command\nDiscovered IPMB address 0x0\n"
#define NO_SESSION "Error: Unable to establish IPMI v2 / RMCP+ session\n"

static void acknowledged(void)
{
	says(TARGET_STATUS, NOISE "Chassis Power is on\n", IPMI_DONE, "a status");
	is_num(power, TARGET_POWER_ON, "on");
	says(TARGET_STATUS, "Chassis Power is off\n", IPMI_DONE, "another");
	is_num(power, TARGET_POWER_OFF, "off");
	says(TARGET_STATUS, "Chassis Power is \n", IPMI_OTHER, "one without a word");
	says(TARGET_STATUS, "no Chassis Power is on\n", IPMI_OTHER, "one that begins elsewhere");
	says(TARGET_ON, NOISE "Chassis Power Control: Up/On\n", IPMI_DONE, "on");
	says(TARGET_OFF, "Chassis Power Control: Down/Off\n", IPMI_DONE, "off");
	says(TARGET_OFF, "Chassis Power Control: Up/On\n", IPMI_OTHER, "off by the line of on");
	says(TARGET_RESET, "Chassis Power Control: Reset\n", IPMI_DONE, "reset");
	says(TARGET_NMI, "Chassis Power Control: Diag\n", IPMI_DONE, "NMI");
	says(TARGET_PXE, "Set Boot Device to pxe\n", IPMI_DONE, "boot device");
	says(TARGET_CYCLE, "Chassis Power Control: Cycle\n", IPMI_OTHER, "there is no cycle");
	says(TARGET_ON,
	    "Get HPM.x Capabilities request failed, compcode = d4\nChassis Power Control: Up/On\n",
	    IPMI_DONE, "noise of a low privilege is no failure");
}

static void refused(void)
{
	says(TARGET_PXE,
	    "Set Boot Device to pxe\nSet Chassis Boot Parameter 5 failed: Invalid data field in request\n",
	    IPMI_REFUSED, "a boot device that is refused exits with 0");
	is(detail, "Invalid data field in request", "its completion code");
	says(TARGET_OFF,
	    "Set Chassis Power Control to Down/Off failed: Insufficient privilege level\n",
	    IPMI_REFUSED, "too little privilege");
	is(detail, "Insufficient privilege level", "its completion code");
	says(TARGET_OFF, "Set Chassis Power Control to Down/Off failed: Node busy\n", IPMI_BUSY,
	    "a BMC that is busy");
	says(TARGET_OFF,
	    "Set Chassis Power Control to Down/Off failed: Command not supported in present state\n",
	    IPMI_STATE, "one that is in another state");
	says(TARGET_STATUS, "This BMC does not support IPMI v2 / RMCP+\n" NO_SESSION, IPMI_BUSY,
	    "one whose first reply was late");
	says(TARGET_OFF, "Set failed: \033[2J\xff", IPMI_REFUSED, "a refusal with other bytes");
	is(detail, "?[2J?", "is made printable");
}

static void sessions(void)
{
	says(TARGET_STATUS, "Loading IANA PEN Registry...\n> RAKP 2 HMAC is invalid\n" NO_SESSION,
	    IPMI_PASSWORD, "a wrong password");
	says(TARGET_STATUS, "RAKP 2 message indicates an error : unauthorized name\n" NO_SESSION,
	    IPMI_USER, "an unknown user");
	says(TARGET_STATUS,
	    "Error in open session response message : invalid authentication algorithm\n\n" NO_SESSION,
	    IPMI_SUITE, "a suite that is refused");
	says(TARGET_STATUS,
	    "Error in open session response message : insufficient resources for session\n" NO_SESSION,
	    IPMI_FULL, "no session left");
	says(TARGET_STATUS,
	    "Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n" NO_SESSION,
	    IPMI_SILENT, "nobody there");
	says(TARGET_STATUS, "Address lookup for x.invalid failed\n" NO_SESSION, IPMI_NAME,
	    "a name without an address");
	says(TARGET_OFF,
	    "Unable to set Chassis Power Control to Down/Off\nClose Session command failed\n",
	    IPMI_LOST, "a BMC that ends in mid-call");
	says(TARGET_STATUS, NO_SESSION "\n\n", IPMI_OTHER, "something else");
	is(detail, "Error: Unable to establish IPMI v2 / RMCP+ session", "has its last line");
	says(TARGET_STATUS, "", IPMI_OTHER, "nothing at all");
	is(detail, "", "has none");
}

static void boot_flags(void)
{
	struct ipmi_boot boot;

	ok(ipmi_text_boot("Boot parameter version: 1\nBoot parameter data: a004000000\n", &boot) ==
		    0 &&
		boot.valid && boot.efi && !boot.persistent && boot.device == 1,
	    "EFI, once, from the network");
	ok(ipmi_text_boot("Boot parameter data: c008000000\n", &boot) == 0 && boot.valid &&
		!boot.efi && boot.persistent && boot.device == 2,
	    "BIOS, always, from the disk");
	ok(ipmi_text_boot("Boot parameter data: 0000000000\n", &boot) == 0 && !boot.valid,
	    "not valid");
	ok(ipmi_text_boot("Boot parameter data: a0", &boot) == -1, "too short");
	ok(ipmi_text_boot("Boot parameter data: zz04\n", &boot) == -1, "no digits");
	ok(ipmi_text_boot("Boot parameter data: \n04", &boot) == -1, "nothing");
	ok(ipmi_text_boot("Get Chassis Boot Parameter 5 failed\n", &boot) == -1, "no such line");
}

/* Who holds the console: two answers, one after the other. */
static void holders(void)
{
	char id[16] = "", holder[TARGET_HOLDER_MAX] = "";

	ok(ipmi_text_instance(NOISE "RAW REQUEST (2 bytes)\n 01 01\nRAW RSP (12 bytes)\n"
				    " 2a 44 03 7f 01 00 00 00 00 00 00 00\n",
	       id) == 0,
	    "a session holds the console");
	is(id, "0x7f03442a", "its id, the lowest byte first");
	ok(ipmi_text_instance(" 01 01\n 2a 44 03 7f 00 00 00 00 00 00 00 00\n", id) == 0,
	    "a BMC need not number its serial port");
	ok(ipmi_text_instance(NOISE " 01 01\n 00 00 00 00 01 00 00 00 00 00 00 00\n", id) == -1,
	    "session 0 is no session");
	ok(ipmi_text_instance(" 2a 44 03\n", id) == -1, "three bytes are no id");
	ok(ipmi_text_instance(" 2a 44 -1 7f\n", id) == -1, "a sign is no byte");
	ok(ipmi_text_instance(" 2a 44 03 7", id) == -1 && ipmi_text_instance("", id) == -1,
	    "the text may end anywhere");
	ok(ipmi_text_holder(NOISE
	       "active sessions               : 2\nuser id                       : 2\n"
	       "console ip                    : 127.0.0.1\n",
	       holder) == 0,
	    "the BMC knows the session");
	is(holder, "user 2 at 127.0.0.1", "user and address");
	ok(ipmi_text_holder("user id   : 2\nconsole ip   : \033[2J\n", holder) == -1,
	    "control characters are no address");
	ok(ipmi_text_holder("user id   : 2\n", holder) == -1, "no address is no holder");
}

int main(void)
{
	acknowledged();
	refused();
	sessions();
	boot_flags();
	holders();
	return tap_done();
}
