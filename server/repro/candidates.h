/* SPDX-License-Identifier: MIT */
/*
 * candidates: the ordered kernels of a bisection, and how one is made bootable.
 *
 * Images that are there: a list of their names, from the good one to the bad one. Or commits: those of
 * `git rev-list --first-parent GOOD..BAD`, oldest first, after GOOD itself; along first parents history is a
 * line, so a culprit may be a merge, which can be bisected in turn. A commit is built by the user's command:
 * in a work tree of our own where it is checked out, with LASTWORDS_COMMIT, and LASTWORDS_IMAGE and
 * LASTWORDS_IMAGE_DIR: the name and directory of the image that it has to make (lastwords image --out). An
 * image that is there is not built again.
 */
#ifndef LASTWORDS_REPRO_CANDIDATES_H
#define LASTWORDS_REPRO_CANDIDATES_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/file.h"
#include "boot/override.h"

enum { CANDIDATE_NAME_MAX = 40, CANDIDATE_TITLE_MAX = 72 };
/* The name of the candidate without the culprit, as runs have it. */
#define CANDIDATE_REVERT "revert"

struct candidate {
	char name[CANDIDATE_NAME_MAX + 1]; /* the image's, or the commit's 40 digits */
	char image[PROFILE_NAME_MAX + 1];
	char title[CANDIDATE_TITLE_MAX + 1]; /* of a commit: its subject; "" */
};

struct candidates {
	struct candidate *list;
	size_t count, room;
	const char *images; /* the directory of all images */
	const char *repository, *build; /* of commits; NULL */
	char tree[FILE_PATH_MAX]; /* the work tree, made when first needed */
};

void candidates_init(struct candidates *candidates, const char *images);
void candidates_free(struct candidates *candidates);

/*
 * names: separated by commas; good and bad: the first and last of them, NULL: as listed. Each must be an
 * image. 0/-1.
 */
int candidates_from_images(struct err *err, struct candidates *candidates, const char *names,
    const char *good, const char *bad);
/* id: of the campaign, in the work tree's name. 0/-1. */
int candidates_from_git(struct err *err, struct candidates *candidates, const char *repository,
    const char *good, const char *bad, const char *build, const char *id);

/* The index of a name; candidates->count: it is not in the list. */
size_t candidates_find(const struct candidates *candidates, const char *name);
/* 1 if its image is there. */
int candidates_is_built(const struct candidates *candidates, const struct candidate *candidate);

/*
 * Checks the commit out and runs the build command; its output goes to TREE.log. It blocks, as long as the
 * build takes. 0/-1.
 */
int candidates_build(
    struct err *err, const struct candidates *candidates, const struct candidate *candidate);
/* The last candidate with the culprit reverted, which candidates_build_revert makes. */
void candidates_revert(
    const struct candidates *candidates, size_t culprit, struct candidate *revert);
/* 0/-1: also if the culprit cannot be reverted there. */
int candidates_build_revert(struct err *err, const struct candidates *candidates, size_t culprit);
/* Removes the work tree. */
void candidates_clean_up(const struct candidates *candidates);

#endif
