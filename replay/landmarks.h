/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Landmarks: the functions that everybody who knows the kernel's network stack knows, in the order
 * of its layers. The fate of a packet, its hops, and the comparison of two paths use this one
 * table. A landmark more is a line in the table in landmarks.c.
 */
#ifndef LANDMARKS_H
#define LANDMARKS_H

#include "format/pwrt.h"

/* The layers of the network stack, from a local sender down to a driver, and up again. */
enum layer {
	LAYER_NONE,
	LAYER_MAKE,	    /* a protocol of this host makes the packet; it has no IP header yet */
	LAYER_LOCAL_OUTPUT, /* this host sends a packet of its own */
	LAYER_OUTPUT_HOOK,  /* netfilter OUTPUT */
	LAYER_WRAP,	    /* a tunnel or IPsec puts the packet into another one */
	LAYER_POSTROUTING,  /* to and through netfilter POST_ROUTING */
	LAYER_NEIGHBOUR,    /* the next hop's link-layer address */
	LAYER_TRANSMIT,	    /* __dev_queue_xmit(), queueing discipline, tc on egress */
	LAYER_DRIVER,	    /* given to a driver */
	LAYER_RECEIVE,	    /* a device receives it */
	LAYER_INGRESS,	    /* generic XDP and tc on ingress */
	LAYER_BRIDGE,	    /* a bridge port received it */
	LAYER_BRIDGED,	    /* a bridge sends it out of another port */
	LAYER_PREROUTING,   /* IP receives it; netfilter PRE_ROUTING */
	LAYER_ROUTE,	    /* the route is looked up */
	LAYER_FORWARD,	    /* forwarded; netfilter FORWARD */
	LAYER_INPUT,	    /* for this host; netfilter INPUT */
	LAYER_PROTOCOL,	    /* a protocol's receive function */
	LAYER_UNWRAP,	    /* a tunnel or IPsec takes the packet out of another one */
	LAYER_SOCKET,	    /* put into a socket's queue */
	LAYER_READ,	    /* a process reads it from there */
	LAYER_FREE,	    /* part of being freed */
	LAYER_NEW,	    /* its memory becomes a new skb, so what was there is gone */
	LAYER_NR,
};

/* In words: "local output". */
extern const char *const layer_names[LAYER_NR];

/* The effect of a function on the fate of the packet that enters it: fate_event(). */
enum place {
	PLACE_NONE,
	PLACE_RX,	/* on its way up */
	PLACE_TX,	/* given to a driver */
	PLACE_PROTOCOL, /* in a protocol's receive function: taken, unless a drop follows */
	PLACE_SOCKET,	/* in a socket's queue */
	PLACE_TAKEN,	/* dealt with: the kernel frees it now, and may call that a drop without a
			   reason */
	PLACE_STOLEN,	/* its data belongs to another skb now */
	PLACE_LOCAL,	/* in a socket that no network packet ever reaches */
	PLACE_END,	/* no place: part of being freed */
};

struct landmark {
	const char *func; /* without a compiler's suffix (".isra.0") */
	enum layer layer;
	enum place place;
	const char *kernels; /* that have a function of this name: "", all of 5.17 and later */
	const char *source;  /* in the kernel's tree */
	const char *meaning; /* a verb and what it does with the packet */
};

/* Returns the landmark of this name (without suffix), or NULL. Static and constant. */
const struct landmark *landmark_find(const char *func);
/* Returns landmark i of the table, from 0; NULL past its end. */
const struct landmark *landmark_at(size_t i);

/*
 * A function that takes packets out of a queue. What it calls is a stage: a call tree of its own,
 * all that lay below it on the stack.
 */
struct queue {
	const char *caller; /* the function, without suffix; "*_poll": every name that ends so */
	const char *words;  /* "the CPU's backlog" */
	const char *source;
};

/* Returns the queue out of which a function of this name takes packets, or NULL. Static. */
const struct queue *landmark_queue(const char *caller);
/* Returns queue i of the table, from 0; NULL past its end. */
const struct queue *landmark_queue_at(size_t i);

/*
 * The landmarks of one file by the ids of its functions, and its queues by the ids of its callers,
 * so that each name is compared once. Start with a zeroed struct that has memory set. It counts its
 * memory in the account.
 */
struct landmarks {
	struct pwrt_memory *memory;
	uint8_t *funcs, *callers; /* index + 2; 1: none; 0: not looked at yet */
	uint32_t nr_funcs, nr_callers;
};

/*
 * The landmark that the function with this id is, in *to, or NULL. False when
 * over the limit of the account, or out of memory.
 */
bool landmarks_func(struct landmarks *l, const struct pwrt_reader *r, uint32_t func,
		    const struct landmark **to);
/* The same for the queue out of which the caller with this id takes packets. */
bool landmarks_caller(struct landmarks *l, const struct pwrt_reader *r, uint32_t caller,
		      const struct queue **to);
void landmarks_free(struct landmarks *l);

#endif
