/*
 * What the events mean: packets with their fates, the nesting of calls, the flows. Built while the
 * events go by, in order of time; holds no events. Shared by pwru-show and pwru-diff.
 */
#ifndef MODEL_H
#define MODEL_H

/* An entry that there is no memory for is not added; its hh.tbl is NULL then. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "format/pwrt.h"
#include "headers.h"

enum fate {
	FATE_UNKNOWN,	  /* the recording ended first */
	FATE_DELIVERED,	  /* reached a socket or a protocol's own handler */
	FATE_TRANSMITTED, /* given to a driver, which freed it */
	FATE_DROPPED,
	FATE_CONSUMED, /* freed without complaint, for another reason */
	FATE_STOLEN,   /* its data went on in another skb */
	FATE_NR,
};

extern const char *const fate_names[FATE_NR];

#define FRAMES_MAX 64 /* deeper calls are shown at this depth */

/* An open call, as far as the events tell: the call ends with the next event that is not inside. */
struct frame {
	uint64_t sp;
	uint32_t task;
};

struct flow_node;

struct packet {
	UT_hash_handle hh;
	uint64_t id, parent; /* 0: none */
	uint64_t first_ns, last_ns, events;
	/* what it was at the first event that had all of its headers */
	char text[128];
	bool told; /* text is final */
	bool freed;
	uint8_t own_fate; /* enum fate, without that of its clones */
	uint8_t place;	  /* what happened to it last: see fate.c */
	/* where a drop reason was given; func and caller as ids in the file, PWRT_NONE for none */
	uint32_t reason, drop_func, drop_caller, drop_dev;
	uint32_t qdisc_reason; /* that a queueing discipline gave for its drop, else PWRT_NONE */
	uint64_t drop_sp;
	uint32_t drop_task;
	struct flow_node *flow;
	struct frame *frames; /* open calls, the outermost first; gone some time after it is freed */
	uint8_t nr_frames, cap_frames;
	bool copy_delivered; /* after model_finish() */
	bool chosen;	     /* or related to one that was: trace.c */
	bool matched;	     /* one of its events passed the filter: trace.c */
	size_t slot;	     /* its place among the paths collected, from 1: trace.c */
};

struct model;

/* The reader stays the caller's, and gives the names. */
int model_new(struct model **out, const struct pwrt_reader *r, struct pwrt_diag *d);
/*
 * Takes the next event; *p is its packet, borrowed until model_free(), and *depth its place in the
 * call tree, from 0. h are the event's headers, parsed.
 */
int model_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		struct packet **p, unsigned int *depth, struct pwrt_diag *d);
struct packet *model_packet(const struct model *m, uint64_t id);
/* Packets in the order of their first event: start with NULL. */
struct packet *model_next(const struct model *m, const struct packet *p);
size_t model_nr_packets(const struct model *m);
/* Flows are numbered from 1; two that turn out to be one get the lower number. 0: no flow. */
uint64_t model_flow(const struct packet *p);
/*
 * The depth alone, for another pass over the same events after model_finish(): the number of calls
 * of the packet that are open when ev happens; -1 without memory.
 */
int model_depth(struct model *m, struct packet *p, const struct pwrt_event *ev);
/* At the end of the events: settles the fates, and counts those of clones and copies into those of
 * their parents. */
void model_finish(struct model *m);
/* The fate of a packet, complete after model_finish(). */
enum fate model_fate(const struct packet *p);
void model_free(struct model *m);

/* A drop reason without its prefix, "IP_RPFILTER"; the number as text where the file does not know
 * it. */
const char *reason_text(const struct pwrt_reader *r, uint32_t reason);
/* A function's name without the compiler's suffix (".isra.0"); static storage, a ring of several. */
const char *plain_name(const char *name);

#endif
