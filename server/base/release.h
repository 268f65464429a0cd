/* SPDX-License-Identifier: MIT */
/* release: the version in a kernel's release (uname -r). Pure. */
#ifndef LASTWORDS_BASE_RELEASE_H
#define LASTWORDS_BASE_RELEASE_H

/* 1 if the release, as "6.12.118+deb13-amd64", is MAJOR.MINOR or newer; 0 if it is older or unknown (NULL). */
int release_at_least(const char *release, int major, int minor);

#endif
