/* SPDX-License-Identifier: MIT */
/* modules: which modules of a directory are held open, and in which order. */
#include "arm/modules.h"

#include <fcntl.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static const char *const files[] = {"order", "reed_solomon.ko", "efi-pstore.ko", "ramoops.ko"};

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	    "the file %s is written", name);
	close(fd);
}

int main(void)
{
	const char *path = scratch_make();
	struct modules modules;
	char text[1] = "";
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir < 0)
		return 1;
	modules_hold(&modules, path);
	is_num(modules.count, 0, "without the file order nothing is held");
	for (size_t i = 1; i < sizeof(files) / sizeof(files[0]); i++)
		put(dir, files[i], files[i]);
	put(dir, "order",
	    "efi-pstore.ko\nreed_solomon.ko\nnot-here.ko\n../ramoops.ko\n"
	    "a_name_that_no_module_of_any_kernel_has.ko\nramoops.ko\n");
	modules_hold(&modules, path);
	is_num(modules.count, 3, "the three that can be opened are held");
	is(modules.module[0].name, "efi_pstore", "a dash in a name becomes an underscore");
	is(modules.module[1].name, "reed_solomon", "modules keep the order of the file");
	is_num(modules_find(&modules, "ramoops"), 2, "a module is found by its name");
	is_num(modules_find(&modules, "ramoop"), -1, "part of a name finds nothing");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(dir, files[i], 0);
	is_num(
	    read(modules.module[2].fd, text, 1), 1, "a module can be read after it was unlinked");
	fd = modules.module[2].fd;
	modules_release(&modules);
	ok(modules.count == 0 && fcntl(fd, F_GETFD) < 0, "released modules are closed");
	put(dir, "order", "x.ko\nx.ko\nx.ko\nx.ko\nx.ko\nx.ko\nx.ko\nx.ko\nx.ko\nx.ko\n");
	put(dir, "x.ko", "");
	modules_hold(&modules, path);
	is_num(modules.count, MODULES_MAX, "no more modules are held than there is room for");
	modules_release(&modules);
	close(dir);
	return tap_done();
}
