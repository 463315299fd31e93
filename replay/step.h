/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One event with its headers, and the names of the things that it refers to. */
#ifndef STEP_H
#define STEP_H

#include "format/pwrt.h"
#include "headers.h"
#include "name.h"

/* An event of the file of r. */
struct step {
	const struct pwrt_reader *r;
	struct pwrt_event ev;
	const struct headers *h; /* borrowed; NULL is allowed where no field of the packet is read */
	uint64_t packet_flow;	 /* the flow of its packet, or 0 */
	unsigned int depth;	 /* in the call tree of its packet, from 0 */
};

/* Fills *s from ev, and *h from its headers. *s borrows *h, r, and the memory that ev borrows. */
void step_set(struct step *s, struct headers *h, const struct pwrt_reader *r,
	      const struct pwrt_event *ev);
#define PARSED_MAX 64 /* a power of 2 */

/* Headers that were parsed, by the low bits of their ids. Zero it for each reader. */
struct parsed_headers {
	struct {
		uint32_t id;
		struct headers h;
	} v[PARSED_MAX];
};

/*
 * Sets s->h to the headers of s->ev. Those that *p has are not parsed again. *s borrows *p until
 * the next event.
 */
void step_parse(struct step *s, struct parsed_headers *p);
/*
 * Fills *s with a return of a function, which has values and no headers. *s borrows r and the
 * values, of len bytes. dev is its device, or PWRT_NONE.
 */
void step_set_return(struct step *s, const struct pwrt_reader *r, uint32_t func, uint32_t dev,
		     const uint8_t *values, size_t len);
/* Returns whether the event is a return of its function. */
bool step_is_return(const struct step *s);
/* Returns whether the event is that of a tracepoint: a moment inside a call. */
bool step_is_tracepoint(const struct step *s);
/*
 * Returns the function as the kernel spells it, or "func#N" where the file has no name. The name is
 * in buf, or borrowed from the reader.
 */
const char *step_func(const struct step *s, char buf[NAME_LEN]);
/*
 * Returns the function, or "the return of" it for a return. The text is in buf, or borrowed from
 * the reader.
 */
const char *step_label(const struct step *s, char buf[NAME_LEN]);
/*
 * Returns frame i of the call stack, the nearest caller first, as "name+0x12" in buf. Returns NULL
 * past the last frame, or where the stack was not recorded.
 */
const char *step_frame(const struct step *s, uint32_t i, char buf[NAME_LEN]);
/* Returns the device, borrowed from the reader, or NULL. */
const struct pwrt_dev *step_dev(const struct step *s);
/* Returns the name of the device, borrowed from the reader, or "". */
const char *step_ifname(const struct step *s);
/*
 * Returns the name of the network namespace, else its inode number, else "". The name is in buf, or
 * borrowed from the reader.
 */
const char *step_netns(const struct step *s, char buf[NAME_LEN]);

#endif
