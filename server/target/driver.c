/* SPDX-License-Identifier: MIT */
/* driver: the files and the pause of a target, for its driver; see driver.h. */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "store/layout.h"

int driver_dir(struct err *err, const struct config *config, char dir[FILE_PATH_MAX])
{
	char run[FILE_PATH_MAX];

	return file_path(err, config->state, LAYOUT_RUN, run) || file_path(err, run, "targets", dir)
		   ? -1
		   : 0;
}

int driver_path(
    struct err *err, const struct driver_call *driver, const char *suffix, char path[FILE_PATH_MAX])
{
	if (snprintf(path, FILE_PATH_MAX, "%s/%s.%s", driver->dir, driver->target->name, suffix) >=
	    FILE_PATH_MAX)
		return err_set(err, "%s: path too long", driver->dir);
	return 0;
}

int driver_number(const struct driver_call *driver, const char *suffix, int min, int max)
{
	char path[FILE_PATH_MAX], text[16] = "";
	struct err ignored;
	FILE *file = NULL;
	int number = 0;

	if (driver_path(&ignored, driver, suffix, path) == 0)
		file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return num_int(&ignored, suffix, text, min, max, &number) ? 0 : number;
}

void driver_pause(const struct driver_call *driver)
{
	clock_pause_us((unsigned)driver->target->pause * 1000000);
}
