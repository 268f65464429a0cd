/* SPDX-License-Identifier: MIT */
/*
 * nics: which network cards the capture initramfs has drivers for: /lastwords/nics, with lines
 * "MODALIAS-GLOB MODULE" as in depmod's modules.alias. Pure.
 */
#ifndef LASTWORDS_ARM_NICS_H
#define LASTWORDS_ARM_NICS_H

/* 1 if a line of list covers modalias, else 0. */
int nics_cover(const char *list, const char *modalias);
/* 1 if a PCI class file's text ("0x020000") is a network controller (02xx). */
int nics_class(const char *text);

#endif
