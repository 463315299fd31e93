/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hops: the path of a packet, cut where it was handed over. A hop is the packet in one network
 * namespace between coming in and going out. Inside a hop, a stage begins where a queue gave the
 * packet out.
 *
 * The cutting takes the events of one packet as they come, in order of time, and keeps hops, not
 * events. What the events do not show, a hop leaves out: see the flags.
 */
#ifndef HOPS_H
#define HOPS_H

#include "fields.h"
#include "landmarks.h"
#include "trace.h"
#include "paths.h"

enum hop_role {
	ROLE_UNKNOWN,
	ROLE_OUTPUT,	 /* this host made it and sent it */
	ROLE_FORWARD,	 /* came in, and went out by routing */
	ROLE_INPUT,	 /* came in and ended here */
	ROLE_BRIDGE,	 /* came in by one port of a bridge, and went out by another */
	ROLE_TUNNEL_IN,	 /* the outer packet that a tunnel or IPsec made, going out */
	ROLE_TUNNEL_OUT, /* an outer packet that came in, and was taken apart */
	ROLE_COPY,	 /* a clone or a copy that went neither in nor out */
	ROLE_NR,
};

extern const char *const hop_role_names[ROLE_NR];

/* The way in which a hop begins. */
enum hop_start {
	START_FIRST,	 /* with the packet's first event */
	START_RECEIVED,	 /* a device received it */
	START_MOVED,	 /* in another namespace; the recording does not show how it came there */
	START_WRAPPED,	 /* a tunnel or IPsec put it into another packet */
	START_UNWRAPPED, /* a tunnel or IPsec took it out of another packet */
	START_REUSED,	 /* another packet, in the memory of the one before */
	START_NR,
};

/* The way in which a hop ends; the last hop of a packet ends with the packet's fate. */
enum hop_end {
	END_FATE,
	END_SENT,      /* a driver's transmit made another device receive it */
	END_MOVED,     /* went on in another namespace; the recording does not show how */
	END_WRAPPED,   /* a tunnel or IPsec put it into another packet */
	END_UNWRAPPED, /* a tunnel or IPsec took it out of another packet */
	END_REUSED,    /* freed; the recording did not show that its memory was given back */
	END_NR,
};

extern const char *const hop_start_names[START_NR];
extern const char *const hop_end_names[END_NR];

/* The packet at one event, as far as that was recorded. */
struct look {
	bool known;
	uint8_t ip_version, addr_len, proto, ttl, tos;
	bool has_ports;
	uint16_t sport, dport;
	uint32_t ip_len; /* bytes: IPv4 total length, IPv6 payload length; 0: not known */
	uint32_t mark;
	uint8_t src[16], dst[16];
};

#define HOP_STAGES 4 /* that are kept; more are counted */
#define HOP_TEXT 128

/* A queue that gave the packet out. */
struct hop_stage {
	const struct queue *queue;
	uint64_t waited_ns; /* from the event before it */
};

struct hop {
	enum hop_start start;
	enum hop_end end;
	enum hop_role role;
	bool start_unseen; /* the packet was there before its first event, in this namespace */
	bool taken;	   /* a socket or a protocol took it */
	bool text_known;   /* text is final */
	bool shown;	   /* one of its events was one that the caller wanted */
	uint32_t netns;	   /* inode number; 0: not known */
	uint32_t dev_in, dev_out; /* ids; PWRT_NONE: none, or not known */
	uint32_t dev_upper;	  /* on top of dev_out (VLAN, bridge, bond), or PWRT_NONE */
	uint32_t dev_freed;	  /* of another namespace, which freed it; or PWRT_NONE */
	uint32_t layers;	  /* a bit (1 << enum layer) for each that it passed */
	enum layer first_layer, last_layer; /* of its landmarks; LAYER_NONE without any */
	uint32_t from, to; /* its events, by their numbers in the packet: [from, to) */
	uint64_t start_ns;
	uint64_t end_ns; /* of the last event before it was freed, or read from a socket */
	struct look first, last;
	uint32_t nr_stages;
	struct hop_stage stages[HOP_STAGES];
	uint32_t last_func;	     /* id of the last function before it was freed; PWRT_NONE */
	const struct landmark *took; /* the protocol or the socket function that took it, or NULL */
	char owner[64];		     /* the process that holds the socket, "socat:897"; "" */
	char text[HOP_TEXT];	     /* its headers where the hop begins; "" for none */
};

/* The hops of one packet. Start with a zeroed struct that has memory set. */
struct hops {
	struct pwrt_memory *memory;
	struct hop *v;
	uint32_t nr, cap;
	/* the hop that is being made */
	uint32_t nr_events;
	uint64_t last_ns;
	const struct queue *queue; /* of the last stage */
	bool driver, unwrap, sending, ready;
};

/*
 * Takes the next event of the packet. shown: the caller wants hops with this event. False when over
 * the limit of the account, or out of memory.
 */
bool hops_step(struct hops *h, struct landmarks *l, const struct step *s, bool shown);
/* After the last event: settles the roles. p is the packet. */
void hops_finish(struct hops *h, const struct packet *p);
/* Frees the hops and gives their memory back; h can take another packet. */
void hops_free(struct hops *h);

/* Cuts a path that has all events of its packet. False without memory; h is empty then. */
bool hops_of_path(struct hops *h, struct landmarks *l, const struct path *p);

/* Called with the hops of a packet. Negative stops. */
typedef int (*hops_fn)(void *arg, const struct packet *p, const struct hops *h);

/*
 * After a scan: calls cb with the hops of each packet that the selection chooses, in the order of
 * first events. A hop is shown where the selection lets one of its events pass. Where the hops
 * that wait for their turn need too much memory, the last ones are left for another pass over the
 * file. PWRT_ENOMEM when those of one packet alone need too much.
 */
int hops_each(struct trace *t, const struct selection *sel, hops_fn cb, void *arg,
	      struct pwrt_diag *d);

/* ---- words: hop_words.c ---- */

#define HOP_WORDS 512

/* The fields of a look that can change on a hop. */
enum look_field {
	LOOK_SRC,
	LOOK_DST,
	LOOK_SPORT,
	LOOK_DPORT,
	LOOK_TTL,
	LOOK_TOS,
	LOOK_MARK,
	LOOK_LEN,
	LOOK_NR,
};

/* The name of such a field as in fields.c, for the protocols of this hop; "" where it has none. */
const char *hop_field_name(const struct hop *h, enum look_field f);
/* Returns whether the field is known at both ends of the hop and differs. */
bool hop_changed(const struct hop *h, enum look_field f);
/* Fills v with its value at the beginning of the hop (last false) or at the end; false: not known. */
bool hop_value(const struct hop *h, enum look_field f, bool last, struct value *v);
/* "TTL 64 -> 63, source 10.0.0.1 -> 192.0.2.1"; "" where nothing changed. */
void hop_change_words(const struct hop *h, char buf[HOP_WORDS]);
/* Writes the end of hop i of a packet: "sent to eth0 in server". */
void hop_end_words(const struct pwrt_reader *r, const struct packet *p, const struct hops *h,
		   uint32_t i, char buf[HOP_WORDS]);
/* The name of a hop's namespace, its number, or ""; in buf, or borrowed from the reader. */
const char *hop_netns(const struct pwrt_reader *r, const struct hop *h, char buf[NAME_LEN]);
/* "r0 -> r1", "- -> r0.10>r0" */
void hop_devices(const struct pwrt_reader *r, const struct hop *h, char buf[HOP_WORDS]);
/* The name of a device, or "-". Borrowed. */
const char *hop_device(const struct pwrt_reader *r, uint32_t dev);

#endif
