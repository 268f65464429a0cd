/* SPDX-License-Identifier: MIT */
/* document_machine: the pages of machines; see document.h. */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/mac.h"
#include "cgi/boot/boot.h"
#include "document.h"
#include "live.h"

json_t *document_machines(struct err *err, struct web *web)
{
	struct query_list list;

	web->title = "Machines";
	params_list(&web->params, &list);
	json_object_set_new(web->page, "script", json_string("live.js"));
	return query_machines(err, &web->query, &list);
}

/* The machine of the second segment in "52:54:00:…" form. 0/-1 with status 404. */
static int document_mac(struct err *err, struct web *web, char text[18])
{
	uint8_t mac[6];

	if (mac_parse(err, web->part[1], mac)) {
		web->status = 404;
		return -1;
	}
	mac_format(mac, text);
	return 0;
}

json_t *document_machine(struct err *err, struct web *web)
{
	json_t *document, *live;
	uint8_t bytes[6];
	char mac[18];

	if (document_mac(err, web, mac))
		return NULL;
	web->title = "Machine";
	json_object_set_new(web->page, "script", json_string("live.js"));
	document = query_machine(err, &web->query, mac);
	if (document && web->form == WEB_HTML && web->query.db && mac_parse(err, mac, bytes) == 0 &&
	    (live = live_of_machine(err, web, bytes, "")) != NULL)
		json_object_set_new(document, "live", live);
	return document;
}

/* boot's request in the name of the machine. */
static char script_query[2048];

static const char *script_variable(const char *name)
{
	if (strcmp(name, "QUERY_STRING") == 0)
		return script_query;
	return strcmp(name, "REQUEST_URI") == 0 ? "/boot" : NULL;
}

/* The machine's request as boot would get it: what it last said of itself. */
static void script_ask(const char *mac, const json_t *identity)
{
	const char *key;
	struct kv_out out;
	json_t *value;

	kv_out_init(&out, script_query, sizeof(script_query));
	json_object_foreach((json_t *)(uintptr_t)identity, key, value)
	{
		if (json_is_string(value) && strcmp(key, "mac") != 0 && strcmp(key, "time") != 0)
			kv_out_pair(&out, '&', strcmp(key, "client") == 0 ? "ip" : key,
			    json_string_value(value));
	}
	kv_out_pair(&out, '&', "mac", mac);
}

/* Where machines ask: the port of listen, at its address, or where that is any, at the pages' own. */
static void script_address(const struct web *web, struct request *request,
    char host[ADDRESS_HOST_MAX + 1], char port_text[8])
{
	uint16_t port = 0;
	struct err err;

	request->server = web->request->server;
	if (address_split(&err, web->site->config.listen, host, &port))
		return;
	snprintf(port_text, 8, "%u", port);
	request->port = port_text;
	if (strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0)
		request->server = host;
}

/* The script that the machine would get now, without session and token: nothing is recorded. */
json_t *document_script(struct err *err, struct web *web)
{
	static struct reply reply;
	struct request request;
	json_t *machine, *document;
	char mac[18], host[ADDRESS_HOST_MAX + 1], port[8];
	int dry = web->site->dry;

	if (document_mac(err, web, mac))
		return NULL;
	machine = query_machine(err, &web->query, mac);
	if (!machine)
		return NULL;
	script_ask(mac, json_object_get(machine, "identity"));
	json_decref(machine);
	web->title = "Boot script";
	request_init(&request, script_variable);
	script_address(web, &request, host, port);
	web->site->dry = 1;
	boot_answer(web->site, &request, web->now_ms, &reply);
	web->site->dry = dry;
	document = json_object();
	query_set_text(document, "mac", mac);
	json_object_set_new(document, "script", query_text(reply.body, reply.out.len));
	query_set_text(document, "warning", reply.warning.msg);
	return document;
}
