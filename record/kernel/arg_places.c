/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "arg_places.h"

#define WORD_BYTES 8

const struct convention convention_x86_64 = { .regs = 6 };
const struct convention convention_arm64 = { .regs = 8,
					     .by_reference = true,
					     .stays_on_stack = true };

#if defined(__x86_64__)
const struct convention *const convention_here = &convention_x86_64;
#elif defined(__aarch64__)
const struct convention *const convention_here = &convention_arm64;
#else
#error "name the calling convention of this architecture above"
#endif

unsigned int arg_places_next(struct arg_places *p, size_t bytes)
{
	const struct convention *c = p->convention;
	unsigned int words = (unsigned int)((bytes + WORD_BYTES - 1) / WORD_BYTES), at;

	if (words > 2 && c->by_reference)
		words = 1;
	if (words <= 2 && p->regs + words <= c->regs) {
		at = p->regs + 1;
		p->regs += words;
		return at;
	}
	if (c->stays_on_stack)
		p->regs = c->regs;
	at = c->regs + p->stack + 1;
	p->stack += words;
	return at;
}
