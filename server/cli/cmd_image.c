/* SPDX-License-Identifier: MIT */
/* lastwords image: runs images/image.sh, which makes an image, or with --estimate images/estimate.sh, which
 * measures one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/install.h"
#include "cli.h"
#include "screen/progress.h"

enum { IMAGE_ARGS_MAX = 64 };

/* The next argument is this option's value, not an image. */
static int image_takes_value(const char *option)
{
	static const char *const options[] = {
	    "--capture", "--runs", "--margin", "--nic", "--at", "--memory", "--keep"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(option, options[i]) == 0)
			return 1;
	return 0;
}

/*
 * argv[0] is "--estimate". A name without a slash is an image in the configuration's directory. The
 * script checks the options.
 */
static int image_estimate(struct cli *cli, int argc, char **argv)
{
	char script[FILE_PATH_MAX], program[FILE_PATH_MAX], image[FILE_PATH_MAX];
	const char *args[IMAGE_ARGS_MAX + 8] = {"sh", script, program};
	struct err err;
	int n = 3, named = 0;

	if (install_find(&err, "images/estimate.sh", script) ||
	    install_find(&err, "bin/lastwords", program))
		return cli_fail(&err);
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];

		args[n++] = arg;
		if (strcmp(arg, "--") == 0)
			named = 1; /* what follows is QEMU's */
		if (named || arg[0] == '-' || image_takes_value(argv[i - 1]))
			continue;
		named = 1;
		if (strchr(arg, '/'))
			continue;
		if (cli_load(&err, cli) || file_path(&err, cli->config.images, arg, image))
			return cli_fail(&err);
		args[n - 1] = image;
	}
	args[n] = NULL;
	execv("/bin/sh", (char *const *)args);
	err_errno(&err, "/bin/sh");
	return cli_fail(&err);
}

/* What the script says, below which the line of progress goes on. */
static void image_copy(int from)
{
	char text[1024];
	ssize_t n;

	while ((n = read(from, text, sizeof(text))) > 0 || (n < 0 && errno == EINTR)) {
		progress_hide();
		if (n > 0)
			fwrite(text, 1, (size_t)n, stderr);
	}
}

/* Runs the script next to a line of progress. Its exit code. */
static int image_run(struct err *err, const char *const *args)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0) {
		err_errno(err, "/bin/sh");
		return cli_fail(err);
	}
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv("/bin/sh", (char *const *)(uintptr_t)args);
		_exit(127);
	}
	close(ends[1]);
	progress_begin("image");
	image_copy(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	progress_end();
	close(ends[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_FAILED;
}

int cmd_image(struct cli *cli, int argc, char **argv)
{
	char script[FILE_PATH_MAX], parts[FILE_PATH_MAX], files[FILE_PATH_MAX];
	const char *args[IMAGE_ARGS_MAX + 8] = {"sh", script};
	struct err err;
	int n = 2;

	if (argc > IMAGE_ARGS_MAX)
		return cli_usage(argv[0]);
	if (argc > 1 && strcmp(argv[1], "--estimate") == 0)
		return image_estimate(cli, argc - 1, argv + 1);
	if (install_find(&err, "images/image.sh", script))
		return cli_fail(&err);
	/* Installed, the parts are in PREFIX/lib/lastwords and PREFIX/share/lastwords/capture; in a
	 * checkout the script finds them. The caller's own options come later and win. */
	if (install_find(&err, "../../lib/lastwords/lastwords-arm", parts) == 0 &&
	    install_find(&err, "capture/init", files) == 0) {
		*strrchr(parts, '/') = '\0';
		*strrchr(files, '/') = '\0';
		args[n++] = "--bin";
		args[n++] = parts;
		args[n++] = "--files";
		args[n++] = files;
	}
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	if (isatty(STDERR_FILENO))
		return image_run(&err, args);
	execv("/bin/sh", (char *const *)args);
	err_errno(&err, "/bin/sh");
	return cli_fail(&err);
}
