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

int main(void)
{
	acknowledged();
	refused();
	sessions();
	boot_flags();
	return tap_done();
}
