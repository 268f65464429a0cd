/* SPDX-License-Identifier: MIT */
/* call: the body of the callback. */
#include "arm/keeper/call.h"

#include "tap.h"

int main(void)
{
	struct call_report report = {.armed = 1,
	    .why = "ignored while armed",
	    .crashkernel = 201326592,
	    .capture = "stock",
	    .ms = 290,
	    .release = "6.1.0-1-amd64",
	    .interface = "enp0s3",
	    .address = "10.0.2.15",
	    .netconsole = "on",
	    .uptime = 12,
	    .consoles = "threaded",
	    .panic = 10,
	    .pstore = "ramoops",
	    .watchdog = "i6300ESB timer"};
	char body[CALL_BODY_MAX];
	struct kv_out out;

	kv_out_init(&out, body, sizeof(body));
	call_body(&report, &out);
	is(body,
	    "event=running&armed=yes&crashkernel=201326592&capture=stock&ms=290&"
	    "release=6.1.0-1-amd64&interface=enp0s3&address=10.0.2.15&netconsole=on&uptime=12&"
	    "consoles=threaded&panic=10&pstore=ramoops&watchdog=i6300ESB%20timer",
	    "the report of an armed machine");
	report.armed = 0;
	report.why = "no NIC & no=way";
	report.crashkernel = -1;
	report.capture = "";
	report.ms = 0;
	report.address = "";
	report.consoles = report.pstore = report.watchdog = "";
	report.panic = -1;
	kv_out_init(&out, body, sizeof(body));
	call_body(&report, &out);
	is(body,
	    "event=running&armed=no&why=no%20NIC%20%26%20no%3Dway&ms=0&release=6.1.0-1-amd64&"
	    "interface=enp0s3&netconsole=on&uptime=12",
	    "the report of a machine that is not armed has the reason");
	return tap_done();
}
