/* SPDX-License-Identifier: MIT */
/* mac: three forms are read, two are written, and what is not a machine's address is refused. */
#include "base/mac.h"

#include "tap.h"

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xa1, 0xb2, 0xc3};
	static const char *const right[] = {
	    "52:54:00:A1:B2:C3", "52-54-00-a1-b2-c3", "525400a1b2c3", "525400A1B2C3"};
	static const char *const wrong[] = {"", "52:54:00:a1:b2",
	    "52:54:00:a1:b2:c3:", "52:54-00:a1:b2:c3", "525400a1b2c", "52.54.00.a1.b2.c3",
	    "g2:54:00:a1:b2:c3", "00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff",
	    "52:54:00:a1:b2:c3 ", "5254:00:a1b2:c3", "52:54:00:a1:b2-c3"};
	static const char *const derived[] = {"52:54:00:a1:b2:c3", "525400a1b2c3",
	    "01-52-54-00-a1-b2-c3", "52:54:00:03:00:a1:b2:c3", "20-52-54-00-03-00-a1-b2-c3",
	    "80:00:02:08:fe:80:00:00:00:00:00:00:52:54:00:03:00:a1:b2:c3"};
	static const char *const foreign[] = {"", "-", "02-52-54-00-a1-b2-c3", "01-52-54-00-a1-b2",
	    "21-52-54-00-03-00-a1-b2-c3", "52:54:00:03:00:a1:b2:c", "00:00:00:00:00:00:00:00",
	    "80:00:02:08:fe:80:00:00:00:00:00:00:52:54:00:03:00:a1:b2:c3:00",
	    "52:54:00:03-00:a1:b2:c3"};
	uint8_t got[6];
	char text[18], hex[13];
	struct err err;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		memset(got, 0, sizeof(got));
		ok(mac_parse(&err, right[i], got) == 0 && memcmp(got, mac, 6) == 0,
		    "a MAC address: \"%s\"", right[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(mac_parse(&err, wrong[i], got) == -1, "not a machine's MAC address: \"%s\"",
		    wrong[i]);
	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++) {
		memset(got, 0, sizeof(got));
		ok(mac_derive(&err, derived[i], got) == 0 && memcmp(got, mac, 6) == 0,
		    "a MAC address is derived from \"%s\"", derived[i]);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		ok(mac_derive(&err, foreign[i], got) == -1, "no MAC address is derived from \"%s\"",
		    foreign[i]);
	mac_format(mac, text);
	is(text, "52:54:00:a1:b2:c3", "written with colons, in lower case");
	mac_format_hex(mac, hex);
	is(hex, "525400a1b2c3", "written as 12 digits, in lower case");
	return tap_done();
}
