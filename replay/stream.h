/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hands out packets while a recording goes on, in one pass. A packet is complete when it and all of
 * its copies have been freed: its fate may be that of a copy.
 */
#ifndef STREAM_H
#define STREAM_H

#include "hops.h"

/*
 * Called while no more events are there. It may print and take memory of the account, and must not
 * use the trace otherwise. A result other than 0 stops the pass, which returns it.
 */
typedef int (*stream_idle)(void *arg);

/*
 * Calls cb with each selected packet and its hops when it is complete, or when STREAM_EXPIRY_NS
 * went by without an event of it, or at the end of the file. with: bits of enum hops_with. Call it
 * instead of trace_scan(), with t->live, after trace_open(). Where the packets that are not
 * complete need too much memory, the oldest is handed out as it is. idle, unless NULL, is called
 * with arg about 20 times a second while no more events are there. Returns 0, a result of cb or
 * idle other than 0, or a negative enum pwrt_err.
 */
int stream_each(struct trace *t, const struct selection *sel, unsigned int with, hops_fn cb,
		stream_idle idle, void *arg, struct pwrt_diag *d);

#define STREAM_EXPIRY_NS 10000000000u

/*
 * Calls cb in the same way for views that do not use the hops, which may be NULL. A trace that is
 * not live was scanned before; then the packets come in the order of their first events, and idle
 * is not called.
 */
int stream_packets(struct trace *t, const struct selection *sel, hops_fn cb, stream_idle idle,
		   void *arg, struct pwrt_diag *d);

#endif
