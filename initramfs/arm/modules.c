/* SPDX-License-Identifier: MIT */
/* modules: the overlay's kernel modules, held open; see modules.h. */
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys.h"

void modules_hold(struct modules *modules, const char *dir)
{
	char order[1024], *rest = order, *file;
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	memset(modules, 0, sizeof(*modules));
	if (at < 0)
		return;
	sys_read_at(at, "order", order, sizeof(order)); /* "" if it cannot be read */
	while ((file = strtok_r(rest, " \n", &rest)) && modules->count < MODULES_MAX) {
		char *name = modules->module[modules->count].name;
		size_t len = strcspn(file, ".");
		int fd;

		if (strchr(file, '/') || len >= MODULES_NAME_MAX)
			continue;
		fd = openat(at, file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		for (size_t i = 0; i < len; i++)
			name[i] = file[i] == '-' ? '_' : file[i];
		name[len] = '\0';
		modules->module[modules->count++].fd = fd;
	}
	close(at);
}

int modules_find(const struct modules *modules, const char *name)
{
	for (int i = 0; i < modules->count; i++)
		if (strcmp(modules->module[i].name, name) == 0)
			return i;
	return -1;
}

int modules_insert(const struct modules *modules, int i, const char *params)
{
	if (syscall(SYS_finit_module, modules->module[i].fd, params, 0) == 0)
		return 0;
	return errno == EEXIST ? 1 : -1;
}

void modules_release(struct modules *modules)
{
	for (int i = 0; i < modules->count; i++)
		close(modules->module[i].fd);
	modules->count = 0;
}
