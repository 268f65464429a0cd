/* SPDX-License-Identifier: MIT */
/* params: the query of a page, checked; see params.h. Pure. */
#include "params.h"

#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "base/when.h"
#include "store/db.h"
#include "store/words.h"

enum param_kind {
	KIND_TEXT, /* any UTF-8 */
	KIND_WORDS, /* one of the words */
	KIND_TIME,
	KIND_NUMBER, /* from 0 or 1 on */
	KIND_SIGNATURE,
	KIND_SEARCH, /* words (store/words.h) */
};

static const struct {
	const char *name, *words;
	enum param_kind kind;
	int least, most; /* of a number; most: bytes of a text too, 0: QUERY_TEXT_MAX */
} param_table[PARAM_COUNT] = {
    [PARAM_SINCE] = {"since", NULL, KIND_TIME, 0, 0},
    [PARAM_UNTIL] = {"until", NULL, KIND_TIME, 0, 0},
    [PARAM_SEARCH] = {"search", NULL, KIND_SEARCH, 0, 0},
    [PARAM_SIGNATURE] = {"signature", NULL, KIND_SIGNATURE, 0, 0},
    [PARAM_MACHINE] = {"machine", NULL, KIND_TEXT, 0, 0},
    [PARAM_RELEASE] = {"release", NULL, KIND_TEXT, 0, 0},
    [PARAM_PROFILE] = {"profile", NULL, KIND_TEXT, 0, 0},
    [PARAM_PRODUCT] = {"product", NULL, KIND_TEXT, 0, 0},
    [PARAM_CLASS] = {"class", NULL, KIND_TEXT, 0, 0},
    [PARAM_TAINT] = {"taint", NULL, KIND_TEXT, 0, 0},
    [PARAM_MODULE] = {"module", NULL, KIND_TEXT, 0, 0},
    [PARAM_TAG] = {"tag", NULL, KIND_TEXT, 0, 0},
    [PARAM_STATE] = {"state", "new|known|muted|fixed|regressed", KIND_WORDS, 0, 0},
    [PARAM_SESSION_STATE] = {"state",
	"requested|stalled|not armed|armed|running|died|died, no capture|captured|ended",
	KIND_WORDS, 0, 0},
    [PARAM_LIKE] = {"like", NULL, KIND_TEXT, 0, 0},
    [PARAM_SORT] = {"sort", "impact|last|first|count|machines|title", KIND_WORDS, 0, 0},
    [PARAM_BY] = {"by", "release|product|profile", KIND_WORDS, 0, 0},
    [PARAM_OFFSET] = {"offset", NULL, KIND_NUMBER, 0, INT32_MAX},
    [PARAM_LIMIT] = {"limit", NULL, KIND_NUMBER, 1, QUERY_PAGE_MAX},
    [PARAM_EVENT] = {"event", NULL, KIND_TEXT, 0, 0},
    [PARAM_SESSION] = {"session", NULL, KIND_TEXT, 0, 0},
    [PARAM_A] = {"a", NULL, KIND_TEXT, 0, 0},
    [PARAM_B] = {"b", NULL, KIND_TEXT, 0, 0},
    [PARAM_NAME] = {"name", NULL, KIND_TEXT, 0, 0},
    [PARAM_FROM] = {"from", NULL, KIND_NUMBER, 1, INT32_MAX},
    [PARAM_LINES] = {"lines", NULL, KIND_NUMBER, 1, QUERY_LINES_MAX},
    [PARAM_AFTER] = {"after", NULL, KIND_TEXT, 0, 0},
    [PARAM_Q] = {"q", NULL, KIND_TEXT, 0, 0},
    [PARAM_TO] = {"to", NULL, KIND_TEXT, 0, PARAM_TO_MAX},
    [PARAM_DONE] = {"done", PARAM_DONE_WORDS, KIND_WORDS, 0, 0},
};

const char *param_name(enum param param)
{
	return param_table[param].name;
}

static int param_is_word(const char *words, const char *value)
{
	size_t len = strlen(value);

	if (strchr(value, '|'))
		return 0;
	for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (strncmp(at, value, len) == 0 && (at[len] == '|' || !at[len]))
			return 1;
	return 0;
}

/* One line of readable text, or of a language's letters: what a page shows again must be sound. */
static int param_is_text(const char *value, size_t len, size_t most)
{
	if (len > most || strlen(value) != len)
		return 0;
	for (size_t i = 0; i < len;) {
		size_t n = json_utf8(value + i, len - i);

		if (n == 0 || (unsigned char)value[i] < 0x20)
			return 0;
		i += n;
	}
	return 1;
}

static int param_check(
    struct err *err, enum param param, const char *value, int64_t now_ms, struct params *params)
{
	const char *name = param_table[param].name;
	int64_t ms = 0;
	char query[4 * DB_LETTERS_MAX];
	int number = 0;

	switch (param_table[param].kind) {
	case KIND_TEXT:
		break;
	case KIND_WORDS:
		if (!param_is_word(param_table[param].words, value))
			return err_set(err, "invalid %s \"%.40s\"; one of %s", name, value,
			    param_table[param].words);
		break;
	case KIND_SEARCH:
		if (words_query(err, value, query, sizeof(query)))
			return -1;
		break;
	case KIND_SIGNATURE:
		if (strcmp(value, "none") != 0 &&
		    (strlen(value) != 16 || strspn(value, "0123456789abcdef") != 16))
			return err_set(
			    err, "invalid %s \"%.40s\"; 16 hex digits, or none", name, value);
		break;
	case KIND_TIME:
		if (when_parse(err, name, value, now_ms, &ms))
			return -1;
		*(param == PARAM_SINCE ? &params->since_ms : &params->until_ms) = ms;
		break;
	case KIND_NUMBER:
		if (num_int(err, name, value, param_table[param].least, param_table[param].most,
			&number))
			return -1;
		if (param == PARAM_OFFSET)
			params->offset = number;
		else if (param == PARAM_LIMIT)
			params->limit = number;
		else if (param == PARAM_LINES)
			params->lines = number;
		else
			params->from = number;
		break;
	}
	return 0;
}

int params_read(struct err *err, const struct kv *kv, size_t dropped, unsigned long allowed,
    int64_t now_ms, struct params *params)
{
	memset(params, 0, sizeof(*params));
	for (int i = 0; i < PARAM_COUNT; i++)
		params->text[i] = "";
	if (dropped)
		return err_set(err, "too many parameters, or one whose name is not valid");
	for (size_t i = 0; i < kv->count; i++) {
		const struct kv_pair *pair = &kv->pair[i];
		int param = 0, most;

		while (param < PARAM_COUNT && (!(allowed & PARAM_BIT(param)) ||
						  strcmp(param_table[param].name, pair->key) != 0))
			param++;
		if (param == PARAM_COUNT)
			return err_set(err, "unknown parameter \"%.40s\"", pair->key);
		most = param_table[param].kind == KIND_TEXT && param_table[param].most
			   ? param_table[param].most
			   : QUERY_TEXT_MAX;
		if (!param_is_text(pair->value, pair->len, (size_t)most))
			return err_set(err,
			    "invalid %s; at most %d bytes of UTF-8 without controls", pair->key,
			    most);
		if (pair->len == 0)
			continue;
		if (param_check(err, (enum param)param, pair->value, now_ms, params))
			return -1;
		params->text[param] = pair->value;
	}
	return 0;
}

void params_filter(const struct params *params, struct query_filter *filter)
{
	*filter = (struct query_filter){
	    .since_ms = params->since_ms,
	    .until_ms = params->until_ms,
	    .signature = params->text[PARAM_SIGNATURE],
	    .machine = params->text[PARAM_MACHINE],
	    .release = params->text[PARAM_RELEASE],
	    .profile = params->text[PARAM_PROFILE],
	    .product = params->text[PARAM_PRODUCT],
	    .class = params->text[PARAM_CLASS],
	    .taint = params->text[PARAM_TAINT],
	    .module = params->text[PARAM_MODULE],
	    .tag = params->text[PARAM_TAG],
	    .state = params->text[PARAM_STATE],
	    .search = params->text[PARAM_SEARCH],
	    .sort = params->text[PARAM_SORT],
	    .offset = params->offset,
	    .limit = params->limit,
	};
}

void params_list(const struct params *params, struct query_list *list)
{
	const char *like = params->text[PARAM_LIKE], *mac = params->text[PARAM_MACHINE],
		   *state = params->text[PARAM_SESSION_STATE];

	*list = (struct query_list){
	    .like = like[0] ? like : NULL,
	    .mac = mac[0] ? mac : NULL,
	    .state = state[0] ? state : NULL,
	    .since_ms = params->since_ms,
	    .until_ms = params->until_ms,
	    .offset = params->offset,
	    .limit = params->limit,
	};
}

static void param_add(struct kv_out *out, enum param param, const char *value)
{
	size_t len = out->len;

	if (!value || !value[0] || out->overflow)
		return;
	kv_out_pair(out, '&', param_table[param].name, value);
	if (out->overflow)
		out->buf[out->len = len] = '\0';
}

void params_link(
    const struct params *params, enum param changed, const char *value, char *text, size_t size)
{
	struct kv_out out;

	kv_out_init(&out, text + 1, size - 1);
	for (int i = 0; i < PARAM_COUNT; i++)
		param_add(&out, (enum param)i,
		    i == (int)changed   ? value
		    : i == PARAM_OFFSET ? NULL
					: params->text[i]);
	text[0] = out.len > 0 ? '?' : '\0';
}
