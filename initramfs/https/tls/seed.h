/* SPDX-License-Identifier: MIT */
/* seed: random bytes from the kernel, and to a kernel that has none yet; see https.h. Nothing here waits. */
#ifndef HTTPS_TLS_SEED_H
#define HTTPS_TLS_SEED_H

#include <stddef.h>
#include <stdint.h>

/* Random bytes; early in a boot, when the kernel's generator is not ready, the best that it has. */
void seed_make(uint8_t *bytes, size_t len);
/* Credits the file's bytes to the kernel's generator, and removes it. Without such a file nothing. */
void seed_use(const char *path);

#endif
