/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Registers and stack words of function arguments, by calling convention. */
#ifndef ARG_PLACES_H
#define ARG_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct convention {
	unsigned int regs;   /* that hold arguments */
	bool by_reference;   /* an argument of more than 16 bytes is passed as a pointer */
	bool stays_on_stack; /* after an argument on the stack, none is in a register */
};

extern const struct convention convention_x86_64; /* System V psABI, 3.2.3 */
extern const struct convention convention_arm64;  /* AAPCS64, parameter passing, B.4, C.9 to C.14 */

/* The convention that this program was built for. */
extern const struct convention *const convention_here;

/* The places that arguments have taken. Begin with the convention alone: { .convention = c }. */
struct arg_places {
	const struct convention *convention;
	unsigned int regs, stack; /* registers, and words of the stack */
};

/*
 * Returns the place of the next argument, which has these bytes. Places count from 1: the
 * registers, then the words of the stack. An argument of two words has the place of its first.
 */
unsigned int arg_places_next(struct arg_places *p, size_t bytes);

#endif
