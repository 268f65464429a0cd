/* SPDX-License-Identifier: MIT */
/* source: opens the kind of console that a target has; see source.h. */
#include "source.h"

#include <string.h>

#include "target/target.h"

int source_init(struct err *err, struct source *source, const struct config *config,
    const struct config_target *target)
{
	memset(source, 0, sizeof(*source));
	source->fd = -1;
	source->state = SOURCE_LOST;
	source->config = config;
	source->target = target;
	if (target_console(err, config, target, source->place))
		return -1;
	source->kind = strcmp(source->place, "sol") == 0 ? &source_sol : &source_line;
	source->cipher = target->cipher;
	return 0;
}

/* What failed while connecting is lost, unless the kind knows better. */
static int source_begun(struct source *source, int rc)
{
	if (rc && source->state == SOURCE_CONNECTING)
		source->state = SOURCE_LOST;
	return rc;
}

int source_open(struct err *err, struct source *source)
{
	source->state = SOURCE_CONNECTING;
	return source_begun(source, source->kind->open(err, source));
}

int source_waits(const struct source *source)
{
	return source->state == SOURCE_CONNECTING && source->fd < 0;
}

int source_wait(struct err *err, struct source *source)
{
	return source_begun(source, source->kind->wait(err, source));
}

void source_close(struct source *source)
{
	if (source->fd >= 0)
		source->kind->close(source);
	source->fd = -1;
}
