/* SPDX-License-Identifier: MIT */
/*
 * query_machine: machines by their newest sessions, with what is set for them, and one of them. From machines with
 * sessions, with an override only, with both. Evidence: their order and number, in parts too; the rule that chooses a
 * profile; a machine that is not known is missing.
 */
#include "boot/override.h"
#include "query_store.h"

#define RULES                                                                                             \
	"state = \"/nonexistent\"\nprofile lab { image = \"lab\" }\nprofile big { image = \"lab\" }\n"    \
	"rule { product = \"Other\" profile = \"big\" }\nrule { product = \"KVM*\" profile = \"big\" }\n" \
	"target t1 { mac = \"52:54:00:00:01:01\" driver = \"command\" on = \"true\" off = \"true\" status = \"true\" }\n"

static struct config config;

static void set(int machine, const struct override *what)
{
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 1, (uint8_t)machine};

	if (override_write(&err, query.state, mac, what))
		store_die("override");
}

/* Appends the last digits of the MACs, in order, to what is in text. */
static void add_names(const json_t *document, char text[4096])
{
	const json_t *list = json_object_get(document, "machines");

	for (size_t i = 0, len = strlen(text); i < json_array_size(list); i++) {
		const json_t *mac = json_object_get(json_array_get(list, i), "mac");

		len += (size_t)snprintf(text + len, 4096 - len, "%s ", json_string_value(mac) + 15);
	}
}

static const char *names(const json_t *document)
{
	static char text[4096];

	text[0] = '\0';
	add_names(document, text);
	return text;
}

static void test_list(void)
{
	struct query_list list = {.limit = 0};
	json_t *d = have(query_machines(&err, &query, &list), "all machines");

	is(at(d, "total"), "6", "those with sessions and those with an override");
	is(names(d), "00 01 02 03 05 07 ", "are in one list, by MAC");
	is(at(d, "machines.1.state"), "running", "one that runs");
	is(at(d, "machines.1.armed"), "true", "and is armed");
	is(at(d, "machines.1.up"), "3538.0", "and how long it has been up");
	is(at(d, "machines.1.crashes"), "1", "it has crashed before");
	is(at(d, "machines.1.target"), "t1", "it can be switched");
	is(at(d, "machines.1.product"), "KVM <b>", "its product");
	is(at(d, "machines.1.serial"), "S1", "its serial number");
	is(at(d, "machines.1.set"), "", "nothing is set for it");
	is(at(d, "machines.2.set"), "2023-11-14T22:13:20.000Z", "something is set for another");
	is(at(d, "machines.2.set_profile"), "big", "a profile");
	is(at(d, "machines.2.set_args"), "a=\"<b>\"", "arguments");
	is(at(d, "machines.2.drill"), "30", "a fire drill");
	is(at(d, "machines.2.once"), "true", "for one boot");
	is(at(d, "machines.2.armed"), "false", "it is not armed");
	is(at(d, "machines.2.up"), "", "nor up");
	is(at(d, "machines.0.state"), "", "one that has never booted has no state");
	is(at(d, "machines.0.set_args"), "quiet", "but what is set for it");
	json_decref(d);
	for (int limit = 1; limit < 5; limit++) {
		char text[4096] = "";

		for (list.offset = 0; list.offset < 6; list.offset += limit) {
			list.limit = limit;
			d = query_machines(&err, &query, &list);
			add_names(d, text);
			json_decref(d);
		}
		is(text, "00 01 02 03 05 07 ", "the same in parts");
	}
	list = (struct query_list){.state = "running"};
	d = query_machines(&err, &query, &list);
	is(names(d), "01 ", "by state");
	is(at(d, "total"), "1", "with their number");
	json_decref(d);
	list = (struct query_list){.like = "525400000105"};
	d = query_machines(&err, &query, &list);
	is(names(d), "", "an override alone fulfils no condition");
	json_decref(d);
	list = (struct query_list){.like = "kvm"};
	d = query_machines(&err, &query, &list);
	is(names(d), "01 ", "by a part of the product");
	json_decref(d);
}

static void test_no_index(void)
{
	struct query_list list = {.limit = 0};
	struct db *db = query.db;
	json_t *d;

	query.db = NULL;
	d = have(query_machines(&err, &query, &list), "without an index");
	is(names(d), "00 02 05 07 ", "there are those with an override");
	is(at(d, "total"), "4", "and their number");
	json_decref(d);
	query.db = db;
}

static void test_one(void)
{
	json_t *d = have(query_machine(&err, &query, "525400000101"), "one machine");

	is(at(d, "mac"), "52:54:00:00:01:01", "it has its MAC");
	is(at(d, "state"), "running", "its state");
	is(at(d, "rule"), "test.conf:5", "the rule that chooses its profile");
	is(at(d, "rule_profile"), "big", "which is another now");
	is(at(d, "identity.product"), "KVM <b>", "what it reported of itself");
	is(at(d, "identity.platform"), "efi", "all of it");
	is(at(d, "sessions.0.state"), "running", "its sessions, newest first");
	is(at(d, "sessions.1.title"), "NULL pointer dereference", "with their titles");
	is(at(d, "sessions.2"), "", "all of them");
	is(at(d, "recent.total"), "1", "its crashes");
	is(at(d, "recent.crashes.0.state"), "captured", "with their fields");
	is(at(d, "recent.crashes.0.uptime"), "9.0", "more than the index has");
	json_decref(d);
	d = have(query_machine(&err, &query, "52-54-00-00-01-05"), "one with an override only");
	is(at(d, "set_args"), "quiet", "has it");
	is(at(d, "sessions"), "[]", "and no sessions");
	ok(!json_object_get(d, "rule"), "what rule chooses is unknown");
	json_decref(d);
	query.config = NULL;
	d = have(query_machine(&err, &query, "525400000101"), "without a configuration");
	ok(!json_object_get(d, "rule") && !json_object_get(d, "target"),
	    "rule and target are unknown");
	is(at(d, "identity.serial"), "S1", "the rest is not");
	json_decref(d);
	is_missing(
	    query_machine(&err, &query, "52:54:00:00:09:09"), "an unknown machine is missing");
	is_missing(query_machine(&err, &query, "../x"), "what is no MAC is missing");
}

int main(void)
{
	const struct override args = {.args = "quiet", .set_ms = noon};
	const struct override drill = {
	    .profile = "big", .args = "a=\"<b>\"", .drill = 30, .once = 1, .set_ms = noon};

	store_make();
	if (config_parse(&err, "test.conf", RULES, &config))
		store_die("config");
	query.config = &config;
	store_boot(store_session(1, noon - 600000), noon - 600000);
	store_crash(store_session(1, noon - 600000), noon - 500000,
	    "[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n");
	store_boot(store_session(1, noon + 60000), noon + 60000);
	store_event(noon, "requested", store_session(2, noon), "profile=lab");
	store_event(noon, "requested", store_session(3, noon), "profile=lab");
	set(0, &args);
	set(2, &drill);
	set(5, &args);
	set(7, &args);
	store_text(store_session(3, noon), "keep", "");
	store_index();
	test_list();
	test_no_index();
	test_one();
	config_free(&config);
	db_close(query.db);
	return tap_done();
}
