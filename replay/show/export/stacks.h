/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stacks of named frames as a tree, each with a time. A stack costs about 70 bytes, and a name its
 * bytes; both count in the account.
 */
#ifndef EXPORT_STACKS_H
#define EXPORT_STACKS_H

#include "replay/intern.h"
#include "replay/vec.h"

#define STACK_NONE 0u	 /* the empty stack */
#define STACK_NAME 512	 /* bytes of the longest name; a longer one is cut */
#define STACK_FRAMES 192 /* frames of the deepest stack */

enum frame_kind { FRAME_PROCESS, FRAME_NETNS, FRAME_CALL, FRAME_WAIT };

/* A stack, which is the stack below it with one more frame. */
struct stack {
	uint64_t self_ns;
	uint32_t below; /* number of a stack */
	uint32_t name;	/* of its last frame: stacks_name() */
	uint32_t netns; /* name of its last FRAME_NETNS; 0: none */
	/* After stacks_sort(): the stacks with one more frame are nr of stacks.order, from first. */
	uint32_t first, nr;
	uint8_t frames;
	uint8_t kind; /* enum frame_kind of its last frame */
};

/* All stacks of a file. Start with stacks_init(). */
struct stacks {
	struct intern names, keys;
	struct vec all;	    /* struct stack: number 1 is entry 0, which is STACK_NONE's place */
	uint32_t *order;    /* after stacks_sort(): numbers of stacks */
	uint32_t nr_sorted; /* of order */
};

/* Initializes *s without stacks. memory is borrowed until stacks_free(). */
void stacks_init(struct stacks *s, struct pwrt_memory *memory);
/*
 * Returns the number of the name that prefix and name make, which is not 0. cli_escape_to() escapes
 * it, and a space and ';' become \x20 and \x3b. Returns 0 without memory.
 */
uint32_t stacks_name(struct stacks *s, const char *prefix, const char *name);
/*
 * Returns the number of a stack with one more frame. Returns STACK_NONE when over the limit of the
 * account, out of memory, or where it would have more than STACK_FRAMES.
 */
uint32_t stacks_push(struct stacks *s, uint32_t below, enum frame_kind kind, uint32_t name);
/* Returns a stack other than STACK_NONE. Borrowed until stacks_free(). */
struct stack *stacks_at(const struct stacks *s, uint32_t number);
/* Sorts the stacks by their frames, for stacks_each(). Returns false without memory. */
bool stacks_sort(struct stacks *s);

/* A callback that gets the names of nr frames, borrowed. Returns 0 or a negative enum pwrt_err. */
typedef int (*stack_fn)(void *arg, const char *const *names, size_t nr, uint64_t self_ns);

/* Calls cb with each stack that has a time, after stacks_sort(). Returns 0, or an error of cb. */
int stacks_each(const struct stacks *s, stack_fn cb, void *arg);
/* Frees the stacks and gives their memory back. */
void stacks_free(struct stacks *s);

#endif
