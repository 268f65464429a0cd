/* SPDX-License-Identifier: MIT */
/* What our own iPXE writes to: config/local/console.h of the build; form: general.h beside it. */
#define CONSOLE_SERIAL /* serial: the console of servers; which port: CONSOLE= of make ipxe */
