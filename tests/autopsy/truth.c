// SPDX-License-Identifier: MIT
/*
 * truth: prints what a guest's /proc says of all its tasks, in one process and fast, so that little
 * moves meanwhile. A record is the line "T TID", then the files of /proc/TGID/task/TID as they are:
 * stat, the lines of status that compare needs, wchan, and stack ("[<0>] function+0xoff/0xsize [module]").
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const wanted[] = {"Name:", "State:", "Tgid:", "PPid:", "VmRSS:", "RssAnon:",
    "Threads:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:", NULL};

static int is_wanted(const char *line)
{
	for (int i = 0; wanted[i]; i++)
		if (!strncmp(line, wanted[i], strlen(wanted[i])))
			return 1;
	return 0;
}

static void print_file(const char *task, const char *file, int filter)
{
	char path[600], line[1024], last = '\n';
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", task, file);
	f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (!filter || is_wanted(line)) {
			fputs(line, stdout);
			last = line[strlen(line) - 1];
		}
	if (last != '\n')
		putchar('\n');
	fclose(f);
}

static void print_threads(const char *pid)
{
	char path[300], task[560];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(task, sizeof(task), "%s/%s", path, entry->d_name);
		printf("T %s\n", entry->d_name);
		print_file(task, "stat", 0);
		print_file(task, "status", 1);
		printf("wchan: ");
		print_file(task, "wchan", 0);
		print_file(task, "stack", 0);
	}
	closedir(dir);
}

int main(void)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc) {
		perror("/proc");
		return 1;
	}
	/* all of it in memory first: the console is slow */
	setvbuf(stdout, NULL, _IOFBF, 4 << 20);
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			print_threads(entry->d_name);
	closedir(proc);
	return fflush(stdout) ? 1 : 0;
}
