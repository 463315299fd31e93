/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packets and events that a user selected. Of each list, one entry must fit. */
#ifndef SELECT_H
#define SELECT_H

#include "fields.h"
#include "kept_tag.h"
#include "model.h"
#include "name_list.h"

/* Ranges of numbers, both ends included. */
struct id_list {
	struct {
		uint64_t from, to;
	} v[SELECT_MAX];
	unsigned int nr; /* 0: all */
};

/* The headers of a packet that the filter is on. */
enum filter_on {
	FILTER_ON_ANY,	 /* those of any event */
	FILTER_ON_FIRST, /* those of the first event that has all of them */
	FILTER_ON_LAST,	 /* those of the last event that has them, before the packet is freed */
	FILTER_ON_INNER, /* those inside a tunnel, of any event */
	FILTER_ON_NR,
};

/* All conditions; zeroed, it selects everything. */
struct selection {
	struct pcap_expr *filter; /* on the recorded headers; NULL: all */
	enum filter_on filter_on;
	struct name_list func; /* regular expressions */
	struct name_list netns, ifname, task;
	struct name_list fate, reason, rule; /* of whole packets */
	uint64_t longer_ns;		     /* only packets that lasted longer; 0: no bound */
	struct id_list packets, flows;
	struct id_list also; /* packets that are selected whatever else is; none: no such packet */
	uint64_t since_ns, until_ns;	       /* from the first event of the file; 0: no bound */
	uint64_t since_mono_ns, until_mono_ns; /* of CLOCK_MONOTONIC; 0: no bound */
};

/* Adds "7" or "1,2,5-9" to a list. Returns false for other text, or if the list is full. */
bool select_add_ids(struct id_list *list, const char *text);

/*
 * Adds fates to a list, as names_add() does. Returns 0, or PWRT_EINVAL also for a text that is not
 * a fate.
 */
int select_add_fates(struct name_list *list, const char *text, struct pwrt_diag *d);

/* Facts about a packet that its events show. */
enum select_found {
	FOUND_MATCH = 1,      /* the filter matches */
	FOUND_RULE = 2,	      /* a decision was made by a selected rule */
	FOUND_OTHER_RULE = 4, /* or by one that was to be left out */
	FOUND_HEADERS = 8,    /* an event had all headers */
	FOUND_ALL = 15,
};

/* Returns whether a condition is on whole packets, and not on their ids alone. */
bool select_is_about_packets(const struct selection *s);
/* Returns whether a packet is in the list "also", by its id. */
bool select_also(const struct selection *s, uint64_t packet);
/* Returns whether the list of packets selects one, by its id alone. */
bool select_id(const struct selection *s, uint64_t packet);
/* Returns whether a condition is on single events, not on whole packets. */
bool select_is_about_events(const struct selection *s);
/*
 * Returns whether an event is selected, from_start_ns after the first event of the file.
 * select_packet() has the conditions on whole packets.
 */
bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns);
/* Returns whether the events of a function of the file of r are selected, by its name alone. */
bool select_func(const struct selection *s, const struct pwrt_reader *r, uint32_t func);
/* Returns whether the filter needs the VLAN tags that the kernel keeps beside packets. */
bool select_needs_tags(const struct selection *s);
/*
 * Returns the bits of enum select_found with those that the next event of the packet adds. tag is
 * that of the packet; NULL where select_needs_tags() returns false. freeing: the function frees
 * packets, so the headers may belong to another one.
 */
uint8_t select_note(const struct selection *s, const struct step *step, const struct kept_tag *tag,
		    bool freeing, uint8_t found);
/*
 * Returns whether a packet of the file of r is selected, after its last event. found has the bits
 * of its events.
 */
bool select_packet(const struct selection *s, const struct pwrt_reader *r, const struct packet *p,
		   uint8_t found);
/* Sets the range of ids to that of the selected packets. Without a list, leaves it as it is. */
void select_packet_range(const struct selection *s, uint64_t *min, uint64_t *max);
/*
 * Call it after a pass. Returns 0, or PWRT_EINVAL where a regular expression was too complex to be
 * compared with each function: events may be missing.
 */
int select_check(const struct selection *s, struct pwrt_diag *d);
/* Frees the compiled filter and regular expressions. The strings stay the caller's. */
void select_free(struct selection *s);

#endif
