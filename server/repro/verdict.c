/* SPDX-License-Identifier: MIT */
/* verdict: what one run showed; see verdict.h. */
#include "verdict.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *text;
} verdicts[VERDICTS] = {
    [VERDICT_NONE] = {"none", "no verdict"},
    [VERDICT_SAME] = {"same", "same signature"},
    [VERDICT_OTHER] = {"other", "other crash"},
    [VERDICT_SURVIVED] = {"survived", "survived"},
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

const char *verdict_text(enum verdict verdict)
{
	return verdicts[verdict].text;
}

int verdict_parse(const char *name, enum verdict *verdict)
{
	for (int i = 0; name && i < VERDICTS; i++) {
		if (strcmp(verdicts[i].name, name) != 0)
			continue;
		*verdict = (enum verdict)i;
		return 0;
	}
	return -1;
}

enum verdict verdict_of_crash(const char *signature, const char *expected)
{
	if (!expected || !expected[0])
		return VERDICT_SAME;
	return signature && strcmp(signature, expected) == 0 ? VERDICT_SAME : VERDICT_OTHER;
}
