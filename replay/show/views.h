/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The views of pwru-show. Each view has a text and a JSON form; a view is a line in main.c's table.
 */
#ifndef VIEWS_H
#define VIEWS_H

#include "replay/trace.h"

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

#endif
