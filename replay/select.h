/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packets and events that a user selected. One entry of a list is enough. */
#ifndef SELECT_H
#define SELECT_H

#include <regex.h>

#include "fields.h"
#include "format/tool/pcap_expr.h"
#include "model.h"

#define SELECT_MAX 32 /* entries of a list */

struct id_list {
	struct {
		uint64_t from, to;
	} v[SELECT_MAX];
	unsigned int nr; /* 0: all */
};

struct name_list {
	const char *v[SELECT_MAX];
	unsigned int nr; /* 0: all */
};

struct selection {
	struct pcap_expr *filter;	/* on the recorded headers; NULL: all */
	struct name_list func;		/* POSIX extended regular expressions */
	regex_t func_regex[SELECT_MAX]; /* as many as func.nr */
	struct name_list netns, ifname;
	struct id_list packets, flows;
	uint64_t since_ns, until_ns; /* from the first event of the file; 0: no bound */
	bool dropped;
};

/* Adds "7" or "1,2,5-9" to a list. Returns false for other text, or when the list has no room. */
bool select_add_ids(struct id_list *list, const char *text);
/* Adds a name, which is borrowed; false when the list has no room. */
bool select_add_name(struct name_list *list, const char *name);
/* Adds a regular expression for functions; false if it is malformed, or without memory. */
bool select_add_func(struct selection *s, const char *regex);

/* Returns whether there is a condition for single events, apart from those for whole packets. */
bool select_is_about_events(const struct selection *s);
/* Returns whether the event is selected. Conditions on whole packets are in select_packet(). */
bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns);
/* Returns whether the packet is selected, at its end. matched: the filter matched one of its
 * events. */
bool select_packet(const struct selection *s, const struct packet *p, bool matched);
/* Narrows the range to the packets that are in the list, if there is one. */
void select_packet_range(const struct selection *s, uint64_t *min, uint64_t *max);
/* A tool's own compiled parts are freed here; the strings stay the caller's. */
void select_free(struct selection *s);

#endif
