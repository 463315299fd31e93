/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One event with all that its fields are made of, and the names of what it refers to. */
#ifndef STEP_H
#define STEP_H

#include "format/pwrt.h"
#include "headers.h"
#include "name.h"

struct step {
	const struct pwrt_reader *r;
	struct pwrt_event ev;
	const struct headers *h; /* borrowed; may be NULL where no field of the packet is read */
	uint64_t packet_flow;
	unsigned int depth;
};

/* Fills *s from ev. Parses the headers into *h, which s borrows, as it borrows what ev points to. */
void step_set(struct step *s, struct headers *h, const struct pwrt_reader *r,
	      const struct pwrt_event *ev);
/* Returns whether the event is a return of its function. */
bool step_is_return(const struct step *s);
/* Returns the function as the kernel spells it, or "func#N" where the file has no name; in buf, or
 * borrowed. */
const char *step_func(const struct step *s, char buf[NAME_LEN]);
/* Returns the function, with "the return of" before it where the step is a return; in buf, or
 * borrowed. */
const char *step_label(const struct step *s, char buf[NAME_LEN]);
/*
 * Returns frame i of the call stack, the nearest caller first, as "name+0x12" in buf. NULL: there
 * are no more, or the stack was not recorded.
 */
const char *step_frame(const struct step *s, uint32_t i, char buf[NAME_LEN]);
/* Returns the device, borrowed from the reader, or NULL. */
const struct pwrt_dev *step_dev(const struct step *s);
/* Returns the name of the device, or "". */
const char *step_ifname(const struct step *s);
/* Returns the name of the network namespace, else its inode number, else ""; in buf, or borrowed. */
const char *step_netns(const struct step *s, char buf[NAME_LEN]);

#endif
