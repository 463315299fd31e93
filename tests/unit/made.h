/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files made in memory for tests. */
#ifndef MADE_H
#define MADE_H

#include "format/pwrt.h"

struct made {
	uint8_t *p;
	size_t len;
};

/* What the writer wrote between these two. */
struct pwrt_writer *made_new(void);
struct pwrt_writer *made_begin(void); /* with a clock already */
void made_end(struct pwrt_writer *w, struct made *m);
void made_free(struct made *m);
/* Where the index of a whole file is. */
size_t made_index(const struct made *m);
/* A file with several event blocks and every table; event(i) is what event i of it holds. */
void made_file(struct made *m, unsigned int nr_events);
void made_event(unsigned int i, struct pwrt_event *ev);
/* What the next files are written with. */
void made_with(const struct pwrt_writer_options *o);
/* Are two events the same, headers included? */
bool made_same(const struct pwrt_event *a, const struct pwrt_event *b);

#endif
