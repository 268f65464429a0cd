/* SPDX-License-Identifier: MIT */
/*
 * nics: which network cards the capture initramfs can drive: /lastwords/nics, lines
 * "MODALIAS-GLOB MODULE", as depmod's modules.alias has them. Pure.
 */
#ifndef LASTWORDS_ARM_NICS_H
#define LASTWORDS_ARM_NICS_H

#include <stddef.h>

/* 1 if a line of list (len bytes, not NUL-terminated) covers modalias, else 0. */
int arm_nics_cover(const char *list, size_t len, const char *modalias);
/* 1 if a PCI class file's text ("0x020000") is a network controller (02xx). */
int arm_nics_class(const char *text);

#endif
