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

int source_open(struct err *err, struct source *source)
{
	source->state = SOURCE_CONNECTING;
	if (source->kind->open(err, source) == 0)
		return 0;
	if (source->state == SOURCE_CONNECTING)
		source->state = SOURCE_LOST;
	return -1;
}

void source_close(struct source *source)
{
	if (source->fd >= 0)
		source->kind->close(source);
	source->fd = -1;
}
