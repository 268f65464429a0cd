/* SPDX-License-Identifier: MIT */
/* candidates: the kernels of a bisection; see candidates.h. */
#include "candidates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/program.h"
#include "boot/image.h"
#include "session/session.h"

enum {
	CANDIDATES_OUTPUT = 16 << 20, /* of git: some 150,000 commits with their subjects */
	CANDIDATES_GIT_MS = 600000, /* a checkout of a large tree on a slow disk */
	CANDIDATES_BUILD_MS = 6 * 3600 * 1000,
};

void candidates_init(struct candidates *candidates, const char *images)
{
	memset(candidates, 0, sizeof(*candidates));
	candidates->images = images;
}

void candidates_free(struct candidates *candidates)
{
	free(candidates->list);
	candidates_init(candidates, candidates->images);
}

static int candidates_add(
    struct err *err, struct candidates *candidates, const struct candidate *candidate)
{
	struct candidate *more = array_grow(
	    err, candidates->list, &candidates->room, candidates->count, sizeof(*candidates->list));

	if (!more)
		return -1;
	candidates->list = more;
	candidates->list[candidates->count++] = *candidate;
	return 0;
}

size_t candidates_find(const struct candidates *candidates, const char *name)
{
	size_t i = 0;

	while (i < candidates->count && strcmp(candidates->list[i].name, name) != 0)
		i++;
	return i;
}

int candidates_is_built(const struct candidates *candidates, const struct candidate *candidate)
{
	struct image image;
	struct err ignored;

	return image_open(&ignored, candidates->images, candidate->image, &image) == 0 &&
	       image.has_kernel;
}

/* --- images ---------------------------------------------------------------------------------------- */

static int add_image(struct err *err, struct candidates *candidates, const char *name, size_t len)
{
	struct candidate candidate = {.title = ""};

	if (len > PROFILE_NAME_MAX)
		return err_set(err, "--images: \"%.*s\" is not an image's name", (int)len, name);
	snprintf(candidate.name, sizeof(candidate.name), "%.*s", (int)len, name);
	snprintf(candidate.image, sizeof(candidate.image), "%.*s", (int)len, name);
	if (!profile_name_ok(candidate.name) || !candidates_is_built(candidates, &candidate))
		return err_set(err, "--images: there is no image \"%s\" in %s", candidate.name,
		    candidates->images);
	if (candidates_find(candidates, candidate.name) < candidates->count)
		return err_set(err, "--images: \"%s\" is named twice", candidate.name);
	return candidates_add(err, candidates, &candidate);
}

/* Leaves what is between good and bad. */
static int candidates_cut(
    struct err *err, struct candidates *candidates, const char *good, const char *bad)
{
	size_t first = good ? candidates_find(candidates, good) : 0;
	size_t last = bad ? candidates_find(candidates, bad) : candidates->count - 1;

	if (first == candidates->count || last == candidates->count)
		return err_set(err, "%s \"%s\" is not in --images",
		    first == candidates->count ? "--good" : "--bad",
		    first == candidates->count ? good : bad);
	if (first >= last)
		return err_set(err, "--good must be before --bad in --images");
	candidates->count = last - first + 1;
	memmove(candidates->list, candidates->list + first,
	    candidates->count * sizeof(*candidates->list));
	return 0;
}

int candidates_from_images(struct err *err, struct candidates *candidates, const char *names,
    const char *good, const char *bad)
{
	while (*names) {
		size_t len = strcspn(names, ",");

		if (len && add_image(err, candidates, names, len))
			return -1;
		names += len + (names[len] == ',');
	}
	if (candidates->count < 2)
		return err_set(err, "--images: name two images at least, a good and a bad one");
	return candidates_cut(err, candidates, good, bad);
}

/* --- git ------------------------------------------------------------------------------------------- */

/* git -C DIR ARG…, at most 10. out may be NULL. 0/-1. */
static int git_run(
    struct err *err, const char *dir, const char *const *args, char *out, size_t size)
{
	char complaint[4096];
	struct program_text output = {.text = out, .size = size};
	struct program_text errors = {.text = complaint, .size = sizeof(complaint)};
	const char *argv[14] = {"git", "-C", dir};
	struct program program = {.argv = (char *const *)argv,
	    .input = -1,
	    .timeout_ms = CANDIDATES_GIT_MS,
	    .out = out ? &output : &errors,
	    .err = &errors};

	for (size_t i = 0; args[i] && i < 10; i++)
		argv[i + 3] = args[i];
	if (program_run(err, &program))
		return err_prefix(err, "git");
	if (program.exit_code == 0)
		return 0;
	complaint[strcspn(complaint, "\n")] = '\0';
	return err_set(err, "git %s: %s: %s", args[0], program.how, complaint);
}

/* "COMMIT SUBJECT"; cuts the line. */
static int add_commit(struct err *err, struct candidates *candidates, char *line)
{
	struct candidate candidate;
	size_t len = strcspn(line, " ");

	if (len != CANDIDATE_NAME_MAX)
		return err_set(err, "git log: a commit of %zu digits, expected 40", len);
	snprintf(candidate.name, sizeof(candidate.name), "%.40s", line);
	snprintf(candidate.image, sizeof(candidate.image), "bisect-%.12s", line);
	snprintf(
	    candidate.title, sizeof(candidate.title), "%.72s", line[len] ? line + len + 1 : "");
	return candidates_add(err, candidates, &candidate);
}

/* Each line of a log. */
static int add_commits(struct err *err, struct candidates *candidates, char *text)
{
	char *save = NULL;
	int rc = 0;

	for (char *line = strtok_r(text, "\n", &save); line && rc == 0;
	     line = strtok_r(NULL, "\n", &save))
		rc = add_commit(err, candidates, line);
	return rc;
}

static int read_commits(
    struct err *err, struct candidates *candidates, const char *good, const char *bad, char *text)
{
	char range[512];
	const char *const first[] = {"log", "-1", "--format=%H %s", good, "--", NULL};
	const char *const others[] = {
	    "log", "--first-parent", "--reverse", "--format=%H %s", range, "--", NULL};

	if (good[0] == '-' || bad[0] == '-' ||
	    snprintf(range, sizeof(range), "%s..%s", good, bad) >= (int)sizeof(range))
		return err_set(err, "--good or --bad is not a commit");
	if (git_run(err, candidates->repository, first, text, CANDIDATES_OUTPUT) ||
	    add_commits(err, candidates, text) ||
	    git_run(err, candidates->repository, others, text, CANDIDATES_OUTPUT) ||
	    add_commits(err, candidates, text))
		return -1;
	if (candidates->count < 2)
		return err_set(err, "%s: no commit along first parents", range);
	return 0;
}

int candidates_from_git(struct err *err, struct candidates *candidates, const char *repository,
    const char *good, const char *bad, const char *build, const char *id)
{
	char *text = malloc(CANDIDATES_OUTPUT);
	const char *temp = getenv("TMPDIR");
	int rc;

	candidates->repository = repository;
	candidates->build = build;
	if (!text)
		return err_set(err, "out of memory");
	rc = read_commits(err, candidates, good, bad, text);
	free(text);
	if (rc == 0 &&
	    snprintf(candidates->tree, sizeof(candidates->tree), "%s/lastwords-bisect-%s",
		temp && temp[0] ? temp : "/tmp", id) >= (int)sizeof(candidates->tree) - 8)
		rc = err_set(err, "TMPDIR: path too long");
	return rc;
}

/* --- building -------------------------------------------------------------------------------------- */

static int check_out(struct err *err, const struct candidates *candidates, const char *commit)
{
	const char *const add[] = {
	    "worktree", "add", "--force", "--detach", candidates->tree, commit, NULL};
	const char *const move[] = {"checkout", "--force", "--detach", commit, NULL};
	const char *const forget[] = {"worktree", "prune", NULL};

	if (access(candidates->tree, F_OK) == 0)
		return git_run(err, candidates->tree, move, NULL, 0);
	if (git_run(err, candidates->repository, forget, NULL, 0))
		return -1;
	return git_run(err, candidates->repository, add, NULL, 0);
}

/* The build command in the work tree as it is. 0/-1. */
static int run_build(
    struct err *err, const struct candidates *candidates, const struct candidate *candidate)
{
	char commit[64], image[64], dir[FILE_PATH_MAX + 32], script[FILE_PATH_MAX + 64];
	const char *const argv[] = {
	    "/bin/sh", "-c", script, candidates->tree, candidates->build, NULL};
	char *const env[] = {commit, image, dir, NULL};
	struct program program = {.argv = (char *const *)argv,
	    .env = env,
	    .input = -1,
	    .timeout_ms = CANDIDATES_BUILD_MS};

	/* ($0 and $1: no name is part of a command) */
	snprintf(script, sizeof(script), "cd \"$0\" && exec sh -c \"$1\" >>\"$0.log\" 2>&1");
	snprintf(commit, sizeof(commit), "LASTWORDS_COMMIT=%s", candidate->name);
	snprintf(image, sizeof(image), "LASTWORDS_IMAGE=%s", candidate->image);
	snprintf(
	    dir, sizeof(dir), "LASTWORDS_IMAGE_DIR=%s/%s", candidates->images, candidate->image);
	if (program_run(err, &program))
		return -1;
	if (program.exit_code)
		return err_set(err, "building %.12s: %s; see %.200s.log", candidate->name,
		    program.how, candidates->tree);
	if (!candidates_is_built(candidates, candidate))
		return err_set(err, "building %.12s: the command made no image %s; see %.200s.log",
		    candidate->name, candidate->image, candidates->tree);
	return 0;
}

int candidates_build(
    struct err *err, const struct candidates *candidates, const struct candidate *candidate)
{
	if (!candidates->build)
		return err_set(err, "image %s is missing", candidate->image);
	return check_out(err, candidates, candidate->name) ? -1
							   : run_build(err, candidates, candidate);
}

void candidates_revert(
    const struct candidates *candidates, size_t culprit, struct candidate *revert)
{
	memset(revert, 0, sizeof(*revert));
	snprintf(revert->name, sizeof(revert->name), CANDIDATE_REVERT);
	snprintf(
	    revert->image, sizeof(revert->image), "revert-%.12s", candidates->list[culprit].name);
	snprintf(revert->title, sizeof(revert->title), "%.12s without %.12s",
	    candidates->list[candidates->count - 1].name, candidates->list[culprit].name);
}

int candidates_build_revert(struct err *err, const struct candidates *candidates, size_t culprit)
{
	const char *commit = candidates->list[culprit].name;
	const char *const plain[] = {"revert", "--no-commit", commit, NULL};
	const char *const merge[] = {"revert", "--no-commit", "-m", "1", commit, NULL};
	struct candidate revert;
	struct err ignored;

	if (check_out(err, candidates, candidates->list[candidates->count - 1].name))
		return -1;
	if (git_run(&ignored, candidates->tree, plain, NULL, 0) &&
	    git_run(err, candidates->tree, merge, NULL, 0))
		return err_set(err, "%.12s cannot be reverted on %.12s: there are conflicts",
		    commit, candidates->list[candidates->count - 1].name);
	candidates_revert(candidates, culprit, &revert);
	return run_build(err, candidates, &revert);
}

void candidates_clean_up(const struct candidates *candidates)
{
	const char *const args[] = {"worktree", "remove", "--force", candidates->tree, NULL};
	struct err ignored;

	if (candidates->tree[0] && access(candidates->tree, F_OK) == 0)
		git_run(&ignored, candidates->repository, args, NULL, 0);
}
