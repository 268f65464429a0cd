/* SPDX-License-Identifier: MIT */
/* pxelinux: its SERIAL line out of a profile's console. */
#include "cgi/boot/pxelinux.h"

#include "tap.h"

static void serial_is(const char *console, const char *want)
{
	char got[PXELINUX_SERIAL_MAX];

	pxelinux_serial(console, got);
	is(got, want, console);
}

int main(void)
{
	serial_is("ttyS0,115200n8", "SERIAL 0 115200");
	serial_is("ttyS1,57600", "SERIAL 1 57600");
	serial_is("ttyS3", "SERIAL 3 9600");
	serial_is("ttyS4,115200", "");
	serial_is("ttyS,115200", "");
	serial_is("ttyS0,", "");
	serial_is("ttyS0,n8", "");
	serial_is("ttyS0,4000000", "");
	serial_is("ttyS-1,9600", "");
	serial_is("tty0", "");
	serial_is("", "");
	return tap_done();
}
