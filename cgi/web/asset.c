/* SPDX-License-Identifier: MIT */
/* asset: the static files of the pages; see asset.h. */
#include "asset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/install.h"
#include "render.h"

/* By the name's end; NULL: it is no static file. */
static const char *asset_type(const char *name)
{
	static const char *const types[][2] = {{".css", "text/css; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"}};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t end = strlen(types[i][0]);

		if (len > end && strcmp(name + len - end, types[i][0]) == 0)
			return types[i][1];
	}
	return NULL;
}

/* In the tree or installed; in a checkout what was vendored is in build/web. */
static int asset_find(struct err *err, const char *name, char path[FILE_PATH_MAX])
{
	char file[128];

	snprintf(file, sizeof(file), "static/%.80s", name);
	if (render_path(err, file, path) == 0)
		return 0;
	snprintf(file, sizeof(file), "build/web/%.80s", name);
	return install_find(err, file, path);
}

int asset_has(const char *name)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	return asset_find(&ignored, name, path) == 0;
}

void asset_send(struct web *web, int fd, const char *path, const struct sink_head *like)
{
	char etag[64], buf[16384], *real = NULL;
	struct sink_head head = *like;
	struct stat st;
	int64_t left;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		web_error(web, 404, "There is no such file.");
		return;
	}
	snprintf(etag, sizeof(etag), "\"%llx-%llx%05lx\"", (unsigned long long)st.st_size,
	    (unsigned long long)st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec / 1000);
	head.etag = etag;
	/* (the web server compares it with the directories that it may send from, without links) */
	if (getenv("LASTWORDS_SENDFILE") && (real = realpath(path, NULL)) != NULL)
		head.file = real;
	else
		head.length = st.st_size;
	if (!web_not_modified(web, etag, head.cache)) {
		sink_begin(web->sink, &head);
		/* a log may grow meanwhile: never more than was promised */
		for (left = st.st_size; left > 0 && !head.file && !web->sink->head_only;
		     left -= n) {
			n = read(fd, buf, left < (int64_t)sizeof(buf) ? (size_t)left : sizeof(buf));
			if (n < 0 && errno == EINTR)
				n = 0;
			else if (n <= 0 || sink_put(web->sink, buf, (size_t)n))
				break;
		}
	}
	free(real);
	close(fd);
}

void asset_answer(struct web *web)
{
	const char *name = web->part[1], *type = asset_type(name);
	struct sink_head head = {.type = type, .cache = "max-age=300"};
	char path[FILE_PATH_MAX];
	struct err err;
	int fd = -1;

	if (type && name[0] != '.' && asset_find(&err, name, path) == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		web_error(web, 404, "There is no such file.");
	else
		asset_send(web, fd, path, &head);
}
