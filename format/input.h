/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes in order from a descriptor or from memory, with as much look-ahead as one block needs. */
#ifndef PWRT_INPUT_H
#define PWRT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	int fd; /* -1: memory only */
	bool own_fd, eof;
	const uint8_t *mem; /* the bytes now at hand: [pos, len) */
	size_t pos, len;
	uint8_t *buf; /* what mem points into when reading from fd */
	size_t cap;
	bool grows;		      /* at the end of the file, wait for more */
	bool (*wait)(void *wait_arg); /* NULL, or called again and again while waiting; false: read
					 no more */
	void *wait_arg;
	uint64_t off;  /* of mem[pos] in the file */
	uint64_t size; /* of the whole, where it can be known and any place be reached; else 0 */
};

/*
 * Makes want bytes available at *p without taking them; returns how many there are, fewer only at
 * the end of the input, or a negative enum pwrt_err (PWRT_ESYS with errno, PWRT_ENOMEM).
 */
long input_peek(struct input *in, size_t want, const uint8_t **p);
/*
 * Returns whether the next input_peek() would wait for a writer. Always false without wait, as long
 * as bytes are at hand.
 */
bool input_waits(const struct input *in);
/* Takes n bytes that input_peek() made available. */
void input_skip(struct input *in, size_t n);
/*
 * Goes to a place in an input whose size is known. False, and nothing has moved, where that is not
 * so or the place lies behind its end.
 */
bool input_seek(struct input *in, uint64_t off);
void input_close(struct input *in);

#endif
