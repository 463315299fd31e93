/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Landmarks: the well-known functions of the kernel's network stack, in the order of its layers.
 * The fate of a packet, its hops, and the comparison of two paths use this one table. To add a
 * landmark, add a line to the table in landmarks.c.
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
	LAYER_POSTROUTING,  /* IP output up to netfilter POST_ROUTING */
	LAYER_NEIGHBOUR,    /* the link-layer address of the next hop is looked up */
	LAYER_TRANSMIT,	    /* queueing discipline, and tc on egress */
	LAYER_DRIVER,	    /* a driver gets the packet */
	LAYER_RECEIVE,	    /* a device receives the packet */
	LAYER_INGRESS,	    /* generic XDP and tc on ingress */
	LAYER_BRIDGE,	    /* a bridge port received the packet */
	LAYER_BRIDGED,	    /* a bridge sends the packet out of another port */
	LAYER_PREROUTING,   /* IP receives the packet; netfilter PRE_ROUTING */
	LAYER_ROUTE,	    /* the route is looked up */
	LAYER_FORWARD,	    /* the packet is forwarded; netfilter FORWARD */
	LAYER_INPUT,	    /* the packet is for this host; netfilter INPUT */
	LAYER_PROTOCOL,	    /* a protocol receives the packet */
	LAYER_UNWRAP,	    /* a tunnel or IPsec takes the packet out of another one */
	LAYER_SOCKET,	    /* a socket's queue gets the packet */
	LAYER_READ,	    /* a process reads the packet from there */
	LAYER_FREE,	    /* the packet is freed */
	LAYER_NEW,	    /* the memory becomes a new skb: the packet is gone */
	LAYER_NR,
};

/* Names for output, by layer: "local output". */
extern const char *const layer_names[LAYER_NR];

/* The effect of a function on the fate of a packet that enters it: fate_event(). */
enum place {
	PLACE_NONE,
	PLACE_RX,	/* the packet is on its way up */
	PLACE_TX,	/* a driver has it */
	PLACE_PROTOCOL, /* a protocol has it, and takes it unless a drop follows */
	PLACE_SOCKET,	/* a socket's queue has it */
	PLACE_TAKEN,	/* it is handled: the kernel frees it next, perhaps with the reason
			   NOT_SPECIFIED */
	PLACE_STOLEN,	/* its data belongs to another skb from now on */
	PLACE_LOCAL,	/* a socket has it that no network packet reaches */
	PLACE_END,	/* not a place: the packet is freed */
};

/* A line of the table. */
struct landmark {
	const char *func; /* without the compiler's suffix (".isra.0") */
	enum layer layer;
	enum place place;
	const char *kernels; /* versions that have the function; "": all from 5.17 on */
	const char *source;  /* file in the kernel's tree */
	const char *meaning; /* its effect on the packet, as a verb phrase */
};

/* Returns the landmark of this name (without suffix), or NULL. It is static and constant. */
const struct landmark *landmark_find(const char *func);
/* Returns landmark i of the table, from 0; NULL past its end. */
const struct landmark *landmark_at(size_t i);

/*
 * A function that takes packets out of a queue. The calls that it makes for a packet are a stage,
 * with a call tree of their own.
 */
struct queue {
	const char *caller; /* without suffix; "*_poll": all names that end with _poll */
	const char *words;  /* "the CPU's backlog" */
	const char *source; /* file in the kernel's tree */
};

/* Returns the queue out of which a function of this name takes packets, or NULL. It is static. */
const struct queue *landmark_queue(const char *caller);
/* Returns queue i of the table, from 0; NULL past its end. */
const struct queue *landmark_queue_at(size_t i);

/*
 * The landmarks of one file by the ids of its functions, and its queues by the ids of its callers.
 * Each name is compared once. Start with a zeroed struct that has memory set. It counts its
 * memory in the account.
 */
struct landmarks {
	struct pwrt_memory *memory;
	uint8_t *funcs, *callers; /* index in the table + 2; 1: none; 0: not compared yet */
	uint32_t nr_funcs, nr_callers;
};

/*
 * Sets *to to the landmark of the function with this id, or to NULL. Returns false when over the
 * limit of the account, or out of memory.
 */
bool landmarks_func(struct landmarks *l, const struct pwrt_reader *r, uint32_t func,
		    const struct landmark **to);
/* Sets *to in the same way to the queue out of which the caller with this id takes packets. */
bool landmarks_caller(struct landmarks *l, const struct pwrt_reader *r, uint32_t caller,
		      const struct queue **to);
/* Frees the memory and gives it back. Then l can take another file. */
void landmarks_free(struct landmarks *l);

#endif
