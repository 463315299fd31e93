/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names of what a recording has: the selectors of pwru-show match them, and list them where
 * none matches. */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "named.h"
#include "trace.h"

/*
 * Fill *n with the names of a thing of the file, by its number from 0: of an interface, of the
 * network namespace of an interface, of a task; after a scan, of the fate or the drop reason of a
 * packet, or of a rule. The names are in buf, or borrowed from the reader. Return false past the
 * last one.
 */
typedef bool (*trace_name)(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_ifname(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_netns(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_fate(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_reason(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_rule(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
bool trace_task(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN]);
#endif
