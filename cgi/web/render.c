/* SPDX-License-Identifier: MIT */
/* render: the templates that a worker has loaded; see render.h. */
#include "render.h"

#include <stdio.h>
#include <string.h>

#include "base/install.h"

enum { RENDER_MAX = 48 };

struct loaded {
	char name[48];
	struct template *template;
};

static struct loaded loaded[RENDER_MAX];

int render_path(struct err *err, const char *name, char path[FILE_PATH_MAX])
{
	char web[256];

	snprintf(web, sizeof(web), "web/%s", name);
	return install_find(err, web, path);
}

/* The place of a template, or a free one; NULL if all are taken. */
static struct loaded *render_slot(const char *name)
{
	for (size_t i = 0; i < RENDER_MAX; i++)
		if (!loaded[i].template || strcmp(loaded[i].name, name) == 0)
			return &loaded[i];
	return NULL;
}

const struct template *render_template(struct err *err, const char *name)
{
	struct loaded *slot = render_slot(name);
	struct template *fresh;
	char dir[FILE_PATH_MAX];

	if (!slot) {
		err_set(err, "more than %d templates", RENDER_MAX);
		return NULL;
	}
	if (slot->template && !template_changed(slot->template))
		return slot->template;
	if (render_path(err, "templates", dir))
		return slot->template;
	fresh = template_load(err, dir, name);
	if (!fresh)
		return slot->template;
	template_free(slot->template);
	slot->template = fresh;
	snprintf(slot->name, sizeof(slot->name), "%s", name);
	return fresh;
}
