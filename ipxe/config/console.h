/* SPDX-License-Identifier: MIT */
/* Where our own iPXE writes to: config/local/console.h of the build; see general.h for the form. */
#define CONSOLE_SERIAL /* serial: the console of servers; which port: CONSOLE= of make ipxe */
