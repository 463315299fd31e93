/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What pwru-show prints. Each view has a text and a JSON form; a view is a line in main.c's table. */
#ifndef VIEW_H
#define VIEW_H

#include "select.h"
#include "trace.h"

/* Memory for one line about a packet, good to the end of the block that it is in. */
#define LINE_LEN 1280
#define LINE_BUF ((char[LINE_LEN]){ "" })

/* Each prints to stdout and returns 0 or a negative enum pwrt_err. The trace is open, and was
 * scanned (see main.c) where the view needs to know all packets first. */
int text_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d);

/* One packet in one line: what it is and how it ended, in buf; colours as on stdout. */
const char *text_packet_line(const struct trace *t, const struct packet *p, char buf[LINE_LEN]);
/* The name of the function that dropped a packet: the caller of the one that frees. "" where none. */
const char *drop_function(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);
/* The network namespace it was dropped in; "" where that is not known. */
const char *drop_netns(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);

#endif
