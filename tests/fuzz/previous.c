/* SPDX-License-Identifier: MIT */
/*
 * previous: whatever a record says of its session (the first line), and whatever stands in the journal
 * (the rest), the session found is one that this server made, of this machine, and older. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/ingest/previous.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *state, *journal;

/* In memory, unless somebody wants it elsewhere: a file is written for each input. */
static void make(void)
{
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	state = scratch_make();
	scratch_mkdir("journal");
	/* of the month of the boot that brings the record */
	journal = scratch_path("journal/2026-11.log");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	static const struct session_key key;
	const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = line ? (size_t)(line - data) : size;
	char *died = malloc(len + 1);
	struct session now, found, again;
	struct err err;
	FILE *f;
	int rc;

	if (!state)
		make();
	f = fopen(journal, "wb");
	if (!died || !f)
		abort();
	if (len > 0)
		memcpy(died, data, len);
	died[len] = '\0';
	if (line)
		fwrite(line + 1, 1, size - len - 1, f);
	fclose(f);
	session_mint(&key, mac, 1795253772123, "lab", &now); /* 2026-11-21T09:36:12.123Z */
	rc = previous_session(&err, state, &key, &now, died, &found);
	if (rc < 0)
		abort(); /* the files are there: nothing they say is a failure */
	if (rc == 1 && (memcmp(found.mac, mac, 6) != 0 || found.time_ms >= now.time_ms ||
			   strchr(found.id, '/') ||
			   session_verify(&err, &key, found.id, strlen(found.id), &again)))
		abort();
	free(died);
	return 0;
}
