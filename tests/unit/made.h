/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files made in memory for tests. */
#ifndef MADE_H
#define MADE_H

#include "format/pwrt.h"

struct made {
	uint8_t *p;
	size_t len;
};

/* Begin and end a file. made_end() frees the writer and fills *m: made_free() frees it. */
struct pwrt_writer *made_new(void);
struct pwrt_writer *made_begin(void); /* with a clock already */
void made_end(struct pwrt_writer *w, struct made *m);
void made_free(struct made *m);
/* Returns the offset of the index of a whole file. */
size_t made_index(const struct made *m);
/* Makes a file with several event blocks and every table. made_event() fills in its event i. */
void made_file(struct made *m, unsigned int nr_events);
void made_event(unsigned int i, struct pwrt_event *ev);
/* Sets the options of the next files. */
void made_with(const struct pwrt_writer_options *o);
/* Returns whether two events are the same, headers included. */
bool made_same(const struct pwrt_event *a, const struct pwrt_event *b);

#endif
