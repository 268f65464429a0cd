/* SPDX-License-Identifier: MIT */
/* log: what mkstore takes from chance, and a crash's kernel log. Pure. */
#ifndef TESTS_MKSTORE_LOG_H
#define TESTS_MKSTORE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum { LOG_PRODUCTS = 6 };

extern uint64_t log_seed;
/* A number for two numbers and the seed: no state, so that no part of a store depends on another. */
uint64_t log_chance(uint64_t a, uint64_t b);
/* The same from 0 to 1. */
double log_share(uint64_t a, uint64_t b);

/* The product of a machine. */
const char *log_product(int machine);
int log_product_number(int machine);

struct log {
	int number; /* of the session: what differs between crashes of one signature */
	int machine, signature;
	int lines; /* before the report */
	double up_s; /* when it crashes, at least */
	const char *release;
};
/* malloc'ed; the caller frees. NULL out of memory. */
char *log_make(const struct log *what, size_t *len);

#endif
