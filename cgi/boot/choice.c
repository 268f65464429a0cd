/* SPDX-License-Identifier: MIT */
/* choice: what was chosen at a boot menu; see choice.h. Pure. */
#include "choice.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/kv.h"
#include "boot/command_line.h"
#include "cgi/http/request.h"

int choice_read(struct err *err, struct choice *choice, const char *query)
{
	char buf[REQUEST_QUERY_MAX + 1];
	const struct kv_pair *hex;
	const char *value;
	struct kv kv;

	memset(choice, 0, sizeof(*choice));
	request_query(query, buf, &kv);
	value = kv_get(&kv, "choice");
	if (!value || !profile_name_ok(value))
		return 0;
	snprintf(choice->profile, sizeof(choice->profile), "%s", value);
	value = kv_get(&kv, "edit");
	choice->edit = value && strcmp(value, "1") == 0;
	hex = kv_find(&kv, "argshex");
	if (!hex)
		return 0;
	if (hex->len % 2 || hex->len / 2 > CHOICE_ARGS_MAX)
		return err_set(err, "kernel arguments of more than %d bytes", CHOICE_ARGS_MAX);
	for (size_t i = 0; i < hex->len; i += 2) {
		int byte = hex_byte(hex->value + i);

		if (byte <= 0) {
			choice->args[0] = '\0';
			return err_set(err, "kernel arguments that are no text");
		}
		choice->args[i / 2] = (char)byte;
	}
	if (command_line_args_ok(err, choice->args)) {
		choice->args[0] = '\0';
		return err_prefix(err, "kernel arguments");
	}
	choice->has_args = 1;
	return 0;
}
